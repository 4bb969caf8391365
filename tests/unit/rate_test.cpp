// What a rate shows: bytes that moved, soon after they did, and nothing once nothing moves.
#include <doctest/doctest.h>

#include "base/rate.hpp"

using namespace samara;

namespace {

constexpr Instant start = Instant{} + seconds(1);

/// Gives 10 ms worth of bytes every 10 ms.
Instant flow(RateMeter& meter, Instant from, std::int64_t ms, std::uint64_t bytes_per_second) {
  for (std::int64_t at = 0; at < ms; at += 10) meter.add(from + milliseconds(at), bytes_per_second / 100);
  return from + milliseconds(ms);
}

}  // namespace

TEST_CASE("a steady flow is its rate from the first quarter of a second on") {
  RateMeter meter;
  const Instant now = flow(meter, start, 300, 1'000'000);
  CHECK(meter.rate(now) == doctest::Approx(1'000'000).epsilon(0.05));
  CHECK(meter.rate(flow(meter, now, 5'000, 1'000'000)) == doctest::Approx(1'000'000).epsilon(0.05));
}

TEST_CASE("a rate that nobody feeds falls to exactly 0 within about two seconds, and comes back") {
  RateMeter meter;
  Instant now = flow(meter, start, 3'000, 700'001);
  for (int i = 0; i < 5; ++i) CHECK(meter.rate(now = now + milliseconds(500)) < 700'001);
  CHECK(meter.rate(now) == 0);
  now = now + seconds(100);
  CHECK(meter.rate(now) == 0);
  now = flow(meter, now, 600, 50'000);
  CHECK(meter.rate(now) == doctest::Approx(50'000).epsilon(0.1));
  CHECK(meter.total() == doctest::Approx(2'130'000).epsilon(0.01));
}
