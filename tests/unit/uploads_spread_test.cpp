// In which order several links that want the same are served, and how torrents share a limit.
#include <doctest/doctest.h>

#include <vector>

#include "swarm/shared_limit.hpp"
#include "swarm/spread.hpp"

using namespace samara;

namespace {
constexpr Instant start = Instant{} + seconds(50);
constexpr LinkId a{1};
constexpr LinkId b{2};
}  // namespace

TEST_CASE("a piece is of whoever was sent it first, until that link is gone") {
  Spread spread;
  spread.gave(PieceIndex{3}, a);
  CHECK_FALSE(spread.begun_for_other(PieceIndex{3}, b));  // nothing is remembered before there are several
  spread.begin(10);
  spread.gave(PieceIndex{3}, a);
  spread.gave(PieceIndex{3}, b);
  CHECK(spread.begun_for_other(PieceIndex{3}, b));
  CHECK_FALSE(spread.begun_for_other(PieceIndex{3}, a));
  CHECK_FALSE(spread.begun_for_other(PieceIndex{4}, a));
  spread.removed(a);
  CHECK_FALSE(spread.begun_for_other(PieceIndex{3}, b));
}

TEST_CASE("what one link alone was sent and another comes to have was passed on, once") {
  Spread spread;
  spread.begin(10);
  CHECK(spread.gave(PieceIndex{3}, a));
  CHECK(spread.passed_on(PieceIndex{3}, a).none());  // its own word
  CHECK(spread.passed_on(PieceIndex{4}, b).none());
  CHECK(spread.passed_on(PieceIndex{3}, b) == a);
  CHECK(spread.passed_on(PieceIndex{3}, LinkId{3}).none());
  // Sent to two: nobody can tell who gave it to a third.
  CHECK(spread.gave(PieceIndex{5}, a));
  CHECK_FALSE(spread.gave(PieceIndex{5}, b));
  CHECK(spread.passed_on(PieceIndex{5}, LinkId{3}).none());
}

TEST_CASE("elsewhere_ms: a link is told to have other sources only by pieces that we did not send") {
  Elsewhere link;
  CHECK_FALSE(link.lately(start));
  link.has_more(start, 1'000, 1'000);
  link.has_more(start, 1'000, 2'000);
  CHECK_FALSE(link.lately(start));
  link.has_more(start, 1'000, 2'000);
  CHECK(link.lately(start));
  CHECK(link.lately(start + milliseconds(limits::elsewhere_ms - 1)));
  CHECK_FALSE(link.lately(start + milliseconds(limits::elsewhere_ms)));
  // Ours again: no news from elsewhere.
  link.has_more(start + seconds(10), 1'000, 3'000);
  CHECK_FALSE(link.lately(start + seconds(10)));
  link.has_more(start + seconds(11), 1'000, 3'000);
  CHECK(link.lately(start + seconds(11)));
}

TEST_CASE("a shared limit goes round: whoever was refused comes before whoever asks again") {
  SharedLimit limit(TokenBucket(1'000));
  constexpr TorrentId first{1};
  constexpr TorrentId second{2};
  constexpr TorrentId third{3};
  Instant now = start;
  CHECK(limit.take(now, first, 1'000));
  CHECK_FALSE(limit.take(now, first, 500));
  CHECK_FALSE(limit.take(now, second, 500));
  CHECK_FALSE(limit.take(now, third, 500));
  std::vector<std::uint32_t> served;
  for (int i = 0; i < 6; ++i) {
    now = now + milliseconds(500);
    for (const TorrentId torrent : {first, second, third}) {
      if (limit.take(now, torrent, 500)) served.push_back(torrent.value);
    }
    static_cast<void>(limit.take(now, first, 500));  // wants more at once
  }
  for (const std::uint32_t torrent : {1U, 2U, 3U}) CHECK(std::ranges::count(served, torrent) == 2);
  CHECK(limit.retry_at(now, 500) > now);
}

TEST_CASE("a torrent that wants nothing of a shared limit any more is in nobody's way") {
  SharedLimit limit(TokenBucket(1'000));
  CHECK(limit.take(start, TorrentId{1}, 1'000));
  CHECK_FALSE(limit.take(start, TorrentId{1}, 100));
  CHECK_FALSE(limit.take(start, TorrentId{2}, 100));
  CHECK_FALSE(limit.take(start + seconds(1), TorrentId{2}, 100));
  limit.leave(TorrentId{1});
  CHECK(limit.take(start + seconds(1), TorrentId{2}, 100));
  SharedLimit none(TokenBucket(0));
  CHECK_FALSE(none.limited());
  CHECK(none.take(start, TorrentId{1}, 1'000'000));
}
