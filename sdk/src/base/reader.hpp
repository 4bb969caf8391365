// Owns: a bounds-checked cursor over borrowed bytes. Reading past the end gives zeros and a sticky
// failure; it never touches memory outside the span.
#pragma once

#include <cstdint>
#include <cstring>

#include "samara/bytes.hpp"

namespace samara {

/// Reads fixed-size big-endian fields (the peer wire) and little-endian ones (our own records).
/// Check ok() once after the last read.
class Reader {
 public:
  explicit Reader(ByteSpan bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] std::size_t left() const noexcept { return bytes_.size() - at_; }
  [[nodiscard]] std::size_t position() const noexcept { return at_; }

  std::uint8_t u8() noexcept { return static_cast<std::uint8_t>(big(1)); }
  std::uint16_t u16be() noexcept { return static_cast<std::uint16_t>(big(2)); }
  std::uint32_t u32be() noexcept { return static_cast<std::uint32_t>(big(4)); }
  std::uint64_t u64be() noexcept { return big(8); }
  std::uint16_t u16le() noexcept { return static_cast<std::uint16_t>(little(2)); }
  std::uint32_t u32le() noexcept { return static_cast<std::uint32_t>(little(4)); }
  std::uint64_t u64le() noexcept { return little(8); }

  /// The next n bytes, borrowed from the input; empty (and failed) when there are fewer.
  ByteSpan take(std::size_t n) noexcept {
    if (!ok_ || n > left()) {
      ok_ = false;
      return {};
    }
    const ByteSpan part = bytes_.subspan(at_, n);
    at_ += n;
    return part;
  }
  ByteSpan rest() noexcept { return take(left()); }

 private:
  std::uint64_t big(std::size_t n) noexcept {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : take(n)) value = (value << 8) | byte;
    return value;
  }
  std::uint64_t little(std::size_t n) noexcept {
    std::uint64_t value = 0;
    const ByteSpan part = take(n);
    for (std::size_t i = part.size(); i > 0; --i) value = (value << 8) | part[i - 1];
    return value;
  }

  ByteSpan bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace samara
