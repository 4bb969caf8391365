// Owns: the meta of a sealed share: deterministic CBOR (RFC 8949 §4.2.1) of what the sender says about
// the content (docs/share-format.md). Refuses to know: keys, chunks, what an app's own meta means.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "samara/bytes.hpp"
#include "samara/error.hpp"

namespace samara {

struct ShareMetaFile {
  std::string name;         // n: relative path with '/', each component under the path rules
  std::string type;         // t: media type; may be empty
  std::uint64_t bytes = 0;  // s
};

struct ShareMeta {
  std::string title;                         // n
  std::vector<ShareMetaFile> files;          // f: 1 … share_meta_files_max
  std::string description;                   // a; empty: none
  std::optional<std::int64_t> created_ms;    // c: Unix
  std::optional<std::int64_t> duration_ms;   // d, which is in seconds there: an integer or a float
  std::optional<std::int64_t> expires_ms;    // e: Unix
  Bytes thumbnail;                           // h; empty: none
  Bytes app_meta;                            // x: the CBOR map of the app, as it stands; empty: none

  /// Σ files[i].bytes; cannot overflow for what parse_share_meta gave.
  [[nodiscard]] std::uint64_t content_bytes() const noexcept;
};

/// What is wrong with a share (Error::detail of bad_share); `to_string` gives params.why.
enum class ShareWhy : std::uint32_t {
  none,
  length,         ///< no share has the torrent's length or piece length
  chunk,          ///< a verified chunk does not open
  meta_too_long,  ///< its length field is above share_meta_bytes_max or beyond the body
  meta_syntax,    ///< not one deterministic CBOR map: truncated, trailing bytes, unsorted or repeated keys, long forms
  meta_too_deep,
  meta_type,      ///< a known key has a value of another type or out of range
  meta_missing,   ///< no n or no f
  files,          ///< none, or more than share_meta_files_max
  path,           ///< a file name breaks the path rules
  thumbnail,      ///< above thumbnail_bytes_max
  sizes,          ///< meta and files do not make a body of the padded length
  padding,        ///< something else than zeros behind the last file
};
/// Static storage, kebab-case.
[[nodiscard]] std::string_view to_string(ShareWhy why) noexcept;

/// The bytes. Errors (usage): too_large with a ShareWhy as detail (meta_too_long, files, thumbnail), bad_share
/// for app_meta that is_app_meta() refuses (meta_syntax) and for a file name that breaks the rules (path).
[[nodiscard]] Result<Bytes> encode_share_meta(const ShareMeta& meta);

/// Reads a stranger's meta: the whole span is one map; unknown keys are ignored. Error (remote): bad_share
/// with a ShareWhy as detail.
[[nodiscard]] Result<ShareMeta> parse_share_meta(ByteSpan cbor);

/// True for one deterministic CBOR map with text keys that may stand in meta: bounded, not too deep.
[[nodiscard]] bool is_app_meta(ByteSpan cbor) noexcept;

}  // namespace samara
