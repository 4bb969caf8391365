// Owns: channels and lines of the swarm: each peer sends one message at a time at its uplink's rate, in turn among its
// channels, and receives at its downlink's; a full downlink holds its senders back. What is sent is checked here.
// Refuses to know: how peers meet.
#include <algorithm>

#include "base/assert.hpp"
#include "sim/swarm/swarm_world.hpp"

namespace samara::sim {
namespace {

constexpr std::uint64_t low_mark_bytes = 64 * 1024;
constexpr std::uint64_t report_bytes = 16 * 1024;         // a host tells of its buffer after a batch, not after each little message
constexpr std::uint32_t message_bytes_max = 262'144;      // Chromium's
constexpr std::uint32_t small_bytes = 2'048;              // goes between the packets of large messages
constexpr std::int64_t backlog_most_us = 100'000;         // of a downlink; then its senders wait …
constexpr std::int64_t backlog_least_us = 50'000;         // … until it is down to that

std::int64_t line_time(std::uint64_t bytes, std::uint64_t bytes_per_second) {
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(bytes * 1'000'000 / bytes_per_second));
}

}  // namespace

void SwarmWorld::open_channels(const Connect& c) {
  SwarmPeer& a = peer(c.a);
  SwarmPeer& b = peer(c.b);
  if (c.branch == 0) ++counts.connections;
  if (c.branch != 0 && a.opening.erase(c.branch) == 0) return;
  const auto open = [this](SwarmPeer& p, std::uint32_t dial, const SwarmPeer& other, std::uint32_t other_dial, std::uint32_t other_channel) {
    SwarmPeer::Dial& d = p.dials[dial];
    d.other = other.id;
    d.other_dial = other_dial;
    d.open = true;
    SwarmPeer::Channel& channel = p.channels[++p.last_channel];
    channel.dial = dial;
    channel.other = other.id;
    channel.other_life = other.life;
    channel.other_channel = other_channel;
    channel.opened_us = now_.us;
  };
  const std::uint32_t channel_a = a.last_channel + 1;
  const std::uint32_t channel_b = b.last_channel + 1;
  open(a, c.dial_a, b, c.dial_b, channel_b);
  open(b, c.dial_b, a, c.dial_a, channel_a);
  a.channels.at(channel_a).branch = c.branch;
  if (a.channels.contains(channel_a)) feed(a, in::ChannelOpened{{channel_a}, {c.branch != 0 ? c.branch : c.dial_a}, message_bytes_max});
  if (b.channels.contains(channel_b)) feed(b, in::ChannelOpened{{channel_b}, {c.dial_b}, message_bytes_max});
}

// ---- sending

void SwarmWorld::send(SwarmPeer& p, std::uint32_t id, ByteSpan bytes) {
  const auto it = p.channels.find(id);
  if (it == p.channels.end() || bytes.size() > message_bytes_max) return broke(p, "it sends on a closed channel, or too much at once");
  SwarmPeer::Channel& channel = it->second;
  const std::uint32_t number = packets_.take();
  Packet& packet = packets_[number];
  packet.to = channel.other;
  packet.to_life = channel.other_life;
  packet.to_channel = channel.other_channel;
  claims_.clear();
  channel.meter.scan(bytes, {&content_, piece_bytes_}, {&rng_, p.plan.spoils_per_mille}, packet, claims_);
  check_claims(p, channel);
  const std::uint64_t content = packet.content_bytes();
  p.content_sent += content;
  p.control_sent += bytes.size() - content;
  counts.content_sent += content;
  counts.control_sent += bytes.size() - content;
  channel.queued_bytes += bytes.size();
  if (channel.last_packet != 0) {
    packets_[channel.last_packet].next = number;
  } else {
    channel.first_packet = number;
  }
  channel.last_packet = number;
  queue_channel(p, id, channel);
  start_line(p);
}

void SwarmWorld::check_claims(SwarmPeer& p, SwarmPeer::Channel& channel) {
  for (const Claim& claim : claims_) {
    switch (claim.kind) {
      case Claim::Kind::wrong_block: broke(p, "it sends bytes that are not the content's"); break;
      case Claim::Kind::block:
        if (!has_piece(p, claim.piece)) broke(p, "it serves a piece that it has not stored");
        break;
      case Claim::Kind::have:
        if (!has_piece(p, claim.piece)) broke(p, "it tells of a piece that it has not stored");
        break;
      case Claim::Kind::request:
        // Not a broken rule: in the endgame it may have come while the request waited under the water mark.
        counts.late_requests += has_piece(p, claim.piece) ? 1 : 0;
        break;
      case Claim::Kind::bitfield: {
        const ByteSpan bits = channel.meter.bitfield();
        for (std::uint32_t i = 0; i < bits.size() * 8; ++i) {
          const bool told = (bits[i / 8] & (0x80U >> (i % 8))) != 0;
          if (told && !has_piece(p, i)) broke(p, "its bitfield has a piece that it has not stored");
        }
        break;
      }
    }
  }
}

void SwarmWorld::queue_channel(SwarmPeer& p, std::uint32_t id, SwarmPeer::Channel& channel) {
  if (channel.waiting || channel.first_packet == 0) return;
  channel.waiting = true;
  const bool small = packets_[channel.first_packet].bytes <= small_bytes;
  (small ? p.urgent : p.bulk).push_back(id);
}

/// Small messages go at once, as packets of several connections interleave; large ones in turn, past receivers whose
/// downlink is full. 0: nothing can go now.
std::uint32_t SwarmWorld::next_channel(SwarmPeer& p) {
  while (!p.urgent.empty()) {
    const std::uint32_t id = p.urgent.front();
    p.urgent.pop_front();
    if (p.channels.contains(id)) return id;
  }
  std::int64_t soonest_us = 0;
  for (std::size_t turns = p.bulk.size(); turns > 0; --turns) {
    const std::uint32_t id = p.bulk.front();
    p.bulk.pop_front();
    const auto it = p.channels.find(id);
    if (it == p.channels.end()) continue;
    const std::int64_t free_us = peer(it->second.other).down_busy_us;
    if (free_us <= now_.us + backlog_most_us) return id;
    p.bulk.push_back(id);
    if (soonest_us == 0 || free_us < soonest_us) soonest_us = free_us;
  }
  if (soonest_us == 0) return 0;
  soonest_us -= backlog_least_us;
  if (p.wake_line_us == 0 || soonest_us < p.wake_line_us) {
    p.wake_line_us = soonest_us;
    events_.push({soonest_us}, EventKind::uplink_wakes, p.id, p.life);
  }
  return 0;
}

void SwarmWorld::start_line(SwarmPeer& p) {
  if (p.line_busy) return;
  const std::uint32_t id = next_channel(p);
  if (id == 0) return;
  SwarmPeer::Channel& channel = p.channels.at(id);
  const std::uint32_t number = channel.first_packet;
  SAMARA_ASSERT(number != 0);
  Packet& packet = packets_[number];
  channel.first_packet = packet.next;
  if (packet.next == 0) channel.last_packet = 0;
  packet.next = 0;
  channel.waiting = false;
  queue_channel(p, id, channel);
  p.line_busy = true;
  events_.push(now_ + Duration{line_time(packet.bytes, p.plan.up_bytes_per_second)}, EventKind::uplink_done, p.id, p.life, id, number);
}

void SwarmWorld::uplink_done(SwarmPeer& p, std::uint32_t id, std::uint32_t number) {
  p.line_busy = false;
  const auto it = p.channels.find(id);
  if (it == p.channels.end()) {
    lose(number);
    return start_line(p);
  }
  SwarmPeer::Channel& channel = it->second;
  const Packet& packet = packets_[number];
  channel.queued_bytes -= packet.bytes;
  const SwarmPeer& to = peer(packet.to);
  events_.push({arrival(p, to, channel)}, EventKind::arrives, packet.to, packet.to_life, packet.to_channel, number);
  channel.unreported_bytes += packet.bytes;
  const std::uint64_t queued = channel.queued_bytes;
  const bool told = queued <= low_mark_bytes && channel.unreported_bytes >= report_bytes;
  if (told) channel.unreported_bytes = 0;
  start_line(p);
  if (told) feed(p, in::ChannelBuffered{{id}, static_cast<std::uint32_t>(queued)});
}

/// When a message that has left reaches the other side's line. What is lost is sent again, so a loss is a delay, and the
/// messages of a channel keep their order.
std::int64_t SwarmWorld::arrival(SwarmPeer& p, const SwarmPeer& to, SwarmPeer::Channel& channel) {
  std::int64_t time_us = now_.us + p.plan.latency.us + to.plan.latency.us;
  if (network.jitter.us > 0) time_us += static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(network.jitter.us)));
  if (network.burst_every_s > 0) {
    const auto pause = [&] { return static_cast<std::int64_t>(rng_.below(std::uint64_t{network.burst_every_s} * 2'000'000)); };
    if (p.good_until_us == 0) p.good_until_us = now_.us + pause();
    if (now_.us >= p.good_until_us) {
      p.bad_until_us = now_.us + network.burst.us;
      p.good_until_us = p.bad_until_us + pause();
    }
    if (now_.us < p.bad_until_us && rng_.below(2) == 0) time_us += network.burst_delay.us * static_cast<std::int64_t>(1 + rng_.below(3));
  }
  if (divided(p.id, to.id)) time_us = std::max(time_us, divided_until_.us + p.plan.latency.us + to.plan.latency.us);
  channel.last_arrival_us = std::max(channel.last_arrival_us, time_us);
  return channel.last_arrival_us;
}

// ---- receiving

void SwarmWorld::arrives(const Event& event) {
  SwarmPeer& p = peer(event.node);
  const auto it = p.channels.find(event.a);
  if (p.life != event.life || p.asleep || it == p.channels.end()) return lose(event.b);
  SwarmPeer::Channel& channel = it->second;
  const std::uint32_t bytes = packets_[event.b].bytes;
  std::int64_t time_us = now_.us;
  if (bytes > small_bytes) {
    time_us = std::max(now_.us, p.down_busy_us) + line_time(bytes, p.plan.down_bytes_per_second);
    p.down_busy_us = time_us;
  }
  channel.last_delivery_us = std::max(channel.last_delivery_us, time_us);
  if (channel.last_delivery_us == now_.us) return deliver(p, event.b);
  events_.push({channel.last_delivery_us}, EventKind::delivered, p.id, p.life, event.a, event.b);
}

void SwarmWorld::deliver(SwarmPeer& p, std::uint32_t number) {
  const Packet& packet = packets_[number];
  const std::uint32_t channel = packet.to_channel;
  if (!p.channels.contains(channel)) return lose(number);
  packet.rebuild(content_, scratch_);
  p.content_received += packet.content_bytes();
  counts.content_received += packet.content_bytes();
  for (const Packet::Run& run : packet.runs) p.spoiled_received += run.spoiled ? 1 : 0;
  packets_.give_back(number);
  feed(p, in::ChannelBytes{{channel}, scratch_});
}

void SwarmWorld::lose(std::uint32_t number) {
  counts.content_dropped += packets_[number].content_bytes();
  packets_.give_back(number);
}

// ---- ends

void SwarmWorld::close_dial(SwarmPeer& p, std::uint32_t id) {
  p.opening.erase(id);
  std::vector<std::uint32_t> closing;
  for (const auto& [channel, state] : p.channels) {
    if (state.dial == id || state.branch == id) closing.push_back(channel);
  }
  for (const std::uint32_t channel : closing) close_channel(p, channel);
  const auto it = p.dials.find(id);
  if (it == p.dials.end()) return;
  const SwarmPeer::Dial dial = it->second;
  p.dials.erase(it);
  if (!dial.open) return;
  const SwarmPeer& far = peer(dial.other);
  events_.push(now_ + p.plan.latency + far.plan.latency, EventKind::dial_fails, far.id, far.life, dial.other_dial);
}

void SwarmWorld::close_channel(SwarmPeer& p, std::uint32_t id) {
  const auto found = p.channels.find(id);
  if (found == p.channels.end()) return;
  SwarmPeer::Channel& channel = found->second;
  const Duration way = p.plan.latency + peer(channel.other).plan.latency;
  events_.push(now_ + way, EventKind::channel_closes, channel.other, channel.other_life, channel.other_channel);
  drop_channel(p, id);
}

/// What waited on it is lost.
void SwarmWorld::drop_channel(SwarmPeer& p, std::uint32_t id) {
  std::uint32_t number = p.channels.at(id).first_packet;
  while (number != 0) {
    const std::uint32_t next = packets_[number].next;
    lose(number);
    number = next;
  }
  p.channels.erase(id);
}

void SwarmWorld::channel_closes(SwarmPeer& p, std::uint32_t id) {
  const auto it = p.channels.find(id);
  if (it == p.channels.end()) return;
  drop_channel(p, id);
  feed(p, in::ChannelClosed{{id}});
}

}  // namespace samara::sim
