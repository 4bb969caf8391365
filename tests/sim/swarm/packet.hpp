// Owns: messages on their way. Content in them is kept as offsets into what the seed generates, the rest as bytes, so that
// gigabytes in flight need kilobytes. Refuses to know: routes and times.
#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <vector>

#include "base/assert.hpp"
#include "sim/swarm/content.hpp"

namespace samara::sim {

struct Packet {
  struct Run {
    std::uint64_t offset = 0;      // of the content
    std::uint32_t bytes = 0;
    std::uint32_t raw_before = 0;  // bytes of `raw` that come before it
    bool spoiled = false;          // its first byte arrives wrong
  };
  Bytes raw;
  std::vector<Run> runs;
  std::uint32_t bytes = 0;         // of the whole message
  std::uint32_t to = 0;            // node
  std::uint32_t to_life = 0;
  std::uint32_t to_channel = 0;
  std::uint32_t next = 0;          // in its channel's queue; 0: none

  void add_raw(ByteSpan part) {
    raw.insert(raw.end(), part.begin(), part.end());
    bytes += static_cast<std::uint32_t>(part.size());
  }
  void add_run(std::uint64_t offset, std::uint64_t count, bool spoiled) {
    runs.push_back({offset, static_cast<std::uint32_t>(count), static_cast<std::uint32_t>(raw.size()), spoiled});
    bytes += static_cast<std::uint32_t>(count);
  }
  [[nodiscard]] std::uint64_t content_bytes() const noexcept { return bytes - raw.size(); }

  /// The message as it was sent, or as a bad peer spoiled it.
  void rebuild(const Generated& content, Bytes& out) const {
    out.resize(bytes);
    std::uint8_t* at = out.data();
    std::size_t raw_at = 0;
    for (const Run& run : runs) {
      if (run.raw_before > raw_at) std::memcpy(at, raw.data() + raw_at, run.raw_before - raw_at);
      at += run.raw_before - raw_at;
      raw_at = run.raw_before;
      std::memcpy(at, content.at(run.offset, run.bytes).data(), run.bytes);
      if (run.spoiled) *at ^= 0x55U;
      at += run.bytes;
    }
    if (raw_at < raw.size()) std::memcpy(at, raw.data() + raw_at, raw.size() - raw_at);
  }
};

/// Numbers from 1 on; a packet stays where it is until it is given back.
class PacketPool {
 public:
  std::uint32_t take() {
    if (free_.empty()) {
      packets_.emplace_back();
      return static_cast<std::uint32_t>(packets_.size());
    }
    const std::uint32_t number = free_.back();
    free_.pop_back();
    return number;
  }
  Packet& operator[](std::uint32_t number) { return packets_[number - 1]; }
  void give_back(std::uint32_t number) {
    Packet& packet = packets_[number - 1];
    if (packet.raw.capacity() > 4'096) Bytes().swap(packet.raw);
    packet.raw.clear();
    packet.runs.clear();
    packet.bytes = 0;
    packet.next = 0;
    free_.push_back(number);
  }
  [[nodiscard]] std::size_t in_flight() const noexcept { return packets_.size() - free_.size(); }
  /// Bytes of blocks in all that are not given back.
  [[nodiscard]] std::uint64_t content_in_flight() const {
    std::uint64_t sum = 0;
    for (const Packet& packet : packets_) sum += packet.content_bytes();
    return sum;
  }

 private:
  std::deque<Packet> packets_;
  std::vector<std::uint32_t> free_;
};

}  // namespace samara::sim
