// Discovery that recovers: whatever kept two devices apart, they are connected within 5 s of its going away.
#include "sim/story.hpp"

using namespace samara;
using namespace samara::sim;

namespace {

constexpr Duration recovered = seconds(5);
constexpr in::Network away{false, false, false};
constexpr in::Network back{true, false, false};

/// A phone that sends slowly enough for things to happen on the way.
Config slow_phone() {
  Config config = phone();
  config.upload_bytes_per_second = 100'000;
  return config;
}

std::int64_t verified(const World& world, NodeId node, const std::string& transfer) {
  return world.number_of(node, Subject::transfer, transfer, "verified");
}

std::size_t logged(const World& world, NodeId node, std::string_view code) {
  return static_cast<std::size_t>(std::ranges::count(world.log_codes(node), code));
}

/// A slow transfer of which something has arrived.
struct Underway {
  explicit Underway(std::uint64_t seed) : world(seed) {
    sender = launch(world, slow_phone());
    receiver = launch(world);
    shared = share_now(world, sender, lcg_bytes(1, 6'000'000), "memo.webm");
    transfer = receive_now(world, receiver, shared.url);
    REQUIRE(world.run_until([&] { return verified(world, receiver, transfer) > 200'000; }, seconds(20)));
  }
  /// More has come than there was, within the time that recovery may take.
  bool goes_on() {
    const std::int64_t before = verified(world, receiver, transfer);
    return world.run_until([&] { return verified(world, receiver, transfer) > before; }, recovered);
  }
  World world;
  NodeId sender = 0;
  NodeId receiver = 0;
  Shared shared;
  std::string transfer;
};

}  // namespace

TEST_CASE("discovery: a tracker that was away for up to two minutes costs 5 s from its return, whoever comes back first") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    for (const std::int64_t down_s : {1, 4, 20, 110}) {
      CAPTURE(seed);
      CAPTURE(down_s);
      World world(seed);
      const NodeId sender = launch(world);
      const NodeId receiver = launch(world);
      const Shared shared = share_now(world, sender, lcg_bytes(8, 50'000), "memo.webm");
      world.run_for(seconds(2));
      world.restart_tracker(seconds(down_s));
      const std::string transfer = receive_now(world, receiver, shared.url);
      world.run_for(milliseconds(down_s * 1'000 - 50));
      CHECK_FALSE(is_done(world, receiver, transfer));
      CHECK(world.run_until([&] { return is_done(world, receiver, transfer); }, recovered));
    }
  }
}

TEST_CASE("discovery: a tracker that garbles costs 5 s from when it is sane again, whatever it said") {
  using Garbling = sim::Tracker::Garbling;
  for (const Garbling how : {Garbling::page, Garbling::wrong_types, Garbling::cut}) {
    for (const std::int64_t garbled_s : {3, 40, 100}) {
      CAPTURE(static_cast<int>(how));
      CAPTURE(garbled_s);
      World world(static_cast<std::uint64_t>(garbled_s));
      const NodeId sender = launch(world);
      const NodeId receiver = launch(world);
      world.tracker.garbling = how;
      const Shared shared = share_now(world, sender, lcg_bytes(8, 50'000), "memo.webm");
      const std::string transfer = receive_now(world, receiver, shared.url);
      world.run_for(seconds(garbled_s));
      CHECK_FALSE(is_done(world, receiver, transfer));
      world.tracker.garbling = Garbling::none;
      CHECK(world.run_until([&] { return is_done(world, receiver, transfer); }, recovered));
    }
  }
}

TEST_CASE("discovery: a sender that was known before the tracker garbled is found when it is sane again") {
  World world(3);
  const NodeId sender = launch(world);
  const NodeId receiver = launch(world);
  const Shared shared = share_now(world, sender, lcg_bytes(8, 50'000), "memo.webm");
  world.run_for(seconds(2));
  world.tracker.garbling = sim::Tracker::Garbling::page;
  const std::string transfer = receive_now(world, receiver, shared.url);
  world.run_for(seconds(30));
  world.tracker.garbling = sim::Tracker::Garbling::none;
  CHECK(world.run_until([&] { return is_done(world, receiver, transfer); }, recovered));
}

TEST_CASE("discovery: one side's network changes and nobody tells: 5 s after it is back the transfer goes on, over one connection") {
  for (const bool receivers : {true, false}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      CAPTURE(receivers);
      CAPTURE(seed);
      Underway story(seed);
      const NodeId changed = receivers ? story.receiver : story.sender;
      story.world.cut(changed);
      story.world.set_network(changed, away);
      story.world.run_for(seconds(10));
      story.world.set_network(changed, back);
      CHECK(story.goes_on());
      story.world.run_for(seconds(10));
      CHECK(story.world.channels(story.sender) == 1);
      CHECK(story.world.channels(story.receiver) == 1);
    }
  }
}

TEST_CASE("discovery: both networks change at once") {
  Underway story(9);
  for (const NodeId node : {story.sender, story.receiver}) {
    story.world.cut(node);
    story.world.set_network(node, away);
  }
  story.world.run_for(seconds(20));
  for (const NodeId node : {story.sender, story.receiver}) story.world.set_network(node, back);
  CHECK(story.goes_on());
  story.world.run_for(seconds(10));
  CHECK(story.world.channels(story.sender) == 1);
}

TEST_CASE("discovery: offline and online again while everything still works costs no connection that is in use") {
  Underway story(4);
  story.world.set_network(story.receiver, away);
  story.world.run_for(milliseconds(300));
  story.world.set_network(story.receiver, back);
  story.world.run_for(seconds(5));
  CHECK(logged(story.world, story.receiver, "link-lost") == 0);
  CHECK(logged(story.world, story.receiver, "link-up") == 1);
  CHECK(story.goes_on());
}

TEST_CASE("discovery: the sender opens its app long after the receiver opened the link: done within 5 s") {
  for (const std::int64_t later_s : {3, 60, 1'800}) {
    CAPTURE(later_s);
    World world(static_cast<std::uint64_t>(later_s));
    const NodeId sender = launch(world);
    const Shared shared = share_now(world, sender, lcg_bytes(2, 100'000), "memo.webm", true);
    world.crash(sender);
    const NodeId receiver = launch(world);
    const std::string transfer = receive_now(world, receiver, shared.url);
    world.run_for(seconds(later_s));
    world.start(sender);
    CHECK(world.run_until([&] { return is_done(world, receiver, transfer); }, recovered));
  }
}

TEST_CASE("discovery: after 6 h of sleep nothing has timed out, the transfer goes on over the connection it has") {
  Underway story(5);
  World& world = story.world;
  for (std::uint32_t i = 0; i < 20; ++i) share_now(world, story.sender, lcg_bytes(50 + i, 2'000), "other" + std::to_string(i));
  std::size_t sockets = 0;
  std::size_t closed = 0;
  world.watch = [&](NodeId, const Output& output) {
    sockets += std::holds_alternative<out::OpenSocket>(output) ? 1 : 0;
    closed += std::holds_alternative<out::CloseDial>(output) ? 1 : 0;
  };
  for (int night = 0; night < 3; ++night) {
    world.sleep_all(seconds(6 * 3'600));
    CHECK(story.goes_on());
    world.run_for(seconds(3));
  }
  CHECK(sockets == 0);
  CHECK(closed == 0);
  CHECK(logged(world, story.receiver, "dial-failed") == 0);
  CHECK(world.channels(story.sender) == 1);
  CHECK(world.channels(story.receiver) == 1);
}

TEST_CASE("discovery: with timers rounded up to 60 s a link opens, a transfer ends, and there is one connection") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    World world(seed);
    world.rules.timers = seconds(60);
    const NodeId sender = launch(world);
    const NodeId receiver = launch(world);
    const std::uint32_t request = world.share(sender, lcg_bytes(3, 400'000), "memo.webm");
    REQUIRE(world.run_until([&] { return world.answer(sender, request) != nullptr; }, seconds(300)));
    const std::string url = text_in(world.answer(sender, request)->result, "url");
    const std::string transfer = receive_now(world, receiver, url);
    std::uint32_t most = 0;
    const auto done = [&] {
      most = std::max(most, world.connections(receiver));
      return is_done(world, receiver, transfer);
    };
    CHECK(world.run_until(done, seconds(360)));
    CHECK(most <= 2);  // its offer, and the answer to one that crossed
    CHECK(logged(world, receiver, "dial-failed") == 0);
  }
}
