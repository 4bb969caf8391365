// Owns: the torrent's side of the metadata exchange (BEP 9): asking, checking, serving.
#include <algorithm>
#include <utility>

#include "swarm/torrent.hpp"

namespace samara {

void Torrent::pump_metadata(Instant now) {
  if (metainfo_ || paused_ || hopeless_ || peers_.empty()) return;
  for (const MetadataFetch::Ask& ask : fetch_.plan(now)) {
    if (Peer* peer = find(ask.link); peer != nullptr) peer->link.send_metadata_request(ask.piece);
  }
}

/// One of our own kind needs no round of introductions. Whoever numbers its extensions otherwise is asked once more.
void Torrent::greet(Peer& peer) {
  peer.greeted = true;
  peer.interesting = true;
  peer.link.assume_samara();
  peer.link.send_extended_handshake(0);
  peer.link.send_interested(true);
  fetch_.offer(peer.id, std::nullopt);
}

void Torrent::on(Instant now, Peer& peer, const said::MetadataData& said) {
  if (metainfo_ || metadata_ready_ || hopeless_) return;
  if (fetch_.data(now, peer.id, said.piece, said.total_bytes, said.bytes)) check_metadata(now);
}

void Torrent::on(Instant now, Peer& peer, const said::MetadataReject& said) {
  if (!metainfo_) fetch_.rejected(now, peer.id, said.piece);
}

// Taken over only after this call's messages: the links must not change their rules in mid-stream.
void Torrent::check_metadata(Instant now) {
  Result<Metainfo> parsed = parse_info(fetch_.bytes(), info_hash_);
  if (parsed) {
    metadata_ready_ = std::move(*parsed);
    return;
  }
  if (parsed.error().code != Code::metainfo_hash_mismatch) {
    hopeless_ = true;
    emit(TorrentEvent::Kind::metadata_invalid);
    events_.back().error = parsed.error();
    for (auto& [link, peer] : peers_) close(peer, {Code::metadata_invalid, Fault::environment});
    return;
  }
  const std::vector<LinkId> givers = fetch_.failed();
  shared_.outbox.log(LogLevel::info, "swarm", "metadata-mismatch", givers.size());
  if (givers.size() != 1) return;
  Peer* liar = find(givers.front());
  if (liar != nullptr && scores_.bad_piece(now, liar->key)) close(*liar, parsed.error());
}

void Torrent::on(Instant, Peer& peer, const said::MetadataRequest& said) {
  const std::uint64_t start = std::uint64_t{said.piece} * limits::metadata_piece_bytes;
  if (!metainfo_ || start >= metainfo_->info.size()) {
    peer.link.send_metadata_reject(said.piece);
    return;
  }
  peer.metadata_asked.push_back(said.piece);
}

void Torrent::serve_metadata(Peer& peer) {
  while (!peer.metadata_asked.empty() &&
         peer.buffered_bytes + peer.link.outgoing().size() < limits::send_water_mark_bytes) {
    const std::uint32_t piece = peer.metadata_asked.front();
    peer.metadata_asked.pop_front();
    const ByteSpan info = metainfo_->info;
    const std::size_t start = std::size_t{piece} * limits::metadata_piece_bytes;
    const std::size_t length = std::min<std::size_t>(limits::metadata_piece_bytes, info.size() - start);
    peer.link.send_metadata_data(piece, static_cast<std::uint32_t>(info.size()), info.subspan(start, length));
  }
}

}  // namespace samara
