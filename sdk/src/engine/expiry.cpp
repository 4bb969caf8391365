// Owns: what ends at a date, by the wall clock alone; and shares whose content turned out to be no longer what it was.
// A date that passes while the device sleeps is found when it wakes: the host tells the time first then.
#include <algorithm>

#include "engine/core.hpp"

namespace samara {

void Engine::Core::set_wall_clock(const in::WallClock& input) {
  wall_offset_ms = input.unix_ms - now.us / 1000;
  expiry_due = now;
}

bool Engine::Core::expired(const SealRecord& seal) const noexcept {
  return seal.expires_ms && *seal.expires_ms <= unix_ms();
}

/// Stops what is over now, and remembers when to look again.
void Engine::Core::check_expiry() {
  expiry_due.reset();
  const auto look = [this](const SealRecord& seal) {
    if (!seal.expires_ms) return false;
    if (expired(seal)) return true;
    // Far dates are looked at once a day: the clock may be set meanwhile, and the sum cannot overflow.
    const std::int64_t wait_ms = std::min<std::int64_t>(*seal.expires_ms - unix_ms(), 86'400'000);
    const Instant due = now + milliseconds(wait_ms);
    if (!expiry_due || due < *expiry_due) expiry_due = due;
    return false;
  };
  for (const auto& [id, share] : catalogue.shares) {
    if (!look(share.seal)) continue;
    const auto state = shares.find(id);
    if (state == shares.end() || state->second.expired) continue;
    state->second.expired = true;
    reconsider(state->second.torrent);
    touch(id);
  }
  for (const auto& [id, item] : catalogue.items) {
    if (!look(item.seal) || !item.info_hash) continue;
    const Slot* slot = find_slot(*item.info_hash);
    if (slot != nullptr && slot->item == id && slot->announced) reconsider(slot->id);
  }
  std::vector<TransferId> over;
  for (const auto& [id, transfer] : transfers) {
    if (look(transfer.record.seal) && transfer.phase == TransferPhase::running) over.push_back(id);
  }
  for (const TransferId id : over) fail_transfer(transfers.at(id), Error{Code::expired, Fault::environment, 0});
}

/// Content that cannot be read any more, or is not what was hashed: the torrent goes; a share of it waits for its bytes.
void Engine::Core::stop_spoiled() {
  for (const TorrentId id : std::exchange(spoiled, {})) {
    const Slot* slot = find_slot(id);
    if (slot == nullptr) continue;
    const ShareId share = slot->share;
    const TransferId transfer = slot->transfer;
    drop_slot(id);
    if (const auto receiving = transfers.find(transfer); receiving != transfers.end()) {
      fail_transfer(receiving->second, Error{Code::source_changed, Fault::environment, 0});
    }
    const auto state = shares.find(share);
    const auto record = catalogue.shares.find(share);
    if (state == shares.end() || record == catalogue.shares.end()) continue;
    if (!state->second.source.none()) free_blob(state->second.source);
    state->second.source = {};
    state->second.changed = true;
    start_share(record->second, {});
  }
}

}  // namespace samara
