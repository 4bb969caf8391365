// Owns: the dictionary of ut_metadata messages, written and read.
#include "wire/ut_metadata.hpp"

#include <algorithm>
#include <string_view>

#include "base/checked.hpp"
#include "codec/bencode.hpp"
#include "samara/config.hpp"
#include "wire/message.hpp"

namespace samara {
namespace {

using Kind = MetadataMessage::Kind;

constexpr std::uint32_t pieces_of(std::uint32_t total_bytes) noexcept {
  return static_cast<std::uint32_t>(divide_up(total_bytes, limits::metadata_piece_bytes));
}

Result<Kind> read_kind(const BencodeView& root) {
  const auto value = root.find("msg_type");
  const auto number = value ? value->integer() : std::nullopt;
  if (!number || *number < 0) return remote_fault(Code::extended_invalid);
  return static_cast<Kind>(std::min<std::int64_t>(*number, static_cast<std::int64_t>(Kind::unknown)));
}

Result<std::uint32_t> read_piece(const BencodeView& root) {
  const auto value = root.find("piece");
  const auto number = value ? value->integer() : std::nullopt;
  const auto piece = number ? checked_cast<std::uint32_t>(*number) : std::nullopt;
  if (!piece) return remote_fault(Code::metadata_bad_piece);
  if (const auto in_range = check_metadata_piece(*piece, 0); !in_range) return std::unexpected(in_range.error());
  return *piece;
}

Result<std::uint32_t> read_total(const BencodeView& root) {
  const auto value = root.find("total_size");
  const auto number = value ? value->integer() : std::nullopt;
  if (!number || *number < 1 || *number > limits::metadata_bytes_max) return remote_fault(Code::metadata_bad_size);
  return static_cast<std::uint32_t>(*number);
}

/// Every piece is full but the last, which is what is left.
Result<void> check_data_bytes(const MetadataMessage& message) {
  if (const auto in_range = check_metadata_piece(message.piece, message.total_bytes); !in_range) return in_range;
  const std::uint32_t left = message.total_bytes - message.piece * limits::metadata_piece_bytes;
  const std::uint32_t expected = std::min(left, limits::metadata_piece_bytes);
  if (message.bytes.size() != expected) return remote_fault(Code::metadata_bad_piece, message.piece);
  return {};
}

void append_dict(Bytes& out, Kind kind, std::uint32_t piece, std::uint32_t total_bytes) {
  BencodeWriter writer(out);
  writer.begin_dict().field("msg_type", static_cast<std::uint32_t>(kind)).field("piece", piece);
  if (kind == Kind::data) writer.field("total_size", total_bytes);
  writer.end_dict();
}

void append_short(Bytes& out, std::uint8_t extended_id, Kind kind, std::uint32_t piece) {
  const std::size_t start = begin_extended(out, extended_id);
  append_dict(out, kind, piece, 0);
  end_frame(out, start);
}

}  // namespace

Result<MetadataMessage> decode_metadata_message(ByteSpan payload) {
  SAMARA_TRY(document, bencode_decode(payload, {}, true));
  const BencodeView root = document.root();
  if (!root.is_dict()) return remote_fault(Code::extended_invalid);
  SAMARA_TRY(kind, read_kind(root));
  MetadataMessage message;
  message.kind = kind;
  if (kind == Kind::unknown) return message;
  SAMARA_TRY(piece, read_piece(root));
  message.piece = piece;
  const ByteSpan behind = payload.subspan(document.bytes_used());
  if (kind != Kind::data) {
    if (!behind.empty()) {
      return remote_fault(Code::bencode_trailing_bytes, static_cast<std::uint32_t>(document.bytes_used()));
    }
    return message;
  }
  SAMARA_TRY(total_bytes, read_total(root));
  message.total_bytes = total_bytes;
  message.bytes = behind;
  if (const auto exact = check_data_bytes(message); !exact) return std::unexpected(exact.error());
  return message;
}

Result<void> check_metadata_piece(std::uint32_t piece, std::uint32_t total_bytes) {
  const std::uint32_t total = total_bytes != 0 ? total_bytes : limits::metadata_bytes_max;
  if (piece >= pieces_of(total)) return remote_fault(Code::metadata_bad_piece, piece);
  return {};
}

void append_metadata_request(Bytes& out, std::uint8_t extended_id, std::uint32_t piece) {
  append_short(out, extended_id, Kind::request, piece);
}

void append_metadata_reject(Bytes& out, std::uint8_t extended_id, std::uint32_t piece) {
  append_short(out, extended_id, Kind::reject, piece);
}

void append_metadata_data(Bytes& out, std::uint8_t extended_id, std::uint32_t piece, std::uint32_t total_bytes,
                          ByteSpan bytes) {
  const std::size_t start = begin_extended(out, extended_id);
  append_dict(out, Kind::data, piece, total_bytes);
  out.insert(out.end(), bytes.begin(), bytes.end());
  end_frame(out, start);
}

Result<void> MetadataQuota::on_request(Instant now, std::uint32_t own_bytes) {
  if (in_window_ == 0 || now - window_start_ >= milliseconds(limits::metadata_serves_window_ms)) {
    window_start_ = now;
    in_window_ = 0;
  }
  const std::uint32_t waiting_max = std::max(limits::metadata_request_queue_max, pieces_of(own_bytes));
  if (++in_window_ > limits::metadata_serves_max) return remote_fault(Code::metadata_flood, in_window_);
  if (++waiting_ > waiting_max) return remote_fault(Code::metadata_flood, waiting_);
  return {};
}

void MetadataQuota::on_answer() noexcept {
  if (waiting_ > 0) --waiting_;
}

}  // namespace samara
