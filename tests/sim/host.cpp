// Owns: carrying out an engine's outputs in the world: sockets and connections. The rules that must always hold are
// checked here, where every output passes.
// Refuses to know: disks (host_store.cpp).
#include <algorithm>
#include <charconv>

#include "abi/records.hpp"
#include "base/assert.hpp"
#include "base/writer.hpp"
#include "sim/node.hpp"

namespace samara::sim {
namespace {

constexpr std::uint64_t low_mark_bytes = 64 * 1024;
constexpr std::uint32_t message_bytes_max = 262'144;  // Chromium's

/// A description that names its node and dial in the ICE user name. Each node has a certificate of its own.
std::string make_sdp(NodeId node, std::uint32_t dial, bool answer) {
  const std::string hex_digits = "0123456789ABCDEF";
  const std::string name = "n" + std::to_string(node) + "d" + std::to_string(dial);
  return "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
         "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n"
         "a=candidate:1 1 udp 2113937151 127.0.0.1 50000 typ host generation 0\r\n"
         "a=ice-ufrag:" + name + "\r\na=ice-pwd:0123456789abcdef01234567\r\n"
         "a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:" +
         hex_digits.substr(node / 16 % 16, 1) + hex_digits.substr(node % 16, 1) + "\r\n"
         "a=setup:" + (answer ? "active" : "actpass") + "\r\na=mid:0\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n";
}

struct Name {
  NodeId node = 0;
  std::uint32_t dial = 0;
};

std::optional<Name> read_name(std::string_view sdp) {
  const std::string_view marker = "a=ice-ufrag:n";
  const std::size_t start = sdp.find(marker);
  if (start == std::string_view::npos) return std::nullopt;
  const char* at = sdp.data() + start + marker.size();
  const char* end = sdp.data() + sdp.size();
  Name name;
  at = std::from_chars(at, end, name.node).ptr;
  if (at == end || *at != 'd') return std::nullopt;
  std::from_chars(at + 1, end, name.dial);
  return name;
}

}  // namespace

void World::drain(Node& n) {
  n.draining = true;
  while (const auto output = n.engine->poll()) {
    if (watch) watch(n.id, *output);
    if (traced) note(n, *output);
    perform(n, *output);
  }
  n.draining = false;
}

/// Every output enters the trace in the form in which it would cross the wasm boundary.
void World::note(Node& n, const Output& output) {
  std::vector<Bytes> scratch;
  const abi::EncodedOutput record = abi::encode_output(output, scratch);
  Bytes head;
  Writer(head).u32le(n.id).u64le(static_cast<std::uint64_t>(now_.us)).u16le(static_cast<std::uint16_t>(record.kind));
  Writer(head).u16le(record.flags).u32le(record.handle).u32le(record.a).u64le(record.b).u32le(record.payload_bytes);
  trace_.update(head);
  trace_.update(record.payload);
}

void World::perform(Node& n, const Output& output) {
  if (const auto* done = std::get_if<out::Completed>(&output)) {
    SAMARA_ASSERT(!n.answers.contains(done->request.value));  // each call ends once
    n.answers[done->request.value] = {done->error, to_bytes(done->result)};
  } else if (const auto* changed = std::get_if<out::Changed>(&output)) {
    const auto document = bencode_decode(changed->payload, bencode_own_limits);
    SAMARA_ASSERT(document.has_value());
    n.snapshots[{changed->subject, std::string(document->root().text_or("id", ""))}] = to_bytes(changed->payload);
  } else if (const auto* log = std::get_if<out::Log>(&output)) {
    n.logs.emplace_back(log->code);
  } else {
    perform_network(n, output);
    perform_store(n, output);
  }
}

void World::perform_network(Node& n, const Output& output) {
  if (const auto* open = std::get_if<out::OpenSocket>(&output)) {
    const std::uint32_t socket = open->socket.value;
    n.sockets[socket] = std::string(open->url);
    at(now_ + rules.latency * 2, [this, &n, socket, life = n.life] {
      if (n.life != life || !n.sockets.contains(socket)) return;
      if (!n.online || !tracker_up_) {
        n.sockets.erase(socket);
        feed(n, in::SocketClosed{{socket}});
        return;
      }
      n.open_sockets.insert(socket);
      feed(n, in::SocketOpened{{socket}});
    });
  } else if (const auto* text = std::get_if<out::SendText>(&output)) {
    SAMARA_ASSERT(n.open_sockets.contains(text->socket.value));
    at(now_ + rules.latency, [this, from = Endpoint{n.id, text->socket.value}, frame = std::string(text->utf8)] {
      if (!tracker_up_ || !node(from.node).open_sockets.contains(from.socket)) return;
      if (node(from.node).dead_sockets.contains(from.socket)) return;
      for (auto& reply : tracker.receive(from, frame, rng_)) {
        at(now_ + rules.latency, [this, reply] {
          Node& to = node(reply.to.node);
          if (to.alive && to.open_sockets.contains(reply.to.socket) && !to.dead_sockets.contains(reply.to.socket)) {
            feed(to, in::SocketText{{reply.to.socket}, as_bytes(reply.text)});
          }
        });
      }
    });
  } else if (const auto* close = std::get_if<out::CloseSocket>(&output)) {
    // Frames on their way arrive first, as on TCP.
    n.sockets.erase(close->socket.value);
    at(now_ + rules.latency, [this, endpoint = Endpoint{n.id, close->socket.value}] {
      if (!node(endpoint.node).dead_sockets.contains(endpoint.socket)) tracker.closed(endpoint);
      node(endpoint.node).open_sockets.erase(endpoint.socket);
    });
  } else if (const auto* offer = std::get_if<out::MakeOffer>(&output)) {
    n.dials[offer->dial.value] = {};
    announce_sdp(n, offer->dial.value);
  } else if (const auto* answer = std::get_if<out::MakeAnswer>(&output)) {
    const auto name = read_name(answer->offer_sdp);
    SAMARA_ASSERT(name.has_value());
    Dial& dial = n.dials[answer->dial.value];
    dial.other_node = name->node;
    dial.other_dial = name->dial;
    announce_sdp(n, answer->dial.value);
  } else if (const auto* apply = std::get_if<out::ApplyAnswer>(&output)) {
    const auto name = read_name(apply->answer_sdp);
    SAMARA_ASSERT(name.has_value() && n.dials.contains(apply->dial.value));
    connect(n.id, apply->dial.value, name->node, name->dial);
  } else if (const auto* close_pc = std::get_if<out::CloseDial>(&output)) {
    close_dial(n, close_pc->dial.value);
  } else if (const auto* further = std::get_if<out::OpenChannel>(&output)) {
    open_channel(n, *further);
  } else if (const auto* one = std::get_if<out::CloseChannel>(&output)) {
    close_channel(n, one->channel.value);
  } else if (const auto* send = std::get_if<out::SendBytes>(&output)) {
    send_bytes(n, send->channel.value, send->bytes);
  }
  SAMARA_ASSERT(n.dials.size() <= n.config.peer_connections_max);
}

void World::announce_sdp(Node& n, std::uint32_t dial) {
  const bool answer = n.dials[dial].other_dial != 0;
  for (const bool complete : {false, true}) {
    at(now_ + rules.gathering * (complete ? 20 : 1), [this, &n, dial, answer, complete, life = n.life] {
      if (n.life != life || !n.dials.contains(dial)) return;
      const std::string sdp = make_sdp(n.id, dial, answer);
      feed(n, in::LocalSdp{{dial}, as_bytes(sdp), complete});
    });
  }
}

void World::connect(NodeId a, std::uint32_t dial_a, NodeId b, std::uint32_t dial_b) {
  const bool blocked = blocked_.contains({std::min(a, b), std::max(a, b)});
  const auto both = [=, this](const std::function<void(Node&, std::uint32_t)>& act) {
    for (const auto& [id, dial] : {std::pair{a, dial_a}, std::pair{b, dial_b}}) {
      Node& n = node(id);
      if (n.alive && n.dials.contains(dial)) act(n, dial);
    }
  };
  if (blocked) {
    at(now_ + seconds(8), [this, both] {
      both([this](Node& n, std::uint32_t dial) { feed(n, in::DialFailed{{dial}, DialFailure::ice_failed}); });
    });
    return;
  }
  at(now_ + rules.latency * 3, [=, this] {
    both([this](Node& n, std::uint32_t dial) {
      feed(n, in::DialProgress{{dial}, DialStage::ice_connected, Route::local});
    });
  });
  at(now_ + rules.latency * 5, [=, this] {
    Node& first = node(a);
    Node& second = node(b);
    if (!first.dials.contains(dial_a) || !second.dials.contains(dial_b) || !first.alive || !second.alive) return;
    for (const auto& [id, dial, other, other_dial] : {std::tuple{a, dial_a, b, dial_b}, std::tuple{b, dial_b, a, dial_a}}) {
      Dial& d = node(id).dials[dial];
      d.open = true;
      d.other_node = other;
      d.other_dial = other_dial;
    }
    const std::uint32_t channel = open_pair(first, dial_a);
    const std::uint32_t other = first.channels.at(channel).other;
    if (first.channels.contains(channel)) feed(first, in::ChannelOpened{{channel}, {dial_a}, message_bytes_max});
    if (second.channels.contains(other)) feed(second, in::ChannelOpened{{other}, {dial_b}, message_bytes_max});
  });
}

/// Both sides of a channel over this open connection; the near one's number.
std::uint32_t World::open_pair(Node& near, std::uint32_t dial, std::uint32_t branch) {
  const Dial& connection = near.dials.at(dial);
  Node& far = node(connection.other_node);
  const std::uint32_t here = ++near.last_channel;
  const std::uint32_t there = ++far.last_channel;
  near.channels[here] = {dial, branch, there, 0};
  far.channels[there] = {connection.other_dial, 0, here, 0};
  return here;
}

/// Open after a way, on the other side after another.
void World::open_channel(Node& n, const out::OpenChannel& asked) {
  SAMARA_ASSERT(n.dials.contains(asked.over.value) && n.dials.at(asked.over.value).open);
  n.opening.insert(asked.dial.value);
  at(now_ + rules.latency, [this, &n, asked, life = n.life] {
    if (n.life != life || n.opening.erase(asked.dial.value) == 0) return;
    const auto dial = n.dials.find(asked.over.value);
    if (dial == n.dials.end() || !dial->second.open || dial->second.dead) return;
    Node& far = node(dial->second.other_node);
    if (!far.alive || !far.dials.contains(dial->second.other_dial)) return;
    const std::uint32_t channel = open_pair(n, asked.over.value, asked.dial.value);
    const std::uint32_t there = n.channels.at(channel).other;
    at(now_ + rules.latency, [this, &far, there, far_dial = dial->second.other_dial, far_life = far.life] {
      if (far.life == far_life && far.channels.contains(there)) feed(far, in::ChannelOpened{{there}, {far_dial}, message_bytes_max});
    });
    feed(n, in::ChannelOpened{{channel}, asked.dial, message_bytes_max});
  });
}

std::uint32_t World::probe(NodeId to) {
  Node& n = node(to);
  for (const auto& [id, dial] : n.dials) {
    if (!dial.open) continue;
    Node& prober = node(dial.other_node);
    const std::uint32_t theirs = open_pair(prober, dial.other_dial);
    const std::uint32_t channel = prober.channels.at(theirs).other;
    feed(n, in::ChannelOpened{{channel}, {id}, message_bytes_max});
    return channel;
  }
  return 0;
}

void World::tell_frame(NodeId to, const std::string& text) {
  feed(node(to), in::SocketText{{*node(to).open_sockets.begin()}, as_bytes(text)});
}

void World::probe_bytes(NodeId to, std::uint32_t channel, ByteSpan bytes) { feed(node(to), in::ChannelBytes{{channel}, bytes}); }

void World::close_channel(Node& n, std::uint32_t id) {
  const auto it = n.channels.find(id);
  if (it == n.channels.end()) return;
  const Channel channel = it->second;
  n.channels.erase(it);
  const auto dial = n.dials.find(channel.dial);
  if (dial == n.dials.end() || dial->second.dead) return;
  Node& far = node(dial->second.other_node);
  at(std::max(now_, dial->second.busy_until) + rules.latency, [this, &far, other = channel.other, life = far.life] {
    if (far.life != life || far.channels.erase(other) == 0) return;
    feed(far, in::ChannelClosed{{other}});
  });
}

void World::close_dial(Node& n, std::uint32_t id) {
  n.opening.erase(id);
  for (const auto& [channel, state] : n.channels) {
    if (state.branch == id) return close_channel(n, channel);
  }
  const auto it = n.dials.find(id);
  if (it == n.dials.end()) return;
  const Dial dial = it->second;
  std::erase_if(n.channels, [&](const auto& entry) { return entry.second.dial == id; });
  n.dials.erase(it);
  if (!dial.open || dial.dead) return;
  at(now_ + rules.latency, [this, dial] {
    Node& other = node(dial.other_node);
    const auto far = other.dials.find(dial.other_dial);
    if (!other.alive || far == other.dials.end()) return;
    far->second.open = false;
    std::vector<std::uint32_t> over;
    for (const auto& [channel, state] : other.channels) {
      if (state.dial == dial.other_dial) over.push_back(channel);
    }
    for (const std::uint32_t channel : over) {
      if (other.channels.erase(channel) > 0) feed(other, in::ChannelClosed{{channel}});
    }
    if (other.dials.contains(dial.other_dial)) feed(other, in::DialFailed{{dial.other_dial}, DialFailure::closed});
  });
}

/// Serializes at the connection's rate, then delays; reports the queue when it falls to the low mark.
void World::send_bytes(Node& n, std::uint32_t id, ByteSpan bytes) {
  const auto it = n.channels.find(id);
  SAMARA_ASSERT(it != n.channels.end());  // nothing is sent on a closed channel
  SAMARA_ASSERT(bytes.size() <= message_bytes_max);
  Channel& channel = it->second;
  Dial& dial = n.dials.at(channel.dial);
  dial.busy_until = std::max(dial.busy_until, now_) +
                    Duration{static_cast<std::int64_t>(std::uint64_t{bytes.size()} * 1'000'000 / rules.bytes_per_second)};
  channel.queued_bytes += bytes.size();
  n.sent_bytes += bytes.size();
  at(dial.busy_until, [this, &n, id, size = bytes.size(), life = n.life] {
    const auto found = n.channels.find(id);
    if (n.life != life || found == n.channels.end()) return;
    if (n.dials.at(found->second.dial).dead) return;
    std::uint64_t& queued_bytes = found->second.queued_bytes;
    queued_bytes -= size;
    if (queued_bytes <= low_mark_bytes) feed(n, in::ChannelBuffered{{id}, static_cast<std::uint32_t>(queued_bytes)});
  });
  at(dial.busy_until + rules.latency, [this, to = dial.other_node, there = channel.other, copy = to_bytes(bytes)] {
    Node& other = node(to);
    const auto far = other.channels.find(there);
    if (other.alive && far != other.channels.end() && !other.dials.at(far->second.dial).dead) feed(other, in::ChannelBytes{{there}, copy});
  });
}

/// Not Argon2id, which would take a real second per story: any function that depends on all of both will do here. The real
/// one is tested with the vectors and in browsers.
void World::stretch_password(Node& n, const out::StretchPassword& asked) {
  Bytes both = to_bytes(asked.salt);
  both.insert(both.end(), asked.password.begin(), asked.password.end());
  Bytes stretched;
  for (const std::uint8_t half : {std::uint8_t{1}, std::uint8_t{2}}) {
    both.push_back(half);
    const Sha1Hash digest = sha1(both);
    stretched.insert(stretched.end(), digest.begin(), digest.begin() + 16);
  }
  ++n.stretches;
  at(now_ + rules.stretching, [this, &n, op = asked.op, answer = std::move(stretched), life = n.life] {
    if (n.life != life) return;
    const StoreStatus status = rules.stretching_fails ? StoreStatus::failed : StoreStatus::ok;
    feed(n, in::PasswordStretched{op, status, rules.stretching_fails ? ByteSpan{} : ByteSpan(answer)});
  });
}

}  // namespace samara::sim
