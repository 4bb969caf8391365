// Fetching the info dictionary: one assembly, many links, liars and the unwilling.
#include <doctest/doctest.h>

#include <set>

#include "hostile/fake_peer.hpp"
#include "swarm/metadata.hpp"

using namespace samara;
using namespace samara::test;

namespace {

struct Fetch {
  /// Answers one ask as an honest peer would.
  bool answer(const MetadataFetch::Ask& ask, const Bytes& info) {
    const std::size_t start = std::size_t{ask.piece} * limits::metadata_piece_bytes;
    const std::size_t size = std::min<std::size_t>(limits::metadata_piece_bytes, info.size() - start);
    return fetch.data(now, ask.link, ask.piece, static_cast<std::uint32_t>(info.size()), ByteSpan(info).subspan(start, size));
  }
  Instant now = Instant{} + seconds(10);
  MetadataFetch fetch;
};

const Bytes info = pattern(70'000);  // five parts
const auto info_bytes = static_cast<std::uint32_t>(info.size());

}  // namespace

TEST_CASE("all parts are asked at once, spread over the links, each once") {
  Fetch f;
  f.fetch.offer(LinkId{1}, info_bytes);
  f.fetch.offer(LinkId{2}, info_bytes);
  const auto asks = f.fetch.plan(f.now);
  REQUIRE(asks.size() == 5);
  std::set<std::uint32_t> pieces;
  std::size_t first = 0;
  for (const auto& ask : asks) {
    pieces.insert(ask.piece);
    first += ask.link == LinkId{1} ? 1U : 0U;
  }
  CHECK(pieces.size() == 5);
  CHECK(first == 3);
  CHECK(f.fetch.plan(f.now).empty());
  for (std::size_t i = 0; i < 5; ++i) CHECK(f.answer(asks[i], info) == (i == 4));
  CHECK(equal(f.fetch.bytes(), info));
}

TEST_CASE("a link that told no size is asked for part 0, and its answer tells the size") {
  Fetch f;
  f.fetch.offer(LinkId{1}, std::nullopt);
  auto asks = f.fetch.plan(f.now);
  REQUIRE(asks.size() == 1);
  CHECK(asks[0].piece == 0);
  CHECK_FALSE(f.answer(asks[0], info));
  asks = f.fetch.plan(f.now);
  CHECK(asks.size() == 4);
  bool done = false;
  for (const auto& ask : asks) done = f.answer(ask, info);
  CHECK(done);
}

TEST_CASE("a part that does not come is asked of another link") {
  Fetch f;
  f.fetch.offer(LinkId{1}, info_bytes);
  CHECK(f.fetch.plan(f.now).size() == 5);
  f.fetch.offer(LinkId{2}, info_bytes);
  CHECK(f.fetch.plan(f.now).empty());
  const auto due = f.fetch.deadline(f.now);
  REQUIRE(due);
  f.now = *due;
  const auto asks = f.fetch.plan(f.now);
  CHECK(asks.size() == 5);
  for (const auto& ask : asks) CHECK(ask.link == LinkId{2});
}

TEST_CASE("three rejects, and the link is left alone for a minute; a new offer forgives") {
  Fetch f;
  f.fetch.offer(LinkId{1}, std::nullopt);
  for (std::uint32_t i = 0; i < limits::metadata_rejects_max; ++i) {
    const auto asks = f.fetch.plan(f.now);
    REQUIRE(asks.size() == 1);
    f.fetch.rejected(f.now, LinkId{1}, 0);
    CHECK(f.fetch.plan(f.now).empty());
    f.now = f.now + milliseconds(limits::metadata_retry_ms);
  }
  CHECK(f.fetch.plan(f.now).empty());
  CHECK_FALSE(f.fetch.promising(f.now));
  f.fetch.offer(LinkId{1}, info_bytes);
  CHECK(f.fetch.promising(f.now));
  CHECK(f.fetch.plan(f.now).size() == 5);
}

TEST_CASE("what nobody asked for is not taken") {
  Fetch f;
  CHECK_FALSE(f.fetch.data(f.now, LinkId{9}, 0, 100, Bytes(100)));
  f.fetch.offer(LinkId{1}, 100);
  CHECK_FALSE(f.fetch.data(f.now, LinkId{1}, 0, 100, Bytes(100)));  // before the ask
  CHECK(f.fetch.plan(f.now).size() == 1);
  CHECK_FALSE(f.fetch.data(f.now, LinkId{1}, 1, 100, Bytes(100)));
  CHECK_FALSE(f.fetch.data(f.now, LinkId{1}, 0, limits::metadata_bytes_max + 1, Bytes(100)));
}

TEST_CASE("one assembly, and one size at a time: a liar's size does not stop the honest") {
  Fetch f;
  f.fetch.offer(LinkId{1}, 40'000);  // wrong
  const auto lies = f.fetch.plan(f.now);
  CHECK(lies.size() == 3);
  f.fetch.offer(LinkId{2}, info_bytes);
  f.fetch.offer(LinkId{3}, info_bytes);
  bool done = false;
  for (const auto& ask : lies) done = f.answer(ask, Bytes(40'000, 7));
  REQUIRE(done);
  CHECK(f.fetch.failed() == std::vector<LinkId>{LinkId{1}});
  const auto asks = f.fetch.plan(f.now);
  REQUIRE(asks.size() == 5);
  for (const auto& ask : asks) {
    CHECK(ask.link == asks[0].link);  // after a failure: all from one, so that it can be blamed
    CHECK(ask.link != LinkId{1});
    done = f.answer(ask, info);
  }
  CHECK(done);
}

TEST_CASE("a size whose link falls silent is given up for another") {
  Fetch f;
  f.fetch.offer(LinkId{1}, 40'000);
  static_cast<void>(f.fetch.plan(f.now));
  f.fetch.offer(LinkId{2}, info_bytes);
  CHECK(f.fetch.plan(f.now).empty());
  const auto due = f.fetch.deadline(f.now);
  REQUIRE(due);
  f.now = *due;
  const auto asks = f.fetch.plan(f.now);
  REQUIRE(asks.size() == 5);
  CHECK(asks[0].link == LinkId{2});
}

TEST_CASE("when the link that told the size goes, the others are heard") {
  Fetch f;
  f.fetch.offer(LinkId{1}, 40'000);
  f.fetch.offer(LinkId{2}, info_bytes);
  static_cast<void>(f.fetch.plan(f.now));
  f.fetch.remove(LinkId{1});
  const auto asks = f.fetch.plan(f.now);
  REQUIRE(asks.size() == 5);
  CHECK(asks[0].link == LinkId{2});
}
