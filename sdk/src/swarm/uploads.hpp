// Owns: what one peer asked us for and has not got, the flood rule, and who is unchoked in a round.
// Refuses to know: bytes of pieces, messages, timers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/queue.hpp"
#include "base/rng.hpp"
#include "samara/ids.hpp"
#include "samara/time.hpp"
#include "swarm/geometry.hpp"

namespace samara {

/// A request that waits for its block.
struct Waiting {
  BlockRef block;
  Instant since{};
};

/// The requests of one peer, in the order they came.
class UploadQueue {
 public:
  /// False when the queue is full (limits::request_queue_max, our reqq).
  bool push(Instant now, const BlockRef& block);
  /// False when it was not queued (any more).
  bool cancel(const BlockRef& block);
  /// Counts a request that will not be served. True when there were too many of them
  /// (limits::request_flood_max within limits::request_flood_window_ms): the peer is to be dropped.
  [[nodiscard]] bool refused(Instant now) noexcept;

  /// Takes a request out: it is being answered.
  void answered(const Waiting* request);
  void clear() noexcept { waiting_.clear(); }
  [[nodiscard]] const Queue<Waiting>& waiting() const noexcept { return waiting_; }
  [[nodiscard]] bool empty() const noexcept { return waiting_.empty(); }

 private:
  Queue<Waiting> waiting_;
  Instant window_start_{};
  std::uint32_t refused_ = 0;
};

/// A link as the choking rule sees it.
struct ChokeCandidate {
  LinkId link;
  std::uint64_t bytes = 0;   // since the last round: received from it; when we are complete, that it passed on
  bool interested = false;
  bool unchoked = false;
  bool keeps = false;        // takes and gives nothing, as far as we can see
  bool optimistic_only = false;  // … while we need others to give: it has no regular slot, even if one is free
};

/// Choking rounds (BEP 3): the best `slots` - 1 by rate, and one optimistic link that changes every
/// third round so that newcomers get a chance to show theirs. Who may have the optimistic slot alone leaves the others empty.
class Choker {
 public:
  /// The links to be unchoked until the next round, in rising order.
  [[nodiscard]] std::vector<LinkId> round(std::span<const ChokeCandidate> candidates, std::uint32_t slots, Rng& rng);
  void removed(LinkId link) noexcept {
    if (optimistic_ == link) optimistic_ = {};
  }

 private:
  [[nodiscard]] LinkId optimistic(std::span<const ChokeCandidate> ranked, std::span<const LinkId> regular, Rng& rng);

  LinkId optimistic_{};
  std::uint32_t rounds_ = 0;
};

}  // namespace samara
