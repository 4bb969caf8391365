// Owns: CRC-32 (IEEE 802.3, reflected), which tells a torn journal record from a whole one.
#pragma once

#include <array>
#include <cstdint>

#include "samara/bytes.hpp"

namespace samara {

[[nodiscard]] constexpr std::array<std::uint32_t, 256> crc32_table() noexcept {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0xedb88320U : 0U);
    table[i] = value;
  }
  return table;
}

[[nodiscard]] inline std::uint32_t crc32(ByteSpan bytes) noexcept {
  static constexpr auto table = crc32_table();
  std::uint32_t value = 0xffffffffU;
  for (const std::uint8_t byte : bytes) value = (value >> 8) ^ table[(value ^ byte) & 0xffU];
  return ~value;
}

}  // namespace samara
