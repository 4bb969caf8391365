// Owns: the pipeline arithmetic and book-keeping of requests.hpp.
#include "swarm/requests.hpp"

#include <algorithm>

namespace samara {

void Requests::set_queue_limit(std::uint32_t blocks) noexcept {
  queue_limit_ = std::clamp(blocks, 1U, limits::pipeline_blocks_max);
}

void Requests::begin_small() noexcept {
  if (order_ == 0) target_ = limits::pipeline_blocks_min;
}

// rate × (round trip + ¾ s) keeps the peer busy through one late answer of ours. While starting, the
// target also grows with each block, so that a fast link is not held to its first seconds' average.
void Requests::adjust(Instant now, std::uint64_t rate) noexcept {
  if (adjusted_at_.us == 0) adjusted_at_ = now;
  if ((now - adjusted_at_).us < 1'000'000) return;
  adjusted_at_ = now;
  if (starting_ && rate > 0 && rate <= rate_before_ + rate_before_ / 4) starting_ = false;
  rate_before_ = rate;
  if (starting_) return;
  const auto ahead_us = static_cast<std::uint64_t>((round_trip_ + milliseconds(limits::pipeline_slack_ms)).us);
  const std::uint64_t bytes = std::min<std::uint64_t>(rate, 1ULL << 32) * ahead_us / 1'000'000;
  const std::uint64_t blocks = bytes / limits::block_bytes + 2;
  target_ = static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(blocks, limits::pipeline_blocks_min, limits::pipeline_blocks_max));
}

// One more for each block, unless blocks wait longer than the slack in the peer's queue: asking for
// still more would only take them away from other links.
void Requests::grow(Duration waited) noexcept {
  if (waited > round_trip_ + milliseconds(limits::pipeline_slack_ms)) return;
  target_ = std::min(target_ + 1, limits::pipeline_blocks_max);
}

std::uint32_t Requests::room(Instant now, std::uint64_t rate, std::uint32_t least) noexcept {
  adjust(now, rate);
  if (overdue_ || now < hold_until_) return 0;
  const std::uint32_t target = std::min(std::max(target_, least), queue_limit_);
  const auto out = static_cast<std::uint32_t>(outstanding_.size());
  if (out + target / 8 > target || out >= target) return 0;
  return target - out;
}

void Requests::sent(Instant now, const BlockAt& at) {
  if (outstanding_.empty()) {
    progress_at_ = now;
    probe_ = Asked{at, now};
  }
  outstanding_.push_back({at, now, ++order_});
}

bool Requests::has(const BlockAt& at) const noexcept {
  return std::ranges::find(outstanding_, at, &Asked::at) != outstanding_.end();
}

bool Requests::far(const BlockAt& at) const noexcept {
  const auto it = std::ranges::find(outstanding_, at, &Asked::at);
  if (it == outstanding_.end()) return false;
  return it->passed || it - outstanding_.begin() >= std::ptrdiff_t{limits::blocks_on_the_way};
}

bool Requests::remove(const BlockAt& at, Asked* removed) {
  const auto it = std::ranges::find(outstanding_, at, &Asked::at);
  if (it == outstanding_.end()) return false;
  *removed = *it;
  outstanding_.erase(it);
  return true;
}

Requests::Arrival Requests::arrived(Instant now, const BlockAt& at) {
  Asked asked;
  if (remove(at, &asked)) {
    if (probe_ && probe_->at == at) {
      const Duration sample = now - probe_->sent;
      round_trip_ = measured_ ? Duration{(round_trip_.us * 7 + sample.us) / 8} : sample;
      measured_ = true;
      probe_.reset();
    }
    for (Asked& earlier : outstanding_) {
      if (earlier.order > asked.order) break;
      earlier.passed = true;
      if (probe_ && probe_->at == earlier.at) probe_.reset();  // it waits for something else than the way
    }
    progress_at_ = now;
    rejects_ = 0;
    if (starting_) grow(now - asked.sent);
    return Arrival::asked;
  }
  const auto it = std::ranges::find(given_up_, at);
  if (it == given_up_.end()) return Arrival::unasked;
  given_up_.erase(it);
  progress_at_ = now;
  return Arrival::late;
}

// A peer that rejects what it was asked while it does not choke is left alone for a moment, longer
// each time: without that, request and reject would chase each other at the speed of the link.
bool Requests::rejected(Instant now, const BlockAt& at) {
  // Each request is answered once (BEP 6): after a cancel this is the answer to the cancelled one.
  if (const auto it = std::ranges::find(given_up_, at); it != given_up_.end()) {
    given_up_.erase(it);
    return false;
  }
  Asked asked;
  if (!remove(at, &asked)) return false;
  if (probe_ && probe_->at == at) probe_.reset();
  rejects_ = std::min(rejects_ + 1, 7U);
  hold_until_ = now + milliseconds(std::int64_t{50} << rejects_);
  return true;
}

bool Requests::cancelled(const BlockAt& at) {
  Asked asked;
  if (!remove(at, &asked)) return false;
  if (probe_ && probe_->at == at) probe_.reset();
  remember(at);
  return true;
}

void Requests::give_up() {
  for (const Asked& asked : outstanding_) remember(asked.at);
  outstanding_.clear();
  probe_.reset();
  overdue_ = false;
}

void Requests::remember(const BlockAt& at) {
  if (given_up_.size() >= limits::given_up_blocks_max) given_up_.pop_front();
  given_up_.push_back(at);
}

Duration Requests::patience() const noexcept {
  return std::clamp(round_trip_ * 4, milliseconds(limits::block_timeout_min_ms), milliseconds(limits::snub_timeout_ms));
}

Requests::Silence Requests::silence(Instant now) const noexcept {
  if (outstanding_.empty()) return Silence::none;
  if (now >= progress_at_ + milliseconds(limits::snub_timeout_ms)) return Silence::snubbed;
  if (!overdue_ && now >= progress_at_ + patience()) return Silence::overdue;
  return Silence::none;
}

bool Requests::revive() noexcept {
  const bool was = overdue_;
  overdue_ = false;
  return was;
}

void Requests::snub() noexcept {
  target_ = limits::pipeline_blocks_min;
  starting_ = false;
  rate_before_ = 0;
}

std::optional<Instant> Requests::deadline(Instant now) const noexcept {
  std::optional<Instant> at;
  if (!outstanding_.empty()) {
    at = progress_at_ + (overdue_ ? milliseconds(limits::snub_timeout_ms) : patience());
  }
  if (now < hold_until_ && (!at || hold_until_ < *at)) at = hold_until_;
  return at;
}

}  // namespace samara
