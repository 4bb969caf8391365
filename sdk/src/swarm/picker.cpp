// Owns: the order of pieces by availability, kept by swaps at the edges of its buckets, and the picks.
#include "swarm/picker.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace samara {
namespace {

/// Few pieces are picked one by one: receivers that start together must end up with different ones.
constexpr std::uint32_t runs_from_pieces = 512;

std::uint32_t run_length(const Geometry& geometry) {
  if (geometry.piece_count() < runs_from_pieces) return 1;
  return std::max(1U, limits::pick_run_bytes / geometry.piece_bytes);
}

}  // namespace


void Picker::reset(std::uint32_t piece_count, const Bitfield& have, Rng& rng) {
  order_.clear();
  position_.assign(piece_count, nowhere);
  available_.assign(piece_count, 0);
  for (std::uint32_t piece = 0; piece < piece_count; ++piece) {
    if (!have.test(piece)) order_.push_back(piece);
  }
  for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[static_cast<std::size_t>(rng.below(i))]);
  for (std::uint32_t i = 0; i < order_.size(); ++i) position_[order_[i]] = i;
  std::ranges::fill(bucket_end_, static_cast<std::uint32_t>(order_.size()));
  endgame_at_.reset();
}

void Picker::place(std::uint32_t position, std::uint32_t piece) {
  order_[position] = piece;
  position_[piece] = position;
}

void Picker::more(PieceIndex piece) {
  std::uint32_t& available = available_[piece.value];
  SAMARA_ASSERT(available + 1 < bucket_end_.size());
  if (position_[piece.value] != nowhere) {
    // The last of the bucket takes its place; it becomes the first of the next bucket.
    const std::uint32_t last = --bucket_end_[available];
    const std::uint32_t mine = position_[piece.value];
    place(mine, order_[last]);
    place(last, piece.value);
  }
  ++available;
}

void Picker::less(PieceIndex piece) {
  std::uint32_t& available = available_[piece.value];
  SAMARA_ASSERT(available > 0);
  --available;
  if (position_[piece.value] != nowhere) {
    const std::uint32_t first = bucket_end_[available]++;
    const std::uint32_t mine = position_[piece.value];
    place(mine, order_[first]);
    place(first, piece.value);
  }
}

void Picker::taken(PieceIndex piece) {
  if (position_[piece.value] == nowhere) return;
  // Out through the top: swapped to the end of each bucket from its own upwards.
  for (std::uint32_t bucket = available_[piece.value]; bucket < bucket_end_.size(); ++bucket) {
    const std::uint32_t last = --bucket_end_[bucket];
    const std::uint32_t mine = position_[piece.value];
    place(mine, order_[last]);
    place(last, piece.value);
  }
  SAMARA_ASSERT(order_.back() == piece.value);
  order_.pop_back();
  position_[piece.value] = nowhere;
}

void Picker::wanted(PieceIndex piece) {
  if (position_[piece.value] != nowhere) return;
  order_.push_back(piece.value);
  position_[piece.value] = static_cast<std::uint32_t>(order_.size() - 1);
  const auto top = static_cast<std::uint32_t>(bucket_end_.size() - 1);
  ++bucket_end_[top];
  for (std::uint32_t bucket = top; bucket > available_[piece.value]; --bucket) {
    const std::uint32_t first = bucket_end_[bucket - 1]++;
    const std::uint32_t mine = position_[piece.value];
    place(mine, order_[first]);
    place(first, piece.value);
  }
}

std::uint32_t Picker::startable() const noexcept {
  return startable_beyond(0);
}

std::uint32_t Picker::startable_beyond(std::uint32_t links) const noexcept {
  return static_cast<std::uint32_t>(order_.size()) - bucket_end_[links];
}

/// The piece behind the one begun last, where it is as rare as any and in the same run: whoever stores
/// and whoever serves then works through neighbours instead of jumping.
std::optional<PieceIndex> Picker::neighbour(const PickView& view, std::uint32_t bucket, std::uint32_t run_pieces) const {
  if (last_begun_ == nowhere) return std::nullopt;
  const std::uint32_t next = last_begun_ + 1;
  if (next >= position_.size() || next % run_pieces == 0 || position_[next] == nowhere) return std::nullopt;
  if (available_[next] != bucket || !view.has(PieceIndex{next})) return std::nullopt;
  return PieceIndex{next};
}

std::optional<PieceIndex> Picker::rarest(const Round& round, Rng& rng, std::uint32_t run_pieces) const {
  const PickView& view = round.view;
  for (std::uint32_t bucket = 1; bucket < bucket_end_.size() && bucket <= round.reach; ++bucket) {
    const std::uint32_t begin = bucket_begin(bucket);
    const std::uint32_t size = bucket_end_[bucket] - begin;
    if (size == 0) continue;
    if (const auto next = neighbour(view, bucket, run_pieces)) return next;
    const auto turn = static_cast<std::uint32_t>(rng.below(size));
    for (std::uint32_t i = 0; i < size; ++i) {
      const PieceIndex piece{order_[begin + (turn + i) % size]};
      if (view.has(piece)) return piece;
    }
  }
  return std::nullopt;
}

void Picker::set_window(std::uint32_t begin, std::uint32_t end) noexcept {
  window_begin_ = begin;
  window_end_ = end;
}

void Picker::pick(Instant now, const PickView& view, Assembly& assembly, Rng& rng, std::uint32_t count,
                  std::vector<BlockAt>& out) {
  endgame_at_.reset();
  Round round{now, view, assembly, out.size() + count, out, view.reach()};
  const std::uint32_t run_pieces = run_length(assembly.geometry());
  if (!pick_window(round)) return;
  if (assembly.free_blocks() > 0) {
    for (const auto& [piece, partial] : assembly.partials()) {
      if (available_[piece.value] <= round.reach) ask_free(round, piece, partial);
    }
  }
  while (!round.full() && startable() > 0) {
    const std::optional<PieceIndex> piece = rarest(round, rng, run_pieces);
    if (!piece || !begin(round, *piece)) return;
  }
  if (startable() == 0) pick_endgame(round);
}

/// False when memory does not allow what the reader needs: then nothing else is begun either.
bool Picker::pick_window(Round& round) {
  for (std::uint32_t i = window_begin_; i < window_end_ && !round.full(); ++i) {
    const PieceIndex piece{i};
    if (const Partial* partial = round.assembly.find(piece)) {
      ask_free(round, piece, *partial);
    } else if (position_[i] != nowhere && round.view.has(piece) && !begin(round, piece)) {
      return false;
    }
  }
  return true;
}

void Picker::Round::ask(const BlockAt& at) {
  assembly.asked(now, at);
  out.push_back(at);
}

bool Picker::begin(Round& round, PieceIndex piece) {
  if (!round.view.may_start(round.assembly.geometry().piece_length(piece))) return false;
  taken(piece);
  last_begun_ = piece.value;
  ask_free(round, piece, round.assembly.start(round.now, piece, round.view.alone(piece) ? round.view.link() : LinkId{}));
  return true;
}

void Picker::ask_free(Round& round, PieceIndex piece, const Partial& partial) {
  if (partial.free_blocks == 0 || !round.view.has(piece)) return;
  if (!partial.owner.none() && partial.owner != round.view.link()) return;
  for (std::uint32_t block = 0; block < partial.slots.size() && partial.free_blocks > 0 && !round.full(); ++block) {
    const BlockSlot& slot = partial.slots[block];
    if (!slot.here && slot.askers == 0 && !round.view.asked_here({piece, block})) round.ask({piece, block});
  }
}

// From the back: the block that was asked last is the one least likely to be on its way, and two
// links that share the rest meet in the middle.
void Picker::pick_endgame(Round& round) {
  auto& partials = round.assembly.partials();
  for (auto it = partials.rbegin(); it != partials.rend(); ++it) {
    auto& [piece, partial] = *it;
    if (partial.complete() || !partial.owner.none() || !round.view.has(piece)) continue;
    if (available_[piece.value] > round.reach) continue;
    for (auto block = static_cast<std::uint32_t>(partial.slots.size()); block-- > 0;) {
      const BlockSlot& slot = partial.slots[block];
      if (slot.here || slot.askers == 0 || slot.askers >= limits::endgame_askers_max) continue;
      if (round.view.asked_here({piece, block})) continue;
      if (round.now < slot.ripe_at) {
        if (!endgame_at_ || slot.ripe_at < *endgame_at_) endgame_at_ = slot.ripe_at;
        continue;
      }
      if (round.full()) return;
      round.ask({piece, block});
    }
  }
}

}  // namespace samara
