// Owns: the bytes of exports.hpp, and every check on a record from outside.
#include "engine/exports.hpp"

#include <utility>

#include "base/checked.hpp"
#include "base/reader.hpp"
#include "base/writer.hpp"
#include "codec/magnet.hpp"
#include "codec/metainfo.hpp"
#include "codec/path_rules.hpp"
#include "codec/share_meta.hpp"
#include "codec/utf8.hpp"
#include "samara/config.hpp"

namespace samara {
namespace {

constexpr std::string_view magic = "SMRX";
constexpr std::uint16_t export_version = 1;
constexpr std::uint32_t prefix_bytes = 12;
constexpr std::int64_t time_ms_max = 8'640'000'000'000'000;  // of a JavaScript Date

std::unexpected<Error> invalid(ExportWhy why) { return remote_fault(Code::metadata_invalid, static_cast<std::uint32_t>(why)); }

bool is_time(std::optional<std::int64_t> ms) { return !ms || (*ms >= -time_ms_max && *ms <= time_ms_max); }

bool is_text(std::string_view text, std::size_t bytes_max) { return text.size() <= bytes_max && is_utf8(text); }

bool is_describe(const Describe& d) {
  const bool texts = is_text(d.name, limits::text_bytes_max) && is_text(d.type, limits::text_bytes_max) &&
                     is_text(d.description, limits::share_meta_bytes_max) && is_text(d.thumbnail_type, limits::text_bytes_max);
  const bool extras = d.meta.size() <= limits::share_meta_bytes_max && d.thumbnail.size() <= limits::app_meta_bytes_max;
  return texts && extras && is_time(d.created_ms) && is_time(d.duration_ms);
}

/// The sum of the sizes as they stand there; nothing when one of them, or the sum, cannot be.
std::optional<std::uint64_t> sum_of_files(const BencodeView& dict) {
  std::uint64_t sum = 0;
  for (const BencodeView file : dict.list("files")) {
    const std::int64_t size = file.integer_or("size", -1);
    if (size < 0) return std::nullopt;
    const auto grown = checked_add(sum, static_cast<std::uint64_t>(size));
    if (!grown || *grown > limits::item_bytes_max) return std::nullopt;
    sum = *grown;
  }
  return sum;
}

/// Names of what was received are made fit to be shown once more; the person's own stay as they are.
bool take_files(ItemRecord& item) {
  if (item.files.empty() || item.files.size() > limits::files_max) return false;
  for (StoredFile& file : item.files) {
    if (item.received) file.name = display_path(file.name);
    const std::size_t name_bytes_max = std::size_t{limits::path_depth_max} * (limits::path_component_bytes_max + 1);
    if (!is_text(file.name, name_bytes_max) || !is_text(file.type, limits::text_bytes_max)) return false;
  }
  return true;
}

/// What came as a torrent: its info dictionary is that of the infohash, and of the same length. Without one it is served to
/// nobody and found by no link.
Result<void> take_torrent(ItemRecord& item) {
  if (item.info.empty() || !item.info_hash) {
    item.info_hash.reset();
    item.info.clear();
    item.trackers.clear();
    item.seal = {};
    item.seed = false;
    return {};
  }
  SAMARA_TRY(metainfo, parse_info(item.info, *item.info_hash));
  std::uint64_t bytes = metainfo.bytes;
  if (item.seal.sealed()) {
    const auto meta = parse_share_meta(item.seal.meta);
    if (!meta || item.seal.key().none() || !is_time(item.seal.expires_ms)) return invalid(ExportWhy::record);
    bytes = meta->content_bytes();
  }
  if (bytes != item.bytes()) return invalid(ExportWhy::sizes);
  keep_usable_trackers(item.trackers, LinkPolicy{});
  return {};
}

}  // namespace

std::string_view to_string(ExportWhy why) noexcept {
  switch (why) {
    case ExportWhy::none: break;
    case ExportWhy::not_an_export: return "not-an-export";
    case ExportWhy::truncated: return "truncated";
    case ExportWhy::head_too_large: return "head-too-large";
    case ExportWhy::too_many_items: return "too-many-items";
    case ExportWhy::record: return "record";
    case ExportWhy::sizes: return "sizes";
  }
  return "";
}

Result<Bytes> encode_export_head(const std::vector<const ItemRecord*>& items) {
  Bytes dict;
  BencodeWriter out(dict);
  out.begin_dict().key("items").begin_list();
  for (const ItemRecord* item : items) {
    if (dict.size() > limits::export_head_bytes_max) return usage_fault(Code::too_large);
    out.begin_dict().field("bytes", item->bytes()).field("record", encode_item(*item)).end_dict();
  }
  out.end_list().end_dict();
  if (dict.size() > limits::export_head_bytes_max) return usage_fault(Code::too_large);
  Bytes head;
  head.reserve(prefix_bytes + dict.size());
  Writer(head).text(magic).u16le(export_version).u16le(0).u32le(static_cast<std::uint32_t>(dict.size())).bytes(dict);
  return head;
}

Result<ExportContent> read_export(ByteSpan beginning, std::uint64_t file_bytes) {
  ExportContent content;
  if (file_bytes < prefix_bytes) return invalid(ExportWhy::not_an_export);
  content.need_bytes = prefix_bytes;
  if (beginning.size() < prefix_bytes) return content;
  Reader reader(beginning);
  if (as_text(reader.take(magic.size())) != magic) return invalid(ExportWhy::not_an_export);
  const std::uint16_t version = reader.u16le();
  if (version == 0) return invalid(ExportWhy::not_an_export);
  if (version > export_version) return remote_fault(Code::newer_store, version);
  reader.u16le();
  const std::uint32_t head_bytes = reader.u32le();
  if (head_bytes > limits::export_head_bytes_max) return invalid(ExportWhy::head_too_large);
  if (head_bytes > file_bytes - prefix_bytes) return invalid(ExportWhy::truncated);
  content.need_bytes += head_bytes;
  if (beginning.size() < content.need_bytes) return content;
  SAMARA_TRY(document, bencode_decode(reader.take(head_bytes), bencode_metainfo_limits));
  std::uint64_t offset = std::exchange(content.need_bytes, 0);
  for (const BencodeView entry : document.root().list("items")) {
    if (content.entries.size() == limits::items_max) return invalid(ExportWhy::too_many_items);
    const ByteSpan record = entry.string_or("record", {});
    SAMARA_TRY(item, read_item_record(record));
    const std::int64_t bytes = entry.integer_or("bytes", -1);
    if (bytes < 0 || static_cast<std::uint64_t>(bytes) != item.bytes()) return invalid(ExportWhy::sizes);
    content.entries.push_back({item.id, record, offset, item.bytes()});
    const auto end = checked_add(offset, item.bytes());
    if (!end || *end > file_bytes) return invalid(ExportWhy::truncated);
    offset = *end;
  }
  if (offset != file_bytes) return invalid(ExportWhy::truncated);
  return content;
}

Result<ItemRecord> read_item_record(ByteSpan record) {
  SAMARA_TRY(document, bencode_decode(record, bencode_metainfo_limits));
  const BencodeView dict = document.root();
  auto item = decode_item(dict);
  if (!item || !take_files(*item) || !is_describe(item->describe)) return invalid(ExportWhy::record);
  if (item->info.size() > limits::metadata_bytes_max || !is_time(item->added_ms)) return invalid(ExportWhy::record);
  if (!sum_of_files(dict)) return invalid(ExportWhy::sizes);
  if (const auto taken = take_torrent(*item); !taken) return std::unexpected(taken.error());
  item->blob = {};
  item->kept = true;
  return std::move(*item);
}

}  // namespace samara
