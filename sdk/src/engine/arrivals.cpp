// Owns: what a transfer becomes when all of it is here: an item, described as its sender did; also when the bytes were on
// this device all along.
#include <utility>

#include "codec/path_rules.hpp"
#include "engine/core.hpp"

namespace samara {
namespace {

/// What the sender said, fit to be shown.
void describe_sealed(ItemRecord& item, const ShareMeta& meta) {
  for (const ShareMetaFile& file : meta.files) {
    const std::string name = display_path(file.name);
    item.files.push_back({name, file.type.empty() ? media_type_of(name) : file.type, file.bytes});
  }
  Describe& d = item.describe;
  d.name = meta.title;
  d.type = item.files.front().type;
  d.description = meta.description;
  d.created_ms = meta.created_ms;
  d.duration_ms = meta.duration_ms;
  d.thumbnail = meta.thumbnail;
  d.meta = as_text(meta.app_meta);
}

}  // namespace

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
  item.added_ms = item.used_ms = item.used_known_ms = unix_ms();
  item.seal = transfer.record.seal;
  if (transfer.meta) {
    describe_sealed(item, *transfer.meta);
    return item;
  }
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
  if (item.seal.expires_ms) expiry_due = now;
  if (transfer.keep) {
    transfer.ticket = committer.append(JournalKind::item, encode_item(item, transfer.record.id), true);
  }
  catalogue.transfers.erase(transfer.record.id);
  // What had been fetched before the bytes were found on this device.
  const BlobId fetched = std::exchange(transfer.record.blob, item.blob);
  if (!fetched.none() && fetched != item.blob) drop_blob(fetched, transfer.ticket);
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

/// A link that names what this device shares itself: no network needed, and no password.
void Engine::Core::copy_from_share(TransferState& transfer, Slot& slot) {
  if (transfer.phase != TransferPhase::running) return;
  const auto share = catalogue.shares.find(slot.share);
  std::uint64_t bytes = slot.torrent->metainfo()->bytes;
  if (transfer.record.seal.sealed() && share != catalogue.shares.end()) {
    transfer.record.seal = share->second.seal;
    transfer.lock = Code::ok;
    if (expired(transfer.record.seal)) return fail_transfer(transfer, Error{Code::expired, Fault::environment, 0});
    auto meta = parse_share_meta(transfer.record.seal.meta);
    if (!meta) return fail_share(transfer, static_cast<ShareWhy>(meta.error().detail));
    transfer.meta = std::move(*meta);
    bytes = transfer.meta->content_bytes();
  }
  if (!slot.blob.is_source()) {
    become_item(transfer, slot, received_item(transfer, *slot.torrent->metainfo(), slot.blob));
    if (share != catalogue.shares.end() && share->second.item.none()) {
      share->second.item = transfer.item;  // the bytes are the item's now
      committer.append(JournalKind::share, encode_share(share->second), false);
    }
    return;
  }
  const auto blob = reserve_blob(bytes);
  if (!blob) return fail_transfer(transfer, blob.error());
  Job& job = new_job(Job::Kind::copy_received, {});
  job.blob = *blob;
  job.bytes = bytes;
  job.transfer = transfer.record.id;
  job.torrent = slot.id;
  fill(job, slot.blob);
}

}  // namespace samara
