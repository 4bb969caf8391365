// Owns: what happens to a piece once its blocks are here: hash, blame, store, announce.
#include <vector>

#include "swarm/torrent.hpp"

namespace samara {

void Torrent::hash_on(Instant now, PieceIndex piece) {
  Partial* partial = assembly_.find(piece);
  if (partial == nullptr) return;
  const std::uint32_t before = partial->hashed_blocks;
  assembly_.hash(*partial, hash_budget_);
  hash_budget_ -= partial->hashed_blocks - before;
  if (!partial->complete()) return;
  if (partial->hashed()) {
    finish_piece(now, piece, *partial);
  } else {
    unhashed_.push_front(piece);
  }
}

void Torrent::finish_piece(Instant now, PieceIndex piece, Partial& partial) {
  if (partial.sha.finish() != metainfo_->piece_hash(piece)) {
    piece_failed(now, piece, partial);
    return;
  }
  const std::vector<PeerKey> guilty = verify_.passed(piece, partial);
  states_[piece.value] = PieceState::writing;
  downloaded_bytes_ += partial.length;
  for (auto& [link, peer] : peers_) {
    if (!peer.closing && peer.pieces.test(piece.value)) --peer.wanted_pieces;
  }
  if (seal_ || head_limit_ > 0) {
    keep_piece(piece, partial);
  } else {
    write_piece(piece, partial);
  }
  emit(TorrentEvent::Kind::verified, nullptr, piece.value);
  assembly_.drop(piece);
  for (const PeerKey& key : guilty) ban(now, key);
}

void Torrent::piece_failed(Instant now, PieceIndex piece, const Partial& partial) {
  const std::optional<PeerKey> culprit = verify_.failed(piece, partial);
  shared_.outbox.log(LogLevel::info, "swarm", "piece-bad-hash", piece.value);
  drop_piece(piece);
  if (culprit && scores_.bad_piece(now, *culprit)) ban(now, *culprit);
}

void Torrent::ban(Instant now, const PeerKey& key) {
  scores_.ban(now, key);
  for (auto& [link, peer] : peers_) {
    if (peer.up && peer.key == key) close(peer, {Code::piece_bad_hash, Fault::remote});
  }
}

// The bytes are copied to the outbox, so that the torrent may be gone before they are written. They
// count as ours until the store has them: a slow store slows the asking down.
void Torrent::write_piece(PieceIndex piece, const Partial& partial) {
  const StoreOp op = shared_.ops.issue({OpOwner::Kind::torrent, id_.value});
  ops_.emplace(op, PendingOp{.write = true, .piece = piece, .bytes = partial.length, .unit = {}, .generation = generation_});
  writing_bytes_ += partial.length;
  const ByteSpan bytes = shared_.outbox.arena().copy(partial.span());
  shared_.outbox.push(out::StoreWrite{op, blob_, geometry_.piece_offset(piece), bytes});
}

void Torrent::write_done(const PendingOp& op, StoreStatus status) {
  writing_bytes_ -= op.bytes;
  refill_all_ = true;
  if (op.generation != generation_) return;
  if (status != StoreStatus::ok) return write_failed(op.piece, status);
  if (seal_ && !opened(op.piece)) return;
  piece_stored(op.piece);
}

void Torrent::write_failed(PieceIndex piece, StoreStatus status) {
  states_[piece.value] = PieceState::missing;
  opening_.erase(piece);
  picker_.wanted(piece);
  for (auto& [link, peer] : peers_) {
    if (!peer.closing && peer.pieces.test(piece.value)) ++peer.wanted_pieces;
  }
  if (write_failed_) return;
  write_failed_ = true;
  stop_downloading();
  emit(TorrentEvent::Kind::store_failed);
  events_.back().status = status;
}

void Torrent::piece_stored(PieceIndex piece) {
  states_[piece.value] = PieceState::stored;
  have_.set(piece.value);
  stored_bytes_ += geometry_.piece_length(piece);
  emit(TorrentEvent::Kind::stored, nullptr, piece.value);
  // Also to those that have it: only so does a seeder learn that its peer got everything.
  for (auto& [link, peer] : peers_) {
    if (peer.closing || !peer.pieces_told) continue;
    peer.link.send_have(now_, piece.value, have_interval(peer, piece));
  }
  finish_if_complete();
}

// How long a have may wait for others: whoever wants the piece waits for it, a complete peer only counts, and for the rest it is
// one source more. The last one tells everybody that there is nothing left to give us.
std::uint32_t Torrent::have_interval(const Peer& peer, PieceIndex piece) const noexcept {
  if (have_.all()) return 0;
  if (!peer.pieces.test(piece.value)) return limits::have_wanted_interval_ms;
  return peer.pieces.all() ? limits::have_complete_interval_ms : limits::have_interval_ms;
}

}  // namespace samara
