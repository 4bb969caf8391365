// Owns: one torrent's search for peers: what it is after, its back-off and how many offers a round makes.
// Refuses to know: sockets, frames and how a dial is made.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/rng.hpp"
#include "samara/ids.hpp"
#include "signal/offers.hpp"
#include "signal/signaller.hpp"

namespace samara {

class Tracker;

/// What a torrent's offers are for (DESIGN §8, Lazy offers).
enum class SearchMode : std::uint8_t {
  idle,    // no offers: it is reachable by everyone who offers
  hungry,  // wants data and is not served: 1, 2, 4 … ≤ 15 s
  more,    // served, and the tracker counts others that are not linked: 1, 2, 4 … ≤ 60 s
  lonely,  // complete, somebody is there who is not known to be complete too, nobody is linked: 1, 2, 4 … ≤ 60 s
};

[[nodiscard]] SearchMode search_mode(const SwarmNeed& need, std::uint32_t others, std::uint32_t links,
                                     std::uint32_t connecting) noexcept;

/// The pause after round number `step` (0 is the first), a tenth of it at random sooner.
[[nodiscard]] Duration round_pause(SearchMode mode, std::uint32_t step, Rng& rng) noexcept;

/// How many offers the next round places, counting those that can be sent again.
/// `others`: as the tracker counts; `counts`: this torrent's dials; `links`: at least counts.open; `eager`: one of the first
/// rounds, which reach everybody where there are few: the tracker hands offers to others at random, also to those linked.
[[nodiscard]] std::uint32_t offers_to_place(SearchMode mode, std::uint32_t others, std::uint32_t links, const DialCounts& counts,
                                            bool eager = false) noexcept;

struct Search {
  TorrentId id;
  InfoHash info_hash;
  std::vector<Tracker*> trackers;  // each once; they live as long as they list this torrent
  SwarmNeed need;
  bool described = false;        // update() has been called
  bool completed_said = false;
  SearchMode mode = SearchMode::idle;
  std::uint32_t step = 0;        // rounds made since the back-off started
  std::uint32_t eager_rounds = limits::eager_rounds_max;  // left
  bool round_open = false;       // offers of a round are in the making or wait for a tracker
  std::optional<Instant> round_at;  // when the next round begins
  std::optional<Instant> batch_at;  // the first offer of the round is ready: the others have until then
  std::uint32_t others = 0;      // the largest of the trackers' latest replies
  bool whole_gathering = false;  // an early description failed: wait for all candidates
  std::uint32_t failures = 0;
  std::optional<DialFailure> last_failure;

  [[nodiscard]] bool wanting() const noexcept { return need.wants && !need.served; }
  /// Starts the back-off anew; the next round begins at `at`.
  void restart(Instant at) noexcept {
    step = 0;
    round_at = at;
  }
};

}  // namespace samara
