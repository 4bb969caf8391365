// Owns: the engine's state and the list of what its parts do, each part in a file of its own.
// Refuses to know: hosts, records, wasm.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/outbox.hpp"
#include "base/rng.hpp"
#include "base/store_ops.hpp"
#include "codec/bencode.hpp"
#include "codec/metainfo.hpp"
#include "codec/share_meta.hpp"
#include "engine/job.hpp"
#include "engine/reasons.hpp"
#include "samara/engine.hpp"
#include "signal/signaller.hpp"
#include "store/catalogue.hpp"
#include "store/committer.hpp"
#include "swarm/torrent.hpp"

namespace samara {

/// A link and the connection that carries it.
struct Connection {
  ChannelId channel;
  DialId dial;
};

/// A channel that the other side of a connection opened, until it has named a torrent.
struct Unnamed {
  DialId over;
  std::uint32_t message_bytes_max = 0;
  Bytes early;
  Instant until;
};

/// One torrent and who uses it. It goes when nobody does.
struct Slot {
  TorrentId id;
  InfoHash info_hash;
  std::unique_ptr<Torrent> torrent;
  std::vector<std::string> trackers;
  ShareId share;        // none: not shared by us
  TransferId transfer;  // none: not being received
  ItemId item;          // none: not seeded as a received item
  BlobId blob;          // where its content is, none before there is any
  std::shared_ptr<const SealedContent> seal;  // none: plain, or not opened yet
  std::map<LinkId, Connection> connections;
  std::vector<std::uint32_t> unjournalled;  // stored pieces the journal does not know yet
  bool announced = false;
  bool had_links = false;
  Instant added;
  SwarmNeed need;
};

/// What is pushed to the host at most ten times per second.
struct Pushed {
  std::optional<Instant> due;   // nothing: the host knows
  std::optional<Instant> last;
};

struct ShareState {
  TorrentId torrent;
  BlobId source;             // host-held bytes, none when stored
  Pushed pushed;
  bool expired = false;      // its date has passed, and that was acted upon
  bool changed = false;      // what it was made of is no longer what is there: nothing is served
  std::vector<std::uint64_t> delivered_to;  // run ids of peers that have it all, so that each counts once
};

enum class TransferPhase : std::uint8_t { running, storing, done, failed };

struct TransferState {
  TransferRecord record;
  TorrentId torrent;
  TransferPhase phase = TransferPhase::running;
  bool keep = true;
  bool asking = false;          // waits for the app's `accept`
  bool metadata_pushed = false;
  bool unlocking = false;       // its password is being stretched
  bool reserving = false;       // the store is asked whether it can hold it
  bool checking = false;        // the store is asked what it holds of it
  Code lock = Code::ok;         // why a sealed one cannot be opened for now
  std::optional<ShareMeta> meta;  // of a sealed one, once opened
  Error error{};
  std::string_view why;         // more about the error; static storage
  ItemId item;
  Ticket ticket = 0;            // phase storing: done when durable
  Pushed pushed;
  std::int64_t started_ms = 0;
};

struct Engine::Core {
  Core(const Config& config, std::uint64_t seed);

  // engine.cpp: routing
  void handle(Instant at, const Input& input);
  void settle();
  void commit();
  [[nodiscard]] std::optional<Instant> deadline() const;

  // network.cpp: connections and what torrents report
  void channel_opened(const in::ChannelOpened& input);
  void channel_closed(ChannelId channel);
  void channel_bytes(const in::ChannelBytes& input);
  LinkId attach(Slot& slot, const Dialled& dialled, ChannelId channel, std::uint32_t message_bytes_max);
  bool end_link_over(DialId dial);
  void end_lost_links();
  void drain(Slot& slot);
  void on_event(Slot& slot, const TorrentEvent& event);
  void on_peer_complete(Slot& slot, const TorrentEvent& event);
  void close_connection(Slot& slot, LinkId link);
  void set_carries(const Slot& slot, LinkId link, bool carries);
  void update_need(Slot& slot);

  // channels.cpp: channels of the other side until they have named a torrent
  void channel_arrived(const in::ChannelOpened& input);
  void unnamed_bytes(ChannelId channel, ByteSpan bytes);
  void name_channel(ChannelId channel);
  void close_unnamed(ChannelId channel);
  void check_unnamed();

  // slots.cpp: torrents and their users
  Slot& slot_for(const InfoHash& info_hash, const std::vector<std::string>& trackers);
  [[nodiscard]] Slot* find_slot(TorrentId id);
  [[nodiscard]] Slot* find_slot(const InfoHash& info_hash);
  void announce(Slot& slot);
  void drop_slot(TorrentId id);
  /// Has the slot dropped at the end of this input unless a share, transfer or item still uses it;
  /// else it is brought in line with them (announced, paused).
  void reconsider(TorrentId id) { to_reconsider.push_back(id); }
  void bring_in_line(TorrentId id);
  void reconsider_all();
  void serve_item(const ItemRecord& item);
  /// Why complete torrents are not served for now; none: they are.
  void hold_seeding(ReasonCode why);

  // storage.cpp: recovery, blobs, ops
  void store_opened(ByteSpan listing);
  void read_next_journal();
  void journal_read(StoreStatus status, ByteSpan bytes);
  void recovered();
  void refuse_store(Code code);
  [[nodiscard]] bool choose_journal_blobs(bool found);
  void find_left_overs(bool found);
  void resume_everything();
  void confirmed();
  void store_done(StoreOp op, StoreStatus status, ByteSpan bytes);
  void journal_have(Slot& slot);
  void check_tickets();

  // room.cpp: which blobs there are, whether there is room for more, and what goes for it
  [[nodiscard]] Result<BlobId> reserve_blob(std::uint64_t bytes);
  void hold_blob(BlobId blob, std::uint64_t bytes);
  void release_blob(BlobId blob);
  void free_blob(BlobId blob);
  [[nodiscard]] bool is_used(BlobId blob) const;
  void fill(Job& job, BlobId from);
  [[nodiscard]] bool wait_for_room(Job& job);
  [[nodiscard]] bool wait_for_room(TransferState& transfer, const Slot& slot);
  [[nodiscard]] bool can_go(const ItemRecord& item) const;
  [[nodiscard]] bool make_room(std::uint64_t bytes, bool exact);
  void room_made();
  Job& drop_blob(BlobId blob, Ticket ticket, RequestId request = {});
  void drop_bytes(Job& job);
  void drop_done(Job& job);
  void drop_failed(Job& job);
  [[nodiscard]] bool storage_low();
  void mark_used(BlobId blob);
  void write_used();

  // jobs.cpp: what a finished store command means to a job
  Job& new_job(Job::Kind kind, RequestId request);
  bool join(Job::Kind kind, std::uint64_t id, RequestId request, BlobId source);
  void abort(RequestId request);
  void job_done(std::uint32_t job, StoreOp op, StoreStatus status, ByteSpan bytes);
  void fail_job(Job& job, Error error);
  void finish_job(Job& job);

  // saves.cpp, shares.cpp, transfers.cpp, control.cpp, queries.cpp: calls of the API
  void call_save(const in::Save& call);
  void finish_update(const Job& job);
  void begin_save(Job& job);
  void save_step(Job& job, ByteSpan hashes);
  void import_hashed(Job& job, ByteSpan hashes);
  void copied(Job& job);
  void call_update_item(const in::UpdateItem& call);
  void call_share(const in::Share& call);
  [[nodiscard]] Result<void> plan_share(Job& job, const BencodeView& spec);
  [[nodiscard]] Result<void> plan_plain(Job& job, const BencodeView& spec, const ItemRecord* item);
  void share_step(Job& job, ByteSpan hashes);
  void hash_share(Job& job);
  void reuse_share(Job& job, ShareId existing);
  void share_hashed(Job& job, ByteSpan hashes);
  void share_committed(Job& job);
  void start_share(const ShareRecord& record, BlobId source);
  void stop_share(ShareId id);
  void call_provide(const in::Provide& call);
  void provide_hashed(Job& job, ByteSpan hashes);
  void call_receive(const in::Receive& call);
  void receive_from(RequestId request, TransferRecord record, const BencodeView& spec);
  bool attach_existing(RequestId request, const TransferRecord& record, const BencodeView& spec);
  bool make_way(const TransferRecord& record);
  TransferState& start_transfer(TransferRecord record, bool keep);
  void transfer_metadata(TransferState& transfer, Slot& slot);
  void begin_content(TransferState& transfer, Slot& slot);
  void reserved(Job& job, StoreStatus status);
  void close_content(TransferState& transfer, Slot& slot);
  void open_content(TransferState& transfer, Slot& slot);
  void set_playhead(const in::Playhead& input);
  void transfer_complete(TransferState& transfer, Slot& slot);
  void transfer_stored(TransferState& transfer);
  void copy_from_share(TransferState& transfer, Slot& slot);
  void fail_transfer(TransferState& transfer, Error error);
  void forget_transfer(TransferId id, std::string_view last_state);
  [[nodiscard]] ItemRecord received_item(const TransferState& transfer, const Metainfo& metainfo, BlobId blob) const;
  void become_item(TransferState& transfer, Slot& slot, ItemRecord item);
  void remember(const TransferState& transfer);
  void call_accept(const in::Accept& call);
  void call_control(const in::Control& call);
  void control_transfer(RequestId request, CallVerb verb, TransferId id, ByteSpan password);
  void resume_transfer(TransferState& transfer, ByteSpan password);
  void control_share(RequestId request, CallVerb verb, ShareId id);
  Job& forget_item(ItemId id, RequestId request);
  void call_query(const in::Query& call);
  void query_export_head(RequestId request, const BencodeView& spec);
  void query_read_export(RequestId request, const BencodeView& spec);
  void call_shutdown(const in::Shutdown& call);
  void finish_shutdown();

  // sealing.cpp: sealed shares in the making
  void add_entropy(ByteSpan bytes);
  [[nodiscard]] Result<Key32> take_secret();
  [[nodiscard]] Result<void> plan_sealed(Job& job, const BencodeView& spec, const ItemRecord* item);
  void find_same(Job& job);
  void seal_share(Job& job);
  void begin_sealing(Job& job);
  void seal_more(Job& job);
  void hash_part(Job& job, Job::Part part, ByteSpan content);
  void seal_step(Job& job, StoreOp op, ByteSpan bytes);
  void seal_again(Job& job);
  void stretch(Job& job);
  void next_stretch();
  void password_stretched(const in::PasswordStretched& input);
  [[nodiscard]] Result<std::shared_ptr<const SealedContent>> content_for(const SealRecord& seal, const Metainfo& metainfo) const;
  bool set_slot_seal(Slot& slot, const SealRecord& seal);

  // checking.cpp: pieces that were stored and not journalled
  void check_content(TransferState& transfer, Slot& slot);
  void check_more(Job& job, TransferState& transfer, Slot& slot);
  void check_read(Job& job, Job::Part part, BlobId blob, SealedContent::Range range);
  void check_step(Job& job, StoreOp op, StoreStatus status, ByteSpan bytes);
  void check_piece(Job& job, PieceIndex piece, const Slot& slot, BlobId blob, ByteSpan content);
  void content_checked(Job& job);

  // unlocking.cpp: sealed transfers until they can be opened
  void sealed_metadata(TransferState& transfer, Slot& slot);
  void unlock(TransferState& transfer, ByteSpan password);
  void unlocked(Job& job, const Key32* stretched);
  void try_open(TransferState& transfer, Slot& slot);
  void lock(TransferState& transfer, Code why);
  void fail_share(TransferState& transfer, ShareWhy why);
  void content_known(TransferState& transfer, Slot& slot);

  // expiry.cpp: what ends at a date, and shares whose bytes are no longer what they were
  void set_wall_clock(const in::WallClock& input);
  [[nodiscard]] bool expired(const SealRecord& seal) const noexcept;
  void check_expiry();
  void stop_spoiled();

  // changes.cpp: what the host is told
  void complete(RequestId request, ByteSpan result);
  void complete_empty(RequestId request);
  void fail(RequestId request, Error error, std::string_view why = {});
  void touch(ShareId id);
  void touch(TransferId id);
  void touch_state();
  void touch_all();
  void mark(Pushed& pushed) const;
  void push_changes();
  void push_transfer(TransferState& transfer, std::string_view state = {});
  void gone(Subject subject, std::uint64_t id);
  [[nodiscard]] std::optional<Instant> changes_deadline() const;
  void push_item(const ItemRecord& item);
  void log(LogLevel level, std::string_view code, std::uint64_t detail = 0);

  // payloads.cpp: bencoded views for the host
  [[nodiscard]] Bytes item_payload(const ItemRecord& item) const;
  [[nodiscard]] Bytes share_payload(const ShareRecord& record);
  /// In changes (`pushing`) metadata stands only once; answers always have it and count for nothing: the host may
  /// drop an answer about a transfer that it knows already.
  [[nodiscard]] Bytes transfer_payload(TransferState& transfer, bool pushing = false, std::string_view state = {});
  [[nodiscard]] Bytes metadata_payload(const TransferState& transfer, const Metainfo& metainfo) const;
  [[nodiscard]] Bytes state_payload();
  [[nodiscard]] Bytes health_payload();
  void write_peers(BencodeWriter& out, const Slot* slot) const;
  void write_reason(BencodeWriter& out, const Reason& reason) const;

  // reasons.cpp
  [[nodiscard]] std::optional<Reason> transfer_reason(const TransferState& transfer);
  [[nodiscard]] std::optional<Reason> share_reason(const ShareRecord& record);
  [[nodiscard]] std::optional<Reason> swarm_reason(Slot& slot);
  [[nodiscard]] std::vector<Reason> state_reasons();
  [[nodiscard]] std::string_view transfer_state(const TransferState& transfer, bool has_reason);
  [[nodiscard]] std::string_view share_state(const ShareRecord& record);

  [[nodiscard]] std::int64_t unix_ms() const noexcept;
  [[nodiscard]] std::uint64_t fresh_id();

  Config config;
  Rng rng;
  Outbox outbox;
  StoreOps ops;
  SwarmShared shared;
  Signaller signaller;
  Catalogue catalogue;
  Committer committer;

  Instant now;
  std::int64_t wall_offset_ms = 0;   // Unix time minus engine time
  bool ready = false;                // storage has been read
  bool waits_for_journal = false;    // the first one ever is not durable yet: the host is told that later
  bool told_ready = false;
  bool read_only = false;            // a newer version wrote the store
  ReasonCode held = ReasonCode::none;  // see hold_seeding()
  std::map<TorrentId, Slot> slots;
  std::map<InfoHash, TorrentId> by_hash;
  std::map<ChannelId, std::pair<TorrentId, LinkId>> by_channel;
  std::map<ChannelId, Unnamed> unnamed;
  std::map<ShareId, ShareState> shares;
  std::map<TransferId, TransferState> transfers;
  std::map<std::uint32_t, Job> jobs;
  std::map<BlobId, std::uint64_t> blobs;    // size of every stored blob that is in use or reserved
  std::uint64_t used_bytes = 0;
  std::optional<std::uint64_t> store_free_bytes;   // what the host believes is left; nothing: unknown
  Bytes entropy;
  std::uint32_t stretching = 0;             // the job whose password the host stretches
  std::vector<std::uint32_t> to_stretch;    // those that wait for their turn
  std::optional<Instant> expiry_due;        // look at dates again then
  std::vector<TorrentId> spoiled;           // their content cannot be served any more
  std::uint32_t last_torrent = 0;
  std::uint32_t last_job = 1;               // 1 is the committer
  std::uint32_t last_blob = first_content_blob.value;
  bool have_waiting = false;                // stored pieces, until the committer has rested
  Error last_failure{};                     // of a transfer, for the call that began it
  std::vector<TransferId> finishing;        // phase storing
  std::vector<TorrentId> to_reconsider;
  std::vector<ShareId> dirty_shares;
  std::vector<TransferId> dirty_transfers;
  Pushed state_pushed;
  std::map<std::uint64_t, std::pair<ReasonCode, std::int64_t>> reason_since;  // subject → when it began
  RequestId shutting_down;
  // recovery
  std::map<BlobId, std::uint64_t> listing;
  std::vector<BlobId> journals_to_read;
  Bytes journal_best;
  BlobId journal_blob;
  std::uint32_t journal_generation = 0;          // of the best so far
  std::map<BlobId, std::uint32_t> other_journals;   // cut short, or not the best: their generation
  bool unreadable_journals = false;  // left alone, with all content they may speak of
  std::vector<BlobId> left_overs;    // deleted once a flush has made sure of what was read
};

}  // namespace samara
