// Owns: the bytes that a simulated swarm shares: made from a seed, found by offset, never stored per peer.
// Refuses to know: who has which of them.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "base/assert.hpp"
#include "base/rng.hpp"
#include "hash/sha1.hpp"
#include "samara/bytes.hpp"

namespace samara::sim {

/// A table of random bytes, repeated. Its period is a prime above 1 MiB, so no two blocks of less than a million pieces
/// are alike: a block at a wrong place is a wrong block. Any span up to span_bytes_max is contiguous in memory.
class Generated {
 public:
  static constexpr std::uint64_t period_bytes = 1'048'583;
  static constexpr std::uint32_t span_bytes_max = 1024 * 1024;

  Generated(std::uint64_t seed, std::uint64_t bytes) : bytes_(bytes) {
    const bool small = bytes <= period_bytes;
    const std::uint64_t made = small ? bytes : period_bytes;
    table_.resize(static_cast<std::size_t>(small ? bytes : period_bytes + span_bytes_max));
    Rng rng(seed);
    for (std::uint64_t i = 0; i < made; i += 8) {
      std::uint64_t word = rng.next();
      for (std::uint64_t k = i; k < std::min(i + 8, made); ++k, word >>= 8) table_[static_cast<std::size_t>(k)] = static_cast<std::uint8_t>(word);
    }
    if (!small) std::memcpy(table_.data() + period_bytes, table_.data(), span_bytes_max);
  }

  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

  /// The bytes from `offset` on. Valid as long as this is.
  [[nodiscard]] ByteSpan at(std::uint64_t offset, std::uint64_t count) const noexcept {
    SAMARA_ASSERT(count <= span_bytes_max && offset <= bytes_ && count <= bytes_ - offset);
    return ByteSpan(table_).subspan(static_cast<std::size_t>(offset % period_bytes), static_cast<std::size_t>(count));
  }

  [[nodiscard]] bool matches(std::uint64_t offset, ByteSpan bytes) const noexcept {
    if (offset > bytes_ || bytes.size() > bytes_ - offset) return false;
    return bytes.empty() || std::memcmp(at(offset, bytes.size()).data(), bytes.data(), bytes.size()) == 0;
  }

  /// SHA-1 of each piece, in order.
  [[nodiscard]] Bytes piece_hashes(std::uint32_t piece_bytes) const {
    Bytes digests;
    for (std::uint64_t i = 0; i < bytes_; i += piece_bytes) {
      const Sha1Hash digest = sha1(at(i, std::min<std::uint64_t>(piece_bytes, bytes_ - i)));
      digests.insert(digests.end(), digest.begin(), digest.end());
    }
    return digests;
  }

 private:
  std::uint64_t bytes_;
  Bytes table_;
};

}  // namespace samara::sim
