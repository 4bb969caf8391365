// Owns: the SHA-1 compression function, in a form that is fast and small.
#include "hash/sha1.hpp"

#include <bit>
#include <cstring>

namespace samara {
namespace {

std::uint32_t load_big(const std::uint8_t* p) noexcept {
  std::uint32_t word = 0;
  std::memcpy(&word, p, 4);
  return std::endian::native == std::endian::little ? __builtin_bswap32(word) : word;
}

void store_big(std::uint8_t* p, std::uint32_t word) noexcept {
  const std::uint32_t swapped = std::endian::native == std::endian::little ? __builtin_bswap32(word) : word;
  std::memcpy(p, &swapped, 4);
}

struct Working {
  std::uint32_t a, b, c, d, e;
};

enum class Mix : std::uint8_t { choose, parity, majority };

/// One round; the words change places by name, so five in a row need no moves.
template <Mix mix>
[[gnu::always_inline]] inline void round_step(std::uint32_t a, std::uint32_t& b, std::uint32_t c, std::uint32_t d,
                                              std::uint32_t& e, std::uint32_t word) noexcept {
  std::uint32_t f = 0;
  if constexpr (mix == Mix::choose) f = d ^ (b & (c ^ d));
  if constexpr (mix == Mix::parity) f = b ^ c ^ d;
  if constexpr (mix == Mix::majority) f = (b & c) | (d & (b | c));
  e += std::rotl(a, 5) + f + word;
  b = std::rotl(b, 30);
}

/// Twenty rounds with one function and constant, five at a time: fast enough, and a quarter of the code.
template <Mix mix>
[[gnu::always_inline]] inline void twenty_rounds(Working& s, const std::uint32_t* w, std::uint32_t k) noexcept {
  for (unsigned t = 0; t < 20; t += 5) {
    round_step<mix>(s.a, s.b, s.c, s.d, s.e, w[t] + k);
    round_step<mix>(s.e, s.a, s.b, s.c, s.d, w[t + 1] + k);
    round_step<mix>(s.d, s.e, s.a, s.b, s.c, w[t + 2] + k);
    round_step<mix>(s.c, s.d, s.e, s.a, s.b, w[t + 3] + k);
    round_step<mix>(s.b, s.c, s.d, s.e, s.a, w[t + 4] + k);
  }
}

}  // namespace

void Sha1::compress(const std::uint8_t* block) noexcept {
  std::uint32_t w[80];
  for (unsigned i = 0; i < 16; ++i) w[i] = load_big(block + 4 * i);
  for (unsigned i = 16; i < 80; ++i) w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  Working s{state_[0], state_[1], state_[2], state_[3], state_[4]};
  twenty_rounds<Mix::choose>(s, w, 0x5a827999U);
  twenty_rounds<Mix::parity>(s, w + 20, 0x6ed9eba1U);
  twenty_rounds<Mix::majority>(s, w + 40, 0x8f1bbcdcU);
  twenty_rounds<Mix::parity>(s, w + 60, 0xca62c1d6U);
  state_[0] += s.a;
  state_[1] += s.b;
  state_[2] += s.c;
  state_[3] += s.d;
  state_[4] += s.e;
}

void Sha1::update(ByteSpan bytes) noexcept {
  if (bytes.empty()) return;
  total_bytes_ += bytes.size();
  if (pending_bytes_ > 0) {
    const std::size_t n = std::min<std::size_t>(64 - pending_bytes_, bytes.size());
    std::memcpy(pending_.data() + pending_bytes_, bytes.data(), n);
    pending_bytes_ += static_cast<std::uint32_t>(n);
    bytes = bytes.subspan(n);
    if (pending_bytes_ < 64) return;
    compress(pending_.data());
    pending_bytes_ = 0;
  }
  while (bytes.size() >= 64) {
    compress(bytes.data());
    bytes = bytes.subspan(64);
  }
  if (!bytes.empty()) std::memcpy(pending_.data(), bytes.data(), bytes.size());
  pending_bytes_ = static_cast<std::uint32_t>(bytes.size());
}

Sha1Hash Sha1::finish() noexcept {
  const std::uint64_t bits = total_bytes_ * 8;
  std::array<std::uint8_t, 72> padding{0x80};
  const std::size_t zeros = (pending_bytes_ < 56 ? 56 : 120) - pending_bytes_;
  for (unsigned i = 0; i < 8; ++i) padding[zeros + i] = static_cast<std::uint8_t>(bits >> (56 - 8 * i));
  update({padding.data(), zeros + 8});
  Sha1Hash digest{};
  for (unsigned i = 0; i < 5; ++i) store_big(digest.data() + 4 * i, state_[i]);
  return digest;
}

Sha1Hash sha1(ByteSpan bytes) noexcept {
  Sha1 hasher;
  hasher.update(bytes);
  return hasher.finish();
}

}  // namespace samara
