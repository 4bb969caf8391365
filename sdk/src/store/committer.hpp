// Owns: the order in which things become durable: content is flushed before the journal speaks of it,
// the journal is flushed before anyone is told. Also when the journal is written anew, into a fresh blob.
// Refuses to know: what the entries mean and what waits for them.
//
// Until a flush has succeeded, any part of what was written and deleted before it may survive a crash. So no try uses the
// generation of another, nothing is appended behind a torn tail, and a snapshot that failed is deleted before the old
// journal is appended to again.
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
  /// A journal of this generation has been seen, whole or not: later ones are higher.
  void seen(std::uint32_t generation) noexcept;
  /// The journal found at start. After use_blobs(). Is it torn, or of an older format, then it is written anew at once.
  void resume(const JournalContent& found);
  /// There is no journal yet: the next pump writes one even with nothing queued, so that blobs left
  /// over by a crash can always be told from remembered ones.
  void begin() noexcept { begin_ = true; }
  /// Asks for a flush even with nothing queued: what was read at start may never have been durable.
  void confirm() noexcept { confirm_ = true; }
  /// A flush has succeeded in this run.
  [[nodiscard]] bool confirmed() const noexcept { return confirmed_; }
  /// True when a record of that size may still be remembered: the journal stays readable whole.
  [[nodiscard]] bool has_room(std::uint64_t record_bytes) const noexcept;

  /// Queues an entry. `after_content`: content written by store commands issued before this call must
  /// be durable before the entry is written.
  Ticket append(JournalKind kind, ByteSpan payload, bool after_content);
  [[nodiscard]] Ticket durable() const noexcept { return durable_; }
  [[nodiscard]] bool idle() const noexcept;
  /// True when writing this entry was tried and failed. It stays queued and is tried again.
  [[nodiscard]] bool failed(Ticket ticket) const noexcept { return ticket > durable_ && ticket <= failed_; }
  /// The last attempt failed (ok: it did not).
  [[nodiscard]] StoreStatus trouble() const noexcept { return trouble_; }
  /// The cause of the trouble may be gone: the next pump tries again.
  void retry() noexcept { retry_at_.reset(); }

  /// Nothing is under way and the rest after the last commit is over: now is the time for entries that can wait, so that
  /// commits take at most a sixteenth of it.
  [[nodiscard]] bool rested(Instant now) const noexcept;
  /// When it will be; nothing while that cannot be told.
  [[nodiscard]] std::optional<Instant> rested_at() const noexcept;

  /// Issues the next store command if none is under way. `catalogue` is written out when compacting.
  void pump(Instant now, const Catalogue& catalogue);
  /// An op of ours is done. True when durable() rose or trouble() changed.
  bool store_done(Instant now, StoreOp op, StoreStatus status);
  [[nodiscard]] std::optional<Instant> deadline() const noexcept { return retry_at_; }

 private:
  enum class Stage : std::uint8_t { idle, flushing_content, flushing_journal, flushing_snapshot };
  /// Of the journal as it is: must it be written anew?
  enum class Renewal : std::uint8_t { none, wanted, needed };
  struct Entry {
    Ticket ticket;
    JournalKind kind;
    Bytes payload;
    bool safe;  // its content is durable
  };

  void write_entries();
  void write_snapshot(const Catalogue& catalogue);
  [[nodiscard]] StoreOp issue();
  void flush(Stage stage);
  void finished(Stage stage);
  void snapshot_finished();
  void reserve_ahead();
  void failed(Instant now, Stage stage);
  void rest(Instant now);

  Outbox& outbox_;
  StoreOps& ops_;
  OpOwner owner_;
  bool has_store_;
  bool begin_ = false;
  bool confirm_ = false;
  bool confirmed_ = false;
  Renewal renewal_ = Renewal::none;
  Stage stage_ = Stage::idle;
  std::vector<Entry> pending_;
  Ticket last_ticket_ = 0;
  Ticket durable_ = 0;
  Ticket failed_ = 0;           // highest ticket of a failed attempt
  Ticket covers_ = 0;           // highest ticket whose entry the running flush makes durable
  Ticket content_covers_ = 0;   // highest ticket whose content it makes durable
  BlobId current_blob_{1};
  BlobId other_blob_{2};
  bool left_over_ = false;      // a snapshot that failed may be where the next one goes
  JournalStamp stamp_;          // of the journal in current_blob_
  std::uint32_t generation_ = 0;   // the highest seen or tried
  std::uint32_t sequence_ = 0;
  std::uint64_t journal_bytes_ = 0;
  std::uint64_t snapshot_bytes_ = 0;
  std::uint64_t compact_at_bytes_ = 0;   // after a snapshot that failed: not before
  std::uint64_t bytes_in_flight_ = 0;
  std::uint64_t reserved_bytes_ = 0;     // of the journal's blob
  std::uint32_t sequence_before_ = 0;
  std::uint32_t outstanding_ = 0;        // commands of this stage that are not done
  StoreStatus status_ = StoreStatus::ok;   // the first bad one of this stage
  StoreStatus trouble_ = StoreStatus::ok;
  std::optional<Instant> retry_at_;
  bool committing_ = false;     // from the first flush of a commit to its end
  Instant asked_at_;            // the flush in flight
  Duration spent_;              // on the flushes of this commit
  Instant rested_at_;
};

}  // namespace samara
