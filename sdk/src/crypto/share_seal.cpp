// Owns: the arithmetic of a sealed share (padding, pieces, chunks) and sealing and opening of one chunk
// (docs/share-format.md). Refuses to know: meta, files, torrents, the store.
#include "crypto/share_seal.hpp"

#include <bit>

#include <sodium.h>

#include "base/assert.hpp"
#include "base/reader.hpp"
#include "codec/share_meta.hpp"
#include "samara/config.hpp"

namespace samara {
namespace {

using Nonce = std::array<std::uint8_t, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES>;
using LengthTag = std::array<std::uint8_t, 9>;

constexpr std::string_view nonce_label = "samara/v1/chunks";
constexpr std::uint64_t small_bytes = 16ULL * 1024 * 1024;    // below it: pieces of 16 KiB
constexpr std::uint64_t middle_bytes = 128ULL * 1024 * 1024;  // below it: pieces of 64 KiB

static_assert(seal_tag_bytes == crypto_aead_xchacha20poly1305_ietf_ABYTES);
static_assert(nonce_label.size() + 8 == sizeof(Nonce));

// The piece length that belongs to a padded length; 0 when pieces would have to be too large.
std::uint32_t piece_bytes_of(std::uint64_t padded_bytes) noexcept {
  if (padded_bytes < small_bytes) return 16 * 1024;
  if (padded_bytes < middle_bytes) return 64 * 1024;
  SealGeometry geometry{padded_bytes, 128 * 1024};
  while (divide_up(geometry.sealed_bytes(), geometry.piece_bytes) > limits::sealed_pieces_max) {
    if (geometry.piece_bytes == limits::piece_bytes_max) return 0;
    geometry.piece_bytes *= 2;
  }
  return geometry.piece_bytes;
}

Nonce nonce_of(const SealGeometry& geometry, std::uint64_t chunk) noexcept {
  Nonce nonce{};
  std::copy(nonce_label.begin(), nonce_label.end(), nonce.begin());
  for (std::size_t i = 0; i < 6; ++i) nonce[22 - i] = static_cast<std::uint8_t>(chunk >> (8 * i));
  nonce[23] = chunk + 1 == geometry.chunks() ? 1 : 0;
  return nonce;
}

LengthTag length_tag_of(const SealGeometry& geometry) noexcept {
  LengthTag tag{};
  for (std::size_t i = 0; i < 8; ++i) tag[i] = static_cast<std::uint8_t>(geometry.padded_bytes >> (8 * i));
  tag[8] = static_cast<std::uint8_t>(std::countr_zero(geometry.chunk_bytes()));
  return tag;
}

}  // namespace

std::uint64_t padme(std::uint64_t bytes) noexcept {
  if (bytes < 2) return bytes;
  const auto exponent = static_cast<unsigned>(std::bit_width(bytes)) - 1;
  const auto kept_bits = static_cast<unsigned>(std::bit_width(exponent));
  const std::uint64_t mask = (std::uint64_t{1} << (exponent - kept_bits)) - 1;
  // Only lengths that nothing has would overflow; they stay as they are.
  const auto sum = checked_add(bytes, mask);
  return sum ? *sum & ~mask : bytes;
}

Result<SealGeometry> SealGeometry::for_body(std::uint64_t body_bytes) noexcept {
  constexpr std::uint64_t sealed_bytes_max = std::uint64_t{limits::sealed_pieces_max} * limits::piece_bytes_max;
  if (body_bytes > sealed_bytes_max) return usage_fault(Code::too_large);
  SealGeometry geometry{padme(body_bytes), 0};
  geometry.piece_bytes = piece_bytes_of(geometry.padded_bytes);
  if (geometry.piece_bytes == 0) return usage_fault(Code::too_large);
  return geometry;
}

Result<SealGeometry> SealGeometry::of_torrent(std::uint64_t sealed_bytes, std::uint32_t piece_bytes) noexcept {
  const auto refused = remote_fault(Code::bad_share, static_cast<std::uint32_t>(ShareWhy::length));
  if (piece_bytes < limits::piece_bytes_min || !std::has_single_bit(piece_bytes)) return refused;
  const std::uint32_t chunk_bytes = std::min(piece_bytes, seal_chunk_bytes_max);
  const std::uint64_t last = sealed_bytes % chunk_bytes;
  if (sealed_bytes == 0 || (last != 0 && last <= seal_tag_bytes)) return refused;
  const std::uint64_t padded = sealed_bytes - seal_tag_bytes * divide_up(sealed_bytes, chunk_bytes);
  // A length that padding leaves alone is one that padding gives.
  const auto geometry = for_body(padded);
  if (!geometry || *geometry != SealGeometry{padded, piece_bytes}) return refused;
  return *geometry;
}

Result<std::uint32_t> meta_bytes_of(const SealGeometry& geometry, ByteSpan body_start) noexcept {
  Reader reader(body_start);
  const std::uint32_t bytes = reader.u32le();
  const bool within = reader.ok() && std::uint64_t{meta_length_bytes} + bytes <= geometry.padded_bytes;
  if (within && bytes <= limits::share_meta_bytes_max) return bytes;
  return remote_fault(Code::bad_share, static_cast<std::uint32_t>(ShareWhy::meta_too_long));
}

bool is_whole_body(const SealGeometry& geometry, std::uint64_t meta_bytes, std::uint64_t content_bytes) noexcept {
  const auto header_bytes = checked_add(meta_length_bytes, meta_bytes);
  const auto body_bytes = header_bytes ? checked_add(*header_bytes, content_bytes) : std::nullopt;
  return body_bytes && padme(*body_bytes) == geometry.padded_bytes;
}

bool is_padding(ByteSpan bytes) noexcept { return sodium_is_zero(bytes.data(), bytes.size()) == 1; }

ChunkSeal::ChunkSeal(const Key32& prk, const SealGeometry& geometry) noexcept
    : key_(derive_key(prk, KeyUse::stream)), geometry_(geometry) {}

void ChunkSeal::seal(std::uint64_t chunk, ByteSpan plain, MutByteSpan sealed) const noexcept {
  SAMARA_ASSERT(chunk < geometry_.chunks() && plain.size() == geometry_.plain_bytes(chunk));
  SAMARA_ASSERT(sealed.size() == plain.size() + seal_tag_bytes);
  const Nonce nonce = nonce_of(geometry_, chunk);
  const LengthTag tag = length_tag_of(geometry_);
  crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data(), nullptr, plain.data(), plain.size(), tag.data(), tag.size(),
                                             nullptr, nonce.data(), key_.bytes().data());
}

bool ChunkSeal::open(std::uint64_t chunk, ByteSpan sealed, MutByteSpan plain) const noexcept {
  SAMARA_ASSERT(chunk < geometry_.chunks() && plain.size() == geometry_.plain_bytes(chunk));
  SAMARA_ASSERT(sealed.size() == plain.size() + seal_tag_bytes);
  const Nonce nonce = nonce_of(geometry_, chunk);
  const LengthTag tag = length_tag_of(geometry_);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain.data(), nullptr, nullptr, sealed.data(), sealed.size(),
                                                 tag.data(), tag.size(), nonce.data(), key_.bytes().data()) == 0) {
    return true;
  }
  std::fill(plain.begin(), plain.end(), std::uint8_t{0});
  return false;
}

}  // namespace samara
