// Owns: which stored blobs there are and how much they hold, whether there is room for more, which items go for it, and the
// order in which bytes go. Refuses to know: what a transfer or item is for.
//
// Items go only when the host's config says so (`evict`): received ones that can be fetched again, those first that were
// used longest ago, until there is room; then what had none is tried once more.
#include <algorithm>
#include <utility>

#include "engine/core.hpp"

namespace samara {
namespace {

/// An item that may go.
struct Leaving {
  ItemId id;
  std::int64_t used_ms = 0;
  std::uint64_t bytes = 0;
};

}  // namespace

/// A new stored blob for that many bytes, or storage_full when a cap of the app's stands against it.
Result<BlobId> Engine::Core::reserve_blob(std::uint64_t bytes) {
  if (bytes > config.item_bytes_max) return environment_fault(Code::storage_full, 1);
  if (bytes > config.store_bytes_max) return environment_fault(Code::storage_full, 2);
  const std::uint64_t room = config.store_bytes_max - bytes;
  if (used_bytes > room && !make_room(used_bytes - room, true)) return environment_fault(Code::storage_full, 2);
  const BlobId blob{++last_blob};
  hold_blob(blob, bytes);
  return blob;
}

void Engine::Core::hold_blob(BlobId blob, std::uint64_t bytes) {
  std::uint64_t& before = blobs[blob];
  used_bytes += bytes - before;
  before = bytes;
}

void Engine::Core::release_blob(BlobId blob) {
  const auto it = blobs.find(blob);
  if (it == blobs.end()) return;
  used_bytes -= it->second;
  blobs.erase(it);
}

/// For what the journal never spoke of; else drop_blob().
void Engine::Core::free_blob(BlobId blob) {
  if (blob.none()) return;
  if (blob.is_source()) {
    outbox.push(out::ReleaseSource{blob});
    return;
  }
  if (!blobs.contains(blob)) return;
  release_blob(blob);
  outbox.push(out::StoreDelete{ops.issue(nobody), blob});
}

/// Two items may be the same bytes: one that was shared here and one that was received from that very share.
bool Engine::Core::is_used(BlobId blob) const {
  const auto names = [blob](const BlobUse& use) { return use.blob == blob; };
  const auto receives = [blob](const auto& entry) { return entry.second.record.blob == blob; };
  return std::ranges::any_of(catalogue.blobs(), names) || std::ranges::any_of(transfers, receives);
}

/// Has the store make room for a job's blob, or copy `from` into it.
void Engine::Core::fill(Job& job, BlobId from) {
  job.stage = Job::Stage::filling;
  job.from = from;
  const StoreOp op = ops.issue({OpOwner::Kind::job, job.id});
  if (from.none()) {
    outbox.push(out::StoreReserve{op, job.blob, job.bytes});
  } else {
    outbox.push(out::StoreCopy{op, from, job.blob, job.bytes});
  }
}

// ---- making room

/// The store is full. True when items go and the job is tried again after that.
bool Engine::Core::wait_for_room(Job& job) {
  if (job.stage != Job::Stage::filling || std::exchange(job.tried_again, true)) return false;
  const std::uint64_t free_bytes = store_free_bytes.value_or(0);
  // A store that is full although it said that it was not is not believed.
  if (!make_room(free_bytes < job.bytes ? job.bytes - free_bytes : job.bytes, false)) return false;
  job.stage = Job::Stage::waiting;
  return true;
}

/// Likewise for a transfer in the middle of its content.
bool Engine::Core::wait_for_room(TransferState& transfer, const Slot& slot) {
  const std::uint64_t bytes = slot.torrent->metainfo()->bytes - slot.torrent->stored_bytes();
  if (transfer.phase != TransferPhase::running || !make_room(bytes, false)) return false;
  Job& job = new_job(Job::Kind::go_on, {});
  job.stage = Job::Stage::waiting;
  job.transfer = transfer.record.id;
  return true;
}

bool Engine::Core::can_go(const ItemRecord& item) const {
  if (!item.received || !item.info_hash || item.info.empty() || item.trackers.empty() || !blobs.contains(item.blob)) return false;
  for (const auto& [id, share] : catalogue.shares) {
    if (share.item == item.id || share.info_hash == *item.info_hash) return false;
  }
  for (const auto& [id, slot] : slots) {
    if (slot.blob == item.blob && !slot.transfer.none()) return false;
  }
  for (const auto& [id, job] : jobs) {
    if (job.share.blob == item.blob || job.item.id == item.id) return false;
  }
  for (const auto& [id, transfer] : transfers) {
    if (transfer.item == item.id) return false;
  }
  return true;
}

/// Has items go until there is that much more room, or none are left. `exact`: less than that is of no use, so then none
/// goes. False when nothing goes.
bool Engine::Core::make_room(std::uint64_t bytes, bool exact) {
  if (!config.evict) return false;
  std::map<BlobId, std::uint64_t> names;  // how many records speak of a blob
  for (const BlobUse& use : catalogue.blobs()) ++names[use.blob];
  std::vector<Leaving> leaving;
  std::uint64_t most = 0;
  for (const auto& [id, item] : catalogue.items) {
    if (names[item.blob] > 1 || !can_go(item)) continue;
    leaving.push_back({id, item.used_ms, blobs.at(item.blob)});
    most += leaving.back().bytes;
  }
  if (leaving.empty() || (exact && most < bytes)) return false;
  for (std::uint64_t made = 0; made < bytes && !leaving.empty();) {
    const auto next = std::ranges::min_element(leaving, {}, &Leaving::used_ms);
    log(LogLevel::info, "evicted", next->bytes);
    Job& job = forget_item(next->id, {});
    job.evicted = true;
    release_blob(job.blob);  // counted out now: whoever waits for a cap need not wait for the store
    made += next->bytes;
    *next = leaving.back();
    leaving.pop_back();
  }
  return true;
}

/// Once the last of what went is gone: what waited is tried again.
void Engine::Core::room_made() {
  std::vector<std::uint32_t> waiting;
  for (const auto& [id, job] : jobs) {
    if (job.evicted) return;
    if (job.stage == Job::Stage::waiting) waiting.push_back(id);
  }
  for (const std::uint32_t id : waiting) {
    Job& job = jobs.at(id);
    if (job.kind != Job::Kind::go_on) {
      fill(job, job.from);
      continue;
    }
    const auto node = jobs.extract(id);
    const auto transfer = transfers.find(node.mapped().transfer);
    Slot* slot = transfer == transfers.end() ? nullptr : find_slot(transfer->second.torrent);
    if (slot == nullptr || transfer->second.record.paused) continue;
    slot->torrent->resume(now);
    drain(*slot);
  }
}

// ---- bytes go last

/// Deletes a blob once the journal has forgotten it: when `ticket` is durable.
Job& Engine::Core::drop_blob(BlobId blob, Ticket ticket, RequestId request) {
  Job& job = new_job(Job::Kind::drop, request);
  job.stage = Job::Stage::committing;
  job.blob = blob;
  job.ticket = ticket;
  return job;
}

void Engine::Core::drop_bytes(Job& job) {
  const BlobId blob = std::exchange(job.blob, {});
  if (blob.none() || is_used(blob)) return;
  release_blob(blob);
  if (job.evicted) job.stage = Job::Stage::leaving;
  outbox.push(out::StoreDelete{ops.issue(job.evicted ? OpOwner{OpOwner::Kind::job, job.id} : nobody), blob});
}

void Engine::Core::drop_done(Job& job) {
  drop_bytes(job);
  complete_empty(job.request);
  job.request = {};
  touch_state();
  if (job.stage == Job::Stage::leaving) return;
  const auto node = jobs.extract(job.id);
  if (node.mapped().evicted) room_made();
}

/// The journal could not be told. Where there is no room for that, the bytes go first all the same: else a full disk could
/// never be emptied. Should the record survive, then of an item that has no bytes, and that was to go.
void Engine::Core::drop_failed(Job& job) {
  if (committer.trouble() == StoreStatus::full && !job.blob.none()) {
    drop_bytes(job);
    committer.retry();
    return;
  }
  fail(job.request, Error{committer.trouble() == StoreStatus::full ? Code::storage_full : Code::storage_lost, Fault::environment, 0});
  job.request = {};
  if (std::exchange(job.evicted, false)) room_made();  // it has not: that is found out
}

// ---- what is left, and who used what

/// True when little is left, or less than what transfers want that have no room yet.
bool Engine::Core::storage_low() {
  if (!store_free_bytes) return false;
  std::uint64_t wanted = 0;
  for (const auto& [id, transfer] : transfers) {
    const bool alive = transfer.phase == TransferPhase::running || transfer.error.code == Code::storage_full;
    if (!alive || (!transfer.record.blob.none() && !transfer.reserving)) continue;
    const Slot* slot = find_slot(transfer.torrent);
    const Metainfo* metainfo = slot == nullptr || transfer.record.seal.sealed() ? nullptr : slot->torrent->metainfo();
    if (transfer.meta) wanted += transfer.meta->content_bytes();
    if (metainfo != nullptr) wanted += metainfo->bytes;
  }
  return *store_free_bytes < std::max(wanted, limits::storage_low_bytes);
}

/// Somebody reads these bytes. Written down once a day: it only says what goes first.
void Engine::Core::mark_used(BlobId blob) {
  for (auto& [id, item] : catalogue.items) {
    if (item.blob != blob) continue;
    item.used_ms = std::max(item.used_ms, unix_ms());
    if (!item.kept || item.used_ms - item.used_known_ms < limits::used_journal_ms) continue;
    item.used_known_ms = item.used_ms;
    committer.append(JournalKind::item, encode_item(item), false);
  }
}

/// What was not written down yet, at the end.
void Engine::Core::write_used() {
  for (auto& [id, item] : catalogue.items) {
    if (!item.kept || item.used_ms == item.used_known_ms) continue;
    item.used_known_ms = item.used_ms;
    committer.append(JournalKind::item, encode_item(item), false);
  }
}

}  // namespace samara
