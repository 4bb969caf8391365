// What the engine does with a store as it finds it, and with writes that fail: the rules of docs/storage.md, "Journal",
// command by command. What may survive a crash is swept through in sim/crash_sweep_test.cpp.
#include <doctest/doctest.h>

#include "base/reader.hpp"
#include "store/journal.hpp"
#include "unit/store_rig.hpp"
#include "vectors/lcg.hpp"

using namespace samara;
using namespace samara::test;

namespace {

/// A device that has saved this one.
Device::Disk disk_with(std::string_view name) {
  Device device;
  REQUIRE(device.ended(device.call<in::Save>(one_file(name, 500), device.source(vectors::lcg(1, 500)))) == "ok");
  return device.disk;
}

/// The same journal as version 1 of the format wrote it.
Bytes as_first_version(const Bytes& journal) {
  const JournalContent content = read_journal(journal).value();
  Bytes bytes;
  Writer(bytes).text("SMRJ").u16le(1).u16le(0).u32le(content.stamp.generation);
  const JournalStamp first{1, content.stamp.generation};
  std::uint32_t sequence = 0;
  append_journal_record(bytes, first, sequence++, JournalKind::snapshot_end, {});
  for (const JournalRecord& record : content.records) append_journal_record(bytes, first, sequence++, record.kind, record.payload);
  return bytes;
}

JournalContent journal_in(const Device& device, std::uint32_t blob) { return read_journal(device.disk.at(blob)).value(); }

std::uint32_t save(Device& device, std::string_view name) {
  return device.call<in::Save>(one_file(name, 500), device.source(vectors::lcg(2, 500)));
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("the first journal is durable before the store is said to be ready") {
  const Device device;
  CHECK(device.asked == Words{"write 1", "flush", "reserve 1", "ready"});
  Device full(host_config());
  CHECK(to_string(full.ready->code) == "ok");
}

TEST_CASE("a store that takes nothing is ready all the same, and says why calls fail") {
  Device device;
  device.disk.clear();
  device.fault = [](const Asked& a) { return a.kind == Asked::Kind::flush ? std::optional(StoreStatus::failed) : std::nullopt; };
  device.restart();
  REQUIRE(device.ready.has_value());
  CHECK(to_string(device.ready->code) == "ok");
  CHECK(device.ended(save(device, "memo.webm")) == "storage-lost");
  CHECK(device.reasons() == "storage-full");
}

TEST_CASE("behind a torn tail nothing is appended: the journal is written anew, of a higher generation, then the old one goes") {
  Device device(host_config(), disk_with("memo.webm"));
  Device::Disk torn = device.disk;
  const std::uint64_t valid = journal_in(device, 1).bytes_valid;
  torn[1].resize(static_cast<std::size_t>(valid) + 40);
  torn[1].back() = 7;
  Device again(host_config(), torn);
  CHECK(again.asked == Words{"read 1", "delete 2", "write 2", "flush", "ready", "delete 1", "reserve 2", "flush"});
  CHECK_FALSE(again.disk.contains(1));
  CHECK(journal_in(again, 2).stamp.generation == 2);
  CHECK(again.count(QueryKind::items) == 1);
}

TEST_CASE("a torn journal that cannot be written anew is not appended to either") {
  Device::Disk torn = disk_with("memo.webm");
  torn[1].back() = 7;
  Device device(host_config(), {});
  device.disk = torn;
  device.fault = [](const Asked& a) { return a.kind == Asked::Kind::write && a.blob.value == 2 ? std::optional(StoreStatus::full) : std::nullopt; };
  device.restart();
  CHECK(device.ended(save(device, "second.webm")) == "storage-full");
  CHECK(device.times("write 1") == 0);
  CHECK(device.count(QueryKind::items) == 1);
}

TEST_CASE("a journal of version 1 is upgraded when it is opened") {
  Device::Disk old = disk_with("memo.webm");
  old[1] = as_first_version(old[1]);
  Device device(host_config(), old);
  CHECK(device.asked == Words{"read 1", "delete 2", "write 2", "flush", "ready", "delete 1", "reserve 2", "flush"});
  CHECK(journal_in(device, 2).stamp.version == 2);
  CHECK(journal_in(device, 2).stamp.generation == 2);
  CHECK(device.count(QueryKind::items) == 1);
  device.restart();
  CHECK(device.asked == Words{"read 2", "ready"});
  CHECK(device.count(QueryKind::items) == 1);
}

TEST_CASE("without room for the upgrade version 1 goes on as it is, and is upgraded at the next chance") {
  Device::Disk old = disk_with("memo.webm");
  old[1] = as_first_version(old[1]);
  Device device(host_config(), {});
  device.disk = old;
  device.fault = [](const Asked& a) { return a.kind == Asked::Kind::write && a.blob.value == 2 ? std::optional(StoreStatus::full) : std::nullopt; };
  device.restart();
  CHECK(device.reasons().empty());
  CHECK(device.ended(save(device, "second.webm")) == "ok");
  CHECK(journal_in(device, 1).stamp.version == 1);
  device.fault = nullptr;
  device.restart();
  CHECK(device.count(QueryKind::items) == 2);
  CHECK(journal_in(device, 2).stamp.version == 2);
  CHECK_FALSE(device.disk.contains(1));
}

TEST_CASE("every try to write the journal anew has a generation of its own, above all that were seen") {
  Device::Disk torn = disk_with("memo.webm");
  torn[1].back() = 7;
  // A compaction to generation 9 that a crash cut short.
  append_journal_header(torn[5], 9);
  std::vector<std::uint32_t> generations;
  Device device(host_config(), {});
  device.disk = torn;
  device.fault = [&](const Asked& a) -> std::optional<StoreStatus> {
    if (a.kind == Asked::Kind::write && a.offset == 0) generations.push_back(Reader(ByteSpan(a.data).subspan(8)).u32le());
    return a.kind == Asked::Kind::flush && generations.size() < 3 ? std::optional(StoreStatus::failed) : std::nullopt;
  };
  device.restart();
  for (int i = 0; i < 100; ++i) device.advance(100);
  CHECK(generations == std::vector<std::uint32_t>{10, 11, 12});
  CHECK(device.count(QueryKind::items) == 1);
  CHECK_FALSE(device.disk.contains(5));
}

TEST_CASE("what cannot be compacted is appended to, once the snapshot that failed has been deleted") {
  Device device;
  Bytes spec;
  BencodeWriter(spec).begin_dict().field("description", std::string(60'000, 'x')).key("files").begin_list().begin_dict()
      .field("name", "memo.webm").field("size", 10).end_dict().end_list().end_dict();
  std::uint32_t snapshots = 0;
  device.fault = [&](const Asked& a) -> std::optional<StoreStatus> {
    if (a.kind != Asked::Kind::write || a.blob.value != 2) return std::nullopt;
    ++snapshots;
    return StoreStatus::full;
  };
  for (int i = 0; i < 6; ++i) REQUIRE(device.ended(device.call<in::Save>(spec, device.source(Bytes(10)))) == "ok");
  CHECK(snapshots == 1);
  const auto failed = std::ranges::find(device.asked, "write 2");
  const auto appended = std::find(failed, device.asked.end(), "write 1");
  CHECK(std::find(failed, appended, "delete 2") != appended);
  CHECK(device.reasons().empty());
  device.fault = nullptr;
  for (int i = 0; i < 6; ++i) REQUIRE(device.ended(device.call<in::Save>(spec, device.source(Bytes(10)))) == "ok");
  CHECK_FALSE(device.disk.contains(1));  // compacted after all, once it was twice as long
  device.restart();
  CHECK(device.count(QueryKind::items) == 12);
}

TEST_CASE("what a crash left over is deleted only after a flush, and that is flushed too") {
  Device::Disk disk = disk_with("memo.webm");
  Device older;
  disk[3] = older.disk.at(1);                            // generation 1, whole: replaced …
  append_journal_header(disk[4], 9);                     // … and a compaction cut short
  disk[99] = Bytes(50);                                  // content that nobody remembers
  Bytes& best = disk[1];
  const JournalContent content = read_journal(best).value();
  Bytes second;
  append_journal_header(second, 2);
  std::uint32_t sequence = 0;
  append_journal_record(second, {2, 2}, sequence++, JournalKind::item, content.records.back().payload);
  append_journal_record(second, {2, 2}, sequence++, JournalKind::snapshot_end, {});
  best = second;
  SUBCASE("a flush that succeeds") {
    const Device device(host_config(), disk);
    CHECK(device.asked == Words{"read 4", "read 3", "read 1", "flush", "ready", "delete 3", "delete 4", "delete 99", "flush"});
  }
  SUBCASE("a flush that fails") {
    Device device(host_config(), {});
    device.disk = disk;
    device.fault = [](const Asked& a) { return a.kind == Asked::Kind::flush ? std::optional(StoreStatus::failed) : std::nullopt; };
    device.restart();
    for (int i = 0; i < 50; ++i) device.advance(100);
    CHECK(device.disk.size() == disk.size());
  }
}

TEST_CASE("a journal that was damaged takes nothing with it: what it may have spoken of stays for ever") {
  Device::Disk disk = disk_with("memo.webm");
  disk[1][journal_header_bytes + 3] ^= 1;   // in its snapshot
  Device device(host_config(), disk);
  for (int life = 0; life < 3; ++life) {
    CAPTURE(life);
    CHECK(to_string(device.ready->code) == "ok");
    CHECK(device.ended(save(device, "new.webm")) == "ok");
    CHECK(device.disk.contains(17));
    CHECK(device.disk.at(1) == disk.at(1));
    device.restart();
    CHECK(device.count(QueryKind::items) == static_cast<std::size_t>(life) + 1);
  }
  CHECK(journal_in(device, 2).stamp.generation == 2);
}

TEST_CASE("newer-store: nothing is written, deleted, reserved or flushed, whatever else lies there") {
  Device::Disk disk = disk_with("memo.webm");
  append_journal_header(disk[2], 9);
  disk[2][4] = journal_format_version + 1;
  disk[99] = Bytes(50);
  Device device(host_config(), disk);
  for (int i = 0; i < 50; ++i) device.advance(100);
  CHECK(to_string(device.ready->code) == "newer-store");
  CHECK(device.asked == Words{"read 2", "read 1", "ready"});
  CHECK(device.disk == disk);
}

TEST_CASE("without a store that lasts nothing is written of what is remembered, and shutting down is quiet at once") {
  Config config = host_config();
  config.has_store = false;
  Device device(config);
  CHECK(device.ended(save(device, "memo.webm")) == "ok");
  device.give(in::Shutdown{{9'999}});
  CHECK(device.ended(9'999) == "ok");
  CHECK(device.times("flush") == 0);
}

TEST_CASE("sizes that the listing does not know are taken from the records") {
  Device::Disk disk = disk_with("memo.webm");
  Device device(host_config(), {});
  device.unknown_from = 16;
  device.disk = disk;
  device.restart();
  CHECK(device.number(device.query(QueryKind::health), "used") == 500);
}

TEST_CASE("a transfer whose blob is gone starts over: its bits do not count for another blob") {
  const Bytes content = vectors::lcg(3, 100'000);
  const Metainfo metainfo = torrent_of_file("memo.webm", content);
  TransferRecord transfer;
  transfer.id = {5};
  transfer.info_hash = metainfo.info_hash;
  transfer.info = metainfo.info;
  transfer.trackers = {"ws://127.0.0.1:8000"};
  transfer.blob = {40};
  transfer.have = Bitfield(metainfo.piece_count());
  transfer.have.set_all();
  Device::Disk disk;
  append_journal_header(disk[1], 1);
  append_journal_record(disk[1], {2, 1}, 0, JournalKind::transfer, encode_transfer(transfer));
  append_journal_record(disk[1], {2, 1}, 1, JournalKind::snapshot_end, {});
  Device device(host_config(), disk);
  Catalogue known;
  for (const JournalRecord& record : journal_in(device, 1).records) known.apply(record);
  REQUIRE(known.transfers.size() == 1);
  CHECK(known.transfers.begin()->second.blob == BlobId{41});   // a number above all that anything remembered has
  CHECK(known.transfers.begin()->second.have.count() == 0);
  CHECK(device.times("reserve 41") == 1);
}

TEST_CASE("storage-lost: with every journal blob taken by something foreign nothing is begun") {
  Device::Disk disk;
  for (std::uint32_t blob = 1; blob <= journal_slots; ++blob) disk[blob] = Bytes(100, 'x');
  const Device device(host_config(), disk);
  CHECK(to_string(device.ready->code) == "storage-lost");
  CHECK(device.disk == disk);
}
