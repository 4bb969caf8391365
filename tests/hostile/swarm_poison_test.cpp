// Peers that give wrong bytes: pieces and metadata. The good peers go on, the bad ones are known and banned.
#include <doctest/doctest.h>

#include "unit/swarm_rig.hpp"

using namespace samara;
using namespace samara::test;
using Kind = TorrentEvent::Kind;

namespace {

std::uint32_t u32_at(const FakeEar::Frame& frame, std::size_t at) {
  return static_cast<std::uint32_t>(frame.payload[at]) << 24 | static_cast<std::uint32_t>(frame.payload[at + 1]) << 16 |
         static_cast<std::uint32_t>(frame.payload[at + 2]) << 8 | frame.payload[at + 3];
}

struct Fixture {
  /// A seeder that spoils the blocks for which `spoils` says so.
  World::Stranger& poisoner(Node& node, const std::string& id, std::function<bool(const BlockRef&)> spoils) {
    World::Stranger& peer = world.join(node, id);
    peer.says.webtorrent_extended_handshake().have_all().unchoke();
    peer.reply = [this, spoils = std::move(spoils)](World::Stranger& me, const FakeEar::Frame& frame) {
      if (frame.keep_alive || frame.id != 6) return;
      const BlockRef block{u32_at(frame, 0), u32_at(frame, 4), u32_at(frame, 8)};
      const std::size_t start = std::size_t{block.piece} * metainfo.piece_bytes + block.offset;
      Bytes bytes = to_bytes(ByteSpan(content).subspan(start, block.bytes));
      if (spoils(block)) bytes[7] ^= 0x20;
      me.says.piece(block.piece, block.offset, bytes);
    };
    return peer;
  }
  Bytes content = pattern(1'000'000);
  Metainfo metainfo = torrent_of(content, 64 * KiB);
  World world;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "piece_bad_hash: a peer that alone gives bad pieces is banned, the good one completes") {
  Node& leecher = world.add_leecher(metainfo);
  World::Stranger& evil = poisoner(leecher, "-WW0300-evilevilevil", [](const BlockRef&) { return true; });
  world.say(evil);
  Node& seed = world.add_seed(metainfo, content);
  world.connect(seed, leecher, {5, 2'000'000});
  REQUIRE(world.run(20'000, [&] { return leecher.torrent.complete(); }));
  CHECK(leecher.disk == content);
  CHECK(evil.gone);
  CHECK(leecher.closed_why() == "piece-bad-hash");
  SUBCASE("peer_banned: it is refused when it comes again") {
    world.say(world.join(leecher, "-WW0300-evilevilevil"));
    CHECK(leecher.closed_why() == "peer-banned");
  }
  SUBCASE("and not for ever") {
    world.run(std::int64_t{limits::ban_s} * 1'000);
    const std::uint32_t before = leecher.count(Kind::link_up);
    world.say(world.join(leecher, "-WW0300-evilevilevil"));
    CHECK(leecher.count(Kind::link_up) == before + 1);
  }
}

TEST_CASE_FIXTURE(Fixture, "smart ban: one bad block in a piece of many is traced to its giver") {
  content = pattern(4'000'000);  // more than is asked ahead of the seed, or nothing is left for the other
  metainfo = torrent_of(content, 64 * KiB);
  Node& leecher = world.add_leecher(metainfo);
  // Both start together, so that pieces are mixed; the evil one spoils the first block of each.
  Node& seed = world.add_seed(metainfo, content);
  world.connect(seed, leecher, {5, 1'000'000});
  world.run(30);
  std::uint32_t good = 0;
  std::uint32_t bad = 0;
  World::Stranger& evil = poisoner(leecher, "-WW0300-evilevilevil", [&](const BlockRef& block) {
    ++(block.offset == 0 ? bad : good);
    return block.offset == 0;
  });
  world.say(evil);
  REQUIRE(world.run(30'000, [&] { return leecher.torrent.complete(); }));
  REQUIRE(bad > 0);
  REQUIRE(good > 0);
  CHECK(leecher.disk == content);
  CHECK(evil.gone);
  CHECK(leecher.torrent.links().size() == 1);  // the good one is still there
}

TEST_CASE_FIXTURE(Fixture, "one flipped bit once is one strike: an honest peer with a bad cable stays") {
  Node& leecher = world.add_leecher(metainfo);
  bool spoiled = false;
  World::Stranger& unlucky = poisoner(leecher, "-WW0300-unluckyunluc", [&](const BlockRef&) { return !std::exchange(spoiled, true); });
  world.say(unlucky);
  REQUIRE(world.run(20'000, [&] { return leecher.torrent.complete(); }));
  CHECK_FALSE(unlucky.gone);
  CHECK(leecher.disk == content);
}

TEST_CASE_FIXTURE(Fixture, "piece_not_requested: blocks nobody asked for are no payload, and too many end the link") {
  Node& leecher = world.add_leecher(metainfo);
  World::Stranger& pusher = world.join(leecher, "-WW0300-pusherpusher");
  pusher.says.webtorrent_extended_handshake().have_all();
  for (std::uint32_t i = 0; i < limits::unasked_pieces_max; ++i) pusher.says.piece(0, 0, ByteSpan(content).first(16 * KiB));
  world.say(pusher);
  CHECK(leecher.closed_why() == "open");
  CHECK(leecher.torrent.links()[0].received_bytes == 0);
  CHECK(leecher.count(Kind::first_byte) == 0);
  pusher.says.piece(0, 0, ByteSpan(content).first(16 * KiB));
  world.say(pusher);
  CHECK(leecher.closed_why() == "piece-not-requested");
}

TEST_CASE_FIXTURE(Fixture, "wrong metadata: dropped whole, the honest link is asked, the liar banned when it insists") {
  Node& leecher = world.add(metainfo.info_hash);
  World::Stranger& liar = world.join(leecher, "-WW0300-liarliarliar");
  const Bytes lie = pattern(static_cast<std::uint32_t>(metainfo.info.size()), 99);
  liar.says.webtorrent_extended_handshake(static_cast<std::uint32_t>(lie.size()));
  liar.reply = [&](World::Stranger& me, const FakeEar::Frame& frame) {
    if (frame.keep_alive || frame.id != 20 || frame.payload[0] == 0) return;
    me.says.metadata_data(0, static_cast<std::uint32_t>(lie.size()), lie);
  };
  world.say(liar);
  SUBCASE("alone: banned after its strikes") {
    world.run(10'000);
    CHECK(leecher.closed_why() == "metainfo-hash-mismatch");
    CHECK(leecher.torrent.metainfo() == nullptr);
  }
  SUBCASE("with an honest link") {
    world.connect(world.add_seed(metainfo, content), leecher);
    REQUIRE(world.run(10'000, [&] { return leecher.torrent.metainfo() != nullptr; }));
    CHECK(leecher.torrent.metainfo()->info == metainfo.info);
  }
}

TEST_CASE_FIXTURE(Fixture, "metadata that matches the infohash but breaks our rules is hopeless, and said so") {
  const std::string_view text = "d6:lengthi5e4:name1:a12:piece lengthi7e6:pieces20:aaaaaaaaaaaaaaaaaaaae";
  const Bytes info = to_bytes(as_bytes(text));
  InfoHash hash;
  hash.bytes = sha1(info);
  Node& leecher = world.add(hash);
  World::Stranger& peer = world.join(leecher, "-WW0300-honesthonest");
  peer.says.webtorrent_extended_handshake(static_cast<std::uint32_t>(info.size()));
  peer.reply = [&](World::Stranger& me, const FakeEar::Frame& frame) {
    if (frame.id == 20 && frame.payload[0] != 0) me.says.metadata_data(0, static_cast<std::uint32_t>(info.size()), info);
  };
  world.say(peer);
  world.run(1'000);
  REQUIRE(leecher.count(Kind::metadata_invalid) == 1);
  CHECK(leecher.closed_why() == "metadata-invalid");
  CHECK_FALSE(leecher.torrent.wants());
}
