// Owns: share and provide: from bytes to a torrent with a link, and its end.
#include <algorithm>
#include <cstring>

#include "codec/magnet.hpp"
#include "engine/core.hpp"
#include "engine/spec.hpp"

namespace samara {
namespace {

/// A torrent's name is all a plain receiver learns of the type, so an item whose title has no
/// extension that says it gets the one of its type.
std::string shared_item_name(const ItemRecord& item) {
  const std::string& title = item.describe.name;
  const std::string& type = item.files.front().type;
  if (item.files.size() > 1 || type.empty() || !media_type_of(title).empty()) return title;
  const std::string named = default_file_name(type);
  const std::size_t dot = named.rfind('.');
  return dot == std::string::npos ? title : title + named.substr(dot);
}

/// What this call says; for the rest, what the item says.
Describe merged(const BencodeView& spec, Describe said, const Describe& item) {
  if (!spec.find("name")) said.name = item.name;
  if (!spec.find("type")) said.type = item.type;
  if (!spec.find("description")) said.description = item.description;
  if (!spec.find("meta")) said.meta = item.meta;
  if (!spec.find("created")) said.created_ms = item.created_ms;
  if (!spec.find("duration")) said.duration_ms = item.duration_ms;
  if (spec.find("thumbnail")) return said;
  said.thumbnail = item.thumbnail;
  said.thumbnail_type = item.thumbnail_type;
  return said;
}

}  // namespace

void Engine::Core::call_share(const in::Share& call) {
  const auto document = bencode_decode(call.spec, bencode_own_limits);
  if (!document) return fail(call.request, document.error());
  const BencodeView spec = document->root();
  const ShareId id{parse_id(spec.text_or("id", ""))};
  if (!id.none() && join(Job::Kind::share, id.value, call.request, call.source)) return;
  if (const auto known = catalogue.shares.find(id); known != catalogue.shares.end()) {
    // One that waits for its bytes takes these: they are looked at below.
    const auto state = shares.find(id);
    const Slot* slot = state == shares.end() ? nullptr : find_slot(state->second.torrent);
    if (call.source.none() || (slot != nullptr && !slot->blob.none())) {
      free_blob(call.source);
      return complete(call.request, share_payload(known->second));
    }
  }
  Job& job = new_job(Job::Kind::share, call.request);
  job.source = call.source;
  job.share.id = id.none() ? ShareId{fresh_id()} : id;
  if (const auto planned = plan_share(job, spec); !planned) return fail_job(job, planned.error());
  job.share.reference = !job.source.none();
  if (spec.text_or("keep", "reference") == "copy" && !job.source.none()) {
    const auto blob = reserve_blob(job.bytes);
    if (!blob) return fail_job(job, blob.error());
    job.blob = *blob;
    job.share.blob = *blob;
    job.share.reference = false;
    return fill(job, job.source);
  }
  hash_share(job);
}

/// What will be remembered, and the torrent without its hashes.
Result<void> Engine::Core::plan_share(Job& job, const BencodeView& spec) {
  SAMARA_TRY(describe, read_spec_describe(spec));
  SAMARA_TRY(files, read_spec_files(spec));
  const ItemRecord* item = nullptr;
  if (const auto id = spec.text_or("item", ""); !id.empty()) {
    const auto found = catalogue.items.find(ItemId{parse_id(id)});
    if (found == catalogue.items.end()) return usage_fault(Code::not_found);
    item = &found->second;
    files = item->files;
    job.share.item = item->id;
    job.share.blob = item->blob;
    describe = merged(spec, std::move(describe), item->describe);
  }
  job.share.key = spec.text_or("key", "");
  if (job.share.key.size() > limits::text_bytes_max) return usage_fault(Code::too_large);
  job.share.files = std::move(files);
  job.share.describe = std::move(describe);
  job.share.created_ms = unix_ms();
  job.share.trackers = spec.find("trackers") ? read_spec_texts(spec, "trackers") : config.trackers;
  job.share.web_seeds = read_spec_texts(spec, "web_seeds");
  keep_usable_trackers(job.share.trackers, LinkPolicy{});
  keep_usable_web_seeds(job.share.web_seeds, LinkPolicy{});
  return spec.flag("encrypt") ? plan_sealed(job, spec, item) : plan_plain(job, spec, item);
}

/// The torrent of an open share.
Result<void> Engine::Core::plan_plain(Job& job, const BencodeView& spec, const ItemRecord* item) {
  CreateSpec create;
  create.list_input = spec.flag("list");
  const std::string_view name = spec.text_or("name", "");
  if (!name.empty()) {
    create.name = name;
  } else if (item != nullptr) {
    create.name = shared_item_name(*item);
  }
  for (const auto& file : job.share.files) create.files.emplace_back(file.name, file.bytes);
  if (const auto flag = spec.find("private")) create.is_private = flag->integer().value_or(0) != 0;
  const std::int64_t piece_bytes = spec.integer_or("piece_length", 0);
  if (piece_bytes < 0 || piece_bytes > limits::piece_bytes_max) return usage_fault(Code::metainfo_bad_piece_length);
  create.piece_bytes = static_cast<std::uint32_t>(piece_bytes);
  SAMARA_TRY(metainfo, plan_torrent(create));
  job.metainfo = std::move(metainfo);
  job.bytes = job.metainfo.bytes;
  return {};
}

void Engine::Core::hash_share(Job& job) {
  if (job.share.seal.sealed()) return seal_share(job);
  job.stage = Job::Stage::hashing;
  if (job.bytes == 0) return share_hashed(job, {});
  const BlobId content = job.source.none() ? job.share.blob : job.source;
  outbox.push(out::HashPieces{ops.issue({OpOwner::Kind::job, job.id}), content, job.bytes, job.metainfo.piece_bytes});
}

void Engine::Core::share_step(Job& job, ByteSpan hashes) {
  if (job.stage == Job::Stage::filling) {
    hash_share(job);
  } else {
    share_hashed(job, hashes);
  }
}

void Engine::Core::share_hashed(Job& job, ByteSpan hashes) {
  if (const auto finished = finish_torrent(job.metainfo, to_bytes(hashes)); !finished) {
    return fail_job(job, finished.error());
  }
  log(LogLevel::debug, "hashed", job.bytes);
  if (job.metainfo.info.size() > limits::metadata_bytes_max) return fail_job(job, Error{Code::too_large, Fault::usage, 0});
  const InfoHash info_hash = job.metainfo.info_hash;
  if (!job.same.none()) {
    const auto before = catalogue.shares.find(job.same);
    if (before == catalogue.shares.end() || before->second.info_hash != info_hash) return seal_again(job);
  }
  if (!job.share.item.none() && !catalogue.items.contains(job.share.item)) return fail_job(job, Error{Code::not_found, Fault::usage, 0});
  ShareId same_key{};
  for (const auto& [id, record] : catalogue.shares) {
    if (record.info_hash == info_hash) return reuse_share(job, id);
    if (!job.share.key.empty() && record.key == job.share.key) same_key = id;
  }
  job.share.info_hash = info_hash;
  job.share.info = job.metainfo.info;
  const Bytes encoded = encode_share(job.share);
  if (!committer.has_room(encoded.size())) return fail_job(job, Error{Code::storage_full, Fault::environment, 3});
  // The same call with other bytes, while the share waits for those it had.
  if (job.share.id != same_key && catalogue.shares.contains(job.share.id)) return fail_job(job, Error{Code::source_changed, Fault::usage, 0});
  if (!same_key.none()) stop_share(same_key);  // same key, other bytes: the old one ends
  catalogue.shares.emplace(job.share.id, job.share);
  job.ticket = committer.append(JournalKind::share, encoded, !job.share.reference);
  job.stage = Job::Stage::committing;
  BlobId source = job.source;
  if (!job.share.reference && !source.none()) {
    free_blob(source);  // copied: the app's bytes are no longer needed
    source = {};
  }
  job.source = {};  // the share's from now on
  job.blob = {};
  start_share(job.share, source);
}

/// Same bytes and name, same share: the new bytes are dropped, unless the old share lacks its own.
void Engine::Core::reuse_share(Job& job, ShareId existing) {
  ShareRecord& record = catalogue.shares.at(existing);
  ShareState& state = shares.at(existing);
  Slot* slot = find_slot(state.torrent);
  if (!job.share.key.empty()) record.key = job.share.key;
  record.paused = false;
  if (slot != nullptr && slot->blob.none()) {
    state.changed = false;
    if (record.blob.none()) record.blob = job.share.blob;
    record.item = job.share.item;
    record.reference = job.share.reference;
    start_share(record, job.share.reference ? job.source : BlobId{});
    if (job.share.reference) job.source = {};
    job.blob = {};
  }
  free_blob(job.source);
  free_blob(job.blob);
  job.source = {};
  job.blob = {};
  job.share.id = existing;
  job.reused = true;
  job.stage = Job::Stage::committing;
  job.ticket = committer.append(JournalKind::share, encode_share(record), true);
  reconsider(state.torrent);
}

/// Puts a share into the swarm. Without bytes (a reference after a restart) it waits for provide().
void Engine::Core::start_share(const ShareRecord& record, BlobId source) {
  auto metainfo = parse_info(record.info, record.info_hash);
  if (!metainfo) return;
  ShareState& state = shares[record.id];
  if (!source.none()) state.source = source;
  const BlobId content = state.changed ? BlobId{} : state.source.none() ? record.blob : state.source;
  if (record.seal.expires_ms) expiry_due = now;
  TransferId receiving{};
  if (Slot* existing = find_slot(record.info_hash); existing != nullptr && !content.none() && !existing->torrent->complete()) {
    receiving = existing->transfer;  // the bytes are here: what was being fetched is copied instead
    drop_slot(existing->id);
  }
  Slot& slot = slot_for(record.info_hash, record.trackers);
  state.torrent = slot.id;
  slot.share = record.id;
  if (slot.blob.none()) {
    if (slot.torrent->metainfo() == nullptr) slot.torrent->set_metainfo(now, *metainfo);
    if (!content.none() && set_slot_seal(slot, record.seal)) {
      Bitfield have(metainfo->piece_count());
      have.set_all();
      slot.blob = content;
      slot.torrent->open_content(now, content, std::move(have));
    }
  }
  if (const auto transfer = transfers.find(receiving); transfer != transfers.end()) {
    slot.transfer = receiving;
    transfer->second.torrent = slot.id;
    copy_from_share(transfer->second, slot);
  }
  reconsider(slot.id);
  touch(record.id);
  touch_state();
}

void Engine::Core::stop_share(ShareId id) {
  const auto node = catalogue.shares.extract(id);
  if (node.empty()) return;
  const ShareRecord& record = node.mapped();
  const Ticket forgotten = committer.append(JournalKind::share_gone, encode_gone(id.value), false);
  const auto state = shares.find(id);
  if (state != shares.end()) {
    Slot* slot = find_slot(state->second.torrent);
    if (slot != nullptr && slot->share == id) {
      slot->share = {};
      reconsider(slot->id);
    }
    free_blob(state->second.source);
    shares.erase(state);
  }
  if (record.item.none() && !record.blob.none()) drop_blob(record.blob, forgotten);
  gone(Subject::share, id.value);
  touch_state();
}

void Engine::Core::call_provide(const in::Provide& call) {
  const auto document = bencode_decode(call.spec, bencode_own_limits);
  if (!document) return fail(call.request, document.error());
  const auto record = catalogue.shares.find(ShareId{parse_id(document->root().text_or("id", ""))});
  const auto files = read_spec_files(document->root());
  Job& job = new_job(Job::Kind::provide, call.request);
  job.source = call.source;
  job.stage = Job::Stage::hashing;
  if (record == catalogue.shares.end()) return fail_job(job, Error{Code::not_found, Fault::usage, 0});
  auto metainfo = parse_info(record->second.info, record->second.info_hash);
  if (!metainfo || !files || total_bytes(*files) != total_bytes(record->second.files)) {
    return fail_job(job, Error{Code::source_changed, Fault::usage, 0});
  }
  job.share.id = record->first;
  job.bytes = total_bytes(record->second.files);
  job.metainfo = std::move(*metainfo);
  if (record->second.seal.sealed()) {
    auto content = content_for(record->second.seal, job.metainfo);
    if (!content) return fail_job(job, content.error());
    job.seal = std::move(*content);
    return begin_sealing(job);
  }
  const StoreOp op = ops.issue({OpOwner::Kind::job, job.id});
  outbox.push(out::HashPieces{op, call.source, job.bytes, job.metainfo.piece_bytes});
}

void Engine::Core::provide_hashed(Job& job, ByteSpan hashes) {
  const auto record = catalogue.shares.find(job.share.id);
  if (record == catalogue.shares.end()) return fail_job(job, Error{Code::not_found, Fault::usage, 0});
  if (!equal(hashes, job.metainfo.pieces)) return fail_job(job, Error{Code::source_changed, Fault::usage, 0});
  const auto node = jobs.extract(job.id);
  const Job& done = node.mapped();
  Slot* slot = find_slot(shares[done.share.id].torrent);
  if (slot != nullptr && !slot->blob.none()) {
    free_blob(done.source);  // it had its bytes all along
  } else {
    shares[done.share.id].changed = false;
    start_share(record->second, done.source);
  }
  complete(done.request, share_payload(record->second));
}

}  // namespace samara
