// Owns: asking for blocks, taking them in, what happens to a piece once it is whole.
#include <algorithm>
#include <vector>

#include "swarm/torrent.hpp"

namespace samara {

class Torrent::View final : public PickView {
 public:
  View(const Torrent& torrent, const Peer& peer, std::uint32_t reach) : torrent_(torrent), peer_(peer), reach_(reach) {}

  [[nodiscard]] bool has(PieceIndex piece) const override {
    if (!peer_.pieces.test(piece.value)) return false;
    if (torrent_.head_limit_ > 0 && piece.value >= torrent_.head_limit_) return false;
    return torrent_.picker_.availability(piece) < 2 || !torrent_.verify_.blamed(piece, peer_.key);
  }
  [[nodiscard]] bool may_start(std::uint32_t bytes) const override {
    const std::uint64_t others = torrent_.shared_.partial_bytes - torrent_.accounted_bytes_;
    const std::uint64_t ours = torrent_.assembly_.bytes() + torrent_.writing_bytes_;
    return others + ours + bytes <= limits::partial_bytes_max;
  }
  [[nodiscard]] bool alone(PieceIndex piece) const override { return torrent_.verify_.suspect(piece); }
  [[nodiscard]] bool asked_here(const BlockAt& at) const override { return peer_.requests.has(at); }
  [[nodiscard]] LinkId link() const override { return peer_.id; }
  [[nodiscard]] std::uint32_t reach() const override { return reach_; }

 private:
  const Torrent& torrent_;
  const Peer& peer_;
  std::uint32_t reach_;
};

void Torrent::account_memory() noexcept {
  std::uint64_t held = assembly_.bytes() + writing_bytes_;
  for (const auto& [piece, opening] : opening_) held += opening.bytes ? opening.length : 0;
  shared_.partial_bytes = shared_.partial_bytes - accounted_bytes_ + held;
  accounted_bytes_ = held;
}

std::uint32_t Torrent::allowed_blocks(Instant now, std::uint32_t blocks) {
  if (!shared_.download.limited()) return blocks;
  std::uint32_t allowed = 0;
  while (allowed < blocks && shared_.download.take(now, id_, limits::block_bytes)) ++allowed;
  if (allowed < blocks) download_retry_at_ = shared_.download.retry_at(now, limits::block_bytes);
  return allowed;
}

void Torrent::refill(Instant now, Peer& peer) {
  peer.dirty = false;
  if (!peer.up || peer.choking_us || !peer.interesting || !downloading()) return;
  if (!peer.pieces.all()) peer.requests.begin_small();
  // A complete peer with others is asked far ahead: it answers first what nobody has, and can only choose among requests.
  const std::uint32_t least = peer.pieces.all() && peers_.size() > 1 ? limits::pipeline_blocks_initial : 0;
  std::uint32_t room = peer.requests.room(now, peer.received.rate(now), least);
  // The end game's second requests are few and do not wait for the limit.
  const bool fresh = assembly_.free_blocks() > 0 || picker_.startable() > 0;
  if (fresh) room = allowed_blocks(now, room);
  room -= take_over(now, peer, room);
  if (room == 0) return;
  picked_.clear();
  if (!fresh) foresee(now);
  const std::uint32_t reached = peer.pieces.all() && partners_suffice(now) ? full_links_ : limits::links_per_torrent_max;
  picker_.pick(now, View(*this, peer, reached), assembly_, shared_.rng, room, picked_);
  for (const BlockAt& at : picked_) {
    states_[at.piece.value] = PieceState::begun;
    if (assembly_.find(at.piece)->slots[at.block].askers > 1) unload(peer, at);
    ask(now, peer, at);
  }
  std::optional<Instant> ripe = picker_.endgame_at();
  // What was left to others is looked at again soon: they may not give it.
  const bool left = reached < limits::links_per_torrent_max && picked_.size() < room;
  if (left && !ripe) ripe = now + milliseconds(limits::endgame_patience_ms);
  if (ripe && (!endgame_at_ || *ripe < *endgame_at_)) endgame_at_ = ripe;
}

void Torrent::ask(Instant now, Peer& peer, const BlockAt& at) {
  peer.requests.sent(now, at);
  peer.link.send_request(geometry_.ref(at));
}

void Torrent::on(Instant now, Peer& peer, const said::Piece& said) {
  const auto size = static_cast<std::uint32_t>(said.bytes.size());
  const std::optional<BlockAt> at = geometry_.at({said.piece, said.offset, size});
  const auto arrival = at ? peer.requests.arrived(now, *at) : Requests::Arrival::unasked;
  if (arrival == Requests::Arrival::unasked) {
    // Never asked for, or a second copy. Not payload; an honest peer hardly ever does this.
    if (++peer.unasked > limits::unasked_pieces_max) close(peer, {Code::piece_not_requested, Fault::remote, said.piece});
    return;
  }
  peer.dirty = true;
  peer.rejects = 0;
  const bool counted = arrival == Requests::Arrival::asked && !peer.requests.overdue();
  if (peer.requests.overdue()) revive(now, peer);
  if (counted) assembly_.unasked(*at);
  take_block(now, peer, *at, said.bytes);
}

void Torrent::take_block(Instant now, Peer& peer, const BlockAt& at, ByteSpan bytes) {
  if (!assembly_.put(now, at, bytes, peer.key)) return;
  peer.received.add(now, bytes.size());
  download_.add(now, bytes.size());
  if (!first_byte_told_) {
    first_byte_told_ = true;
    emit(TorrentEvent::Kind::first_byte, &peer);
  }
  cancel_elsewhere(peer, at);
  hash_on(now, at.piece);
}

void Torrent::cancel_elsewhere(const Peer& giver, const BlockAt& at) {
  const Partial* partial = assembly_.find(at.piece);
  if (partial->slots[at.block].askers == 0 && overdue_links_ == 0) return;
  for (auto& [link, peer] : peers_) {
    if (link != giver.id && !peer.closing && withdraw(peer, at)) peer.dirty = true;
  }
}

// It answers again: what is still outstanding counts again.
void Torrent::revive(Instant now, Peer& peer) {
  if (!peer.requests.revive()) return;
  --overdue_links_;
  for (const Asked& asked : peer.requests.outstanding()) {
    if (assembly_.find(asked.at.piece) != nullptr) assembly_.asked(now, asked.at);
  }
}

void Torrent::release_requests(Peer& peer) {
  if (peer.requests.overdue()) {
    --overdue_links_;
  } else {
    for (const Asked& asked : peer.requests.outstanding()) assembly_.unasked(asked.at);
  }
  peer.requests.give_up();
  refill_all_ = true;
}

void Torrent::set_playhead(Instant now, std::uint64_t offset) {
  const std::uint64_t total = seal_ ? seal_->content_bytes() : geometry_.total_bytes;
  if (!downloading() || head_limit_ > 0 || offset >= total) return;
  now_ = now;
  const auto piece_at = [this](std::uint64_t at) {
    return seal_ ? seal_->piece_at(at).value : static_cast<std::uint32_t>(at / geometry_.piece_bytes);
  };
  const std::uint32_t begin = piece_at(offset);
  const std::uint32_t end = piece_at(std::min(offset + limits::playback_window_bytes, total - 1)) + 1;
  picker_.set_window(begin, end);
  std::uint32_t next = begin;
  while (next < end && states_[next] >= PieceState::writing) ++next;
  // A jump: the reader waits for what nobody was asked for, behind a queue of what it does not need yet.
  const bool waits = next < end && states_[next] == PieceState::missing && picker_.availability(PieceIndex{next}) > 0;
  for (auto& [link, peer] : peers_) {
    if (peer.closing || next == end) continue;
    waits ? cancel_outside(peer, begin, end) : cancel_ahead(peer, next);
  }
  refill_all_ = true;
  settle(now);
}

void Torrent::cancel_outside(Peer& peer, std::uint32_t begin, std::uint32_t end) {
  const Queue<Asked> outstanding = peer.requests.outstanding();
  for (const Asked& asked : outstanding) {
    const std::uint32_t piece = asked.at.piece.value;
    if (piece < begin || piece >= end) withdraw(peer, asked.at);
  }
}

// What is small was asked for wholly before anybody read it, in random order: what stands before the piece that the
// reader waits for goes to the end of the queue.
void Torrent::cancel_ahead(Peer& peer, std::uint32_t next) {
  const Queue<Asked> outstanding = peer.requests.outstanding();
  const auto asks_next = [&](const Asked& asked) { return asked.at.piece.value == next; };
  if (std::ranges::none_of(outstanding, asks_next)) return;
  for (const Asked& asked : outstanding) {
    if (asks_next(asked)) return;
    withdraw(peer, asked.at);
  }
}

bool Torrent::withdraw(Peer& peer, const BlockAt& at) {
  if (!peer.requests.cancelled(at)) return false;
  peer.link.send_cancel(geometry_.ref(at));
  if (!peer.requests.overdue()) assembly_.unasked(at);
  return true;
}

void Torrent::on(Instant now, Peer& peer, const said::Reject& said) {
  const std::optional<BlockAt> at = geometry_.at(said.block);
  if (!at) return;
  const bool counted = !peer.requests.overdue();
  if (!peer.requests.rejected(now, *at)) return;
  if (counted) assembly_.unasked(*at);
  refill_all_ = true;
  // Rejects follow a choke. Without one, many in a row mean that it does not have what it says.
  if (!peer.choking_us && ++peer.rejects >= limits::rejects_before_lack) peer_lacks(peer, at->piece);
}

void Torrent::check_silence(Instant now, Peer& peer) {
  switch (peer.requests.silence(now)) {
    case Requests::Silence::none:
      return;
    case Requests::Silence::overdue:
      peer.requests.mark_overdue();
      ++overdue_links_;
      for (const Asked& asked : peer.requests.outstanding()) assembly_.unasked(asked.at);
      for (auto& [piece, partial] : assembly_.partials()) {
        if (partial.owner == peer.id) partial.owner = {};
      }
      refill_all_ = true;
      return;
    case Requests::Silence::snubbed:
      for (const Asked& asked : peer.requests.outstanding()) peer.link.send_cancel(geometry_.ref(asked.at));
      release_requests(peer);
      peer.requests.snub();
      return;
  }
}

/// Back to "not begun"; requests for it are withdrawn.
void Torrent::drop_piece(PieceIndex piece) {
  for (auto& [link, peer] : peers_) {
    std::vector<BlockAt> mine;
    for (const Asked& asked : peer.requests.outstanding()) {
      if (asked.at.piece == piece) mine.push_back(asked.at);
    }
    for (const BlockAt& at : mine) {
      peer.requests.cancelled(at);
      if (!peer.closing) peer.link.send_cancel(geometry_.ref(at));
    }
  }
  assembly_.drop(piece);
  states_[piece.value] = PieceState::missing;
  picker_.wanted(piece);
  refill_all_ = true;
}

/// Begun pieces that nobody is asked for give their memory back after a while.
void Torrent::drop_stale(Instant now) {
  std::vector<PieceIndex> stale;
  for (const auto& [piece, partial] : assembly_.partials()) {
    const bool asked = partial.free_blocks < partial.missing_blocks || partial.complete();
    if (!asked && now >= partial.touched + milliseconds(limits::partial_stale_ms)) stale.push_back(piece);
  }
  for (const PieceIndex piece : stale) drop_piece(piece);
}

void Torrent::stop_downloading() {
  for (auto& [link, peer] : peers_) {
    if (peer.closing) continue;
    for (const Asked& asked : peer.requests.outstanding()) peer.link.send_cancel(geometry_.ref(asked.at));
    release_requests(peer);
  }
  std::vector<PieceIndex> begun;
  for (const auto& [piece, partial] : assembly_.partials()) begun.push_back(piece);
  for (const PieceIndex piece : begun) drop_piece(piece);
  unhashed_.clear();
  account_memory();
}

}  // namespace samara
