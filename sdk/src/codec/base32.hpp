// Owns: base32 (RFC 4648 §6) without padding. Refuses to know: what the bytes are.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "samara/bytes.hpp"

namespace samara {

/// Lower-case letters, no padding.
[[nodiscard]] std::string base32_encode(ByteSpan bytes);

/// Letters of either case, no padding. Lengths that no encoder makes and left-over bits other than
/// zero give nothing, so that a text has one meaning.
[[nodiscard]] std::optional<Bytes> base32_decode(std::string_view text);

}  // namespace samara
