// Owns: the rules of uploads.hpp.
#include "swarm/uploads.hpp"

#include <algorithm>

#include "base/sort.hpp"

namespace samara {

bool UploadQueue::push(Instant now, const BlockRef& block) {
  if (waiting_.size() >= limits::request_queue_max) return false;
  waiting_.push_back({block, now});
  return true;
}

bool UploadQueue::cancel(const BlockRef& block) {
  const auto it = std::ranges::find(waiting_, block, &Waiting::block);
  if (it == waiting_.end()) return false;
  waiting_.erase(it);
  return true;
}

void UploadQueue::answered(const Waiting* request) {
  if (request == waiting_.begin()) return waiting_.pop_front();
  waiting_.erase(request);
}

bool UploadQueue::refused(Instant now) noexcept {
  if (refused_ == 0 || now >= window_start_ + milliseconds(limits::request_flood_window_ms)) {
    window_start_ = now;
    refused_ = 0;
  }
  return ++refused_ > limits::request_flood_max;
}

std::vector<LinkId> Choker::round(std::span<const ChokeCandidate> candidates, std::uint32_t slots, Rng& rng) {
  std::vector<ChokeCandidate> ranked;
  for (const ChokeCandidate& candidate : candidates) {
    if (candidate.interested) ranked.push_back(candidate);
  }
  // A total order: rate, those of whom nothing bad is known, who has a slot already (no needless change), the older link.
  sort(std::span(ranked), [](const ChokeCandidate& a, const ChokeCandidate& b) {
    if (a.bytes != b.bytes) return a.bytes > b.bytes;
    if (a.keeps != b.keeps) return b.keeps;
    if (a.unchoked != b.unchoked) return a.unchoked;
    return a.link < b.link;
  });
  std::vector<LinkId> chosen;
  if (ranked.size() <= slots) {
    for (const ChokeCandidate& candidate : ranked) chosen.push_back(candidate.link);
  } else {
    const std::size_t regular = slots - 1;
    for (std::size_t i = 0; i < regular; ++i) chosen.push_back(ranked[i].link);
    const auto rest = std::span(ranked).subspan(regular);
    const bool stays = std::ranges::any_of(rest, [&](const auto& candidate) { return candidate.link == optimistic_; });
    if (!stays || rounds_ % limits::optimistic_rounds == 0) {
      const auto others = std::ranges::count_if(rest, [&](const auto& candidate) { return candidate.link != optimistic_; });
      auto turn = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(std::max<std::ptrdiff_t>(others, 1))));
      for (const ChokeCandidate& candidate : rest) {
        if (candidate.link == optimistic_ && others > 0) continue;
        if (turn-- == 0) {
          optimistic_ = candidate.link;
          break;
        }
      }
    }
    chosen.push_back(optimistic_);
  }
  ++rounds_;
  sort(std::span(chosen));
  return chosen;
}

}  // namespace samara
