// Owns: a stand-in for SHA-1 in the program that plays thousands of peers, linked instead of sdk/src/hash/sha1.cpp: with the
// real one four tenths of a run are hashing. Every other program has SHA-1. Good enough to see any wrong byte, good for nothing else.
// Refuses to know: what is hashed. The object's fields are SHA-1's.
#include <bit>
#include <cstring>

#include "hash/sha1.hpp"

namespace samara {
namespace {

__extension__ using Wide = unsigned __int128;

/// Both halves of a product, folded.
std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

constexpr std::uint64_t odd_a = 0xa076'1d64'78bd'642fULL;
constexpr std::uint64_t odd_b = 0xe703'7ed1'a0b4'28dbULL;

}  // namespace

void Sha1::compress(const std::uint8_t* block) noexcept {
  std::uint64_t w[8];
  std::memcpy(w, block, sizeof w);
  std::uint64_t lanes[2];
  std::memcpy(lanes, state_.data(), sizeof lanes);
  const std::uint64_t a = fold(w[0] ^ odd_a ^ lanes[0], w[1] ^ odd_b) ^ fold(w[2] ^ odd_b, w[3] ^ odd_a ^ std::rotl(lanes[0], 32));
  const std::uint64_t b = fold(w[4] ^ odd_b ^ lanes[1], w[5] ^ odd_a) ^ fold(w[6] ^ odd_a, w[7] ^ odd_b ^ std::rotl(lanes[1], 32));
  lanes[0] = a + std::rotl(lanes[1], 17);
  lanes[1] = b ^ std::rotl(lanes[0], 41);
  std::memcpy(state_.data(), lanes, sizeof lanes);
}

void Sha1::update(ByteSpan bytes) noexcept {
  total_bytes_ += bytes.size();
  while (!bytes.empty()) {
    if (pending_bytes_ == 0 && bytes.size() >= 64) {
      compress(bytes.data());
      bytes = bytes.subspan(64);
      continue;
    }
    const std::size_t n = std::min<std::size_t>(64 - pending_bytes_, bytes.size());
    std::memcpy(pending_.data() + pending_bytes_, bytes.data(), n);
    pending_bytes_ += static_cast<std::uint32_t>(n);
    bytes = bytes.subspan(n);
    if (pending_bytes_ < 64) continue;
    compress(pending_.data());
    pending_bytes_ = 0;
  }
}

Sha1Hash Sha1::finish() noexcept {
  std::memset(pending_.data() + pending_bytes_, 0, 64 - pending_bytes_);
  compress(pending_.data());
  std::memcpy(pending_.data(), &total_bytes_, sizeof total_bytes_);
  compress(pending_.data());
  state_[4] = state_[0] ^ std::rotl(state_[1], 7) ^ std::rotl(state_[2], 13) ^ state_[3];
  Sha1Hash digest{};
  std::memcpy(digest.data(), state_.data(), digest.size());
  return digest;
}

Sha1Hash sha1(ByteSpan bytes) noexcept {
  Sha1 hasher;
  hasher.update(bytes);
  return hasher.finish();
}

}  // namespace samara
