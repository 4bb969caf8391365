// Asking for the metadata together with the handshake: what it saves, and what sets it right.
#include <doctest/doctest.h>

#include "unit/swarm_rig.hpp"

using namespace samara;
using namespace samara::test;

namespace {

constexpr std::int64_t latency_ms = 50;

Instant metadata_after_connecting(bool samara) {
  const Bytes content = pattern(256 * KiB);
  const Metainfo metainfo = torrent_of(content, 16 * KiB);
  World world;
  Node& seed = world.add_seed(metainfo, content);
  Node& leecher = world.add(metainfo.info_hash);
  world.connect(seed, leecher, {latency_ms, 0}, samara);
  const Instant start = world.now;
  REQUIRE(world.run(5'000, [&] { return leecher.torrent.metainfo() != nullptr; }));
  return Instant{} + (world.now - start);
}

}  // namespace

TEST_CASE("a peer of our own kind gives the metadata one round trip after the channel opens, another one after two") {
  CHECK(metadata_after_connecting(true) == Instant{} + milliseconds(2 * latency_ms));
  CHECK(metadata_after_connecting(false) > Instant{} + milliseconds(3 * latency_ms));
}

TEST_CASE("who numbers ut_metadata otherwise is asked once more, with its number") {
  const Metainfo metainfo = torrent_of(pattern(256 * KiB), 16 * KiB);
  World world;
  Node& leecher = world.add(metainfo.info_hash);
  World::Stranger& other = world.join(leecher, "-SM9999-newer.client", true, true, true);
  world.say(other);
  world.run(10);
  REQUIRE(other.ear.count(20) == 2);  // the extended handshake and a request
  CHECK(other.ear.last(20)->payload[0] == 1);
  other.says.extended(0, "d1:md11:ut_metadatai7ee13:metadata_sizei" + std::to_string(metainfo.info.size()) + "ee");
  world.say(other);
  world.run(10);
  REQUIRE(other.ear.count(20) == 3);
  CHECK(other.ear.last(20)->payload[0] == 7);
  CHECK(leecher.closed_why() == "open");
}

TEST_CASE("who has no extensions at all is not closed for having been asked") {
  const Metainfo metainfo = torrent_of(pattern(256 * KiB), 16 * KiB);
  World world;
  Node& leecher = world.add(metainfo.info_hash);
  World::Stranger& other = world.join(leecher, "-XX0001-older.client", true, false, true);
  world.say(other);
  world.run(1'000);
  CHECK(leecher.closed_why() == "open");
  CHECK_FALSE(leecher.torrent.served());
}
