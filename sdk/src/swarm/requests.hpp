// Owns: what one link was asked for and has not given yet: how much may be asked ahead, round-trip
// time, time-outs, and which blocks may still arrive after we gave them up.
// Refuses to know: pieces, other links, messages.
#pragma once

#include <cstdint>
#include <optional>

#include "base/queue.hpp"
#include "samara/time.hpp"
#include "swarm/geometry.hpp"

namespace samara {

/// A block that was asked for.
struct Asked {
  BlockAt at;
  Instant sent{};
  std::uint32_t order = 0;
  bool passed = false;  // a block that was asked for later has come
};

class Requests {
 public:
  /// How far the peer's queue goes (its reqq), if it said so.
  void set_queue_limit(std::uint32_t blocks) noexcept;

  /// Before the first request, to a peer that has not everything: it may be slow, and others are there.
  void begin_small() noexcept;

  /// Blocks to ask for now. `rate` in bytes per second. Small top-ups are held back, so that requests
  /// share messages. At least `least`, whatever the rate.
  [[nodiscard]] std::uint32_t room(Instant now, std::uint64_t rate, std::uint32_t least = 0) noexcept;

  void sent(Instant now, const BlockAt& at);
  /// How a block that arrives relates to what was asked.
  enum class Arrival : std::uint8_t { asked, late, unasked };
  /// A block came. Asked: it is no longer outstanding. Late: it was given up before.
  Arrival arrived(Instant now, const BlockAt& at);
  /// The peer will not give this block. False when it was not outstanding.
  bool rejected(Instant now, const BlockAt& at);
  /// We do not want it any more (it came from elsewhere). False when it was not outstanding.
  bool cancelled(const BlockAt& at);
  /// Gives up everything outstanding; it may still arrive.
  void give_up();
  [[nodiscard]] bool has(const BlockAt& at) const noexcept;
  /// The block is hardly on its way yet: it was passed over, or many wait before it.
  [[nodiscard]] bool far(const BlockAt& at) const noexcept;
  [[nodiscard]] const Queue<Asked>& outstanding() const noexcept { return outstanding_; }

  /// Overdue: the link is silent for longer than its round-trip time explains: others may be asked.
  /// Snubbed: silent for limits::snub_timeout_ms, everything is to be given up.
  enum class Silence : std::uint8_t { none, overdue, snubbed };
  [[nodiscard]] Silence silence(Instant now) const noexcept;
  /// True between mark_overdue() and the next block.
  [[nodiscard]] bool overdue() const noexcept { return overdue_; }
  void mark_overdue() noexcept { overdue_ = true; }
  /// Ends the overdue state. True when there was one.
  bool revive() noexcept;
  void snub() noexcept;

  [[nodiscard]] std::optional<Instant> deadline(Instant now) const noexcept;
  [[nodiscard]] Duration round_trip() const noexcept { return round_trip_; }
  [[nodiscard]] std::uint32_t target() const noexcept { return target_; }

 private:
  [[nodiscard]] Duration patience() const noexcept;
  void remember(const BlockAt& at);
  void adjust(Instant now, std::uint64_t rate) noexcept;
  void grow(Duration waited) noexcept;
  bool remove(const BlockAt& at, Asked* removed);

  Queue<Asked> outstanding_;   // in the order sent; at most pipeline_blocks_max
  Queue<BlockAt> given_up_;    // the latest, at most limits::given_up_blocks_max
  Instant progress_at_{};           // last block, or when the first of these requests was sent
  Instant adjusted_at_{};
  Instant hold_until_{};            // after rejects
  std::uint64_t rate_before_ = 0;
  Duration round_trip_ = milliseconds(limits::round_trip_initial_ms);
  std::optional<Asked> probe_;      // sent while nothing was outstanding: measures the round trip
  std::uint32_t target_ = limits::pipeline_blocks_initial;
  std::uint32_t queue_limit_ = limits::pipeline_blocks_unknown_max;
  std::uint32_t order_ = 0;         // of the latest request
  std::uint32_t rejects_ = 0;       // since the last block
  bool starting_ = true;            // one more outstanding for each block, until the rate stands still
  bool measured_ = false;
  bool overdue_ = false;
};

}  // namespace samara
