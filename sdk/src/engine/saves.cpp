// Owns: save and update_item: content and words of the person's own, or of an export, that enter the library.
#include "engine/core.hpp"
#include "engine/exports.hpp"
#include "engine/spec.hpp"

namespace samara {

namespace {

/// What is to be saved, as the caller describes it.
Result<ItemRecord> described_item(const BencodeView& spec) {
  ItemRecord item;
  SAMARA_TRY(files, read_spec_files(spec));
  SAMARA_TRY(describe, read_spec_describe(spec));
  if (files.empty()) return usage_fault(Code::unsupported);
  item.files = std::move(files);
  item.describe = std::move(describe);
  if (item.describe.name.empty()) item.describe.name = item.files.front().name;
  if (item.describe.type.empty()) item.describe.type = item.files.front().type;
  return item;
}

}  // namespace

void Engine::Core::call_save(const in::Save& call) {
  const auto refuse = [&](Error error, std::string_view why = {}) {
    free_blob(call.source);
    fail(call.request, error, why);
  };
  const auto document = bencode_decode(call.spec, bencode_own_limits);
  if (!document) return refuse(document.error());
  const BencodeView spec = document->root();
  const auto record = spec.find("record");
  auto item = record ? read_item_record(record->string().value_or(ByteSpan{})) : described_item(spec);
  if (!item) return refuse(item.error(), item.error().code == Code::metadata_invalid ? to_string(static_cast<ExportWhy>(item.error().detail)) : "");
  if (const std::uint64_t id = parse_id(spec.text_or("id", "")); id != 0) item->id = {id};
  if (item->id.none()) item->id = {fresh_id()};
  if (join(Job::Kind::save, item->id.value, call.request, call.source)) return;
  if (const auto known = catalogue.items.find(item->id); known != catalogue.items.end()) {
    free_blob(call.source);
    return complete(call.request, item_payload(known->second));
  }
  if (catalogue.items.size() >= limits::items_max) return refuse(Error{Code::storage_full, Fault::usage, 0});
  // What the journal will have to hold is about what the spec holds.
  if (!committer.has_room(2 * call.spec.size() + limits::text_bytes_max)) return refuse(Error{Code::storage_full, Fault::environment, 3});
  const auto blob = reserve_blob(item->bytes());
  if (!blob) return refuse(blob.error());
  Job& job = new_job(Job::Kind::save, call.request);
  job.source = call.source;
  job.blob = *blob;
  job.bytes = item->bytes();
  job.item = std::move(*item);
  job.item.blob = *blob;
  if (!record) job.item.added_ms = unix_ms();
  job.item.used_ms = job.item.used_known_ms = unix_ms();
  begin_save(job);
}

/// What came as a torrent must still be that torrent: its hashes are in the record, so a stranger's file cannot put
/// something else into their place. For a sealed one the content is sealed again, as for provide().
void Engine::Core::begin_save(Job& job) {
  const ItemRecord& item = job.item;
  if (item.info.empty() || job.bytes == 0) return fill(job, job.source);
  job.metainfo = *parse_info(item.info, *item.info_hash);
  if (item.seal.sealed()) {
    auto content = content_for(item.seal, job.metainfo);
    if (!content) return fail_job(job, content.error());
    job.seal = std::move(*content);
    return begin_sealing(job);
  }
  job.stage = Job::Stage::hashing;
  outbox.push(out::HashPieces{ops.issue({OpOwner::Kind::job, job.id}), job.source, job.bytes, job.metainfo.piece_bytes});
}

void Engine::Core::import_hashed(Job& job, ByteSpan hashes) {
  if (!equal(hashes, job.metainfo.pieces)) return fail_job(job, Error{Code::source_changed, Fault::usage, 0});
  fill(job, job.source);
}

/// The bytes are copied; now the journal may speak of them.
void Engine::Core::save_step(Job& job, ByteSpan hashes) {
  if (job.stage == Job::Stage::hashing) return import_hashed(job, hashes);
  job.stage = Job::Stage::committing;
  if (job.item.seal.expires_ms) expiry_due = now;
  catalogue.items.emplace(job.item.id, job.item);
  job.ticket = committer.append(JournalKind::item, encode_item(job.item), true);
  job.blob = {};  // the item's from now on
}

/// A transfer found its bytes on this device: they are copied.
void Engine::Core::copied(Job& job) {
  const auto node = jobs.extract(job.id);
  const Job& done = node.mapped();
  const auto transfer = transfers.find(done.transfer);
  Slot* slot = find_slot(done.torrent);
  const bool wanted = transfer != transfers.end() && transfer->second.phase == TransferPhase::running;
  if (!wanted || slot == nullptr) return free_blob(done.blob);
  become_item(transfer->second, *slot, received_item(transfer->second, *slot->torrent->metainfo(), done.blob));
}

void Engine::Core::call_update_item(const in::UpdateItem& call) {
  const auto document = bencode_decode(call.spec, bencode_own_limits);
  if (!document) return fail(call.request, document.error());
  const BencodeView spec = document->root();
  const auto change = read_spec_describe(spec);
  if (!change) return fail(call.request, change.error());
  const auto it = catalogue.items.find(ItemId{parse_id(spec.text_or("id", ""))});
  if (it == catalogue.items.end()) return fail(call.request, Error{Code::not_found, Fault::usage, 0});
  Describe& d = it->second.describe;
  if (spec.find("name")) d.name = change->name;
  if (spec.find("type")) d.type = change->type;
  if (spec.find("description")) d.description = change->description;
  if (spec.find("meta")) d.meta = change->meta;
  if (spec.find("created")) d.created_ms = change->created_ms;
  if (spec.find("duration")) d.duration_ms = change->duration_ms;
  if (spec.find("thumbnail")) {
    d.thumbnail = change->thumbnail;
    d.thumbnail_type = change->thumbnail_type;
  }
  if (it->second.files.size() == 1 && spec.find("type")) it->second.files.front().type = change->type;
  Job& job = new_job(Job::Kind::update, call.request);
  job.stage = Job::Stage::committing;
  job.item.id = it->first;
  job.ticket = it->second.kept ? committer.append(JournalKind::item, encode_item(it->second), false) : 0;
}

void Engine::Core::finish_update(const Job& job) {
  const auto item = catalogue.items.find(job.item.id);
  if (item == catalogue.items.end()) return fail(job.request, Error{Code::not_found, Fault::usage, 0});
  push_item(item->second);
  complete(job.request, item_payload(item->second));
}

}  // namespace samara
