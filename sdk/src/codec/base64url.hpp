// Owns: base64url (RFC 4648 §5) without padding. Refuses to know: what the bytes are.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "samara/bytes.hpp"

namespace samara {

/// No padding.
[[nodiscard]] std::string base64url_encode(ByteSpan bytes);

/// No padding. Lengths that no encoder makes and left-over bits other than zero give nothing.
[[nodiscard]] std::optional<Bytes> base64url_decode(std::string_view text);

}  // namespace samara
