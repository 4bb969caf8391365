// Owns: a fixed-size set of piece indexes and its wire form (BEP 3: first piece is the high bit).
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "samara/bytes.hpp"

namespace samara {

class Bitfield {
 public:
  Bitfield() = default;
  explicit Bitfield(std::uint32_t bits) : bits_(bits), bytes_((bits + 7) / 8) {}

  /// From the wire: exact size and zero spare bits, else nothing.
  [[nodiscard]] static std::optional<Bitfield> from_wire(ByteSpan wire, std::uint32_t bits) {
    if (wire.size() != (bits + 7) / 8) return std::nullopt;
    if (bits % 8 != 0 && (wire.back() & (0xffU >> (bits % 8))) != 0) return std::nullopt;
    Bitfield field(bits);
    field.bytes_.assign(wire.begin(), wire.end());
    for (const std::uint8_t byte : wire) field.count_ += static_cast<std::uint32_t>(std::popcount(byte));
    return field;
  }

  [[nodiscard]] std::uint32_t size() const noexcept { return bits_; }
  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  [[nodiscard]] bool all() const noexcept { return count_ == bits_; }
  [[nodiscard]] bool none() const noexcept { return count_ == 0; }
  [[nodiscard]] ByteSpan wire() const noexcept { return bytes_; }

  [[nodiscard]] bool test(std::uint32_t i) const noexcept {
    SAMARA_ASSERT(i < bits_);
    return (bytes_[i / 8] & mask(i)) != 0;
  }
  /// True when the bit changed.
  bool set(std::uint32_t i) noexcept {
    if (test(i)) return false;
    bytes_[i / 8] = static_cast<std::uint8_t>(bytes_[i / 8] | mask(i));
    ++count_;
    return true;
  }
  bool reset(std::uint32_t i) noexcept {
    if (!test(i)) return false;
    bytes_[i / 8] = static_cast<std::uint8_t>(bytes_[i / 8] & ~mask(i));
    --count_;
    return true;
  }
  void set_all() noexcept {
    for (std::uint32_t i = 0; i < bits_; ++i) set(i);
  }

  /// Maximal runs of set bits as [begin, end) in rising order.
  [[nodiscard]] std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges() const {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> runs;
    for (std::uint32_t i = 0; i < bits_; ++i) {
      if (!test(i)) continue;
      if (!runs.empty() && runs.back().second == i) {
        runs.back().second = i + 1;
      } else {
        runs.emplace_back(i, i + 1);
      }
    }
    return runs;
  }

  bool operator==(const Bitfield&) const = default;

 private:
  [[nodiscard]] static std::uint8_t mask(std::uint32_t i) noexcept {
    return static_cast<std::uint8_t>(0x80U >> (i % 8));
  }

  std::uint32_t bits_ = 0;
  std::uint32_t count_ = 0;
  Bytes bytes_;
};

}  // namespace samara
