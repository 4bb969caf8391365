// Owns: what the engine does with the store as a whole: recovery at start, and handing each finished command to whoever
// waits for it.
#include <algorithm>
#include <utility>

#include "base/reader.hpp"
#include "base/sort.hpp"
#include "engine/core.hpp"

namespace samara {
namespace {

constexpr std::uint32_t committer_job = 1;
constexpr std::uint64_t unknown_bytes = ~0ULL;  // in a listing

}  // namespace

void Engine::Core::store_opened(ByteSpan bytes) {
  if (ready || !listing.empty()) return;
  Reader reader(bytes);
  while (reader.left() >= 12) {
    const BlobId blob{reader.u32le()};
    listing[blob] = reader.u64le();
    last_blob = std::max(last_blob, blob.value);
  }
  for (const auto& [blob, size] : listing) {
    if (is_journal(blob)) journals_to_read.push_back(blob);
  }
  read_next_journal();
}

void Engine::Core::read_next_journal() {
  if (journals_to_read.empty()) {
    recovered();
    return;
  }
  const BlobId blob = journals_to_read.back();
  Job& job = new_job(Job::Kind::recover, {});
  job.stage = Job::Stage::reading;
  job.blob = blob;
  const auto bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(listing[blob], limits::journal_bytes_max));
  outbox.push(out::StoreRead{ops.issue({OpOwner::Kind::job, job.id}), blob, 0, bytes});
}

/// Keeps the newest journal whose snapshot is whole: after a crash while compacting, that is the old one.
void Engine::Core::journal_read(StoreStatus status, ByteSpan bytes) {
  const BlobId blob = journals_to_read.back();
  journals_to_read.pop_back();
  if (status != StoreStatus::ok) {
    // It may be the newest: to go on without it would be to forget what was acknowledged.
    log(LogLevel::warn, to_string(Code::store_failed), blob.value);
    return refuse_store(Code::storage_lost);
  }
  const auto content = read_journal(bytes);
  if (!content) {
    log(LogLevel::warn, to_string(content.error().code), blob.value);
    if (content.error().code == Code::newer_store) read_only = true;
    unreadable_journals = true;
    return read_next_journal();
  }
  const std::uint32_t generation = content->stamp.generation;
  committer.seen(generation);
  if (!content->complete) log(LogLevel::info, "journal-incomplete", blob.value);
  if (content->complete && generation > journal_generation) {
    if (!journal_blob.none()) other_journals[journal_blob] = journal_generation;
    journal_best = to_bytes(bytes);
    journal_blob = blob;
    journal_generation = generation;
  } else {
    other_journals[blob] = generation;
  }
  read_next_journal();
}

/// Nothing is read, written or deleted any more.
void Engine::Core::refuse_store(Code code) {
  read_only = true;
  outbox.push(out::Ready{Error{code, Fault::environment, 0}});
}

void Engine::Core::recovered() {
  if (read_only) return refuse_store(Code::newer_store);
  const auto journal = read_journal(journal_best);
  const bool found = !journal_blob.none();
  if (!choose_journal_blobs(found)) return refuse_store(Code::storage_lost);
  if (found) {
    for (const JournalRecord& record : journal->records) catalogue.apply(record);
    committer.resume(*journal);
  } else {
    committer.begin();
  }
  for (const BlobUse& use : catalogue.blobs()) {
    last_blob = std::max(last_blob, use.blob.value);  // also of one that is gone: its number must not mean something else
    const auto at = listing.find(use.blob);
    if (at != listing.end() && !blobs.contains(use.blob)) hold_blob(use.blob, at->second == unknown_bytes ? use.bytes : at->second);
  }
  find_left_overs(found);
  journal_best.clear();
  ready = true;
  // Content beside no journal is then always a sign of damage, and never of a crash in the first moments.
  waits_for_journal = !found && config.has_store;
  resume_everything();
  touch_state();
}

/// The best journal goes on where it is; the next ones take blobs that hold nothing, so that what could
/// not be read stays. False when there is no place left.
bool Engine::Core::choose_journal_blobs(bool found) {
  std::vector<BlobId> places;
  if (found) places.push_back(journal_blob);
  for (std::uint32_t slot = 1; slot <= journal_slots; ++slot) {
    if (!listing.contains(BlobId{slot})) places.push_back(BlobId{slot});
  }
  if (places.size() < 2) return false;
  committer.use_blobs(places[0], places[1]);
  return true;
}

/// What a crash left: journals that the best one has replaced or that were cut short while they were to replace it, and
/// content that no record names. They go after a flush, because what was read need not be durable. Where the best journal
/// may not know everything, all stays: it was begun beside content that it knows nothing of, or beside journals that could
/// not be read.
void Engine::Core::find_left_overs(bool found) {
  if (!found) {
    const auto is_content = [](const auto& entry) { return !is_journal(entry.first); };
    catalogue.keep_unknown = unreadable_journals || std::ranges::any_of(listing, is_content);
  }
  if (catalogue.keep_unknown || unreadable_journals) return;
  for (const auto& [blob, generation] : other_journals) left_overs.push_back(blob);
  for (const auto& [blob, bytes] : listing) {
    if (!is_journal(blob) && !blobs.contains(blob)) left_overs.push_back(blob);
  }
  if (!left_overs.empty()) committer.confirm();
}

/// What waited for the first flush of this run.
void Engine::Core::confirmed() {
  const bool tried = committer.confirmed() || committer.trouble() != StoreStatus::ok;
  if (ready && !told_ready && (tried || !waits_for_journal)) {
    told_ready = true;
    outbox.push(out::Ready{});
  }
  if (!committer.confirmed() || left_overs.empty()) return;
  committer.confirm();  // of the deletes
  for (const BlobId blob : std::exchange(left_overs, {})) outbox.push(out::StoreDelete{ops.issue(nobody), blob});
}

void Engine::Core::resume_everything() {
  for (const auto& [id, record] : catalogue.shares) start_share(record, {});
  // Starting one changes the catalogue, so the ids are taken first.
  std::vector<TransferId> resumed;
  for (const auto& [id, record] : catalogue.transfers) resumed.push_back(id);
  for (const TransferId id : resumed) start_transfer(catalogue.transfers.at(id), true);
  for (const auto& [id, item] : catalogue.items) serve_item(item);
}

void Engine::Core::store_done(StoreOp op, StoreStatus status, ByteSpan bytes) {
  const auto owner = ops.finish(op);
  if (!owner) return;
  if (owner->kind == OpOwner::Kind::torrent) {
    Slot* slot = find_slot(TorrentId{owner->id});
    if (slot == nullptr) return;
    slot->torrent->store_done(now, op, status, bytes);
    drain(*slot);
  } else if (owner->id == committer_job) {
    if (committer.store_done(now, op, status)) touch_state();
  } else {
    job_done(owner->id, op, status, bytes);
  }
}

/// Queues what is stored but not journalled. A transfer that is complete is journalled as an item instead.
void Engine::Core::journal_have(Slot& slot) {
  if (slot.unjournalled.empty()) return;
  std::vector<std::uint32_t> pieces = std::move(slot.unjournalled);
  slot.unjournalled.clear();
  const auto transfer = catalogue.transfers.find(slot.transfer);
  if (transfer == catalogue.transfers.end()) return;
  sort(std::span(pieces));
  std::vector<std::pair<std::uint32_t, std::uint32_t>> runs;
  for (const std::uint32_t piece : pieces) {
    transfer->second.have.set(piece);
    if (!runs.empty() && runs.back().second == piece) {
      runs.back().second = piece + 1;
    } else {
      runs.emplace_back(piece, piece + 1);
    }
  }
  committer.append(JournalKind::have, encode_have(slot.transfer, runs), true);
}

/// Goes on with everything that waited for the journal; fails it when the store would not take it.
void Engine::Core::check_tickets() {
  std::vector<std::uint32_t> waiting;
  for (const auto& [id, job] : jobs) {
    if (job.stage != Job::Stage::committing) continue;
    if (job.ticket <= committer.durable() || committer.failed(job.ticket)) waiting.push_back(id);
  }
  for (const std::uint32_t id : waiting) {
    Job& job = jobs.at(id);
    const bool durable = job.ticket <= committer.durable();
    if (job.kind == Job::Kind::drop) {
      durable ? drop_done(job) : drop_failed(job);
    } else if (durable) {
      finish_job(job);
    } else {
      const Code code = committer.trouble() == StoreStatus::full ? Code::storage_full : Code::storage_lost;
      fail_job(job, Error{code, Fault::environment, 0});
    }
  }
  std::vector<TransferId> done;
  std::erase_if(finishing, [&](TransferId id) {
    const auto it = transfers.find(id);
    if (it != transfers.end() && it->second.ticket > committer.durable()) return false;
    done.push_back(id);
    return true;
  });
  for (const TransferId id : done) {
    const auto it = transfers.find(id);
    if (it != transfers.end()) transfer_stored(it->second);
  }
}

}  // namespace samara
