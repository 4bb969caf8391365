// Owns: reading and writing of journal bytes (layout in the header).
#include "store/journal.hpp"

#include "base/reader.hpp"
#include "base/writer.hpp"
#include "samara/config.hpp"
#include "store/crc32.hpp"

namespace samara {
namespace {

constexpr std::string_view magic = "SMRJ";

/// The next whole and intact record, or nothing where the valid prefix ends.
std::optional<JournalRecord> next_record(Reader& reader, std::uint32_t sequence_expected) {
  const std::uint32_t payload_bytes = reader.u32le();
  const std::uint32_t crc = reader.u32le();
  if (!reader.ok() || payload_bytes > limits::journal_record_bytes_max) return std::nullopt;
  const ByteSpan body = reader.take(std::size_t{payload_bytes} + 5);
  if (!reader.ok() || crc32(body) != crc) return std::nullopt;
  Reader fields(body);
  const std::uint32_t sequence = fields.u32le();
  const auto kind = static_cast<JournalKind>(fields.u8());
  if (sequence != sequence_expected) return std::nullopt;
  return JournalRecord{kind, fields.rest()};
}

}  // namespace

Result<JournalContent> read_journal(ByteSpan bytes) {
  Reader reader(bytes);
  const ByteSpan found_magic = reader.take(magic.size());
  const std::uint16_t version = reader.u16le();
  reader.u16le();
  JournalContent content;
  content.generation = reader.u32le();
  if (!reader.ok() || as_text(found_magic) != magic) return environment_fault(Code::journal_corrupt);
  if (version > journal_format_version) return environment_fault(Code::newer_store, version);
  content.bytes_valid = reader.position();
  while (reader.left() > 0) {
    const auto record = next_record(reader, content.next_sequence);
    if (!record) break;
    content.bytes_valid = reader.position();
    ++content.next_sequence;
    if (record->kind == JournalKind::snapshot_end) {
      content.complete = true;
    } else {
      content.records.push_back(*record);
    }
  }
  content.torn = content.bytes_valid != bytes.size();
  return content;
}

void append_journal_header(Bytes& out, std::uint32_t generation) {
  Writer(out).text(magic).u16le(journal_format_version).u16le(0).u32le(generation);
}

void append_journal_record(Bytes& out, std::uint32_t sequence, JournalKind kind, ByteSpan payload) {
  Bytes body;
  body.reserve(payload.size() + 5);
  Writer(body).u32le(sequence).u8(static_cast<std::uint8_t>(kind)).bytes(payload);
  Writer(out).u32le(static_cast<std::uint32_t>(payload.size())).u32le(crc32(body)).bytes(body);
}

}  // namespace samara
