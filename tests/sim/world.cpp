// Owns: the world's clock, calls and views.
#include "sim/world.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/writer.hpp"
#include "sim/node.hpp"

namespace samara::sim {

World::World(std::uint64_t seed) : rng_(seed) {}
World::~World() = default;

NodeId World::add_node(Config config) {
  auto fresh = std::make_unique<Node>();
  fresh->id = static_cast<NodeId>(nodes_.size());
  fresh->config = std::move(config);
  nodes_.push_back(std::move(fresh));
  return nodes_.back()->id;
}

NodeId World::add_node(Config config, Disk disk) {
  const NodeId id = add_node(std::move(config));
  nodes_.back()->disk = std::move(disk);
  return id;
}

void World::start(NodeId id) {
  Node& n = node(id);
  ++n.life;
  n.alive = true;
  n.engine = std::make_unique<Engine>(n.config, rng_.next());
  Bytes listing;
  for (const auto& [blob, bytes] : n.disk.written) Writer(listing).u32le(blob).u64le(bytes.size());
  feed(n, in::WallClock{unix_ms() + n.clock_offset_ms});
  feed(n, in::StoreOpened{listing});
}

void World::crash(NodeId id) {
  Node& n = node(id);
  while (!n.dials.empty()) close_dial(n, n.dials.begin()->first);
  for (const auto& [socket, url] : n.sockets) tracker.closed({id, socket});
  n.sockets.clear();
  n.open_sockets.clear();
  n.opening.clear();
  n.sources.clear();
  n.snapshots.clear();
  n.answers.clear();
  n.ops.clear();
  n.engine.reset();
  n.alive = false;
  ++n.life;
  n.tick_at.reset();
  n.store_free = {};
  n.disk.crash();
}

void World::set_online(NodeId id, bool online) {
  Node& n = node(id);
  n.online = online;
  if (!online) {
    const auto sockets = n.sockets;
    n.sockets.clear();
    n.open_sockets.clear();
    for (const auto& [socket, url] : sockets) {
      tracker.closed({id, socket});
      feed(n, in::SocketClosed{{socket}});
    }
    while (!n.dials.empty()) {
      const std::uint32_t dial = n.dials.begin()->first;
      std::vector<std::uint32_t> over;
      for (const auto& [channel, state] : n.channels) {
        if (state.dial == dial) over.push_back(channel);
      }
      const bool open = n.dials.begin()->second.open;
      close_dial(n, dial);
      for (const std::uint32_t channel : over) feed(n, in::ChannelClosed{{channel}});
      if (open) feed(n, in::DialFailed{{dial}, DialFailure::closed});
    }
  }
  feed(n, in::Network{online});
}

void World::cut(NodeId id) {
  Node& n = node(id);
  n.dead_sockets.insert(n.open_sockets.begin(), n.open_sockets.end());
  for (auto& [dial, state] : n.dials) {
    state.dead = true;
    const auto far = node(state.other_node).dials.find(state.other_dial);
    if (state.open && far != node(state.other_node).dials.end()) far->second.dead = true;
  }
}

void World::restart_tracker(Duration down_for) {
  tracker_up_ = false;
  tracker.restart();
  for (auto& n : nodes_) {
    const auto sockets = n->sockets;
    n->sockets.clear();
    n->open_sockets.clear();
    for (const auto& [socket, url] : sockets) {
      if (n->alive) feed(*n, in::SocketClosed{{socket}});
    }
  }
  at(now_ + down_for, [this] { tracker_up_ = true; });
}

void World::at(Instant time, std::function<void()> action) {
  events_.emplace(Event{std::max(time, now_), ++order_}, std::move(action));
}

bool World::run_until(const std::function<bool()>& holds, Duration at_most) {
  const Instant end = now_ + at_most;
  while (!holds()) {
    if (events_.empty() || events_.begin()->first.time > end) {
      now_ = std::max(now_, end);
      return holds();
    }
    auto event = events_.extract(events_.begin());
    now_ = event.key().time;
    event.mapped()();
  }
  return true;
}

void World::sleep_all(Duration time) {
  // What was due happens late, all at once, as timers do after a suspend.
  now_ = now_ + time;
}

void World::schedule_tick(Node& n) {
  const auto due = n.engine->deadline();
  if (!due || (n.tick_at && *n.tick_at <= *due && *n.tick_at > now_)) return;
  Instant time = std::max(*due, now_);
  if (rules.timers.us > 0) time.us = (time.us + rules.timers.us - 1) / rules.timers.us * rules.timers.us;
  n.tick_at = time;
  at(time, [this, &n, life = n.life, time] {
    if (n.life != life || n.tick_at != time) return;
    n.tick_at.reset();
    feed(n, in::Tick{});
  });
}

void World::feed(Node& n, const Input& input) {
  SAMARA_ASSERT(!n.draining);
  ++steps_;
  n.engine->handle(now_, input);
  drain(n);
  if (n.alive) schedule_tick(n);
}

std::uint32_t World::call(Node& n, const std::function<Input(RequestId)>& make) {
  const std::uint32_t request = ++n.last_request;
  feed(n, make(RequestId{request}));
  return request;
}

std::uint32_t World::save(NodeId id, const Bytes& content, const std::string& name) {
  Node& n = node(id);
  const std::uint32_t source = ++n.last_source;
  n.sources[source] = content;
  Bytes spec;
  BencodeWriter(spec).begin_dict().key("files").begin_list().begin_dict().field("name", name).field("size", content.size())
      .field("type", "audio/webm").end_dict().end_list().end_dict();
  return call(n, [&](RequestId r) { return in::Save{r, {source}, spec}; });
}

std::uint32_t World::share(NodeId id, const Bytes& content, const std::string& name, bool copy) {
  Node& n = node(id);
  const std::uint32_t source = ++n.last_source;
  n.sources[source] = content;
  Bytes spec;
  BencodeWriter(spec).begin_dict().key("files").begin_list().begin_dict().field("name", name).field("size", content.size())
      .field("type", "").end_dict().end_list().field("keep", copy ? "copy" : "reference").end_dict();
  return call(n, [&](RequestId r) { return in::Share{r, {source}, spec}; });
}

namespace {

/// The keys of Say around those of the caller, which sort between `files` and `key`.
void write_say(BencodeWriter& out, const Say& say, const std::function<void()>& content) {
  out.begin_dict();
  if (say.created_ms) out.field("created", *say.created_ms);
  if (!say.description.empty()) out.field("description", say.description);
  if (say.duration_ms) out.field("duration", *say.duration_ms);
  out.field("encrypt", 1);
  if (say.expires_ms) out.field("expires", *say.expires_ms);
  content();
  if (!say.key.empty()) out.field("key", say.key);
  if (!say.meta.empty()) out.field("meta", say.meta);
  if (!say.title.empty()) out.field("name", say.title);
  if (!say.password.empty()) out.field("password", say.password);
  if (!say.thumbnail.empty()) out.field("thumbnail", say.thumbnail);
  out.end_dict();
}

}  // namespace

std::uint32_t World::share_sealed(NodeId id, const Bytes& content, const Say& say) {
  Node& n = node(id);
  const std::uint32_t source = ++n.last_source;
  n.sources[source] = content;
  auto files = say.files;
  if (files.empty()) files.emplace_back("memo.webm", content.size());
  Bytes spec;
  BencodeWriter out(spec);
  write_say(out, say, [&] {
    out.key("files").begin_list();
    for (const auto& [name, size] : files) out.begin_dict().field("name", name).field("size", size).field("type", "audio/webm").end_dict();
    out.end_list().field("keep", say.copy ? "copy" : "reference");
  });
  Bytes random;
  for (int i = 0; i < 8; ++i) Writer(random).u64le(rng_.next());
  feed(n, in::Entropy{random});
  return call(n, [&](RequestId r) { return in::Share{r, {source}, spec}; });
}

std::uint32_t World::share_item(NodeId id, const std::string& item, const Say& say) {
  Node& n = node(id);
  Bytes spec;
  BencodeWriter out(spec);
  write_say(out, say, [&] { out.field("item", item); });
  Bytes random;
  for (int i = 0; i < 8; ++i) Writer(random).u64le(rng_.next());
  feed(n, in::Entropy{random});
  return call(n, [&](RequestId r) { return in::Share{r, {}, spec}; });
}

std::uint32_t World::update_item(NodeId id, const std::string& item, const std::string& title, const Bytes& picture) {
  Bytes spec;
  BencodeWriter out(spec);
  out.begin_dict().field("id", item).field("name", title);
  if (!picture.empty()) out.field("thumbnail", picture);
  out.end_dict();
  return call(node(id), [&](RequestId r) { return in::UpdateItem{r, spec}; });
}

std::uint32_t World::give_picture(NodeId id, const std::string& item, const Bytes& thumbnail) {
  Bytes spec;
  BencodeWriter(spec).begin_dict().field("id", item).field("thumbnail", thumbnail).end_dict();
  return call(node(id), [&](RequestId r) { return in::UpdateItem{r, spec}; });
}

std::uint32_t World::provide(NodeId id, const std::string& share, const Bytes& content) {
  Node& n = node(id);
  const std::uint32_t source = ++n.last_source;
  n.sources[source] = content;
  Bytes spec;
  BencodeWriter(spec).begin_dict().key("files").begin_list().begin_dict().field("name", "memo.webm").field("size", content.size())
      .end_dict().end_list().field("id", share).end_dict();
  return call(n, [&](RequestId r) { return in::Provide{r, {source}, spec}; });
}

Bytes& World::last_source(NodeId id) { return node(id).sources.at(node(id).last_source); }

void World::set_clock(NodeId id, std::int64_t offset_ms) {
  Node& n = node(id);
  n.clock_offset_ms = offset_ms;
  if (n.alive) feed(n, in::WallClock{unix_ms() + offset_ms});
}

std::uint32_t World::receive(NodeId id, const std::string& link, bool ask, const std::string& password) {
  Bytes spec;
  BencodeWriter out(spec);
  out.begin_dict().field("ask", ask).field("keep", 1).field("link", link);
  if (!password.empty()) out.field("password", password);
  out.field("seed", 1).end_dict();
  return call(node(id), [&](RequestId r) { return in::Receive{r, spec}; });
}

void World::read_at(NodeId id, const std::string& transfer, std::uint64_t offset) {
  const auto blob = static_cast<std::uint32_t>(number_of(id, Subject::transfer, transfer, "blob"));
  feed(node(id), in::Playhead{{blob}, offset});
}

std::uint32_t World::accept(NodeId id, const std::string& transfer, bool yes) {
  Bytes spec;
  BencodeWriter(spec).begin_dict().field("accept", yes).field("id", transfer).end_dict();
  return call(node(id), [&](RequestId r) { return in::Accept{r, spec}; });
}

std::uint32_t World::control(NodeId id, CallVerb verb, const std::string& what, const std::string& subject) {
  Bytes spec;
  BencodeWriter(spec).begin_dict().field("id", subject).field("what", what).end_dict();
  return call(node(id), [&](RequestId r) { return in::Control{r, verb, spec}; });
}

std::uint32_t World::unlock(NodeId id, const std::string& transfer, const std::string& password) {
  Bytes spec;
  BencodeWriter(spec).begin_dict().field("id", transfer).field("password", password).field("what", "transfer").end_dict();
  return call(node(id), [&](RequestId r) { return in::Control{r, CallVerb::resume, spec}; });
}

std::uint32_t World::query(NodeId id, QueryKind kind) {
  const Bytes spec = to_bytes(as_bytes("de"));
  return call(node(id), [&](RequestId r) { return in::Query{r, kind, spec}; });
}

const Answer* World::answer(NodeId id, std::uint32_t request) const {
  const auto& answers = node(id).answers;
  const auto it = answers.find(request);
  return it == answers.end() ? nullptr : &it->second;
}

Bytes World::snapshot(NodeId id, Subject subject, const std::string& public_id) const {
  const auto& known = node(id).snapshots;
  const auto it = known.find({subject, public_id});
  return it == known.end() ? Bytes{} : it->second;
}

std::string World::text_of(NodeId id, Subject subject, const std::string& public_id, std::string_view key) const {
  const Bytes bytes = snapshot(id, subject, public_id);
  const auto document = bencode_decode(bytes, bencode_own_limits);
  return document ? std::string(document->root().text_or(key, "")) : std::string();
}

std::int64_t World::number_of(NodeId id, Subject subject, const std::string& public_id, std::string_view key) const {
  const Bytes bytes = snapshot(id, subject, public_id);
  const auto document = bencode_decode(bytes, bencode_own_limits);
  return document ? document->root().integer_or(key, -1) : -1;
}

const std::vector<std::string>& World::log_codes(NodeId id) const { return node(id).logs; }
std::uint32_t World::connections(NodeId id) const { return static_cast<std::uint32_t>(node(id).dials.size()); }
std::uint32_t World::channels(NodeId id) const {
  return static_cast<std::uint32_t>(node(id).channels.size());
}
std::uint32_t World::stretches(NodeId id) const { return node(id).stretches; }

std::uint64_t World::sent_bytes(NodeId id) const { return node(id).sent_bytes; }
Disk& World::disk(NodeId id) { return node(id).disk; }

Sha1Hash World::trace() const {
  Sha1 copy = trace_;
  return copy.finish();
}

}  // namespace samara::sim
