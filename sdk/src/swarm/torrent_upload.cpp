// Owns: serving: the peers' requests, choking, reads from the store, the upload limit.
#include <algorithm>
#include <vector>

#include "swarm/torrent.hpp"

namespace samara {

void Torrent::on(Instant now, Peer& peer, const said::Request& said) {
  const BlockRef& block = said.block;
  if (!geometry_.contains(block)) return close(peer, {Code::request_out_of_range, Fault::remote, block.piece});
  if (block.bytes > limits::request_bytes_max) return close(peer, {Code::request_too_long, Fault::remote, block.bytes});
  const bool served = serving() && !peer.choking && block.bytes <= limits::block_bytes && have_.test(block.piece);
  if (!served || !peer.uploads.push(now, block)) refuse(now, peer, block);
}

void Torrent::refuse(Instant now, Peer& peer, const BlockRef& block) {
  peer.link.send_reject(block);
  // Those that were on their way when we choked count too: the limit leaves room for them.
  if (peer.uploads.refused(now)) close(peer, {Code::request_flood, Fault::remote});
}

void Torrent::on(Instant, Peer& peer, const said::Cancel& said) {
  // BEP 6: a cancelled request is answered as well, by a reject if not by its piece.
  if (peer.uploads.cancel(said.block)) peer.link.send_reject(said.block);
}

void Torrent::set_choking(Peer& peer, bool choking) {
  if (peer.choking == choking || !peer.up) return;
  peer.choking = choking;
  peer.link.send_choke(choking);
  if (!choking) return;
  for (const Waiting& waiting : peer.uploads.waiting()) peer.link.send_reject(waiting.block);
  peer.uploads.clear();
}

// Free slots go to whoever is interested, at once: the first request comes one round trip later.
void Torrent::fill_slots() {
  slots_dirty_ = false;
  if (!serving()) return;
  std::uint32_t taken = 0;
  for (const auto& [link, peer] : peers_) {
    if (!peer.closing && peer.interested && !peer.choking) ++taken;
  }
  for (auto& [link, peer] : peers_) {
    if (taken >= limits::upload_slots) return;
    if (peer.closing || !peer.interested || !peer.choking || peer.keeps) continue;
    set_choking(peer, false);
    ++taken;
  }
}

void Torrent::choke_round(Instant now) {
  std::vector<ChokeCandidate> candidates;
  bool any = false;
  for (auto& [link, peer] : peers_) {
    if (peer.closing || !peer.up) continue;
    const std::uint64_t got = peer.received.total() - peer.round_received;
    const std::uint64_t passed = peer.passed_bytes - peer.round_passed;
    peer.round_received = peer.received.total();
    peer.round_passed = peer.passed_bytes;
    peer.round_sent = peer.sent_bytes;
    // It never gave us what it has and we want; or what it alone was sent comes to nobody else, though others are there and want it.
    peer.keeps = downloading() ? peer.received.total() == 0 && peer.choking_us && peer.wished
                               : (peer.keeps && peer.passed_bytes == 0) ||
                                     peer.alone_bytes > 4 * peer.passed_bytes + 2 * geometry_.piece_bytes;
    candidates.push_back({link, downloading() ? got : passed, peer.interested, !peer.choking, peer.keeps, downloading() && peer.keeps});
    any = any || peer.interested;
  }
  keeper_bytes_ = std::max<std::uint64_t>((upload_.total() - round_uploaded_) / limits::upload_slots, limits::optimistic_bytes_min);
  round_uploaded_ = upload_.total();
  choke_at_.reset();
  if (any) choke_at_ = now + milliseconds(limits::choke_round_ms);
  if (!serving()) return;
  const std::vector<LinkId> chosen = choker_.round(candidates, limits::upload_slots, shared_.rng);
  for (auto& [link, peer] : peers_) {
    if (!peer.closing) set_choking(peer, !std::ranges::binary_search(chosen, link));
  }
}

void Torrent::serve(Instant now) {
  upload_retry_at_.reset();
  for (auto& [link, peer] : peers_) {
    if (!peer.closing && !peer.metadata_asked.empty()) serve_metadata(peer);
  }
  upload_refused_ = false;
  if (serving()) {
    look_for_spread();
    serve_round(now, false);
    if (spreading_) serve_round(now, true);
  }
  if (!upload_refused_) shared_.upload.leave(id_);
}

// Whoever wants alone is served in the order of its requests.
void Torrent::look_for_spread() {
  std::uint32_t wanting = 0;
  full_links_ = 0;
  fresh_waits_ = false;
  for (const auto& [link, peer] : peers_) {
    if (peer.closing || !peer.up) continue;
    if (peer.pieces.all()) {
      ++full_links_;
    } else if (peer.interested) {
      ++wanting;
    }
  }
  spreading_ = wanting > 1 && !downloading();
  if (spreading_) spread_.begin(geometry_.piece_count());
}

// Round robin, so that an upload limit is shared.
void Torrent::serve_round(Instant now, bool copies) {
  const auto turn = [&](auto begin, auto end) {
    for (auto it = begin; it != end; ++it) {
      Peer& peer = it->second;
      if (peer.closing || peer.uploads.empty()) continue;
      // Whoever keeps what it gets has what is left: nobody else would come to have it.
      if (!copies && spreading_ && peer.keeps) continue;
      // While what nobody has waits for the uplink, copies wait for those that have them.
      if (copies && fresh_waits_ && (peer.keeps || peer.elsewhere.lately(now))) {
        const Instant again = now + milliseconds(limits::copy_look_ms);
        if (!upload_retry_at_ || again < *upload_retry_at_) upload_retry_at_ = again;
        continue;
      }
      serve_link(now, peer, copies || !peer.elsewhere.lately(now));
      read_ahead(now, peer);
    }
  };
  const auto middle = peers_.upper_bound(upload_turn_);
  turn(middle, peers_.end());
  turn(peers_.begin(), middle);
}

// Others have it, or are being sent it. Not for ever: a client that cannot look elsewhere gets it from us.
bool Torrent::is_copy(Instant now, const Peer& peer, const Waiting& request) const {
  if (now >= request.since + milliseconds(limits::copy_wait_ms)) return false;
  const PieceIndex piece{request.block.piece};
  return picker_.availability(piece) > full_links_ || spread_.begun_for_other(piece, peer.id);
}

const Waiting* Torrent::next_upload(Instant now, const Peer& peer, bool copies) const {
  const Queue<Waiting>& waiting = peer.uploads.waiting();
  if (waiting.empty()) return nullptr;
  if (!spreading_) return waiting.begin();
  for (const Waiting& request : waiting) {
    if (!is_copy(now, peer, request)) return &request;
  }
  return copies ? waiting.begin() : nullptr;
}

// A block moves into the link's outgoing bytes only when there is room under the water mark: until
// then it can be cancelled, and memory stays bounded.
void Torrent::serve_link(Instant now, Peer& peer, bool copies) {
  while (const Waiting* next = next_upload(now, peer, copies)) {
    // The optimistic slot is one of eight: what the others leave unused is no gift to whoever gives us nothing.
    if (downloading() && peer.keeps && peer.sent_bytes - peer.round_sent >= keeper_bytes_) return;
    if (peer.buffered_bytes + peer.link.outgoing().size() >= limits::send_water_mark_bytes) {
      fresh_waits_ = fresh_waits_ || !is_copy(now, peer, *next);
      return;
    }
    const BlockRef block = next->block;
    const std::optional<ByteSpan> bytes = cache_.block(block, scratch_);
    if (!bytes) return;
    if (!shared_.upload.take(now, id_, block.bytes)) {
      fresh_waits_ = fresh_waits_ || !is_copy(now, peer, *next);
      upload_refused_ = true;
      upload_retry_at_ = shared_.upload.retry_at(now, block.bytes);
      return;
    }
    peer.link.send_piece(block.piece, block.offset, *bytes);
    peer.uploads.answered(next);
    if (spread_.gave(PieceIndex{block.piece}, peer.id)) peer.alone_bytes += block.bytes;
    peer.sent_bytes += block.bytes;
    upload_.add(now, block.bytes);
    upload_turn_ = peer.id;
  }
}

void Torrent::read_ahead(Instant now, Peer& peer) {
  std::uint32_t ahead = 0;
  ReadUnit last{PieceIndex{limits::pieces_max}, 0};
  const bool fresh = spreading_ && next_upload(now, peer, false) != nullptr;
  for (const Waiting& request : peer.uploads.waiting()) {
    if (ahead >= limits::read_ahead_bytes || cache_.reads() >= limits::reads_max) return;
    if (fresh && is_copy(now, peer, request)) continue;
    const BlockRef& block = request.block;
    ahead += block.bytes;
    for (const ReadUnit& unit : {cache_.first_unit(block), cache_.last_unit(block)}) {
      if (unit == last) continue;
      last = unit;
      if (cache_.state(unit) == ReadCache::State::absent) read_unit(unit);
    }
  }
}

// The first read opens a file, or asks another process: better now than when somebody waits for a block.
void Torrent::warm_up() {
  const ReadUnit first{PieceIndex{0}, 0};
  if (serving() && have_.size() > 0 && have_.all() && cache_.reads() == 0 && cache_.state(first) == ReadCache::State::absent) read_unit(first);
}

void Torrent::read_unit(const ReadUnit& unit) {
  if (seal_) return read_piece(unit.piece);
  const std::uint32_t start = unit.unit * limits::read_unit_bytes;
  const std::uint32_t bytes = std::min(limits::read_unit_bytes, geometry_.piece_length(unit.piece) - start);
  if (!cache_.begin(unit, bytes)) return;
  const StoreOp op = shared_.ops.issue({OpOwner::Kind::torrent, id_.value});
  ops_.emplace(op, PendingOp{.write = false, .piece = {}, .bytes = bytes, .unit = unit, .generation = generation_});
  shared_.outbox.push(out::StoreRead{op, blob_, geometry_.piece_offset(unit.piece) + start, bytes});
}

void Torrent::read_done(const PendingOp& op, StoreStatus status, ByteSpan bytes) {
  if (op.generation != generation_) return;
  if (status == StoreStatus::ok && bytes.size() == op.bytes) {
    if (seal_) {
      begin_sealing(op.unit.piece, bytes);
      seal_on();
    } else {
      cache_.arrived(op.unit, to_bytes(bytes));
    }
    return;
  }
  cache_.failed(op.unit);
  stop_serving(TorrentEvent::Kind::store_failed, status == StoreStatus::ok ? StoreStatus::lost : status);
}

// What we say we have cannot be read: nobody is served until the content is opened again or resumed.
void Torrent::stop_serving(TorrentEvent::Kind why, StoreStatus status) {
  if (read_failed_) return;
  read_failed_ = true;
  for (auto& [link, peer] : peers_) {
    if (!peer.closing) set_choking(peer, true);
  }
  emit(why);
  events_.back().status = status;
}

}  // namespace samara
