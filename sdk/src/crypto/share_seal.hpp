// Owns: the arithmetic of a sealed share (padding, pieces, chunks) and sealing and opening of one chunk
// (docs/share-format.md, DESIGN: Sealed shares). Refuses to know: meta, files, torrents, the store.
#pragma once

#include <cstdint>

#include "base/checked.hpp"
#include "crypto/keys.hpp"
#include "samara/bytes.hpp"
#include "samara/error.hpp"

namespace samara {

inline constexpr std::uint32_t seal_tag_bytes = 16;               // Poly1305
inline constexpr std::uint32_t meta_length_bytes = 4;             // u32le in front of meta
inline constexpr std::uint32_t seal_chunk_bytes_max = 64 * 1024;  // C: a whole number of chunks per piece

/// PADMÉ (Nikitin et al., PETS 2019): the padded length, at most 12 % more. 0 and 1 stay as they are.
[[nodiscard]] std::uint64_t padme(std::uint64_t bytes) noexcept;

/// How a padded body lies in chunks and pieces. Values only; all derived from two numbers.
struct SealGeometry {
  std::uint64_t padded_bytes = 0;  // L
  std::uint32_t piece_bytes = 0;   // of the sealed torrent; a power of two

  /// For the sender. Error (usage): too_large when pieces would exceed limits::piece_bytes_max.
  [[nodiscard]] static Result<SealGeometry> for_body(std::uint64_t body_bytes) noexcept;
  /// For the receiver, from the torrent's length and piece length. Error (remote): bad_share when no
  /// share has that length or another piece length belongs to it.
  [[nodiscard]] static Result<SealGeometry> of_torrent(std::uint64_t sealed_bytes, std::uint32_t piece_bytes) noexcept;

  [[nodiscard]] constexpr std::uint32_t chunk_bytes() const noexcept { return std::min(piece_bytes, seal_chunk_bytes_max); }
  /// Plaintext bytes of every chunk but the last.
  [[nodiscard]] constexpr std::uint32_t stride() const noexcept { return chunk_bytes() - seal_tag_bytes; }
  [[nodiscard]] constexpr std::uint32_t chunks_per_piece() const noexcept { return piece_bytes / chunk_bytes(); }
  /// At least 1: an empty body is one chunk of a tag alone.
  [[nodiscard]] constexpr std::uint64_t chunks() const noexcept {
    return padded_bytes == 0 ? 1 : divide_up(padded_bytes, stride());
  }
  [[nodiscard]] constexpr std::uint64_t sealed_bytes() const noexcept {
    return padded_bytes + std::uint64_t{seal_tag_bytes} * chunks();
  }
  /// Plaintext bytes of a chunk. chunk < chunks().
  [[nodiscard]] constexpr std::uint32_t plain_bytes(std::uint64_t chunk) const noexcept {
    const std::uint64_t start = chunk * stride();
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(stride(), padded_bytes - start));
  }
  constexpr bool operator==(const SealGeometry&) const = default;
};

// ---- what can be checked of a body without its content. The numbers are a stranger's.

/// The length of meta from the first four bytes of a body. Error (remote): bad_share, meta_too_long, when it is above
/// share_meta_bytes_max or beyond the body.
[[nodiscard]] Result<std::uint32_t> meta_bytes_of(const SealGeometry& geometry, ByteSpan body_start) noexcept;

/// True when 4 + meta_bytes + content_bytes is a body that this geometry belongs to (else bad_share, sizes).
[[nodiscard]] bool is_whole_body(const SealGeometry& geometry, std::uint64_t meta_bytes, std::uint64_t content_bytes) noexcept;

/// True for zeros and nothing else: what stands behind the last file (else bad_share, padding).
[[nodiscard]] bool is_padding(ByteSpan bytes) noexcept;

/// Seals and opens chunks of one share: XChaCha20-Poly1305-IETF, nonce "samara/v1/chunks" ‖ 0 ‖ i (u48be) ‖ last,
/// additional data u64le(L) ‖ log2 C. Stateless, so any chunk at any time; the nonce binds its position.
/// Sealing twice under one key is safe only for the same plaintext: whoever sends sealed bytes checks them
/// against the pinned piece hash first.
class ChunkSeal {
 public:
  /// `prk` as in keys.hpp: the secret, or password_key().
  ChunkSeal(const Key32& prk, const SealGeometry& geometry) noexcept;

  [[nodiscard]] const SealGeometry& geometry() const noexcept { return geometry_; }

  /// `plain`: geometry().plain_bytes(chunk) bytes. `sealed`: 16 more. Must not overlap.
  void seal(std::uint64_t chunk, ByteSpan plain, MutByteSpan sealed) const noexcept;
  /// `sealed`: plain_bytes(chunk) + 16 bytes, `plain`: 16 less. Must not overlap. False when the chunk is
  /// not what was sealed at this place under this key; `plain` is zeros then.
  [[nodiscard]] bool open(std::uint64_t chunk, ByteSpan sealed, MutByteSpan plain) const noexcept;

 private:
  Key32 key_;
  SealGeometry geometry_;
};

}  // namespace samara
