// Owns: virtual time. The host passes an Instant with every input; nothing in here reads a clock.
#pragma once

#include <compare>
#include <cstdint>

namespace samara {

/// A length of time in microseconds.
struct Duration {
  std::int64_t us = 0;
  constexpr auto operator<=>(const Duration&) const = default;
};

/// A point on the host's monotonic clock, microseconds since an arbitrary zero.
struct Instant {
  std::int64_t us = 0;
  constexpr auto operator<=>(const Instant&) const = default;
};

[[nodiscard]] constexpr Duration milliseconds(std::int64_t n) noexcept { return {n * 1000}; }
[[nodiscard]] constexpr Duration seconds(std::int64_t n) noexcept { return {n * 1'000'000}; }
[[nodiscard]] constexpr Instant operator+(Instant t, Duration d) noexcept { return {t.us + d.us}; }
[[nodiscard]] constexpr Instant operator-(Instant t, Duration d) noexcept { return {t.us - d.us}; }
[[nodiscard]] constexpr Duration operator-(Instant a, Instant b) noexcept { return {a.us - b.us}; }
[[nodiscard]] constexpr Duration operator+(Duration a, Duration b) noexcept { return {a.us + b.us}; }
[[nodiscard]] constexpr Duration operator*(Duration a, std::int64_t n) noexcept { return {a.us * n}; }

}  // namespace samara
