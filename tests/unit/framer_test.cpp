// The length table and the cutting of the stream into frames.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.hpp"
#include "hostile/fake_peer.hpp"
#include "samara/config.hpp"
#include "wire/framer.hpp"

using namespace samara;
using namespace samara::test;

namespace {

constexpr FrameRules known{true, 3};

std::string verdict(std::uint8_t id, std::uint32_t length, const FrameRules& rules = {}) {
  const auto legal = check_frame_length(id, length, rules);
  return legal ? "legal" : std::string(to_string(legal.error().code));
}

}  // namespace

TEST_CASE("framer: every id of a fixed length refuses one byte less and one more") {
  const std::pair<std::uint8_t, std::uint32_t> fixed[] = {{0, 1},  {1, 1},  {2, 1},  {3, 1},  {4, 5},   {6, 13}, {8, 13},
                                                          {9, 3},  {13, 5}, {14, 1}, {15, 1}, {16, 13}, {17, 5}};
  for (const auto& [id, length] : fixed) {
    CAPTURE(id);
    CHECK(verdict(id, length) == "legal");
    CHECK(verdict(id, length + 1) == "frame-too-large");
    if (length > 1) CHECK(verdict(id, length - 1) == "frame-bad-length");
  }
}

TEST_CASE("framer: a piece carries 1 byte to one block") {
  CHECK(verdict(7, 9) == "frame-bad-length");
  CHECK(verdict(7, 10) == "legal");
  CHECK(verdict(7, 9 + 16 * 1024) == "legal");
  CHECK(verdict(7, 9 + 16 * 1024 + 1) == "frame-too-large");
}

TEST_CASE("framer: a bitfield is exact when the piece count is known, and bounded before") {
  CHECK(verdict(5, 4, known) == "legal");
  CHECK(verdict(5, 3, known) == "bitfield-bad-size");
  CHECK(verdict(5, 5, known) == "bitfield-bad-size");
  CHECK(verdict(5, 1 + limits::early_bitfield_bytes_max) == "legal");
  CHECK(verdict(5, 2 + limits::early_bitfield_bytes_max) == "frame-too-large");
}

TEST_CASE("framer: extended and unknown frames end at 64 KiB") {
  for (const std::uint8_t id : {std::uint8_t{20}, std::uint8_t{10}, std::uint8_t{99}, std::uint8_t{255}}) {
    CHECK(verdict(id, 64 * 1024) == "legal");
    CHECK(verdict(id, 64 * 1024 + 1) == "frame-too-large");
  }
  CHECK(verdict(20, 1) == "frame-bad-length");
  CHECK(verdict(99, 1) == "legal");
  CHECK(frame_length_max() == 64 * 1024);
}

TEST_CASE("framer: a whole frame in the fed span is not copied") {
  Framer framer;
  const Bytes bytes = FakePeer().piece(1, 2, pattern(100)).have(7).take();
  framer.feed(bytes);
  const auto piece = framer.next({});
  REQUIRE(piece);
  REQUIRE(*piece);
  CHECK((*piece)->payload.data() == bytes.data() + 5);
  const auto have = framer.next({});
  REQUIRE(have);
  REQUIRE(*have);
  CHECK((*have)->id == 4);
  CHECK((*have)->payload.data() == bytes.data() + bytes.size() - 4);
  CHECK_FALSE(*framer.next({}));
  CHECK(framer.held_bytes() == 0);
}

TEST_CASE("framer: a zero prefix is a keep-alive, a frame of no payload is empty") {
  Framer framer;
  const Bytes bytes = FakePeer().keep_alive().choke().take();
  framer.feed(bytes);
  CHECK((*framer.next({}))->keep_alive);
  const auto choke = framer.next({});
  CHECK_FALSE((*choke)->keep_alive);
  CHECK((*choke)->payload.empty());
  CHECK_FALSE(*framer.next({}));
}

TEST_CASE("framer: only a started frame is partial, and only what came is held") {
  Framer framer;
  const Bytes bytes = FakePeer().extended(9, std::string(60'000, 'x')).take();
  framer.feed(ByteSpan(bytes).first(3));
  CHECK_FALSE(*framer.next({}));
  CHECK(framer.partial());
  CHECK(framer.held_bytes() == 3);
  framer.feed(ByteSpan(bytes).subspan(3, 100));
  CHECK_FALSE(*framer.next({}));
  CHECK(framer.held_bytes() == 103);
  framer.feed(ByteSpan(bytes).subspan(103));
  CHECK(*framer.next({}));
  CHECK_FALSE(framer.partial());
  CHECK_FALSE(*framer.next({}));
  CHECK_FALSE(framer.partial());
}

TEST_CASE("framer: the same bytes in any split give the same frames") {
  const std::uint64_t seed = 20'261'121;
  CAPTURE(seed);
  Rng rng(seed);
  FakePeer peer;
  std::vector<FakeEar::Frame> expected;
  for (int i = 0; i < 60; ++i) {
    const Bytes payload = pattern(1 + pick(rng, i % 9 == 0 ? 60'000 : 40), static_cast<std::uint32_t>(i));
    if (i % 7 == 0) {
      peer.keep_alive();
      expected.push_back({true, 0, {}});
    }
    peer.message(20, payload);
    expected.push_back({false, 20, payload});
  }
  for (int round = 0; round < 40; ++round) {
    Framer framer;
    std::vector<FakeEar::Frame> got;
    const std::size_t largest = round < 2 ? 1 : std::size_t{1} << (1 + round % 18);
    ByteSpan rest = peer.script();
    while (!rest.empty()) {
      const std::size_t n = std::min<std::size_t>(rest.size(), 1 + pick(rng, largest));
      const Bytes lent(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(n));
      rest = rest.subspan(n);
      framer.feed(lent);
      for (auto frame = framer.next({}); frame && *frame; frame = framer.next({})) {
        got.push_back({(*frame)->keep_alive, (*frame)->id, to_bytes((*frame)->payload)});
      }
    }
    CHECK(got == expected);
  }
}
