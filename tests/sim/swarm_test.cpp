// Scenarios of a swarm in the simulator: who gets what from whom, and how soon.
#include "sim/story.hpp"

using namespace samara;
using namespace samara::sim;

TEST_CASE("a memo travels from one device to another by its share URL") {
  World world(1);
  const NodeId sender = launch(world);
  const NodeId receiver = launch(world);
  const Bytes memo = lcg_bytes(7, 1'048'576);
  const Shared shared = share_now(world, sender, memo, "memo.webm");
  CHECK(shared.url.starts_with("https://memos.example/share/#seeds=magnet"));
  const std::string transfer = receive_now(world, receiver, shared.url);
  REQUIRE(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(10)));
  CHECK(received_bytes(world, receiver, transfer) == memo);
  CHECK(world.tracker.oversized == 0);
}

TEST_CASE("a receiver that comes first is served as soon as the sender opens its app") {
  World world(2);
  const NodeId sender = launch(world);
  const Bytes memo = lcg_bytes(3, 200'000);
  const Shared shared = share_now(world, sender, memo, "memo.webm", true);
  world.run_for(seconds(1));
  world.crash(sender);
  const NodeId receiver = launch(world);
  const std::string transfer = receive_now(world, receiver, shared.url);
  world.run_for(seconds(40));
  CHECK(world.text_of(receiver, Subject::transfer, transfer, "state") == "waiting");
  world.start(sender);
  REQUIRE(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(5)));
  CHECK(received_bytes(world, receiver, transfer) == memo);
}

TEST_CASE("receivers that start together share what they have") {
  World world(3);
  const NodeId sender = launch(world);
  const Bytes memo = lcg_bytes(4, 4 * 1'048'576);
  const Shared shared = share_now(world, sender, memo, "memo.webm");
  std::vector<std::pair<NodeId, std::string>> receivers;
  for (int i = 0; i < 4; ++i) {
    const NodeId node = launch(world);
    receivers.emplace_back(node, receive_now(world, node, shared.url));
  }
  for (const auto& [node, transfer] : receivers) {
    REQUIRE(world.run_until([&, n = node, t = transfer] { return is_done(world, n, t); }, seconds(60)));
    CHECK(received_bytes(world, node, transfer) == memo);
  }
  std::uint64_t from_receivers = 0;
  for (const auto& [node, transfer] : receivers) from_receivers += world.sent_bytes(node);
  CHECK(from_receivers > memo.size() / 4);
}

TEST_CASE("an upload limit is shared by the torrents that want it: none of four gets less than 15 %") {
  World world(9);
  Config limited = phone();
  limited.upload_bytes_per_second = 400'000;
  const NodeId sender = launch(world, limited);
  std::vector<std::pair<NodeId, std::string>> receivers;
  for (std::uint32_t i = 0; i < 4; ++i) {
    const Shared shared = share_now(world, sender, lcg_bytes(40 + i, 4 * 1'048'576), "memo.webm");
    const NodeId node = launch(world);
    receivers.emplace_back(node, receive_now(world, node, shared.url));
  }
  const auto verified = [&] {
    std::vector<std::int64_t> bytes;
    for (const auto& [node, transfer] : receivers) bytes.push_back(world.number_of(node, Subject::transfer, transfer, "verified"));
    return bytes;
  };
  REQUIRE(world.run_until([&] { return std::ranges::all_of(verified(), [](std::int64_t bytes) { return bytes > 0; }); }, seconds(20)));
  const std::vector<std::int64_t> before = verified();
  world.run_for(seconds(10));
  const std::vector<std::int64_t> after = verified();
  std::int64_t all = 0;
  for (std::size_t i = 0; i < 4; ++i) all += after[i] - before[i];
  CHECK(all > 3'000'000);
  for (std::size_t i = 0; i < 4; ++i) CHECK((after[i] - before[i]) * 100 >= all * 15);
}

TEST_CASE("two receivers finish from each other when the sender dies") {
  World world(5);
  Config slow = phone();
  slow.upload_bytes_per_second = 100'000;
  const NodeId sender = launch(world, slow);
  const NodeId a = launch(world);
  const NodeId b = launch(world);
  world.block_pair(a, b);  // they cannot trade until the sender is gone
  const Bytes memo = lcg_bytes(5, 1'048'576);
  const Shared shared = share_now(world, sender, memo, "memo.webm");
  const std::string ta = receive_now(world, a, shared.url);
  const std::string tb = receive_now(world, b, shared.url);
  // Both together have everything when every byte is somewhere; neither has it all.
  REQUIRE(world.run_until([&] { return covers(world, {{a, ta}, {b, tb}}, memo.size()); }, seconds(60)));
  REQUIRE_FALSE(is_done(world, a, ta));
  REQUIRE_FALSE(is_done(world, b, tb));
  world.crash(sender);
  world.unblock_pair(a, b);
  REQUIRE(world.run_until([&] { return is_done(world, a, ta) && is_done(world, b, tb); }, seconds(60)));
  CHECK(received_bytes(world, a, ta) == memo);
  CHECK(received_bytes(world, b, tb) == memo);
}

TEST_CASE("a pair that cannot connect is served through a third peer") {
  World world(5);
  const NodeId sender = launch(world);
  const NodeId far = launch(world);
  const NodeId friendly = launch(world);
  world.block_pair(sender, far);
  const Bytes memo = lcg_bytes(6, 300'000);
  const Shared shared = share_now(world, sender, memo, "memo.webm");
  const std::string t1 = receive_now(world, far, shared.url);
  const std::string t2 = receive_now(world, friendly, shared.url);
  REQUIRE(world.run_until([&] { return is_done(world, friendly, t2); }, seconds(30)));
  REQUIRE(world.run_until([&] { return is_done(world, far, t1); }, seconds(120)));
  CHECK(received_bytes(world, far, t1) == memo);
}

TEST_CASE("a tracker that restarts costs seconds, not the transfer") {
  World world(6);
  const NodeId sender = launch(world);
  const Bytes memo = lcg_bytes(8, 100'000);
  const Shared shared = share_now(world, sender, memo, "memo.webm");
  world.run_for(seconds(2));
  world.restart_tracker(seconds(3));
  const NodeId receiver = launch(world);
  const std::string transfer = receive_now(world, receiver, shared.url);
  REQUIRE(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(20)));
}

TEST_CASE("a device that was offline goes on when it is back") {
  World world(7);
  Config slow = phone();
  slow.upload_bytes_per_second = 300'000;
  const NodeId sender = launch(world, slow);
  const NodeId receiver = launch(world);
  const Bytes memo = lcg_bytes(9, 1'500'000);
  const Shared shared = share_now(world, sender, memo, "memo.webm");
  const std::string transfer = receive_now(world, receiver, shared.url);
  REQUIRE(world.run_until(
      [&] { return world.number_of(receiver, Subject::transfer, transfer, "verified") > 300'000; }, seconds(20)));
  world.set_online(receiver, false);
  world.run_for(seconds(30));
  CHECK(world.text_of(receiver, Subject::transfer, transfer, "state") == "waiting");
  world.set_online(receiver, true);
  REQUIRE(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(30)));
  CHECK(received_bytes(world, receiver, transfer) == memo);
}

TEST_CASE("hundreds of shares of one device keep few connections and announce without offers") {
  World world(8);
  const NodeId sender = launch(world);
  for (std::uint32_t i = 0; i < 100; ++i) {
    share_now(world, sender, lcg_bytes(100 + i, 1'000 + i), "memo" + std::to_string(i) + ".webm");
  }
  world.run_for(seconds(300));
  CHECK(world.connections(sender) == 0);
  CHECK(world.tracker.offers == 0);
  CHECK(world.tracker.announces < 100 * 6);
}

TEST_CASE("the same seed gives the same trace") {
  const auto play = [](std::uint64_t seed) {
    World world(seed);
    const NodeId sender = launch(world);
    const NodeId a = launch(world);
    const NodeId b = launch(world);
    const Shared shared = share_now(world, sender, lcg_bytes(1, 500'000), "memo.webm");
    const std::string ta = receive_now(world, a, shared.url);
    const std::string tb = receive_now(world, b, shared.url);
    world.run_until([&] { return is_done(world, a, ta) && is_done(world, b, tb); }, seconds(30));
    return world.trace();
  };
  CHECK(play(42) == play(42));
  CHECK(play(42) != play(43));
}
