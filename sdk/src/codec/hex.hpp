// Owns: bytes as hexadecimal text. Refuses to know: what the bytes are.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "samara/bytes.hpp"

namespace samara {

/// Two lower-case digits per byte.
[[nodiscard]] std::string hex_encode(ByteSpan bytes);

/// Digits of either case, an even number of them and nothing else; otherwise nothing.
[[nodiscard]] std::optional<Bytes> hex_decode(std::string_view text);

/// Like hex_decode for exactly N bytes.
template <std::size_t N>
[[nodiscard]] std::optional<std::array<std::uint8_t, N>> hex_decode_array(std::string_view text) {
  if (text.size() != 2 * N) return std::nullopt;
  const auto bytes = hex_decode(text);
  if (!bytes) return std::nullopt;
  std::array<std::uint8_t, N> out{};
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

/// The value of one hexadecimal digit, or nothing.
[[nodiscard]] std::optional<std::uint8_t> hex_digit(char c) noexcept;

}  // namespace samara
