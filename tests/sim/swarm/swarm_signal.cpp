// Owns: how peers of the swarm meet: tracker sockets, a tracker that can die and lie, descriptions, connections being made.
#include <algorithm>
#include <charconv>
#include <utility>

#include "base/assert.hpp"
#include "sim/swarm/swarm_world.hpp"

namespace samara::sim {
namespace {

constexpr Duration tracker_way = milliseconds(30);
constexpr Duration ice_gives_up = seconds(8);
constexpr std::uint32_t nobody = 0xffff'ffffU;

/// A description that names its peer and dial in the ICE user name.
std::string make_sdp(std::uint32_t peer, std::uint32_t dial, bool answer) {
  return "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
         "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n"
         "a=candidate:1 1 udp 2113937151 127.0.0.1 50000 typ host generation 0\r\n"
         "a=ice-ufrag:s" + std::to_string(peer) + "d" + std::to_string(dial) + "\r\na=ice-pwd:0123456789abcdef01234567\r\n"
         "a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n"
         "a=setup:" + (answer ? "active" : "actpass") + "\r\na=mid:0\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n";
}

/// Peer and dial of a description; {nobody, 0} when it names none.
std::pair<std::uint32_t, std::uint32_t> read_sdp(std::string_view sdp) {
  constexpr std::string_view marker = "a=ice-ufrag:s";
  const std::size_t start = sdp.find(marker);
  std::pair<std::uint32_t, std::uint32_t> name{nobody, 0};
  if (start == std::string_view::npos) return name;
  const char* end = sdp.data() + sdp.size();
  const char* at = std::from_chars(sdp.data() + start + marker.size(), end, name.first).ptr;
  if (at == end || *at != 'd') return {nobody, 0};
  std::from_chars(at + 1, end, name.second);
  return name;
}

/// A well-mixed number of a pair, the same from both ends.
std::uint64_t mixed(std::uint32_t a, std::uint32_t b) {
  std::uint64_t x = (std::uint64_t{std::min(a, b)} << 32 | std::max(a, b)) * 0x9e37'79b9'7f4a'7c15ULL;
  x ^= x >> 29;
  x *= 0xbf58'476d'1ce4'e5b9ULL;
  return x ^ (x >> 32);
}

}  // namespace

bool SwarmWorld::never_connect(std::uint32_t a, std::uint32_t b) const {
  return network.never_connect_per_mille > 0 && mixed(a, b) % 1'000 < network.never_connect_per_mille;
}

bool SwarmWorld::divided(std::uint32_t a, std::uint32_t b) const { return now_ < divided_until_ && a % 2 != b % 2; }

void SwarmWorld::divide(Duration time) {
  divided_until_ = now_ + time;
  constexpr Duration consent = seconds(30);
  if (time < consent) return;
  for (const auto& p : peers_) {
    for (const auto& [id, channel] : p->channels) {
      if (channel.other % 2 != p->id % 2) events_.push(now_ + consent, EventKind::channel_closes, p->id, p->life, id);
    }
  }
}

void SwarmWorld::tracker_dies(Duration time) {
  tracker.up = false;
  members_.restart();
  for (const auto& p : peers_) {
    for (const auto& [socket, open] : p->sockets) events_.push(now_ + tracker_way, EventKind::socket_closes, p->id, p->life, socket);
  }
  at(now_ + time, [this] { tracker.up = true; });
}

/// Keeps a frame that is on its way, in a place that is free; the place's number.
std::uint32_t SwarmWorld::put_frame(Frame frame) {
  if (free_frames_.empty()) {
    frames_.push_back(std::move(frame));
    return static_cast<std::uint32_t>(frames_.size() - 1);
  }
  const std::uint32_t number = free_frames_.back();
  free_frames_.pop_back();
  frames_[number] = std::move(frame);
  return number;
}

bool SwarmWorld::perform_signal(SwarmPeer& p, const Output& output) {
  if (const auto* open = std::get_if<out::OpenSocket>(&output)) {
    p.sockets[open->socket.value] = false;
    events_.push(now_ + tracker_way * 2, EventKind::socket_opens, p.id, p.life, open->socket.value);
  } else if (const auto* text = std::get_if<out::SendText>(&output)) {
    const auto socket = p.sockets.find(text->socket.value);
    if (socket == p.sockets.end() || !socket->second) broke(p, "it writes to a closed socket");
    const std::uint32_t number = put_frame({p.id, text->socket.value, std::string(text->utf8)});
    events_.push(now_ + tracker_way, EventKind::to_tracker, p.id, p.life, 0, number);
  } else if (const auto* close = std::get_if<out::CloseSocket>(&output)) {
    p.sockets.erase(close->socket.value);
    members_.closed({p.id, close->socket.value});
  } else if (const auto* offer = std::get_if<out::MakeOffer>(&output)) {
    p.dials[offer->dial.value] = {};
    for (const std::uint32_t complete : {0U, 1U}) {
      events_.push(now_ + network.gathering * (1 + complete), EventKind::local_sdp, p.id, p.life, offer->dial.value, complete);
    }
  } else if (const auto* answer = std::get_if<out::MakeAnswer>(&output)) {
    const auto [other, dial] = read_sdp(answer->offer_sdp);
    p.dials[answer->dial.value] = {other, dial, false, true};
    for (const std::uint32_t complete : {0U, 1U}) {
      events_.push(now_ + network.gathering * (1 + complete), EventKind::local_sdp, p.id, p.life, answer->dial.value, complete);
    }
  } else if (const auto* apply = std::get_if<out::ApplyAnswer>(&output)) {
    connect(p, apply->dial.value, apply->answer_sdp);
  } else if (const auto* hang_up = std::get_if<out::CloseDial>(&output)) {
    close_dial(p, hang_up->dial.value);
  } else if (const auto* further = std::get_if<out::OpenChannel>(&output)) {
    open_further(p, *further);
  } else if (const auto* one = std::get_if<out::CloseChannel>(&output)) {
    close_channel(p, one->channel.value);
  } else {
    return false;
  }
  return true;
}

void SwarmWorld::socket_opens(SwarmPeer& p, std::uint32_t socket) {
  const auto it = p.sockets.find(socket);
  if (it == p.sockets.end()) return;
  if (!tracker.up) {
    p.sockets.erase(it);
    feed(p, in::SocketClosed{{socket}});
    return;
  }
  it->second = true;
  feed(p, in::SocketOpened{{socket}});
}

void SwarmWorld::to_tracker(const Event& event) {
  const Frame frame = std::move(frames_[event.b]);
  free_frames_.push_back(event.b);
  const SwarmPeer& from = peer(frame.node);
  if (!tracker.up || from.life != event.life || !from.sockets.contains(frame.socket)) return;
  ++counts.tracker_frames;
  for (auto& reply : members_.receive({frame.node, frame.socket}, frame.text, rng_)) {
    if (tracker.lies_per_mille > 0 && rng_.below(1'000) < tracker.lies_per_mille) lie(reply);
    const SwarmPeer& to = peer(reply.to.node);
    const std::uint32_t number = put_frame({reply.to.node, reply.to.socket, std::move(reply.text)});
    events_.push(now_ + tracker_way, EventKind::from_tracker, to.id, to.life, reply.to.socket, number);
  }
}

/// Garbage, torn frames, wrong numbers, and descriptions of peers that do not exist.
void SwarmWorld::lie(Tracker::Frame& frame) {
  std::string& text = frame.text;
  const auto replace = [&text](std::string_view what, std::string_view by) {
    if (const std::size_t at = text.find(what); at != std::string::npos) text.replace(at, what.size(), by);
  };
  switch (rng_.below(6)) {
    case 0: text = "{\"action\":\"announce\",\"interval\":1e300,\"info_hash\":42}"; return;
    case 1: text.resize(text.size() / 2); return;
    case 2: replace("\"interval\":120", "\"interval\":3"); return;
    case 3: replace("\"incomplete\":", "\"incomplete\":1"); return;
    case 4: replace("ice-ufrag:s", "ice-ufrag:s9999999"); return;
    default: replace("\"info_hash\":\"", "\"info_hash\":\"x"); return;
  }
}

// ---- connections

void SwarmWorld::local_sdp(SwarmPeer& p, std::uint32_t dial, bool complete) {
  const auto it = p.dials.find(dial);
  if (it == p.dials.end()) return;
  const std::string sdp = make_sdp(p.id, dial, it->second.answers);
  feed(p, in::LocalSdp{{dial}, as_bytes(sdp), complete});
}

void SwarmWorld::connect(SwarmPeer& p, std::uint32_t dial, std::string_view answer_sdp) {
  const auto [other, other_dial] = read_sdp(answer_sdp);
  if (other >= size()) {
    events_.push(now_ + ice_gives_up, EventKind::dial_fails, p.id, p.life, dial);
    return;
  }
  const SwarmPeer& far = peer(other);
  if (never_connect(p.id, other) || divided(p.id, other) || far.asleep) {
    events_.push(now_ + ice_gives_up, EventKind::dial_fails, p.id, p.life, dial);
    events_.push(now_ + ice_gives_up, EventKind::dial_fails, other, far.life, other_dial);
    return;
  }
  connects_.push_back({p.id, p.life, dial, other, far.life, other_dial});
  const auto number = static_cast<std::uint32_t>(connects_.size() - 1);
  const Duration way = p.plan.latency + far.plan.latency;
  events_.push(now_ + way * 3, EventKind::ice, p.id, p.life, number);
  events_.push(now_ + way * 5, EventKind::channel_opens, p.id, p.life, number);
}

void SwarmWorld::open_further(SwarmPeer& p, const out::OpenChannel& asked) {
  const SwarmPeer::Dial& dial = p.dials.at(asked.over.value);
  const SwarmPeer& far = peer(dial.other);
  p.opening.insert(asked.dial.value);
  connects_.push_back({p.id, p.life, asked.over.value, far.id, far.life, dial.other_dial, asked.dial.value});
  const Duration way = p.plan.latency + far.plan.latency;
  events_.push(now_ + way, EventKind::channel_opens, p.id, p.life, static_cast<std::uint32_t>(connects_.size() - 1));
}

void SwarmWorld::connect_step(const Event& event) {
  const Connect c = connects_[event.a];
  const auto there = [this](std::uint32_t number, std::uint32_t life, std::uint32_t dial) {
    const SwarmPeer& p = peer(number);
    return p.life == life && p.alive && !p.asleep && p.dials.contains(dial);
  };
  if (!there(c.a, c.life_a, c.dial_a) || !there(c.b, c.life_b, c.dial_b)) return;
  if (event.kind == EventKind::channel_opens) return open_channels(c);
  feed(peer(c.a), in::DialProgress{{c.dial_a}, DialStage::ice_connected, Route::direct});
  if (there(c.b, c.life_b, c.dial_b)) feed(peer(c.b), in::DialProgress{{c.dial_b}, DialStage::ice_connected, Route::direct});
}

}  // namespace samara::sim
