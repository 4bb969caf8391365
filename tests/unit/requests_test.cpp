// How far ahead one link is asked, when it is overdue, and which late blocks are forgiven.
#include <doctest/doctest.h>

#include "swarm/requests.hpp"

using namespace samara;

namespace {

BlockAt block(std::uint32_t n) { return {PieceIndex{n / 16}, n % 16}; }
constexpr Instant start = Instant{} + seconds(50);

void ask(Requests& requests, Instant now, std::uint32_t from, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) requests.sent(now, block(from + i));
}

}  // namespace

TEST_CASE("a small torrent can be asked for wholly at once: 1 MiB before the first answer") {
  Requests requests;
  CHECK(requests.room(start, 0) >= 64);
}

TEST_CASE("a link of which nothing is known begins small beside others, and grows with each block") {
  Requests requests;
  requests.begin_small();
  CHECK(requests.room(start, 0) == limits::pipeline_blocks_min);
  CHECK(requests.room(start, 0, 64) == 64);
  ask(requests, start, 0, 4);
  requests.arrived(start + milliseconds(30), block(0));
  requests.begin_small();  // no more: something is known
  CHECK(requests.target() == limits::pipeline_blocks_min + 1);
}

TEST_CASE("the peer's own queue limit holds") {
  Requests requests;
  requests.set_queue_limit(10);
  CHECK(requests.room(start, 0) == 10);
  ask(requests, start, 0, 10);
  CHECK(requests.room(start, 0) == 0);
  requests.set_queue_limit(0);
  CHECK(requests.room(start, 0) == 0);
}

TEST_CASE("the pipeline follows rate and round trip, up and down") {
  Requests requests;
  requests.set_queue_limit(100'000);
  Instant now = start;
  std::uint32_t next = 0;
  const auto run = [&](std::uint64_t rate, std::uint32_t blocks) {
    for (std::uint32_t i = 0; i < blocks; ++i) {
      ask(requests, now, next, 1);
      now = now + milliseconds(20);
      requests.arrived(now, block(next++));
      static_cast<void>(requests.room(now, rate));
    }
  };
  run(20'000'000, 300);
  CHECK(requests.target() == limits::pipeline_blocks_max);
  run(1'000'000, 150);
  CHECK(requests.target() > 40);
  CHECK(requests.target() < 60);
  run(1'000, 150);
  CHECK(requests.target() == limits::pipeline_blocks_min);
  CHECK(requests.round_trip() >= milliseconds(19));
  CHECK(requests.round_trip() <= milliseconds(21));
}

TEST_CASE("the round trip is not measured through a queue") {
  Requests requests;
  ask(requests, start, 0, 5);
  for (std::uint32_t i = 0; i < 5; ++i) requests.arrived(start + milliseconds(30 + 1000 * i), block(i));
  CHECK(requests.round_trip() == milliseconds(30));
}

TEST_CASE("a silent link is overdue, then snubbed, and one block ends it") {
  Requests requests;
  ask(requests, start, 0, 3);
  CHECK(requests.silence(start + milliseconds(limits::block_timeout_min_ms - 1)) == Requests::Silence::none);
  const Instant late = start + milliseconds(limits::block_timeout_min_ms);
  CHECK(requests.deadline(start) == late);
  CHECK(requests.silence(late) == Requests::Silence::overdue);
  requests.mark_overdue();
  CHECK(requests.silence(late) == Requests::Silence::none);
  CHECK(requests.room(late, 0) == 0);
  CHECK(requests.deadline(late) == start + milliseconds(limits::snub_timeout_ms));
  CHECK(requests.arrived(late, block(0)) == Requests::Arrival::asked);
  CHECK(requests.revive());
  CHECK(requests.silence(late + milliseconds(limits::snub_timeout_ms)) == Requests::Silence::snubbed);
}

TEST_CASE("a block that comes after we gave it up is late, once; any other is unasked") {
  Requests requests;
  ask(requests, start, 0, 3);
  CHECK(requests.cancelled(block(1)));
  CHECK_FALSE(requests.cancelled(block(1)));
  requests.give_up();
  CHECK(requests.outstanding().empty());
  for (std::uint32_t i = 0; i < 3; ++i) CHECK(requests.arrived(start, block(i)) == Requests::Arrival::late);
  for (std::uint32_t i = 0; i < 4; ++i) CHECK(requests.arrived(start, block(i)) == Requests::Arrival::unasked);
}

TEST_CASE("what was given up is remembered in bounded memory") {
  Requests requests;
  for (std::uint32_t i = 0; i < limits::given_up_blocks_max + 10; ++i) {
    ask(requests, start, i, 1);
    requests.cancelled(block(i));
  }
  CHECK(requests.arrived(start, block(9)) == Requests::Arrival::unasked);
  CHECK(requests.arrived(start, block(10)) == Requests::Arrival::late);
}

TEST_CASE("a peer that rejects is left alone, longer each time") {
  Requests requests;
  Duration before{};
  Instant now = start;
  for (std::uint32_t i = 0; i < 5; ++i) {
    ask(requests, now, i, 1);
    CHECK(requests.rejected(now, block(i)));
    CHECK(requests.room(now, 0) == 0);
    const auto due = requests.deadline(now);
    REQUIRE(due);
    CHECK(*due - now > before);
    before = *due - now;
    now = *due;
    CHECK(requests.room(now, 0) > 0);
  }
  CHECK_FALSE(requests.rejected(now, block(77)));
}

TEST_CASE("a reject after a cancel answers what was cancelled, not what was asked anew (BEP 6)") {
  Requests requests;
  ask(requests, start, 5, 1);
  CHECK(requests.cancelled(block(5)));
  ask(requests, start, 5, 1);
  CHECK_FALSE(requests.rejected(start, block(5)));
  CHECK(requests.has(block(5)));
  CHECK(requests.room(start, 0) > 0);
  CHECK(requests.arrived(start, block(5)) == Requests::Arrival::asked);
  CHECK(requests.arrived(start, block(5)) == Requests::Arrival::unasked);
}

TEST_CASE("blocks_on_the_way: what was passed over or waits far behind is hardly on its way") {
  Requests requests;
  ask(requests, start, 0, limits::blocks_on_the_way + 2);
  CHECK_FALSE(requests.far(block(0)));
  CHECK_FALSE(requests.far(block(limits::blocks_on_the_way - 1)));
  CHECK(requests.far(block(limits::blocks_on_the_way)));
  CHECK_FALSE(requests.far(block(500)));  // not asked
  CHECK(requests.arrived(start, block(3)) == Requests::Arrival::asked);
  for (std::uint32_t i = 0; i < 3; ++i) CHECK(requests.far(block(i)));
  CHECK_FALSE(requests.far(block(4)));
}

TEST_CASE("the round trip is not measured by a block that was passed over") {
  Requests requests;
  const Duration before = requests.round_trip();
  ask(requests, start, 0, 2);
  CHECK(requests.arrived(start + milliseconds(30), block(1)) == Requests::Arrival::asked);
  CHECK(requests.arrived(start + seconds(4), block(0)) == Requests::Arrival::asked);
  CHECK(requests.round_trip() == before);
}
