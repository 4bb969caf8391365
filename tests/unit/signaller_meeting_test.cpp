// Signallers meeting over a tracker: how fast, how often, and that each pair ends with one connection.
#include <doctest/doctest.h>

#include "signal/peer_identity.hpp"
#include "unit/signal_world.hpp"

using namespace samara;
using namespace samara::signal_test;

namespace {

const std::string first_url = "ws://127.0.0.1:1";
const std::string second_url = "ws://127.0.0.1:2";

Config with_places(std::uint32_t places) {
  Config config;
  config.peer_connections_max = places;
  return config;
}

/// Tells each node how many links it has, as the engine does; `hungry` ones stay so until linked.
void report(World& world) {
  for (auto& n : world.nodes) {
    if (!n.alive) continue;
    const auto links = static_cast<std::uint32_t>(n.links.size());
    world.update(n.index, n.index == 0 ? complete_need(links) : links > 0 ? served_need(links) : hungry_need());
  }
}

/// Runs in steps of 100 ms, reporting, until `done`.
std::optional<std::int64_t> reach(World& world, const std::function<bool()>& done, std::int64_t ms) {
  const Instant begin = world.now;
  while (!done()) {
    if (world.now - begin > milliseconds(ms)) return std::nullopt;
    world.until(done, 100);
    report(world);
  }
  return (world.now - begin).us / 1'000;
}

}  // namespace

TEST_CASE("meeting: a receiver finds a waiting sender in a few ms, one connection each") {
  World world;
  const auto sender = world.node();
  const auto receiver = world.node();
  world.add(sender, complete_need());
  world.pass(10'000);
  world.add(receiver, hungry_need());
  const auto took = world.until([&] { return world.linked(sender, receiver) && world.linked(receiver, sender); }, 5'000);
  REQUIRE(took.has_value());
  CHECK(*took <= 70);
  MESSAGE("met after ", *took, " ms");
  report(world);
  world.pass(120'000);
  CHECK(world.nodes[sender].opened == 1);
  CHECK(world.nodes[receiver].opened == 1);
  CHECK(world.nodes[sender].rig->signaller.connections() == 1);
  CHECK(world.nodes[receiver].rig->signaller.connections() == 1);
}

TEST_CASE("meeting: a receiver that came first is found when the sender announces") {
  World world;
  const auto sender = world.node();
  const auto receiver = world.node();
  world.add(receiver, hungry_need());
  world.pass(40'000);
  world.add(sender, complete_need());
  const auto took = world.until([&] { return world.linked(sender, receiver); }, 5'000);
  REQUIRE(took.has_value());
  CHECK(*took <= 1'100);
}

TEST_CASE("meeting: the right ids come with the channel") {
  World world;
  const auto a = world.node();
  const auto b = world.node();
  world.add(a, complete_need());
  world.add(b, hungry_need());
  REQUIRE(world.until([&] { return world.linked(a, b); }, 5'000).has_value());
  const auto started = [&](std::size_t n) {
    return json_id<PeerId>(world.nodes[n].rig->all(Record::Kind::text).at(0).text, "peer_id");
  };
  CHECK(started(a) != started(b));
  CHECK_FALSE(same_peer(started(a), started(b)));
}

TEST_CASE("glare: two hungry sides whose offers cross end with one connection, always the same side's") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    World world(seed);
    const auto a = world.node();
    const auto b = world.node();
    world.add(a, hungry_need());
    world.add(b, hungry_need());
    // Both are members by now; their next rounds fall together.
    REQUIRE(world.until([&] { return world.linked(a, b) && world.linked(b, a); }, 10'000).has_value());
    world.pass(60'000);
    CHECK(world.nodes[a].links.size() == 1);
    CHECK(world.nodes[b].links.size() == 1);
  }
}

TEST_CASE("three peers of which one is complete all find each other early") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    World world(seed);
    for (int i = 0; i < 3; ++i) world.node();
    for (std::size_t i = 0; i < 3; ++i) world.add(i, i == 0 ? complete_need() : hungry_need());
    const auto all = [&] { return world.linked(0, 1) && world.linked(0, 2) && world.linked(1, 2); };
    const auto took = reach(world, all, 60'000);
    REQUIRE(took.has_value());
    CHECK(*took <= 30'000);
    world.pass(5'000);
    for (const auto& n : world.nodes) CHECK(n.links.size() == 2);
  }
}

TEST_CASE("the sender dies: receivers that know each other stay linked, a new sender is found") {
  World world;
  for (int i = 0; i < 3; ++i) world.node();
  for (std::size_t i = 0; i < 3; ++i) world.add(i, i == 0 ? complete_need() : hungry_need());
  REQUIRE(reach(world, [&] { return world.linked(0, 1) && world.linked(0, 2) && world.linked(1, 2); }, 60'000).has_value());
  world.kill(0);
  world.pass(1'000);
  CHECK(world.linked(1, 2));
  world.update(1, hungry_need());
  world.update(2, hungry_need());
  const auto again = world.node();
  world.add(again, complete_need());
  REQUIRE(world.until([&] { return world.linked(again, 1) || world.linked(again, 2); }, 20'000).has_value());
}

TEST_CASE("a tracker restart: both come back under fresh ids and meet") {
  World world;
  const auto sender = world.node();
  const auto receiver = world.node();
  world.add(sender, complete_need());
  world.pass(5'000);
  world.tracker_down(first_url);
  world.add(receiver, hungry_need());
  world.pass(20'000);
  CHECK_FALSE(world.linked(sender, receiver));
  world.tracker_up(first_url);
  REQUIRE(world.until([&] { return world.linked(sender, receiver); }, 8'000).has_value());
}

TEST_CASE("two trackers: the same peer over both is one connection") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    World world(seed);
    const auto a = world.node();
    const auto b = world.node();
    world.add(a, complete_need(), {first_url, second_url});
    world.add(b, hungry_need(), {first_url, second_url});
    REQUIRE(reach(world, [&] { return world.linked(a, b); }, 5'000).has_value());
    world.pass(60'000);
    CHECK(world.nodes[a].links.size() == 1);
    CHECK(world.nodes[a].opened == 1);
  }
}

TEST_CASE("one of two trackers is dead: the other is enough, at once") {
  World world;
  const auto a = world.node();
  const auto b = world.node();
  world.tracker_down(second_url);
  world.add(a, complete_need(), {first_url, second_url});
  world.add(b, hungry_need(), {first_url, second_url});
  const auto took = world.until([&] { return world.linked(a, b); }, 5'000);
  REQUIRE(took.has_value());
  CHECK(*took <= 100);
}

TEST_CASE("a budget of one to three connections still works, and is never exceeded") {
  for (std::uint32_t places = 1; places <= 3; ++places) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      CAPTURE(places);
      CAPTURE(seed);
      World world(seed);
      const auto a = world.node(with_places(places));
      const auto b = world.node(with_places(places));
      world.add(b, hungry_need());
      world.pass(3'000);
      world.add(a, hungry_need());  // the hard case: both have an offer in their only place
      REQUIRE(world.until([&] { return world.linked(a, b) && world.linked(b, a); }, 40'000).has_value());
      for (const auto& n : world.nodes) CHECK(n.most_connections <= static_cast<int>(places));
    }
  }
}

TEST_CASE("twelve receivers and one sender: everybody is linked soon, within the budget") {
  World world;
  for (int i = 0; i < 13; ++i) world.node();
  for (std::size_t i = 0; i < 13; ++i) world.add(i, i == 0 ? complete_need() : hungry_need());
  const auto all = [&] {
    return std::ranges::all_of(world.nodes, [](const auto& n) { return !n.links.empty(); });
  };
  const auto took = reach(world, all, 30'000);
  REQUIRE(took.has_value());
  CHECK(*took <= 10'000);
  CHECK(world.spins == 0);
  for (const auto& n : world.nodes) CHECK(n.most_connections <= 24);
}

TEST_CASE("more torrents wanted than places: all are served in turn") {
  World world;
  const auto sender = world.node();
  const auto receiver = world.node(with_places(3));
  constexpr std::uint32_t torrents = 12;
  for (std::uint32_t t = 1; t <= torrents; ++t) world.add(sender, complete_need(), {first_url}, t);
  for (std::uint32_t t = 1; t <= torrents; ++t) world.add(receiver, hungry_need(), {first_url}, t);
  std::set<TorrentId> served;
  const auto done = [&] { return served.size() == torrents; };
  const Instant begin = world.now;
  while (!done() && world.now - begin < seconds(120)) {
    world.pass(100);
    for (const auto& link : std::vector(world.nodes[receiver].links)) {
      served.insert(link.torrent);
      world.update(receiver, complete_need(), link.torrent.value);
      world.kill_link(receiver, link.dial);  // it is here: the engine ends a link without use
    }
  }
  CHECK(served.size() == torrents);
  CHECK(world.spins == 0);
  CHECK(world.nodes[receiver].most_connections <= 3);
}

TEST_CASE("an unreachable peer: the dial fails after 15 s and the next waits for all candidates") {
  World world;
  world.reachable = [](std::size_t, std::size_t) { return false; };
  world.gathering_complete_ms = 3'000;
  const auto a = world.node();
  const auto b = world.node();
  world.add(a, complete_need());
  world.pass(1'000);
  world.add(b, hungry_need());
  world.pass(14'000);
  CHECK(world.nodes[b].rig->signaller.view(TorrentId{1}).failures == 0);
  CHECK(world.nodes[b].rig->signaller.view(TorrentId{1}).dials == 1);
  world.pass(1'500);
  const auto view = world.nodes[b].rig->signaller.view(TorrentId{1});
  CHECK(view.failures == 1);
  CHECK(view.last_failure == DialFailure::ice_failed);
  world.reachable = [](std::size_t, std::size_t) { return true; };
  const Instant failed_at = world.now;
  REQUIRE(world.until([&] { return world.linked(a, b); }, 30'000).has_value());
  CHECK(world.now - failed_at >= seconds(3));
  CHECK(world.nodes[b].rig->signaller.view(TorrentId{1}).failures == 0);
}

TEST_CASE("the same seed gives the same outputs") {
  const auto trace = [] {
    World world(5);
    for (int i = 0; i < 4; ++i) world.node();
    for (std::size_t i = 0; i < 4; ++i) world.add(i, i == 0 ? complete_need() : hungry_need());
    world.pass(30'000);
    CHECK(world.spins == 0);
    std::string all;
    for (const auto& n : world.nodes) {
      for (const Record& r : n.rig->records) all += std::to_string(r.at.us) + r.text + "\n";
    }
    return all;
  };
  CHECK(trace() == trace());
}

TEST_CASE("whatever happens to trackers and networks, everybody ends up linked, and nobody spins") {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    CAPTURE(seed);
    World world(seed);
    Rng rng(seed);
    const std::vector<std::string> urls{first_url, second_url};
    for (std::size_t i = 0; i < 5; ++i) world.node(with_places(static_cast<std::uint32_t>(2 + rng.below(6))));
    for (std::size_t i = 0; i < 5; ++i) {
      world.add(i, i == 0 ? complete_need() : hungry_need(), rng.below(2) == 0 ? urls : std::vector{first_url});
      world.pass(static_cast<std::int64_t>(rng.below(3'000)));
    }
    world.reachable = [&](std::size_t, std::size_t) { return rng.below(3) != 0; };
    for (int i = 0; i < 60; ++i) {
      const std::size_t at = rng.below(5);
      switch (rng.below(6)) {
        case 0: world.tracker_down(urls[rng.below(2)]); break;
        case 1: world.tracker_up(urls[rng.below(2)]); break;
        case 2: world.network(at, false); break;
        case 3: world.network(at, true); break;
        case 4: world.drop_link(at); break;
        default: break;
      }
      world.pass(static_cast<std::int64_t>(rng.below(5'000)));
      report(world);
    }
    world.reachable = [](std::size_t, std::size_t) { return true; };
    for (const auto& url : urls) world.tracker_up(url);
    for (std::size_t i = 0; i < 5; ++i) world.network(i, true);
    const auto all = [&] {
      return std::ranges::all_of(world.nodes, [](const auto& n) { return !n.links.empty(); });
    };
    const auto took = reach(world, all, 60'000);
    REQUIRE(took.has_value());
    CHECK(world.spins == 0);
    for (const auto& n : world.nodes) CHECK(n.most_connections <= 7);
  }
}
