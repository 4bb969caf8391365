// One tracker's clockwork: back-off, silence, spacing and spreading.
#include <doctest/doctest.h>

#include "signal/tracker.hpp"
#include "unit/signal_rig.hpp"

using namespace samara;
using namespace samara::signal_test;

namespace {
constexpr Instant start = Instant{} + seconds(1);

/// Loses a socket that never opened; the pause in ms.
std::int64_t lose(Tracker& tracker, Instant now, bool wanted, Rng& rng) {
  tracker.connect(now, SocketId{1}, {});
  tracker.lost(now, wanted, rng);
  return (tracker.retry_at() - now).us / 1'000;
}

/// Drawn from a half to three quarters of the pause.
bool within(std::int64_t value, std::int64_t pause) { return value >= pause / 2 && value <= pause * 3 / 4; }
}  // namespace

TEST_CASE("a trailing slash does not make another tracker") {
  CHECK(tracker_key("wss://a.example/") == "wss://a.example");
  CHECK(tracker_key("wss://a.example/path") == "wss://a.example/path");
}

TEST_CASE("local trackers are told by their host") {
  for (const auto* url : {"ws://localhost:8000", "ws://127.0.0.1:8000/x", "ws://[::1]:80", "wss://192.168.1.5", "wss://box.local/a",
                          "wss://10.0.0.1:443", "ws://user@127.0.0.1"}) {
    CAPTURE(url);
    CHECK(is_local_tracker(url));
  }
  for (const auto* url : {"wss://tracker.example", "wss://8.8.8.8", "wss://localhost.example", "127.0.0.1", "wss://127.0.0.1.example"}) {
    CAPTURE(url);
    CHECK_FALSE(is_local_tracker(url));
  }
}

TEST_CASE("reconnects after 0.5, 1, 2, 5 s with jitter while wanted, and does not get slower") {
  Rng rng(3);
  Tracker tracker("ws://x", start);
  for (const std::int64_t ms : {500, 1'000, 2'000, 5'000, 5'000, 5'000}) {
    CHECK(within(lose(tracker, start + seconds(600), true, rng), ms));
  }
}

TEST_CASE("unwanted and after two minutes the pauses double up to 60 s") {
  Rng rng(3);
  Tracker tracker("ws://x", start);
  for (const std::int64_t ms : {500, 1'000, 2'000, 5'000, 5'000}) CHECK(within(lose(tracker, start + seconds(119), false, rng), ms));
  Tracker old("ws://x", start);
  for (const std::int64_t ms : {500, 1'000, 2'000, 5'000, 10'000, 20'000, 40'000, 60'000, 60'000}) {
    CHECK(within(lose(old, start + seconds(121), false, rng), ms));
  }
}

TEST_CASE("a socket that opens and closes without a word does not start the back-off over") {
  Rng rng(3);
  Tracker tracker("ws://x", start);
  for (const std::int64_t ms : {500, 1'000, 2'000}) {
    tracker.connect(start, SocketId{1}, {});
    tracker.opened(start);
    tracker.lost(start, true, rng);
    CHECK(within((tracker.retry_at() - start).us / 1'000, ms));
  }
  tracker.connect(start, SocketId{1}, {});
  tracker.opened(start);
  tracker.good_frame();
  tracker.lost(start, true, rng);
  CHECK(within((tracker.retry_at() - start).us / 1'000, 500));
}

TEST_CASE("what is announced in a burst comes back spread over 0.1 … 0.95 of the interval, and from then on after 0.95") {
  Rng rng(3);
  Tracker tracker("ws://x", start);
  tracker.set_interval(100);
  Instant least = start + seconds(1'000);
  Instant most = start;
  for (int i = 0; i < 500; ++i) {
    Listing listing;
    tracker.announced(start, listing, rng);
    least = std::min(least, listing.due);
    most = std::max(most, listing.due);
    tracker.announced(start, listing, rng);
    CHECK(listing.due == start + seconds(95));
    listing.hurried = true;
    tracker.announced(start, listing, rng);
    CHECK(listing.due < start + seconds(95));
  }
  CHECK(least >= start + seconds(10));
  CHECK(least < start + seconds(12));
  CHECK(most < start + seconds(95));
  CHECK(most > start + seconds(93));
}

TEST_CASE("a new interval moves what was announced before") {
  Rng rng(3);
  Tracker tracker("ws://x", start);
  Listing listing;
  listing.started = true;
  tracker.announced(start, listing, rng);
  CHECK(listing.due == start + seconds(114));
  tracker.set_interval(20);
  tracker.schedule(listing);
  CHECK(listing.due == start + seconds(19));
}

TEST_CASE("regular announces take turns 200 ms apart, closer when the round would not fit, and make up for time slept") {
  Tracker tracker("ws://x", start);
  tracker.connect(start, SocketId{1}, {});
  tracker.opened(start);
  tracker.set_interval(100);
  for (std::uint32_t i = 1; i <= 100; ++i) tracker.listings()[TorrentId{i}];
  tracker.take_turn(start);
  CHECK(tracker.turn_at(start) == start + milliseconds(200));
  CHECK(tracker.turn_at(start + seconds(9)) == start + seconds(9));
  for (std::uint32_t i = 101; i <= 1'000; ++i) tracker.listings()[TorrentId{i}];
  tracker.take_turn(start);
  CHECK(tracker.turn_at(start) == start + milliseconds(285));
  for (int i = 0; i < 10; ++i) tracker.take_turn(start);
  CHECK(tracker.turn_at(start) <= start + milliseconds(285 + 850));  // a Tick 10 s later finds all of them due
}

TEST_CASE("something that waits for data cuts the long pause of a dead tracker short") {
  Rng rng(3);
  Tracker tracker("ws://x", start);
  const Instant later = start + seconds(600);
  for (int i = 0; i < 9; ++i) lose(tracker, later, false, rng);
  CHECK(tracker.retry_at() >= later + seconds(30));
  tracker.want();
  CHECK(tracker.retry_at() == later + milliseconds(3'750));
  tracker.want();
  CHECK(tracker.retry_at() == later + milliseconds(3'750));
}

TEST_CASE("frames in no hurry go in a short burst, then spaced") {
  Rng rng(3);
  Tracker tracker("ws://x", start);
  tracker.connect(start, SocketId{1}, {});
  tracker.opened(start);
  Listing listing;
  std::uint32_t sent = 0;
  for (; tracker.may_send(start); ++sent) tracker.announced(start, listing, rng);
  CHECK(sent == limits::announce_burst);
  CHECK(tracker.pace_at() == start + milliseconds(limits::announce_spacing_ms));
}

TEST_CASE("a socket on which nothing is heard for two intervals is given up, after a wake-up within 5 s") {
  Rng rng(3);
  Tracker tracker("ws://x", start);
  CHECK_FALSE(tracker.given_up_at().has_value());
  tracker.connect(start, SocketId{1}, {});
  CHECK(tracker.given_up_at() == start + seconds(15));
  tracker.opened(start);
  CHECK_FALSE(tracker.given_up_at().has_value());
  tracker.set_interval(20);
  Listing listing;
  tracker.announced(start, listing, rng);
  CHECK(tracker.given_up_at() == start + seconds(40));
  tracker.set_interval(3'600);
  CHECK(tracker.given_up_at() == start + seconds(240));
  tracker.doubt(start + seconds(10));
  CHECK(tracker.given_up_at() == start + seconds(15));
  tracker.good_frame();
  CHECK_FALSE(tracker.given_up_at().has_value());
}
