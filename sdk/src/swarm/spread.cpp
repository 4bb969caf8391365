// Owns: the rules of spread.hpp.
#include "swarm/spread.hpp"

namespace samara {

void Spread::begin(std::uint32_t piece_count) {
  if (!active()) first_.assign(piece_count, LinkId{});
}

void Spread::gave(PieceIndex piece, LinkId link) {
  if (active() && first_[piece.value].none()) first_[piece.value] = link;
}

void Spread::removed(LinkId link) {
  for (LinkId& first : first_) {
    if (first == link) first = {};
  }
}

bool Spread::begun_for_other(PieceIndex piece, LinkId link) const {
  return active() && !first_[piece.value].none() && first_[piece.value] != link;
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
