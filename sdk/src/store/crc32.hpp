// Owns: CRC-32 (IEEE 802.3, reflected), which tells a torn journal record from a whole one. By half
// bytes: its table is 64 bytes, which counts in a module that is fetched, and journals are short.
#pragma once

#include <array>
#include <cstdint>

#include "samara/bytes.hpp"

namespace samara {

[[nodiscard]] constexpr std::array<std::uint32_t, 16> crc32_table() noexcept {
  std::array<std::uint32_t, 16> table{};
  for (std::uint32_t i = 0; i < 16; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 4; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0xedb88320U : 0U);
    table[i] = value;
  }
  return table;
}

/// The checksum of `before` and `bytes` one after another, from that of `before` (of nothing: 0).
[[nodiscard]] inline std::uint32_t crc32(ByteSpan bytes, std::uint32_t before = 0) noexcept {
  static constexpr auto table = crc32_table();
  std::uint32_t value = ~before;
  for (const std::uint8_t byte : bytes) {
    value = (value >> 4) ^ table[(value ^ byte) & 0xfU];
    value = (value >> 4) ^ table[(value ^ (std::uint32_t{byte} >> 4)) & 0xfU];
  }
  return ~value;
}

}  // namespace samara
