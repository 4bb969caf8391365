// Hostile: frame lengths that lie. Dropped at the header, before anything is buffered.
#include <doctest/doctest.h>

#include "hostile/wire_rig.hpp"

using namespace samara;
using namespace samara::test;

TEST_CASE("hostile wire: 2 GiB, 0x80000000 and 4 GiB prefixes are frame-too-large at the fourth byte") {
  for (const std::uint32_t length : {0x7fff'ffffU, 0x8000'0000U, 0x8000'0001U, 0xffff'ffffU, 64U * 1024 + 1}) {
    CAPTURE(length);
    WireRig rig = WireRig::up();
    const Bytes prefix = FakePeer().prefix(length).take();
    rig.feed(ByteSpan(prefix).first(3));
    CHECK(rig.why() == "up");
    CHECK(rig.feed(ByteSpan(prefix).subspan(3)).why() == "frame-too-large");
    CHECK(rig.said.empty());
  }
}

TEST_CASE("hostile wire: a length illegal for its id is refused at the id, before the payload") {
  const auto at_header = [](std::uint8_t id, std::uint32_t length) {
    WireRig rig = WireRig::up();
    return rig.feed(FakePeer().prefix(length).raw(Bytes{id})).why();
  };
  CHECK(at_header(0, 60'000) == "frame-too-large");
  CHECK(at_header(4, 60'000) == "frame-too-large");
  CHECK(at_header(6, 14) == "frame-too-large");
  CHECK(at_header(7, 9 + 16'384 + 1) == "frame-too-large");
  CHECK(at_header(7, 9) == "frame-bad-length");
  CHECK(at_header(20, 1) == "frame-bad-length");
  CHECK(at_header(5, 5) == "bitfield-bad-size");
  CHECK(at_header(5, 3) == "bitfield-bad-size");
  CHECK(at_header(7, 9 + 16'384) == "up");
}

TEST_CASE("hostile wire: a bitfield of 1 MB before the metadata is refused at its header") {
  WireRig rig = WireRig::up(true, false);
  CHECK(rig.feed(FakePeer().prefix(1'000'001)).why() == "frame-too-large");
  WireRig smaller = WireRig::up(true, false);
  CHECK(smaller.feed(FakePeer().prefix(2 + 8192).raw(Bytes{5})).why() == "frame-too-large");
  WireRig largest = WireRig::up(true, false);
  CHECK(largest.feed(FakePeer().bitfield(Bytes(8192, 0xff))).why() == "up");
}

TEST_CASE("hostile wire: a stream that is not BitTorrent is handshake-invalid") {
  WireRig rig;
  CHECK(rig.feed(as_bytes("GET / HTTP/1.1\r\nHost: example.org\r\nUser-Agent: something long enough\r\n\r\n")).why() ==
        "handshake-invalid");
}

TEST_CASE("hostile wire: random bytes behind the handshake never harm, whatever they say") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    WireRig rig = WireRig::up(seed % 2 == 0, seed % 3 != 0);
    Bytes noise(4'000);
    rng.fill(noise);
    for (std::size_t i = 0; i + 5 < noise.size(); i += 1 + pick(rng, 60)) {  // plausible headers among the noise
      noise[i] = noise[i + 1] = noise[i + 2] = 0;
      noise[i + 3] = static_cast<std::uint8_t>(rng.below(20));
      noise[i + 4] = static_cast<std::uint8_t>(rng.below(22));
    }
    rig.feed_split(noise, rng, 700);
    if (!rig.error) rig.link.set_geometry(rig_geometry);
    rig.drain();
  }
}

TEST_CASE("hostile wire: damaged copies of a good conversation never harm") {
  FakePeer good;
  good.webtorrent_extended_handshake(30'000).have_none().unchoke().have(3).dont_have(3).metadata_request(1);
  good.metadata_data(1, 30'000, pattern(30'000 - 16'384)).request(1, 2, 3).piece(1, 0, pattern(99)).metadata_reject(0);
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    Bytes bytes = good.script();
    for (std::uint64_t n = 1 + rng.below(8); n > 0; --n) {
      bytes[pick(rng, rng.below(2) == 0 ? bytes.size() : 180)] = static_cast<std::uint8_t>(rng.below(256));
    }
    WireRig rig = WireRig::up(true, seed % 2 == 0);
    rig.feed_split(bytes, rng, 3'000);
  }
}
