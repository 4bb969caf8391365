// What a store may look like when it is opened: blobs that a crash left half made, half lost or twice, and what must come of it.
#include "sim/life.hpp"

using namespace samara;
using namespace samara::sim;

namespace {

/// Saves and waits; the item's id.
std::string save_now(World& world, NodeId node, const Bytes& content, const std::string& name) {
  const std::uint32_t request = world.save(node, content, name);
  REQUIRE(world.run_until([&] { return world.answer(node, request) != nullptr; }, seconds(5)));
  REQUIRE(to_string(world.answer(node, request)->error.code) == "ok");
  return text_in(world.answer(node, request)->result, "id");
}

struct Store {
  Blobs disk;
  Truth truth;
  Contents contents;
};

/// A device with one item, killed.
Store store_with_item() {
  World world(30);
  const NodeId node = launch(world);
  Store store;
  store.contents["kept.webm"] = lcg_bytes(1, 3'000);
  store.truth.items["kept.webm"].kept = Kept::yes;
  save_now(world, node, store.contents.at("kept.webm"), "kept.webm");
  world.run_for(seconds(1));
  store.disk = world.disk(node).durable;
  return store;
}

void check(const Blobs& disk, const Store& store) {
  for (const std::string& problem : judge(find_all(disk, store.contents, phone(), 1), store.truth)) FAIL_CHECK(problem);
}

/// Opens, lets the device do what it likes for a while, and opens again.
void check_twice(const Blobs& disk, const Store& store) {
  check(disk, store);
  World world(31);
  const NodeId node = world.add_node(phone(), Disk(disk));
  world.start(node);
  world.run_for(seconds(3));
  world.crash(node);
  check(world.disk(node).durable, store);
}

/// Where this text begins; the end when it is not there.
std::size_t find_text(const Bytes& bytes, std::string_view text) {
  const auto at = std::search(bytes.begin(), bytes.end(), text.begin(), text.end());
  return static_cast<std::size_t>(at - bytes.begin());
}

}  // namespace

TEST_CASE("a journal blob whose bytes never landed is a left-over, not a riddle") {
  const Store store = store_with_item();
  for (const std::size_t zeros : {0U, 4U, 600U, 70'000U}) {
    CAPTURE(zeros);
    Blobs disk = store.disk;
    disk.emplace(2, Content(Bytes(zeros)));
    disk.emplace(99, Content(lcg_bytes(9, 50)));   // content that nobody remembers goes all the same
    check_twice(disk, store);
  }
  const Bytes& journal = store.disk.at(1);
  for (const std::size_t landed : {1U, 5U, 11U, 12U, 20U}) {
    CAPTURE(landed);
    Blobs disk = store.disk;
    disk.emplace(2, Content(Bytes(journal.begin(), journal.begin() + static_cast<std::ptrdiff_t>(landed))));
    check_twice(disk, store);
  }
}

TEST_CASE("a store whose first journal never landed begins anew") {
  for (const std::size_t zeros : {0U, 600U}) {
    CAPTURE(zeros);
    Blobs disk;
    disk.emplace(1, Content(Bytes(zeros)));
    check_twice(disk, {});
  }
}

TEST_CASE("content beside no journal is damage, not a left-over: it stays") {
  Blobs disk;
  disk.emplace(17, Content(lcg_bytes(9, 50)));
  World world(32);
  const NodeId node = world.add_node(phone(), Disk(disk));
  for (int life = 0; life < 3; ++life) {
    world.start(node);
    world.run_for(seconds(1));
    save_now(world, node, lcg_bytes(1, 300), "new.webm");
    world.crash(node);
    REQUIRE(world.disk(node).durable.contains(17));
    CHECK(world.disk(node).durable.at(17).get() == lcg_bytes(9, 50));
  }
}

TEST_CASE("what a torn tail held stays lost, also when new records come to stand where it began") {
  World world(35);
  const NodeId node = launch(world);
  const std::string first = "first.webm";
  const std::string second = "second-name.webm";
  save_now(world, node, lcg_bytes(1, 3'000), first);
  // Three at once: the last two come to stand in one write.
  const std::uint32_t last = [&] {
    world.save(node, lcg_bytes(2, 500), "aaaa.webm");
    world.save(node, lcg_bytes(3, 500), "bbbb.webm");
    return world.save(node, lcg_bytes(4, 600), second);
  }();
  bool together = false;
  world.watch = [&](NodeId, const Output& output) {
    const auto* write = std::get_if<out::StoreWrite>(&output);
    if (write == nullptr || !is_journal(write->blob)) return;
    const Bytes bytes = to_bytes(write->bytes);
    together = together || (find_text(bytes, "bbbb.webm") < bytes.size() && find_text(bytes, second) < bytes.size());
  };
  REQUIRE(world.run_until([&] { return world.answer(node, last) != nullptr; }, seconds(5)));
  world.watch = nullptr;
  world.crash(node);
  Blobs disk = world.disk(node).durable;
  const std::uint32_t journal = disk.begin()->first;
  Bytes& bytes = disk.at(journal).own();
  const std::size_t doomed = find_text(bytes, "bbbb.webm");
  REQUIRE(doomed < find_text(bytes, second));
  REQUIRE(together);
  bytes[doomed] = 0;                  // the sector with the first of them never landed, the one behind it did
  Contents contents{{first, lcg_bytes(1, 3'000)}, {"aaaa.webm", lcg_bytes(2, 500)}, {"cccc.webm", lcg_bytes(5, 500)}};
  Truth truth;
  truth.items[first].kept = Kept::yes;
  truth.items["aaaa.webm"].kept = Kept::maybe;
  World again(36);
  const NodeId reborn = again.add_node(phone(), Disk(disk));
  again.start(reborn);
  again.run_for(milliseconds(100));
  save_now(again, reborn, contents.at("cccc.webm"), "cccc.webm");   // as long as the one that was lost
  again.crash(reborn);
  truth.items["cccc.webm"].kept = Kept::yes;
  for (const std::string& problem : judge(find_all(again.disk(reborn).durable, contents, phone(), 1), truth)) FAIL_CHECK(problem);
}

TEST_CASE("content never gets a number that something remembered still has") {
  // Two transfers have begun and hold no piece yet: their blobs may not exist.
  const Sender left = make_sender(lcg_bytes(41, 60'000), "left.webm");
  const Sender right = make_sender(lcg_bytes(42, 60'000), "right.webm");
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {   // in which order they resume is up to their ids
    CAPTURE(seed);
    World world(seed);
    Config still = phone();
    still.upload_bytes_per_second = 1;
    const NodeId one = world.add_node(still, Disk(left.disk));
    const NodeId two = world.add_node(still, Disk(right.disk));
    const NodeId node = launch(world);
    world.start(one);
    world.start(two);
    const std::string a = receive_now(world, node, left.url);
    const std::string b = receive_now(world, node, right.url);
    const auto begun = [&](const std::string& id) { return world.number_of(node, Subject::transfer, id, "blob") > 0; };
    REQUIRE(world.run_until([&] { return begun(a) && begun(b); }, seconds(20)));
    save_now(world, node, lcg_bytes(43, 800), "lost.webm");
    world.run_for(seconds(1));
    world.crash(node);
    Blobs disk = world.disk(node).durable;
    std::erase_if(disk, [](const auto& entry) { return !is_journal(BlobId{entry.first}); });   // only the journal is left
    World again(seed);
    const NodeId first = again.add_node(phone(), Disk(left.disk));
    const NodeId second = again.add_node(phone(), Disk(right.disk));
    const NodeId reborn = again.add_node(phone(), Disk(disk));
    for (const NodeId id : {first, second, reborn}) again.start(id);
    again.run_for(milliseconds(50));
    save_now(again, reborn, lcg_bytes(44, 900), "new.webm");
    REQUIRE(again.run_until([&] { return is_done(again, reborn, a) && is_done(again, reborn, b); }, seconds(60)));
    CHECK(received_bytes(again, reborn, a) == left.content);
    CHECK(received_bytes(again, reborn, b) == right.content);
    Found found;
    look(again, reborn, {{"new.webm", lcg_bytes(44, 900)}}, found);
    std::size_t right_ones = 0;
    for (const FoundItem& item : found.items) {
      if (item.name == "new.webm") right_ones += item.right ? 1 : 0;
    }
    CHECK(right_ones == 1);
    std::set<std::int64_t> blobs;
    const Bytes items = again.answer(reborn, again.query(reborn, QueryKind::items))->result;
    const auto document = bencode_decode(items, bencode_own_limits);
    for (const BencodeView row : document->root().list("list")) CHECK(blobs.insert(row.integer_or("blob", 0)).second);
    CHECK(blobs.size() == 4);
  }
}

TEST_CASE("the write that makes a transfer an item may end anywhere: it is the one or the other, never both") {
  const Sender sender = make_sender(lcg_bytes(21, 40'000), transfer_name);
  World world(37);
  const NodeId other = world.add_node(phone(), Disk(sender.disk));
  const NodeId node = launch(world);
  world.start(other);
  const std::string transfer = receive_now(world, node, sender.url);
  Blobs before;
  std::uint64_t offset = 0;
  Bytes wrote;
  std::uint32_t journal = 0;
  world.watch = [&](NodeId from, const Output& output) {
    const auto* write = std::get_if<out::StoreWrite>(&output);
    if (from != node || write == nullptr || !is_journal(write->blob)) return;
    before = world.disk(node).written;
    journal = write->blob.value;
    offset = write->offset;
    wrote = to_bytes(write->bytes);
  };
  REQUIRE(world.run_until([&] { return is_done(world, node, transfer); }, seconds(20)));
  REQUIRE(find_text(wrote, transfer_name) < wrote.size());   // the last write was that one
  Store store;
  store.contents = {{sender.name, sender.content}, {sender.infohash, sender.content}};
  store.truth.items[sender.name];
  store.truth.transfers[sender.infohash];
  for (std::size_t landed = 0; landed <= wrote.size(); landed += 5) {
    CAPTURE(landed);
    Blobs disk = before;
    Bytes& bytes = disk.at(journal).own();
    bytes.resize(std::max<std::size_t>(bytes.size(), static_cast<std::size_t>(offset) + landed));
    std::copy_n(wrote.begin(), landed, bytes.begin() + static_cast<std::ptrdiff_t>(offset));
    check(disk, store);
  }
}

TEST_CASE("a transfer that waits for its accept needs no network to ask again after a restart") {
  const Sender sender = make_sender(lcg_bytes(21, 40'000), transfer_name);
  World world(38);
  const NodeId other = world.add_node(phone(), Disk(sender.disk));
  const NodeId node = launch(world);
  world.start(other);
  const std::string transfer = receive_now(world, node, sender.url, true);
  REQUIRE(world.run_until([&] { return world.number_of(node, Subject::transfer, transfer, "asking") == 1; }, seconds(20)));
  world.run_for(seconds(1));
  world.crash(other);
  world.crash(node);
  world.start(node);
  world.run_for(milliseconds(100));
  CHECK(world.number_of(node, Subject::transfer, transfer, "asking") == 1);
}
