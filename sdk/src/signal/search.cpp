// Owns: the numbers of the back-off. Refuses to know: sockets, frames and how a dial is made.
#include "signal/search.hpp"

#include <algorithm>

namespace samara {

namespace {
constexpr std::int64_t hungry_pause_max_s = 15;
constexpr std::int64_t patient_pause_max_s = 60;
constexpr std::uint32_t step_max = 6;  // 2^6 s is beyond both
}  // namespace

SearchMode search_mode(const SwarmNeed& need, std::uint32_t others, std::uint32_t links,
                       std::uint32_t connecting) noexcept {
  if (need.wants && !need.served) return SearchMode::hungry;
  if (need.wants) return others > links + connecting ? SearchMode::more : SearchMode::idle;
  const bool alone = links == 0 && connecting == 0;
  // With those that are complete as well there is nothing to share. Whoever comes anew and wants something offers itself.
  return need.complete && others > need.parted && alone ? SearchMode::lonely : SearchMode::idle;
}

Duration round_pause(SearchMode mode, std::uint32_t step, Rng& rng) noexcept {
  const std::int64_t cap_s = mode == SearchMode::hungry ? hungry_pause_max_s : patient_pause_max_s;
  const std::int64_t pause_s = std::min<std::int64_t>(cap_s, std::int64_t{1} << std::min(step, step_max));
  const Duration pause = seconds(pause_s);
  return {pause.us - static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(pause.us / 10)))};
}

std::uint32_t offers_to_place(SearchMode mode, std::uint32_t others, std::uint32_t links, const DialCounts& counts,
                              bool eager) noexcept {
  if (mode == SearchMode::idle) return 0;
  const std::uint32_t out = counts.unanswered;
  const std::uint32_t room = limits::offers_unanswered_max > out ? limits::offers_unanswered_max - out : 0;
  if (mode == SearchMode::lonely) return std::min({room, eager ? others : 1U, limits::offers_per_announce_max});
  const std::uint32_t known = links + counts.connecting;
  if (others <= known) return mode == SearchMode::hungry && known == 0 ? std::min(room, 1U) : 0;
  const std::uint32_t spare = others - known;
  const std::uint32_t wished = eager ? others : spare > out ? spare - out : 1;
  return std::min({room, wished, limits::offers_per_announce_max});
}

}  // namespace samara
