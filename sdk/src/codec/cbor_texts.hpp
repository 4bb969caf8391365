// Owns: the one CBOR shape that links carry: an array of text strings (RFC 8949 §4.2.1, deterministic).
// Refuses to know: every other CBOR type.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "samara/bytes.hpp"

namespace samara {

/// Appends the array. Fewer than 2^16 texts of fewer than 2^16 bytes.
void cbor_write_texts(Bytes& out, std::span<const std::string> texts);

/// The texts, when the bytes are exactly one deterministic array of at most max_texts UTF-8 texts.
/// `truncated`, where given, says whether what failed is that the bytes ended too early.
[[nodiscard]] std::optional<std::vector<std::string>> cbor_read_texts(ByteSpan bytes, std::uint32_t max_texts,
                                                                      bool* truncated = nullptr);

}  // namespace samara
