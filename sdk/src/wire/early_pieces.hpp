// Owns: what a peer said about its pieces before we knew how many there are, kept in bounded memory
// and told, checked, once we know. Refuses to know: whether the peer was allowed to say it then.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bitfield.hpp"
#include "samara/bytes.hpp"
#include "samara/error.hpp"
#include "wire/message.hpp"

namespace samara {

class EarlyPieces {
 public:
  /// bitfield, have-all or have-none; kept as they came. The bitfield is at most early_bitfield_bytes_max.
  void keep_bitfield(ByteSpan wire);
  void keep_have_all() noexcept { base_ = Base::all; }
  void keep_have_none() noexcept { base_ = Base::none; }
  /// piece < pieces_max. A later have undoes an earlier don't-have and the other way round.
  void keep_have(std::uint32_t piece);
  void keep_dont_have(std::uint32_t piece);

  /// With the geometry known: first the bitfield, have-all or have-none, then the haves and the
  /// don't-haves in rising order, then nothing. The bitfield's span lives until the next call.
  /// Errors: bitfield_bad_size, bitfield_spare_bits, have_out_of_range.
  [[nodiscard]] Result<std::optional<Said>> next(const LinkGeometry& geometry);

 private:
  enum class Base : std::uint8_t { unsaid, bitfield, all, none };
  [[nodiscard]] Result<std::optional<Said>> tell_base(const LinkGeometry& geometry);

  Base base_ = Base::unsaid;
  Bytes bitfield_;
  samara::Bitfield haves_;       // pieces_max bits once anything was said
  samara::Bitfield dont_haves_;
  std::uint32_t cursor_ = 0;
};

}  // namespace samara
