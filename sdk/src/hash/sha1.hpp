// Owns: SHA-1 (FIPS 180-4), streaming and one-shot. BitTorrent v1 names pieces and torrents with it;
// it is not a promise of authenticity.
#pragma once

#include <array>
#include <cstdint>

#include "samara/bytes.hpp"

namespace samara {

/// Feed blocks as they arrive, then finish() once.
class Sha1 {
 public:
  void update(ByteSpan bytes) noexcept;
  /// Digest of all bytes fed. The object must not be used afterwards except by assignment.
  [[nodiscard]] Sha1Hash finish() noexcept;

 private:
  void compress(const std::uint8_t* block) noexcept;

  std::array<std::uint32_t, 5> state_{0x67452301U, 0xefcdab89U, 0x98badcfeU, 0x10325476U, 0xc3d2e1f0U};
  std::uint64_t total_bytes_ = 0;
  std::array<std::uint8_t, 64> pending_{};
  std::uint32_t pending_bytes_ = 0;
};

[[nodiscard]] Sha1Hash sha1(ByteSpan bytes) noexcept;

}  // namespace samara
