// Owns: UTF-8 (RFC 3629) validation, counting, cutting, and the latin-1 strings of the tracker protocol.
// Refuses to know: what a text is for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "samara/bytes.hpp"

namespace samara {

struct CodePoint {
  char32_t value = 0;
  std::uint8_t length = 0;  ///< Bytes it takes in UTF-8; 0: the bytes are not UTF-8.
};

/// The code point at the start of a text that is not empty. Overlong forms, surrogates and values
/// above U+10FFFF are not UTF-8.
[[nodiscard]] CodePoint utf8_first(std::string_view text) noexcept;

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// Code points of a valid text; nothing when it is not UTF-8.
[[nodiscard]] std::optional<std::size_t> utf8_count(std::string_view text) noexcept;

/// The longest start of a valid text with at most max_bytes bytes that does not split a code point.
[[nodiscard]] std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) noexcept;

/// The text with every byte that is not part of UTF-8 replaced by U+FFFD.
[[nodiscard]] std::string utf8_repair(std::string_view text);

void utf8_append(std::string& out, char32_t code_point);

/// Every byte as the code point of the same number.
[[nodiscard]] std::string utf8_from_latin1(ByteSpan bytes);

/// Undoes utf8_from_latin1; a code point above U+00FF or text that is not UTF-8 gives nothing.
[[nodiscard]] std::optional<Bytes> latin1_from_utf8(std::string_view text);

}  // namespace samara
