// A sealed torrent between two nodes: large pieces go through in slices, the head comes first, what changed is not served.
#include <doctest/doctest.h>

#include "unit/swarm_rig.hpp"
#include "vectors/share_v1.hpp"

using namespace samara;
using namespace samara::test;

namespace {

/// A share in memory: 100 bytes of header, then content.
struct Sealed {
  Bytes content;
  std::shared_ptr<const SealedContent> seal;
  Metainfo metainfo;
};

Sealed sealed_of(std::size_t content_bytes, std::uint32_t piece_bytes) {
  const Key32 key = Key32::from(Bytes(32, 3)).value();
  const Bytes header(100, 9);
  const SealGeometry geometry{padme(header.size() + content_bytes), piece_bytes};
  Sealed out;
  out.content = vectors::lcg(5, content_bytes);
  out.seal = std::make_shared<const SealedContent>(key, geometry, header, content_bytes);
  Bytes body = header;
  body.insert(body.end(), out.content.begin(), out.content.end());
  body.resize(static_cast<std::size_t>(geometry.padded_bytes));
  out.metainfo = torrent_of(vectors::seal_all(ChunkSeal(key, geometry), body), piece_bytes);
  return out;
}

Node& add_seed(World& world, const Sealed& share) {
  Node& node = world.add(share.metainfo.info_hash);
  node.disk = share.content;
  node.torrent.set_metainfo(world.now, share.metainfo);
  node.torrent.set_seal(share.seal);
  node.torrent.open_content(world.now, BlobId{1}, all_of(share.metainfo));
  world.after(node);
  return node;
}

Node& add_leecher(World& world, const Sealed& share) {
  Node& node = world.add(share.metainfo.info_hash);
  node.torrent.set_metainfo(world.now, share.metainfo);
  node.torrent.set_seal(share.seal);
  node.disk.assign(share.content.size(), 0);
  node.torrent.open_content(world.now, BlobId{1}, Bitfield(share.metainfo.piece_count()));
  world.after(node);
  return node;
}

}  // namespace

TEST_CASE("sealed pieces of every size arrive as plaintext; large ones are sealed and opened in slices") {
  for (const std::uint32_t piece_bytes : {16 * KiB, 64 * KiB, 1024 * KiB, 4096 * KiB, 16'384 * KiB}) {
    CAPTURE(piece_bytes);
    World world;
    const Sealed share = sealed_of(3 * 1024 * KiB + 12'345, piece_bytes);
    Node& seed = add_seed(world, share);
    Node& leecher = add_leecher(world, share);
    world.connect(seed, leecher);
    REQUIRE(world.run(60'000, [&] { return leecher.torrent.complete(); }));
    CHECK(leecher.disk == share.content);
    CHECK(leecher.count(TorrentEvent::Kind::stored) == share.metainfo.piece_count());
    CHECK(leecher.partial_bytes_peak <= limits::partial_bytes_max);
  }
}

TEST_CASE("the head is fetched alone and kept; with the seal the rest follows and the head is not fetched again") {
  World world;
  const Sealed share = sealed_of(500'000, 16 * KiB);
  Node& seed = add_seed(world, share);
  Node& leecher = world.add(share.metainfo.info_hash);
  leecher.torrent.set_metainfo(world.now, share.metainfo);
  leecher.torrent.open_head(world.now, 2);
  world.after(leecher);
  world.connect(seed, leecher);
  REQUIRE(world.run(10'000, [&] { return leecher.count(TorrentEvent::Kind::head) == 2; }));
  world.run(20'000);
  CHECK(leecher.torrent.head(PieceIndex{0}).size() == 16 * KiB);
  CHECK(leecher.torrent.head(PieceIndex{2}).empty());
  CHECK(leecher.torrent.downloaded_bytes() == 32 * KiB);
  CHECK_FALSE(leecher.torrent.wants());
  CHECK(leecher.closed_why() == "open");
  leecher.torrent.open_head(world.now, 3);
  world.after(leecher);
  REQUIRE(world.run(10'000, [&] { return leecher.count(TorrentEvent::Kind::head) == 3; }));
  leecher.torrent.set_seal(share.seal);
  leecher.disk.assign(share.content.size(), 0);
  leecher.torrent.open_content(world.now, BlobId{1}, Bitfield(share.metainfo.piece_count()));
  world.after(leecher);
  REQUIRE(world.run(10'000, [&] { return leecher.torrent.complete(); }));
  CHECK(leecher.disk == share.content);
  CHECK(leecher.torrent.downloaded_bytes() == share.metainfo.bytes);
}

TEST_CASE("stored bytes that are not what was hashed are never sent: source_changed, everybody is choked") {
  World world;
  const Sealed share = sealed_of(300'000, 16 * KiB);
  Node& seed = add_seed(world, share);
  seed.disk[200'000] ^= 1;
  Node& leecher = add_leecher(world, share);
  world.connect(seed, leecher);
  world.run(5'000);
  CHECK(seed.count(TorrentEvent::Kind::source_changed) == 1);
  CHECK(leecher.count(TorrentEvent::Kind::verified) < share.metainfo.piece_count());
  const std::uint64_t received = leecher.torrent.downloaded_bytes();
  world.run(60'000);
  CHECK(leecher.torrent.downloaded_bytes() == received);
}

TEST_CASE("a verified piece that does not open ends the download: bad_content, no more is asked for") {
  World world;
  Sealed share = sealed_of(300'000, 16 * KiB);
  Node& seed = add_seed(world, share);
  const Key32 other = Key32::from(Bytes(32, 4)).value();
  const Sealed wrong{share.content, std::make_shared<const SealedContent>(other, share.seal->geometry(), Bytes(100, 9), 300'000), share.metainfo};
  Node& leecher = add_leecher(world, wrong);
  world.connect(seed, leecher);
  world.run(5'000);
  CHECK(leecher.count(TorrentEvent::Kind::bad_content) == 1);
  CHECK(leecher.count(TorrentEvent::Kind::stored) == 0);
  CHECK(leecher.writes == 0);
}

TEST_CASE("a reader's place in the content is found among sealed pieces") {
  World world;
  const Sealed share = sealed_of(2'000'000, 16 * KiB);
  Node& seed = add_seed(world, share);
  Node& leecher = add_leecher(world, share);
  world.connect(seed, leecher, Wire{1, 200'000});
  world.run(100);
  leecher.torrent.set_playhead(world.now, 1'500'000);
  world.after(leecher);
  const PieceIndex piece = share.seal->piece_at(1'500'000);
  REQUIRE(world.run(4'000, [&] { return leecher.torrent.have().test(piece.value); }));
  CHECK(leecher.torrent.stored_bytes() < 1'000'000);
}
