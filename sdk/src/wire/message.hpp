// Owns: the vocabulary of a link, and messages ⇄ bytes with every check that needs no memory.
// Refuses to know: the order of messages and what was said before (link.cpp).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <variant>

#include "samara/bytes.hpp"
#include "samara/error.hpp"
#include "samara/ids.hpp"
#include "wire/framer.hpp"

namespace samara {

/// A block of a piece as requests, cancels and rejects name it (BEP 3). offset and bytes within the piece.
struct BlockRef {
  std::uint32_t piece = 0;
  std::uint32_t offset = 0;
  std::uint32_t bytes = 0;
  auto operator<=>(const BlockRef&) const = default;
};

/// What a peer said. Spans borrow from the link and live until the next next() or feed().
namespace said {
struct Handshake { PeerId peer_id; bool fast = false; bool extended = false; };
/// BEP 10. Repeats are reported too; values absent in the message are absent here. `client` is
/// printable ASCII, at most client_name_bytes_max.
struct Extended {
  std::optional<std::uint32_t> metadata_bytes;
  std::optional<std::uint32_t> request_queue;
  std::string_view client;
  bool channels = false;  // it takes further torrents over further channels
};
struct Choke {};
struct Unchoke {};
struct Interested {};
struct NotInterested {};
struct Have { std::uint32_t piece = 0; };
struct DontHave { std::uint32_t piece = 0; };
/// Wire bytes; size and spare bits are already checked when the piece count is known.
struct Bitfield { ByteSpan wire; };
struct HaveAll {};
struct HaveNone {};
struct Request { BlockRef block; };
struct Cancel { BlockRef block; };
struct Reject { BlockRef block; };
struct Piece { std::uint32_t piece = 0; std::uint32_t offset = 0; ByteSpan bytes; };
struct MetadataRequest { std::uint32_t piece = 0; };
struct MetadataData { std::uint32_t piece = 0; std::uint32_t total_bytes = 0; ByteSpan bytes; };
struct MetadataReject { std::uint32_t piece = 0; };
}  // namespace said

using Said = std::variant<said::Handshake, said::Extended, said::Choke, said::Unchoke, said::Interested,
                          said::NotInterested, said::Have, said::DontHave, said::Bitfield, said::HaveAll,
                          said::HaveNone, said::Request, said::Cancel, said::Reject, said::Piece,
                          said::MetadataRequest, said::MetadataData, said::MetadataReject>;
static_assert(std::is_trivially_copyable_v<Said>);  // it is passed by value through every layer of a link

/// Numbers of the torrent that let the link check sizes; all 0 until metadata is known.
struct LinkGeometry {
  std::uint32_t piece_count = 0;
  std::uint32_t piece_bytes = 0;
  std::uint32_t last_piece_bytes = 0;
  [[nodiscard]] bool known() const noexcept { return piece_bytes != 0; }
};

/// True for the ids of BEP 3 and BEP 6; extended (20) and everything else is not decoded here.
[[nodiscard]] bool is_basic_message(std::uint8_t id) noexcept;

/// Decodes a frame whose id is basic and whose length passed the table. Nothing for messages that mean
/// nothing to us (port, suggest, allowed-fast). Ranges are checked when the geometry is known.
/// Errors: fast_not_negotiated, have_out_of_range, bitfield_spare_bits, request_too_long,
/// request_out_of_range, piece_not_requested (detail = the piece).
[[nodiscard]] Result<std::optional<Said>> decode_message(const Frame& frame, const LinkGeometry& geometry, bool fast);

/// have_out_of_range when `piece` is none of the torrent's, or of any torrent while it is unknown.
[[nodiscard]] Result<void> check_piece_index(std::uint32_t piece, const LinkGeometry& geometry);

/// bitfield_bad_size or bitfield_spare_bits when the wire form is not exactly that of the torrent.
[[nodiscard]] Result<void> check_bitfield(ByteSpan wire, const LinkGeometry& geometry);

// ---- encoding: each appends one whole frame -----------------------------------------------------
void append_keep_alive(Bytes& out);
/// A message without payload.
void append_message(Bytes& out, MessageId id);
/// have, suggest-piece, allowed-fast.
void append_piece_index(Bytes& out, MessageId id, std::uint32_t piece);
void append_bitfield(Bytes& out, ByteSpan wire);
/// request, cancel, reject-request.
void append_block(Bytes& out, MessageId id, const BlockRef& block);
void append_piece(Bytes& out, std::uint32_t piece, std::uint32_t offset, ByteSpan bytes);

/// For payloads of a length not known before: begin, append the payload, end with what begin returned.
[[nodiscard]] std::size_t begin_extended(Bytes& out, std::uint8_t extended_id);
void end_frame(Bytes& out, std::size_t start) noexcept;

}  // namespace samara
