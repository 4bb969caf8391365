// Owns: what the engine does with the store as a whole: recovery at start, which blobs exist, how
// full it is, and handing each finished command to whoever waits for it.
#include <algorithm>

#include "base/reader.hpp"
#include "base/sort.hpp"
#include "engine/core.hpp"

namespace samara {
namespace {

constexpr std::uint32_t committer_job = 1;

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
  const auto content = status == StoreStatus::ok ? read_journal(bytes) : environment_fault(Code::store_failed);
  if (!content) {
    log(LogLevel::warn, to_string(content.error().code), blob.value);
    if (content.error().code == Code::newer_store) read_only = true;
    unreadable_journals = true;
  } else if (content->complete) {
    const auto best = read_journal(journal_best);
    if (!best || best->generation < content->generation) {
      journal_best = to_bytes(bytes);
      journal_blob = blob;
    }
  } else {
    log(LogLevel::info, "journal-incomplete", blob.value);
    cut_journals.push_back(blob);
  }
  read_next_journal();
}

void Engine::Core::recovered() {
  if (read_only) {
    outbox.push(out::Ready{Error{Code::newer_store, Fault::environment, 0}});
    return;
  }
  const auto journal = read_journal(journal_best);
  if (!choose_journal_blobs(journal.has_value())) {
    read_only = true;
    outbox.push(out::Ready{Error{Code::storage_lost, Fault::environment, 0}});
    return;
  }
  if (journal) {
    for (const JournalRecord& record : journal->records) catalogue.apply(record);
    committer.resume(journal->generation, journal->next_sequence, journal->bytes_valid);
  } else {
    committer.begin();
  }
  for (const BlobId blob : catalogue.blobs()) {
    const auto found = listing.find(blob);
    if (found == listing.end()) continue;
    if (blobs.emplace(blob, found->second).second) used_bytes += found->second;
  }
  // Blobs nobody remembers are left-overs of a crash between content and journal. Without a journal
  // nothing is known about them, so nothing is deleted.
  for (const auto& [blob, bytes] : listing) {
    if (journal && !unreadable_journals && !is_journal(blob) && !blobs.contains(blob)) outbox.push(out::StoreDelete{ops.issue(nobody), blob});
  }
  journal_best.clear();
  ready = true;
  outbox.push(out::Ready{});
  resume_everything();
  touch_state();
}

/// The best journal goes on where it is; the next ones take blobs that hold nothing, so that what could
/// not be read stays. A snapshot that a crash cut short goes once there is a whole one: it said no more.
/// False when there is no place left.
bool Engine::Core::choose_journal_blobs(bool found) {
  for (const BlobId blob : cut_journals) {
    if (!found) continue;
    outbox.push(out::StoreDelete{ops.issue(nobody), blob});
    listing.erase(blob);
  }
  std::vector<BlobId> places;
  if (found) places.push_back(journal_blob);
  for (std::uint32_t slot = 1; slot <= journal_slots; ++slot) {
    if (!listing.contains(BlobId{slot})) places.push_back(BlobId{slot});
  }
  if (places.size() < 2) return false;
  committer.use_blobs(places[0], places[1]);
  return true;
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

/// A new stored blob for that many bytes, or storage_full when a cap stands against it.
Result<BlobId> Engine::Core::reserve_blob(std::uint64_t bytes) {
  if (bytes > config.item_bytes_max) return environment_fault(Code::storage_full, 1);
  if (bytes > config.store_bytes_max || used_bytes > config.store_bytes_max - bytes) {
    return environment_fault(Code::storage_full, 2);
  }
  const BlobId blob{++last_blob};
  blobs.emplace(blob, bytes);
  used_bytes += bytes;
  return blob;
}

void Engine::Core::free_blob(BlobId blob) {
  if (blob.none()) return;
  if (blob.is_source()) {
    outbox.push(out::ReleaseSource{blob});
    return;
  }
  const auto it = blobs.find(blob);
  if (it == blobs.end()) return;
  used_bytes -= it->second;
  blobs.erase(it);
  outbox.push(out::StoreDelete{ops.issue(nobody), blob});
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
    if (job.ticket <= committer.durable()) {
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
