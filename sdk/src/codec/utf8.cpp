// Owns: UTF-8 (RFC 3629) validation, counting, cutting, and the latin-1 strings of the tracker protocol.
// Refuses to know: what a text is for.
#include "codec/utf8.hpp"

#include <array>

namespace samara {
namespace {

constexpr CodePoint not_utf8{0, 0};

// Bytes that the first byte announces; 0 when it cannot be a first byte.
std::uint8_t announced_length(std::uint8_t first) noexcept {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  if (first >= 0xf0 && first <= 0xf4) return 4;
  return 0;
}

}  // namespace

CodePoint utf8_first(std::string_view text) noexcept {
  if (text.empty()) return not_utf8;
  const auto first = static_cast<std::uint8_t>(text[0]);
  const std::uint8_t length = announced_length(first);
  if (length == 0 || text.size() < length) return not_utf8;
  if (length == 1) return {first, 1};
  static constexpr std::array<std::uint8_t, 5> payload_masks{0, 0x7f, 0x1f, 0x0f, 0x07};
  static constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  char32_t value = first & payload_masks[length];
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    if ((byte & 0xc0) != 0x80) return not_utf8;
    value = (value << 6) | (byte & 0x3fU);
  }
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < smallest[length] || surrogate || value > 0x10ffff) return not_utf8;
  return {value, length};
}

bool is_utf8(std::string_view text) noexcept { return utf8_count(text).has_value(); }

std::optional<std::size_t> utf8_count(std::string_view text) noexcept {
  std::size_t count = 0;
  while (!text.empty()) {
    const CodePoint point = utf8_first(text);
    if (point.length == 0) return std::nullopt;
    text.remove_prefix(point.length);
    ++count;
  }
  return count;
}

std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) noexcept {
  if (text.size() <= max_bytes) return text;
  std::size_t end = max_bytes;
  for (int back = 0; back < 4 && end > 0; ++back) {
    if ((static_cast<std::uint8_t>(text[end]) & 0xc0) != 0x80) break;
    --end;
  }
  return text.substr(0, end);
}

std::string utf8_repair(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = utf8_first(text);
    if (point.length == 0) {
      utf8_append(out, 0xfffd);
      text.remove_prefix(1);
      continue;
    }
    out.append(text.substr(0, point.length));
    text.remove_prefix(point.length);
  }
  return out;
}

void utf8_append(std::string& out, char32_t code_point) {
  const auto tail = [&](unsigned shift) {
    out.push_back(static_cast<char>(0x80U | ((code_point >> shift) & 0x3fU)));
  };
  if (code_point < 0x80) {
    out.push_back(static_cast<char>(code_point));
  } else if (code_point < 0x800) {
    out.push_back(static_cast<char>(0xc0U | (code_point >> 6)));
    tail(0);
  } else if (code_point < 0x10000) {
    out.push_back(static_cast<char>(0xe0U | (code_point >> 12)));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xf0U | (code_point >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::string utf8_from_latin1(ByteSpan bytes) {
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 2);
  for (const std::uint8_t byte : bytes) utf8_append(out, byte);
  return out;
}

std::optional<Bytes> latin1_from_utf8(std::string_view text) {
  Bytes out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = utf8_first(text);
    if (point.length == 0 || point.value > 0xff) return std::nullopt;
    out.push_back(static_cast<std::uint8_t>(point.value));
    text.remove_prefix(point.length);
  }
  return out;
}

}  // namespace samara
