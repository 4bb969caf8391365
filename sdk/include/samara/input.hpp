// Owns: everything that can happen to an engine. Closed set: a new kind is a compile error until
// every place that must know it does.
// Spans borrow from the caller: they are read before Engine::handle() returns and never kept.
#pragma once

#include <cstdint>
#include <variant>

#include "samara/bytes.hpp"
#include "samara/error.hpp"
#include "samara/ids.hpp"

namespace samara {

enum class StoreStatus : std::uint8_t { ok, full, lost, failed, not_found };
enum class DialStage : std::uint8_t { ice_connected, dtls_connected };
/// How the bytes of a connection travel, from the selected candidate pair.
enum class Route : std::uint8_t { unknown, local, direct, relay };
enum class DialFailure : std::uint8_t { create_failed, bad_sdp, ice_failed, closed, local_network_blocked };
enum class CallVerb : std::uint8_t { pause, resume, stop, cancel, remove };
enum class Subject : std::uint8_t { state, item, share, transfer };
enum class QueryKind : std::uint8_t { items, item, shares, share, find_share, transfers, transfer, health, torrent_file, export_head, read_export };

namespace in {

struct Tick {};
/// Wall time, at start, on resume and every minute. Dates follow it, deadlines never do.
struct WallClock { std::int64_t unix_ms = 0; };
/// The device went online or offline, its network changed, or the page came back (online = true): reconnect now.
/// While `metered` or `hidden`, what is complete is neither announced nor served: the app chose that (docs/architecture.md).
struct Network { bool online = true; bool metered = false; bool hidden = false; };

// ---- tracker sockets
struct SocketOpened { SocketId socket; };
struct SocketText { SocketId socket; ByteSpan utf8; };
/// Also the answer to OpenSocket when the connection could not be made.
struct SocketClosed { SocketId socket; };

// ---- peer connections
/// The local description as it stands now; sent when it is set and again with each candidate.
struct LocalSdp { DialId dial; ByteSpan sdp; bool gathering_complete = false; };
struct DialProgress { DialId dial; DialStage stage; Route route = Route::unknown; };
struct DialFailed { DialId dial; DialFailure why; };
/// The first channel of a connection, whatever its label, or one that OpenChannel asked for under its own number; or a further
/// one that the other side opened (label `sm1`; others are closed unheard), under the number of the connection.
struct ChannelOpened { ChannelId channel; DialId dial; std::uint32_t message_bytes_max = 0; };
struct ChannelBytes { ChannelId channel; ByteSpan bytes; };
/// What the browser still holds unsent. Reported after sends when it is at or under the low mark,
/// and on bufferedamountlow.
struct ChannelBuffered { ChannelId channel; std::uint32_t bytes = 0; };
struct ChannelClosed { ChannelId channel; };

// ---- storage
/// First input about storage: what blobs exist. `listing`: 12 bytes each, blob u32le then size u64le; a size of 2^64 − 1
/// is one that the store would have to look up. Sizes of blobs 1 … 15 are always given.
struct StoreOpened { ByteSpan listing; };
/// What the host believes is left for this origin: at start and after it has changed much. Never sent: unknown.
struct StoreRoom { std::uint64_t free_bytes = 0; };
/// Exactly one for every store command. Bytes only for StoreRead.
struct StoreDone { StoreOp op; StoreStatus status = StoreStatus::ok; ByteSpan bytes; };
/// Answer to HashPieces and HashBytes: 20 bytes per piece.
struct PiecesHashed { StoreOp op; StoreStatus status = StoreStatus::ok; ByteSpan hashes; };

/// Random bytes for secrets, fit for keys (crypto.getRandomValues, getrandom). Fed before every call that may need 32 of
/// them (Share); kept up to limits::entropy_bytes_max, each byte used once.
struct Entropy { ByteSpan bytes; };
/// Answer to StretchPassword: 32 bytes of Argon2id, or a status that is not ok.
struct PasswordStretched { StoreOp op; StoreStatus status = StoreStatus::ok; ByteSpan stretched; };

// ---- calls of the host's API. `spec` and results are bencoded dictionaries (docs/engine-api.md).
struct Save { RequestId request; BlobId source; ByteSpan spec; };
struct Share { RequestId request; BlobId source; ByteSpan spec; };
struct Receive { RequestId request; ByteSpan spec; };
/// The verdict of the host's `accept` for a transfer that waits for it.
struct Accept { RequestId request; ByteSpan spec; };
/// pause, resume, stop, cancel, remove; spec = {id, what: item | share | transfer}, and password for a resume.
struct Control { RequestId request; CallVerb verb; ByteSpan spec; };
struct UpdateItem { RequestId request; ByteSpan spec; };
/// Gives a referenced share its bytes back.
struct Provide { RequestId request; BlobId source; ByteSpan spec; };
struct Query { RequestId request; QueryKind kind; ByteSpan spec; };
/// Gives up a call that has not completed; it then completes with `aborted`.
struct Abort { RequestId request; };
/// Somebody reads this blob at `offset`. Of what is being received, what lies behind it is fetched first (the latest
/// counts); an item is marked as used.
struct Playhead { BlobId blob; std::uint64_t offset = 0; };
/// Stop announcing, close links, flush. Completed when quiet.
struct Shutdown { RequestId request; };

}  // namespace in

using Input = std::variant<in::Tick, in::WallClock, in::Network, in::SocketOpened, in::SocketText, in::SocketClosed,
                           in::LocalSdp, in::DialProgress, in::DialFailed, in::ChannelOpened, in::ChannelBytes,
                           in::ChannelBuffered, in::ChannelClosed, in::StoreOpened, in::StoreDone, in::PiecesHashed,
                           in::Save, in::Share, in::Receive, in::Accept, in::Control, in::UpdateItem, in::Provide,
                           in::Query, in::Abort, in::Shutdown, in::Playhead, in::Entropy, in::PasswordStretched,
                           in::StoreRoom>;

}  // namespace samara
