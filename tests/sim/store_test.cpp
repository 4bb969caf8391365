// Scenarios of the store in the simulator: what survives a crash, in which order things become durable.
#include "sim/story.hpp"

using namespace samara;
using namespace samara::sim;

namespace {

std::size_t list_size(World& world, NodeId node, QueryKind kind) {
  const std::uint32_t request = world.query(node, kind);
  REQUIRE(world.run_until([&] { return world.answer(node, request) != nullptr; }, seconds(1)));
  const auto document = bencode_decode(world.answer(node, request)->result, bencode_own_limits);
  REQUIRE(document.has_value());
  std::size_t count = 0;
  for (const BencodeView entry : document->root().list("list")) count += entry.is_dict() ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("a saved item is there after a crash, once save() has answered") {
  World world(11);
  const NodeId node = launch(world);
  const std::uint32_t request = world.save(node, lcg_bytes(1, 70'000), "memo.webm");
  REQUIRE(world.run_until([&] { return world.answer(node, request) != nullptr; }, seconds(2)));
  world.crash(node);
  world.start(node);
  world.run_for(milliseconds(100));
  CHECK(list_size(world, node, QueryKind::items) == 1);
}

TEST_CASE("a crash before save() answered leaves no item and no bytes") {
  for (int cut = 0; cut < 12; ++cut) {
    World world(12);
    const NodeId node = launch(world);
    const std::uint32_t request = world.save(node, lcg_bytes(1, 70'000), "memo.webm");
    for (int i = 0; i < cut; ++i) world.run_for(Duration{100});
    const bool answered = world.answer(node, request) != nullptr;
    world.crash(node);
    world.start(node);
    world.run_for(seconds(5));
    const std::size_t items = list_size(world, node, QueryKind::items);
    CHECK(items <= 1);
    if (answered) CHECK(items == 1);
    for (const auto& [blob, bytes] : world.disk(node).written) {
      if (blob >= 16) CHECK(items == 1);  // nothing is left that nobody remembers
    }
  }
}

TEST_CASE("every bit the journal knows has its bytes on the disk, wherever the crash comes") {
  for (std::uint64_t seed = 100; seed < 108; ++seed) {
    World world(seed);
    world.traced = false;
    Config slow = phone();
    slow.upload_bytes_per_second = 500'000;
    const NodeId sender = launch(world, slow);
    const NodeId receiver = launch(world);
    const Bytes memo = lcg_bytes(21, 1'200'000);
    const Shared shared = share_now(world, sender, memo, "memo.webm");
    const std::string transfer = receive_now(world, receiver, shared.url);
    Rng rng(seed);
    world.run_for(milliseconds(static_cast<std::int64_t>(200 + rng.below(3'000))));
    world.crash(receiver);
    world.start(receiver);
    world.run_for(milliseconds(20));
    // What it says it has after the restart must be right, byte for byte.
    const Bytes snapshot = world.snapshot(receiver, Subject::transfer, transfer);
    if (snapshot.empty()) continue;  // done before the crash
    const auto document = bencode_decode(snapshot, bencode_own_limits);
    REQUIRE(document.has_value());
    const auto blob = static_cast<std::uint32_t>(document->root().integer_or("blob", 0));
    std::optional<std::int64_t> start;
    for (const BencodeView number : document->root().list("have")) {
      if (!start) {
        start = *number.integer();
        continue;
      }
      const Bytes& disk = world.disk(receiver).written[blob];
      REQUIRE(static_cast<std::size_t>(*number.integer()) <= disk.size());
      CHECK(std::equal(memo.begin() + *start, memo.begin() + *number.integer(), disk.begin() + *start));
      start.reset();
    }
    REQUIRE_MESSAGE(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(60)), "seed " << seed);
    CHECK(received_bytes(world, receiver, transfer) == memo);
  }
}

TEST_CASE("a received item is served again after a restart without network metadata") {
  World world(13);
  const NodeId sender = launch(world);
  const NodeId middle = launch(world);
  const Bytes memo = lcg_bytes(2, 150'000);
  const Shared shared = share_now(world, sender, memo, "memo.webm");
  const std::string t1 = receive_now(world, middle, shared.url);
  REQUIRE(world.run_until([&] { return is_done(world, middle, t1); }, seconds(10)));
  world.crash(sender);
  world.crash(middle);
  world.start(middle);
  world.run_for(seconds(1));
  const NodeId last = launch(world);
  const std::string t2 = receive_now(world, last, shared.url);
  REQUIRE(world.run_until([&] { return is_done(world, last, t2); }, seconds(10)));
  CHECK(received_bytes(world, last, t2) == memo);
}

TEST_CASE("the same link twice is one item") {
  World world(14);
  const NodeId sender = launch(world);
  const NodeId receiver = launch(world);
  const Shared shared = share_now(world, sender, lcg_bytes(2, 50'000), "memo.webm");
  const std::string first = receive_now(world, receiver, shared.url);
  CHECK(receive_now(world, receiver, shared.magnet) == first);
  REQUIRE(world.run_until([&] { return is_done(world, receiver, first); }, seconds(10)));
  const std::uint32_t again = world.receive(receiver, shared.url);
  CHECK(text_in(world.answer(receiver, again)->result, "state") == "done");
  CHECK(list_size(world, receiver, QueryKind::items) == 1);
}

TEST_CASE("a link to what this device shares needs no network") {
  World world(15);
  const NodeId node = launch(world);
  const Bytes memo = lcg_bytes(2, 50'000);
  const Shared shared = share_now(world, node, memo, "memo.webm");
  const std::string transfer = receive_now(world, node, shared.url);
  REQUIRE(world.run_until([&] { return is_done(world, node, transfer); }, seconds(2)));
  CHECK(received_bytes(world, node, transfer) == memo);
}

TEST_CASE("a referenced share waits for its source after a restart, a copied one serves at once") {
  World world(16);
  const NodeId node = launch(world);
  const Shared by_reference = share_now(world, node, lcg_bytes(2, 50'000), "a.webm");
  const Shared copied = share_now(world, node, lcg_bytes(3, 50'000), "b.webm", true);
  world.crash(node);
  world.start(node);
  world.run_for(milliseconds(200));
  CHECK(world.text_of(node, Subject::share, by_reference.id, "state") == "source-needed");
  CHECK(world.text_of(node, Subject::share, copied.id, "state") == "waiting");
}

TEST_CASE("a full disk fails the transfer with storage-full, keeps what is there, and resume goes on") {
  World world(17);
  const NodeId sender = launch(world);
  const NodeId receiver = launch(world);
  const Bytes memo = lcg_bytes(5, 1'000'000);
  const Shared shared = share_now(world, sender, memo, "memo.webm");
  world.disk(receiver).capacity_bytes = 400'000;
  const std::string transfer = receive_now(world, receiver, shared.url);
  REQUIRE(world.run_until(
      [&] { return world.text_of(receiver, Subject::transfer, transfer, "state") == "failed"; }, seconds(20)));
  world.disk(receiver).capacity_bytes = 1ULL << 40;
  world.control(receiver, CallVerb::resume, "transfer", transfer);
  REQUIRE(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(60)));
  CHECK(received_bytes(world, receiver, transfer) == memo);
}

TEST_CASE("an item above the cap is storage-full before a byte is written") {
  World world(18);
  Config small = phone();
  small.item_bytes_max = 10'000;
  const NodeId node = launch(world, small);
  const std::uint32_t request = world.save(node, lcg_bytes(1, 10'001), "memo.webm");
  REQUIRE(world.answer(node, request) != nullptr);
  CHECK(to_string(world.answer(node, request)->error.code) == "storage-full");
  for (const auto& [blob, bytes] : world.disk(node).written) CHECK(blob < 16);
}

TEST_CASE("pause keeps bytes, cancel gives them up, refusing an offer stores nothing") {
  World world(19);
  Config slow = phone();
  slow.upload_bytes_per_second = 300'000;
  const NodeId sender = launch(world, slow);
  const NodeId receiver = launch(world);
  const Shared shared = share_now(world, sender, lcg_bytes(5, 2'000'000), "memo.webm");
  const std::string transfer = receive_now(world, receiver, shared.url);
  const auto verified = [&] { return world.number_of(receiver, Subject::transfer, transfer, "verified"); };
  REQUIRE(world.run_until([&] { return verified() > 200'000; }, seconds(20)));
  world.control(receiver, CallVerb::pause, "transfer", transfer);
  world.run_for(seconds(2));
  const auto at_pause = verified();
  world.run_for(seconds(5));
  CHECK(verified() == at_pause);
  CHECK(world.text_of(receiver, Subject::transfer, transfer, "state") == "paused");
  world.control(receiver, CallVerb::resume, "transfer", transfer);
  REQUIRE(world.run_until([&] { return verified() > at_pause; }, seconds(30)));
  world.control(receiver, CallVerb::cancel, "transfer", transfer);
  world.run_for(seconds(2));
  for (const auto& [blob, bytes] : world.disk(receiver).written) CHECK(blob < 16);
  const std::string asked = receive_now(world, receiver, shared.url, true);
  REQUIRE(world.run_until([&] { return world.number_of(receiver, Subject::transfer, asked, "asking") == 1; }, seconds(20)));
  world.accept(receiver, asked, false);
  CHECK(world.text_of(receiver, Subject::transfer, asked, "state") == "failed");
  for (const auto& [blob, bytes] : world.disk(receiver).written) CHECK(blob < 16);
}

TEST_CASE("metadata comes in a change although a query was answered with it before") {
  World world(23);
  const NodeId sender = launch(world);
  const NodeId receiver = launch(world);
  const Shared shared = share_now(world, sender, lcg_bytes(5, 200'000), "memo.webm");
  bool told = false;
  world.watch = [&](NodeId node, const Output& output) {
    const auto* changed = std::get_if<out::Changed>(&output);
    if (node != receiver || changed == nullptr || changed->subject != Subject::transfer) return;
    const auto document = bencode_decode(changed->payload, bencode_own_limits);
    told = told || (document && document->root().find("metadata"));
  };
  const std::string transfer = receive_now(world, receiver, shared.url, true);
  // A page that lists its transfers all the time: some answer is the first to have the metadata.
  for (int i = 0; i < 5'000 && !told; ++i) {
    world.query(receiver, QueryKind::transfers);
    world.run_for(milliseconds(2));
  }
  CHECK(told);
}
