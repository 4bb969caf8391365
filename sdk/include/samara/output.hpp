// Owns: everything an engine can ask of its host or tell it. One queue, so the order is total: the
// trace of a simulation is the list of outputs, and "store before announce" can be seen by a test.
// Spans and texts borrow from the engine: they live until the next handle().
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "samara/bytes.hpp"
#include "samara/error.hpp"
#include "samara/ids.hpp"
#include "samara/input.hpp"

namespace samara {

enum class LogLevel : std::uint8_t { warn, info, debug };

namespace out {

/// Storage has been read: API calls may be made. With an error (newer_store) none may.
struct Ready { Error error; };

// ---- tracker sockets
struct OpenSocket { SocketId socket; std::string_view url; };
struct SendText { SocketId socket; std::string_view utf8; };
struct CloseSocket { SocketId socket; };

// ---- peer connections
/// Make a peer connection with one data channel and an offer; answer with LocalSdp.
/// `gives`: of its torrent this side has everything, so it sends content over that connection and receives none.
struct MakeOffer { DialId dial; bool gives = false; };
/// Make a peer connection for this remote offer and an answer; answer with LocalSdp.
struct MakeAnswer { DialId dial; std::string_view offer_sdp; bool gives = false; };
struct ApplyAnswer { DialId dial; std::string_view answer_sdp; };
/// Open one more data channel (ordered, label `sm1`) on the peer connection of `over`. It is known as `dial` from now on:
/// ChannelOpened and CloseDial name it so, the latter closes this channel alone. `gives` as above.
struct OpenChannel { DialId dial; DialId over; bool gives = false; };
/// Closes the peer connection with its channels. No further input about it may follow.
struct CloseDial { DialId dial; };
/// Closes this channel alone. One that is not known is none. No further input about it may follow.
struct CloseChannel { ChannelId channel; };
struct SendBytes { ChannelId channel; ByteSpan bytes; };

// ---- storage. Each command is answered by exactly one StoreDone (HashPieces by PiecesHashed).
struct StoreRead { StoreOp op; BlobId blob; std::uint64_t offset = 0; std::uint32_t bytes = 0; };
struct StoreWrite { StoreOp op; BlobId blob; std::uint64_t offset = 0; ByteSpan bytes; };
/// Everything written before is durable when this is done.
struct StoreFlush { StoreOp op; };
struct StoreDelete { StoreOp op; BlobId blob; };
/// Make the blob exist with room for that many bytes, so that a store that cannot hold them says `full` now and not half
/// way. A blob never shrinks by it; bytes never written read as `lost` or as zeros, as the store likes.
struct StoreReserve { StoreOp op; BlobId blob; std::uint64_t bytes = 0; };
/// Copy a whole source into a stored blob, which is reserved first.
struct StoreCopy { StoreOp op; BlobId source; BlobId blob; std::uint64_t bytes = 0; };
/// SHA-1 of each piece of a blob or source; the last piece may be shorter.
struct HashPieces { StoreOp op; BlobId blob; std::uint64_t bytes = 0; std::uint32_t piece_bytes = 0; };
/// SHA-1 of each piece of these bytes (the ciphertext of a share that is being sealed: never stored). Answered by
/// PiecesHashed. `blob` and `total_bytes`: what is being hashed in all, for showing progress.
struct HashBytes { StoreOp op; BlobId blob; std::uint64_t total_bytes = 0; std::uint32_t piece_bytes = 0; ByteSpan bytes; };
/// Argon2id(password, salt, t = 3, m = 64 MiB, 1 lane, 32 bytes). Answered by one PasswordStretched. `password` is
/// what the caller gave (UTF-8 in form NFC), `salt` 16 bytes; neither may be kept or logged.
struct StretchPassword { StoreOp op; ByteSpan salt; ByteSpan password; };
/// The engine no longer needs this source.
struct ReleaseSource { BlobId source; };

// ---- to the API
/// The end of a call: `result` is a bencoded dictionary, or `error.code` is not ok.
struct Completed { RequestId request; Error error; ByteSpan result; };
/// A new snapshot of a subject, at most 10 per second each; `payload` as in docs/engine-api.md.
struct Changed { Subject subject; ByteSpan payload; };
/// The subject with this public id is gone.
struct Gone { Subject subject; std::uint64_t id = 0; };
/// For developers. `code` is a static kebab-case word, `detail` a number its code gives meaning to.
struct Log { LogLevel level; std::string_view area; std::string_view code; std::uint64_t detail = 0; };

}  // namespace out

using Output = std::variant<out::Ready, out::OpenSocket, out::SendText, out::CloseSocket, out::MakeOffer,
                            out::MakeAnswer, out::ApplyAnswer, out::CloseDial, out::SendBytes, out::StoreRead,
                            out::StoreWrite, out::StoreFlush, out::StoreDelete, out::StoreCopy, out::HashPieces,
                            out::HashBytes, out::StretchPassword, out::ReleaseSource, out::Completed, out::Changed, out::Gone, out::Log,
                            out::StoreReserve, out::OpenChannel, out::CloseChannel>;

}  // namespace samara
