// Owns: receiving: from a link to content that arrives, its failing and its being forgotten.
#include <utility>

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
  if (link.kind == LinkKind::sealed) {
    record.seal.secret = Key32::from(link.secret).value_or(Key32{});
    // Zeros stand for "no secret" in here, and no sender draws them.
    if (record.seal.secret.none()) {
      constexpr auto why = LinkWhy::bad_secret;
      return fail(call.request, Error{Code::bad_link, Fault::remote, static_cast<std::uint32_t>(why)}, to_string(why));
    }
    record.seal.password = link.password_needed;
  } else if (link.kind != LinkKind::plain) {
    return fail(call.request, Error{Code::unsupported, Fault::usage, 0}, to_string(link.kind));
  }
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
  if (attach_existing(request, record, spec)) return;
  if (!make_way(record)) return fail(request, Error{Code::refused, Fault::usage, 0}, "other-form");
  if (slots.size() >= limits::torrents_max) return fail(request, Error{Code::refused, Fault::usage, 0}, "too-many");
  // The host may name new work, so that its object has an id before this call ends.
  record.id = {parse_id(spec.text_or("id", ""))};
  if (record.id.none() || transfers.contains(record.id)) record.id = {fresh_id()};
  const TransferId id = record.id;
  start_transfer(std::move(record), keep);
  const auto transfer = transfers.find(id);
  if (transfer == transfers.end()) return fail(request, last_failure);  // it ended before this call did
  const ByteSpan password = spec.string_or("password", {});
  if (transfer->second.lock != Code::ok && !password.empty()) unlock(transfer->second, password);
  complete(request, transfer_payload(transfer->second));
}

/// The same link while it runs is the same work; once finished it is the same item.
bool Engine::Core::attach_existing(RequestId request, const TransferRecord& record, const BencodeView& spec) {
  const auto is_other = [&record](const SealRecord& seal) { return seal.sealed() != record.seal.sealed(); };
  const auto wrong_key = [&](const SealRecord& seal) {
    if (seal.secret == record.seal.secret) return false;
    fail(request, Error{Code::wrong_key, Fault::remote, 0});
    return true;
  };
  for (auto& [id, transfer] : transfers) {
    if (transfer.record.info_hash != record.info_hash || is_other(transfer.record.seal)) continue;
    if (wrong_key(transfer.record.seal)) return true;
    const ByteSpan password = spec.string_or("password", {});
    // Also what has failed is the same work: its cause may be gone.
    const TransferId same = id;
    const TorrentId torrent = transfer.torrent;
    if (transfer.record.paused || !password.empty()) resume_transfer(transfer, password);
    reconsider(torrent);
    const auto still = transfers.find(same);
    still == transfers.end() ? fail(request, last_failure) : complete(request, transfer_payload(still->second));
    touch(same);
    return true;
  }
  for (const auto& [id, item] : catalogue.items) {
    if (item.info_hash != record.info_hash || is_other(item.seal)) continue;
    if (wrong_key(item.seal)) return true;
    if (expired(item.seal)) {
      fail(request, Error{Code::expired, Fault::environment, 0});
      return true;
    }
    TransferState done;
    done.record = record;
    done.record.id = {fresh_id()};
    done.record.seal = item.seal;
    done.keep = spec.integer_or("keep", 1) != 0;
    done.phase = TransferPhase::done;
    done.item = id;
    complete(request, transfer_payload(done));
    return true;
  }
  return false;
}

/// Who has the key wants the content, not the ciphertext that this device may hold or fetch for others: that ends. What
/// this device shares itself stays. False when a torrent cannot be both.
bool Engine::Core::make_way(const TransferRecord& record) {
  Slot* slot = find_slot(record.info_hash);
  if (slot == nullptr) return true;
  const auto share = catalogue.shares.find(slot->share);
  if (share != catalogue.shares.end()) return share->second.seal.secret == record.seal.secret;
  const auto transfer = transfers.find(slot->transfer);
  const auto item = catalogue.items.find(slot->item);
  const bool same_transfer = transfer == transfers.end() || transfer->second.record.seal.sealed() == record.seal.sealed();
  const bool same_item = item == catalogue.items.end() || item->second.seal.sealed() == record.seal.sealed();
  if (same_transfer && same_item) return true;
  if (!record.seal.sealed()) return false;
  if (!same_transfer) forget_transfer(slot->transfer, "cancelled");
  slot->item = {};
  drop_slot(slot->id);
  return true;
}

TransferState& Engine::Core::start_transfer(TransferRecord record, bool keep) {
  TransferState& transfer = transfers[record.id];
  transfer.record = std::move(record);
  transfer.keep = keep;
  transfer.started_ms = unix_ms();
  const TransferRecord& r = transfer.record;
  if (r.seal.sealed() && r.seal.key().none()) transfer.lock = Code::password_needed;
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
  if (record.seal.sealed()) return sealed_metadata(transfer, slot);
  content_known(transfer, slot);
}

/// What there is to receive is known: is there room, and is it wanted?
void Engine::Core::content_known(TransferState& transfer, Slot& slot) {
  TransferRecord& record = transfer.record;
  const std::uint64_t bytes = transfer.meta ? transfer.meta->content_bytes() : slot.torrent->metainfo()->bytes;
  if (bytes > config.item_bytes_max) {
    return fail_transfer(transfer, Error{Code::storage_full, Fault::environment, 1});
  }
  // Both the transfer and, later, the item are remembered with their info dictionary and file names.
  const std::size_t words = record.info.size() + record.seal.meta.size();
  if (transfer.keep && !committer.has_room(2 * (2 * words + limits::text_bytes_max))) {
    return fail_transfer(transfer, Error{Code::storage_full, Fault::environment, 3});
  }
  if (record.seal.expires_ms) expiry_due = now;
  touch(record.id);
  touch_state();
  if (record.ask) {
    transfer.asking = true;
    return remember(transfer);  // with its metadata: to ask again it needs nobody
  }
  // One that had no room, and was paused for that, waits for resume(), also after a restart.
  if (!record.paused || !record.blob.none()) begin_content(transfer, slot);
}

/// Room is reserved, or found again after a restart with what is in it; then the swarm may write into it.
void Engine::Core::begin_content(TransferState& transfer, Slot& slot) {
  if (transfer.reserving) return;
  TransferRecord& record = transfer.record;
  const std::uint32_t pieces = slot.torrent->metainfo()->piece_count();
  const std::uint64_t bytes = transfer.meta ? transfer.meta->content_bytes() : slot.torrent->metainfo()->bytes;
  const bool there = !record.blob.none() && blobs.contains(record.blob);
  if (!there || record.have.size() != pieces) record.have = Bitfield(pieces);
  if (there) {
    hold_blob(record.blob, bytes);
    return record.have.all() ? open_content(transfer, slot) : check_content(transfer, slot);
  }
  record.blob = {};
  const auto blob = reserve_blob(bytes);
  if (!blob) return fail_transfer(transfer, blob.error());
  record.blob = *blob;
  transfer.reserving = true;
  Job& job = new_job(Job::Kind::reserve, {});
  job.blob = *blob;
  job.bytes = bytes;
  job.transfer = record.id;
  fill(job, {});
  // Where there surely is room, what is small is asked for meanwhile. Its pieces are written behind the question: the
  // store does what it is asked in order.
  const bool small = bytes <= limits::open_early_bytes_max;
  if (small && store_free_bytes.value_or(0) >= bytes + limits::storage_low_bytes) open_content(transfer, slot);
}

/// The store has answered. What the transfer was given up for meanwhile has freed the blob.
void Engine::Core::reserved(Job& job, StoreStatus status) {
  const auto node = jobs.extract(job.id);
  const auto it = transfers.find(node.mapped().transfer);
  if (it == transfers.end()) return;
  TransferState& transfer = it->second;
  transfer.reserving = false;
  touch_state();
  Slot* slot = find_slot(transfer.torrent);
  const bool opened = slot != nullptr && slot->blob == transfer.record.blob;
  if (status != StoreStatus::ok) {
    const BlobId blob = std::exchange(transfer.record.blob, BlobId{});
    if (opened) close_content(transfer, *slot);
    opened ? void(drop_blob(blob, committer.append(JournalKind::transfer, encode_transfer(transfer.record), false))) : free_blob(blob);
    const Code code = status == StoreStatus::full ? Code::storage_full : Code::storage_lost;
    if (transfer.phase == TransferPhase::running) fail_transfer(transfer, Error{code, Fault::environment, 0});
  } else if (slot != nullptr && !opened && transfer.phase == TransferPhase::running && !slot->torrent->complete()) {
    open_content(transfer, *slot);
    drain(*slot);
  }
}

/// The store has no room after all for what was opened early: nothing was kept, nothing is wanted.
void Engine::Core::close_content(TransferState& transfer, Slot& slot) {
  Metainfo metainfo = *slot.torrent->metainfo();
  slot.torrent->detach_all(now);
  while (!slot.connections.empty()) close_connection(slot, slot.connections.begin()->first);
  slot.torrent = std::make_unique<Torrent>(slot.id, slot.info_hash, shared);
  slot.torrent->set_metainfo(now, std::move(metainfo));
  slot.blob = {};
  slot.unjournalled.clear();
  transfer.record.have = {};
}

void Engine::Core::open_content(TransferState& transfer, Slot& slot) {
  TransferRecord& record = transfer.record;
  remember(transfer);
  if (!set_slot_seal(slot, record.seal)) return fail_share(transfer, ShareWhy::sizes);
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
  mark_used(input.blob);
}

/// What was stored stays, paused, so that it can go on once the cause is gone, and so does what found no room. What never
/// began goes, and what can never be whole.
void Engine::Core::fail_transfer(TransferState& transfer, Error error) {
  transfer.phase = TransferPhase::failed;
  transfer.error = error;
  last_failure = error;
  transfer.record.paused = true;
  push_transfer(transfer);
  const bool hopeless = error.code == Code::bad_share || error.code == Code::wrong_key || error.code == Code::expired;
  // What is above the item cap (1), or too much for the journal (3), finds no room later either.
  const bool no_room = error.code == Code::storage_lost || (error.code == Code::storage_full && error.detail != 1 && error.detail != 3);
  if (hopeless || (transfer.record.blob.none() && !no_room)) {
    forget_transfer(transfer.record.id, {});
  } else {
    if (Slot* slot = find_slot(transfer.torrent)) journal_have(*slot);
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
  const bool known = catalogue.transfers.erase(id) > 0;
  drop_blob(blob, known ? committer.append(JournalKind::transfer_gone, encode_gone(id.value), false) : 0);
  gone(Subject::transfer, id.value);
  transfers.erase(it);
  touch_state();
}

void Engine::Core::remember(const TransferState& transfer) {
  if (!transfer.keep) return;
  Bitfield have = transfer.record.have;
  if (const auto known = catalogue.transfers.find(transfer.record.id);
      known != catalogue.transfers.end() && known->second.blob == transfer.record.blob && known->second.have.size() == have.size()) {
    have = known->second.have;  // of the same bytes the journal knows better than the record the transfer began with
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
