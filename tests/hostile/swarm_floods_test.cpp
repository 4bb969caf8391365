// Peers that ask too much, ask for what is not there, or come twice.
#include <doctest/doctest.h>

#include "unit/swarm_rig.hpp"

using namespace samara;
using namespace samara::test;
using Kind = TorrentEvent::Kind;

namespace {

struct Fixture {
  World::Stranger& leecher(const std::string& id = "-WW0300-leecherleech", bool fast = true) {
    World::Stranger& peer = world.join(seed, id, fast);
    peer.says.webtorrent_extended_handshake();
    if (fast) peer.says.have_none();
    peer.says.interested();
    world.say(peer);
    return peer;
  }
  Bytes content = pattern(500'000);
  Metainfo metainfo = torrent_of(content, 16 * KiB);
  World world;
  Node& seed = world.add_seed(metainfo, content);
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a first interested is unchoked at once, and its requests are answered with the bytes") {
  World::Stranger& peer = leecher();
  CHECK(peer.ear.count(14) == 1);
  CHECK(peer.ear.count(1) == 1);
  peer.says.request(3, 0, 16 * KiB).request(0, 100, 5'000);
  world.say(peer);
  world.run(100);
  REQUIRE(peer.ear.count(7) == 2);
  const Bytes& last = peer.ear.last(7)->payload;
  CHECK(equal(ByteSpan(last).subspan(8), ByteSpan(content).subspan(100, 5'000)));
}

TEST_CASE_FIXTURE(Fixture, "a request of 16 to 128 KiB is rejected, a longer one ends the link") {
  const Metainfo large = torrent_of(content, 256 * KiB);
  Node& node = world.add_seed(large, content);
  World::Stranger& peer = world.join(node, "-WW0300-greedygreedy");
  peer.says.webtorrent_extended_handshake().have_none().interested().request(0, 0, 17 * KiB).request(0, 0, 128 * KiB);
  world.say(peer);
  CHECK(peer.ear.count(16) == 2);
  CHECK(node.closed_why() == "open");
  peer.says.request(0, 0, 128 * KiB + 1);
  world.say(peer);
  CHECK(node.closed_why() == "request-too-long");
}

TEST_CASE_FIXTURE(Fixture, "request_out_of_range ends the link") {
  World::Stranger& peer = leecher();
  SUBCASE("piece") { peer.says.request(metainfo.piece_count(), 0, 16 * KiB); }
  SUBCASE("beyond the piece") { peer.says.request(0, 1, 16 * KiB); }
  SUBCASE("overflow") { peer.says.request(0, 0xffff'ffff, 2); }
  world.say(peer);
  CHECK(seed.closed_why() == "request-out-of-range");
}

TEST_CASE_FIXTURE(Fixture, "requests for pieces we have not are rejected, not fatal") {
  Node& empty = world.add_leecher(metainfo);
  World::Stranger& peer = world.join(empty, "-WW0300-leecherleech");
  peer.says.webtorrent_extended_handshake().have_none().interested().request(0, 0, 16 * KiB);
  world.say(peer);
  CHECK(peer.ear.count(1) == 1);
  CHECK(peer.ear.count(16) == 1);
  CHECK(empty.closed_why() == "open");
}

TEST_CASE_FIXTURE(Fixture, "the queue holds 256; beyond it Fast peers get a reject, others nothing; only a flood is fatal") {
  world.store_delay = seconds(3);  // nothing is served meanwhile
  const bool fast = true;
  World::Stranger& peer = leecher("-WW0300-hungryhungry", fast);
  for (std::uint32_t i = 0; i < limits::request_queue_max; ++i) peer.says.request(i % 20, 0, 16 * KiB);
  world.say(peer);
  CHECK(peer.ear.count(16) == 0);
  for (std::uint32_t i = 0; i < limits::request_flood_max; ++i) peer.says.request(i % 20, 0, 16 * KiB);
  world.say(peer);
  CHECK(peer.ear.count(16) == limits::request_flood_max);
  CHECK(seed.closed_why() == "open");
  peer.says.request(0, 0, 16 * KiB);
  world.say(peer);
  CHECK(seed.closed_why() == "request-flood");
}

TEST_CASE_FIXTURE(Fixture, "without Fast a request too many is ignored") {
  world.store_delay = seconds(3);
  World::Stranger& peer = leecher("-WW0300-hungryhungry", false);
  for (std::uint32_t i = 0; i < limits::request_queue_max + 100; ++i) peer.says.request(i % 20, 0, 16 * KiB);
  world.say(peer);
  CHECK(peer.ear.count(16) == 0);
  CHECK(seed.closed_why() == "open");
  world.run(10'000);
  CHECK(peer.ear.count(7) == limits::request_queue_max);
}

TEST_CASE_FIXTURE(Fixture, "a flood of requests while choked is fatal, a few are not") {
  World::Stranger& peer = world.join(seed, "-WW0300-rudeguestrud");
  peer.says.webtorrent_extended_handshake().have_none();
  for (std::uint32_t i = 0; i < 300; ++i) peer.says.request(0, 0, 16 * KiB);
  world.say(peer);
  CHECK(seed.closed_why() == "open");
  for (std::uint32_t i = 0; i < 1'000; ++i) peer.says.request(0, 0, 16 * KiB);
  world.say(peer);
  CHECK(seed.closed_why() == "request-flood");
}

TEST_CASE_FIXTURE(Fixture, "a cancelled request is not served") {
  World::Stranger& peer = leecher();
  peer.says.request(1, 0, 16 * KiB).request(2, 0, 16 * KiB).cancel(1, 0, 16 * KiB).cancel(9, 0, 16 * KiB);
  world.say(peer);
  world.run(100);
  CHECK(peer.ear.count(7) == 1);
  CHECK(peer.ear.last(7)->payload[3] == 2);
}

TEST_CASE_FIXTURE(Fixture, "a peer that asks and does not read costs bounded memory") {
  Node& busy = world.add_seed(metainfo, content);
  World::Stranger& peer = world.join(busy, "-WW0300-deafdeafdeaf");
  peer.node = &seed;  // its reports of drained buffers go nowhere
  peer.says.webtorrent_extended_handshake().have_none().interested();
  const auto say = [&] {
    busy.torrent.channel_bytes(world.now, peer.link, peer.says.take());
    world.after(busy);
  };
  for (std::uint32_t i = 0; i < 200; ++i) peer.says.request(i % 20, 0, 16 * KiB);
  say();
  world.run(5'000);
  CHECK(busy.torrent.uploaded_bytes() <= limits::send_water_mark_bytes + limits::send_bytes_max);
}

TEST_CASE_FIXTURE(Fixture, "a peer that never reads what it is told is dropped before that fills memory") {
  World::Stranger& peer = leecher();
  peer.node = &world.add(info_hash_of(9));  // nobody hears that its buffer drained
  const auto say = [&] {
    seed.torrent.channel_bytes(world.now, peer.link, peer.says.take());
    world.after(seed);
  };
  std::uint32_t rounds = 0;
  while (seed.closed_why() == "open" && rounds++ < 300) {
    for (std::uint32_t i = 0; i < 1'000; ++i) peer.says.request(0, 0, 16 * KiB);
    for (std::uint32_t i = 0; i < 1'000; ++i) peer.says.cancel(0, 0, 16 * KiB);
    say();
    world.run(limits::request_flood_window_ms);
  }
  CHECK(seed.closed_why() == "request-flood");
  CHECK(rounds > 20);
}

TEST_CASE_FIXTURE(Fixture, "duplicate_peer and self_connection") {
  World::Stranger& first = leecher("-SM0001-runrunSOCKET");
  SUBCASE("the same run over another socket: the later link goes") {
    World::Stranger& second = leecher("-SM0001-runrunTEKCOS");
    CHECK(seed.closed_why() == "duplicate-peer");
    CHECK(second.gone);
    CHECK_FALSE(first.gone);
  }
  SUBCASE("ourselves, by another socket") {
    World::Stranger& self = leecher(std::string(as_text(seed.self.bytes).substr(0, 14)) + "OTHERS");
    CHECK(self.gone);
    CHECK(seed.closed_why() == "self-connection");
  }
  SUBCASE("once the first is gone the peer may come again") {
    world.disconnect(seed, first.link);
    CHECK_FALSE(leecher("-SM0001-runrunTEKCOS").gone);
  }
}

TEST_CASE_FIXTURE(Fixture, "a torrent has only so many links") {
  for (std::uint32_t i = 0; i < limits::links_per_torrent_max; ++i) {
    CHECK_FALSE(world.join(seed, "-WW0300-peer" + std::to_string(10'000 + i)).link.none());
  }
  CHECK(world.join(seed, "-WW0300-onetoomany").link.none());
}

TEST_CASE_FIXTURE(Fixture, "metadata is served in parts, and refused while unknown") {
  World::Stranger& peer = leecher();
  peer.says.metadata_request(0);
  world.say(peer);
  CHECK(peer.ear.last(20)->payload.size() > metainfo.info.size());
  Node& unknowing = world.add(info_hash_of(7));
  World::Stranger& other = world.join(unknowing, "-WW0300-leecherleech");
  other.says.webtorrent_extended_handshake().metadata_request(0);
  world.say(other);
  const std::string answer(as_text(other.ear.last(20)->payload));
  CHECK(answer.find("msg_typei") != std::string::npos);
  CHECK(unknowing.closed_why() == "open");
}

TEST_CASE_FIXTURE(Fixture, "a real WebTorrent leecher at full speed is never scored") {
  // All requests for a piece at once, refilled at every block, no reqq obeyed, cancels and repeats.
  World::Stranger& peer = leecher();
  std::uint32_t next = 0;
  for (; next < 25; ++next) peer.says.request(next, 0, 16 * KiB);
  peer.reply = [&](World::Stranger& me, const FakeEar::Frame& frame) {
    if (frame.keep_alive || frame.id != 7 || next >= 3'000) return;
    me.says.request(next++ % 30, 0, 16 * KiB);
  };
  world.say(peer);
  REQUIRE(world.run(60'000, [&] { return peer.ear.count(7) == 3'000; }));
  CHECK(seed.closed_why() == "open");
}
