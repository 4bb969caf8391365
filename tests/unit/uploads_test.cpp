// Whose requests are kept, who is unchoked, and what of the store is kept for them.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "swarm/read_cache.hpp"
#include "swarm/uploads.hpp"

using namespace samara;

namespace {
constexpr Instant start = Instant{} + seconds(50);
BlockRef block(std::uint32_t n) { return {n, 0, limits::block_bytes}; }
}  // namespace

TEST_CASE("a request queue holds what we advertise as reqq and no more") {
  UploadQueue queue;
  for (std::uint32_t i = 0; i < limits::request_queue_max; ++i) CHECK(queue.push(start, block(i)));
  CHECK_FALSE(queue.push(start, block(9'999)));
  CHECK(queue.cancel(block(3)));
  CHECK_FALSE(queue.cancel(block(3)));
  CHECK(queue.push(start, block(9'999)));
  CHECK(queue.waiting().front().block == block(0));
}

TEST_CASE("request_flood: too many refused requests in a window, never over a longer time") {
  UploadQueue fast;
  for (std::uint32_t i = 0; i < limits::request_flood_max; ++i) CHECK_FALSE(fast.refused(start));
  CHECK(fast.refused(start + milliseconds(limits::request_flood_window_ms - 1)));
  UploadQueue slow;
  Instant now = start;
  for (std::uint32_t i = 0; i < 3 * limits::request_flood_max; ++i) {
    CHECK_FALSE(slow.refused(now));
    now = now + milliseconds(limits::request_flood_window_ms / limits::request_flood_max + 1);
  }
}

TEST_CASE("fewer interested links than slots: all are unchoked, the others are not") {
  Choker choker;
  Rng rng(1);
  const std::vector<ChokeCandidate> links{{LinkId{1}, 5, true, false}, {LinkId{2}, 9, false, true}, {LinkId{3}, 0, true, false}};
  CHECK(choker.round(links, 8, rng) == std::vector<LinkId>{LinkId{1}, LinkId{3}});
}

TEST_CASE("the fastest keep their slots; one optimistic slot moves every third round") {
  Choker choker;
  Rng rng(3);
  std::vector<ChokeCandidate> links;
  for (std::uint32_t i = 1; i <= 12; ++i) links.push_back({LinkId{i}, i <= 3 ? 1'000U * i : 0U, true, false});
  std::set<LinkId> optimistic;
  LinkId before{};
  for (std::uint32_t round = 0; round < 30; ++round) {
    const std::vector<LinkId> chosen = choker.round(links, 4, rng);
    REQUIRE(chosen.size() == 4);
    for (std::uint32_t i = 1; i <= 3; ++i) CHECK(std::ranges::binary_search(chosen, LinkId{i}));
    const LinkId extra = *std::ranges::find_if(chosen, [](LinkId link) { return link.value > 3; });
    if (round % limits::optimistic_rounds != 0) CHECK(extra == before);
    if (round != 0 && round % limits::optimistic_rounds == 0) CHECK(extra != before);
    before = extra;
    optimistic.insert(extra);
  }
  CHECK(optimistic.size() > 3);
  choker.removed(before);
  std::erase_if(links, [&](const ChokeCandidate& link) { return link.link == before; });
  CHECK(choker.round(links, 4, rng).size() == 4);
}

TEST_CASE("who takes and gives nothing comes after those of whom nothing is known, and is not left out where there is room") {
  Choker choker;
  Rng rng(5);
  std::vector<ChokeCandidate> links;
  for (std::uint32_t i = 1; i <= 6; ++i) links.push_back({LinkId{i}, 0, true, i <= 3, i <= 3});
  const std::vector<LinkId> chosen = choker.round(links, 4, rng);
  for (std::uint32_t i = 4; i <= 6; ++i) CHECK(std::ranges::binary_search(chosen, LinkId{i}));
  CHECK(choker.round(links, 6, rng).size() == 6);
}

TEST_CASE("while we need others to give, those that keep share the optimistic slot, even where slots are free") {
  Choker choker;
  Rng rng(7);
  std::vector<ChokeCandidate> links;
  for (std::uint32_t i = 1; i <= 6; ++i) links.push_back({LinkId{i}, 0, true, false, i > 2, i > 2});
  std::set<LinkId> turns;
  for (std::uint32_t round = 0; round < 30; ++round) {
    const std::vector<LinkId> chosen = choker.round(links, 8, rng);
    REQUIRE(chosen.size() == 3);
    CHECK(chosen[0] == LinkId{1});
    CHECK(chosen[1] == LinkId{2});
    turns.insert(chosen[2]);
  }
  CHECK(turns.size() == 4);
}

TEST_CASE("read units: aligned, found again, the least recently used goes first") {
  ReadCache cache;
  Bytes scratch;
  constexpr std::uint32_t unit = limits::read_unit_bytes;
  constexpr std::uint32_t fit = limits::read_cache_bytes / unit;
  for (std::uint32_t i = 0; i < fit; ++i) {
    CHECK(cache.begin({PieceIndex{i}, 0}, unit));
    CHECK(cache.state({PieceIndex{i}, 0}) == ReadCache::State::reading);
  }
  CHECK_FALSE(cache.begin({PieceIndex{fit}, 0}, unit));  // all are being read
  for (std::uint32_t i = 0; i < fit; ++i) cache.arrived({PieceIndex{i}, 0}, Bytes(unit, static_cast<std::uint8_t>(i)));
  CHECK(cache.reads() == 0);
  REQUIRE(cache.block({0, 0, 10}, scratch));
  CHECK(cache.begin({PieceIndex{fit}, 0}, unit));
  CHECK(cache.state({PieceIndex{0}, 0}) == ReadCache::State::here);
  CHECK(cache.state({PieceIndex{1}, 0}) == ReadCache::State::absent);
  cache.failed({PieceIndex{fit}, 0});
  CHECK(cache.reads() == 0);
  CHECK(cache.state({PieceIndex{fit}, 0}) == ReadCache::State::absent);
}

TEST_CASE("a block across two units is put together") {
  ReadCache cache;
  Bytes scratch;
  constexpr std::uint32_t unit = limits::read_unit_bytes;
  const BlockRef across{0, unit - 100, 300};
  CHECK(cache.first_unit(across).unit == 0);
  CHECK(cache.last_unit(across).unit == 1);
  cache.begin({PieceIndex{0}, 0}, unit);
  cache.arrived({PieceIndex{0}, 0}, Bytes(unit, 1));
  CHECK_FALSE(cache.block(across, scratch));
  cache.begin({PieceIndex{0}, 1}, unit);
  cache.arrived({PieceIndex{0}, 1}, Bytes(unit, 2));
  const auto bytes = cache.block(across, scratch);
  REQUIRE(bytes);
  CHECK(bytes->size() == 300);
  CHECK((*bytes)[99] == 1);
  CHECK((*bytes)[100] == 2);
}
