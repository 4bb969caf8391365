// Owns: receiving: from a link to an item that is stored.
#include <algorithm>

#include "codec/path_rules.hpp"
#include "codec/share_link.hpp"
#include "engine/core.hpp"
#include "engine/spec.hpp"

namespace samara {

void Engine::Core::call_receive(const in::Receive& call) {
  const auto document = bencode_decode(call.spec, bencode_own_limits);
  if (!document) return fail(call.request, document.error());
  const BencodeView spec = document->root();
  TransferRecord record;
  record.ask = spec.flag("ask");
  record.seed = spec.integer_or("seed", 1) != 0;
  if (const auto torrent = spec.find("torrent")) {
    auto metainfo = parse_torrent(torrent->string().value_or(ByteSpan{}));
    if (!metainfo) return fail(call.request, metainfo.error());
    record.info_hash = metainfo->info_hash;
    record.name = metainfo->name;
    record.trackers = metainfo->trackers;
    record.web_seeds = metainfo->web_seeds;
    record.info = std::move(metainfo->info);
    keep_usable_trackers(record.trackers, LinkPolicy{});
    keep_usable_web_seeds(record.web_seeds, LinkPolicy{});
    receive_from(call.request, std::move(record), spec);
    return;
  }
  const auto links = parse_share_link(spec.text_or("link", ""), LinkPolicy{});
  const ShareLink& link = links.front();
  if (link.problem) return fail(call.request, *link.problem, link.why);
  if (link.kind != LinkKind::plain) return fail(call.request, Error{Code::unsupported, Fault::usage, 0}, "sealed");
  record.info_hash = link.magnet.info_hash;
  record.name = link.magnet.name;
  record.trackers = link.magnet.trackers;
  record.web_seeds = link.magnet.web_seeds;
  record.link = link.normalized;
  receive_from(call.request, std::move(record), spec);
}

void Engine::Core::receive_from(RequestId request, TransferRecord record, const BencodeView& spec) {
  if (!spec.list("files").empty()) return fail(request, Error{Code::unsupported, Fault::usage, 0}, "files");
  const bool keep = spec.integer_or("keep", 1) != 0;
  if (record.trackers.empty()) record.trackers = config.trackers;
  if (attach_existing(request, record, keep)) return;
  if (slots.size() >= limits::torrents_max) return fail(request, Error{Code::refused, Fault::usage, 0}, "too-many");
  // The host may name new work, so that its object has an id before this call ends.
  record.id = {parse_id(spec.text_or("id", ""))};
  if (record.id.none() || transfers.contains(record.id)) record.id = {fresh_id()};
  const TransferId id = record.id;
  start_transfer(std::move(record), keep);
  const auto transfer = transfers.find(id);
  if (transfer == transfers.end()) return fail(request, Error{Code::storage_full, Fault::environment, 0});
  complete(request, transfer_payload(transfer->second));
}

/// The same link while it runs is the same work; once finished it is the same item.
bool Engine::Core::attach_existing(RequestId request, const TransferRecord& record, bool keep) {
  for (auto& [id, transfer] : transfers) {
    if (transfer.record.info_hash != record.info_hash || transfer.phase == TransferPhase::failed) continue;
    if (transfer.record.paused) {
      transfer.record.paused = false;
      remember(transfer);
      reconsider(transfer.torrent);
    }
    complete(request, transfer_payload(transfer));
    touch(id);
    return true;
  }
  for (const auto& [id, item] : catalogue.items) {
    if (item.info_hash != record.info_hash) continue;
    TransferState done;
    done.record = record;
    done.record.id = {fresh_id()};
    done.keep = keep;
    done.phase = TransferPhase::done;
    done.item = id;
    complete(request, transfer_payload(done));
    return true;
  }
  return false;
}

TransferState& Engine::Core::start_transfer(TransferRecord record, bool keep) {
  TransferState& transfer = transfers[record.id];
  transfer.record = std::move(record);
  transfer.keep = keep;
  transfer.started_ms = unix_ms();
  const TransferRecord& r = transfer.record;
  Slot& slot = slot_for(r.info_hash, r.trackers);
  slot.transfer = r.id;
  transfer.torrent = slot.id;
  remember(transfer);
  touch(r.id);
  touch_state();
  reconsider(slot.id);
  if (slot.torrent->complete() && !slot.blob.none()) {
    copy_from_share(transfer, slot);
    return transfer;
  }
  if (slot.torrent->metainfo() == nullptr && !r.info.empty()) {
    if (auto metainfo = parse_info(r.info, r.info_hash)) slot.torrent->set_metainfo(now, std::move(*metainfo));
  }
  if (slot.torrent->metainfo() != nullptr) transfer_metadata(transfer, slot);
  drain(slot);
  return transfer;
}

void Engine::Core::transfer_metadata(TransferState& transfer, Slot& slot) {
  const Metainfo& metainfo = *slot.torrent->metainfo();
  TransferRecord& record = transfer.record;
  record.info = metainfo.info;
  if (metainfo.bytes > config.item_bytes_max) {
    return fail_transfer(transfer, Error{Code::storage_full, Fault::environment, 1});
  }
  // Both the transfer and, later, the item are remembered with their info dictionary and file names.
  if (transfer.keep && !committer.has_room(2 * (2 * record.info.size() + limits::text_bytes_max))) {
    return fail_transfer(transfer, Error{Code::storage_full, Fault::environment, 3});
  }
  touch(record.id);
  if (record.ask) {
    transfer.asking = true;
    return;
  }
  begin_content(transfer, slot);
}

/// Room is reserved (or found again after a restart) and the swarm may write into it.
void Engine::Core::begin_content(TransferState& transfer, Slot& slot) {
  TransferRecord& record = transfer.record;
  const Metainfo& metainfo = *slot.torrent->metainfo();
  const bool lost = !record.blob.none() && !blobs.contains(record.blob);
  if (record.blob.none() || lost || record.have.size() != metainfo.piece_count()) {
    const auto blob = lost || record.blob.none() ? reserve_blob(metainfo.bytes) : record.blob;
    if (!blob) return fail_transfer(transfer, blob.error());
    record.blob = *blob;
    record.have = Bitfield(metainfo.piece_count());
  }
  remember(transfer);
  slot.blob = record.blob;
  slot.torrent->set_seeding(now, record.seed && config.seeding);
  slot.torrent->open_content(now, record.blob, record.have);
  touch(record.id);
}

void Engine::Core::set_playhead(const in::Playhead& input) {
  for (auto& [id, slot] : slots) {
    if (slot.blob != input.blob) continue;
    slot.torrent->set_playhead(now, input.offset);
    drain(slot);
  }
}

/// The item that a transfer becomes; become_item() gives it its id.
ItemRecord Engine::Core::received_item(const TransferState& transfer, const Metainfo& metainfo, BlobId blob) const {
  ItemRecord item;
  item.received = true;
  item.blob = blob;
  item.info_hash = metainfo.info_hash;
  item.info = metainfo.info;
  item.trackers = transfer.record.trackers;
  item.seed = transfer.record.seed;
  item.kept = transfer.keep;
  item.added_ms = unix_ms();
  item.describe.name = display_name(metainfo.name);
  for (const FileEntry& file : metainfo.files) {
    std::string name;
    for (const auto& component : file.path) name += (name.empty() ? "" : "/") + display_name(component);
    if (!metainfo.multi_file) name = item.describe.name;
    item.files.push_back({name, media_type_of(name), file.bytes});
  }
  item.describe.type = item.files.front().type;
  return item;
}

/// The last piece is written. Told to the host as done only when the journal holds the item.
void Engine::Core::transfer_complete(TransferState& transfer, Slot& slot) {
  if (transfer.phase != TransferPhase::running) return;
  become_item(transfer, slot, received_item(transfer, *slot.torrent->metainfo(), transfer.record.blob));
}

void Engine::Core::become_item(TransferState& transfer, Slot& slot, ItemRecord item) {
  transfer.phase = TransferPhase::storing;
  item.id = {fresh_id()};
  transfer.item = item.id;
  slot.unjournalled.clear();
  if (item.seed && config.seeding) slot.item = item.id;
  if (transfer.keep) {
    committer.append(JournalKind::item, encode_item(item), true);
    transfer.ticket = committer.append(JournalKind::transfer_gone, encode_gone(transfer.record.id.value), false);
  }
  catalogue.transfers.erase(transfer.record.id);
  // What had been fetched before the bytes were found on this device.
  if (transfer.record.blob != item.blob) free_blob(transfer.record.blob);
  catalogue.items.emplace(item.id, std::move(item));
  finishing.push_back(transfer.record.id);
}

void Engine::Core::transfer_stored(TransferState& transfer) {
  transfer.phase = TransferPhase::done;
  log(LogLevel::debug, "stored", transfer.torrent.value);
  const auto item = catalogue.items.find(transfer.item);
  if (item != catalogue.items.end() && item->second.kept) push_item(item->second);
  push_transfer(transfer);
  log(LogLevel::debug, "done", transfer.torrent.value);
  Slot* slot = find_slot(transfer.torrent);
  if (slot != nullptr) {
    slot->transfer = {};
    reconsider(slot->id);
  }
  transfers.erase(transfer.record.id);
  touch_state();
}

/// A link that names what this device shares itself: no network needed.
void Engine::Core::copy_from_share(TransferState& transfer, Slot& slot) {
  if (transfer.phase != TransferPhase::running) return;
  const auto share = catalogue.shares.find(slot.share);
  if (!slot.blob.is_source()) {
    become_item(transfer, slot, received_item(transfer, *slot.torrent->metainfo(), slot.blob));
    if (share != catalogue.shares.end() && share->second.item.none()) {
      share->second.item = transfer.item;  // the bytes are the item's now
      committer.append(JournalKind::share, encode_share(share->second), false);
    }
    return;
  }
  const auto blob = reserve_blob(slot.torrent->metainfo()->bytes);
  if (!blob) return fail_transfer(transfer, blob.error());
  Job& job = new_job(Job::Kind::copy_received, {});
  job.blob = *blob;
  job.transfer = transfer.record.id;
  job.torrent = slot.id;
  const StoreOp op = ops.issue({OpOwner::Kind::job, job.id});
  outbox.push(out::StoreCopy{op, slot.blob, *blob, slot.torrent->metainfo()->bytes});
}

/// What was stored stays, paused, so that it can go on once the cause is gone; what never began goes.
void Engine::Core::fail_transfer(TransferState& transfer, Error error) {
  transfer.phase = TransferPhase::failed;
  transfer.error = error;
  transfer.record.paused = true;
  push_transfer(transfer);
  if (transfer.record.blob.none()) {
    forget_transfer(transfer.record.id, {});
  } else {
    remember(transfer);
    reconsider(transfer.torrent);
  }
}

/// Ends a transfer and gives its bytes up. `last_state` is what the host hears last, empty: nothing.
void Engine::Core::forget_transfer(TransferId id, std::string_view last_state) {
  const auto it = transfers.find(id);
  if (it == transfers.end()) return;
  if (!last_state.empty()) push_transfer(it->second, last_state);
  Slot* slot = find_slot(it->second.torrent);
  const BlobId blob = it->second.record.blob;
  if (slot != nullptr) {
    const TorrentId torrent = slot->id;
    slot->transfer = {};
    slot->unjournalled.clear();
    if (slot->blob == blob && !blob.none()) slot->share = {};
    reconsider(torrent);
  }
  Job& job = new_job(Job::Kind::drop, {});
  job.stage = Job::Stage::committing;
  job.blob = blob;
  if (catalogue.transfers.erase(id) > 0) {
    job.ticket = committer.append(JournalKind::transfer_gone, encode_gone(id.value), false);
  }
  gone(Subject::transfer, id.value);
  transfers.erase(it);
  touch_state();
}

void Engine::Core::remember(const TransferState& transfer) {
  if (!transfer.keep) return;
  Bitfield have = transfer.record.have;
  if (const auto known = catalogue.transfers.find(transfer.record.id);
      known != catalogue.transfers.end() && known->second.have.size() == have.size()) {
    have = known->second.have;  // the journal knows better than the record the transfer began with
  }
  TransferRecord& stored = catalogue.transfers[transfer.record.id];
  stored = transfer.record;
  stored.have = std::move(have);
  committer.append(JournalKind::transfer, encode_transfer(stored), false);
}

void Engine::Core::call_accept(const in::Accept& call) {
  const auto document = bencode_decode(call.spec, bencode_own_limits);
  if (!document) return fail(call.request, document.error());
  const auto it = transfers.find(TransferId{parse_id(document->root().text_or("id", ""))});
  if (it == transfers.end()) return fail(call.request, Error{Code::not_found, Fault::usage, 0});
  TransferState& transfer = it->second;
  Slot* slot = find_slot(transfer.torrent);
  complete_empty(call.request);
  if (!transfer.asking || slot == nullptr) return;
  transfer.asking = false;
  transfer.record.ask = false;
  if (!document->root().flag("accept")) {
    return fail_transfer(transfer, Error{Code::refused, Fault::usage, 0});
  }
  if (!document->root().list("files").empty()) {
    return fail_transfer(transfer, Error{Code::unsupported, Fault::usage, 0});
  }
  begin_content(transfer, *slot);
  drain(*slot);
}

}  // namespace samara
