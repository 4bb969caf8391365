// Owns: torrents in one process for tests: each with a fake store, joined by wires with a latency and a
// rate, on one virtual clock. Refuses to know: trackers, the engine.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "hash/sha1.hpp"
#include "hostile/fake_peer.hpp"
#include "swarm/torrent.hpp"

namespace samara::test {

inline constexpr std::uint32_t KiB = 1024;

/// A torrent of one file with this content.
[[nodiscard]] inline Metainfo torrent_of(ByteSpan content, std::uint32_t piece_bytes) {
  CreateSpec spec;
  spec.name = "memo";
  spec.files = {{"memo.bin", content.size()}};
  spec.piece_bytes = piece_bytes;
  Metainfo metainfo = plan_torrent(spec).value();
  Bytes hashes;
  for (std::uint32_t piece = 0; piece < metainfo.piece_count(); ++piece) {
    const std::size_t start = std::size_t{piece} * piece_bytes;
    const Sha1Hash hash = sha1(content.subspan(start, metainfo.piece_length(PieceIndex{piece})));
    hashes.insert(hashes.end(), hash.begin(), hash.end());
  }
  if (!finish_torrent(metainfo, std::move(hashes))) std::abort();
  return metainfo;
}

[[nodiscard]] inline Bitfield all_of(const Metainfo& metainfo) {
  Bitfield have(metainfo.piece_count());
  have.set_all();
  return have;
}

/// What all links of a node, or of several nodes, send through, in the order they send.
struct Uplink {
  std::uint64_t bytes_per_second;
  Instant busy_until{};

  /// When these bytes have left.
  Instant send(Instant now, std::uint64_t bytes) {
    busy_until = std::max(busy_until, now) + Duration{static_cast<std::int64_t>(bytes * 1'000'000 / bytes_per_second)};
    return busy_until;
  }
};

/// One torrent with everything around it that an engine would be.
struct Node {
  Node(std::uint32_t number, const InfoHash& info_hash, const Config& chosen)
      : config(chosen),
        rng(number),
        shared{config, rng, outbox, ops, TokenBucket(config.upload_bytes_per_second),
               TokenBucket(config.download_bytes_per_second), 0},
        self(peer_id_of("-SM0001-RUN" + std::to_string(100 + number) + "SOCKET")),
        torrent(TorrentId{number}, info_hash, shared) {}

  [[nodiscard]] std::uint32_t count(TorrentEvent::Kind kind) const {
    return static_cast<std::uint32_t>(std::ranges::count(events, kind, &TorrentEvent::kind));
  }
  /// Why the last link was closed; "open" if none was.
  [[nodiscard]] std::string closed_why() const {
    for (auto it = events.rbegin(); it != events.rend(); ++it) {
      if (it->kind == TorrentEvent::Kind::link_closed) return std::string(to_string(it->error.code));
    }
    return "open";
  }

  Config config;
  Rng rng;
  Outbox outbox;
  StoreOps ops;
  SwarmShared shared;
  PeerId self;
  Torrent torrent;
  std::vector<TorrentEvent> events;
  Bytes disk;
  std::shared_ptr<Uplink> uplink;  // none: only the wires have a rate
  StoreStatus write_status = StoreStatus::ok;
  StoreStatus read_status = StoreStatus::ok;
  std::uint32_t writes = 0;
  std::uint32_t reads = 0;
  std::uint32_t sends = 0;
  std::uint64_t partial_bytes_peak = 0;
};

/// How bytes travel; 0 bytes per second: at once.
struct Wire { std::int64_t latency_ms = 1; std::uint64_t bytes_per_second = 0; };

class World {
 public:
  Node& add(const InfoHash& info_hash, const Config& config = {}) {
    nodes_.push_back(std::make_unique<Node>(static_cast<std::uint32_t>(nodes_.size() + 1), info_hash, config));
    return *nodes_.back();
  }
  Node& add_seed(const Metainfo& metainfo, ByteSpan content, const Config& config = {}) {
    Node& node = add(metainfo.info_hash, config);
    node.disk = to_bytes(content);
    node.torrent.set_metainfo(now, metainfo);
    node.torrent.open_content(now, BlobId{1}, all_of(metainfo));
    after(node);
    return node;
  }
  /// Knows the metadata and has nothing.
  Node& add_leecher(const Metainfo& metainfo, const Config& config = {}) {
    Node& node = add(metainfo.info_hash, config);
    node.torrent.set_metainfo(now, metainfo);
    open_empty(node);
    return node;
  }
  void open_empty(Node& node) {
    node.disk.assign(node.torrent.metainfo()->bytes, 0);
    node.torrent.open_content(now, BlobId{1}, Bitfield(node.torrent.metainfo()->piece_count()));
    after(node);
  }

  /// Joins two nodes; the link of each side.
  std::pair<LinkId, LinkId> connect(Node& a, Node& b, Wire wire = {}, bool samara = false) {
    const ChannelId ca{next_channel_++};
    const ChannelId cb{next_channel_++};
    ends_.emplace(ca, End{&a, cb, nullptr, wire, now, 0});
    ends_.emplace(cb, End{&b, ca, nullptr, wire, now, 0});
    const LinkId la = a.torrent.attach(now, ca, a.self, 256 * KiB, samara);
    after(a);
    const LinkId lb = b.torrent.attach(now, cb, b.self, 256 * KiB, samara);
    after(b);
    return {la, lb};
  }

  /// A peer whose every byte a test writes and reads; it joins one node.
  struct Stranger {
    ChannelId channel;
    LinkId link;
    Node* node = nullptr;
    FakePeer says;
    FakeEar ear;
    /// Called for every frame heard, so that a test can answer as a peer would.
    std::function<void(Stranger&, const FakeEar::Frame&)> reply;
    std::size_t answered = 0;
    bool gone = false;
  };
  Stranger& join(Node& node, const std::string& peer_id, bool fast = true, bool extended = true, bool samara = false) {
    strangers_.push_back(std::make_unique<Stranger>());
    Stranger& stranger = *strangers_.back();
    stranger.channel = ChannelId{next_channel_++};
    stranger.node = &node;
    ends_.emplace(stranger.channel, End{&node, {}, &stranger, Wire{}, now, 0});
    stranger.link = node.torrent.attach(now, stranger.channel, node.self, 64 * KiB, samara);
    after(node);
    stranger.says.handshake(node.torrent.info_hash(), peer_id_of(peer_id), fast, extended);
    return stranger;
  }
  /// Delivers what the stranger wrote.
  void say(Stranger& stranger) {
    const Bytes bytes = stranger.says.take();
    if (stranger.gone || bytes.empty()) return;
    stranger.node->torrent.channel_bytes(now, stranger.link, bytes);
    after(*stranger.node);
  }

  void disconnect(Node& node, LinkId link) {
    const ChannelId channel{link.value};
    node.torrent.detach(now, link);
    after(node);
    cut(channel);
  }

  /// Runs until the condition holds or the time is over; true when it held.
  bool run(std::int64_t ms, const std::function<bool()>& until = [] { return false; }) {
    const Instant end = now + milliseconds(ms);
    for (std::uint32_t steps = 0; steps < 4'000'000; ++steps) {
      if (until()) return true;
      const std::optional<Instant> next = next_time();
      if (!next || *next > end) {
        now = end;
        return until();
      }
      now = std::max(now, *next);
      step();
    }
    return false;
  }

  /// Everything a node asked of its surroundings, and what it reported.
  void after(Node& node) {
    while (const auto output = node.outbox.poll()) carry_out(node, *output);
    node.outbox.clear();
    node.partial_bytes_peak = std::max(node.partial_bytes_peak, node.shared.partial_bytes);
    while (const auto event = node.torrent.next_event()) {
      node.events.push_back(*event);
      if (event->kind == TorrentEvent::Kind::link_closed) cut(event->channel);
    }
  }

  Instant now = Instant{} + seconds(1000);
  Duration store_delay = milliseconds(1);

 private:
  struct End {
    Node* node;
    ChannelId other;
    Stranger* stranger;
    Wire wire;
    Instant busy_until;
    std::uint64_t buffered;
  };

  void at(Instant when, std::function<void()> act) { queue_.emplace(std::pair{when, order_++}, std::move(act)); }

  void carry_out(Node& node, const Output& output) {
    if (const auto* send = std::get_if<out::SendBytes>(&output)) return carry(node, *send);
    if (const auto* write = std::get_if<out::StoreWrite>(&output)) {
      ++node.writes;
      if (node.write_status == StoreStatus::ok) {
        std::ranges::copy(write->bytes, node.disk.begin() + static_cast<std::ptrdiff_t>(write->offset));
      }
      return finish(node, write->op, node.write_status, {});
    }
    if (const auto* read = std::get_if<out::StoreRead>(&output)) {
      ++node.reads;
      const auto start = node.disk.begin() + static_cast<std::ptrdiff_t>(read->offset);
      finish(node, read->op, node.read_status, Bytes(start, start + read->bytes));
    }
  }

  void finish(Node& node, StoreOp op, StoreStatus status, Bytes bytes) {
    at(now + store_delay, [this, &node, op, status, bytes = std::move(bytes)] {
      node.ops.finish(op);
      node.torrent.store_done(now, op, status, status == StoreStatus::ok ? ByteSpan(bytes) : ByteSpan());
      after(node);
    });
  }

  void carry(Node& node, const out::SendBytes& send) {
    ++node.sends;
    const auto it = ends_.find(send.channel);
    if (it == ends_.end()) return;
    End& end = it->second;
    if (end.stranger != nullptr) return hear(*end.stranger, send);
    end.buffered += send.bytes.size();
    end.busy_until = std::max(end.busy_until, now);
    if (end.wire.bytes_per_second != 0) {
      end.busy_until = end.busy_until + Duration{static_cast<std::int64_t>(std::uint64_t{send.bytes.size()} * 1'000'000 / end.wire.bytes_per_second)};
    }
    if (end.node->uplink) end.busy_until = std::max(end.busy_until, end.node->uplink->send(now, send.bytes.size()));
    const ChannelId channel = send.channel;
    at(end.busy_until, [this, channel, size = send.bytes.size()] {
      const auto mine = ends_.find(channel);
      if (mine == ends_.end()) return;
      mine->second.buffered -= size;
      if (mine->second.buffered > 64 * KiB) return;
      mine->second.node->torrent.channel_buffered(now, LinkId{channel.value}, static_cast<std::uint32_t>(mine->second.buffered));
      after(*mine->second.node);
    });
    at(end.busy_until + milliseconds(end.wire.latency_ms), [this, to = end.other, bytes = to_bytes(send.bytes)] {
      const auto theirs = ends_.find(to);
      if (theirs == ends_.end()) return;
      theirs->second.node->torrent.channel_bytes(now, LinkId{to.value}, bytes);
      after(*theirs->second.node);
    });
  }

  void hear(Stranger& stranger, const out::SendBytes& send) {
    stranger.ear.hear(send.bytes);
    at(now, [this, &stranger] {
      if (stranger.gone) return;
      stranger.node->torrent.channel_buffered(now, stranger.link, 0);
      after(*stranger.node);
      if (!stranger.reply) return;
      while (stranger.answered < stranger.ear.frames.size()) {
        const FakeEar::Frame frame = stranger.ear.frames[stranger.answered++];
        stranger.reply(stranger, frame);
      }
      say(stranger);
    });
  }

  /// The channel is closed on both sides.
  void cut(ChannelId channel) {
    const auto it = ends_.find(channel);
    if (it == ends_.end()) return;
    const ChannelId other = it->second.other;
    if (it->second.stranger != nullptr) it->second.stranger->gone = true;
    ends_.erase(it);
    const auto theirs = ends_.find(other);
    if (theirs == ends_.end()) return;
    Node* node = theirs->second.node;
    ends_.erase(theirs);
    at(now, [this, node, other] {
      node->torrent.detach(now, LinkId{other.value});
      after(*node);
    });
  }

  [[nodiscard]] std::optional<Instant> next_time() const {
    std::optional<Instant> next;
    if (!queue_.empty()) next = queue_.begin()->first.first;
    for (const auto& node : nodes_) {
      const auto due = node->torrent.deadline();
      if (due && (!next || *due < *next)) next = *due;
    }
    return next;
  }

  void step() {
    if (!queue_.empty() && queue_.begin()->first.first <= now) {
      const auto act = std::move(queue_.begin()->second);
      queue_.erase(queue_.begin());
      act();
    }
    for (const auto& node : nodes_) {
      const auto due = node->torrent.deadline();
      if (!due || *due > now) continue;
      node->torrent.tick(now);
      after(*node);
      // A deadline that a tick does not move would spin the host.
      ticks_now_ = now == ticked_at_ ? ticks_now_ + 1 : 0;
      ticked_at_ = now;
      if (ticks_now_ > 10'000) std::abort();
    }
  }

  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<std::unique_ptr<Stranger>> strangers_;
  std::map<ChannelId, End> ends_;
  std::map<std::pair<Instant, std::uint64_t>, std::function<void()>> queue_;
  std::uint64_t order_ = 0;
  std::uint32_t next_channel_ = 1;
  Instant ticked_at_{};
  std::uint32_t ticks_now_ = 0;
};

}  // namespace samara::test
