// The journal's bytes as docs/storage.md describes them: what is read of a whole, a torn, a damaged and a newer one.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "base/reader.hpp"
#include "base/writer.hpp"
#include "codec/metainfo.hpp"
#include "samara/config.hpp"
#include "store/committer.hpp"
#include "store/catalogue.hpp"
#include "store/crc32.hpp"
#include "store/journal.hpp"
#include "unit/docs_host.hpp"

using namespace samara;

namespace {

constexpr JournalKind later_kind{200};

constexpr JournalStamp seventh{journal_format_version, 7};

/// Generation 7 with these payloads, an end of the snapshot behind the first.
Bytes journal_of(const std::vector<std::string_view>& payloads, JournalStamp stamp = seventh) {
  Bytes bytes;
  append_journal_header(bytes, stamp.generation);
  std::uint32_t sequence = 0;
  for (const std::string_view payload : payloads) {
    append_journal_record(bytes, stamp, sequence++, JournalKind::item, as_bytes(payload));
    if (sequence == 1) append_journal_record(bytes, stamp, sequence++, JournalKind::snapshot_end, {});
  }
  return bytes;
}

/// As version 1 of the format wrote them: no checksum of the header.
Bytes first_journal_of(const std::vector<std::string_view>& payloads, std::uint32_t generation) {
  const Bytes later = journal_of(payloads, {1, generation});
  Bytes bytes;
  Writer(bytes).text("SMRJ").u16le(1).u16le(0).u32le(generation);
  Writer(bytes).bytes(ByteSpan(later).subspan(journal_header_bytes));
  return bytes;
}

}  // namespace

TEST_CASE("journal: the bytes are those of docs/storage.md") {
  Bytes bytes;
  append_journal_header(bytes, 0x01020304);
  Bytes header{'S', 'M', 'R', 'J', 2, 0, 0, 0, 4, 3, 2, 1};
  Writer(header).u32le(crc32(header));
  CHECK(bytes == header);
  Bytes record;
  append_journal_record(record, {2, 0x01020304}, 5, JournalKind::item, as_bytes("123456789"));
  REQUIRE(record.size() == journal_record_header_bytes + 9);
  CHECK(Bytes(record.begin(), record.begin() + 4) == Bytes{9, 0, 0, 0});
  CHECK(Bytes(record.begin() + 8, record.begin() + 13) == Bytes{5, 0, 0, 0, 2});
  // The checksum is of generation, sequence, kind and payload; in version 1 without the generation.
  Bytes covered{4, 3, 2, 1};
  Writer(covered).bytes(ByteSpan(record).subspan(8));
  CHECK(Reader(ByteSpan(record).subspan(4)).u32le() == crc32(covered));
  Bytes first;
  append_journal_record(first, {1, 0x01020304}, 5, JournalKind::item, as_bytes("123456789"));
  CHECK(Reader(ByteSpan(first).subspan(4)).u32le() == crc32(ByteSpan(covered).subspan(4)));
  CHECK(crc32(as_bytes("123456789")) == 0xcbf43926U);
}

TEST_CASE("journal: every cut costs the tail and nothing else") {
  const Bytes whole = journal_of({"de", "d2:idi1ee", "de"});
  const auto all = read_journal(whole);
  REQUIRE(all.has_value());
  CHECK(all->stamp.generation == 7);
  CHECK(all->records.size() == 3);
  CHECK(all->complete);
  CHECK_FALSE(all->torn);
  CHECK(all->bytes_valid == whole.size());
  CHECK(all->next_sequence == 4);
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    const auto part = read_journal(ByteSpan(whole).first(cut));
    REQUIRE(part.has_value());
    CHECK(part->bytes_valid <= cut);
    if (cut < journal_header_bytes) {
      CHECK(part->stamp.generation == 0);
      CHECK_FALSE(part->complete);
      CHECK(part->torn);
      continue;
    }
    // Zeros are room that was reserved; behind them nothing can come back.
    const auto rest = whole.begin() + static_cast<std::ptrdiff_t>(part->bytes_valid);
    CHECK(part->torn == std::any_of(rest, whole.begin() + static_cast<std::ptrdiff_t>(cut), [](std::uint8_t byte) { return byte != 0; }));
    for (std::size_t i = 0; i < part->records.size(); ++i) CHECK(equal(part->records[i].payload, all->records[i].payload));
  }
}

TEST_CASE("journal: version 1 is read for ever, cut wherever it may be") {
  const Bytes whole = first_journal_of({"de", "d2:idi1ee", "de"}, 7);
  const auto all = read_journal(whole);
  REQUIRE(all.has_value());
  CHECK(all->stamp.version == 1);
  CHECK(all->stamp.generation == 7);
  CHECK(all->records.size() == 3);
  CHECK(all->complete);
  CHECK_FALSE(all->torn);
  for (std::size_t cut = 12; cut < whole.size(); ++cut) {
    const auto part = read_journal(ByteSpan(whole).first(cut));
    REQUIRE(part.has_value());
    for (std::size_t i = 0; i < part->records.size(); ++i) CHECK(equal(part->records[i].payload, all->records[i].payload));
  }
}

TEST_CASE("journal: a record of another generation is the end, however well it fits") {
  for (const JournalStamp before : {JournalStamp{2, 6}, JournalStamp{1, 7}, JournalStamp{2, 8}}) {
    Bytes bytes = journal_of({"de", "d2:idi1ee"});
    const std::size_t valid = bytes.size();
    append_journal_record(bytes, before, 3, JournalKind::item, as_bytes("de"));
    CHECK(read_journal(bytes)->bytes_valid == valid);
    CHECK(read_journal(bytes)->torn);
  }
}

TEST_CASE("journal: what a crash leaves of a header is a cut journal, not a foreign one") {
  const Bytes whole = journal_of({"de"});
  CHECK_FALSE(read_journal(Bytes{})->complete);
  CHECK_FALSE(read_journal(Bytes(4'096, 0))->complete);
  for (std::size_t at = 6; at < journal_header_bytes; ++at) {
    Bytes damaged = whole;
    damaged[at] ^= 0x10;
    REQUIRE(read_journal(damaged).has_value());
    CHECK_FALSE(read_journal(damaged)->complete);
    CHECK(read_journal(damaged)->stamp.generation == 0);
  }
}

TEST_CASE("journal: zeros behind the last record are reserved room, anything else there is torn") {
  Bytes bytes = journal_of({"de", "d2:idi1ee"});
  const std::size_t valid = bytes.size();
  bytes.resize(valid + 70'000);
  CHECK_FALSE(read_journal(bytes)->torn);
  CHECK(read_journal(bytes)->bytes_valid == valid);
  bytes.back() = 1;
  CHECK(read_journal(bytes)->torn);
}

TEST_CASE("journal: a flipped bit ends the valid prefix before its record") {
  const Bytes whole = journal_of({"de", "d2:idi1ee"});
  const std::size_t last = whole.size() - journal_record_header_bytes - 9;
  for (std::size_t at = last; at < whole.size(); ++at) {
    Bytes damaged = whole;
    damaged[at] ^= 0x10;
    const auto read = read_journal(damaged);
    REQUIRE(read.has_value());
    CHECK(read->records.size() == 1);
    CHECK(read->bytes_valid == last);
    CHECK(read->torn);
  }
}

TEST_CASE("journal: without the end of its snapshot it is not complete") {
  Bytes bytes;
  append_journal_header(bytes, 2);
  append_journal_record(bytes, {2, 2}, 0, JournalKind::item, as_bytes("de"));
  CHECK_FALSE(read_journal(bytes)->complete);
}

TEST_CASE("journal: another magic is journal-corrupt, a later format is newer-store with its number") {
  Bytes bytes = journal_of({"de"});
  bytes[0] = 'X';
  CHECK(read_journal(bytes).error() == Error{Code::journal_corrupt, Fault::environment, 0});
  bytes[0] = 'S';
  bytes[4] = journal_format_version + 1;
  CHECK(read_journal(bytes).error() == Error{Code::newer_store, Fault::environment, journal_format_version + 1});
}

TEST_CASE("journal_record_bytes_max: a longer record is the end of the valid prefix, whatever its checksum says") {
  Bytes bytes = journal_of({"de"});
  const std::uint64_t before = bytes.size();
  append_journal_record(bytes, seventh, 2, JournalKind::item, Bytes(limits::journal_record_bytes_max, 'x'));
  CHECK(read_journal(bytes)->bytes_valid == bytes.size());
  append_journal_record(bytes, seventh, 3, JournalKind::item, Bytes(limits::journal_record_bytes_max + 1, 'x'));
  CHECK(read_journal(bytes)->records.size() == 2);
  CHECK(read_journal(bytes)->bytes_valid == before + journal_record_header_bytes + limits::journal_record_bytes_max);
}

TEST_CASE("journal: records of kinds and keys to come are skipped, the rest is read") {
  Catalogue catalogue;
  catalogue.apply({later_kind, as_bytes("de")});
  catalogue.apply({JournalKind::item, as_bytes("no bencode")});
  CHECK(catalogue.skipped() == 2);
  catalogue.apply({JournalKind::item, as_bytes("d4:blobi16e2:id8:abcdefgh6:zebrasi1ee")});
  CHECK(catalogue.skipped() == 2);
  CHECK(catalogue.items.size() == 1);
}

TEST_CASE("journal_compact_bytes: a long journal is written anew into the other blob, then the old one goes") {
  test::Host host;
  std::vector<std::string> story;  // of the two journal blobs
  std::uint64_t longest = 0;
  host.watch = [&](const Output& output) {
    if (const auto* o = std::get_if<out::StoreWrite>(&output); o != nullptr && o->blob.value < 16) {
      longest = std::max(longest, o->offset + o->bytes.size());
      if (o->offset == 0) story.push_back("begin " + std::to_string(o->blob.value));
    }
    if (const auto* o = std::get_if<out::StoreDelete>(&output)) story.push_back("delete " + std::to_string(o->blob.value));
  };
  Bytes spec;
  BencodeWriter(spec).begin_dict().field("description", std::string(60'000, 'x')).key("files").begin_list().begin_dict()
      .field("name", "memo.webm").field("size", 10).end_dict().end_list().end_dict();
  for (int i = 0; i < 8; ++i) REQUIRE(host.call<in::Save>(as_text(spec), 0x8000'0001) == "ok");
  // The first journal was written at start, into blob 1. The other blob is cleared before it is written.
  CHECK(story == std::vector<std::string>{"delete 2", "begin 2", "delete 1"});
  CHECK(longest > limits::journal_compact_bytes);
  CHECK(longest < 2 * limits::journal_compact_bytes);
}

TEST_CASE("journal_record_bytes_max: a torrent with large metadata leaves the journal readable") {
  CreateSpec spec;
  spec.name = "big";
  for (int i = 0; i < 4'096; ++i) spec.files.emplace_back(std::to_string(i) + std::string(240, 'n'), 1);
  Metainfo torrent = plan_torrent(spec).value();
  REQUIRE(finish_torrent(torrent, Bytes(20, 1)).has_value());
  REQUIRE(torrent.info.size() > 1'000'000);
  test::Host host;
  std::map<std::uint32_t, Bytes> disk;
  host.watch = [&](const Output& output) {
    if (const auto* o = std::get_if<out::StoreDelete>(&output)) disk.erase(o->blob.value);
    if (const auto* o = std::get_if<out::StoreWrite>(&output)) {
      Bytes& blob = disk[o->blob.value];
      blob.resize(std::max<std::size_t>(blob.size(), static_cast<std::size_t>(o->offset) + o->bytes.size()));
      std::copy(o->bytes.begin(), o->bytes.end(), blob.begin() + static_cast<std::ptrdiff_t>(o->offset));
    }
  };
  const std::string memo = "d5:filesld4:name9:memo.webm4:sizei10eeee";
  Bytes receive;
  BencodeWriter(receive).begin_dict().field("torrent", encode_torrent_file(torrent)).end_dict();
  REQUIRE(host.call<in::Save>(memo, 0x8000'0001) == "ok");
  REQUIRE(host.call<in::Receive>(as_text(receive)) == "ok");
  for (int i = 0; i < 4; ++i) REQUIRE(host.call<in::Save>(memo, 0x8000'0001) == "ok");
  std::size_t journals = 0;
  for (const auto& [id, bytes] : disk) {
    if (id >= first_content_blob.value) continue;
    ++journals;
    const auto journal = read_journal(bytes);
    REQUIRE(journal.has_value());
    CHECK(journal->complete);
    CHECK_FALSE(journal->torn);
    CHECK(std::count_if(journal->records.begin(), journal->records.end(),
                        [](const JournalRecord& r) { return r.kind == JournalKind::item; }) == 5);
  }
  CHECK(journals == 1);
}
