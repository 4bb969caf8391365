// Owns: the order of what happens in a simulated swarm: by time, then by when it was asked for.
// Refuses to know: what the events mean. Entries are plain and small: a run has hundreds of millions.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "samara/time.hpp"

namespace samara::sim {

enum class EventKind : std::uint8_t {
  tick, socket_opens, to_tracker, from_tracker, socket_closes, local_sdp, ice, channel_opens, dial_fails, channel_closes,
  uplink_done, uplink_wakes, arrives, delivered, stored, wakes, action,
};

struct Event {
  std::int64_t time_us = 0;
  std::uint64_t order = 0;
  std::uint32_t node = 0;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t life = 0;   // of the node: void when that is over
  EventKind kind{};
};

/// A binary heap.
class EventHeap {
 public:
  void push(Instant time, EventKind kind, std::uint32_t node, std::uint32_t life, std::uint32_t a = 0, std::uint32_t b = 0) {
    heap_.push_back({time.us, ++order_, node, a, b, life, kind});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }
  [[nodiscard]] Instant next_time() const noexcept { return {heap_.front().time_us}; }
  Event pop() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const Event event = heap_.back();
    heap_.pop_back();
    return event;
  }
  [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }

 private:
  static bool later(const Event& a, const Event& b) noexcept {
    return a.time_us != b.time_us ? a.time_us > b.time_us : a.order > b.order;
  }
  std::vector<Event> heap_;
  std::uint64_t order_ = 0;
};

}  // namespace samara::sim
