// Hostile: too much of what is legal one by one, and bencode made to hurt.
#include <doctest/doctest.h>

#include "hostile/wire_rig.hpp"

using namespace samara;
using namespace samara::test;

TEST_CASE("hostile wire: of 1000 extended handshakes the ninth drops the link") {
  FakePeer peer;
  for (int i = 0; i < 1000; ++i) peer.webtorrent_extended_handshake(1000);
  WireRig rig = WireRig::up();
  CHECK(rig.feed(peer).why() == "extended-too-many-handshakes");
  CHECK(rig.said.size() == limits::extended_handshakes_max);
}

TEST_CASE("hostile wire: 32 unknown messages are ignored, the next is too-many-unknown-messages") {
  WireRig rig = WireRig::up();
  for (std::uint32_t i = 0; i < limits::unknown_messages_max; ++i) {
    if (i % 3 == 0) rig.feed(FakePeer().message(99, pattern(i)));
    if (i % 3 == 1) rig.feed(FakePeer().extended(77, "d1:xi1ee"));
    if (i % 3 == 2) rig.feed(FakePeer().extended(1, "d8:msg_typei9ee"));
  }
  CHECK(rig.why() == "up");
  CHECK(rig.feed(FakePeer().message(21)).why() == "too-many-unknown-messages");
}

TEST_CASE("hostile wire: extended messages of a peer that did not negotiate them count as unknown") {
  WireRig rig;
  rig.feed(FakePeer().handshake(rig_info_hash, rig_other, true, false));
  rig.said.clear();
  for (std::uint32_t i = 0; i < limits::unknown_messages_max; ++i) rig.feed(FakePeer().webtorrent_extended_handshake());
  CHECK(rig.why() == "up");
  CHECK(rig.said.empty());
  CHECK(rig.feed(FakePeer().webtorrent_extended_handshake()).why() == "too-many-unknown-messages");
}

TEST_CASE("hostile wire: a metadata request flood is metadata-flood") {
  WireRig rig = WireRig::up();
  FakePeer peer;
  for (int i = 0; i < 10'000; ++i) peer.metadata_request(0);
  CHECK(rig.feed(peer).why() == "metadata-flood");
  CHECK(rig.said.size() == limits::metadata_request_queue_max);
}

TEST_CASE("hostile wire: floods of haves, suggests and keep-alives send nothing back") {
  WireRig rig = WireRig::up();
  FakePeer peer;
  for (std::uint32_t i = 0; i < 5'000; ++i) peer.have(i % 20).suggest(i).allowed_fast(i).keep_alive().dont_have(i % 20);
  rig.feed(peer);
  CHECK(rig.why() == "up");
  CHECK(rig.link.outgoing().empty());
}

TEST_CASE("hostile wire: early haves are bounded by pieces_max however often they come") {
  WireRig rig = WireRig::up(true, false);
  FakePeer peer;
  for (std::uint32_t i = 0; i < limits::pieces_max; ++i) peer.have(i).dont_have(i);
  rig.feed(peer);
  CHECK(rig.why() == "up");
  CHECK(rig.said.empty());
  CHECK(rig.feed(FakePeer().have(limits::pieces_max)).why() == "have-out-of-range");
}

TEST_CASE("hostile wire: depth and token bombs in extended messages keep bencode's names") {
  const auto verdict = [](std::uint8_t id, const std::string& dict) {
    WireRig rig = WireRig::up();
    return rig.feed(FakePeer().extended(id, dict)).why();
  };
  std::string tokens = "d1:xl";
  for (int i = 0; i < 20'000; ++i) tokens += "0:";
  for (const std::uint8_t id : {std::uint8_t{0}, std::uint8_t{1}}) {
    CHECK(verdict(id, "d1:x" + std::string(60'000, 'l')) == "bencode-too-deep");
    CHECK(verdict(id, tokens + "ee") == "bencode-too-many-tokens");
    CHECK(verdict(id, "d1:x99:abe") == "bencode-truncated");
    CHECK(verdict(id, "d1:xi-0ee") == "bencode-integer");
    CHECK(verdict(id, "d1:xi100000000000000000000000ee") == "bencode-integer");
    CHECK(verdict(id, "d1:xi1e1:xi1ee") == "bencode-key-order");
    CHECK(verdict(id, "") == "bencode-truncated");
  }
}

TEST_CASE("hostile wire: lt_donthave of any other size is extended-invalid") {
  for (const std::size_t bytes : {0U, 3U, 5U, 1000U}) {
    WireRig rig = WireRig::up();
    CHECK(rig.feed(FakePeer().extended(2, "", Bytes(bytes, 0))).why() == "extended-invalid");
  }
}
