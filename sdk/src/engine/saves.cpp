// Owns: save and update_item: content and words of the person's own that enter the library.
#include "engine/core.hpp"
#include "engine/spec.hpp"

namespace samara {

void Engine::Core::call_save(const in::Save& call) {
  const auto document = bencode_decode(call.spec, bencode_own_limits);
  if (!document) return fail(call.request, document.error());
  auto files = read_spec_files(document->root());
  auto describe = read_spec_describe(document->root());
  if (!files || !describe) return fail(call.request, files ? describe.error() : files.error());
  if (files->empty() || catalogue.items.size() >= limits::items_max) {
    free_blob(call.source);
    return fail(call.request, Error{files->empty() ? Code::unsupported : Code::storage_full, Fault::usage, 0});
  }
  // What the journal will have to hold is about what the spec holds.
  if (!committer.has_room(2 * call.spec.size() + limits::text_bytes_max)) {
    free_blob(call.source);
    return fail(call.request, Error{Code::storage_full, Fault::environment, 3});
  }
  const std::uint64_t bytes = total_bytes(*files);
  const auto blob = reserve_blob(bytes);
  if (!blob) {
    free_blob(call.source);
    return fail(call.request, blob.error());
  }
  Job& job = new_job(Job::Kind::save, call.request);
  job.source = call.source;
  job.blob = *blob;
  job.bytes = bytes;
  job.item.id = {fresh_id()};
  job.item.blob = *blob;
  job.item.files = std::move(*files);
  job.item.describe = std::move(*describe);
  if (job.item.describe.name.empty()) job.item.describe.name = job.item.files.front().name;
  if (job.item.describe.type.empty()) job.item.describe.type = job.item.files.front().type;
  job.item.added_ms = unix_ms();
  outbox.push(out::StoreCopy{ops.issue({OpOwner::Kind::job, job.id}), call.source, *blob, bytes});
}

/// The bytes are copied; now the journal may speak of them.
void Engine::Core::save_step(Job& job) {
  if (job.kind == Job::Kind::copy_received) {
    const auto node = jobs.extract(job.id);
    const Job& copied = node.mapped();
    const auto transfer = transfers.find(copied.transfer);
    Slot* slot = find_slot(copied.torrent);
    if (transfer == transfers.end() || slot == nullptr) return free_blob(copied.blob);
    become_item(transfer->second, *slot, received_item(transfer->second, *slot->torrent->metainfo(), copied.blob));
    return;
  }
  job.stage = Job::Stage::committing;
  catalogue.items.emplace(job.item.id, job.item);
  job.ticket = committer.append(JournalKind::item, encode_item(job.item), true);
  job.blob = {};  // the item's from now on
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
