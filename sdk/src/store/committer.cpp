// Owns: the commit cycle. One flush is in flight at a time; it covers the journal entries of this
// round and, for the next round, all content written meanwhile.
#include "store/committer.hpp"

#include <algorithm>
#include <utility>

#include "samara/config.hpp"
#include "store/catalogue.hpp"

namespace samara {
namespace {

constexpr Duration retry_delay = milliseconds(2'000);

}  // namespace

Committer::Committer(Outbox& outbox, StoreOps& ops, OpOwner owner, bool has_store)
    : outbox_(outbox), ops_(ops), owner_(owner), has_store_(has_store) {}

void Committer::resume(std::uint32_t generation, std::uint32_t next_sequence, std::uint64_t bytes) {
  generation_ = generation;
  sequence_ = next_sequence;
  journal_bytes_ = bytes;
  snapshot_bytes_ = bytes;
}

Ticket Committer::append(JournalKind kind, ByteSpan payload, bool after_content) {
  const Ticket ticket = ++last_ticket_;
  if (has_store_) {
    pending_.push_back({ticket, kind, to_bytes(payload), !after_content});
    retry_at_.reset();  // somebody waits: try again now
  } else {
    durable_ = ticket;
  }
  return ticket;
}

void Committer::use_blobs(BlobId current, BlobId other) noexcept {
  current_blob_ = current;
  other_blob_ = other;
}

bool Committer::has_room(std::uint64_t record_bytes) const noexcept {
  return record_bytes <= limits::journal_record_bytes_max &&
         snapshot_bytes_ + journal_bytes_ + record_bytes <= limits::journal_bytes_max / 2;
}

void Committer::pump(Instant now, const Catalogue& catalogue) {
  if (!has_store_ || stage_ != Stage::idle || (pending_.empty() && !begin_)) return;
  if (retry_at_ && now < *retry_at_) return;
  retry_at_.reset();
  write_failed_ = false;
  if (!pending_.empty() && !pending_.front().safe) {
    flush(Stage::flushing_content);
    return;
  }
  const bool too_long = journal_bytes_ > std::max<std::uint64_t>(limits::journal_compact_bytes, 4 * snapshot_bytes_);
  if (generation_ == 0 || too_long) {
    write_snapshot(catalogue);
  } else {
    write_entries();
  }
}

/// Entries up to the first whose content is not durable yet: the journal keeps their order.
void Committer::write_entries() {
  Bytes bytes;
  sequence_before_ = sequence_;
  for (const Entry& entry : pending_) {
    if (!entry.safe) break;
    append_journal_record(bytes, sequence_++, entry.kind, entry.payload);
    covers_ = entry.ticket;
  }
  const StoreOp op = ops_.issue(owner_);
  outbox_.push(out::StoreWrite{op, current_blob_, journal_bytes_, outbox_.arena().copy(bytes)});
  bytes_in_flight_ = bytes.size();
  flush(Stage::flushing_journal);
}

/// The catalogue already holds what the pending entries say, so the snapshot stands for all of them;
/// it is only written when every one of them is safe.
void Committer::write_snapshot(const Catalogue& catalogue) {
  const bool all_safe = std::all_of(pending_.begin(), pending_.end(), [](const Entry& e) { return e.safe; });
  if (!all_safe) {
    flush(Stage::flushing_content);
    return;
  }
  Bytes bytes;
  append_journal_header(bytes, generation_ + 1);
  sequence_before_ = sequence_;
  sequence_ = 0;
  catalogue.append_snapshot(bytes, sequence_);
  covers_ = last_ticket_;
  const BlobId blob = generation_ == 0 ? current_blob_ : other_blob_;
  // What a crash left of an earlier try; the very first journal takes a blob that does not exist.
  if (generation_ != 0) outbox_.push(out::StoreDelete{ops_.issue(owner_), blob});
  const StoreOp op = ops_.issue(owner_);
  outbox_.push(out::StoreWrite{op, blob, 0, outbox_.arena().copy(bytes)});
  bytes_in_flight_ = bytes.size();
  flush(Stage::flushing_snapshot);
}

void Committer::flush(Stage stage) {
  stage_ = stage;
  content_covers_ = last_ticket_;
  flush_op_ = ops_.issue(owner_);
  outbox_.push(out::StoreFlush{flush_op_});
}

bool Committer::store_done(Instant now, StoreOp op, StoreStatus status) {
  if (op != flush_op_) {
    // Deleting what is not there is no failure; a failed write makes the flush behind it worthless.
    if (status != StoreStatus::ok && status != StoreStatus::not_found) {
      write_failed_ = true;
      trouble_ = status;
    }
    return false;
  }
  const Stage stage = stage_;
  stage_ = Stage::idle;
  flush_op_ = {};
  if (status != StoreStatus::ok || write_failed_) {
    if (status != StoreStatus::ok) trouble_ = status;
    failed_ = content_covers_;
    if (stage != Stage::flushing_content) sequence_ = sequence_before_;
    retry_at_ = now + retry_delay;
    return true;
  }
  trouble_ = StoreStatus::ok;
  finished(stage);
  return true;
}

void Committer::finished(Stage stage) {
  for (Entry& entry : pending_) entry.safe = entry.safe || entry.ticket <= content_covers_;
  if (stage == Stage::flushing_content) return;
  if (stage == Stage::flushing_snapshot) {
    if (generation_ != 0) {
      outbox_.push(out::StoreDelete{ops_.issue(owner_), current_blob_});
      std::swap(current_blob_, other_blob_);
    }
    ++generation_;
    begin_ = false;
    journal_bytes_ = 0;
    snapshot_bytes_ = bytes_in_flight_;
  }
  journal_bytes_ += bytes_in_flight_;
  durable_ = covers_;
  std::erase_if(pending_, [this](const Entry& entry) { return entry.ticket <= covers_; });
}

std::optional<Instant> Committer::deadline() const noexcept {
  return retry_at_;
}

}  // namespace samara
