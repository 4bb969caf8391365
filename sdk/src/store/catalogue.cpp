// Owns: the stored form of items, shares and transfers.
#include "store/catalogue.hpp"

#include <algorithm>
#include <array>

#include "base/writer.hpp"
#include "base/reader.hpp"
#include "samara/config.hpp"

namespace samara {
namespace {

Bytes id_bytes(std::uint64_t id) {
  Bytes out;
  Writer(out).u64be(id);
  return out;
}

std::uint64_t read_id(const BencodeView& dict, std::string_view key = "id") {
  const ByteSpan bytes = dict.string_or(key, {});
  Reader reader(bytes);
  const std::uint64_t id = reader.u64be();
  return reader.ok() && reader.left() == 0 ? id : 0;
}

std::optional<InfoHash> read_hash(const BencodeView& dict) {
  const ByteSpan bytes = dict.string_or("infohash", {});
  InfoHash hash;
  if (bytes.size() != hash.bytes.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), hash.bytes.begin());
  return hash;
}

std::vector<std::string> read_texts(const BencodeView& dict, std::string_view key) {
  std::vector<std::string> texts;
  for (const BencodeView item : dict.list(key)) {
    if (const auto text = item.text()) texts.emplace_back(*text);
  }
  return texts;
}

std::vector<StoredFile> read_files(const BencodeView& dict) {
  std::vector<StoredFile> files;
  for (const BencodeView file : dict.list("files")) {
    const std::int64_t size = file.integer_or("size", 0);
    files.push_back({std::string(file.text_or("name", "")), std::string(file.text_or("type", "")),
                     size < 0 ? 0 : static_cast<std::uint64_t>(size)});
  }
  return files;
}

BlobId read_blob(const BencodeView& dict) {
  return {static_cast<std::uint32_t>(dict.integer_or("blob", 0))};
}

void write_texts(BencodeWriter& out, std::string_view key, const std::vector<std::string>& texts) {
  out.key(key).begin_list();
  for (const auto& text : texts) out.string(text);
  out.end_list();
}

void write_files(BencodeWriter& out, const std::vector<StoredFile>& files) {
  out.key("files").begin_list();
  for (const auto& file : files) {
    out.begin_dict().field("name", file.name).field("size", file.bytes).field("type", file.type).end_dict();
  }
  out.end_list();
}

/// The description as one nested dictionary, so that its keys need no place among the caller's.
void write_describe(BencodeWriter& out, const Describe& d) {
  out.key("describe").begin_dict();
  if (d.created_ms) out.field("created", *d.created_ms);
  if (!d.description.empty()) out.field("description", d.description);
  if (d.duration_ms) out.field("duration", *d.duration_ms);
  if (!d.meta.empty()) out.field("meta", d.meta);
  if (!d.name.empty()) out.field("name", d.name);
  if (!d.thumbnail.empty()) out.field("thumbnail", d.thumbnail).field("thumbnail_type", d.thumbnail_type);
  if (!d.type.empty()) out.field("type", d.type);
  out.end_dict();
}

void write_seal(BencodeWriter& out, const SealRecord& seal) {
  if (!seal.sealed()) return;
  out.key("seal").begin_dict();
  if (seal.expires_ms) out.field("expires", *seal.expires_ms);
  if (!seal.meta.empty()) out.field("meta", seal.meta);
  out.field("password", seal.password);
  if (!seal.prk.none()) out.field("prk", seal.prk.bytes());
  out.field("secret", seal.secret.bytes()).end_dict();
}

SealRecord read_seal(const BencodeView& dict) {
  SealRecord seal;
  const auto stored = dict.find("seal");
  if (!stored) return seal;
  seal.secret = Key32::from(stored->string_or("secret", {})).value_or(Key32{});
  seal.prk = Key32::from(stored->string_or("prk", {})).value_or(Key32{});
  seal.password = stored->flag("password");
  seal.meta = to_bytes(stored->string_or("meta", {}));
  if (const auto expires = stored->find("expires")) seal.expires_ms = expires->integer();
  return seal;
}

std::optional<ShareRecord> decode_share(const BencodeView& dict) {
  ShareRecord share;
  share.id = {read_id(dict)};
  const auto hash = read_hash(dict);
  if (share.id.none() || !hash) return std::nullopt;
  share.info_hash = *hash;
  share.blob = read_blob(dict);
  share.created_ms = dict.integer_or("created", 0);
  share.delivered = static_cast<std::uint32_t>(dict.integer_or("delivered", 0));
  if (const auto describe = dict.find("describe")) share.describe = read_describe(*describe);
  share.files = read_files(dict);
  share.info = to_bytes(dict.string_or("info", {}));
  share.item = {read_id(dict, "item")};
  share.key = dict.text_or("key", "");
  share.paused = dict.flag("paused");
  share.reference = dict.flag("reference");
  share.seal = read_seal(dict);
  share.trackers = read_texts(dict, "trackers");
  share.web_seeds = read_texts(dict, "web_seeds");
  return share;
}

std::optional<TransferRecord> decode_transfer(const BencodeView& dict) {
  TransferRecord transfer;
  transfer.id = {read_id(dict)};
  const auto hash = read_hash(dict);
  if (transfer.id.none() || !hash) return std::nullopt;
  transfer.info_hash = *hash;
  transfer.ask = dict.flag("ask");
  transfer.blob = read_blob(dict);
  const std::int64_t pieces = dict.integer_or("pieces", 0);
  if (pieces > 0 && pieces <= limits::pieces_max) {
    const auto count = static_cast<std::uint32_t>(pieces);
    transfer.have = Bitfield::from_wire(dict.string_or("have", {}), count).value_or(Bitfield(count));
  }
  transfer.info = to_bytes(dict.string_or("info", {}));
  transfer.link = dict.text_or("link", "");
  transfer.name = dict.text_or("name", "");
  transfer.paused = dict.flag("paused");
  transfer.seal = read_seal(dict);
  transfer.seed = dict.flag("seed");
  transfer.trackers = read_texts(dict, "trackers");
  transfer.web_seeds = read_texts(dict, "web_seeds");
  return transfer;
}

/// Sets the pieces of [start, end) pairs that exist.
void apply_have(Catalogue& catalogue, const BencodeView& dict) {
  const auto it = catalogue.transfers.find({read_id(dict)});
  if (it == catalogue.transfers.end()) return;
  Bitfield& have = it->second.have;
  std::optional<std::int64_t> start;
  for (const BencodeView number : dict.list("runs")) {
    if (!start) {
      start = number.integer().value_or(0);
      continue;
    }
    const std::int64_t end = std::min<std::int64_t>(number.integer().value_or(0), have.size());
    for (std::int64_t i = std::max<std::int64_t>(*start, 0); i < end; ++i) have.set(static_cast<std::uint32_t>(i));
    start.reset();
  }
}

template <class Map, class Record>
bool put(Map& map, std::optional<Record> record) {
  if (!record) return false;
  map.insert_or_assign(record->id, std::move(*record));
  return true;
}

}  // namespace

std::uint64_t ItemRecord::bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& file : files) sum += file.bytes;
  return sum;
}

std::optional<ItemRecord> decode_item(const BencodeView& dict) {
  ItemRecord item;
  item.id = {read_id(dict)};
  item.blob = read_blob(dict);
  if (item.id.none() || item.blob.none()) return std::nullopt;
  item.added_ms = dict.integer_or("added", 0);
  if (const auto describe = dict.find("describe")) item.describe = read_describe(*describe);
  item.files = read_files(dict);
  item.info = to_bytes(dict.string_or("info", {}));
  item.info_hash = read_hash(dict);
  item.received = dict.flag("received");
  item.seal = read_seal(dict);
  item.seed = dict.flag("seed");
  item.trackers = read_texts(dict, "trackers");
  item.used_ms = item.used_known_ms = std::max(dict.integer_or("used", 0), item.added_ms);
  return item;
}

Describe read_describe(const BencodeView& dict) {
  Describe d;
  if (const auto created = dict.find("created")) d.created_ms = created->integer();
  d.description = dict.text_or("description", "");
  if (const auto duration = dict.find("duration")) d.duration_ms = duration->integer();
  d.meta = dict.text_or("meta", "");
  d.name = dict.text_or("name", "");
  d.thumbnail = to_bytes(dict.string_or("thumbnail", {}));
  d.thumbnail_type = dict.text_or("thumbnail_type", "");
  d.type = dict.text_or("type", "");
  return d;
}

void Catalogue::apply(const JournalRecord& record) {
  const auto document = bencode_decode(record.payload, bencode_own_limits);
  if (!document) {
    ++skipped_;
    return;
  }
  const BencodeView dict = document->root();
  bool known = true;
  switch (record.kind) {
    case JournalKind::item:
      known = put(items, decode_item(dict));
      transfers.erase({read_id(dict, "transfer")});
      break;
    case JournalKind::item_gone: items.erase({read_id(dict)}); break;
    case JournalKind::share: known = put(shares, decode_share(dict)); break;
    case JournalKind::share_gone: shares.erase({read_id(dict)}); break;
    case JournalKind::transfer: known = put(transfers, decode_transfer(dict)); break;
    case JournalKind::transfer_gone: transfers.erase({read_id(dict)}); break;
    case JournalKind::have: apply_have(*this, dict); break;
    case JournalKind::keep_unknown: keep_unknown = true; break;
    case JournalKind::snapshot_end: break;
    default: known = false;
  }
  if (!known) ++skipped_;
}

void Catalogue::append_snapshot(Bytes& out, JournalStamp stamp, std::uint32_t& sequence) const {
  const auto add = [&](JournalKind kind, ByteSpan payload) { append_journal_record(out, stamp, sequence++, kind, payload); };
  if (keep_unknown) add(JournalKind::keep_unknown, as_bytes("de"));
  for (const auto& [id, item] : items) {
    if (item.kept) add(JournalKind::item, encode_item(item));
  }
  for (const auto& [id, share] : shares) add(JournalKind::share, encode_share(share));
  for (const auto& [id, transfer] : transfers) add(JournalKind::transfer, encode_transfer(transfer));
  add(JournalKind::snapshot_end, {});
}

std::vector<BlobUse> Catalogue::blobs() const {
  std::vector<BlobUse> used;
  for (const auto& [id, item] : items) used.push_back({item.blob, item.bytes()});
  for (const auto& [id, share] : shares) {
    std::uint64_t bytes = 0;
    for (const auto& file : share.files) bytes += file.bytes;
    if (!share.blob.none()) used.push_back({share.blob, bytes});
  }
  for (const auto& [id, transfer] : transfers) {
    if (!transfer.blob.none()) used.push_back({transfer.blob, 0});
  }
  return used;
}

Bytes encode_item(const ItemRecord& item, TransferId arrived) {
  Bytes bytes;
  BencodeWriter out(bytes);
  out.begin_dict().field("added", item.added_ms).field("blob", item.blob.value);
  write_describe(out, item.describe);
  write_files(out, item.files);
  out.field("id", id_bytes(item.id.value));
  if (!item.info.empty()) out.field("info", item.info);
  if (item.info_hash) out.field("infohash", item.info_hash->bytes);
  out.field("received", item.received);
  write_seal(out, item.seal);
  out.field("seed", item.seed);
  write_texts(out, "trackers", item.trackers);
  if (!arrived.none()) out.field("transfer", id_bytes(arrived.value));
  if (item.used_ms > item.added_ms) out.field("used", item.used_ms);
  out.end_dict();
  return bytes;
}

Bytes encode_share(const ShareRecord& share) {
  Bytes bytes;
  BencodeWriter out(bytes);
  out.begin_dict().field("blob", share.blob.value).field("created", share.created_ms).field("delivered", share.delivered);
  write_describe(out, share.describe);
  write_files(out, share.files);
  out.field("id", id_bytes(share.id.value)).field("info", share.info).field("infohash", share.info_hash.bytes);
  if (!share.item.none()) out.field("item", id_bytes(share.item.value));
  if (!share.key.empty()) out.field("key", share.key);
  out.field("paused", share.paused).field("reference", share.reference);
  write_seal(out, share.seal);
  write_texts(out, "trackers", share.trackers);
  write_texts(out, "web_seeds", share.web_seeds);
  out.end_dict();
  return bytes;
}

Bytes encode_transfer(const TransferRecord& transfer) {
  Bytes bytes;
  BencodeWriter out(bytes);
  out.begin_dict().field("ask", transfer.ask).field("blob", transfer.blob.value);
  if (transfer.have.size() > 0) out.field("have", transfer.have.wire());
  out.field("id", id_bytes(transfer.id.value));
  if (!transfer.info.empty()) out.field("info", transfer.info);
  out.field("infohash", transfer.info_hash.bytes).field("link", transfer.link).field("name", transfer.name);
  out.field("paused", transfer.paused);
  if (transfer.have.size() > 0) out.field("pieces", transfer.have.size());
  write_seal(out, transfer.seal);
  out.field("seed", transfer.seed);
  write_texts(out, "trackers", transfer.trackers);
  write_texts(out, "web_seeds", transfer.web_seeds);
  out.end_dict();
  return bytes;
}

Bytes encode_have(TransferId id, const std::vector<std::pair<std::uint32_t, std::uint32_t>>& runs) {
  Bytes bytes;
  BencodeWriter out(bytes);
  out.begin_dict().field("id", id_bytes(id.value)).key("runs").begin_list();
  for (const auto& [start, end] : runs) out.integer(start).integer(end);
  out.end_list().end_dict();
  return bytes;
}

Bytes encode_gone(std::uint64_t id) {
  Bytes bytes;
  BencodeWriter(bytes).begin_dict().field("id", id_bytes(id)).end_dict();
  return bytes;
}

}  // namespace samara
