// Owns: percent encoding (RFC 3986 §2.1) as encodeURIComponent does it.
// Refuses to know: which part of a URL the text is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace samara {

/// Exactly JavaScript's encodeURIComponent on the UTF-8 of a text: letters, digits and -_.!~*'() stay.
[[nodiscard]] std::string encode_uri_component(std::string_view text);

/// Undoes %XX. A malformed escape or a result that is not UTF-8 gives nothing.
[[nodiscard]] std::optional<std::string> percent_decode_strict(std::string_view text);

/// Undoes every well-formed %XX and keeps the rest literally. The result may be any bytes.
[[nodiscard]] std::string percent_decode_tolerant(std::string_view text);

/// Like percent_decode_tolerant, and `+` becomes a space (form encoding, as in a magnet's dn).
[[nodiscard]] std::string form_decode(std::string_view text);

}  // namespace samara
