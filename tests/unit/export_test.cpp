// A library as one file and back (docs/storage.md, "Export"): what goes along, what is checked, and that nothing comes twice.
#include <doctest/doctest.h>

#include "engine/exports.hpp"
#include "unit/store_rig.hpp"
#include "vectors/lcg.hpp"

using namespace samara;
using namespace samara::test;

namespace {

constexpr std::uint64_t saved_id = 11;
constexpr std::uint64_t received_id = 22;
const Bytes saved_content = vectors::lcg(1, 700);
const Bytes received_content = vectors::lcg(2, 40'000);

/// The file that a host makes of what export_head says.
Bytes export_of(Device& device, std::string_view spec = "de") {
  const std::uint32_t query = device.query(QueryKind::export_head, spec);
  REQUIRE(device.ended(query) == "ok");
  const auto document = bencode_decode(device.results.at(query), bencode_own_limits);
  Bytes file = to_bytes(document->root().string_or("head", {}));
  std::optional<std::uint32_t> blob;
  for (const BencodeView number : document->root().list("blobs")) {
    if (!blob) {
      blob = static_cast<std::uint32_t>(*number.integer());
      continue;
    }
    const Bytes& content = device.disk.at(*blob);
    REQUIRE(static_cast<std::uint64_t>(*number.integer()) <= content.size());
    file.insert(file.end(), content.begin(), content.begin() + static_cast<std::ptrdiff_t>(*number.integer()));
    blob.reset();
  }
  return file;
}

std::uint32_t read_file(Device& device, ByteSpan beginning, std::uint64_t bytes) {
  Bytes spec;
  BencodeWriter(spec).begin_dict().field("bytes", bytes).field("head", beginning).end_dict();
  return device.query(QueryKind::read_export, as_text(spec));
}

/// How each save of an import ended.
std::vector<std::string> import_file(Device& device, const Bytes& file) {
  const std::uint32_t query = read_file(device, file, file.size());
  REQUIRE(device.ended(query) == "ok");
  const auto document = bencode_decode(device.results.at(query), bencode_own_limits);
  std::vector<std::string> ends;
  for (const BencodeView entry : document->root().list("list")) {
    const auto start = file.begin() + static_cast<std::ptrdiff_t>(entry.integer_or("offset", 0));
    Bytes spec;
    BencodeWriter(spec).begin_dict().field("id", entry.text_or("id", "")).field("record", entry.string_or("record", {})).end_dict();
    const std::uint32_t source = device.source(Bytes(start, start + static_cast<std::ptrdiff_t>(entry.integer_or("bytes", 0))));
    ends.push_back(device.ended(device.call<in::Save>(spec, source)));
  }
  return ends;
}

Device library() {
  Device device;
  Bytes spec = one_file("mine.webm", saved_content.size(), saved_id);
  REQUIRE(device.ended(device.call<in::Save>(spec, device.source(saved_content))) == "ok");
  const Bytes record = encode_item(received_record(received_id, "theirs.webm", received_content));
  REQUIRE(device.ended(device.call<in::Save>(import_spec(record), device.source(received_content))) == "ok");
  return device;
}

std::map<std::string, Bytes> items_of(Device& device) {
  std::map<std::string, Bytes> items;
  const auto document = bencode_decode(device.results.at(device.query(QueryKind::items)), bencode_own_limits);
  for (const BencodeView item : document->root().list("list")) {
    Bytes shown;   // all but the blob's number
    BencodeWriter out(shown);
    out.begin_dict();
    for (const auto& [key, value] : item.dict()) {
      if (key != "blob") out.key(key).raw(value.raw());
    }
    out.end_dict();
    items[std::string(item.text_or("id", ""))] = shown;
    CHECK(device.disk.at(static_cast<std::uint32_t>(item.integer_or("blob", 0))) == (item.text_or("origin", "") == "saved" ? saved_content : received_content));
  }
  return items;
}

}  // namespace

TEST_CASE("an exported library is the same library elsewhere: items, ids, words, dates and bytes") {
  Device from = library();
  const Bytes file = export_of(from);
  Device to;
  CHECK(import_file(to, file) == std::vector<std::string>{"ok", "ok"});
  CHECK(items_of(to) == items_of(from));
  CHECK(to.sources.empty());
  to.restart();
  CHECK(items_of(to) == items_of(from));
  // What came as a torrent is served again.
  CHECK(export_of(to).size() == file.size());
}

TEST_CASE("importing again makes no second copy, and one item can be exported alone") {
  Device from = library();
  const Bytes file = export_of(from);
  CHECK(import_file(from, file) == std::vector<std::string>{"ok", "ok"});
  CHECK(from.count(QueryKind::items) == 2);
  CHECK(from.times("copy 19") == 0);
  Bytes one;
  BencodeWriter(one).begin_dict().key("ids").begin_list().string(hex_of(received_id)).end_list().end_dict();
  Device to;
  CHECK(import_file(to, export_of(from, as_text(one))) == std::vector<std::string>{"ok"});
  CHECK(to.count(QueryKind::items) == 1);
  CHECK(from.ended(from.query(QueryKind::export_head, "d3:idsl16:0123456789abcdefee")) == "not-found");
}

TEST_CASE("what came as a torrent must have its hashes when it is imported: source-changed, and nothing is kept") {
  Device from = library();
  Bytes file = export_of(from);
  file.back() ^= 1;
  Device to;
  CHECK(import_file(to, file) == std::vector<std::string>{"ok", "source-changed"});
  CHECK(to.count(QueryKind::items) == 1);
  CHECK(to.disk.size() == 2);   // a journal and one item
  CHECK(to.sources.empty());
}

TEST_CASE("read_export asks for as much of the beginning as it needs, and no more") {
  Device device = library();
  const Bytes file = export_of(device);
  const std::size_t head = file.size() - saved_content.size() - received_content.size();
  for (const std::size_t given : {std::size_t{0}, std::size_t{11}, std::size_t{12}, head - 1, head, file.size()}) {
    CAPTURE(given);
    const std::uint32_t query = read_file(device, ByteSpan(file).first(given), file.size());
    REQUIRE(device.ended(query) == "ok");
    const std::int64_t need = given < 12 ? 12 : given < head ? static_cast<std::int64_t>(head) : -1;
    CHECK(device.number(query, "need") == need);
  }
}

TEST_CASE("an export of sizes beyond 4 GiB says where everything is") {
  ItemRecord item;
  item.id = {1};
  item.blob = {17};
  item.files = {{"film.webm", "video/webm", 6'000'000'000}};
  ItemRecord other = item;
  other.id = {2};
  const Bytes head = encode_export_head({&item, &other}).value();
  const auto content = read_export(head, head.size() + 12'000'000'000);
  REQUIRE(content.has_value());
  REQUIRE(content->entries.size() == 2);
  CHECK(content->entries[1].offset == head.size() + 6'000'000'000);
  CHECK(content->entries[1].bytes == 6'000'000'000);
}

TEST_CASE("export_head_bytes_max: a head that is too large is made by nobody and read by nobody") {
  ItemRecord item;
  item.id = {1};
  item.blob = {17};
  item.files = {{"memo.webm", "audio/webm", 1}};
  item.describe.thumbnail = Bytes(limits::app_meta_bytes_max, 'x');
  const std::vector<const ItemRecord*> many(limits::export_head_bytes_max / limits::app_meta_bytes_max + 1, &item);
  CHECK(encode_export_head(many).error().code == Code::too_large);
  Bytes head;
  Writer(head).text("SMRX").u16le(1).u16le(0).u32le(limits::export_head_bytes_max + 1);
  CHECK(read_export(head, 1ULL << 40).error() == Error{Code::metadata_invalid, Fault::remote, static_cast<std::uint32_t>(ExportWhy::head_too_large)});
}
