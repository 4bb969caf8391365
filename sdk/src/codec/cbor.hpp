// Owns: the heads, floats and nesting of deterministic CBOR (RFC 8949 §4.2.1): reading, writing and stepping over
// one value. Refuses to know: what a value means, tags and simple values (they are stepped over).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/reader.hpp"
#include "base/writer.hpp"

namespace samara {

enum class CborMajor : std::uint8_t {
  whole = 0,
  negative = 1,
  bytes = 2,
  text = 3,
  array = 4,
  map = 5,
  tag = 6,
  simple = 7
};

/// The first bytes of every value: its kind and a number, whose meaning the kind gives.
struct CborHead {
  CborMajor major = CborMajor::simple;
  std::uint8_t info = 0;    ///< Low five bits of the first byte: 25, 26 and 27 with `simple` are floats.
  std::uint64_t value = 0;  ///< Number, byte count, element count, or the bits of a float.
};

/// Nothing when the bytes end (then !reader.ok()) or the head is not in its one deterministic form.
[[nodiscard]] std::optional<CborHead> cbor_read_head(Reader& reader) noexcept;

enum class CborFault : std::uint8_t { none, syntax, too_deep };

/// Steps over one value and everything in it: deterministic, UTF-8 texts, map keys in order and each once,
/// arrays, maps and tags nested at most depth_max deep (the value itself counts). `text_keys`: maps with other
/// keys are `syntax`. Not recursive.
[[nodiscard]] CborFault cbor_skip(Reader& reader, std::uint32_t depth_max, bool text_keys = false) noexcept;

/// The number of a float head. Never called for another.
[[nodiscard]] double cbor_float_value(const CborHead& head) noexcept;

void cbor_write_head(Writer& writer, CborMajor major, std::uint64_t value);
void cbor_write_text(Writer& writer, std::string_view text);
/// The shortest float that is exactly this number.
void cbor_write_float(Writer& writer, double value);

}  // namespace samara
