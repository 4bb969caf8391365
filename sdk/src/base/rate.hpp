// Owns: measuring and limiting byte rates in integer arithmetic.
#pragma once

#include <algorithm>
#include <cstdint>

#include "samara/time.hpp"

namespace samara {

/// Smoothed bytes per second over about two seconds: an exponential average of 250 ms buckets with
/// weight 1/4, so that one stalled bucket does not empty the pipeline. After two silent seconds it is 0.
class RateMeter {
 public:
  void add(Instant now, std::uint64_t bytes) noexcept {
    roll(now);
    bucket_bytes_ += bytes;
    total_ += bytes;
  }
  /// Bytes per second as of now.
  [[nodiscard]] std::uint64_t rate(Instant now) noexcept {
    roll(now);
    return average_;
  }
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }

 private:
  static constexpr std::int64_t bucket_us = 250'000;
  static constexpr std::uint32_t buckets_silent_max = 8;

  void roll(Instant now) noexcept {
    if (bucket_start_.us == 0) bucket_start_ = now;
    std::int64_t passed = (now.us - bucket_start_.us) / bucket_us;
    if (passed <= 0) return;
    bucket_start_.us += passed * bucket_us;
    for (; passed > 0 && (bucket_bytes_ > 0 || silent_ < buckets_silent_max); --passed) {
      const std::uint64_t sample = bucket_bytes_ * 4;
      average_ = average_ == 0 ? sample : average_ - average_ / 4 + sample / 4;
      silent_ = sample > 0 ? 0 : silent_ + 1;
      bucket_bytes_ = 0;
    }
    if (silent_ >= buckets_silent_max) average_ = 0;
  }

  Instant bucket_start_{};
  std::uint64_t bucket_bytes_ = 0;
  std::uint64_t average_ = 0;
  std::uint64_t total_ = 0;
  std::uint32_t silent_ = 0;  // buckets since the last byte
};

/// Token bucket: at most rate bytes per second with one second of burst. rate 0 means no limit.
class TokenBucket {
 public:
  explicit TokenBucket(std::uint64_t bytes_per_second = 0) noexcept
      : rate_(bytes_per_second), tokens_(bytes_per_second) {}

  [[nodiscard]] bool limited() const noexcept { return rate_ != 0; }
  /// True when `bytes` may go now; they are then spent. More than a burst may overdraw once.
  bool take(Instant now, std::uint64_t bytes) noexcept {
    if (!limited()) return true;
    refill(now);
    if (tokens_ == 0 || tokens_ < std::min(bytes, rate_)) return false;
    tokens_ -= std::min(tokens_, bytes);
    return true;
  }
  /// When `bytes` could go at the earliest.
  [[nodiscard]] Instant ready_at(Instant now, std::uint64_t bytes) noexcept {
    if (!limited()) return now;
    refill(now);
    const std::uint64_t need = std::max<std::uint64_t>(1, std::min(bytes, rate_));
    if (tokens_ >= need) return now;
    return now + Duration{static_cast<std::int64_t>((need - tokens_) * 1'000'000 / rate_ + 1)};
  }

 private:
  void refill(Instant now) noexcept {
    if (!started_) {
      started_ = true;
      last_ = now;
    }
    const std::int64_t passed_us = std::clamp<std::int64_t>(now.us - last_.us, 0, 1'000'000);
    const std::uint64_t gained = rate_ * static_cast<std::uint64_t>(passed_us) / 1'000'000;
    if (gained == 0) return;
    tokens_ = std::min(rate_, tokens_ + gained);
    last_ = now;
  }

  std::uint64_t rate_;
  std::uint64_t tokens_;
  Instant last_{};
  bool started_ = false;
};

}  // namespace samara
