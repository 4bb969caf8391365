// Owns: base32 (RFC 4648 §6) without padding. Refuses to know: what the bytes are.
#include "codec/base32.hpp"

namespace samara {
namespace {

std::optional<std::uint32_t> digit_value(char c) noexcept {
  if (c >= 'a' && c <= 'z') return static_cast<std::uint32_t>(c - 'a');
  if (c >= 'A' && c <= 'Z') return static_cast<std::uint32_t>(c - 'A');
  if (c >= '2' && c <= '7') return static_cast<std::uint32_t>(c - '2' + 26);
  return std::nullopt;
}

}  // namespace

std::string base32_encode(ByteSpan bytes) {
  static constexpr std::string_view digits = "abcdefghijklmnopqrstuvwxyz234567";
  std::string out;
  out.reserve((bytes.size() * 8 + 4) / 5);
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const std::uint8_t byte : bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out.push_back(digits[(held >> bits) & 31U]);
    }
  }
  if (bits > 0) out.push_back(digits[(held << (5 - bits)) & 31U]);
  return out;
}

std::optional<Bytes> base32_decode(std::string_view text) {
  Bytes out;
  out.reserve(text.size() * 5 / 8);
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const auto value = digit_value(c);
    if (!value) return std::nullopt;
    held = (held << 5) | *value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<std::uint8_t>(held >> bits));
    }
  }
  const std::uint32_t left_over = held & ((1U << bits) - 1U);
  if (bits >= 5 || left_over != 0) return std::nullopt;
  return out;
}

}  // namespace samara
