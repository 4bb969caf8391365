// Which blocks are asked for: begun pieces first, then the rarest, random among equals, then the end game.
#include <doctest/doctest.h>

#include <set>
#include <vector>

#include "swarm/picker.hpp"

using namespace samara;

namespace {

struct FakeView final : PickView {
  explicit FakeView(std::uint32_t pieces) : pieces_here(pieces) { pieces_here.set_all(); }
  [[nodiscard]] bool has(PieceIndex piece) const override { return pieces_here.test(piece.value); }
  [[nodiscard]] bool may_start(std::uint32_t) const override { return room; }
  [[nodiscard]] bool alone(PieceIndex piece) const override { return suspects.contains(piece); }
  [[nodiscard]] bool asked_here(const BlockAt& at) const override { return asked.contains(at); }
  [[nodiscard]] LinkId link() const override { return id; }

  Bitfield pieces_here;
  std::set<PieceIndex> suspects;
  std::set<BlockAt> asked;
  [[nodiscard]] std::uint32_t reach() const override { return reaches; }
  std::uint32_t reaches = limits::links_per_torrent_max;
  LinkId id{1};
  bool room = true;
};

struct Bench {
  Bench(std::uint32_t pieces, std::uint32_t blocks_per_piece, std::uint64_t seed = 7) : rng(seed) {
    assembly.set_geometry({std::uint64_t{pieces} * blocks_per_piece * limits::block_bytes, blocks_per_piece * limits::block_bytes});
    picker.reset(pieces, Bitfield(pieces), rng);
  }
  std::vector<BlockAt> pick(FakeView& view, std::uint32_t count) {
    std::vector<BlockAt> out;
    picker.pick(now, view, assembly, rng, count, out);
    view.asked.insert(out.begin(), out.end());
    return out;
  }
  Instant now = Instant{} + seconds(10);
  Rng rng;
  Picker picker;
  Assembly assembly;
};

}  // namespace

TEST_CASE("the rarest piece is begun first") {
  Bench bench(50, 1);
  for (std::uint32_t piece = 0; piece < 50; ++piece) {
    for (std::uint32_t links = 0; links < (piece == 31 ? 1U : piece == 17 ? 2U : 3U); ++links) bench.picker.more(PieceIndex{piece});
  }
  FakeView view(50);
  const auto picked = bench.pick(view, 2);
  REQUIRE(picked.size() == 2);
  CHECK(picked[0].piece == PieceIndex{31});
  CHECK(picked[1].piece == PieceIndex{17});
}

TEST_CASE("pieces that nobody has are not begun") {
  Bench bench(10, 1);
  bench.picker.more(PieceIndex{3});
  FakeView view(10);
  const auto picked = bench.pick(view, 10);
  REQUIRE(picked.size() == 1);
  CHECK(picked[0].piece == PieceIndex{3});
}

TEST_CASE("equals are picked in random order, the same for the same seed") {
  std::set<std::uint32_t> firsts;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::uint32_t first[2] = {};
    for (std::uint32_t& one : first) {
      Bench bench(100, 1, seed);
      for (std::uint32_t piece = 0; piece < 100; ++piece) bench.picker.more(PieceIndex{piece});
      FakeView view(100);
      one = bench.pick(view, 1)[0].piece.value;
    }
    CHECK(first[0] == first[1]);
    firsts.insert(first[0]);
  }
  CHECK(firsts.size() > 10);
}

TEST_CASE("availability order survives any sequence of changes") {
  constexpr std::uint32_t pieces = 60;
  Bench bench(pieces, 1);
  std::vector<std::uint32_t> counts(pieces);
  std::set<std::uint32_t> wanted;
  for (std::uint32_t piece = 0; piece < pieces; ++piece) wanted.insert(piece);
  Rng rng(99);
  for (std::uint32_t round = 0; round < 5'000; ++round) {
    const auto piece = static_cast<std::uint32_t>(rng.below(pieces));
    switch (rng.below(4)) {
      case 0:
        if (counts[piece] < limits::links_per_torrent_max) bench.picker.more(PieceIndex{piece}), ++counts[piece];
        break;
      case 1:
        if (counts[piece] > 0) bench.picker.less(PieceIndex{piece}), --counts[piece];
        break;
      case 2:
        bench.picker.taken(PieceIndex{piece});
        wanted.erase(piece);
        break;
      default:
        bench.picker.wanted(PieceIndex{piece});
        wanted.insert(piece);
    }
    std::uint32_t startable = 0;
    for (const std::uint32_t one : wanted) startable += counts[one] > 0 ? 1U : 0U;
    REQUIRE(bench.picker.startable() == startable);
  }
  FakeView view(pieces);
  std::uint32_t before = 1;
  for (const BlockAt& at : bench.pick(view, pieces)) {
    CHECK(wanted.contains(at.piece.value));
    CHECK(counts[at.piece.value] >= before);
    before = counts[at.piece.value];
  }
}

TEST_CASE("a begun piece is finished before another is begun") {
  Bench bench(4, 8);
  for (std::uint32_t piece = 0; piece < 4; ++piece) bench.picker.more(PieceIndex{piece});
  FakeView first(4);
  const auto some = bench.pick(first, 3);
  FakeView second(4);
  second.id = LinkId{2};
  const auto rest = bench.pick(second, 5);
  REQUIRE(rest.size() == 5);
  for (const BlockAt& at : rest) CHECK(at.piece == some[0].piece);
}

TEST_CASE("a piece that was bad is asked of one link alone") {
  Bench bench(1, 8);
  bench.picker.more(PieceIndex{0});
  FakeView owner(1);
  owner.suspects.insert(PieceIndex{0});
  CHECK(bench.pick(owner, 3).size() == 3);
  FakeView other(1);
  other.id = LinkId{2};
  bench.now = bench.now + seconds(100);
  CHECK(bench.pick(other, 8).empty());
  CHECK(bench.pick(owner, 8).size() == 5);
}

TEST_CASE("no memory, no new piece") {
  Bench bench(4, 2);
  for (std::uint32_t piece = 0; piece < 4; ++piece) bench.picker.more(PieceIndex{piece});
  FakeView view(4);
  view.room = false;
  CHECK(bench.pick(view, 8).empty());
  CHECK_FALSE(bench.picker.endgame_at());
}

TEST_CASE("in the end game a block is asked of a second link after a while, never of a third, the last one first") {
  Bench bench(1, 8);
  bench.picker.more(PieceIndex{0});
  FakeView first(1);
  CHECK(bench.pick(first, 8).size() == 8);
  FakeView second(1);
  second.id = LinkId{2};
  CHECK(bench.pick(second, 8).empty());
  REQUIRE(bench.picker.endgame_at());
  CHECK(*bench.picker.endgame_at() == bench.now + milliseconds(limits::endgame_patience_ms));
  bench.now = *bench.picker.endgame_at();
  const auto again = bench.pick(second, 3);
  REQUIRE(again.size() == 3);
  CHECK(again[0].block == 7);
  CHECK(again[2].block == 5);
  CHECK(bench.pick(first, 8).empty());
  FakeView third(1);
  third.id = LinkId{3};
  bench.now = bench.now + seconds(10);
  for (const BlockAt& at : bench.pick(third, 8)) CHECK(at.block < 5);
}

TEST_CASE("playback_window_bytes: what a reader needs comes first and in order, begun or not; then the rarest as ever") {
  Bench bench(40, 2);
  for (std::uint32_t piece = 0; piece < 40; ++piece) bench.picker.more(PieceIndex{piece});
  FakeView view(40);
  bench.pick(view, 1);  // half of some piece, as random as ever
  bench.picker.set_window(10, 14);
  view.pieces_here.reset(12);
  const auto picked = bench.pick(view, 8);
  REQUIRE(picked.size() == 8);
  const std::vector<BlockAt> first{{PieceIndex{10}, 0}, {PieceIndex{10}, 1}, {PieceIndex{11}, 0},
                                   {PieceIndex{11}, 1}, {PieceIndex{13}, 0}, {PieceIndex{13}, 1}};
  CHECK(std::vector<BlockAt>(picked.begin(), picked.begin() + 6) == first);
  CHECK(picked[6].block == 1);  // the begun one is finished before another begins
  CHECK((picked[7].piece < PieceIndex{10} || picked[7].piece >= PieceIndex{14}));
}

TEST_CASE("a reader's window waits for memory: nothing else is begun instead") {
  Bench bench(10, 1);
  for (std::uint32_t piece = 0; piece < 10; ++piece) bench.picker.more(PieceIndex{piece});
  FakeView view(10);
  bench.picker.set_window(3, 5);
  view.room = false;
  CHECK(bench.pick(view, 4).empty());
  view.room = true;
  CHECK(bench.pick(view, 1)[0].piece == PieceIndex{3});
}

TEST_CASE("pieces that more links have than a link reaches are left to those, begun or not, unless a reader waits") {
  Bench bench(4, 2);
  for (std::uint32_t piece = 0; piece < 4; ++piece) bench.picker.more(PieceIndex{piece});
  for (const std::uint32_t piece : {1U, 2U}) bench.picker.more(PieceIndex{piece});
  CHECK(bench.picker.startable_beyond(1) == 2);
  FakeView partner(4);
  partner.id = LinkId{2};
  partner.pieces_here = Bitfield(4);
  partner.pieces_here.set(1);
  CHECK(bench.pick(partner, 1).size() == 1);  // half of piece 1
  FakeView complete(4);
  complete.reaches = 1;
  for (const BlockAt& at : bench.pick(complete, 8)) CHECK((at.piece == PieceIndex{0} || at.piece == PieceIndex{3}));
  bench.picker.set_window(2, 3);
  CHECK(bench.pick(complete, 8).size() == 2);
  bench.now = bench.now + seconds(10);  // the end is near, and still
  CHECK(bench.pick(complete, 8).empty());
  complete.reaches = limits::links_per_torrent_max;
  CHECK(bench.pick(complete, 8).size() == 2);
}
