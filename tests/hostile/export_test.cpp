// An export that a stranger made: whatever it says, it is refused by name or is an item like any other.
#include <doctest/doctest.h>

#include "engine/exports.hpp"
#include "unit/store_rig.hpp"
#include "vectors/lcg.hpp"

using namespace samara;
using namespace samara::test;

namespace {

const Bytes content = vectors::lcg(2, 40'000);

ItemRecord honest() { return received_record(22, "theirs.webm", content); }

Bytes file_of(ByteSpan dict, std::uint16_t version = 1) {
  Bytes file;
  Writer(file).text("SMRX").u16le(version).u16le(0).u32le(static_cast<std::uint32_t>(dict.size())).bytes(dict);
  return file;
}

std::string why_of(const Error& error) {
  return error.code == Code::metadata_invalid ? std::string(to_string(static_cast<ExportWhy>(error.detail))) : std::string(to_string(error.code));
}
std::string why(ByteSpan beginning, std::uint64_t bytes) {
  const auto read = read_export(beginning, bytes);
  return read ? "ok" : why_of(read.error());
}
std::string why(const ItemRecord& item) {
  const auto read = read_item_record(encode_item(item));
  return read ? "ok" : why_of(read.error());
}

/// One entry that says this of its size.
Bytes entry_of(const ItemRecord& item, std::int64_t bytes) {
  Bytes dict;
  BencodeWriter(dict).begin_dict().key("items").begin_list().begin_dict().field("bytes", bytes).field("record", encode_item(item)).end_dict()
      .end_list().end_dict();
  return dict;
}

}  // namespace

TEST_CASE("hostile export: every cut and every flipped bit is refused, or says the same of fewer things") {
  const ItemRecord item = honest();
  const Bytes head = encode_export_head({&item}).value();
  const std::uint64_t whole = head.size() + content.size();
  REQUIRE(why(head, whole) == "ok");
  for (std::size_t cut = 0; cut < head.size(); ++cut) {
    const auto read = read_export(ByteSpan(head).first(cut), whole);
    REQUIRE(read.has_value());
    CHECK(read->need_bytes > cut);
    CHECK(why(head, whole - 1 - cut) != "ok");
  }
  for (std::size_t at = 0; at < head.size(); ++at) {
    Bytes damaged = head;
    damaged[at] ^= 0x04;
    const auto read = read_export(damaged, whole);   // never a crash, and never another size
    if (read && read->need_bytes == 0) CHECK(read->entries.front().bytes == content.size());
  }
}

TEST_CASE("hostile export: what it is not, and what is newer") {
  const ItemRecord item = honest();
  Bytes head = encode_export_head({&item}).value();
  const std::uint64_t whole = head.size() + content.size();
  CHECK(why(as_bytes("PK\3\4 something else"), 20) == "not-an-export");
  CHECK(why({}, 5) == "not-an-export");
  CHECK(why(head, whole + 1) == "truncated");
  CHECK(why(head, 12) == "truncated");
  head[4] = 2;
  CHECK(why(head, whole) == "newer-store");
  head[4] = 0;
  CHECK(why(head, whole) == "not-an-export");
  CHECK(why(file_of(as_bytes("no bencode")), 22) == "bencode-syntax");
}

TEST_CASE("hostile export: sizes that lie") {
  const ItemRecord item = honest();
  const auto read = [&](std::int64_t bytes) {
    const Bytes file = file_of(entry_of(item, bytes));
    return why(file, file.size() + content.size());
  };
  CHECK(read(static_cast<std::int64_t>(content.size())) == "ok");
  CHECK(read(static_cast<std::int64_t>(content.size()) - 1) == "sizes");
  CHECK(read(-1) == "sizes");
  CHECK(read(INT64_MAX) == "sizes");
  ItemRecord longer = honest();
  longer.files.front().bytes += 1;
  CHECK(why(longer) == "sizes");
  // Two items whose sum would overflow, or wrap to the file's length.
  ItemRecord huge;
  huge.id = {1};
  huge.blob = {17};
  huge.files = {{"a", "", limits::item_bytes_max}};
  CHECK(why(huge) == "ok");
  const std::vector<const ItemRecord*> many(2'000, &huge);
  const Bytes head = encode_export_head(many).value();
  CHECK(why(head, head.size() + 1) == "truncated");
  huge.files = {{"a", "", limits::item_bytes_max}, {"b", "", 1}};
  CHECK(why(huge) == "sizes");
  Bytes record = to_bytes(as_bytes("d4:blobi17e5:filesld4:name1:a4:sizei-5eee2:id8:abcdefghe"));
  CHECK(why_of(read_item_record(record).error()) == "sizes");
}

TEST_CASE("hostile export: items_max items and no more") {
  Bytes dict;
  BencodeWriter out(dict);
  ItemRecord item;
  item.id = {1};
  item.blob = {17};
  item.files = {{"a", "", 0}};
  const Bytes record = encode_item(item);
  out.begin_dict().key("items").begin_list();
  for (std::uint32_t i = 0; i <= limits::items_max; ++i) out.begin_dict().field("bytes", 0).field("record", record).end_dict();
  out.end_list().end_dict();
  const Bytes file = file_of(dict);
  CHECK(why(file, file.size()) == "too-many-items");
}

TEST_CASE("hostile export: token and depth bombs end at their limits") {
  Bytes dict = to_bytes(as_bytes("d5:items"));
  for (int i = 0; i < 100'000; ++i) dict.push_back('l');
  const Bytes deep = file_of(dict);
  CHECK(why(deep, deep.size()) == "bencode-too-deep");
  dict = to_bytes(as_bytes("d5:itemsl"));
  for (int i = 0; i < 200'000; ++i) dict.insert(dict.end(), {'0', ':'});
  dict.insert(dict.end(), {'e', 'e'});
  const Bytes wide = file_of(dict);
  CHECK(why(wide, wide.size()) == "bencode-too-many-tokens");
}

TEST_CASE("hostile export: a record that no item can have") {
  const auto with = [](const std::function<void(ItemRecord&)>& change) {
    ItemRecord item = honest();
    change(item);
    return why(item);
  };
  CHECK(with([](ItemRecord&) {}) == "ok");
  CHECK(with([](ItemRecord& item) { item.id = {}; }) == "record");
  CHECK(with([](ItemRecord& item) { item.files.clear(); }) == "record");
  CHECK(with([](ItemRecord& item) { item.describe.name = std::string(limits::text_bytes_max + 1, 'x'); }) == "record");
  CHECK(with([](ItemRecord& item) { item.describe.name = "\xff"; }) == "record");
  CHECK(with([](ItemRecord& item) { item.describe.thumbnail = Bytes(limits::app_meta_bytes_max + 1, 1); }) == "record");
  CHECK(with([](ItemRecord& item) { item.describe.meta = std::string(limits::share_meta_bytes_max + 1, 'x'); }) == "record");
  CHECK(with([](ItemRecord& item) { item.added_ms = INT64_MAX; }) == "record");
  CHECK(with([](ItemRecord& item) { item.describe.created_ms = INT64_MIN; }) == "record");
  CHECK(with([](ItemRecord& item) { item.info_hash->bytes[0] ^= 1; }) == "metainfo-hash-mismatch");
  CHECK(with([](ItemRecord& item) { item.info = to_bytes(as_bytes("de")); }) == "metainfo-hash-mismatch");
  CHECK(with([](ItemRecord& item) { item.seal.secret = *Key32::from(Bytes(32, 1)); }) == "record");   // sealed, and says nothing
  CHECK(with([](ItemRecord& item) { item.files.resize(limits::files_max + 1, {"a", "", 0}); }) == "record");
}

TEST_CASE("hostile export: names are made fit to be shown, trackers fit to be asked, and a link finds no item that has no torrent") {
  ItemRecord item = honest();
  item.files.front().name = "../../etc/passwd";
  item.trackers = {"http://tracker.example/announce", "wss://tracker.example", "ws://127.0.0.1:8000"};
  const auto read = read_item_record(encode_item(item));
  REQUIRE(read.has_value());
  CHECK(read->files.front().name.find("..") == std::string::npos);
  CHECK(read->trackers == std::vector<std::string>{"wss://tracker.example", "ws://127.0.0.1:8000"});
  item.info.clear();   // an infohash alone would answer for somebody else's link
  const auto bare = read_item_record(encode_item(item));
  REQUIRE(bare.has_value());
  CHECK_FALSE(bare->info_hash.has_value());
  CHECK_FALSE(bare->seed);
}

TEST_CASE("hostile export: save() refuses a bad record by name and lets its source go") {
  Device device;
  ItemRecord item = honest();
  item.files.front().bytes = 1;
  const std::uint32_t call = device.call<in::Save>(import_spec(encode_item(item)), device.source(content));
  CHECK(device.ended(call) == "metadata-invalid");
  CHECK(device.text(call, "why") == "sizes");
  CHECK(device.ended(device.call<in::Save>(import_spec(as_bytes("x")), device.source(content))) == "metadata-invalid");
  CHECK(device.sources.empty());
  CHECK(device.count(QueryKind::items) == 0);
}
