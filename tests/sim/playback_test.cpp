// Playing while it arrives: what the reader needs next comes first, and the rest still comes as in any swarm.
#include "sim/story.hpp"

using namespace samara;
using namespace samara::sim;

namespace {

constexpr std::uint64_t rate = 100'000;  // bytes per second that the sender gives
constexpr std::size_t memo_bytes = 3'000'000;

/// How far the verified bytes reach without a gap from `offset` on.
std::uint64_t reach(const World& world, NodeId node, const std::string& transfer, std::uint64_t offset) {
  const Bytes snapshot = world.snapshot(node, Subject::transfer, transfer);
  const auto document = bencode_decode(snapshot, bencode_own_limits);
  if (!document) return 0;
  std::uint64_t start = 0;
  bool second = false;
  for (const BencodeView number : document->root().list("have")) {
    const auto value = static_cast<std::uint64_t>(number.integer().value_or(0));
    if (second && start <= offset && offset < value) return value - offset;
    start = value;
    second = !second;
  }
  return 0;
}

struct Listening {
  explicit Listening(std::uint64_t seed, std::size_t bytes = memo_bytes, std::uint32_t bytes_per_second = rate) : world(seed) {
    Config slow = phone();
    slow.upload_bytes_per_second = bytes_per_second;
    const NodeId sender = launch(world, slow);
    receiver = launch(world);
    memo = lcg_bytes(9, bytes);
    transfer = receive_now(world, receiver, share_now(world, sender, memo, "memo.webm").url);
    REQUIRE(world.run_until([&] { return world.number_of(receiver, Subject::transfer, transfer, "blob") > 0; }, seconds(5)));
  }
  [[nodiscard]] std::uint64_t reaches(std::uint64_t offset) const { return reach(world, receiver, transfer, offset); }
  [[nodiscard]] std::uint64_t verified() const {
    return static_cast<std::uint64_t>(world.number_of(receiver, Subject::transfer, transfer, "verified"));
  }
  World world;
  NodeId receiver = 0;
  Bytes memo;
  std::string transfer;
};

}  // namespace

TEST_CASE("over a slow link the first seconds of sound are there long before the rest") {
  Listening l(61);
  l.world.read_at(l.receiver, l.transfer, 0);
  REQUIRE(l.world.run_until([&] { return l.reaches(0) >= rate; }, seconds(4)));
  CHECK(l.verified() < 6 * rate);
  // The reader goes on at nearly the pace of the link and never waits.
  std::uint64_t at = 0;
  bool out_of_order = false;
  while (at < memo_bytes * 2 / 3) {
    l.world.run_for(milliseconds(500));
    at += rate * 4 / 10;
    l.world.read_at(l.receiver, l.transfer, at);
    CHECK(l.reaches(at) > 0);
    out_of_order = out_of_order || at + l.reaches(at) < l.verified();
  }
  CHECK(out_of_order);
  REQUIRE(l.world.run_until([&] { return is_done(l.world, l.receiver, l.transfer); }, seconds(60)));
  CHECK(received_bytes(l.world, l.receiver, l.transfer) == l.memo);
}

TEST_CASE("a jump to where nothing is asked for yet is served at once, not behind what was asked before") {
  Listening l(62);
  l.world.run_for(seconds(3));
  const std::uint64_t there = 2'000'000;
  l.world.read_at(l.receiver, l.transfer, there);
  CHECK(l.world.run_until([&] { return l.reaches(there) >= rate; }, seconds(5)));
  REQUIRE(l.world.run_until([&] { return is_done(l.world, l.receiver, l.transfer); }, seconds(60)));
  CHECK(received_bytes(l.world, l.receiver, l.transfer) == l.memo);
}

TEST_CASE("a small memo that was asked for wholly before anybody read it still comes from its beginning") {
  for (const std::uint64_t seed : {64U, 65U, 66U}) {
    CAPTURE(seed);
    Listening l(seed, 300'000, 20'000);
    l.world.run_for(milliseconds(200));
    // The page asks for what it has not got yet, again and again.
    const auto heard = [&] {
      l.world.read_at(l.receiver, l.transfer, l.reaches(0));
      return l.reaches(0) >= 80'000;
    };
    for (int tenths = 0; tenths < 70 && !heard(); ++tenths) l.world.run_for(milliseconds(100));
    CHECK(l.reaches(0) >= 80'000);
    CHECK(l.verified() < 180'000);
    REQUIRE(l.world.run_until([&] { return is_done(l.world, l.receiver, l.transfer); }, seconds(60)));
    CHECK(received_bytes(l.world, l.receiver, l.transfer) == l.memo);
  }
}

TEST_CASE("a playhead beyond the end, or of nothing, changes nothing") {
  Listening l(63);
  l.world.read_at(l.receiver, l.transfer, memo_bytes);
  l.world.read_at(l.receiver, "0000000000000001", 0);
  REQUIRE(l.world.run_until([&] { return is_done(l.world, l.receiver, l.transfer); }, seconds(60)));
}
