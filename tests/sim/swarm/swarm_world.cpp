// Owns: the swarm's clock, the lives of its peers, and what their engines tell.
#include "sim/swarm/swarm_world.hpp"

#include <algorithm>
#include <utility>

#include "abi/records.hpp"
#include "base/assert.hpp"
#include "base/writer.hpp"
#include "codec/bencode.hpp"

namespace samara::sim {
namespace {

constexpr std::int64_t unix_start_ms = 1'800'000'000'000;
constexpr Duration tick_min = milliseconds(1);   // no host's timer is finer
constexpr std::size_t broken_max = 20;           // more of the same says nothing new

}  // namespace

SwarmWorld::SwarmWorld(std::uint64_t seed, std::uint64_t content_bytes) : rng_(seed), content_(seed ^ 0x5a3a4aULL, content_bytes) {}
SwarmWorld::~SwarmWorld() = default;

std::uint32_t SwarmWorld::add(PeerPlan plan) {
  auto fresh = std::make_unique<SwarmPeer>();
  fresh->id = size();
  fresh->plan = std::move(plan);
  peers_.push_back(std::move(fresh));
  return peers_.back()->id;
}

// ---- lives

void SwarmWorld::start(std::uint32_t number) {
  SwarmPeer& p = peer(number);
  SAMARA_ASSERT(!p.alive);
  ++p.life;
  p.alive = true;
  p.asleep = false;
  if (p.life == 1) p.started = now_;
  if (p.transfer.empty()) p.call = 0;   // it had not got so far
  p.progressed = now_;
  p.engine = std::make_unique<Engine>(p.plan.config, rng_.next());
  Bytes listing;
  for (const auto& [blob, bytes] : p.disk.listing()) Writer(listing).u32le(blob).u64le(bytes);
  feed(p, in::WallClock{unix_start_ms + now_.us / 1000});
  feed(p, in::StoreOpened{listing});
}

void SwarmWorld::stop(std::uint32_t number) {
  SwarmPeer& p = peer(number);
  if (!p.alive) return;
  while (!p.dials.empty()) close_dial(p, p.dials.begin()->first);
  p.opening.clear();
  for (const auto& [socket, open] : p.sockets) members_.closed({p.id, socket});
  p.sockets.clear();
  p.bulk.clear();
  p.urgent.clear();
  p.line_busy = false;
  p.wake_line_us = p.tick_us = p.down_busy_us = p.disk_free_us = 0;
  p.engine.reset();
  p.alive = false;
  ++p.life;
  p.disk.crash(rng_);
}

/// Others give up on its connections after half a minute, as ICE consent does; itself it learns of that when it wakes.
void SwarmWorld::sleep(std::uint32_t number, Duration time) {
  SwarmPeer& p = peer(number);
  if (!p.alive || p.asleep) return;
  p.asleep = true;
  p.wakes_at = now_ + time;
  constexpr Duration consent = seconds(30);
  for (const auto& [id, channel] : p.channels) {
    SwarmPeer& other = peer(channel.other);
    events_.push(now_ + consent, EventKind::channel_closes, other.id, other.life, channel.other_channel);
  }
  for (const auto& [socket, open] : p.sockets) members_.closed({p.id, socket});
  events_.push(p.wakes_at, EventKind::wakes, p.id, p.life);
}

void SwarmWorld::wake(SwarmPeer& p) {
  p.asleep = false;
  p.progressed = now_;
  p.tick_us = p.wake_line_us = 0;
  feed(p, in::Tick{});
  std::vector<std::uint32_t> gone;
  for (const auto& [id, channel] : p.channels) gone.push_back(id);
  for (const std::uint32_t channel : gone) channel_closes(p, channel);
  gone.clear();
  for (const auto& [socket, open] : p.sockets) gone.push_back(socket);
  for (const std::uint32_t socket : gone) {
    if (p.sockets.erase(socket) > 0) feed(p, in::SocketClosed{{socket}});
  }
  feed(p, in::Network{true});
}

// ---- time

void SwarmWorld::at(Instant time, std::function<void()> action) {
  actions_.push_back(std::move(action));
  events_.push(std::max(time, now_), EventKind::action, 0, 0, static_cast<std::uint32_t>(actions_.size() - 1));
}

bool SwarmWorld::run_until(const std::function<bool()>& holds, Duration at_most) {
  const Instant end = now_ + at_most;
  while (!holds()) {
    if (events_.empty() || events_.next_time() > end) {
      now_ = std::max(now_, end);
      return holds();
    }
    const Event event = events_.pop();
    now_ = {event.time_us};
    ++counts.events;
    dispatch(event);
  }
  return true;
}

void SwarmWorld::dispatch(const Event& event) {
  switch (event.kind) {
    case EventKind::action: return std::exchange(actions_[event.a], nullptr)();
    case EventKind::to_tracker: return to_tracker(event);
    case EventKind::ice:
    case EventKind::channel_opens: return connect_step(event);
    case EventKind::arrives: return arrives(event);
    default: break;
  }
  SwarmPeer& p = peer(event.node);
  const bool void_event = p.life != event.life;
  if (void_event || p.asleep) {
    const bool has_packet = event.kind == EventKind::uplink_done || event.kind == EventKind::delivered;
    if (has_packet) lose(event.b);
    if (event.kind == EventKind::uplink_done && !void_event) p.line_busy = false;
    if (!void_event) return defer(p, event);
    if (event.kind == EventKind::from_tracker) free_frames_.push_back(event.b);
    if (event.kind == EventKind::stored) free_stores_.push_back(event.a);
    return;
  }
  dispatch_alive(p, event);
}

/// What reaches a peer asleep: its own disk and its own clock are there when it wakes, the network is not.
void SwarmWorld::defer(const SwarmPeer& p, const Event& event) {
  if (event.kind == EventKind::wakes) return wake(peer(event.node));
  if (event.kind == EventKind::from_tracker) free_frames_.push_back(event.b);
  if (event.kind == EventKind::stored || event.kind == EventKind::local_sdp || event.kind == EventKind::dial_fails) {
    events_.push(p.wakes_at, event.kind, event.node, event.life, event.a, event.b);
  }
}

void SwarmWorld::dispatch_alive(SwarmPeer& p, const Event& event) {
  switch (event.kind) {
    case EventKind::tick: return ticked(p, event.time_us);
    case EventKind::socket_opens: return socket_opens(p, event.a);
    case EventKind::socket_closes:
      if (p.sockets.erase(event.a) > 0) feed(p, in::SocketClosed{{event.a}});
      return;
    case EventKind::from_tracker: {
      const std::string text = std::move(frames_[event.b].text);
      free_frames_.push_back(event.b);
      const auto socket = p.sockets.find(event.a);
      if (socket != p.sockets.end() && socket->second) feed(p, in::SocketText{{event.a}, as_bytes(text)});
      return;
    }
    case EventKind::local_sdp: return local_sdp(p, event.a, event.b != 0);
    case EventKind::dial_fails:
      if (p.dials.contains(event.a)) feed(p, in::DialFailed{{event.a}, DialFailure::ice_failed});
      return;
    case EventKind::channel_closes: return channel_closes(p, event.a);
    case EventKind::uplink_done: return uplink_done(p, event.a, event.b);
    case EventKind::uplink_wakes:
      if (p.wake_line_us == event.time_us) p.wake_line_us = 0;
      return start_line(p);
    case EventKind::delivered: return deliver(p, event.b);
    case EventKind::stored: {
      Stored done = std::move(stores_[event.a]);
      free_stores_.push_back(event.a);
      return stored(p, std::move(done));
    }
    default: return;
  }
}

/// An engine is only asked when its own deadline has come; earlier ones that it gave up cost one look.
void SwarmWorld::ticked(SwarmPeer& p, std::int64_t time_us) {
  if (p.tick_us != time_us) return;
  p.tick_us = 0;
  const auto due = p.engine->deadline();
  if (!due || *due > now_) return schedule_tick(p);
  p.last_tick_us = time_us;
  feed(p, in::Tick{});
}

void SwarmWorld::schedule_tick(SwarmPeer& p) {
  const auto due = p.engine->deadline();
  if (!due) return;
  const std::int64_t time_us = std::max({due->us, now_.us, p.last_tick_us + tick_min.us});
  if (p.tick_us != 0 && p.tick_us <= time_us) return;
  p.tick_us = time_us;
  events_.push({time_us}, EventKind::tick, p.id, p.life);
}

// ---- engines

void SwarmWorld::feed(SwarmPeer& p, const Input& input) {
  ++counts.steps;
  p.engine->handle(now_, input);
  drain(p);
  schedule_tick(p);
}

void SwarmWorld::drain(SwarmPeer& p) {
  while (const auto output = p.engine->poll()) {
    if (traced) note(p, *output);
    if (const auto* bytes = std::get_if<out::SendBytes>(&*output)) {
      send(p, bytes->channel.value, bytes->bytes);
    } else {
      perform(p, *output);
    }
  }
  const auto connections = static_cast<std::uint32_t>(p.dials.size());
  p.most_connections = std::max(p.most_connections, connections);
  if (connections > p.plan.config.peer_connections_max) broke(p, "more connections than its limit");
}

/// As sim::World's: in the form in which it would cross the wasm boundary.
void SwarmWorld::note(const SwarmPeer& p, const Output& output) {
  std::vector<Bytes> scratch;
  const abi::EncodedOutput record = abi::encode_output(output, scratch);
  Bytes head;
  Writer(head).u32le(p.id).u64le(static_cast<std::uint64_t>(now_.us)).u16le(static_cast<std::uint16_t>(record.kind));
  Writer(head).u16le(record.flags).u32le(record.handle).u32le(record.a).u64le(record.b).u32le(record.payload_bytes);
  trace_.update(head);
  trace_.update(record.payload);
}

Sha1Hash SwarmWorld::trace() const {
  Sha1 copy = trace_;
  return copy.finish();
}

void SwarmWorld::perform(SwarmPeer& p, const Output& output) {
  if (const auto* change = std::get_if<out::Changed>(&output)) return changed(p, *change);
  if (std::holds_alternative<out::Log>(output)) return;
  if (const auto* done = std::get_if<out::Completed>(&output)) return completed(p, *done);
  if (std::holds_alternative<out::Ready>(output)) {
    const auto life = p.life;
    return at(now_, [this, &p, life] {
      if (p.life == life) ready(p);
    });
  }
  if (!perform_signal(p, output)) perform_store(p, output);
}

void SwarmWorld::ready(SwarmPeer& p) {
  if (p.call != 0) return;
  p.call = ++p.last_request;
  Bytes spec;
  if (p.plan.source) {
    BencodeWriter(spec).begin_dict().key("files").begin_list().begin_dict().field("name", "swarm.bin").field("size", content_.bytes())
        .field("type", "").end_dict().end_list().field("keep", "reference").end_dict();
    feed(p, in::Share{RequestId{p.call}, BlobId{0x8000'0001U}, spec});
  } else {
    BencodeWriter(spec).begin_dict().field("ask", 0).field("keep", 1).field("link", link_).field("seed", 1).end_dict();
    feed(p, in::Receive{RequestId{p.call}, spec});
  }
}

void SwarmWorld::completed(SwarmPeer& p, const out::Completed& done) {
  if (done.request.value != p.call) return;
  if (done.error.code != Code::ok) return broke(p, std::string("its call failed: ") + std::string(to_string(done.error.code)));
  const auto document = bencode_decode(done.result, bencode_own_limits);
  SAMARA_ASSERT(document.has_value());
  if (p.plan.source) {
    link_ = std::string(document->root().text_or("url", ""));
  } else {
    p.transfer = std::string(document->root().text_or("id", ""));
  }
}

/// Most snapshots say nothing that is needed here, so they are only decoded when the words stand in them.
void SwarmWorld::changed(SwarmPeer& p, const out::Changed& change) {
  if (change.subject != Subject::transfer || p.done.us != 0) return;
  const std::string_view text = as_text(change.payload);
  const bool failed = text.contains("5:state6:failed");
  if (p.state != "failed" && !failed && !text.contains("5:state4:done")) return;
  const auto document = bencode_decode(change.payload, bencode_own_limits);
  SAMARA_ASSERT(document.has_value());
  p.state = std::string(document->root().text_or("state", ""));
  if (p.state != "done") return;
  progress(p);
  p.done = now_;
  ++done_count_;
  if (!p.disk.has_anywhere(0, content_.bytes())) broke(p, "done without having everything");
  if (p.plan.leaves_when_done) {
    at(now_ + seconds(1), [this, number = p.id] { stop(number); });
  }
}

void SwarmWorld::resume(std::uint32_t number) {
  SwarmPeer& p = peer(number);
  if (!p.alive || p.asleep || p.transfer.empty()) return;
  Bytes spec;
  BencodeWriter(spec).begin_dict().field("id", p.transfer).field("what", "transfer").end_dict();
  feed(p, in::Control{RequestId{++p.last_request}, CallVerb::resume, spec});
}

/// Content was written.
void SwarmWorld::progress(SwarmPeer& p) {
  p.longest_stall = std::max(p.longest_stall, now_ - p.progressed);
  p.progressed = now_;
}

void SwarmWorld::broke(const SwarmPeer& p, const std::string& rule) {
  if (broken_.size() >= broken_max) return;
  broken_.push_back("peer " + std::to_string(p.id) + " at " + std::to_string(now_.us / 1000) + " ms: " + rule);
}

/// Two connections to one peer are closed by the engines within a second of their handshake; five are allowed here.
void SwarmWorld::look_around() {
  constexpr Duration settled = seconds(5);
  std::uint64_t sent = 0;
  for (const auto& p : peers_) {
    sent += p->content_sent;
    std::vector<std::uint32_t> others;
    for (const auto& [id, channel] : p->channels) {
      if (now_.us - channel.opened_us < settled.us || p->asleep || peer(channel.other).asleep) continue;
      others.push_back(channel.other);
    }
    std::sort(others.begin(), others.end());
    if (std::adjacent_find(others.begin(), others.end()) != others.end()) broke(*p, "two connections to one peer");
  }
  std::uint64_t accounted = counts.content_received + counts.content_dropped;
  accounted += packets_.content_in_flight();
  if (sent != accounted) broke(*peers_[0], "bytes sent are not bytes received, lost and on their way");
}

}  // namespace samara::sim
