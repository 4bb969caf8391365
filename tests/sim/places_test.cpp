// Stories of the places for connections: they are few, and what needs one finds one.
#include "sim/story.hpp"

using namespace samara;
using namespace samara::sim;

namespace {

constexpr std::size_t memos = 40;

/// Two devices of which the second has received all that the first shares.
struct Twins {
  World world{51};
  NodeId a = launch(world);
  NodeId b = launch(world);

  Twins() {
    for (std::size_t i = 0; i < memos; ++i) {
      const Bytes memo = lcg_bytes(static_cast<std::uint32_t>(i + 1), 20'000);
      const Shared shared = share_now(world, a, memo, "memo " + std::to_string(i), true);
      const std::string transfer = receive_now(world, b, shared.url);
      REQUIRE(world.run_until([&] { return is_done(world, b, transfer); }, seconds(20)));
    }
  }
};

}  // namespace

TEST_CASE("devices that have all of each other's torrents part, and do not look for each other again") {
  Twins twins;
  World& world = twins.world;
  world.run_for(seconds(10));
  CHECK(world.connections(twins.a) == 0);
  world.crash(twins.b);
  world.start(twins.b);
  world.run_for(seconds(90));   // each meets the other once more, for it cannot know
  CHECK(world.connections(twins.a) == 0);
  std::uint32_t dials = 0;
  world.watch = [&](NodeId, const Output& output) { dials += std::holds_alternative<out::MakeOffer>(output) ? 1 : 0; };
  world.run_for(seconds(300));
  CHECK(dials == 0);
}

TEST_CASE("what is wanted finds a place at once among devices that meet over everything they have") {
  Twins twins;
  World& world = twins.world;
  const NodeId c = launch(world);
  const Bytes memo = lcg_bytes(99, 60'000);
  const Shared wanted = share_now(world, c, memo, "wanted");
  world.crash(twins.b);
  world.start(twins.b);
  world.run_until([&] { return world.connections(twins.b) >= 8; }, seconds(5));
  REQUIRE(world.connections(twins.b) >= 8);
  const std::string transfer = receive_now(world, twins.b, wanted.url);
  REQUIRE(world.run_until([&] { return is_done(world, twins.b, transfer); }, seconds(3)));
  CHECK(received_bytes(world, twins.b, transfer) == memo);
}
