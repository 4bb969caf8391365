// Owns: the mapping of sealed_content.hpp. Chunks that hold content alone are sealed and opened without a copy; those
// with an edge in them (header, padding) go through a buffer of one chunk.
#include "swarm/sealed_content.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace samara {
namespace {

/// How much of [start, end) lies in [from, to).
std::uint32_t overlap(std::uint64_t start, std::uint64_t end, std::uint64_t from, std::uint64_t to) noexcept {
  const std::uint64_t low = std::max(start, from);
  const std::uint64_t high = std::min(end, to);
  return high > low ? static_cast<std::uint32_t>(high - low) : 0;
}

/// A chunk of plaintext with an edge in it, made when there is one; wiped, because it is content.
struct EdgeBuffer {
  Bytes bytes;
  MutByteSpan of(std::uint32_t size) {
    bytes.resize(size);
    return bytes;
  }
  ~EdgeBuffer() { wipe(bytes); }
};

}  // namespace

SealedContent::SealedContent(const Key32& prk, const SealGeometry& geometry, Bytes header, std::uint64_t content_bytes)
    : seal_(prk, geometry), header_(std::move(header)), content_bytes_(content_bytes) {
  SAMARA_ASSERT(header_.size() + content_bytes_ <= geometry.padded_bytes);
}

std::uint64_t SealedContent::first_chunk(PieceIndex piece) const noexcept {
  return std::uint64_t{piece.value} * geometry().chunks_per_piece();
}

std::uint32_t SealedContent::chunks_in(PieceIndex first, std::uint32_t pieces) const noexcept {
  const std::uint64_t whole = std::uint64_t{pieces} * geometry().chunks_per_piece();
  return static_cast<std::uint32_t>(std::min(whole, geometry().chunks() - first_chunk(first)));
}

std::uint32_t SealedContent::sealed_bytes(std::uint64_t first, std::uint32_t count) const noexcept {
  const std::uint64_t start = first * geometry().chunk_bytes();
  const std::uint64_t end = std::min(geometry().sealed_bytes(), (first + count) * geometry().chunk_bytes());
  return static_cast<std::uint32_t>(end - start);
}

std::uint64_t SealedContent::content_before(std::uint64_t chunk) const noexcept {
  const std::uint64_t start = chunk * geometry().stride();
  return start <= header_.size() ? 0 : std::min(start - header_.size(), content_bytes_);
}

SealedContent::Range SealedContent::content_of(std::uint64_t first, std::uint32_t count) const noexcept {
  const std::uint64_t start = content_before(first);
  return {start, static_cast<std::uint32_t>(content_before(first + count) - start)};
}

PieceIndex SealedContent::piece_at(std::uint64_t offset) const noexcept {
  const std::uint64_t chunk = (header_.size() + offset) / geometry().stride();
  return PieceIndex{static_cast<std::uint32_t>(chunk / geometry().chunks_per_piece())};
}

SealedContent::Parts SealedContent::parts(std::uint64_t chunk) const noexcept {
  const std::uint64_t start = chunk * geometry().stride();
  const std::uint64_t end = start + geometry().plain_bytes(chunk);
  const std::uint64_t header = header_.size();
  return {overlap(start, end, 0, header), overlap(start, end, header, header + content_bytes_),
          overlap(start, end, header + content_bytes_, geometry().padded_bytes)};
}

void SealedContent::seal(std::uint64_t first, std::uint32_t count, ByteSpan content, MutByteSpan sealed) const {
  EdgeBuffer edge;
  for (std::uint64_t chunk = first; chunk < first + count; ++chunk) {
    const Parts part = parts(chunk);
    const std::uint32_t bytes = geometry().plain_bytes(chunk);
    ByteSpan plain = content.first(part.content);
    if (part.content != bytes) {
      const MutByteSpan mixed = edge.of(bytes);
      const ByteSpan header = part.header == 0 ? ByteSpan{} : ByteSpan(header_).subspan(static_cast<std::size_t>(chunk) * geometry().stride(), part.header);
      const auto behind_header = std::ranges::copy(header, mixed.begin()).out;
      std::fill_n(std::ranges::copy(plain, behind_header).out, part.padding, std::uint8_t{0});
      plain = mixed;
    }
    seal_.seal(chunk, plain, sealed.first(bytes + seal_tag_bytes));
    content = content.subspan(part.content);
    sealed = sealed.subspan(bytes + seal_tag_bytes);
  }
}

SealedContent::Opened SealedContent::open(std::uint64_t first, std::uint32_t count, ByteSpan sealed,
                                          MutByteSpan content) const {
  EdgeBuffer edge;
  for (std::uint64_t chunk = first; chunk < first + count; ++chunk) {
    const Parts part = parts(chunk);
    const std::uint32_t bytes = geometry().plain_bytes(chunk);
    const bool whole = part.content == bytes;
    const MutByteSpan plain = whole ? content.first(bytes) : edge.of(bytes);
    if (!seal_.open(chunk, sealed.first(bytes + seal_tag_bytes), plain)) return Opened::bad_chunk;
    if (!whole) {
      std::ranges::copy(plain.subspan(part.header, part.content), content.begin());
      if (!is_padding(plain.subspan(part.header + part.content))) return Opened::bad_padding;
    }
    content = content.subspan(part.content);
    sealed = sealed.subspan(bytes + seal_tag_bytes);
  }
  return Opened::ok;
}

}  // namespace samara
