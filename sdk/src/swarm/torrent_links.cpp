// Owns: the life of links within a torrent, the order of work at the end of every call, deadlines.
#include <algorithm>
#include <utility>

#include "swarm/torrent.hpp"

namespace samara {

Peer* Torrent::find(LinkId link) noexcept {
  const auto it = peers_.find(link);
  return it == peers_.end() || it->second.closing ? nullptr : &it->second;
}

// The channel's number is the link's: one link per channel, unique among all torrents.
LinkId Torrent::attach(Instant now, ChannelId channel, const PeerId& self, std::uint32_t message_bytes_max, bool samara) {
  now_ = now;
  const LinkId id{channel.value};
  if (paused_ || hopeless_ || peers_.size() >= limits::links_per_torrent_max || peers_.contains(id)) return {};
  const std::uint32_t most = message_bytes_max == 0 ? limits::send_bytes_max : message_bytes_max;
  Peer& peer = peers_.try_emplace(id, id, channel, info_hash_, self, most, now).first->second;
  if (geometry_.known()) {
    peer.pieces = Bitfield(geometry_.piece_count());
    peer.link.set_geometry(link_geometry());
  } else if (samara) {
    greet(peer);
  }
  settle(now);
  return id;
}

void Torrent::channel_bytes(Instant now, LinkId link, ByteSpan bytes) {
  now_ = now;
  Peer* peer = find(link);
  if (peer == nullptr) return;
  hash_budget_ = limits::hash_blocks_per_step;
  seal_budget_ = limits::seal_bytes_per_step;
  peer->link.feed(now, bytes);
  pump(now, *peer);
  settle(now);
}

void Torrent::channel_buffered(Instant now, LinkId link, std::uint32_t bytes) {
  now_ = now;
  Peer* peer = find(link);
  if (peer == nullptr) return;
  peer->buffered_bytes = bytes;
  settle(now);
}

void Torrent::detach(Instant now, LinkId link) {
  now_ = now;
  Peer* peer = find(link);
  if (peer == nullptr) return;
  close(*peer, {Code::closed, Fault::environment});
  settle(now);
}

void Torrent::detach_all(Instant now) {
  now_ = now;
  for (auto& [link, peer] : peers_) close(peer, {Code::closed, Fault::environment});
  settle(now);
}

void Torrent::store_done(Instant now, StoreOp op, StoreStatus status, ByteSpan bytes) {
  now_ = now;
  const auto it = ops_.find(op);
  if (it == ops_.end()) return;
  const PendingOp pending = it->second;
  ops_.erase(it);
  seal_budget_ = limits::seal_bytes_per_step;
  if (pending.write) {
    write_done(pending, status);
  } else {
    read_done(pending, status, bytes);
  }
  settle(now);
}

void Torrent::tick(Instant now) {
  now_ = now;
  hash_budget_ = limits::hash_blocks_per_step;
  seal_budget_ = limits::seal_bytes_per_step;
  for (auto& [link, peer] : peers_) {
    if (!peer.closing) check_times(now, peer);
  }
  if (choke_at_ && now >= *choke_at_) choke_round(now);
  while (!unhashed_.empty() && hash_budget_ > 0) {
    const PieceIndex piece = unhashed_.front();
    unhashed_.pop_front();
    hash_on(now, piece);
  }
  open_on();
  seal_on();
  if (endgame_at_ && now >= *endgame_at_) endgame_at_.reset();
  drop_stale(now);
  refill_all_ = true;
  settle(now);
}

void Torrent::check_times(Instant now, Peer& peer) {
  if (const Result<void> alive = peer.link.tick(now); !alive) {
    close(peer, alive.error());
    return;
  }
  check_silence(now, peer);
}

void Torrent::pump(Instant now, Peer& peer) {
  while (!peer.closing) {
    Result<std::optional<Said>> next = peer.link.next(now);
    if (!next) {
      close(peer, next.error());
      return;
    }
    if (!*next) return;
    std::visit([&](const auto& said) { on(now, peer, said); }, **next);
  }
}

void Torrent::settle(Instant now) {
  if (metadata_ready_) {
    begin_metainfo(*std::exchange(metadata_ready_, std::nullopt));
    emit(TorrentEvent::Kind::metadata);
  }
  pump_metadata(now);
  for (auto& [link, peer] : peers_) {
    if (!peer.closing) update_interest(peer);
  }
  if (slots_dirty_) fill_slots();
  if (download_retry_at_ && now >= *download_retry_at_) {
    download_retry_at_.reset();
    refill_all_ = true;
  }
  const bool all = std::exchange(refill_all_, false);
  for (auto& [link, peer] : peers_) {
    if (!peer.closing && (all || peer.dirty)) refill(now, peer);
  }
  serve(now);
  for (auto& [link, peer] : peers_) {
    if (peer.closing) continue;
    if (std::exchange(peer.progressed, false)) emit(TorrentEvent::Kind::peer_progress, &peer);
    flush(peer);
    check_useful(now, peer);
  }
  sweep();
  if (!download_retry_at_ || !downloading() || peers_.empty()) shared_.download.leave(id_);
  account_memory();
}

// Coalesced into few messages: each costs a fixed sum in the browser. What does not fit under the
// water mark stays here, where chokes and cancels still can overtake it.
void Torrent::flush(Peer& peer) {
  if (!peer.link.pressing(now_)) return;
  const std::size_t most = std::min(limits::send_bytes_max, peer.message_bytes_max);
  while (peer.buffered_bytes < limits::send_water_mark_bytes) {
    const ByteSpan waiting = peer.link.outgoing();
    if (waiting.empty()) return;
    const ByteSpan part = waiting.first(std::min(waiting.size(), most));
    shared_.outbox.push(out::SendBytes{peer.channel, shared_.outbox.arena().copy(part)});
    peer.buffered_bytes += part.size();
    peer.link.consume(part.size());
  }
  if (peer.link.outgoing().size() > limits::link_outgoing_bytes_max) close(peer, {Code::request_flood, Fault::remote});
}

// A link over which neither side can get anything any more is closed: connections are few.
void Torrent::check_useful(Instant now, Peer& peer) {
  const bool nothing_for_us = open_ && !downloading() && head_limit_ == 0;  // behind a head comes the rest
  const bool nothing_for_it = peer.pieces.all() || !serving();
  if (!peer.up || !nothing_for_us || !nothing_for_it || !peer.uploads.empty() || !peer.metadata_asked.empty()) {
    peer.useless_since.reset();
    return;
  }
  if (!peer.useless_since) peer.useless_since = now;
  if (now >= *peer.useless_since + milliseconds(limits::link_useless_ms)) {
    close(peer, {Code::link_idle, Fault::environment});
  }
}

bool Torrent::duplicate(const Peer& peer) const noexcept {
  return std::ranges::any_of(peers_, [&](const auto& pair) {
    return pair.first != peer.id && pair.second.up && !pair.second.closing && pair.second.key == peer.key;
  });
}

void Torrent::close(Peer& peer, const Error& error) {
  if (peer.closing) return;
  peer.closing = true;
  if (peer.up && complete() && peer.pieces.all()) ++parted_;
  emit(TorrentEvent::Kind::link_closed, &peer);
  events_.back().error = error;
  release_requests(peer);
  std::vector<PieceIndex> owned;
  for (const auto& [piece, partial] : assembly_.partials()) {
    if (partial.owner == peer.id && !partial.complete()) owned.push_back(piece);
  }
  for (const PieceIndex piece : owned) drop_piece(piece);
  if (open_) {
    for (std::uint32_t piece = 0; piece < peer.pieces.size(); ++piece) {
      if (peer.pieces.test(piece)) picker_.less(PieceIndex{piece});
    }
  }
  fetch_.remove(peer.id);
  choker_.removed(peer.id);
  spread_.removed(peer.id);
  slots_dirty_ = true;
}

void Torrent::sweep() {
  std::erase_if(peers_, [](const auto& pair) { return pair.second.closing; });
}

std::optional<Instant> Torrent::deadline() const noexcept {
  std::optional<Instant> earliest;
  const auto consider = [&](std::optional<Instant> at) {
    if (at && (!earliest || *at < *earliest)) earliest = at;
  };
  for (const auto& [link, peer] : peers_) {
    consider(peer.link.deadline());
    consider(peer.requests.deadline(now_));
    if (peer.useless_since) consider(*peer.useless_since + milliseconds(limits::link_useless_ms));
  }
  if (!unhashed_.empty() || seal_work()) consider(now_);
  if (peers_.empty()) {
    for (const auto& [piece, partial] : assembly_.partials()) consider(partial.touched + milliseconds(limits::partial_stale_ms));
    return earliest;
  }
  consider(choke_at_);
  consider(upload_retry_at_);
  if (downloading()) {
    if (refill_all_) consider(now_);
    consider(endgame_at_);
    consider(download_retry_at_);
  }
  if (!metainfo_ && !paused_ && !hopeless_) consider(fetch_.deadline(now_));
  return earliest;
}

}  // namespace samara
