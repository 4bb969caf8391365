// Assembling pieces, and finding out who gave the bad block.
#include <doctest/doctest.h>

#include "hostile/fake_peer.hpp"
#include "swarm/verify.hpp"

using namespace samara;
using namespace samara::test;

namespace {

constexpr Instant now = Instant{} + seconds(10);
const PeerKey good = PeerKey::of(peer_id_of("-WW0300-goodgoodgood"));
const PeerKey evil = PeerKey::of(peer_id_of("-WW0300-evilevilevil"));

struct Piece {
  explicit Piece(Bytes bytes) : content(std::move(bytes)) {
    assembly.set_geometry({content.size(), 64 * 1024});
    assembly.start(now, PieceIndex{0}, {});
  }
  void put(std::uint32_t block, const PeerKey& source, bool spoiled = false) {
    const BlockRef ref = assembly.geometry().ref({PieceIndex{0}, block});
    Bytes bytes = to_bytes(ByteSpan(content).subspan(ref.offset, ref.bytes));
    if (spoiled) bytes[bytes.size() / 2] ^= 1;
    assembly.put(now, {PieceIndex{0}, block}, bytes, source);
  }
  Partial& partial() { return *assembly.find(PieceIndex{0}); }
  Bytes content;
  Assembly assembly;
};

}  // namespace

TEST_CASE("SHA-1 follows contiguous blocks whatever their order, in bounded steps") {
  Piece piece(pattern(60'000));
  for (const std::uint32_t block : {3U, 1U}) piece.put(block, good);
  piece.assembly.hash(piece.partial(), 100);
  CHECK(piece.partial().hashed_blocks == 0);
  piece.put(0, good);
  piece.assembly.hash(piece.partial(), 1);
  CHECK(piece.partial().hashed_blocks == 1);
  piece.assembly.hash(piece.partial(), 100);
  CHECK(piece.partial().hashed_blocks == 2);
  piece.put(2, good);
  CHECK(piece.partial().complete());
  CHECK_FALSE(piece.partial().hashed());
  piece.assembly.hash(piece.partial(), 100);
  REQUIRE(piece.partial().hashed());
  CHECK(piece.partial().sha.finish() == sha1(piece.content));
  CHECK(equal(piece.partial().span(), piece.content));
}

TEST_CASE("free blocks are those neither here nor asked, through any order of events") {
  Piece piece(pattern(60'000));
  Assembly& assembly = piece.assembly;
  const auto at = [](std::uint32_t block) { return BlockAt{PieceIndex{0}, block}; };
  CHECK(assembly.free_blocks() == 4);
  assembly.asked(now, at(0));
  assembly.asked(now, at(0));
  assembly.asked(now, at(1));
  CHECK(assembly.free_blocks() == 2);
  assembly.unasked(at(0));
  CHECK(assembly.free_blocks() == 2);
  piece.put(0, good);
  assembly.unasked(at(0));
  CHECK(assembly.free_blocks() == 2);
  piece.put(2, good);  // unasked for (late)
  CHECK(assembly.free_blocks() == 1);
  assembly.unasked(at(1));
  CHECK(assembly.free_blocks() == 2);
  piece.put(2, good);
  CHECK(piece.partial().missing_blocks == 2);
  CHECK(assembly.bytes() == 60'000);
  assembly.drop(PieceIndex{0});
  CHECK(assembly.free_blocks() == 0);
  CHECK(assembly.bytes() == 0);
}

TEST_CASE("a bad piece from one peer alone is that peer's") {
  Piece piece(pattern(60'000));
  for (std::uint32_t block = 0; block < 4; ++block) piece.put(block, evil, block == 2);
  Verify verify(1);
  CHECK(verify.failed(PieceIndex{0}, piece.partial()) == evil);
  CHECK_FALSE(verify.suspect(PieceIndex{0}));
  CHECK(verify.blamed(PieceIndex{0}, evil));
  CHECK_FALSE(verify.blamed(PieceIndex{0}, good));
}

TEST_CASE("a bad piece from several is fetched from one alone, and then the guilty one is known") {
  Piece bad(pattern(60'000));
  for (std::uint32_t block = 0; block < 4; ++block) bad.put(block, block == 2 ? evil : good, block == 2);
  Verify verify(1);
  CHECK_FALSE(verify.failed(PieceIndex{0}, bad.partial()));
  CHECK(verify.suspect(PieceIndex{0}));
  Piece right(pattern(60'000));
  for (std::uint32_t block = 0; block < 4; ++block) right.put(block, good);
  CHECK(verify.passed(PieceIndex{0}, right.partial()) == std::vector<PeerKey>{evil});
  CHECK_FALSE(verify.suspect(PieceIndex{0}));
  CHECK(verify.passed(PieceIndex{0}, right.partial()).empty());
}

TEST_CASE("only so many bad pieces are remembered") {
  Piece bad(pattern(60'000));
  for (std::uint32_t block = 0; block < 4; ++block) bad.put(block, block == 2 ? evil : good, block == 2);
  Verify verify(1);
  std::uint32_t remembered = 0;
  for (std::uint32_t i = 0; i < 100; ++i) static_cast<void>(verify.failed(PieceIndex{i}, bad.partial()));
  for (std::uint32_t i = 0; i < 100; ++i) remembered += verify.suspect(PieceIndex{i}) ? 1U : 0U;
  CHECK(remembered == limits::suspect_pieces_max);
}
