// Owns: appending fixed-size fields to a byte vector.
#pragma once

#include <cstdint>

#include "samara/bytes.hpp"

namespace samara {

/// Appends to a vector the caller owns; big-endian for the peer wire, little-endian for our records.
class Writer {
 public:
  explicit Writer(Bytes& out) noexcept : out_(out) {}

  Writer& u8(std::uint8_t v) { return big(v, 1); }
  Writer& u16be(std::uint16_t v) { return big(v, 2); }
  Writer& u32be(std::uint32_t v) { return big(v, 4); }
  Writer& u64be(std::uint64_t v) { return big(v, 8); }
  Writer& u16le(std::uint16_t v) { return little(v, 2); }
  Writer& u32le(std::uint32_t v) { return little(v, 4); }
  Writer& u64le(std::uint64_t v) { return little(v, 8); }
  Writer& bytes(ByteSpan part) {
    out_.insert(out_.end(), part.begin(), part.end());
    return *this;
  }
  Writer& text(std::string_view part) { return bytes(as_bytes(part)); }

 private:
  Writer& big(std::uint64_t v, unsigned n) {
    for (unsigned i = n; i > 0; --i) out_.push_back(static_cast<std::uint8_t>(v >> (8 * (i - 1))));
    return *this;
  }
  Writer& little(std::uint64_t v, unsigned n) {
    for (unsigned i = 0; i < n; ++i) out_.push_back(static_cast<std::uint8_t>(v >> (8 * i)));
    return *this;
  }

  Bytes& out_;
};

}  // namespace samara
