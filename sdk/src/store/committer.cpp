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

void Committer::use_blobs(BlobId current, BlobId other) noexcept {
  current_blob_ = current;
  other_blob_ = other;
}

void Committer::seen(std::uint32_t generation) noexcept { generation_ = std::max(generation_, generation); }

void Committer::resume(const JournalContent& found) {
  stamp_ = found.stamp;
  seen(found.stamp.generation);
  sequence_ = found.next_sequence;
  journal_bytes_ = found.bytes_valid;
  snapshot_bytes_ = found.snapshot_bytes;
  // Behind a torn tail may lie a whole record with the right number: appending could bring it back.
  if (found.torn) renewal_ = Renewal::needed;
  if (!found.torn && stamp_.version < journal_format_version) renewal_ = Renewal::wanted;
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

bool Committer::idle() const noexcept {
  return !has_store_ || (pending_.empty() && stage_ == Stage::idle && !begin_ && !confirm_ && renewal_ == Renewal::none);
}

bool Committer::has_room(std::uint64_t record_bytes) const noexcept {
  return record_bytes <= limits::journal_record_bytes_max &&
         snapshot_bytes_ + journal_bytes_ + record_bytes <= limits::journal_bytes_max / 2;
}

bool Committer::rested(Instant now) const noexcept { return !committing_ && !retry_at_ && now >= rested_at_; }

std::optional<Instant> Committer::rested_at() const noexcept {
  return committing_ || retry_at_ ? std::nullopt : std::optional(rested_at_);
}

void Committer::pump(Instant now, const Catalogue& catalogue) {
  const bool anew = begin_ || renewal_ != Renewal::none;
  if (!has_store_ || stage_ != Stage::idle || (pending_.empty() && !anew && !confirm_)) return;
  if (retry_at_ && now < *retry_at_) return;
  retry_at_.reset();
  failed_ = 0;
  status_ = StoreStatus::ok;
  committing_ = true;
  asked_at_ = now;
  const std::uint64_t long_bytes = std::max<std::uint64_t>(limits::journal_compact_bytes, 4 * snapshot_bytes_);
  const bool too_long = journal_bytes_ > std::max(long_bytes, compact_at_bytes_);
  if (!pending_.empty() && !pending_.front().safe) {
    flush(Stage::flushing_content);
  } else if (anew || (too_long && !pending_.empty())) {
    write_snapshot(catalogue);
  } else if (!pending_.empty()) {
    write_entries();
  } else {
    flush(Stage::flushing_content);
  }
}

StoreOp Committer::issue() {
  ++outstanding_;
  return ops_.issue(owner_);
}

/// Entries up to the first whose content is not durable yet: the journal keeps their order.
void Committer::write_entries() {
  Bytes bytes;
  sequence_before_ = sequence_;
  for (const Entry& entry : pending_) {
    if (!entry.safe) break;
    append_journal_record(bytes, stamp_, sequence_++, entry.kind, entry.payload);
    covers_ = entry.ticket;
  }
  // A snapshot whose flush failed may be whole all the same: it must not win over what comes now.
  if (left_over_) outbox_.push(out::StoreDelete{issue(), other_blob_});
  const StoreOp op = issue();
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
  append_journal_header(bytes, ++generation_);
  sequence_before_ = sequence_;
  sequence_ = 0;
  catalogue.append_snapshot(bytes, {journal_format_version, generation_}, sequence_);
  covers_ = last_ticket_;
  const BlobId blob = begin_ ? current_blob_ : other_blob_;
  // What a crash left of an earlier try; the very first journal takes a blob that does not exist.
  if (!begin_ || left_over_) outbox_.push(out::StoreDelete{issue(), blob});
  const StoreOp op = issue();
  outbox_.push(out::StoreWrite{op, blob, 0, outbox_.arena().copy(bytes)});
  bytes_in_flight_ = bytes.size();
  flush(Stage::flushing_snapshot);
}

void Committer::flush(Stage stage) {
  stage_ = stage;
  content_covers_ = last_ticket_;
  outbox_.push(out::StoreFlush{issue()});
}

/// A stage ends when all of its commands are done: a failed write makes the flush behind it worthless.
bool Committer::store_done(Instant now, StoreOp, StoreStatus status) {
  const bool bad = status != StoreStatus::ok && status != StoreStatus::not_found;  // deleting what is not there is no failure
  if (bad && status_ == StoreStatus::ok) status_ = status;
  if (--outstanding_ > 0) return false;
  const Stage stage = std::exchange(stage_, Stage::idle);
  spent_ = spent_ + (now - asked_at_);
  if (status_ != StoreStatus::ok) {
    failed(now, stage);
    return true;
  }
  finished(stage);
  if (stage == Stage::flushing_content && !pending_.empty()) return true;  // now the journal
  trouble_ = StoreStatus::ok;
  rest(now);
  return true;
}

/// A flush of a minute is a device that slept, so the rest has an end.
void Committer::rest(Instant now) {
  committing_ = false;
  const Duration wanted = std::exchange(spent_, {}) * 15;
  rested_at_ = now + std::clamp(wanted, milliseconds(limits::journal_pace_min_ms), milliseconds(limits::journal_pace_max_ms));
}

/// What could not be compacted is appended to: that needs less room. What must be written anew is tried again.
void Committer::failed(Instant now, Stage stage) {
  if (stage != Stage::flushing_content) sequence_ = sequence_before_;
  rest(now);
  if (stage == Stage::flushing_snapshot) {
    left_over_ = true;
    if (!begin_ && renewal_ != Renewal::needed) {
      renewal_ = Renewal::none;
      compact_at_bytes_ = 2 * std::max<std::uint64_t>(journal_bytes_, limits::journal_compact_bytes);
      return;
    }
  }
  trouble_ = status_;
  failed_ = content_covers_;
  retry_at_ = now + retry_delay;
}

void Committer::finished(Stage stage) {
  confirm_ = false;
  confirmed_ = true;
  for (Entry& entry : pending_) entry.safe = entry.safe || entry.ticket <= content_covers_;
  if (stage == Stage::flushing_content) return;
  if (stage == Stage::flushing_snapshot) snapshot_finished();
  left_over_ = false;
  journal_bytes_ += bytes_in_flight_;
  durable_ = covers_;
  reserve_ahead();
  std::erase_if(pending_, [this](const Entry& entry) { return entry.ticket <= covers_; });
}

void Committer::snapshot_finished() {
  if (!begin_) {
    outbox_.push(out::StoreDelete{ops_.issue(nobody), current_blob_});
    std::swap(current_blob_, other_blob_);
    confirm_ = true;  // of the delete
  }
  begin_ = false;
  renewal_ = Renewal::none;
  stamp_ = {journal_format_version, generation_};
  journal_bytes_ = 0;
  snapshot_bytes_ = bytes_in_flight_;
  compact_at_bytes_ = 0;
  reserved_bytes_ = 0;
}

/// When that fails, nothing is worse than without.
void Committer::reserve_ahead() {
  if (journal_bytes_ + limits::journal_ahead_bytes / 2 <= reserved_bytes_) return;
  reserved_bytes_ = journal_bytes_ + limits::journal_ahead_bytes;
  outbox_.push(out::StoreReserve{ops_.issue(nobody), current_blob_, reserved_bytes_});
}

}  // namespace samara
