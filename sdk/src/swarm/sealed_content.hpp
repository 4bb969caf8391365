// Owns: how stored content becomes the pieces of a sealed torrent and back: which content lies in which chunks, the
// header (length and meta) before it, the zeros behind it. Refuses to know: torrents, links, the store, when it is done.
#pragma once

#include <cstdint>

#include "crypto/share_seal.hpp"
#include "samara/bytes.hpp"
#include "samara/ids.hpp"

namespace samara {

class SealedContent {
 public:
  /// A run of the content, in bytes. May be empty: then the chunks hold header or padding only.
  struct Range {
    std::uint64_t offset = 0;
    std::uint32_t bytes = 0;
  };
  enum class Opened : std::uint8_t { ok, bad_chunk, bad_padding };

  /// `header`: u32le(len meta) ‖ meta. Header, content and padding together are geometry.padded_bytes.
  SealedContent(const Key32& prk, const SealGeometry& geometry, Bytes header, std::uint64_t content_bytes);

  [[nodiscard]] const SealGeometry& geometry() const noexcept { return seal_.geometry(); }
  [[nodiscard]] std::uint64_t content_bytes() const noexcept { return content_bytes_; }
  [[nodiscard]] std::uint64_t first_chunk(PieceIndex piece) const noexcept;
  /// Chunks of some pieces; the last piece may have fewer. The last chunk of all may be shorter than the others.
  [[nodiscard]] std::uint32_t chunks_in(PieceIndex first, std::uint32_t pieces = 1) const noexcept;
  /// Ciphertext bytes of `count` chunks from `first` on.
  [[nodiscard]] std::uint32_t sealed_bytes(std::uint64_t first, std::uint32_t count) const noexcept;

  /// How much of the content lies before a chunk; chunk may be geometry().chunks().
  [[nodiscard]] std::uint64_t content_before(std::uint64_t chunk) const noexcept;
  /// The content that lies in `count` chunks from `first` on: of one piece, or of few small ones.
  [[nodiscard]] Range content_of(std::uint64_t first, std::uint32_t count) const noexcept;
  /// The piece that holds this byte of the content. offset < content_bytes().
  [[nodiscard]] PieceIndex piece_at(std::uint64_t offset) const noexcept;

  /// `content`: content_of(first, count). `sealed`: sealed_bytes(first, count).
  void seal(std::uint64_t first, std::uint32_t count, ByteSpan content, MutByteSpan sealed) const;
  /// `content` gets content_of(first, count) bytes. Nothing in it may be used unless the result is ok.
  [[nodiscard]] Opened open(std::uint64_t first, std::uint32_t count, ByteSpan sealed, MutByteSpan content) const;

 private:
  /// Where the plaintext of one chunk comes from, in this order.
  struct Parts {
    std::uint32_t header = 0;
    std::uint32_t content = 0;
    std::uint32_t padding = 0;
  };
  [[nodiscard]] Parts parts(std::uint64_t chunk) const noexcept;

  ChunkSeal seal_;
  Bytes header_;
  std::uint64_t content_bytes_;
};

}  // namespace samara
