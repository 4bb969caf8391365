// Owns: every number of the engine, with unit and reason. docs/limits.md repeats this list with the
// error code and the test of each. Config holds what a host may choose; everything else is constant.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace samara::limits {

// ---- torrents (BEP 3) ------------------------------------------------------------------------
inline constexpr std::uint32_t block_bytes = 16 * 1024;               // what every client requests
inline constexpr std::uint32_t piece_bytes_min = 16 * 1024;           // one block
inline constexpr std::uint32_t piece_bytes_max = 16 * 1024 * 1024;    // a piece is assembled in memory
inline constexpr std::uint32_t pieces_max = 65'536;                   // bounds bitfields to 8 KiB
inline constexpr std::uint32_t piece_bytes_created_max = 4 * 1024 * 1024;  // create-torrent's cap: same infohash
inline constexpr std::uint32_t files_max = 4'096;                     // per torrent
inline constexpr std::uint32_t path_depth_max = 32;
inline constexpr std::uint32_t path_component_bytes_max = 255;        // what file systems and UIs can show
// ---- bencode ---------------------------------------------------------------------------------
inline constexpr std::uint32_t bencode_depth_max = 32;
inline constexpr std::uint32_t bencode_message_tokens_max = 4'096;
inline constexpr std::uint32_t bencode_metainfo_tokens_max = 65'536;
inline constexpr std::uint32_t bencode_own_tokens_max = 1'048'576;    // API payloads and journal: ours, still bounded
inline constexpr std::uint32_t metadata_bytes_max = 4 * 1024 * 1024;  // info dictionary; libtorrent 2.1 ignores more
inline constexpr std::uint32_t metainfo_bytes_max = 5 * 1024 * 1024;  // whole .torrent: metadata plus trackers
// ---- links -----------------------------------------------------------------------------------
inline constexpr std::uint32_t link_bytes_max = 8 * 1024;             // a share URL or magnet
inline constexpr std::uint32_t link_trackers_max = 16;
inline constexpr std::uint32_t link_web_seeds_max = 16;
inline constexpr std::uint32_t link_seeds_max = 16;                   // `seeds=` in one URL
inline constexpr std::uint32_t torrent_trackers_max = 256;            // URLs read from a .torrent, before the host's policy
inline constexpr std::uint32_t link_decode_rounds_max = 3;            // messengers percent-encode a link at most this often
// ---- trackers and signalling -----------------------------------------------------------------
inline constexpr std::uint32_t tracker_frame_bytes_max = 128 * 1024;  // libtorrent's cap
inline constexpr std::uint32_t announce_bytes_max = 16 * 1024 - 1;    // aquatic closes above 16 KiB
inline constexpr std::uint32_t json_depth_max = 8;
inline constexpr std::uint32_t sdp_bytes_max = 16 * 1024;
inline constexpr std::uint32_t sdp_candidates_max = 20;
inline constexpr std::uint32_t sdp_lines_max = 512;                   // before filtering
inline constexpr std::uint32_t sdp_message_bytes_min = 1'024;         // a smaller a=max-message-size would cut us to dust
inline constexpr std::uint32_t offers_per_announce_max = 5;           // WebTorrent's number
inline constexpr std::uint32_t peer_connections_max = 24;             // Chromium dies near 500 per process
inline constexpr std::uint32_t announce_interval_min_s = 15;
inline constexpr std::uint32_t announce_interval_max_s = 3'600;
inline constexpr std::uint32_t tracker_text_bytes_max = 512;          // failure reason, warning, tracker id
inline constexpr std::uint32_t announce_interval_default_s = 120;     // until a tracker names its own; reference server's
inline constexpr std::uint32_t eager_round_ms = 250;                 // to the next round of offers when more are counted than before
inline constexpr std::uint32_t eager_rounds_max = 3;                 // per torrent: a tracker that counts up and up calls for no more
inline constexpr std::uint32_t announce_burst = 20;                   // frames at once on one socket, then spaced
inline constexpr std::uint32_t announce_spacing_ms = 6;               // with the burst 186 in the first second: 200 is what is thought fair
inline constexpr std::uint32_t announce_steady_ms = 200;              // between regular announces: 5 per second
inline constexpr std::uint32_t tracker_connect_timeout_ms = 15'000;
inline constexpr std::uint32_t tracker_keep_alive_ms = 60'000;        // proxies close silent sockets after ~100 s
inline constexpr std::uint32_t tracker_silence_max_ms = 240'000;      // no reply to anything: two default intervals
inline constexpr std::uint32_t tracker_probe_timeout_ms = 5'000;      // reply after sleep or a network change
inline constexpr std::uint32_t tracker_bad_frames_max = 32;           // per socket, then it is closed
inline constexpr std::uint32_t tracker_failure_hold_s = 60;           // first pause after a failure reply, doubles
inline constexpr std::uint32_t trackers_remembered_max = 32;          // dead ones that list nothing any more
inline constexpr std::uint32_t offer_life_ms = 50'000;                // WebTorrent's: an offer without an answer
inline constexpr std::uint32_t offers_unanswered_max = 6;             // per torrent: what 50 s of back-off make
inline constexpr std::uint32_t offers_incoming_max = 10;              // pending per torrent and tracker, libtorrent's
inline constexpr std::uint32_t offers_incoming_per_announce = 5;      // what one announce of ours may bring
inline constexpr std::uint32_t offers_incoming_refill_ms = 6'000;     // one more, up to offers_incoming_max
inline constexpr std::uint32_t dial_gather_timeout_ms = 10'000;       // no usable description until then
inline constexpr std::uint32_t dial_connect_timeout_ms = 15'000;      // from the answer to the open channel
inline constexpr std::uint32_t early_sdp_host_ms = 20;                // no STUN to wait for: after the first host candidate
inline constexpr std::uint32_t early_sdp_quiet_ms = 5;                // the same, after the last one so far: they come together
inline constexpr std::uint32_t early_sdp_reflexive_ms = 50;           // after the first server-reflexive or relay candidate
inline constexpr std::uint32_t early_sdp_max_ms = 1'000;              // after the description was set, whatever is there
inline constexpr std::uint32_t first_offer_wait_ms = 500;             // a first announce waits that long for its offer
inline constexpr std::uint32_t sleep_gap_ms = 30'000;                 // a Tick later than that: the device slept
inline constexpr std::uint32_t silent_link_ms = 2'000;                // a link over which nothing came for so long may be one of a network that is gone
// ---- peer wire -------------------------------------------------------------------------------
inline constexpr std::uint32_t handshake_bytes = 68;
inline constexpr std::uint32_t handshake_timeout_ms = 10'000;
inline constexpr std::uint32_t frame_timeout_ms = 30'000;             // a started frame must finish
inline constexpr std::uint32_t link_idle_timeout_ms = 150'000;        // WebTorrent keeps alive every 55 s
inline constexpr std::uint32_t keep_alive_ms = 55'000;
inline constexpr std::uint32_t extended_frame_bytes_max = 64 * 1024;
inline constexpr std::uint32_t extended_handshakes_max = 8;           // per link
inline constexpr std::uint32_t unknown_messages_max = 32;             // per link
inline constexpr std::uint32_t request_queue_max = 256;               // our reqq
inline constexpr std::uint32_t request_flood_max = 4 * request_queue_max;  // beyond the queue, per window
inline constexpr std::uint32_t request_flood_window_ms = 10'000;
inline constexpr std::uint32_t request_bytes_max = 128 * 1024;        // above: drop the peer (WebTorrent's rule)
inline constexpr std::uint32_t metadata_piece_bytes = 16 * 1024;      // BEP 9
inline constexpr std::uint32_t metadata_request_queue_max = 64;       // per link, transmission's number
inline constexpr std::uint32_t metadata_serves_max = 1'024;           // pieces served per link per minute
inline constexpr std::uint32_t metadata_serves_window_ms = 60'000;
inline constexpr std::uint32_t metadata_rejects_max = 3;              // then leave that peer alone for a minute
inline constexpr std::uint32_t client_name_bytes_max = 64;            // `v` of an extended handshake, cut
inline constexpr std::uint32_t early_bitfield_bytes_max = (pieces_max + 7) / 8;  // before metadata is known
// ---- swarm -----------------------------------------------------------------------------------
inline constexpr std::uint32_t links_per_torrent_max = 24;
inline constexpr std::uint32_t pipeline_blocks_min = 4;               // outstanding requests per link
inline constexpr std::uint32_t pipeline_blocks_max = 512;
inline constexpr std::uint32_t partial_bytes_max = 32 * 1024 * 1024;  // pieces being assembled, all torrents
inline constexpr std::uint32_t upload_slots = 8;                      // per torrent, with one optimistic
inline constexpr std::uint32_t choke_round_ms = 10'000;
inline constexpr std::uint32_t snub_timeout_ms = 30'000;              // WebTorrent waits 30 s for a block
inline constexpr std::uint32_t ban_s = 3'600;
inline constexpr std::uint32_t bad_pieces_before_ban = 2;
inline constexpr std::uint32_t scored_peers_max = 256;                // remembered per torrent
inline constexpr std::uint32_t suspect_pieces_max = 16;               // bad pieces whose blocks are remembered
inline constexpr std::uint32_t pick_run_bytes = 256 * 1024;           // neighbours picked in a row: one read unit, one stored extent
inline constexpr std::uint32_t playback_window_bytes = 512 * 1024;    // ahead of a reader, in order: 16 s of 256 kbit/s audio
inline constexpr std::uint32_t pipeline_blocks_initial = 64;          // 1 MiB: a small torrent is asked for wholly at once
inline constexpr std::uint32_t pipeline_blocks_unknown_max = 256;     // for peers that tell no reqq
inline constexpr std::uint32_t pipeline_slack_ms = 750;               // asked ahead beyond the round trip
inline constexpr std::uint32_t round_trip_initial_ms = 200;           // until measured
inline constexpr std::uint32_t block_timeout_min_ms = 6'000;          // silence after which others are asked
inline constexpr std::uint32_t endgame_patience_ms = 500;             // before a block is asked of a second link
inline constexpr std::uint32_t partners_ms = 1'000;                   // what incomplete peers give within this is not asked of a complete one; a quarter of it while those are faster
inline constexpr std::uint32_t foresee_ms = 100;                      // between two looks in the end game at which blocks come soon
inline constexpr std::uint32_t blocks_on_the_way = 8;                 // send_water_mark_bytes: may have left the giver already
inline constexpr std::uint32_t elsewhere_ms = 2'000;                  // since a peer's last piece that was not ours: it has other sources
inline constexpr std::uint32_t copy_wait_ms = 20'000;                 // a request waits behind fresher ones; WebTorrent gives up after 30 s
inline constexpr std::uint32_t copy_look_ms = 100;                    // between two looks whether copies still wait
inline constexpr std::uint32_t endgame_askers_max = 2;                // links asked for one block
inline constexpr std::uint32_t given_up_blocks_max = 1'024;           // cancelled blocks a link may still send unscored
inline constexpr std::uint32_t unasked_pieces_max = 16;               // blocks never asked for: then drop the link
inline constexpr std::uint32_t rejects_before_lack = 4;               // in a row, unchoked: the peer has not what it says
inline constexpr std::uint32_t partial_stale_ms = 60'000;             // a begun piece nobody is asked for gives its memory back
inline constexpr std::uint32_t hash_blocks_per_step = 32;             // 512 KiB of SHA-1: about 1 ms natively
inline constexpr std::uint32_t read_unit_bytes = 256 * 1024;          // one StoreRead, or a whole smaller piece
inline constexpr std::uint32_t read_cache_bytes = 4 * 1024 * 1024;    // per torrent
inline constexpr std::uint32_t read_ahead_bytes = 512 * 1024;         // per link, from its request queue
inline constexpr std::uint32_t reads_max = 16;                        // in flight per torrent
inline constexpr std::uint32_t optimistic_rounds = 3;                 // choke rounds before the optimistic slot moves
inline constexpr std::uint32_t optimistic_bytes_min = 64 * 1024;      // of a choke round, to whoever gives us nothing; more where an eighth of our uploads is more
inline constexpr std::uint32_t have_delay_ms = 20;                    // pieces told of in one message: each message costs the browsers as much as a block
inline constexpr std::uint32_t have_wanted_interval_ms = 60;          // between two such messages, to whoever wants the piece
inline constexpr std::uint32_t have_complete_interval_ms = 200;       // to whoever has everything
inline constexpr std::uint32_t have_interval_ms = 300;                // to others that have the piece
inline constexpr std::uint32_t link_useless_ms = 2'000;               // both sides have nothing to give: then close, for connections are few
inline constexpr std::uint32_t link_outgoing_bytes_max = 2 * 1024 * 1024;  // unsent: the peer asks and never reads
inline constexpr std::uint32_t metadata_outstanding_max = 32;         // pieces asked of one link, under its queue of 64
inline constexpr std::uint32_t metadata_timeout_ms = 5'000;           // for one piece; then another link is asked
inline constexpr std::uint32_t metadata_retry_ms = 5'000;             // after a reject
inline constexpr std::uint32_t metadata_rest_ms = 60'000;             // after metadata_rejects_max
// ---- channels --------------------------------------------------------------------------------
inline constexpr std::uint32_t channels_per_connection_max = 32;      // one per torrent that two devices have in common
inline constexpr std::uint32_t channels_linger_ms = 5'000;            // a connection without channels waits for the next torrent
inline constexpr std::uint32_t channel_answer_timeout_ms = 2'000;     // from an offer to the first byte over a further channel; then it is answered as any other
inline constexpr std::uint32_t channel_unnamed_bytes_max = 4 * 1024;  // before a further channel has named its torrent: 68 are needed, and what goes with them
inline constexpr std::uint32_t send_bytes_max = 64 * 1024;            // one data channel message
inline constexpr std::uint32_t send_water_mark_bytes = 128 * 1024;    // measured best 64–128 KiB
// ---- sealed shares ---------------------------------------------------------------------------
inline constexpr std::uint32_t sealed_pieces_max = 2'048;             // above 128 MiB pieces grow: a bitfield of 256 bytes
inline constexpr std::uint32_t share_meta_bytes_max = 256 * 1024;     // held in memory, and in the journal with the item
inline constexpr std::uint32_t share_meta_depth_max = 8;
inline constexpr std::uint32_t share_meta_files_max = 1'024;
inline constexpr std::uint32_t thumbnail_bytes_max = 8 * 1024;        // first pieces stay small: the name is known early
inline constexpr std::uint32_t password_bytes_max = 1'024;            // UTF-8
inline constexpr std::uint32_t password_stretches_max = 1;            // at once: each takes 64 MiB and a core
inline constexpr std::uint32_t entropy_bytes_max = 1'024;             // kept for secrets to come
inline constexpr std::uint32_t seal_read_bytes = 4 * 1024 * 1024;     // read, sealed and hashed at once: each read of a Blob costs a fixed sum
inline constexpr std::uint32_t seal_reads_max = 3;                    // in flight while a share is hashed
inline constexpr std::uint32_t seal_bytes_per_step = 512 * 1024;      // sealed or opened in one call: about 1 ms natively
// ---- store and engine ------------------------------------------------------------------------
inline constexpr std::uint64_t open_early_bytes_max = 4 * 1024 * 1024;       // content that is asked for before the store has said that there is room
inline constexpr std::uint64_t item_bytes_max = 9'007'199'254'740'991ULL;   // no cap but the disk's: 2^53 - 1 is what JavaScript counts
inline constexpr std::uint64_t store_bytes_max = 9'007'199'254'740'991ULL;  // likewise
inline constexpr std::uint64_t storage_low_bytes = 64ULL * 1024 * 1024;     // an hour of sound at 128 kbit/s
inline constexpr std::uint32_t journal_record_bytes_max = 16 * 1024 * 1024;  // an info dictionary and its files' names fit
inline constexpr std::uint32_t journal_bytes_max = 64 * 1024 * 1024;   // read whole at start; half of it is for what is remembered
inline constexpr std::uint32_t journal_compact_bytes = 256 * 1024;    // rewritten as a snapshot beyond this
inline constexpr std::uint32_t journal_ahead_bytes = 64 * 1024;       // reserved: on a full disk it can still be written what is removed
inline constexpr std::uint32_t journal_pace_min_ms = 20;              // between two commits of stored pieces: some pieces share one
inline constexpr std::uint32_t journal_pace_max_ms = 250;             // what a power cut costs at most; and a flush that took long may be a device that slept
inline constexpr std::uint32_t check_sample_bytes = 4'096;            // of a piece that may be there: one page, read before the whole
inline constexpr std::uint32_t check_read_bytes = 4 * 1024 * 1024;    // of pieces that are looked at, in flight
inline constexpr std::uint32_t check_reads_max = 8;
inline constexpr std::uint32_t used_journal_ms = 86'400'000;          // when an item was used is written down once a day
inline constexpr std::uint32_t export_head_bytes_max = 32 * 1024 * 1024;  // as much as the journal may remember
inline constexpr std::uint32_t torrents_max = 2'048;
inline constexpr std::uint32_t items_max = 10'000;
inline constexpr std::uint32_t change_interval_ms = 100;              // snapshots: at most 10 per second
inline constexpr std::uint32_t text_bytes_max = 4'096;                // name, description of a caller
inline constexpr std::uint32_t description_bytes_max = 64 * 1024;     // of a caller
inline constexpr std::uint32_t app_meta_bytes_max = 64 * 1024;        // app meta and thumbnail of a caller

}  // namespace samara::limits

namespace samara {

/// What a host may choose. Strings are UTF-8.
struct Config {
  std::vector<std::string> trackers;                 // wss: or ws: on loopback; may be empty
  std::vector<std::string> builtin_trackers;         // of the package: compact links need not name these
  std::string share_base;                            // absolute URL without fragment; ends where '#' is appended
  bool has_ice_servers = false;                      // false: host candidates are all there will be
  bool allow_insecure_trackers = true;               // ws: to loopback
  std::uint64_t item_bytes_max = limits::item_bytes_max;
  std::uint64_t store_bytes_max = limits::store_bytes_max;
  std::uint32_t peer_connections_max = limits::peer_connections_max;
  std::uint64_t upload_bytes_per_second = 0;         // 0: no limit
  std::uint64_t download_bytes_per_second = 0;       // 0: no limit
  bool has_store = true;                             // false: nothing outlives the engine
  bool seeding = true;                               // false: received items are not served
  bool evict = false;                                // true: received items may be removed, the least recently used first, when room is needed
};

}  // namespace samara
