// Owns: the rules of spread.hpp.
#include "swarm/spread.hpp"

namespace samara {

void Spread::begin(std::uint32_t piece_count) {
  if (!active()) given_.assign(piece_count, {});
}

bool Spread::gave(PieceIndex piece, LinkId link) {
  if (!active()) return false;
  Given& given = given_[piece.value];
  if (given.first.none()) given = {link, true};
  if (given.first == link) return given.alone;
  return given.alone = false;
}

LinkId Spread::passed_on(PieceIndex piece, LinkId by) {
  if (!active()) return {};
  Given& given = given_[piece.value];
  if (!given.alone || given.first == by) return {};
  given.alone = false;
  return given.first;
}

void Spread::removed(LinkId link) {
  for (Given& given : given_) {
    if (given.first == link) given = {};
  }
}

bool Spread::begun_for_other(PieceIndex piece, LinkId link) const {
  if (!active()) return false;
  const LinkId first = given_[piece.value].first;
  return !first.none() && first != link;
}

// The surplus grows only when pieces come from others: a link that has nobody but us never waits.
void Elsewhere::has_more(Instant now, std::uint32_t piece_bytes, std::uint64_t sent_bytes) noexcept {
  told_bytes_ += piece_bytes;
  if (told_bytes_ <= sent_bytes + best_surplus_bytes_) return;
  best_surplus_bytes_ = told_bytes_ - sent_bytes;
  at_ = now;
}

bool Elsewhere::lately(Instant now) const noexcept {
  return best_surplus_bytes_ > 0 && now < at_ + milliseconds(limits::elsewhere_ms);
}

}  // namespace samara
