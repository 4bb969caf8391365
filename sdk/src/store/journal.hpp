// Owns: the journal's bytes: a header, then records with length, checksum and sequence number.
// Recovery takes the longest valid prefix, so a torn or lost tail costs the tail and nothing else.
// Refuses to know: what the records say and when they are flushed.
//
//   header  "SMRJ" · u16 format version · u16 0 · u32 generation · u32 crc32 of these            little-endian
//   record  u32 payload bytes · u32 crc32(generation ‖ sequence ‖ kind ‖ payload) · u32 sequence · u8 kind · payload
//
// Version 1 had neither the header's checksum nor the generation in that of the records. It is read, and goes on being
// written where there is no room to write it anew.
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
  keep_unknown = 9,   // there may be content and journals that this one knows nothing of: they stay
};

inline constexpr std::uint16_t journal_format_version = 2;
inline constexpr std::size_t journal_header_bytes = 16;
inline constexpr std::size_t journal_record_header_bytes = 13;

/// What the records of one journal have in common. A record is valid in no other.
struct JournalStamp {
  std::uint16_t version = journal_format_version;
  std::uint32_t generation = 0;
};

/// Borrows the journal's bytes.
struct JournalRecord {
  JournalKind kind;
  ByteSpan payload;
};

struct JournalContent {
  JournalStamp stamp;                   // generation 0: even the header was cut
  std::uint32_t next_sequence = 0;
  std::uint64_t bytes_valid = 0;        // length of the longest valid prefix
  std::uint64_t snapshot_bytes = 0;     // length of the snapshot, its end included
  bool complete = false;                // its snapshot was written whole
  bool torn = false;                    // something else than zeros, which are reserved room, follows the valid prefix
  std::vector<JournalRecord> records;   // without snapshot_end; unknown kinds are kept for the caller to skip
};

/// Reads as far as the bytes are valid. Errors: journal_corrupt when the header is not one of ours (one that a crash cut
/// short is), newer_store when a later version of this project wrote it.
[[nodiscard]] Result<JournalContent> read_journal(ByteSpan bytes);

/// The header of the current version.
void append_journal_header(Bytes& out, std::uint32_t generation);
void append_journal_record(Bytes& out, JournalStamp stamp, std::uint32_t sequence, JournalKind kind, ByteSpan payload);

}  // namespace samara
