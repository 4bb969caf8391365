// Owns: the arithmetic between a torrent's bytes, its pieces and their blocks. Values only.
// Refuses to know: which pieces are there. With 16 KiB blocks, a 32-bit block index within a piece and
// a 32-bit piece index reach far beyond limits::pieces_max and limits::piece_bytes_max.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/checked.hpp"
#include "codec/metainfo.hpp"
#include "samara/config.hpp"
#include "samara/ids.hpp"
#include "wire/link.hpp"

namespace samara {

/// One block by its place: a piece and the number of the block within it.
struct BlockAt {
  PieceIndex piece;
  std::uint32_t block = 0;
  constexpr auto operator<=>(const BlockAt&) const = default;
};

struct Geometry {
  std::uint64_t total_bytes = 0;
  std::uint32_t piece_bytes = 0;  // 0: not known yet

  [[nodiscard]] static Geometry of(const Metainfo& info) noexcept { return {info.bytes, info.piece_bytes}; }

  [[nodiscard]] constexpr bool known() const noexcept { return piece_bytes != 0; }
  [[nodiscard]] constexpr std::uint32_t piece_count() const noexcept {
    return known() ? static_cast<std::uint32_t>(divide_up(total_bytes, piece_bytes)) : 0;
  }
  [[nodiscard]] constexpr std::uint64_t piece_offset(PieceIndex piece) const noexcept {
    return std::uint64_t{piece.value} * piece_bytes;
  }
  /// Length of a piece; the last may be shorter. piece < piece_count().
  [[nodiscard]] constexpr std::uint32_t piece_length(PieceIndex piece) const noexcept {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(piece_bytes, total_bytes - piece_offset(piece)));
  }
  [[nodiscard]] constexpr std::uint32_t block_count(PieceIndex piece) const noexcept {
    return static_cast<std::uint32_t>(divide_up(piece_length(piece), limits::block_bytes));
  }
  [[nodiscard]] constexpr std::uint32_t block_length(const BlockAt& at) const noexcept {
    return std::min(limits::block_bytes, piece_length(at.piece) - at.block * limits::block_bytes);
  }
  /// The block as requests name it.
  [[nodiscard]] constexpr BlockRef ref(const BlockAt& at) const noexcept {
    return {at.piece.value, at.block * limits::block_bytes, block_length(at)};
  }
  /// The block a peer named, if it is exactly one of ours.
  [[nodiscard]] constexpr std::optional<BlockAt> at(const BlockRef& ref_) const noexcept {
    if (ref_.piece >= piece_count() || ref_.offset % limits::block_bytes != 0) return std::nullopt;
    const BlockAt place{PieceIndex{ref_.piece}, ref_.offset / limits::block_bytes};
    if (place.block >= block_count(place.piece) || block_length(place) != ref_.bytes) return std::nullopt;
    return place;
  }
  /// True when the range a peer named lies inside its piece and is not empty.
  [[nodiscard]] constexpr bool contains(const BlockRef& ref_) const noexcept {
    if (ref_.piece >= piece_count() || ref_.bytes == 0) return false;
    return std::uint64_t{ref_.offset} + ref_.bytes <= piece_length(PieceIndex{ref_.piece});
  }
};

}  // namespace samara
