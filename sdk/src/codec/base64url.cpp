// Owns: base64url (RFC 4648 §5) without padding. Refuses to know: what the bytes are.
#include "codec/base64url.hpp"

namespace samara {
namespace {

std::optional<std::uint32_t> digit_value(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return static_cast<std::uint32_t>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<std::uint32_t>(c - 'a' + 26);
  if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0' + 52);
  if (c == '-') return 62U;
  if (c == '_') return 63U;
  return std::nullopt;
}

}  // namespace

std::string base64url_encode(ByteSpan bytes) {
  static constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  out.reserve((bytes.size() * 8 + 5) / 6);
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const std::uint8_t byte : bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      out.push_back(digits[(held >> bits) & 63U]);
    }
  }
  if (bits > 0) out.push_back(digits[(held << (6 - bits)) & 63U]);
  return out;
}

std::optional<Bytes> base64url_decode(std::string_view text) {
  Bytes out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const auto value = digit_value(c);
    if (!value) return std::nullopt;
    held = (held << 6) | *value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<std::uint8_t>(held >> bits));
    }
  }
  const std::uint32_t left_over = held & ((1U << bits) - 1U);
  if (bits >= 6 || left_over != 0) return std::nullopt;
  return out;
}

}  // namespace samara
