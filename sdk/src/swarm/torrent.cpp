// Owns: a torrent's content: metadata, what is stored, pausing; and the views.
#include "swarm/torrent.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/assert.hpp"

namespace samara {

namespace {

/// Names of the clients we know by their peer id; remote text is never shown.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> client_names{{
    {"SM", "Samara"},
    {"WW", "WebTorrent"},
    {"WD", "WebTorrent Desktop"},
    {"LT", "libtorrent"},
    {"TR", "Transmission"},
    {"qB", "qBittorrent"},
}};

std::string client_name(const PeerId& id) {
  const std::string_view text = as_text(id.bytes);
  if (text[0] != '-' || text[7] != '-') return "unknown";
  for (const auto& [code, name] : client_names) {
    if (text.substr(1, 2) != code) continue;
    const std::string_view version = text.substr(3, 4);
    const bool digits = std::ranges::all_of(version, [](char c) { return c >= '0' && c <= '9'; });
    return digits ? std::string(name) + " " + std::string(version) : std::string(name);
  }
  return "unknown";
}

}  // namespace

Torrent::Torrent(TorrentId id, const InfoHash& info_hash, SwarmShared& shared)
    : id_(id), info_hash_(info_hash), shared_(shared), verify_(shared.rng.next()) {}

Torrent::~Torrent() {
  shared_.partial_bytes -= accounted_bytes_;
  shared_.upload.leave(id_);
  shared_.download.leave(id_);
}

bool Torrent::downloading() const noexcept {
  const bool all_there = head_limit_ > 0 ? head_.size() >= head_limit_ : have_.all();
  return open_ && !paused_ && !write_failed_ && !blob_.is_source() && !all_there;
}

bool Torrent::serving() const noexcept { return open_ && seeding_ && !paused_ && !read_failed_; }

void Torrent::emit(TorrentEvent::Kind kind, const Peer* peer, std::uint64_t value) {
  TorrentEvent event{.kind = kind};
  if (peer != nullptr) {
    event.link = peer->id;
    event.channel = peer->channel;
  }
  event.value = value;
  events_.push_back(event);
}

void Torrent::set_metainfo(Instant now, Metainfo metainfo) {
  now_ = now;
  metadata_ready_.reset();
  if (!metainfo_) begin_metainfo(std::move(metainfo));
  settle(now);
}

void Torrent::begin_metainfo(Metainfo metainfo) {
  SAMARA_ASSERT(metainfo.piece_bytes != 0 && metainfo.info_hash == info_hash_);
  metainfo_ = std::move(metainfo);
  geometry_ = Geometry::of(*metainfo_);
  assembly_.set_geometry(geometry_);
  fetch_ = {};
  for (auto& [link, peer] : peers_) {
    if (peer.closing) continue;
    peer.pieces = Bitfield(geometry_.piece_count());
    peer.link.set_geometry(link_geometry());
    // BEP 10 allows repeating it: peers that have only the magnet link learn that they can ask us.
    if (peer.up) peer.link.send_extended_handshake(static_cast<std::uint32_t>(metainfo_->info.size()));
  }
  for (auto& [link, peer] : peers_) {
    if (!peer.closing) pump(now_, peer);
  }
}

LinkGeometry Torrent::link_geometry() const noexcept {
  const std::uint32_t pieces = geometry_.piece_count();
  const std::uint32_t last = pieces == 0 ? 0 : geometry_.piece_length(PieceIndex{pieces - 1});
  return {pieces, geometry_.piece_bytes, last};
}

void Torrent::open_content(Instant now, BlobId blob, Bitfield have) {
  SAMARA_ASSERT(metainfo_ && have.size() == geometry_.piece_count());
  now_ = now;
  if (open_) stop_downloading();
  std::map<PieceIndex, Opening> head = std::move(head_);
  head_.clear();
  head_limit_ = 0;
  opening_.clear();
  sealing_.clear();
  ++generation_;
  cache_.clear();
  spread_.clear();
  blob_ = blob;
  have_ = std::move(have);
  open_ = true;
  write_failed_ = false;
  read_failed_ = false;
  stored_bytes_ = 0;
  states_.assign(geometry_.piece_count(), PieceState::missing);
  for (std::uint32_t piece = 0; piece < have_.size(); ++piece) {
    if (!have_.test(piece)) continue;
    states_[piece] = PieceState::stored;
    stored_bytes_ += geometry_.piece_length(PieceIndex{piece});
  }
  recount();
  for (auto& [link, peer] : peers_) tell_pieces(peer);
  take_head(std::move(head));
  finish_if_complete();
  refill_all_ = true;
  slots_dirty_ = true;
  settle(now);
}

// Availability and what each peer has for us, from scratch.
void Torrent::recount() {
  picker_.reset(geometry_.piece_count(), have_, shared_.rng);
  for (auto& [link, peer] : peers_) {
    peer.wanted_pieces = 0;
    if (peer.closing) continue;
    for (std::uint32_t piece = 0; piece < peer.pieces.size(); ++piece) {
      if (!peer.pieces.test(piece)) continue;
      picker_.more(PieceIndex{piece});
      if (!have_.test(piece)) ++peer.wanted_pieces;
    }
  }
}

void Torrent::finish_if_complete() {
  if (!open_ || !have_.all() || complete_told_) return;
  complete_told_ = true;
  emit(TorrentEvent::Kind::complete);
}

void Torrent::pause(Instant now) {
  now_ = now;
  paused_ = true;
  stop_downloading();
  for (auto& [link, peer] : peers_) close(peer, {Code::closed, Fault::usage});
  settle(now);
}

void Torrent::resume(Instant now) {
  now_ = now;
  paused_ = false;
  write_failed_ = false;
  read_failed_ = false;
  refill_all_ = true;
  slots_dirty_ = true;
  settle(now);
}

void Torrent::set_seeding(Instant now, bool seeding) {
  now_ = now;
  seeding_ = seeding;
  if (!serving()) {
    for (auto& [link, peer] : peers_) {
      if (!peer.closing) set_choking(peer, true);
    }
  }
  slots_dirty_ = true;
  settle(now);
}

// ---- views

std::optional<TorrentEvent> Torrent::next_event() noexcept {
  if (events_.empty()) return std::nullopt;
  const TorrentEvent event = events_.front();
  events_.pop_front();
  return event;
}

TorrentId Torrent::id() const noexcept { return id_; }
const InfoHash& Torrent::info_hash() const noexcept { return info_hash_; }
const Metainfo* Torrent::metainfo() const noexcept { return metainfo_ ? &*metainfo_ : nullptr; }
const Bitfield& Torrent::have() const noexcept { return have_; }
std::uint64_t Torrent::stored_bytes() const noexcept { return stored_bytes_; }
bool Torrent::complete() const noexcept { return open_ && have_.all(); }
bool Torrent::wants() const noexcept { return !paused_ && !hopeless_ && (!metainfo_ || downloading()); }

bool Torrent::served() const noexcept {
  if (!metainfo_) return !paused_ && fetch_.promising(now_);
  if (!downloading()) return false;
  return std::ranges::any_of(peers_, [&](const auto& pair) {
    const Peer& peer = pair.second;
    const bool just_choked = now_ < peer.choked_at + milliseconds(limits::choke_round_ms);
    return peer.up && !peer.closing && peer.wanted_pieces > 0 && (!peer.choking_us || just_choked);
  });
}

std::vector<LinkView> Torrent::links() const {
  std::vector<LinkView> views;
  for (const auto& [link, peer] : peers_) {
    LinkView view{.id = link, .channel = peer.channel, .peer_id = peer.link.peer_id(), .client = {}};
    view.client = peer.up ? client_name(view.peer_id) : "unknown";
    view.received_bytes = peer.received.total();
    view.sent_bytes = peer.sent_bytes;
    view.pieces = peer.pieces.count();
    view.handshaken = peer.up;
    view.complete = geometry_.known() && peer.up && peer.pieces.all();
    view.choking_us = peer.choking_us;
    view.useful = peer.wanted_pieces > 0;
    views.push_back(std::move(view));
  }
  return views;
}

std::uint64_t Torrent::download_rate(Instant now) noexcept { return download_.rate(now); }
std::uint64_t Torrent::upload_rate(Instant now) noexcept { return upload_.rate(now); }
std::uint64_t Torrent::uploaded_bytes() const noexcept { return upload_.total(); }
std::uint64_t Torrent::downloaded_bytes() const noexcept { return downloaded_bytes_; }

}  // namespace samara
