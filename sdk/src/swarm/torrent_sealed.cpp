// Owns: a sealed torrent's pieces between swarm and store: opened before they are written, sealed and checked against
// their hashes before they are served; and the head, which is fetched before anybody knows how to open the rest.
#include <algorithm>
#include <cstring>
#include <utility>

#include "base/assert.hpp"
#include "swarm/torrent.hpp"

namespace samara {

void Torrent::set_seal(std::shared_ptr<const SealedContent> seal) {
  SAMARA_ASSERT(metainfo_);
  seal_ = std::move(seal);
  cache_.set_unit_bytes(seal_ ? geometry_.piece_bytes : limits::read_unit_bytes);
}

void Torrent::open_head(Instant now, std::uint32_t pieces) {
  SAMARA_ASSERT(metainfo_);
  now_ = now;
  if (head_limit_ == 0) {
    if (open_) stop_downloading();
    opening_.clear();
    sealing_.clear();
    ++generation_;
    blob_ = {};
    write_failed_ = false;
    stored_bytes_ = 0;
    have_ = Bitfield(geometry_.piece_count());
    states_.assign(geometry_.piece_count(), PieceState::missing);
    open_ = true;
    recount();
    for (auto& [link, peer] : peers_) tell_pieces(peer);
  }
  head_limit_ = std::min(pieces, geometry_.piece_count());
  refill_all_ = true;
  settle(now);
}

ByteSpan Torrent::head(PieceIndex piece) const noexcept {
  const auto it = head_.find(piece);
  return it == head_.end() ? ByteSpan{} : ByteSpan(it->second.bytes.get(), it->second.length);
}

/// A verified piece that does not go to the store as it is. Takes its bytes.
void Torrent::keep_piece(PieceIndex piece, Partial& partial) {
  Opening kept{.bytes = std::move(partial.bytes), .length = partial.length};
  if (head_limit_ > 0) {
    head_.insert_or_assign(piece, std::move(kept));
    emit(TorrentEvent::Kind::head, nullptr, piece.value);
    return;
  }
  opening_.insert_or_assign(piece, std::move(kept));
  open_on();
}

/// The pieces of the head need not be fetched again.
void Torrent::take_head(std::map<PieceIndex, Opening> head) {
  for (auto& [piece, kept] : head) {
    if (have_.test(piece.value) || !seal_) continue;
    states_[piece.value] = PieceState::writing;
    picker_.taken(piece);
    for (auto& [link, peer] : peers_) {
      if (!peer.closing && peer.pieces.test(piece.value)) --peer.wanted_pieces;
    }
    opening_.insert_or_assign(piece, std::move(kept));
  }
  seal_budget_ = limits::seal_bytes_per_step;
  open_on();
}

/// Opens as much as this step allows. A piece without content (header or padding alone) has nothing to write.
void Torrent::open_on() {
  std::vector<PieceIndex> begun;
  for (const auto& [piece, opening] : opening_) begun.push_back(piece);
  for (const PieceIndex piece : begun) {
    Opening& opening = opening_.at(piece);
    const std::uint32_t chunks = seal_->chunks_in(piece);
    if (opening.next_chunk == chunks) continue;  // waits for the store
    while (opening.next_chunk < chunks) {
      if (seal_budget_ == 0) return;
      if (!open_slice(piece, opening)) return;
    }
    opening.bytes.reset();
    if (opening.writes > 0) continue;
    opening_.erase(piece);
    piece_stored(piece);
  }
}

/// Some chunks of a piece, out of it and into the store. False when the share is bad: then nothing goes on.
bool Torrent::open_slice(PieceIndex piece, Opening& opening) {
  const std::uint32_t chunk_bytes = seal_->geometry().chunk_bytes();
  const std::uint32_t left = seal_->chunks_in(piece) - opening.next_chunk;
  const std::uint32_t count = std::clamp(seal_budget_ / chunk_bytes, 1U, left);
  const std::uint64_t first = seal_->first_chunk(piece) + opening.next_chunk;
  const std::uint32_t bytes = seal_->sealed_bytes(first, count);
  const SealedContent::Range range = seal_->content_of(first, count);
  const ByteSpan sealed(opening.bytes.get() + std::size_t{opening.next_chunk} * chunk_bytes, bytes);
  const MutByteSpan content = shared_.outbox.arena().take(range.bytes);
  const SealedContent::Opened result = seal_->open(first, count, sealed, content);
  seal_budget_ -= std::min(seal_budget_, bytes);
  opening.next_chunk += count;
  if (result != SealedContent::Opened::ok) {
    write_failed_ = true;
    opening_.clear();
    stop_downloading();
    emit(TorrentEvent::Kind::bad_content, nullptr, static_cast<std::uint64_t>(result));
    return false;
  }
  if (range.bytes == 0) return true;
  const StoreOp op = shared_.ops.issue({OpOwner::Kind::torrent, id_.value});
  ops_.emplace(op, PendingOp{.write = true, .piece = piece, .bytes = range.bytes, .unit = {}, .generation = generation_});
  writing_bytes_ += range.bytes;
  ++opening.writes;
  shared_.outbox.push(out::StoreWrite{op, blob_, range.offset, content});
  return true;
}

/// One of the piece's writes is done: was it the last?
bool Torrent::opened(PieceIndex piece) {
  const auto it = opening_.find(piece);
  if (it == opening_.end()) return false;
  --it->second.writes;
  if (it->second.writes > 0 || it->second.next_chunk < seal_->chunks_in(piece)) return false;
  opening_.erase(it);
  return true;
}

/// The whole piece, because only a whole piece can be checked against its hash.
void Torrent::read_piece(PieceIndex piece) {
  const ReadUnit unit{piece, 0};
  if (!cache_.begin(unit, geometry_.piece_length(piece))) return;
  const SealedContent::Range range = seal_->content_of(seal_->first_chunk(piece), seal_->chunks_in(piece));
  if (range.bytes == 0) return begin_sealing(piece, {});  // nothing to read: the next tick seals it
  const StoreOp op = shared_.ops.issue({OpOwner::Kind::torrent, id_.value});
  ops_.emplace(op, PendingOp{.write = false, .piece = {}, .bytes = range.bytes, .unit = unit, .generation = generation_});
  shared_.outbox.push(out::StoreRead{op, blob_, range.offset, range.bytes});
}

void Torrent::begin_sealing(PieceIndex piece, ByteSpan content) {
  Sealing& work = sealing_.insert_or_assign(piece, Sealing{}).first->second;
  work.content = to_bytes(content);
  work.sealed.resize(geometry_.piece_length(piece));
}

/// Seals as much as this step allows. What does not match its hash is never served: the source has changed, and under
/// the same key and nonce two plaintexts would give each other away.
void Torrent::seal_on() {
  while (!sealing_.empty() && seal_budget_ > 0) {
    const PieceIndex piece = sealing_.begin()->first;
    Sealing& work = sealing_.begin()->second;
    const std::uint64_t start = seal_->first_chunk(piece);
    const std::uint32_t chunk_bytes = seal_->geometry().chunk_bytes();
    const std::uint32_t left = seal_->chunks_in(piece) - work.next_chunk;
    const std::uint32_t count = std::clamp(seal_budget_ / chunk_bytes, 1U, left);
    const std::uint32_t bytes = seal_->sealed_bytes(start + work.next_chunk, count);
    const std::uint32_t done_content = work.next_chunk == 0 ? 0 : seal_->content_of(start, work.next_chunk).bytes;
    const MutByteSpan out = MutByteSpan(work.sealed).subspan(std::size_t{work.next_chunk} * chunk_bytes, bytes);
    seal_->seal(start + work.next_chunk, count, ByteSpan(work.content).subspan(done_content), out);
    work.sha.update(out);
    work.next_chunk += count;
    seal_budget_ -= std::min(seal_budget_, bytes);
    if (count < left) continue;
    const bool matches = work.sha.finish() == metainfo_->piece_hash(piece);
    Bytes sealed = std::move(work.sealed);
    wipe(work.content);
    sealing_.erase(piece);
    if (matches) {
      cache_.arrived({piece, 0}, std::move(sealed));
      continue;
    }
    cache_.clear();
    sealing_.clear();
    return stop_serving(TorrentEvent::Kind::source_changed, StoreStatus::lost);
  }
}

bool Torrent::seal_work() const noexcept {
  if (!sealing_.empty()) return true;
  return std::ranges::any_of(opening_, [this](const auto& entry) { return entry.second.next_chunk < seal_->chunks_in(entry.first); });
}

}  // namespace samara
