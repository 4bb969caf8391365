// Owns: one torrent's life in the swarm: its links, metadata exchange, what is asked of whom, what is
// served to whom, verification. Refuses to know: trackers and dialling, the journal, the API.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bitfield.hpp"
#include "base/outbox.hpp"
#include "base/queue.hpp"
#include "base/rate.hpp"
#include "base/rng.hpp"
#include "base/store_ops.hpp"
#include "codec/metainfo.hpp"
#include "samara/bytes.hpp"
#include "samara/config.hpp"
#include "samara/ids.hpp"
#include "samara/input.hpp"
#include "samara/time.hpp"
#include "swarm/assembly.hpp"
#include "swarm/metadata.hpp"
#include "swarm/peer.hpp"
#include "swarm/picker.hpp"
#include "swarm/read_cache.hpp"
#include "swarm/scores.hpp"
#include "swarm/sealed_content.hpp"
#include "swarm/shared_limit.hpp"
#include "swarm/spread.hpp"
#include "swarm/uploads.hpp"
#include "swarm/verify.hpp"

namespace samara {

/// What all torrents of an engine share. Outlives every torrent; references, never owned.
struct SwarmShared {
  const Config& config;
  Rng& rng;
  Outbox& outbox;
  StoreOps& ops;
  SharedLimit upload;
  SharedLimit download;
  std::uint64_t partial_bytes = 0;  // of pieces being assembled, all torrents (limits::partial_bytes_max)
};

/// One link as health(), peers() and statistics show it.
struct LinkView {
  LinkId id;
  ChannelId channel;
  PeerId peer_id;             // from the handshake
  std::string client;         // "Samara 0001", "WebTorrent 0300", … from the peer id, never remote text
  std::uint64_t received_bytes = 0;   // payload
  std::uint64_t sent_bytes = 0;
  std::uint32_t pieces = 0;           // that the peer has
  bool handshaken = false;
  bool complete = false;              // the peer has everything
  bool choking_us = true;
  bool useful = false;                // has a piece that we want
};

/// What the engine must know of. Drained with next_event() after every call.
struct TorrentEvent {
  enum class Kind : std::uint8_t {
    metadata,       // metainfo() is now known and matches the infohash
    link_up,        // handshake done
    channels,       // the peer takes further torrents over further channels of the connection
    first_byte,     // first block of payload ever
    verified,       // piece matched its hash (value: piece)
    stored,         // piece is written and will be served (value: piece)
    head,           // a piece of the head is verified (value: piece)
    complete,       // every wanted piece is stored
    peer_progress,  // the peer of `link` has more pieces
    peer_complete,  // the peer of `link` has them all, some of it from us
    link_closed,    // `error` says why; the channel must be closed by the engine unless it was it
    store_failed,   // `status`: writing or reading failed; downloading has stopped
    source_changed,  // sealed: what is stored is no longer what was hashed; nothing of it was sent, nobody is served
    bad_content,     // sealed: a verified piece does not open; `error` says how. Downloading has stopped
    metadata_invalid,  // `error`: the info dictionary matches the infohash and breaks our rules: hopeless
  } kind;
  LinkId link{};
  ChannelId channel{};
  std::uint64_t value = 0;
  Error error{};
  StoreStatus status = StoreStatus::ok;
};

class Torrent {
 public:
  Torrent(TorrentId id, const InfoHash& info_hash, SwarmShared& shared);
  Torrent(const Torrent&) = delete;
  Torrent& operator=(const Torrent&) = delete;
  ~Torrent();

  // ---- content
  /// Metadata from a .torrent, a share or the journal. Its info_hash matches.
  void set_metainfo(Instant now, Metainfo metainfo);
  /// The content is sealed: pieces are opened before they are stored, and sealed and checked before they are served.
  /// Metadata is known; before open_content().
  void set_seal(std::shared_ptr<const SealedContent> seal);
  /// Only the first `pieces` are fetched and kept in memory as they are, for whoever finds out how to open the rest.
  /// May be called again with more. Ends with open_content(), which goes on with them.
  void open_head(Instant now, std::uint32_t pieces);
  /// A piece of the head, once verified; else empty. Valid until the next call.
  [[nodiscard]] ByteSpan head(PieceIndex piece) const noexcept;
  /// Where the bytes are and which pieces are there. From now on pieces are served and, unless `have`
  /// is full or paused, asked for. Source blobs (BlobId::is_source) are only read.
  void open_content(Instant now, BlobId blob, Bitfield have);
  /// Serve nothing and ask nothing, links stay refused; bytes stay.
  void pause(Instant now);
  void resume(Instant now);
  /// A reader has come to this offset: the pieces from there on are fetched first, in order.
  void set_playhead(Instant now, std::uint64_t offset);
  /// Stop or allow uploads (seeding policy).
  void set_seeding(Instant now, bool seeding);

  // ---- links
  /// The link of a channel, none when there is no place for it. `samara`: the peer is our own kind, most likely, and may be
  /// asked for metadata together with the handshake, which saves two round trips.
  LinkId attach(Instant now, ChannelId channel, const PeerId& self, std::uint32_t message_bytes_max, bool samara = false);
  void channel_bytes(Instant now, LinkId link, ByteSpan bytes);
  void channel_buffered(Instant now, LinkId link, std::uint32_t bytes);
  /// The channel is gone (closed by the other side, or by the engine).
  void detach(Instant now, LinkId link);
  void detach_all(Instant now);

  // ---- storage and time
  void store_done(Instant now, StoreOp op, StoreStatus status, ByteSpan bytes);
  void tick(Instant now);
  [[nodiscard]] std::optional<Instant> deadline() const noexcept;

  [[nodiscard]] std::optional<TorrentEvent> next_event() noexcept;

  // ---- views
  [[nodiscard]] TorrentId id() const noexcept;
  [[nodiscard]] const InfoHash& info_hash() const noexcept;
  [[nodiscard]] const Metainfo* metainfo() const noexcept;  // nullptr until known
  [[nodiscard]] const Bitfield& have() const noexcept;      // stored pieces; empty until open_content
  [[nodiscard]] std::uint64_t stored_bytes() const noexcept;
  [[nodiscard]] bool complete() const noexcept;
  /// Asks for data: metadata is missing, or content is open, not paused and incomplete.
  [[nodiscard]] bool wants() const noexcept;
  /// Some link can give what is wanted and does not choke us, or choked us just now.
  [[nodiscard]] bool served() const noexcept;
  [[nodiscard]] std::vector<LinkView> links() const;
  /// Links that ended when both sides had everything.
  [[nodiscard]] std::uint32_t parted() const noexcept { return parted_; }
  [[nodiscard]] std::uint64_t download_rate(Instant now) noexcept;
  [[nodiscard]] std::uint64_t upload_rate(Instant now) noexcept;
  [[nodiscard]] std::uint64_t uploaded_bytes() const noexcept;
  [[nodiscard]] std::uint64_t downloaded_bytes() const noexcept;  // verified payload of this run

 private:
  enum class PieceState : std::uint8_t { missing, begun, writing, stored };
  struct PendingOp {
    bool write = false;
    PieceIndex piece;          // write
    std::uint32_t bytes = 0;
    ReadUnit unit;             // read
    std::uint32_t generation = 0;
  };
  /// A verified piece of a sealed torrent on its way into the store (or kept as part of the head).
  struct Opening {
    std::unique_ptr<std::uint8_t[]> bytes;
    std::uint32_t length = 0;
    std::uint32_t next_chunk = 0;  // within the piece
    std::uint32_t writes = 0;      // not done yet
  };
  /// A piece read from the store on its way to the peers.
  struct Sealing {
    Bytes content;
    Bytes sealed;
    std::uint32_t next_chunk = 0;
    Sha1 sha;
  };
  class View;  // a Peer as the picker sees it
  using Peers = std::map<LinkId, Peer>;

  // torrent.cpp: content
  [[nodiscard]] bool downloading() const noexcept;
  [[nodiscard]] bool serving() const noexcept;
  void begin_metainfo(Metainfo metainfo);
  [[nodiscard]] LinkGeometry link_geometry() const noexcept;
  void recount();
  void finish_if_complete();
  void emit(TorrentEvent::Kind kind, const Peer* peer = nullptr, std::uint64_t value = 0);

  // torrent_links.cpp: life of links, and the end of every call
  void pump(Instant now, Peer& peer);
  void settle(Instant now);
  void close(Peer& peer, const Error& error);
  void sweep();
  void flush(Peer& peer);
  void check_times(Instant now, Peer& peer);
  void check_useful(Instant now, Peer& peer);
  [[nodiscard]] bool duplicate(const Peer& peer) const noexcept;
  [[nodiscard]] Peer* find(LinkId link) noexcept;

  // torrent_messages.cpp: what peers say
  void on(Instant now, Peer& peer, const said::Handshake& said);
  void on(Instant now, Peer& peer, const said::Extended& said);
  void on(Instant now, Peer& peer, const said::Choke& said);
  void on(Instant now, Peer& peer, const said::Unchoke& said);
  void on(Instant now, Peer& peer, const said::Interested& said);
  void on(Instant now, Peer& peer, const said::NotInterested& said);
  void on(Instant now, Peer& peer, const said::Have& said);
  void on(Instant now, Peer& peer, const said::DontHave& said);
  void on(Instant now, Peer& peer, const said::Bitfield& said);
  void on(Instant now, Peer& peer, const said::HaveAll& said);
  void on(Instant now, Peer& peer, const said::HaveNone& said);
  void on(Instant now, Peer& peer, const said::Request& said);
  void on(Instant now, Peer& peer, const said::Cancel& said);
  void on(Instant now, Peer& peer, const said::Reject& said);
  void on(Instant now, Peer& peer, const said::Piece& said);
  void on(Instant now, Peer& peer, const said::MetadataRequest& said);
  void on(Instant now, Peer& peer, const said::MetadataData& said);
  void on(Instant now, Peer& peer, const said::MetadataReject& said);
  void peer_has(Peer& peer, PieceIndex piece);
  void peer_lacks(Peer& peer, PieceIndex piece);
  void tell_pieces(Peer& peer);
  void update_interest(Peer& peer);

  // torrent_metadata.cpp
  void pump_metadata(Instant now);
  void greet(Peer& peer);
  void check_metadata(Instant now);
  void serve_metadata(Peer& peer);

  // torrent_sources.cpp
  [[nodiscard]] bool partners_suffice(Instant now);
  std::uint32_t take_over(Instant now, Peer& taker, std::uint32_t room);
  void ask(Instant now, Peer& peer, const BlockAt& at);
  void unload(const Peer& taker, const BlockAt& at);
  void foresee(Instant now);

  // torrent_download.cpp
  void refill(Instant now, Peer& peer);
  [[nodiscard]] std::uint32_t allowed_blocks(Instant now, std::uint32_t blocks);
  void take_block(Instant now, Peer& peer, const BlockAt& at, ByteSpan bytes);
  void revive(Instant now, Peer& peer);
  void cancel_elsewhere(const Peer& giver, const BlockAt& at);
  void release_requests(Peer& peer);
  void cancel_outside(Peer& peer, std::uint32_t begin, std::uint32_t end);
  void cancel_ahead(Peer& peer, std::uint32_t next);
  /// Cancels a request; false when the peer was not asked.
  bool withdraw(Peer& peer, const BlockAt& at);
  void check_silence(Instant now, Peer& peer);
  void drop_piece(PieceIndex piece);
  void drop_stale(Instant now);
  void hash_on(Instant now, PieceIndex piece);
  void finish_piece(Instant now, PieceIndex piece, Partial& partial);
  void piece_failed(Instant now, PieceIndex piece, const Partial& partial);
  void ban(Instant now, const PeerKey& key);
  void write_piece(PieceIndex piece, const Partial& partial);
  void write_done(const PendingOp& op, StoreStatus status);
  void write_failed(PieceIndex piece, StoreStatus status);
  void piece_stored(PieceIndex piece);
  [[nodiscard]] std::uint32_t have_interval(const Peer& peer, PieceIndex piece) const noexcept;
  void stop_downloading();
  void account_memory() noexcept;

  // torrent_sealed.cpp
  void keep_piece(PieceIndex piece, Partial& partial);
  void take_head(std::map<PieceIndex, Opening> head);
  void open_on();
  bool open_slice(PieceIndex piece, Opening& opening);
  [[nodiscard]] bool opened(PieceIndex piece);
  void read_piece(PieceIndex piece);
  void begin_sealing(PieceIndex piece, ByteSpan content);
  void seal_on();
  [[nodiscard]] bool seal_work() const noexcept;

  // torrent_upload.cpp
  void refuse(Instant now, Peer& peer, const BlockRef& block);
  void set_choking(Peer& peer, bool choking);
  void fill_slots();
  void choke_round(Instant now);
  void serve(Instant now);
  void look_for_spread();
  void serve_round(Instant now, bool copies);
  [[nodiscard]] bool is_copy(Instant now, const Peer& peer, const Waiting& request) const;
  [[nodiscard]] const Waiting* next_upload(Instant now, const Peer& peer, bool copies) const;
  void serve_link(Instant now, Peer& peer, bool copies);
  void read_ahead(Instant now, Peer& peer);
  void warm_up();
  void read_unit(const ReadUnit& unit);
  void read_done(const PendingOp& op, StoreStatus status, ByteSpan bytes);
  void stop_serving(TorrentEvent::Kind why, StoreStatus status);

  TorrentId id_;
  InfoHash info_hash_;
  SwarmShared& shared_;
  Instant now_{};                   // of the call in progress or the last one

  std::optional<Metainfo> metainfo_;
  std::optional<Metainfo> metadata_ready_;  // fetched, to be taken over at the end of this call
  MetadataFetch fetch_;
  Geometry geometry_{};
  BlobId blob_{};
  Bitfield have_;
  std::vector<PieceState> states_;
  std::uint64_t stored_bytes_ = 0;
  bool open_ = false;
  bool paused_ = false;
  bool seeding_ = true;
  bool write_failed_ = false;
  bool read_failed_ = false;
  bool hopeless_ = false;           // metadata is invalid
  bool complete_told_ = false;
  bool first_byte_told_ = false;

  std::shared_ptr<const SealedContent> seal_;  // none: a plain torrent
  std::uint32_t head_limit_ = 0;    // pieces of the head; 0: there is none
  std::map<PieceIndex, Opening> head_;
  std::map<PieceIndex, Opening> opening_;
  std::map<PieceIndex, Sealing> sealing_;
  std::uint32_t seal_budget_ = 0;   // bytes to seal or open, of this call

  Peers peers_;
  Scores scores_;
  Verify verify_;
  Picker picker_;
  Assembly assembly_;
  Choker choker_;
  Spread spread_;
  ReadCache cache_;
  Bytes scratch_;
  std::vector<BlockAt> picked_;
  std::map<StoreOp, PendingOp> ops_;
  std::uint32_t generation_ = 0;    // of the content: answers to an earlier one are ignored
  Queue<PieceIndex> unhashed_; // complete, SHA-1 not at the end yet
  std::uint32_t hash_budget_ = 0;   // blocks, of this call
  std::uint64_t writing_bytes_ = 0;
  std::uint64_t accounted_bytes_ = 0;  // ours within shared_.partial_bytes
  std::uint32_t overdue_links_ = 0;
  std::uint32_t parted_ = 0;
  LinkId upload_turn_{};            // the link served last
  std::uint32_t full_links_ = 0;    // whose peers have everything; as of the last partners_suffice() or serve()
  bool spreading_ = false;          // several want what we have: swarm/spread.hpp decides the order
  bool upload_refused_ = false;     // by the upload limit, in the last serve()
  bool fresh_waits_ = false;        // for the uplink: a block that nobody else has or is being sent

  std::uint64_t round_uploaded_ = 0;   // in all, at the last choke round
  std::uint64_t keeper_bytes_ = 0;     // what a peer that gives us nothing gets until the next one
  std::optional<Instant> choke_at_;
  std::optional<Instant> endgame_at_;
  Instant foreseen_at_{};
  std::optional<Instant> upload_retry_at_;
  std::optional<Instant> download_retry_at_;
  bool refill_all_ = false;
  bool slots_dirty_ = false;

  Queue<TorrentEvent> events_;
  RateMeter download_;
  RateMeter upload_;
  std::uint64_t downloaded_bytes_ = 0;
};

}  // namespace samara
