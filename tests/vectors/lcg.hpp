// Owns: reproducible content: byte i is the high byte of a linear congruential generator, as the published vectors use it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "samara/bytes.hpp"

namespace samara::vectors {

/// x = x·1664525 + 1013904223 mod 2^32, byte = x >> 24.
[[nodiscard]] inline Bytes lcg(std::uint32_t seed, std::size_t count) {
  Bytes bytes(count);
  std::uint32_t x = seed;
  for (auto& byte : bytes) {
    x = x * 1664525U + 1013904223U;
    byte = static_cast<std::uint8_t>(x >> 24);
  }
  return bytes;
}

}  // namespace samara::vectors
