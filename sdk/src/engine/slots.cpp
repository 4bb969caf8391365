// Owns: which torrents exist and for whom.
#include <utility>

#include "engine/core.hpp"

namespace samara {

Slot* Engine::Core::find_slot(TorrentId id) {
  const auto it = slots.find(id);
  return it == slots.end() ? nullptr : &it->second;
}

Slot* Engine::Core::find_slot(const InfoHash& info_hash) {
  const auto it = by_hash.find(info_hash);
  return it == by_hash.end() ? nullptr : find_slot(it->second);
}

/// The torrent with this infohash, made if need be. It is not announced yet.
Slot& Engine::Core::slot_for(const InfoHash& info_hash, const std::vector<std::string>& trackers) {
  if (Slot* existing = find_slot(info_hash)) return *existing;
  const TorrentId id{++last_torrent};
  Slot& slot = slots[id];
  slot.id = id;
  slot.info_hash = info_hash;
  slot.torrent = std::make_unique<Torrent>(id, info_hash, shared);
  slot.trackers = trackers;
  slot.added = now;
  by_hash.emplace(info_hash, id);
  return slot;
}

void Engine::Core::announce(Slot& slot) {
  if (slot.announced || !shutting_down.none()) return;
  slot.announced = true;
  slot.need = SwarmNeed{};
  signaller.add(now, slot.id, slot.info_hash, slot.trackers);
  slot.need.links = ~0U;  // so that the first update is never taken for "no change"
  update_need(slot);
}

void Engine::Core::drop_slot(TorrentId id) {
  Slot* slot = find_slot(id);
  if (slot == nullptr) return;
  journal_have(*slot);
  slot->torrent->detach_all(now);
  while (const auto event = slot->torrent->next_event()) close_connection(*slot, event->link);
  while (!slot->connections.empty()) close_connection(*slot, slot->connections.begin()->first);
  if (slot->announced) signaller.remove(now, id);
  by_hash.erase(slot->info_hash);
  slots.erase(id);
}

void Engine::Core::bring_in_line(TorrentId id) {
  Slot* slot = find_slot(id);
  if (slot == nullptr) return;
  const auto share = catalogue.shares.find(slot->share);
  const auto transfer = transfers.find(slot->transfer);
  const bool shares_now = share != catalogue.shares.end() && !share->second.paused && !expired(share->second.seal);
  const bool receives_now = transfer != transfers.end() && !transfer->second.record.paused;
  const bool exists = share != catalogue.shares.end() || transfer != transfers.end() || !slot->item.none();
  if (!exists) {
    drop_slot(id);
    return;
  }
  const bool serves = held == ReasonCode::none;
  const auto item = catalogue.items.find(slot->item);
  const bool seeds = shares_now || (item != catalogue.items.end() && !expired(item->second.seal));
  const bool active = (seeds && serves) || (receives_now && (serves || !slot->torrent->complete()));
  if (active) {
    slot->torrent->resume(now);
    announce(*slot);
  } else {
    slot->torrent->pause(now);
    drain(*slot);
    while (!slot->connections.empty()) close_connection(*slot, slot->connections.begin()->first);
    if (slot->announced) {
      slot->announced = false;
      signaller.remove(now, id);
    }
  }
  drain(*slot);
}

void Engine::Core::hold_seeding(ReasonCode why) {
  if (why == held) return;
  held = why;
  for (const auto& [id, slot] : slots) reconsider(id);
}

/// Seeds a received item again after a restart.
void Engine::Core::serve_item(const ItemRecord& item) {
  if (!item.info_hash || !item.seed || !config.seeding || item.info.empty()) return;
  auto metainfo = parse_info(item.info, *item.info_hash);
  if (!metainfo) return;
  Slot* existing = find_slot(*item.info_hash);
  if (existing != nullptr && !existing->blob.none()) {
    existing->item = item.id;
    return;
  }
  // A large library leaves room for what is to be received.
  if (existing == nullptr && slots.size() >= limits::torrents_max / 2) return;
  Slot& slot = slot_for(*item.info_hash, item.trackers);
  Bitfield have(metainfo->piece_count());
  have.set_all();
  slot.item = item.id;
  slot.torrent->set_metainfo(now, std::move(*metainfo));
  if (!set_slot_seal(slot, item.seal)) return reconsider(slot.id);
  slot.blob = item.blob;
  slot.torrent->open_content(now, item.blob, std::move(have));
  reconsider(slot.id);
}

}  // namespace samara
