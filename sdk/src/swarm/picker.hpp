// Owns: which blocks to ask of a link next: what a reader needs, in order; pieces already begun; the rarest piece the
// peer has, random among equals in runs of neighbours; then (endgame) blocks that others were asked for and have not given.
// Refuses to know: links, messages, time-outs. It sees a link only through PickView.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bitfield.hpp"
#include "base/rng.hpp"
#include "swarm/assembly.hpp"
#include "swarm/geometry.hpp"

namespace samara {

/// The link that blocks are picked for, and what it may begin.
class PickView {
 public:
  PickView() = default;
  PickView(const PickView&) = delete;
  PickView& operator=(const PickView&) = delete;
  virtual ~PickView() = default;

  /// The peer has this piece and may be asked for it.
  [[nodiscard]] virtual bool has(PieceIndex piece) const = 0;
  /// A piece of that many bytes may be begun (memory).
  [[nodiscard]] virtual bool may_start(std::uint32_t bytes) const = 0;
  /// The piece must come from one peer alone (it was bad before).
  [[nodiscard]] virtual bool alone(PieceIndex piece) const = 0;
  /// This link was asked for the block already.
  [[nodiscard]] virtual bool asked_here(const BlockAt& at) const = 0;
  [[nodiscard]] virtual LinkId link() const = 0;
  /// Pieces that more links have than this are left to those, unless a reader waits for them.
  [[nodiscard]] virtual std::uint32_t reach() const = 0;
};

class Picker {
 public:
  /// Availability counts links, so it never exceeds limits::links_per_torrent_max.
  Picker() : bucket_end_(limits::links_per_torrent_max + 1) {}

  /// Starts over: every piece not in `have` is wanted, in random order, and nobody has any.
  void reset(std::uint32_t piece_count, const Bitfield& have, Rng& rng);

  /// One more, or one less, link has the piece. O(1).
  void more(PieceIndex piece);
  void less(PieceIndex piece);
  [[nodiscard]] std::uint32_t availability(PieceIndex piece) const { return available_[piece.value]; }

  /// The piece is begun or here: never picked to begin, until wanted() again.
  void taken(PieceIndex piece);
  void wanted(PieceIndex piece);

  /// The pieces [begin, end) come before all others from now on, in order: somebody is about to read them.
  void set_window(std::uint32_t begin, std::uint32_t end) noexcept;

  /// Up to `count` blocks for the link, marked as asked in the assembly and appended to `out`.
  /// Pieces are begun in the assembly as needed.
  void pick(Instant now, const PickView& view, Assembly& assembly, Rng& rng, std::uint32_t count,
            std::vector<BlockAt>& out);

  /// When a block may be asked a second time for a link that found nothing in the last pick(), if the
  /// end is near and it was too early.
  [[nodiscard]] std::optional<Instant> endgame_at() const noexcept { return endgame_at_; }
  /// Wanted pieces, not begun, that some link has.
  [[nodiscard]] std::uint32_t startable() const noexcept;
  /// Those of them that more than `links` links have.
  [[nodiscard]] std::uint32_t startable_beyond(std::uint32_t links) const noexcept;

 private:
  /// One pick(): for whom, where to, and how many blocks there may be at the end.
  struct Round {
    Instant now;
    const PickView& view;
    Assembly& assembly;
    std::size_t goal;
    std::vector<BlockAt>& out;
    std::uint32_t reach;
    [[nodiscard]] bool full() const noexcept { return out.size() >= goal; }
    void ask(const BlockAt& at);
  };
  void ask_free(Round& round, PieceIndex piece, const Partial& partial);
  bool begin(Round& round, PieceIndex piece);
  bool pick_window(Round& round);
  void pick_endgame(Round& round);
  [[nodiscard]] std::optional<PieceIndex> rarest(const Round& round, Rng& rng, std::uint32_t run_pieces) const;
  [[nodiscard]] std::optional<PieceIndex> neighbour(const PickView& view, std::uint32_t bucket, std::uint32_t run_pieces) const;
  void place(std::uint32_t position, std::uint32_t piece);
  [[nodiscard]] std::uint32_t bucket_begin(std::uint32_t bucket) const {
    return bucket == 0 ? 0 : bucket_end_[bucket - 1];
  }

  static constexpr std::uint32_t nowhere = 0xffff'ffff;

  // order_ holds the wanted, not begun pieces, sorted by availability: bucket a ends at bucket_end_[a].
  std::vector<std::uint32_t> order_;
  std::vector<std::uint32_t> position_;  // of each piece in order_, or nowhere
  std::vector<std::uint32_t> available_;
  std::vector<std::uint32_t> bucket_end_;
  std::uint32_t last_begun_ = nowhere;
  std::uint32_t window_begin_ = 0;
  std::uint32_t window_end_ = 0;
  std::optional<Instant> endgame_at_;
};

}  // namespace samara
