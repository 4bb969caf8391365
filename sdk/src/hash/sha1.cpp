// Owns: the SHA-1 compression function, unrolled by round group so that the compiler keeps the five
// words in registers and the schedule in a ring of sixteen.
#include "hash/sha1.hpp"

#include <bit>
#include <cstring>
#include <utility>

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
  std::uint32_t w[16];
};

/// The schedule word of round t, computed in place in the ring.
template <unsigned T>
std::uint32_t schedule(Working& s) noexcept {
  if constexpr (T >= 16) {
    const std::uint32_t x = s.w[(T + 13) % 16] ^ s.w[(T + 8) % 16] ^ s.w[(T + 2) % 16] ^ s.w[T % 16];
    s.w[T % 16] = std::rotl(x, 1);
  }
  return s.w[T % 16];
}

template <unsigned T>
void round_step(Working& s) noexcept {
  std::uint32_t f = 0;
  std::uint32_t k = 0;
  if constexpr (T < 20) {
    f = s.d ^ (s.b & (s.c ^ s.d));
    k = 0x5a827999U;
  } else if constexpr (T < 40) {
    f = s.b ^ s.c ^ s.d;
    k = 0x6ed9eba1U;
  } else if constexpr (T < 60) {
    f = (s.b & s.c) | (s.d & (s.b | s.c));
    k = 0x8f1bbcdcU;
  } else {
    f = s.b ^ s.c ^ s.d;
    k = 0xca62c1d6U;
  }
  const std::uint32_t next = std::rotl(s.a, 5) + f + s.e + k + schedule<T>(s);
  s.e = s.d;
  s.d = s.c;
  s.c = std::rotl(s.b, 30);
  s.b = s.a;
  s.a = next;
}

template <unsigned... T>
void all_rounds(Working& s, std::integer_sequence<unsigned, T...>) noexcept {
  (round_step<T>(s), ...);
}

}  // namespace

void Sha1::compress(const std::uint8_t* block) noexcept {
  Working s{state_[0], state_[1], state_[2], state_[3], state_[4], {}};
  for (unsigned i = 0; i < 16; ++i) s.w[i] = load_big(block + 4 * i);
  all_rounds(s, std::make_integer_sequence<unsigned, 80>{});
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
