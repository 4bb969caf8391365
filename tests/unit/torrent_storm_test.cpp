// Random churn: links come and go, torrents pause, stores fail; when it calms down everybody has everything.
#include <doctest/doctest.h>

#include "unit/swarm_rig.hpp"

using namespace samara;
using namespace samara::test;

namespace {

struct Storm {
  explicit Storm(std::uint64_t seed) : rng(seed) {
    nodes.push_back(&world.add_seed(metainfo, content));
    for (std::uint32_t i = 0; i < 3; ++i) nodes.push_back(&world.add_leecher(metainfo));
  }
  Node& any() { return *nodes[rng.below(nodes.size())]; }
  Node& leecher() { return *nodes[1 + rng.below(nodes.size() - 1)]; }

  void gust() {
    switch (rng.below(8)) {
      case 0: {
        Node& node = any();
        const auto links = node.torrent.links();
        if (!links.empty()) world.disconnect(node, links[rng.below(links.size())].id);
        return;
      }
      case 1: {
        Node& node = leecher();
        node.torrent.pause(world.now);
        world.after(node);
        return;
      }
      case 2: {
        Node& node = leecher();
        node.write_status = rng.below(3) == 0 ? StoreStatus::failed : StoreStatus::ok;
        node.torrent.resume(world.now);
        world.after(node);
        return;
      }
      default: {
        Node& a = any();
        Node& b = any();
        if (&a != &b) world.connect(a, b, {static_cast<std::int64_t>(1 + rng.below(60)), 100'000 + rng.below(1'000'000)});
      }
    }
  }
  void calm() {
    for (Node* node : nodes) {
      node->write_status = StoreStatus::ok;
      node->torrent.resume(world.now);
      world.after(*node);
    }
    for (std::size_t i = 1; i < nodes.size(); ++i) world.connect(*nodes[0], *nodes[i]);
  }

  Rng rng;
  Bytes content = pattern(1'200'000);
  Metainfo metainfo = torrent_of(content, 32 * KiB);
  World world;
  std::vector<Node*> nodes;
};

}  // namespace

TEST_CASE("after any storm everybody completes, with the right bytes and no memory left over") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    Storm storm(seed);
    for (std::uint32_t i = 0; i < 120; ++i) {
      storm.gust();
      storm.world.run(static_cast<std::int64_t>(storm.rng.below(80)));
    }
    storm.calm();
    const bool done = storm.world.run(60'000, [&] {
      return std::ranges::all_of(storm.nodes, [](const Node* node) { return node->torrent.complete(); });
    });
    REQUIRE(done);
    for (const Node* node : storm.nodes) {
      CHECK(node->disk == storm.content);
      CHECK(node->shared.partial_bytes == 0);
      CHECK(node->ops.outstanding() == 0);
    }
  }
}
