// The swarm layer as a whole: torrents that find each other, share, fail and recover.
#include <doctest/doctest.h>

#include "unit/swarm_rig.hpp"

using namespace samara;
using namespace samara::test;
using Kind = TorrentEvent::Kind;

TEST_CASE("a magnet leecher gets metadata, content and becomes a seeder") {
  const Bytes content = pattern(1'000'000);
  const Metainfo metainfo = torrent_of(content, 64 * KiB);
  World world;
  Node& seed = world.add_seed(metainfo, content);
  Node& leecher = world.add(metainfo.info_hash);
  CHECK(leecher.torrent.wants());
  world.connect(seed, leecher);
  REQUIRE(world.run(2'000, [&] { return leecher.torrent.metainfo() != nullptr; }));
  CHECK(leecher.count(Kind::metadata) == 1);
  CHECK(leecher.torrent.metainfo()->info == metainfo.info);
  world.open_empty(leecher);
  REQUIRE(world.run(5'000, [&] { return leecher.torrent.complete(); }));
  CHECK(leecher.disk == content);
  CHECK(leecher.count(Kind::verified) == metainfo.piece_count());
  CHECK(leecher.count(Kind::stored) == metainfo.piece_count());
  CHECK(leecher.count(Kind::complete) == 1);
  CHECK(leecher.count(Kind::first_byte) == 1);
  CHECK(leecher.torrent.downloaded_bytes() == content.size());
  CHECK(seed.torrent.uploaded_bytes() == content.size());
  REQUIRE(world.run(1'000, [&] { return seed.count(Kind::peer_complete) == 1; }));
  CHECK(leecher.shared.partial_bytes == 0);
}

TEST_CASE("two magnet-only peers help each other once one of them has the metadata") {
  const Bytes content = pattern(200'000);
  const Metainfo metainfo = torrent_of(content, 16 * KiB);
  World world;
  Node& a = world.add(metainfo.info_hash);
  Node& b = world.add(metainfo.info_hash);
  world.connect(a, b);
  world.run(1'000);
  Node& seed = world.add_seed(metainfo, content);
  world.connect(seed, a);
  REQUIRE(world.run(3'000, [&] { return b.torrent.metainfo() != nullptr; }));
}

TEST_CASE("two leechers of a slow seeder share what they have") {
  const Bytes content = pattern(4'000'000);
  const Metainfo metainfo = torrent_of(content, 64 * KiB);
  World world;
  Node& seed = world.add_seed(metainfo, content);
  Node& a = world.add_leecher(metainfo);
  Node& b = world.add_leecher(metainfo);
  world.connect(seed, a, {10, 400'000});
  world.connect(seed, b, {10, 400'000});
  world.connect(a, b, {10, 4'000'000});
  REQUIRE(world.run(60'000, [&] { return a.torrent.complete() && b.torrent.complete(); }));
  CHECK(a.disk == content);
  CHECK(b.disk == content);
  // Not two full copies: what one has, the other gets from it.
  CHECK(seed.torrent.uploaded_bytes() < content.size() * 3 / 2);
  CHECK(a.torrent.uploaded_bytes() + b.torrent.uploaded_bytes() > content.size() / 2);
}

TEST_CASE("empty and tiny torrents") {
  World world;
  SUBCASE("no bytes: complete at once") {
    const Metainfo metainfo = torrent_of({}, 16 * KiB);
    Node& seed = world.add_seed(metainfo, {});
    CHECK(seed.torrent.complete());
    CHECK(seed.count(Kind::complete) == 1);
    Node& leecher = world.add(metainfo.info_hash);
    world.connect(seed, leecher);
    REQUIRE(world.run(2'000, [&] { return leecher.torrent.metainfo() != nullptr; }));
    world.open_empty(leecher);
    CHECK(leecher.torrent.complete());
    CHECK_FALSE(leecher.torrent.wants());
  }
  SUBCASE("one byte") {
    const Bytes content{42};
    const Metainfo metainfo = torrent_of(content, 16 * KiB);
    Node& seed = world.add_seed(metainfo, content);
    Node& leecher = world.add_leecher(metainfo);
    world.connect(seed, leecher);
    REQUIRE(world.run(2'000, [&] { return leecher.torrent.complete(); }));
    CHECK(leecher.disk == content);
  }
}

TEST_CASE("a small torrent is asked for in one go, right after the unchoke") {
  const Bytes content = pattern(1024 * KiB);
  const Metainfo metainfo = torrent_of(content, 64 * KiB);
  World world;
  Node& leecher = world.add_leecher(metainfo);
  World::Stranger& peer = world.join(leecher, "-WW0300-strangerrrrr");
  peer.says.webtorrent_extended_handshake(1'000).have_all();
  world.say(peer);
  CHECK(peer.ear.count(2) == 1);  // interested, promptly
  CHECK(peer.ear.count(6) == 0);
  peer.says.unchoke();
  world.say(peer);
  CHECK(peer.ear.count(6) == 64);
}

TEST_CASE("our pieces are told once, when there are some to tell of, and a late bitfield is fine") {
  const Bytes content = pattern(300'000);
  const Metainfo metainfo = torrent_of(content, 16 * KiB);
  World world;
  Node& leecher = world.add(metainfo.info_hash);
  World::Stranger& peer = world.join(leecher, "-WW0300-strangerrrrr");
  peer.says.webtorrent_extended_handshake();
  world.say(peer);
  CHECK(peer.ear.count(15) == 0);
  leecher.torrent.set_metainfo(world.now, metainfo);
  world.after(leecher);
  CHECK(peer.ear.count(15) == 0);
  CHECK(peer.ear.count(20) == 2 + 1);  // extended handshake twice, and one request for metadata
  world.open_empty(leecher);
  CHECK(peer.ear.count(15) == 1);
  world.open_empty(leecher);
  CHECK(peer.ear.count(15) == 1);
  peer.says.unchoke().interested().not_interested().have_all();
  world.say(peer);
  CHECK(peer.ear.count(2) == 1);
  CHECK(peer.ear.count(6) > 0);
  CHECK(leecher.closed_why() == "open");
}

TEST_CASE("what is written is a few large messages under the water mark") {
  const Bytes content = pattern(2'000'000);
  const Metainfo metainfo = torrent_of(content, 256 * KiB);
  World world;
  Node& seed = world.add_seed(metainfo, content);
  Node& leecher = world.add_leecher(metainfo);
  world.connect(seed, leecher, {20, 4'000'000});
  REQUIRE(world.run(10'000, [&] { return leecher.torrent.complete(); }));
  CHECK(seed.sends < content.size() / limits::send_bytes_max * 3 / 2 + 10);
  CHECK(seed.reads == 8);
}

TEST_CASE("a long fat pipe is kept full: pipeline follows rate and round trip") {
  const Bytes content = pattern(8'000'000);
  const Metainfo metainfo = torrent_of(content, 128 * KiB);
  World world;
  Node& seed = world.add_seed(metainfo, content);
  Node& leecher = world.add_leecher(metainfo);
  world.connect(seed, leecher, {100, 4'000'000});
  const Instant start = world.now;
  REQUIRE(world.run(20'000, [&] { return leecher.torrent.complete(); }));
  CHECK(world.now - start < milliseconds(3'000));  // 2 s of bytes, and a handful of round trips
}

TEST_CASE("an upload limit is kept and shared") {
  const Bytes content = pattern(600'000);
  const Metainfo metainfo = torrent_of(content, 16 * KiB);
  Config config;
  config.upload_bytes_per_second = 100'000;
  World world;
  Node& seed = world.add_seed(metainfo, content, config);
  Node& a = world.add_leecher(metainfo);
  Node& b = world.add_leecher(metainfo);
  world.connect(seed, a);
  world.connect(seed, b);
  world.run(3'000);
  CHECK(seed.torrent.uploaded_bytes() <= 4 * 100'000 + limits::block_bytes);
  CHECK(seed.torrent.uploaded_bytes() > 3 * 100'000 - limits::block_bytes * 2);
  CHECK(a.torrent.stored_bytes() > 0);
  CHECK(b.torrent.stored_bytes() > 0);
}

TEST_CASE("a download limit is kept") {
  const Bytes content = pattern(600'000);
  const Metainfo metainfo = torrent_of(content, 16 * KiB);
  Config config;
  config.download_bytes_per_second = 100'000;
  World world;
  Node& seed = world.add_seed(metainfo, content);
  Node& leecher = world.add_leecher(metainfo, config);
  world.connect(seed, leecher);
  world.run(3'000);
  CHECK(leecher.torrent.downloaded_bytes() <= 4 * 100'000 + limits::block_bytes);
  CHECK(leecher.torrent.downloaded_bytes() > 2 * 100'000);
  REQUIRE(world.run(10'000, [&] { return leecher.torrent.complete(); }));
}

TEST_CASE("at most the upload slots are unchoked, everybody gets a turn, and all finish") {
  const Bytes content = pattern(1'500'000);
  const Metainfo metainfo = torrent_of(content, 16 * KiB);
  Config config;
  config.upload_bytes_per_second = 60'000;
  World world;
  Node& seed = world.add_seed(metainfo, content, config);
  std::vector<World::Stranger*> peers;
  for (std::uint32_t i = 0; i < 12; ++i) {
    peers.push_back(&world.join(seed, "-WW0300-leecher" + std::to_string(1000 + i)));
    peers.back()->says.webtorrent_extended_handshake().have_none().interested();
    world.say(*peers.back());
  }
  const auto unchoked = [](const World::Stranger& peer) { return peer.ear.count(1) - peer.ear.count(0); };
  std::size_t now_unchoked = 0;
  for (const auto* peer : peers) now_unchoked += unchoked(*peer);
  CHECK(now_unchoked == limits::upload_slots);
  for (std::uint32_t round = 0; round < 30; ++round) {
    world.run(limits::choke_round_ms);
    now_unchoked = 0;
    for (auto* peer : peers) now_unchoked += unchoked(*peer);
    CHECK(now_unchoked == limits::upload_slots);
    for (auto* peer : peers) {
      peer->says.keep_alive();
      world.say(*peer);
    }
  }
  std::size_t ever = 0;
  for (const auto* peer : peers) ever += peer->ear.count(1) > 0 ? 1U : 0U;
  CHECK(ever == 12);
}

TEST_CASE("pause closes and refuses links, keeps bytes; resume goes on") {
  const Bytes content = pattern(1'000'000);
  const Metainfo metainfo = torrent_of(content, 16 * KiB);
  World world;
  Node& seed = world.add_seed(metainfo, content);
  Node& leecher = world.add_leecher(metainfo);
  world.connect(seed, leecher, {10, 400'000});
  REQUIRE(world.run(5'000, [&] { return leecher.torrent.stored_bytes() > 300'000; }));
  leecher.torrent.pause(world.now);
  world.after(leecher);
  CHECK(leecher.count(Kind::link_closed) == 1);
  CHECK_FALSE(leecher.torrent.wants());
  world.run(1'000);
  CHECK(leecher.shared.partial_bytes == 0);
  const std::uint64_t kept = leecher.torrent.stored_bytes();
  CHECK(world.connect(leecher, seed).first.none());
  leecher.torrent.resume(world.now);
  world.connect(seed, leecher);
  REQUIRE(world.run(5'000, [&] { return leecher.torrent.complete(); }));
  CHECK(leecher.disk == content);
  CHECK(leecher.torrent.downloaded_bytes() < content.size() + 200'000);
  CHECK(kept > 0);
}

TEST_CASE("without seeding nothing is served, and links that are of no use to anyone are closed") {
  const Bytes content = pattern(100'000);
  const Metainfo metainfo = torrent_of(content, 16 * KiB);
  World world;
  Node& seed = world.add_seed(metainfo, content);
  seed.torrent.set_seeding(world.now, false);
  Node& leecher = world.add_leecher(metainfo);
  world.connect(seed, leecher);
  world.run(limits::link_useless_ms - 100);
  CHECK(seed.torrent.uploaded_bytes() == 0);
  CHECK(leecher.closed_why() == "open");
  world.run(1'000);
  CHECK(seed.closed_why() == "link-idle");
}

TEST_CASE("two seeders part after a while") {
  const Bytes content = pattern(100'000);
  const Metainfo metainfo = torrent_of(content, 16 * KiB);
  World world;
  Node& a = world.add_seed(metainfo, content);
  Node& b = world.add_seed(metainfo, content);
  world.connect(a, b);
  world.run(limits::link_useless_ms - 100);
  CHECK(a.torrent.links().size() == 1);
  world.run(1'000);
  CHECK(a.torrent.links().empty());
  CHECK(b.torrent.links().empty());
}

TEST_CASE("links tell their client by its id, never by its own words") {
  const Metainfo metainfo = torrent_of(pattern(100), 16 * KiB);
  World world;
  Node& node = world.add_leecher(metainfo);
  for (const char* id : {"-WW0300-aaaaaaaaaaaa", "-SM0001-bbbbbbbbbbbb", "<script>alert(1)</s>", "-WW<b>0-cccccccccccc"}) {
    world.say(world.join(node, id));
  }
  const auto links = node.torrent.links();
  REQUIRE(links.size() == 4);
  CHECK(links[0].client == "WebTorrent 0300");
  CHECK(links[1].client == "Samara 0001");
  CHECK(links[2].client == "unknown");
  CHECK(links[3].client == "WebTorrent");
}

TEST_CASE("the same world twice gives the same story") {
  const auto story = [] {
    const Bytes content = pattern(1'000'000);
    const Metainfo metainfo = torrent_of(content, 16 * KiB);
    World world;
    Node& seed = world.add_seed(metainfo, content);
    Node& a = world.add_leecher(metainfo);
    Node& b = world.add_leecher(metainfo);
    world.connect(seed, a, {10, 300'000});
    world.connect(seed, b, {15, 200'000});
    world.connect(a, b, {5, 1'000'000});
    world.run(60'000, [&] { return a.torrent.complete() && b.torrent.complete(); });
    std::vector<std::uint64_t> values{static_cast<std::uint64_t>(world.now.us), seed.sends, a.sends, b.sends};
    for (const TorrentEvent& event : a.events) values.push_back(event.value);
    return values;
  };
  CHECK(story() == story());
}
