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
  const auto barred = [](const ChokeCandidate& candidate) { return candidate.optimistic_only; };
  const std::size_t regular_most = ranked.size() <= slots && std::ranges::none_of(ranked, barred) ? ranked.size() : slots - 1;
  for (const ChokeCandidate& candidate : ranked) {
    if (chosen.size() < regular_most && !candidate.optimistic_only) chosen.push_back(candidate.link);
  }
  if (chosen.size() < ranked.size()) chosen.push_back(optimistic(ranked, chosen, rng));
  ++rounds_;
  sort(std::span(chosen));
  return chosen;
}

/// One of those that have no regular slot; another one every limits::optimistic_rounds.
LinkId Choker::optimistic(std::span<const ChokeCandidate> ranked, std::span<const LinkId> regular, Rng& rng) {
  std::vector<LinkId> rest;
  bool stays = false;
  for (const ChokeCandidate& candidate : ranked) {
    if (std::ranges::find(regular, candidate.link) != regular.end()) continue;
    if (candidate.link == optimistic_) {
      stays = true;
    } else {
      rest.push_back(candidate.link);
    }
  }
  if (stays && (rest.empty() || rounds_ % limits::optimistic_rounds != 0)) return optimistic_;
  optimistic_ = rest[static_cast<std::size_t>(rng.below(rest.size()))];
  return optimistic_;
}

}  // namespace samara
