// What goes wrong with honest peers and stores: chokes, rejects, silence, disk trouble, the end game.
#include <doctest/doctest.h>

#include "unit/swarm_rig.hpp"

using namespace samara;
using namespace samara::test;
using Kind = TorrentEvent::Kind;

namespace {

BlockRef block_of(const FakeEar::Frame& frame) {
  const auto u32 = [&](std::size_t at) {
    return static_cast<std::uint32_t>(frame.payload[at]) << 24 | static_cast<std::uint32_t>(frame.payload[at + 1]) << 16 |
           static_cast<std::uint32_t>(frame.payload[at + 2]) << 8 | frame.payload[at + 3];
  };
  return {u32(0), u32(4), u32(8)};
}

/// A stranger that has everything and unchokes; what it does with requests is up to the test.
World::Stranger& join_seed(World& world, Node& node, const std::string& id, bool fast = true) {
  World::Stranger& peer = world.join(node, id, fast);
  peer.says.webtorrent_extended_handshake();
  if (fast) {
    peer.says.have_all();
  } else {
    Bitfield all(node.torrent.metainfo()->piece_count());
    all.set_all();
    peer.says.bitfield(all.wire());
  }
  peer.says.unchoke();
  return peer;
}

void answer(World::Stranger& peer, const BlockRef& block, const Metainfo& metainfo, const Bytes& content) {
  const std::size_t start = std::size_t{block.piece} * metainfo.piece_bytes + block.offset;
  peer.says.piece(block.piece, block.offset, ByteSpan(content).subspan(start, block.bytes));
}

struct Fixture {
  Bytes content = pattern(400'000);
  Metainfo metainfo = torrent_of(content, 64 * KiB);
  World world;
  Node& leecher = world.add_leecher(metainfo);
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "end game: what a silent link keeps is asked of another, and cancelled when it comes") {
  World::Stranger& silent = join_seed(world, leecher, "-WW0300-silentsilent");
  world.say(silent);
  CHECK(silent.ear.count(6) == 25);  // everything
  Node& seed = world.add_seed(metainfo, content);
  world.connect(seed, leecher);
  const Instant start = world.now;
  REQUIRE(world.run(3'000, [&] { return leecher.torrent.complete(); }));
  CHECK(world.now - start < milliseconds(limits::endgame_patience_ms + 500));
  CHECK(leecher.disk == content);
  CHECK(silent.ear.count(8) == 25);
  // What it sends after the cancel is no offence.
  for (std::size_t i = 0; i < silent.ear.frames.size(); ++i) {
    if (silent.ear.frames[i].id == 6) answer(silent, block_of(silent.ear.frames[i]), metainfo, content);
  }
  world.say(silent);
  CHECK(leecher.closed_why() == "open");
  CHECK(leecher.torrent.downloaded_bytes() == content.size());
}

TEST_CASE_FIXTURE(Fixture, "a link that falls silent keeps nobody waiting, and counts again when it wakes") {
  World::Stranger& sleepy = join_seed(world, leecher, "-WW0300-sleepysleepy");
  world.say(sleepy);
  std::vector<BlockRef> asked;
  for (const auto& frame : sleepy.ear.frames) {
    if (frame.id == 6) asked.push_back(block_of(frame));
  }
  CHECK_FALSE(world.run(limits::block_timeout_min_ms + 10));
  for (const BlockRef& block : asked) answer(sleepy, block, metainfo, content);
  world.say(sleepy);
  REQUIRE(world.run(100, [&] { return leecher.torrent.complete(); }));
  CHECK(sleepy.ear.count(6) == 25);
}

TEST_CASE_FIXTURE(Fixture, "a snubbing link is asked again, for little, and is not dropped") {
  World::Stranger& silent = join_seed(world, leecher, "-WW0300-silentsilent");
  world.say(silent);
  world.run(limits::snub_timeout_ms + 100);
  CHECK(silent.ear.count(8) == 25);
  CHECK(silent.ear.count(6) == 25 + limits::pipeline_blocks_min);
  CHECK(leecher.closed_why() == "open");
  // The same blocks, late: all are taken, none is an offence.
  const auto frames = silent.ear.frames;
  for (const auto& frame : frames) {
    if (frame.id == 6) answer(silent, block_of(frame), metainfo, content);
  }
  world.say(silent);
  REQUIRE(world.run(100, [&] { return leecher.torrent.complete(); }));
}

TEST_CASE_FIXTURE(Fixture, "a choke without Fast loses the requests; they are asked again after the unchoke") {
  World::Stranger& peer = join_seed(world, leecher, "-XX0300-plainplainpl", false);
  world.say(peer);
  CHECK(peer.ear.count(6) == 25);
  peer.says.choke();
  world.say(peer);
  CHECK(leecher.torrent.served());  // choked just now
  peer.says.unchoke();
  peer.reply = [&](World::Stranger& me, const FakeEar::Frame& frame) {
    if (frame.id == 6 && me.answered > 30) answer(me, block_of(frame), metainfo, content);
  };
  world.say(peer);
  CHECK(peer.ear.count(6) == 50);
  world.run(1'000);
  CHECK(leecher.closed_why() == "open");
}

TEST_CASE_FIXTURE(Fixture, "a choke with Fast: rejected blocks go to the link that does not choke") {
  World::Stranger& peer = join_seed(world, leecher, "-WW0300-fastfastfast");
  world.say(peer);
  Node& seed = world.add_seed(metainfo, content);
  world.connect(seed, leecher);
  peer.says.choke();
  for (const auto& frame : peer.ear.frames) {
    if (frame.id != 6) continue;
    const BlockRef block = block_of(frame);
    peer.says.reject(block.piece, block.offset, block.bytes);
  }
  world.say(peer);
  const Instant start = world.now;
  REQUIRE(world.run(1'000, [&] { return leecher.torrent.complete(); }));
  CHECK(world.now - start < milliseconds(200));
}

TEST_CASE_FIXTURE(Fixture, "rejects do not make request and reject chase each other, and lacking pieces are believed") {
  World::Stranger& peer = join_seed(world, leecher, "-WW0300-rejectreject");
  peer.reply = [&](World::Stranger& me, const FakeEar::Frame& frame) {
    if (frame.id != 6) return;
    const BlockRef block = block_of(frame);
    me.says.reject(block.piece, block.offset, block.bytes);
  };
  world.say(peer);
  world.run(60'000);
  CHECK(peer.ear.count(6) < 200);
  CHECK(leecher.closed_why() == "open");
  Node& seed = world.add_seed(metainfo, content);
  world.connect(seed, leecher);
  REQUIRE(world.run(2'000, [&] { return leecher.torrent.complete(); }));
}

TEST_CASE_FIXTURE(Fixture, "dont-have takes a piece back") {
  World::Stranger& peer = world.join(leecher, "-WW0300-strangerrrrr");
  peer.says.webtorrent_extended_handshake().have_all();
  world.say(peer);
  CHECK(peer.ear.count(2) == 1);
  for (std::uint32_t piece = 0; piece < metainfo.piece_count(); ++piece) peer.says.dont_have(piece);
  world.say(peer);
  CHECK(peer.ear.count(3) == 1);
  CHECK_FALSE(leecher.torrent.links()[0].useful);
}

TEST_CASE_FIXTURE(Fixture, "writing fails: reported once, nothing more is asked, resume goes on") {
  leecher.write_status = StoreStatus::full;
  Node& seed = world.add_seed(metainfo, content);
  world.connect(seed, leecher);
  world.run(3'000);
  REQUIRE(leecher.count(Kind::store_failed) == 1);
  CHECK(std::ranges::find(leecher.events, Kind::store_failed, &TorrentEvent::kind)->status == StoreStatus::full);
  CHECK(leecher.torrent.stored_bytes() == 0);
  CHECK_FALSE(leecher.torrent.wants());
  CHECK(leecher.shared.partial_bytes == 0);
  const std::uint64_t sent = seed.torrent.uploaded_bytes();
  world.run(3'000);
  CHECK(seed.torrent.uploaded_bytes() == sent);
  leecher.write_status = StoreStatus::ok;
  leecher.torrent.resume(world.now);
  world.after(leecher);
  if (leecher.torrent.links().empty()) world.connect(seed, leecher);
  REQUIRE(world.run(5'000, [&] { return leecher.torrent.complete(); }));
  CHECK(leecher.disk == content);
}

TEST_CASE_FIXTURE(Fixture, "reading fails: reported once, nobody is served wrong bytes") {
  Node& seed = world.add_seed(metainfo, content);
  seed.read_status = StoreStatus::lost;
  world.connect(seed, leecher);
  world.run(3'000);
  REQUIRE(seed.count(Kind::store_failed) == 1);
  CHECK(seed.torrent.uploaded_bytes() == 0);
  CHECK(leecher.torrent.downloaded_bytes() == 0);
}

TEST_CASE_FIXTURE(Fixture, "stored comes before have and complete, and only what is stored is announced") {
  world.store_delay = seconds(5);
  Node& seed = world.add_seed(metainfo, content);
  World::Stranger& watcher = world.join(leecher, "-WW0300-watcherwatch");
  watcher.says.webtorrent_extended_handshake().have_none();
  world.say(watcher);
  world.connect(seed, leecher);
  REQUIRE(world.run(8'000, [&] { return leecher.count(Kind::verified) == metainfo.piece_count(); }));
  CHECK(watcher.ear.count(4) == 0);
  CHECK(leecher.torrent.stored_bytes() == 0);
  REQUIRE(world.run(8'000, [&] { return leecher.torrent.complete(); }));
  CHECK(watcher.ear.count(4) == metainfo.piece_count());
}

TEST_CASE_FIXTURE(Fixture, "a lost link's blocks are asked of the others") {
  Node& seed = world.add_seed(metainfo, content);
  const auto links = world.connect(seed, leecher, {10, 100'000});
  world.run(500);
  World::Stranger& silent = join_seed(world, leecher, "-WW0300-silentsilent");
  world.say(silent);
  Node& other = world.add_seed(metainfo, content);
  world.connect(other, leecher, {10, 100'000});
  world.run(300);
  world.disconnect(leecher, links.second);
  REQUIRE(world.run(15'000, [&] { return leecher.torrent.complete(); }));
  CHECK(leecher.disk == content);
}

TEST_CASE_FIXTURE(Fixture, "content of a source is only read") {
  Node& node = world.add(metainfo.info_hash);
  node.torrent.set_metainfo(world.now, metainfo);
  node.disk.assign(content.size(), 0);
  node.torrent.open_content(world.now, BlobId{0x8000'0001}, Bitfield(metainfo.piece_count()));
  world.after(node);
  CHECK_FALSE(node.torrent.wants());
  Node& seed = world.add_seed(metainfo, content);
  world.connect(seed, node);
  world.run(2'000);
  CHECK(node.writes == 0);
}

TEST_CASE("memory for begun pieces stays under its limit, however large the pieces") {
  const Bytes content = pattern(40 * 1024 * KiB);
  const Metainfo metainfo = torrent_of(content, 8 * 1024 * KiB);
  World world;
  world.store_delay = milliseconds(200);
  Node& leecher = world.add_leecher(metainfo);
  for (std::uint32_t i = 0; i < 3; ++i) world.connect(world.add_seed(metainfo, content), leecher, {10, 20'000'000});
  REQUIRE(world.run(30'000, [&] { return leecher.torrent.complete(); }));
  CHECK(leecher.disk == content);
  CHECK(leecher.partial_bytes_peak <= limits::partial_bytes_max);
  CHECK(leecher.partial_bytes_peak >= 16 * 1024 * KiB);
}

TEST_CASE_FIXTURE(Fixture, "begun pieces nobody is asked for give their memory back") {
  World::Stranger& peer = join_seed(world, leecher, "-WW0300-goesawaygoes");
  world.say(peer);
  const auto frames = peer.ear.frames;
  std::uint32_t blocks = 0;
  for (const auto& frame : frames) {
    if (frame.id == 6 && blocks++ < 2) answer(peer, block_of(frame), metainfo, content);
  }
  world.say(peer);
  CHECK(leecher.shared.partial_bytes > 0);
  world.disconnect(leecher, peer.link);
  world.run(limits::partial_stale_ms + 1'000);
  CHECK(leecher.shared.partial_bytes == 0);
  world.connect(world.add_seed(metainfo, content), leecher);
  REQUIRE(world.run(2'000, [&] { return leecher.torrent.complete(); }));
}
