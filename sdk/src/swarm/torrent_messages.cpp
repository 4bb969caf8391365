// Owns: what each message of a peer means for the torrent. Shapes and sizes were checked by the link.
#include <utility>

#include "swarm/torrent.hpp"

namespace samara {

void Torrent::on(Instant now, Peer& peer, const said::Handshake& said) {
  peer.key = PeerKey::of(said.peer_id);
  if (peer.key == PeerKey::of(peer.self)) return close(peer, {Code::self_connection, Fault::environment});
  if (scores_.banned(now, peer.key)) return close(peer, {Code::peer_banned, Fault::remote});
  if (duplicate(peer)) return close(peer, {Code::duplicate_peer, Fault::remote});
  peer.up = true;
  peer.choked_at = now;
  emit(TorrentEvent::Kind::link_up, &peer);
  warm_up();
  if (said.extended && !peer.greeted) {
    peer.link.send_extended_handshake(metainfo_ ? static_cast<std::uint32_t>(metainfo_->info.size()) : 0);
  }
  tell_pieces(peer);
}

// At most one bitfield per link, and before any have of ours. Nothing until there is content.
void Torrent::tell_pieces(Peer& peer) {
  if (!open_ || !peer.up || peer.closing || peer.pieces_told) return;
  peer.pieces_told = true;
  peer.link.send_bitfield(have_.wire(), have_.all(), have_.none());
}

void Torrent::on(Instant, Peer& peer, const said::Extended& said) {
  if (said.request_queue) peer.requests.set_queue_limit(*said.request_queue);
  if (said.metadata_bytes) peer.metadata_bytes = said.metadata_bytes;
  if (said.channels) emit(TorrentEvent::Kind::channels, &peer);
  if (std::exchange(peer.greeted, false) && !peer.link.numbers_metadata_as_we_do()) fetch_.remove(peer.id);
  if (!metainfo_ && peer.link.can_metadata()) fetch_.offer(peer.id, peer.metadata_bytes);
}

// Without Fast a choke forgets all requests. With Fast each is answered by a reject (BEP 6).
void Torrent::on(Instant now, Peer& peer, const said::Choke&) {
  if (peer.choking_us) return;
  peer.choking_us = true;
  peer.choked_at = now;
  if (!peer.link.fast()) release_requests(peer);
}

void Torrent::on(Instant, Peer& peer, const said::Unchoke&) {
  peer.choking_us = false;
  if (downloading()) peer.keeps = false;
  peer.dirty = true;
}

void Torrent::on(Instant now, Peer& peer, const said::Interested&) {
  if (peer.interested) return;
  peer.interested = true;
  slots_dirty_ = true;
  if (!choke_at_) choke_at_ = now + milliseconds(limits::choke_round_ms);
}

void Torrent::on(Instant, Peer& peer, const said::NotInterested&) {
  peer.interested = false;
  slots_dirty_ = true;
}

void Torrent::peer_has(Peer& peer, PieceIndex piece) {
  if (!peer.pieces.set(piece.value)) return;
  peer.progressed = true;
  if (open_) {
    picker_.more(piece);
    const PieceState state = states_[piece.value];
    if (state == PieceState::missing || state == PieceState::begun) {
      ++peer.wanted_pieces;
      peer.dirty = true;
    }
  }
  if (!peer.pieces.all() || peer.complete_told || peer.sent_bytes == 0) return;
  peer.complete_told = true;
  emit(TorrentEvent::Kind::peer_complete, &peer);
}

void Torrent::peer_lacks(Peer& peer, PieceIndex piece) {
  if (!peer.pieces.reset(piece.value) || !open_) return;
  picker_.less(piece);
  const PieceState state = states_[piece.value];
  if (state == PieceState::missing || state == PieceState::begun) --peer.wanted_pieces;
}

void Torrent::on(Instant now, Peer& peer, const said::Have& said) {
  if (said.piece >= peer.pieces.size()) return close(peer, {Code::have_out_of_range, Fault::remote, said.piece});
  const PieceIndex piece{said.piece};
  if (!peer.pieces.test(said.piece)) {
    const std::uint32_t bytes = geometry_.piece_length(piece);
    peer.elsewhere.has_more(now, bytes, peer.sent_bytes);
    if (Peer* giver = find(spread_.passed_on(piece, peer.id))) giver->passed_bytes += bytes;
  }
  peer_has(peer, piece);
}

void Torrent::on(Instant, Peer& peer, const said::DontHave& said) {
  if (said.piece >= peer.pieces.size()) return close(peer, {Code::have_out_of_range, Fault::remote, said.piece});
  peer_lacks(peer, PieceIndex{said.piece});
}

void Torrent::on(Instant, Peer& peer, const said::Bitfield& said) {
  const auto field = Bitfield::from_wire(said.wire, peer.pieces.size());
  if (!field) return close(peer, {Code::bitfield_bad_size, Fault::remote});
  for (std::uint32_t piece = 0; piece < field->size(); ++piece) {
    if (field->test(piece)) peer_has(peer, PieceIndex{piece});
  }
}

void Torrent::on(Instant, Peer& peer, const said::HaveAll&) {
  for (std::uint32_t piece = 0; piece < peer.pieces.size(); ++piece) peer_has(peer, PieceIndex{piece});
}

void Torrent::on(Instant, Peer&, const said::HaveNone&) {}

// Promptly, as soon as there is something to want: other clients unchoke on the first interested. A
// peer that has the metadata we miss has content too, most likely.
void Torrent::update_interest(Peer& peer) {
  if (!peer.up) return;
  bool want = peer.interesting;
  if (!metainfo_) {
    want = (peer.greeted || peer.metadata_bytes.has_value()) && !hopeless_;
  } else if (open_) {
    want = downloading() && peer.wanted_pieces > 0;
  }
  if (want == peer.interesting) return;
  peer.interesting = want;
  peer.wished = peer.wished || want;
  peer.dirty = true;
  peer.link.send_interested(want);
}

}  // namespace samara
