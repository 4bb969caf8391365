// Owns: percent encoding (RFC 3986 §2.1) as encodeURIComponent does it.
// Refuses to know: which part of a URL the text is.
#include "codec/percent.hpp"

#include "codec/hex.hpp"
#include "codec/utf8.hpp"

namespace samara {
namespace {

bool stays(char c) noexcept {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  const bool digit = c >= '0' && c <= '9';
  return letter || digit || std::string_view("-_.!~*'()").contains(c);
}

// The byte of a well-formed %XX at `at`, or nothing.
std::optional<char> escaped_byte(std::string_view text, std::size_t at) noexcept {
  if (text[at] != '%' || text.size() - at < 3) return std::nullopt;
  const auto high = hex_digit(text[at + 1]);
  const auto low = hex_digit(text[at + 2]);
  if (!high || !low) return std::nullopt;
  return static_cast<char>((*high << 4) | *low);
}

std::string decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (const auto byte = escaped_byte(text, i)) {
      out.push_back(*byte);
      i += 2;
    } else {
      out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

}  // namespace

std::string encode_uri_component(std::string_view text) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (stays(c)) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<std::uint8_t>(c);
    out.push_back('%');
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 15]);
  }
  return out;
}

std::optional<std::string> percent_decode_strict(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && !escaped_byte(text, i)) return std::nullopt;
  }
  auto out = decode(text, false);
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

std::string percent_decode_tolerant(std::string_view text) { return decode(text, false); }

std::string form_decode(std::string_view text) { return decode(text, true); }

}  // namespace samara
