// A peer that makes us speak and never reads: the bound on what waits for its channel (docs/limits.md).
#include <doctest/doctest.h>

#include "unit/swarm_rig.hpp"

using namespace samara;
using namespace samara::test;

TEST_CASE("link_outgoing_bytes_max: a peer that earns rejects and never reads is dropped at 2 MiB unsent") {
  const Bytes content = pattern(100'000);
  const Metainfo metainfo = torrent_of(content, 16 * KiB);
  World world;
  Node& seed = world.add_seed(metainfo, content);
  World::Stranger& peer = world.join(seed, "-WW0300-deafdeafdeaf");
  peer.says.webtorrent_extended_handshake().have_none().interested();
  world.say(peer);
  // A cancelled request is answered by a reject of 17 bytes. The world is never run, so nothing is ever
  // reported as sent.
  constexpr std::uint64_t reject_bytes = 17;
  std::uint64_t rejects = 0;
  FakePeer pairs;
  for (std::uint32_t i = 0; i < 1'000; ++i) pairs.request(0, 0, 16 * KiB).cancel(0, 0, 16 * KiB);
  while (!peer.gone && rejects < 1'000'000) {
    peer.says.raw(pairs.script());
    rejects += 1'000;
    world.say(peer);
  }
  CHECK(seed.closed_why() == "request-flood");
  CHECK(rejects * reject_bytes > limits::link_outgoing_bytes_max);
  CHECK(rejects * reject_bytes < limits::link_outgoing_bytes_max + limits::send_water_mark_bytes + 2 * limits::send_bytes_max);
}
