// Owns: questions of the API that change nothing.
#include "engine/core.hpp"
#include "engine/exports.hpp"
#include "engine/spec.hpp"

namespace samara {
namespace {

/// `{list: [payload…]}`
class PayloadList {
 public:
  PayloadList() : out_(bytes_) { out_.begin_dict().key("list").begin_list(); }
  void add(ByteSpan payload) { out_.raw(payload); }
  Bytes finish() {
    out_.end_list().end_dict();
    return std::move(bytes_);
  }

 private:
  Bytes bytes_;
  BencodeWriter out_;
};

}  // namespace

/// What was asked for, or everything that has its bytes and is to be kept.
void Engine::Core::query_export_head(RequestId request, const BencodeView& spec) {
  std::vector<const ItemRecord*> items;
  for (const BencodeView id : spec.list("ids")) {
    const auto it = catalogue.items.find(ItemId{parse_id(id.text().value_or(""))});
    if (it == catalogue.items.end() || !blobs.contains(it->second.blob)) return fail(request, Error{Code::not_found, Fault::usage, 0});
    items.push_back(&it->second);
  }
  for (const auto& [id, item] : catalogue.items) {
    if (!spec.find("ids") && item.kept && blobs.contains(item.blob)) items.push_back(&item);
  }
  const auto head = encode_export_head(items);
  if (!head) return fail(request, head.error());
  Bytes bytes;
  BencodeWriter out(bytes);
  out.begin_dict().key("blobs").begin_list();
  for (const ItemRecord* item : items) out.value(item->blob.value).value(item->bytes());
  out.end_list().field("head", *head).end_dict();
  complete(request, bytes);
}

void Engine::Core::query_read_export(RequestId request, const BencodeView& spec) {
  const auto content = read_export(spec.string_or("head", {}), static_cast<std::uint64_t>(std::max<std::int64_t>(spec.integer_or("bytes", 0), 0)));
  if (!content) {
    const Error error = content.error();
    return fail(request, error, error.code == Code::metadata_invalid ? to_string(static_cast<ExportWhy>(error.detail)) : "");
  }
  Bytes bytes;
  BencodeWriter out(bytes);
  out.begin_dict().key("list").begin_list();
  for (const ExportEntry& entry : content->entries) {
    out.begin_dict().field("bytes", entry.bytes).field("id", format_id(entry.id.value)).field("offset", entry.offset);
    out.field("record", entry.record).end_dict();
  }
  out.end_list();
  if (content->need_bytes != 0) out.field("need", content->need_bytes);
  out.end_dict();
  complete(request, bytes);
}

void Engine::Core::call_query(const in::Query& call) {
  const auto document = bencode_decode(call.spec, bencode_own_limits);
  if (!document) return fail(call.request, document.error());
  const BencodeView spec = document->root();
  const std::uint64_t id = parse_id(spec.text_or("id", ""));
  PayloadList list;
  switch (call.kind) {
    case QueryKind::items:
      for (const auto& [item_id, item] : catalogue.items) {
        if (item.kept) list.add(item_payload(item));
      }
      return complete(call.request, list.finish());
    case QueryKind::shares:
      for (const auto& [share_id, share] : catalogue.shares) list.add(share_payload(share));
      return complete(call.request, list.finish());
    case QueryKind::transfers:
      for (auto& [transfer_id, transfer] : transfers) list.add(transfer_payload(transfer));
      return complete(call.request, list.finish());
    case QueryKind::item: {
      const auto it = catalogue.items.find(ItemId{id});
      return it == catalogue.items.end() ? complete_empty(call.request) : complete(call.request, item_payload(it->second));
    }
    case QueryKind::share: {
      const auto it = catalogue.shares.find(ShareId{id});
      return it == catalogue.shares.end() ? complete_empty(call.request) : complete(call.request, share_payload(it->second));
    }
    case QueryKind::find_share: {
      const std::string_view key = spec.text_or("key", "");
      for (const auto& [share_id, share] : catalogue.shares) {
        if (!key.empty() && share.key == key) return complete(call.request, share_payload(share));
      }
      return complete_empty(call.request);
    }
    case QueryKind::transfer: {
      const auto it = transfers.find(TransferId{id});
      return it == transfers.end() ? complete_empty(call.request)
                                   : complete(call.request, transfer_payload(it->second));
    }
    case QueryKind::export_head: return query_export_head(call.request, spec);
    case QueryKind::read_export: return query_read_export(call.request, spec);
    case QueryKind::health: return complete(call.request, health_payload());
    case QueryKind::torrent_file: {
      const auto it = catalogue.shares.find(ShareId{id});
      if (it == catalogue.shares.end()) return fail(call.request, Error{Code::not_found, Fault::usage, 0});
      const auto metainfo = parse_info(it->second.info, it->second.info_hash);
      if (!metainfo) return fail(call.request, metainfo.error());
      const ShareRecord& share = it->second;
      Bytes bytes;
      // Of a sealed share nothing goes into the file but what the swarm sees anyway.
      const bool sealed = share.seal.sealed();
      BencodeWriter(bytes).begin_dict().field("bytes", encode_torrent_file(*metainfo, share.trackers, share.web_seeds,
          sealed ? "" : std::string_view(share.describe.description), sealed ? 0 : share.created_ms / 1000)).end_dict();
      return complete(call.request, bytes);
    }
  }
}

}  // namespace samara
