// Owns: keeping and telling what came before the geometry.
#include "wire/early_pieces.hpp"

#include "base/assert.hpp"
#include "samara/config.hpp"

namespace samara {
namespace {

void move_bit(samara::Bitfield& to, samara::Bitfield& from, std::uint32_t piece) {
  SAMARA_ASSERT(piece < limits::pieces_max);
  if (to.size() == 0) to = samara::Bitfield(limits::pieces_max);
  to.set(piece);
  if (from.size() != 0) from.reset(piece);
}

}  // namespace

void EarlyPieces::keep_bitfield(ByteSpan wire) {
  SAMARA_ASSERT(wire.size() <= limits::early_bitfield_bytes_max);
  base_ = Base::bitfield;
  bitfield_ = to_bytes(wire);
}

void EarlyPieces::keep_have(std::uint32_t piece) { move_bit(haves_, dont_haves_, piece); }

void EarlyPieces::keep_dont_have(std::uint32_t piece) { move_bit(dont_haves_, haves_, piece); }

Result<std::optional<Said>> EarlyPieces::next(const LinkGeometry& geometry) {
  if (base_ != Base::unsaid) return tell_base(geometry);
  for (; cursor_ < 2 * limits::pieces_max; ++cursor_) {
    const bool dont = cursor_ >= limits::pieces_max;
    const std::uint32_t piece = cursor_ % limits::pieces_max;
    const samara::Bitfield& bits = dont ? dont_haves_ : haves_;
    if (bits.none() || !bits.test(piece)) continue;
    if (const auto in_range = check_piece_index(piece, geometry); !in_range) return std::unexpected(in_range.error());
    ++cursor_;
    return dont ? Said{said::DontHave{piece}} : Said{said::Have{piece}};
  }
  return std::nullopt;
}

Result<std::optional<Said>> EarlyPieces::tell_base(const LinkGeometry& geometry) {
  const Base base = base_;
  base_ = Base::unsaid;
  if (base == Base::all) return Said{said::HaveAll{}};
  if (base == Base::none) return Said{said::HaveNone{}};
  if (const auto legal = check_bitfield(bitfield_, geometry); !legal) return std::unexpected(legal.error());
  return Said{said::Bitfield{bitfield_}};
}

}  // namespace samara
