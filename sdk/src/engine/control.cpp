// Owns: pause, resume, stop, cancel, remove, and shutting down.
#include <algorithm>

#include "engine/core.hpp"
#include "engine/spec.hpp"

namespace samara {

void Engine::Core::call_control(const in::Control& call) {
  const auto document = bencode_decode(call.spec, bencode_own_limits);
  if (!document) return fail(call.request, document.error());
  const std::uint64_t id = parse_id(document->root().text_or("id", ""));
  const std::string_view what = document->root().text_or("what", "");
  if (what == "transfer") {
    control_transfer(call.request, call.verb, TransferId{id}, document->root().string_or("password", {}));
  } else if (what == "share") {
    control_share(call.request, call.verb, ShareId{id});
  } else if (what == "item" && call.verb == CallVerb::remove) {
    if (!catalogue.items.contains({id})) return fail(call.request, Error{Code::not_found, Fault::usage, 0});
    forget_item({id}, call.request);
  } else {
    fail(call.request, Error{Code::unsupported, Fault::usage, 0});
  }
}

void Engine::Core::control_transfer(RequestId request, CallVerb verb, TransferId id, ByteSpan password) {
  const auto it = transfers.find(id);
  if (it == transfers.end()) return fail(request, Error{Code::not_found, Fault::usage, 0});
  TransferState& transfer = it->second;
  const TorrentId torrent = transfer.torrent;
  switch (verb) {
    case CallVerb::pause:
      transfer.record.paused = true;
      remember(transfer);
      break;
    case CallVerb::resume: resume_transfer(transfer, password); break;
    case CallVerb::cancel:
    case CallVerb::remove:
    case CallVerb::stop:
      if (transfer.phase == TransferPhase::storing) break;  // too late: it is an item already
      forget_transfer(id, "cancelled");
      return complete_empty(request);
  }
  touch(id);
  reconsider(torrent);
  complete_empty(request);
}

/// May end it: a cap can be in the way.
void Engine::Core::resume_transfer(TransferState& transfer, ByteSpan password) {
  const bool failed = transfer.phase == TransferPhase::failed;
  transfer.record.paused = false;
  if (failed) {
    // The torrent stopped for a reason that may be gone: begin again from what the journal knows.
    const auto known = catalogue.transfers.find(transfer.record.id);
    if (known != catalogue.transfers.end()) transfer.record.have = known->second.have;
    transfer.phase = TransferPhase::running;
    transfer.error = {};
  }
  remember(transfer);
  if (transfer.lock != Code::ok && !password.empty()) unlock(transfer, password);
  Slot* slot = find_slot(transfer.torrent);
  const bool open = slot != nullptr && slot->torrent->metainfo() != nullptr && (transfer.meta || !transfer.record.seal.sealed());
  if (!open || transfer.asking || !(failed || transfer.record.blob.none())) return;
  if (slot->torrent->complete()) {
    copy_from_share(transfer, *slot);
  } else {
    content_known(transfer, *slot);
  }
}

void Engine::Core::control_share(RequestId request, CallVerb verb, ShareId id) {
  const auto record = catalogue.shares.find(id);
  const auto state = shares.find(id);
  if (record == catalogue.shares.end() || state == shares.end()) {
    return fail(request, Error{Code::not_found, Fault::usage, 0});
  }
  const TorrentId torrent = state->second.torrent;
  if (verb == CallVerb::pause || verb == CallVerb::resume) {
    record->second.paused = verb == CallVerb::pause;
    committer.append(JournalKind::share, encode_share(record->second), false);
    touch(id);
    reconsider(torrent);
  } else {
    stop_share(id);
  }
  complete_empty(request);
}

/// The bytes go only when the journal no longer speaks of them. The item is there.
Job& Engine::Core::forget_item(ItemId id, RequestId request) {
  const auto it = catalogue.items.find(id);
  const BlobId blob = it->second.blob;
  std::vector<ShareId> of_item;
  for (const auto& [share_id, share] : catalogue.shares) {
    if (share.item == id) of_item.push_back(share_id);
  }
  for (const ShareId share_id : of_item) stop_share(share_id);
  for (auto& [torrent, slot] : slots) {
    if (slot.item != id) continue;
    slot.item = {};
    reconsider(torrent);
  }
  catalogue.items.erase(it);
  Job& job = drop_blob(blob, committer.append(JournalKind::item_gone, encode_gone(id.value), false), request);
  gone(Subject::item, id.value);
  touch_state();
  return job;
}

/// Says goodbye to trackers and peers at once; completes when everything queued is durable.
void Engine::Core::call_shutdown(const in::Shutdown& call) {
  shutting_down = call.request;
  write_used();
  for (auto& [id, slot] : slots) {
    journal_have(slot);
    slot.torrent->pause(now);
    slot.torrent->detach_all(now);
    while (const auto event = slot.torrent->next_event()) {
      if (event->kind == TorrentEvent::Kind::stored) slot.unjournalled.push_back(static_cast<std::uint32_t>(event->value));
    }
    while (!slot.connections.empty()) close_connection(slot, slot.connections.begin()->first);
    if (slot.announced) signaller.remove(now, id);
    slot.announced = false;
  }
}

void Engine::Core::finish_shutdown() {
  if (!ready || read_only) {
    complete_empty(shutting_down);
    shutting_down = {};
    return;
  }
  for (auto& [id, slot] : slots) journal_have(slot);
  committer.pump(now, catalogue);
  const bool stuck = committer.trouble() != StoreStatus::ok;
  const bool quiet = committer.idle() && ops.outstanding() == 0;
  if (!quiet && !stuck) return;
  complete_empty(shutting_down);
  shutting_down = {};
}

}  // namespace samara
