// Owns: reading and writing of journal bytes (layout in the header).
#include "store/journal.hpp"

#include <algorithm>

#include "base/reader.hpp"
#include "base/writer.hpp"
#include "samara/config.hpp"
#include "store/crc32.hpp"

namespace samara {
namespace {

constexpr std::string_view magic = "SMRJ";
constexpr std::size_t checked_header_bytes = journal_header_bytes - 4;

std::uint32_t record_check(JournalStamp stamp, ByteSpan body) {
  const std::uint32_t g = stamp.generation;
  const std::uint8_t generation[]{static_cast<std::uint8_t>(g), static_cast<std::uint8_t>(g >> 8), static_cast<std::uint8_t>(g >> 16),
                                  static_cast<std::uint8_t>(g >> 24)};
  return crc32(body, stamp.version == 1 ? 0 : crc32(generation));
}

/// The next whole and intact record, or nothing where the valid prefix ends.
std::optional<JournalRecord> next_record(Reader& reader, JournalStamp stamp, std::uint32_t sequence_expected) {
  const std::uint32_t payload_bytes = reader.u32le();
  const std::uint32_t crc = reader.u32le();
  if (!reader.ok() || payload_bytes > limits::journal_record_bytes_max) return std::nullopt;
  const ByteSpan body = reader.take(std::size_t{payload_bytes} + 5);
  if (!reader.ok() || record_check(stamp, body) != crc) return std::nullopt;
  Reader fields(body);
  const std::uint32_t sequence = fields.u32le();
  const auto kind = static_cast<JournalKind>(fields.u8());
  if (sequence != sequence_expected) return std::nullopt;
  return JournalRecord{kind, fields.rest()};
}

/// Room that was reserved, or made and never written.
bool is_nothing(ByteSpan bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

/// What a crash can leave of a header: its beginning, or zeros.
bool is_cut_header(ByteSpan bytes) {
  const ByteSpan start = bytes.first(std::min(bytes.size(), journal_header_bytes));
  return is_nothing(start) || (bytes.size() < checked_header_bytes && as_text(start).starts_with(magic.substr(0, start.size())));
}

}  // namespace

Result<JournalContent> read_journal(ByteSpan bytes) {
  JournalContent content;
  content.torn = true;
  if (is_cut_header(bytes)) return content;
  Reader reader(bytes);
  const ByteSpan found_magic = reader.take(magic.size());
  JournalStamp stamp;
  stamp.version = reader.u16le();
  reader.u16le();
  stamp.generation = reader.u32le();
  if (!reader.ok() || as_text(found_magic) != magic || stamp.version == 0) return environment_fault(Code::journal_corrupt);
  if (stamp.version > journal_format_version) return environment_fault(Code::newer_store, stamp.version);
  if (stamp.version > 1 && (reader.u32le() != crc32(bytes.first(checked_header_bytes)) || !reader.ok())) return content;
  content.stamp = stamp;
  content.bytes_valid = reader.position();
  while (reader.left() > 0) {
    const auto record = next_record(reader, stamp, content.next_sequence);
    if (!record) break;
    content.bytes_valid = reader.position();
    ++content.next_sequence;
    if (record->kind == JournalKind::snapshot_end) {
      content.complete = true;
      content.snapshot_bytes = content.bytes_valid;
    } else {
      content.records.push_back(*record);
    }
  }
  content.torn = !is_nothing(bytes.subspan(static_cast<std::size_t>(content.bytes_valid)));
  return content;
}

void append_journal_header(Bytes& out, std::uint32_t generation) {
  const std::size_t start = out.size();
  Writer(out).text(magic).u16le(journal_format_version).u16le(0).u32le(generation);
  Writer(out).u32le(crc32(ByteSpan(out).subspan(start)));
}

void append_journal_record(Bytes& out, JournalStamp stamp, std::uint32_t sequence, JournalKind kind, ByteSpan payload) {
  Bytes body;
  body.reserve(payload.size() + 5);
  Writer(body).u32le(sequence).u8(static_cast<std::uint8_t>(kind)).bytes(payload);
  Writer(out).u32le(static_cast<std::uint32_t>(payload.size())).u32le(record_check(stamp, body)).bytes(body);
}

}  // namespace samara
