// Owns: the order in which things become durable: content is flushed before the journal speaks of it,
// the journal is flushed before anyone is told. Also compaction of the journal into a fresh blob.
// Refuses to know: what the entries mean and what waits for them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/outbox.hpp"
#include "base/store_ops.hpp"
#include "samara/ids.hpp"
#include "samara/time.hpp"
#include "store/journal.hpp"

namespace samara {

class Catalogue;

/// Rises by one with each appended entry; everything up to durable() survives a crash.
using Ticket = std::uint64_t;

/// Blobs 1 … 15 are journals. Two are in use in turn: the other one takes the next compaction. The rest
/// is room to leave one alone that cannot be read: nothing is ever wiped.
inline constexpr std::uint32_t journal_slots = 15;
inline constexpr BlobId first_content_blob{16};
[[nodiscard]] constexpr bool is_journal(BlobId blob) noexcept {
  return blob.value >= 1 && blob.value <= journal_slots;
}

class Committer {
 public:
  /// `owner` is what StoreOps remembers for its commands. With has_store false everything is durable
  /// at once and nothing is written.
  Committer(Outbox& outbox, StoreOps& ops, OpOwner owner, bool has_store);

  /// Which two journal blobs to use: `current` for this generation (and every second one after it).
  void use_blobs(BlobId current, BlobId other) noexcept;
  /// The journal found at start: its blob is appended to from `bytes` on. After use_blobs().
  void resume(std::uint32_t generation, std::uint32_t next_sequence, std::uint64_t bytes);
  /// True when a record of that size may still be remembered: the journal stays readable whole.
  [[nodiscard]] bool has_room(std::uint64_t record_bytes) const noexcept;

  /// There is no journal yet: the next pump writes one even with nothing queued, so that blobs left
  /// over by a crash can always be told from remembered ones.
  void begin() noexcept { begin_ = true; }

  /// Queues an entry. `after_content`: content written by store commands issued before this call must
  /// be durable before the entry is written.
  Ticket append(JournalKind kind, ByteSpan payload, bool after_content);
  [[nodiscard]] Ticket durable() const noexcept { return durable_; }
  [[nodiscard]] bool idle() const noexcept { return pending_.empty() && stage_ == Stage::idle && !begin_; }
  /// True when writing this entry was tried and failed. It stays queued and is tried again.
  [[nodiscard]] bool failed(Ticket ticket) const noexcept { return ticket > durable_ && ticket <= failed_; }
  /// The last attempt failed (ok: it did not).
  [[nodiscard]] StoreStatus trouble() const noexcept { return trouble_; }

  /// Issues the next store command if none is under way. `catalogue` is written out when compacting.
  void pump(Instant now, const Catalogue& catalogue);
  /// An op of ours is done. True when durable() rose or trouble() changed.
  bool store_done(Instant now, StoreOp op, StoreStatus status);
  [[nodiscard]] std::optional<Instant> deadline() const noexcept;

 private:
  enum class Stage : std::uint8_t { idle, flushing_content, flushing_journal, flushing_snapshot };
  struct Entry {
    Ticket ticket;
    JournalKind kind;
    Bytes payload;
    bool safe;  // its content is durable
  };

  void write_entries();
  void write_snapshot(const Catalogue& catalogue);
  void flush(Stage stage);
  void finished(Stage stage);

  Outbox& outbox_;
  StoreOps& ops_;
  OpOwner owner_;
  bool has_store_;
  bool begin_ = false;
  Stage stage_ = Stage::idle;
  std::vector<Entry> pending_;
  Ticket last_ticket_ = 0;
  Ticket durable_ = 0;
  Ticket failed_ = 0;           // highest ticket of a failed attempt
  Ticket covers_ = 0;           // highest ticket whose entry the running flush makes durable
  Ticket content_covers_ = 0;   // highest ticket whose content it makes durable
  BlobId current_blob_{1};
  BlobId other_blob_{2};
  std::uint32_t generation_ = 0;   // 0: no journal yet, the first pump writes a snapshot
  std::uint32_t sequence_ = 0;
  std::uint64_t journal_bytes_ = 0;
  std::uint64_t snapshot_bytes_ = 0;
  std::uint64_t bytes_in_flight_ = 0;
  std::uint32_t sequence_before_ = 0;
  StoreOp flush_op_{};
  bool write_failed_ = false;
  StoreStatus trouble_ = StoreStatus::ok;
  std::optional<Instant> retry_at_;
};

}  // namespace samara
