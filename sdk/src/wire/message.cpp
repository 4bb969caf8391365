// Owns: the layout of every message of BEP 3 and BEP 6.
#include "wire/message.hpp"

#include "base/bitfield.hpp"
#include "base/checked.hpp"
#include "base/reader.hpp"
#include "base/writer.hpp"
#include "samara/config.hpp"

namespace samara {
namespace {

constexpr std::size_t prefix_bytes = 4;

bool is_fast_message(MessageId id) noexcept {
  switch (id) {
    case MessageId::suggest_piece:
    case MessageId::have_all:
    case MessageId::have_none:
    case MessageId::reject_request:
    case MessageId::allowed_fast:
      return true;
    default:
      return false;
  }
}

/// Length of a piece; 0 when there is none of that index.
std::uint32_t piece_length(std::uint32_t piece, const LinkGeometry& geometry) noexcept {
  if (piece >= geometry.piece_count) return 0;
  return piece + 1 == geometry.piece_count ? geometry.last_piece_bytes : geometry.piece_bytes;
}

bool block_within(const BlockRef& block, const LinkGeometry& geometry) noexcept {
  const auto end = checked_add(block.offset, block.bytes);
  return block.bytes != 0 && end && *end <= piece_length(block.piece, geometry);
}

Result<BlockRef> read_block(ByteSpan payload, const LinkGeometry& geometry) {
  Reader reader(payload);
  BlockRef block;
  block.piece = reader.u32be();
  block.offset = reader.u32be();
  block.bytes = reader.u32be();
  if (!reader.ok() || block.bytes == 0) return remote_fault(Code::request_out_of_range, block.piece);
  if (block.bytes > limits::request_bytes_max) return remote_fault(Code::request_too_long, block.piece);
  if (geometry.known() && !block_within(block, geometry)) {
    return remote_fault(Code::request_out_of_range, block.piece);
  }
  return block;
}

template <class Kind>
Result<std::optional<Said>> said_block(ByteSpan payload, const LinkGeometry& geometry) {
  SAMARA_TRY(block, read_block(payload, geometry));
  return Said{Kind{block}};
}

Result<std::optional<Said>> said_piece(ByteSpan payload, const LinkGeometry& geometry) {
  Reader reader(payload);
  said::Piece piece;
  piece.piece = reader.u32be();
  piece.offset = reader.u32be();
  piece.bytes = reader.rest();
  const BlockRef block{piece.piece, piece.offset, static_cast<std::uint32_t>(piece.bytes.size())};
  // Whatever lies outside the torrent, or comes before we knew it, we cannot have asked for.
  if (!reader.ok() || !block_within(block, geometry)) return remote_fault(Code::piece_not_requested, piece.piece);
  return Said{piece};
}

Result<std::optional<Said>> said_have(ByteSpan payload, const LinkGeometry& geometry) {
  const std::uint32_t piece = Reader(payload).u32be();
  if (const auto in_range = check_piece_index(piece, geometry); !in_range) return std::unexpected(in_range.error());
  return Said{said::Have{piece}};
}

Result<std::optional<Said>> said_bitfield(ByteSpan payload, const LinkGeometry& geometry) {
  if (geometry.known()) {
    if (const auto legal = check_bitfield(payload, geometry); !legal) return std::unexpected(legal.error());
  }
  return Said{said::Bitfield{payload}};
}

/// The prefix and the id of a frame whose payload is `payload_bytes` long.
Writer frame_header(Bytes& out, MessageId id, std::size_t payload_bytes) {
  Writer writer(out);
  writer.u32be(static_cast<std::uint32_t>(1 + payload_bytes)).u8(static_cast<std::uint8_t>(id));
  return writer;
}

}  // namespace

bool is_basic_message(std::uint8_t id) noexcept {
  return id <= static_cast<std::uint8_t>(MessageId::port) || is_fast_message(static_cast<MessageId>(id));
}

Result<std::optional<Said>> decode_message(const Frame& frame, const LinkGeometry& geometry, bool fast) {
  const auto id = static_cast<MessageId>(frame.id);
  if (is_fast_message(id) && !fast) return remote_fault(Code::fast_not_negotiated, frame.id);
  switch (id) {
    case MessageId::choke:
      return Said{said::Choke{}};
    case MessageId::unchoke:
      return Said{said::Unchoke{}};
    case MessageId::interested:
      return Said{said::Interested{}};
    case MessageId::not_interested:
      return Said{said::NotInterested{}};
    case MessageId::have:
      return said_have(frame.payload, geometry);
    case MessageId::bitfield:
      return said_bitfield(frame.payload, geometry);
    case MessageId::request:
      return said_block<said::Request>(frame.payload, geometry);
    case MessageId::piece:
      return said_piece(frame.payload, geometry);
    case MessageId::cancel:
      return said_block<said::Cancel>(frame.payload, geometry);
    case MessageId::have_all:
      return Said{said::HaveAll{}};
    case MessageId::have_none:
      return Said{said::HaveNone{}};
    case MessageId::reject_request:
      return said_block<said::Reject>(frame.payload, geometry);
    case MessageId::port:           // of a DHT node, which we are not
    case MessageId::suggest_piece:  // advice; we pick by rarity
    case MessageId::allowed_fast:   // permission; we wait for unchoke
    case MessageId::extended:
      return std::nullopt;
  }
  return std::nullopt;
}

Result<void> check_piece_index(std::uint32_t piece, const LinkGeometry& geometry) {
  const std::uint32_t count = geometry.known() ? geometry.piece_count : limits::pieces_max;
  if (piece >= count) return remote_fault(Code::have_out_of_range, piece);
  return {};
}

Result<void> check_bitfield(ByteSpan wire, const LinkGeometry& geometry) {
  const auto size = static_cast<std::uint32_t>(wire.size());
  if (size != divide_up(geometry.piece_count, 8)) return remote_fault(Code::bitfield_bad_size, size);
  if (!Bitfield::from_wire(wire, geometry.piece_count)) return remote_fault(Code::bitfield_spare_bits, size);
  return {};
}

void append_keep_alive(Bytes& out) { Writer(out).u32be(0); }

void append_message(Bytes& out, MessageId id) { frame_header(out, id, 0); }

void append_piece_index(Bytes& out, MessageId id, std::uint32_t piece) { frame_header(out, id, 4).u32be(piece); }

void append_bitfield(Bytes& out, ByteSpan wire) { frame_header(out, MessageId::bitfield, wire.size()).bytes(wire); }

void append_block(Bytes& out, MessageId id, const BlockRef& block) {
  frame_header(out, id, 12).u32be(block.piece).u32be(block.offset).u32be(block.bytes);
}

void append_piece(Bytes& out, std::uint32_t piece, std::uint32_t offset, ByteSpan bytes) {
  frame_header(out, MessageId::piece, 8 + bytes.size()).u32be(piece).u32be(offset).bytes(bytes);
}

std::size_t begin_extended(Bytes& out, std::uint8_t extended_id) {
  const std::size_t start = out.size();
  frame_header(out, MessageId::extended, 0).u8(extended_id);
  return start;
}

void end_frame(Bytes& out, std::size_t start) noexcept {
  const auto length = static_cast<std::uint32_t>(out.size() - start - prefix_bytes);
  for (std::size_t i = 0; i < prefix_bytes; ++i) {
    out[start + i] = static_cast<std::uint8_t>(length >> (8 * (prefix_bytes - 1 - i)));
  }
}

}  // namespace samara
