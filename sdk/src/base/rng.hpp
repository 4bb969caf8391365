// Owns: the seeded generator for protocol choices. Never used for keys (those arrive as inputs).
#pragma once

#include <cstdint>

#include "samara/bytes.hpp"

namespace samara {

/// xoshiro256** (Blackman & Vigna, 2018), seeded by splitmix64: same seed, same choices everywhere.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) noexcept {
    for (auto& word : state_) word = splitmix(seed);
  }

  std::uint64_t next() noexcept {
    const std::uint64_t result = rotate(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

  /// Uniform in [0, bound). bound > 0. Rejects the tail, so there is no modulo bias.
  std::uint64_t below(std::uint64_t bound) noexcept {
    const std::uint64_t threshold = (0 - bound) % bound;
    for (;;) {
      const std::uint64_t value = next();
      if (value >= threshold) return value % bound;
    }
  }

  void fill(MutByteSpan out) noexcept {
    for (auto& byte : out) byte = static_cast<std::uint8_t>(next() >> 32);
  }

 private:
  static std::uint64_t rotate(std::uint64_t x, unsigned k) noexcept { return (x << k) | (x >> (64 - k)); }
  static std::uint64_t splitmix(std::uint64_t& x) noexcept {
    x += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = x;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

  std::uint64_t state_[4]{};
};

}  // namespace samara
