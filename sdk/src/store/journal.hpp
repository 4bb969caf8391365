// Owns: the journal's bytes: a header, then records with length, checksum and sequence number.
// Recovery takes the longest valid prefix, so a torn or lost tail costs the tail and nothing else.
// Refuses to know: what the records say and when they are flushed.
//
//   header  "SMRJ" · u16 format version · u16 0 · u32 generation                      little-endian
//   record  u32 payload bytes · u32 crc32(sequence ‖ kind ‖ payload) · u32 sequence · u8 kind · payload
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "samara/bytes.hpp"
#include "samara/error.hpp"

namespace samara {

/// Record kinds. Numbers are stored: never reused, never renumbered.
enum class JournalKind : std::uint8_t {
  snapshot_end = 1,   // everything before it is a complete state; a journal without one is not used
  item = 2,           // the item as it is from now on
  item_gone = 3,
  share = 4,
  share_gone = 5,
  transfer = 6,
  transfer_gone = 7,
  have = 8,           // pieces of a transfer that are stored
};

inline constexpr std::uint16_t journal_format_version = 1;
inline constexpr std::size_t journal_header_bytes = 12;
inline constexpr std::size_t journal_record_header_bytes = 13;

/// Borrows the journal's bytes.
struct JournalRecord {
  JournalKind kind;
  ByteSpan payload;
};

struct JournalContent {
  std::uint32_t generation = 0;
  std::uint32_t next_sequence = 0;
  std::uint64_t bytes_valid = 0;        // length of the longest valid prefix
  bool complete = false;                // its snapshot was written whole
  bool torn = false;                    // bytes follow the valid prefix
  std::vector<JournalRecord> records;   // without snapshot_end; unknown kinds are kept for the caller to skip
};

/// Reads as far as the bytes are valid. Errors: journal_corrupt when even the header is not one of
/// ours, newer_store when a later version of this project wrote it.
[[nodiscard]] Result<JournalContent> read_journal(ByteSpan bytes);

void append_journal_header(Bytes& out, std::uint32_t generation);
void append_journal_record(Bytes& out, std::uint32_t sequence, JournalKind kind, ByteSpan payload);

}  // namespace samara
