// Owns: the byte vocabulary of the whole project (spans, digests, comparison and text views).
// Refuses to know: what the bytes mean.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace samara {

/// Borrowed bytes. The function that takes or returns one states how long they live.
using ByteSpan = std::span<const std::uint8_t>;
using MutByteSpan = std::span<std::uint8_t>;
using Bytes = std::vector<std::uint8_t>;

/// SHA-1 digest, 20 bytes (FIPS 180-4).
using Sha1Hash = std::array<std::uint8_t, 20>;
/// SHA-256 digest, 32 bytes (FIPS 180-4).
using Sha256Hash = std::array<std::uint8_t, 32>;

/// The bytes of a text, borrowed: valid as long as the text is.
[[nodiscard]] inline ByteSpan as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The bytes seen as text, borrowed. No encoding is checked here (codec/utf8 does).
[[nodiscard]] inline std::string_view as_text(ByteSpan bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[nodiscard]] inline Bytes to_bytes(ByteSpan bytes) { return {bytes.begin(), bytes.end()}; }

[[nodiscard]] inline bool equal(ByteSpan a, ByteSpan b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
}

}  // namespace samara
