// Room in the store: what is reserved before it is fetched, what happens without room, what goes for it when the app allows
// that, and how bytes are given back.
#include <doctest/doctest.h>

#include "sim/story.hpp"
#include "store/journal.hpp"
#include "unit/store_rig.hpp"
#include "vectors/lcg.hpp"

using namespace samara;
using namespace samara::test;

namespace {

constexpr std::uint64_t item_bytes = 10'000;

Config evicting() {
  Config config = host_config();
  config.evict = true;
  return config;
}

/// An item with this id that was received; it counts as used now.
void import_item(Device& device, std::uint64_t id) {
  const std::string name = "memo" + std::to_string(id) + ".webm";
  const Bytes content = vectors::lcg(static_cast<std::uint32_t>(id), item_bytes);
  const Bytes record = encode_item(received_record(id, name, content));
  REQUIRE(device.ended(device.call<in::Save>(import_spec(record), device.source(content))) == "ok");
  device.advance(60'000);
}

std::uint32_t save(Device& device, std::uint64_t bytes) {
  return device.call<in::Save>(one_file("new.webm", bytes), device.source(vectors::lcg(99, static_cast<std::size_t>(bytes))));
}

std::uint64_t used_bytes(const Device& device) {
  std::uint64_t sum = 0;
  for (const auto& [blob, bytes] : device.disk) sum += bytes.size();
  return sum;
}

std::uint32_t blob_of(Device& device, std::uint64_t id) {
  Bytes spec;
  BencodeWriter(spec).begin_dict().field("id", hex_of(id)).end_dict();
  return static_cast<std::uint32_t>(device.number(device.query(QueryKind::item, as_text(spec)), "blob"));
}

/// The latest state of the one transfer there is.
std::string state_of(Device& device, std::string_view key = "state") {
  const auto document = bencode_decode(device.results.at(device.query(QueryKind::transfers)), bencode_own_limits);
  for (const BencodeView transfer : document->root().list("list")) {
    if (key != "error") return std::string(transfer.text_or(key, ""));
    const auto error = transfer.find("error");
    return error ? std::string(error->text_or("code", "")) : "";
  }
  return "none";
}

}  // namespace

TEST_CASE("a transfer reserves its whole size before it is spoken of and before a byte is fetched") {
  Device device;
  device.asked.clear();
  const Metainfo metainfo = torrent_of_file("memo.webm", vectors::lcg(1, 100'000));
  REQUIRE(device.ended(device.call<in::Receive>(receive_spec(metainfo))) == "ok");
  REQUIRE(device.times("reserve 17") == 1);
  CHECK(device.disk.at(17).size() == 100'000);
  // The transfer itself is remembered at once, its blob only when there is one.
  device.restart();
  CHECK(device.times("reserve 17") == 0);
  CHECK(device.disk.contains(17));
}

TEST_CASE("a transfer of nothing at all is reserved, not written") {
  Device device;
  CreateSpec spec;
  spec.files = {{"empty.webm", 0}};
  Metainfo metainfo = plan_torrent(spec).value();
  REQUIRE(finish_torrent(metainfo, {}).has_value());
  REQUIRE(device.ended(device.call<in::Receive>(receive_spec(metainfo))) == "ok");
  CHECK(device.times("write 17") == 0);
  CHECK(device.times("reserve 17") == 1);
  CHECK(device.disk.contains(17));
  CHECK(device.count(QueryKind::items) == 1);
}

TEST_CASE("storage-full: a transfer without room fails before a byte is fetched, gives back what it had, and resumes") {
  Device device;
  device.capacity_bytes = used_bytes(device) + 50'000;
  const Metainfo metainfo = torrent_of_file("memo.webm", vectors::lcg(1, 100'000));
  const std::uint32_t receive = device.call<in::Receive>(receive_spec(metainfo));
  REQUIRE(device.ended(receive) == "ok");
  const std::string id = device.text(receive, "id");
  CHECK(state_of(device) == "failed");
  CHECK(state_of(device, "error") == "storage-full");
  CHECK_FALSE(device.disk.contains(17));
  CHECK(device.number(device.query(QueryKind::health), "used") == 0);
  CHECK(device.ended(device.control(CallVerb::resume, "transfer", id)) == "ok");
  CHECK(state_of(device) == "failed");
  // Also after a restart: it waits, paused, and asks for no room by itself.
  device.restart();
  CHECK(state_of(device) == "paused");
  CHECK(std::ranges::none_of(device.disk, [](const auto& entry) { return entry.first >= 16; }));
  device.capacity_bytes = ~0ULL;
  CHECK(device.ended(device.control(CallVerb::resume, "transfer", id)) == "ok");
  CHECK(state_of(device) != "failed");
  CHECK(state_of(device) != "paused");
  CHECK(std::ranges::any_of(device.disk, [](const auto& entry) { return entry.first >= 16 && entry.second.size() == 100'000; }));
}

TEST_CASE("storage-full: what was asked for before the store had no room after all gives back what it had, and resumes") {
  Device device;
  device.give(in::StoreRoom{std::uint64_t{1} << 30});
  device.fault = [](const Asked& a) { return a.kind == Asked::Kind::reserve ? std::optional(StoreStatus::full) : std::nullopt; };
  const std::uint32_t receive = device.call<in::Receive>(receive_spec(torrent_of_file("memo.webm", vectors::lcg(1, 100'000))));
  const std::string id = device.text(receive, "id");
  CHECK(state_of(device) == "failed");
  CHECK(state_of(device, "error") == "storage-full");
  CHECK_FALSE(device.disk.contains(17));
  CHECK(device.number(device.query(QueryKind::health), "used") == 0);
  device.restart();
  CHECK(state_of(device) == "paused");
  device.fault = {};
  CHECK(device.ended(device.control(CallVerb::resume, "transfer", id)) == "ok");
  CHECK(state_of(device) != "paused");
  CHECK(std::ranges::any_of(device.disk, [](const auto& entry) { return entry.first >= 16 && entry.second.size() == 100'000; }));
}

TEST_CASE("a transfer that was given up while the store was asked for room leaves nothing") {
  Device device;
  device.hold = true;
  const std::uint32_t receive = device.call<in::Receive>(receive_spec(torrent_of_file("memo.webm", vectors::lcg(1, 100'000))));
  CHECK(device.ended(device.control(CallVerb::cancel, "transfer", device.text(receive, "id"))) == "ok");
  SUBCASE("and there was some") {}
  SUBCASE("and there was none") {
    device.fault = [](const Asked& a) { return a.kind == Asked::Kind::reserve ? std::optional(StoreStatus::full) : std::nullopt; };
  }
  device.hold = false;
  device.run();
  CHECK_FALSE(device.disk.contains(17));
  CHECK(state_of(device) == "none");
}

TEST_CASE("a transfer that waits for its accept reserves nothing, and asks again after a restart with what it knew") {
  Device device;
  const Metainfo metainfo = torrent_of_file("memo.webm", vectors::lcg(1, 100'000));
  Bytes spec;
  BencodeWriter(spec).begin_dict().field("ask", 1).field("torrent", encode_torrent_file(metainfo)).end_dict();
  const std::uint32_t receive = device.call<in::Receive>(spec);
  CHECK(device.number(receive, "asking") == 1);
  device.restart();
  CHECK_FALSE(device.disk.contains(17));
  Bytes accept;
  BencodeWriter(accept).begin_dict().field("accept", 1).field("id", device.text(receive, "id")).end_dict();
  CHECK(device.ended(device.call<in::Accept>(accept)) == "ok");
  CHECK(device.disk.contains(17));
}

TEST_CASE("reason storage-low: little is left, or less than what waits for room; it goes when there is room again") {
  Device device;
  CHECK(device.reasons().empty());
  device.give(in::StoreRoom{limits::storage_low_bytes - 1});
  CHECK(device.reasons() == "storage-low");
  const auto document = bencode_decode(device.results.at(device.query(QueryKind::health)), bencode_own_limits);
  for (const BencodeView reason : document->root().list("reasons")) {
    CHECK(reason.integer_or("free", 0) == static_cast<std::int64_t>(limits::storage_low_bytes) - 1);
    CHECK(reason.text_or("action", "") == "free-space");
  }
  device.give(in::StoreRoom{limits::storage_low_bytes});
  CHECK(device.reasons().empty());
  // One that is asked about and would not fit.
  CreateSpec spec;
  spec.files = {{"film.webm", 3 * limits::storage_low_bytes}};
  Metainfo metainfo = plan_torrent(spec).value();
  REQUIRE(finish_torrent(metainfo, Bytes(std::size_t{20} * metainfo.piece_count(), 1)).has_value());
  Bytes receive;
  BencodeWriter(receive).begin_dict().field("ask", 1).field("torrent", encode_torrent_file(metainfo)).end_dict();
  const std::uint32_t call = device.call<in::Receive>(receive);
  device.give(in::StoreRoom{2 * limits::storage_low_bytes});
  CHECK(device.reasons() == "storage-low");
  device.give(in::StoreRoom{4 * limits::storage_low_bytes});
  CHECK(device.reasons().empty());
  device.give(in::StoreRoom{2 * limits::storage_low_bytes});
  device.control(CallVerb::cancel, "transfer", device.text(call, "id"));
  CHECK(device.reasons().empty());
}

TEST_CASE("evict: items that were used longest ago go for what finds no room, which is then tried once more") {
  Device device(evicting());
  for (std::uint64_t id = 1; id <= 3; ++id) import_item(device, id);
  device.give(in::Playhead{{blob_of(device, 1)}, 0});
  device.capacity_bytes = used_bytes(device) + 2'000;
  const std::uint32_t call = save(device, item_bytes);
  CHECK(device.ended(call) == "ok");
  CHECK(device.gone == std::vector{hex_of(2)});
  CHECK(device.count(QueryKind::items) == 3);
  device.restart();
  CHECK(device.count(QueryKind::items) == 3);
}

TEST_CASE("evict: a transfer, a copied share and an import find room in the same way") {
  Device device(evicting());
  for (std::uint64_t id = 1; id <= 3; ++id) import_item(device, id);
  device.capacity_bytes = used_bytes(device) + 2'000;
  device.call<in::Receive>(receive_spec(torrent_of_file("film.webm", vectors::lcg(50, item_bytes))));
  CHECK(device.gone == std::vector{hex_of(1)});
  CHECK(state_of(device) != "failed");
  CHECK(device.ended(device.call<in::Share>(one_file("mine.webm", item_bytes, 0, true), device.source(vectors::lcg(51, item_bytes)))) == "ok");
  CHECK(device.gone == std::vector{hex_of(1), hex_of(2)});
  import_item(device, 4);
  CHECK(device.gone == std::vector{hex_of(1), hex_of(2), hex_of(3)});
}

TEST_CASE("evict: unless the app allows it nothing is ever removed") {
  Device device;
  for (std::uint64_t id = 1; id <= 3; ++id) import_item(device, id);
  device.capacity_bytes = used_bytes(device) + 2'000;
  CHECK(device.ended(save(device, item_bytes)) == "storage-full");
  CHECK(device.gone.empty());
  CHECK(device.count(QueryKind::items) == 3);
}

TEST_CASE("evict: what cannot be fetched again, or is shared here, stays") {
  Device device(evicting());
  // Saved by the person; received from nobody that could be asked again; shared by this device.
  REQUIRE(device.ended(save(device, item_bytes)) == "ok");
  ItemRecord alone = received_record(2, "alone.webm", vectors::lcg(2, item_bytes));
  alone.trackers.clear();
  REQUIRE(device.ended(device.call<in::Save>(import_spec(encode_item(alone)), device.source(vectors::lcg(2, item_bytes)))) == "ok");
  import_item(device, 3);
  Bytes share;
  BencodeWriter(share).begin_dict().field("item", hex_of(3)).end_dict();
  REQUIRE(device.ended(device.call<in::Share>(share)) == "ok");
  device.capacity_bytes = used_bytes(device) + 2'000;
  CHECK(device.ended(save(device, item_bytes)) == "storage-full");
  CHECK(device.gone.empty());
}

TEST_CASE("evict: at the app's own cap items go too, but none when all of them would not do") {
  Config config = evicting();
  config.store_bytes_max = 3 * item_bytes + 5'000;
  Device device(config);
  for (std::uint64_t id = 1; id <= 3; ++id) import_item(device, id);
  CHECK(device.ended(save(device, 4 * item_bytes)) == "storage-full");
  CHECK(device.gone.empty());
  CHECK(device.ended(save(device, item_bytes)) == "ok");
  CHECK(device.gone == std::vector{hex_of(1)});
  CHECK(device.number(device.query(QueryKind::health), "used") == 3 * item_bytes);
}

TEST_CASE("evict: when all that may go has gone and there is still no room, the call ends with storage-full") {
  Device device(evicting());
  import_item(device, 1);
  device.fault = [](const Asked& a) { return a.kind == Asked::Kind::copy ? std::optional(StoreStatus::full) : std::nullopt; };
  CHECK(device.ended(save(device, item_bytes)) == "storage-full");
  CHECK(device.gone.size() == 1);
  CHECK(device.ended(save(device, item_bytes)) == "storage-full");
}

TEST_CASE("evict: a transfer that runs into a full disk half way goes on once items are gone") {
  sim::World world(61);
  const sim::NodeId sender = sim::launch(world);
  Config config = sim::phone();
  config.evict = true;
  const sim::NodeId receiver = sim::launch(world, config);
  const sim::Shared first = sim::share_now(world, sender, vectors::lcg(1, 200'000), "first.webm");
  const std::string t1 = sim::receive_now(world, receiver, first.url);
  REQUIRE(world.run_until([&] { return sim::is_done(world, receiver, t1); }, seconds(10)));
  world.run_for(seconds(1));
  const sim::Shared second = sim::share_now(world, sender, vectors::lcg(2, 300'000), "second.webm");
  std::uint32_t writes = 0;
  bool removed = false;
  bool failed = false;
  world.watch = [&](sim::NodeId node, const Output& output) {
    if (node != receiver) return;
    const auto* write = std::get_if<out::StoreWrite>(&output);
    if (write != nullptr && !is_journal(write->blob) && ++writes == 5) {
      world.disk(receiver).trouble_at = world.disk(receiver).commands;   // this very one
      world.disk(receiver).trouble = sim::Trouble::full;
    }
    if (const auto* gone = std::get_if<out::Gone>(&output)) removed = removed || gone->subject == Subject::item;
    if (const auto* changed = std::get_if<out::Changed>(&output); changed != nullptr && changed->subject == Subject::transfer) {
      failed = failed || sim::text_in(to_bytes(changed->payload), "state") == "failed";
    }
  };
  const std::string t2 = sim::receive_now(world, receiver, second.url);
  REQUIRE(world.run_until([&] { return sim::is_done(world, receiver, t2); }, seconds(30)));
  CHECK(removed);
  CHECK_FALSE(failed);
  CHECK(sim::received_bytes(world, receiver, t2) == vectors::lcg(2, 300'000));
}

TEST_CASE("when an item was used is written down once a day, and at the end") {
  Device device;
  import_item(device, 1);
  const auto written = [&] { return device.times("write 1"); };
  const std::size_t before = written();
  device.give(in::Playhead{{blob_of(device, 1)}, 0});
  CHECK(written() == before);
  device.advance(limits::used_journal_ms);
  device.give(in::Playhead{{blob_of(device, 1)}, 0});
  CHECK(written() == before + 1);
  device.advance(1'000);
  device.give(in::Playhead{{blob_of(device, 1)}, 5});
  CHECK(written() == before + 1);
  device.give(in::Shutdown{{9'999}});
  CHECK(device.ended(9'999) == "ok");
  CHECK(written() == before + 2);
  Catalogue known;
  const JournalContent content = read_journal(device.disk.at(1)).value();
  for (const JournalRecord& record : content.records) known.apply(record);
  CHECK(known.items.begin()->second.used_ms == 1'800'000'000'000 + device.now.us / 1'000);
}

TEST_CASE("remove() frees space on a disk so full that not even the removal can be written down") {
  Device device;
  import_item(device, 1);
  const std::uint32_t blob = blob_of(device, 1);
  device.fault = [&](const Asked& a) {
    const bool no_room = a.kind == Asked::Kind::write && is_journal(a.blob) && device.disk.contains(blob);
    return no_room ? std::optional(StoreStatus::full) : std::nullopt;
  };
  CHECK(device.ended(device.control(CallVerb::remove, "item", hex_of(1))) == "ok");
  CHECK_FALSE(device.disk.contains(blob));
  device.restart();
  CHECK(device.count(QueryKind::items) == 0);
}

TEST_CASE("a removal that could not be written down is told, and done when it can be") {
  Device device;
  import_item(device, 1);
  const std::uint32_t blob = blob_of(device, 1);
  bool fails = true;
  device.fault = [&](const Asked& a) { return fails && a.kind == Asked::Kind::flush ? std::optional(StoreStatus::failed) : std::nullopt; };
  CHECK(device.ended(device.control(CallVerb::remove, "item", hex_of(1))) == "storage-lost");
  CHECK(device.disk.contains(blob));   // the journal may still speak of it
  fails = false;
  for (int i = 0; i < 30; ++i) device.advance(100);
  CHECK_FALSE(device.disk.contains(blob));
  CHECK(device.reasons().empty());
}

TEST_CASE("a save that could not be written down is taken back, its bytes too") {
  Device device;
  bool fails = true;
  device.fault = [&](const Asked& a) { return fails && a.kind == Asked::Kind::write ? std::optional(StoreStatus::failed) : std::nullopt; };
  CHECK(device.ended(save(device, item_bytes)) == "storage-lost");
  CHECK(device.count(QueryKind::items) == 0);
  fails = false;
  for (int i = 0; i < 30; ++i) device.advance(100);
  CHECK_FALSE(device.disk.contains(17));
  CHECK(device.number(device.query(QueryKind::health), "used") == 0);
}

TEST_CASE("bytes that are two items go with the second of them") {
  Device device;
  const std::uint32_t saved = save(device, item_bytes);
  const std::string mine = device.text(saved, "id");
  Bytes spec;
  BencodeWriter(spec).begin_dict().field("item", mine).end_dict();
  const std::uint32_t share = device.call<in::Share>(spec);
  Bytes link;
  BencodeWriter(link).begin_dict().field("link", device.text(share, "url")).end_dict();
  REQUIRE(device.ended(device.call<in::Receive>(link)) == "ok");
  REQUIRE(device.count(QueryKind::items) == 2);
  CHECK(device.ended(device.control(CallVerb::remove, "item", mine)) == "ok");
  CHECK(device.disk.contains(17));
  const auto document = bencode_decode(device.results.at(device.query(QueryKind::items)), bencode_own_limits);
  std::string other;
  for (const BencodeView item : document->root().list("list")) other = item.text_or("id", "");
  CHECK(device.ended(device.control(CallVerb::remove, "item", other)) == "ok");
  CHECK_FALSE(device.disk.contains(17));
}
