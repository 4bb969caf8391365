// BEP 9: exact messages out, strict messages in, and how much a peer may ask.
#include <doctest/doctest.h>

#include "hostile/wire_rig.hpp"

using namespace samara;
using namespace samara::test;

namespace {

constexpr std::uint32_t total = 40'000;  // three pieces, the last of 7 232 bytes

/// A link whose peer mapped ut_metadata to 3 and advertised `advertised` bytes.
WireRig peer_with(std::uint32_t advertised) {
  WireRig rig = WireRig::up(true, false);
  std::string dict = "d1:md11:ut_metadatai3ee";
  if (advertised != 0) dict += "13:metadata_sizei" + std::to_string(advertised) + "e";
  rig.feed(FakePeer().extended(0, dict + "e"));
  rig.said.clear();
  return rig;
}

std::string heard(WireRig rig, const FakePeer& peer) {
  rig.feed(peer);
  if (rig.error) return rig.why();
  return rig.said.empty() ? "nothing" : rig.said.back();
}

}  // namespace

TEST_CASE("ut_metadata: exactly msg_type, piece and total_size, so that the first ee ends the dictionary") {
  WireRig rig = peer_with(0);
  rig.link.send_metadata_request(2);
  rig.link.send_metadata_data(1, total, as_bytes("payload"));
  rig.link.send_metadata_reject(0);
  rig.listen();
  REQUIRE(rig.ear.frames.size() == 3);
  CHECK(as_text(rig.ear.frames[0].payload) == "\x03" "d8:msg_typei0e5:piecei2ee");
  CHECK(as_text(rig.ear.frames[1].payload) == "\x03" "d8:msg_typei1e5:piecei1e10:total_sizei40000eepayload");
  CHECK(as_text(rig.ear.frames[2].payload) == "\x03" "d8:msg_typei2e5:piecei0ee");
  for (const auto& frame : rig.ear.frames) {
    const std::string_view text = as_text(frame.payload);
    const std::size_t end = text.find("ee") + 2;
    CHECK((end == text.size() || text.substr(end) == "payload"));
  }
}

TEST_CASE("ut_metadata: requests, data and rejects are told") {
  CHECK(heard(peer_with(0), FakePeer().metadata_request(2)) == "metadata-request 2");
  CHECK(heard(peer_with(total), FakePeer().metadata_reject(2)) == "metadata-reject 2");
  const Bytes full = pattern(16'384);
  const Bytes last = pattern(total - 2 * 16'384);
  CHECK(heard(peer_with(total), FakePeer().metadata_data(0, total, full)) == "metadata-data 0 40000 " + text_of(full));
  CHECK(heard(peer_with(total), FakePeer().metadata_data(2, total, last)) == "metadata-data 2 40000 " + text_of(last));
}

TEST_CASE("ut_metadata: data from a peer that never advertised a size fixes it") {
  WireRig rig = peer_with(0);
  rig.feed(FakePeer().metadata_data(0, 100, pattern(100)));
  CHECK(rig.said.back() == "metadata-data 0 100 " + text_of(pattern(100)));
  rig.feed(FakePeer().metadata_data(0, 101, pattern(101)));
  CHECK(rig.why() == "metadata-bad-size");
}

TEST_CASE("ut_metadata: total_size equals the advertised size and lies within 4 MiB") {
  CHECK(heard(peer_with(total), FakePeer().metadata_data(0, total + 1, pattern(16'384))) == "metadata-bad-size");
  CHECK(heard(peer_with(0), FakePeer().metadata_data(0, 4'194'305, pattern(16'384))) == "metadata-bad-size");
  for (const std::string_view wrong : {"e", "10:total_sizei0ee", "10:total_sizei-5ee", "10:total_size1:5e",
                                       "10:total_sizei4294967396ee"}) {
    CAPTURE(wrong);
    const std::string dict = "d8:msg_typei1e5:piecei0e" + std::string(wrong);
    CHECK(heard(peer_with(0), FakePeer().extended(1, dict, pattern(100))) == "metadata-bad-size");
  }
}

TEST_CASE("ut_metadata: every piece is 16 KiB but the last, which is the rest") {
  const auto answer = [](std::uint32_t piece, std::size_t bytes) {
    return heard(peer_with(total), FakePeer().metadata_data(piece, total, pattern(bytes)));
  };
  CHECK(answer(0, 16'383) == "metadata-bad-piece");
  CHECK(answer(0, 16'385) == "metadata-bad-piece");
  CHECK(answer(0, 0) == "metadata-bad-piece");
  CHECK(answer(2, 7'231) == "metadata-bad-piece");
  CHECK(answer(2, 16'384) == "metadata-bad-piece");
  CHECK(answer(3, 16'384) == "metadata-bad-piece");
  CHECK(answer(3, 0) == "metadata-bad-piece");
}

TEST_CASE("ut_metadata: a piece lies within the metadata, known or not") {
  WireRig owner = WireRig::up();
  owner.feed(FakePeer().webtorrent_extended_handshake());
  owner.link.send_extended_handshake(total);
  owner.feed(FakePeer().metadata_request(2));
  CHECK(owner.why() == "up");
  owner.feed(FakePeer().metadata_request(3));
  CHECK(owner.why() == "metadata-bad-piece");
  CHECK(heard(peer_with(0), FakePeer().metadata_request(255)) == "metadata-request 255");
  CHECK(heard(peer_with(0), FakePeer().metadata_request(256)) == "metadata-bad-piece");
  CHECK(heard(peer_with(total), FakePeer().metadata_reject(3)) == "metadata-bad-piece");
  for (const std::string_view wrong : {"-1", "4294967296", "9223372036854775807", "262144"}) {
    const std::string dict = "d8:msg_typei0e5:piecei" + std::string(wrong) + "ee";
    CHECK(heard(peer_with(0), FakePeer().extended(1, dict)) == "metadata-bad-piece");
  }
  CHECK(heard(peer_with(0), FakePeer().extended(1, "d8:msg_typei0ee")) == "metadata-bad-piece");
  CHECK(heard(peer_with(0), FakePeer().extended(1, "d8:msg_typei0e5:piece1:1e")) == "metadata-bad-piece");
}

TEST_CASE("ut_metadata: a message without a type is extended-invalid, an unknown type is ignored") {
  CHECK(heard(peer_with(0), FakePeer().extended(1, "d5:piecei0ee")) == "extended-invalid");
  CHECK(heard(peer_with(0), FakePeer().extended(1, "d8:msg_type1:05:piecei0ee")) == "extended-invalid");
  CHECK(heard(peer_with(0), FakePeer().extended(1, "d8:msg_typei-1e5:piecei0ee")) == "extended-invalid");
  CHECK(heard(peer_with(0), FakePeer().extended(1, "le")) == "extended-invalid");
  CHECK(heard(peer_with(0), FakePeer().extended(1, "d8:msg_typei3ee")) == "nothing");
  CHECK(heard(peer_with(0), FakePeer().extended(1, "d8:msg_typei9223372036854775807ee")) == "nothing");
}

TEST_CASE("ut_metadata: bytes behind a request or a reject are refused") {
  CHECK(heard(peer_with(0), FakePeer().extended(1, "d8:msg_typei0e5:piecei0ee", pattern(1))) == "bencode-trailing-bytes");
  CHECK(heard(peer_with(0), FakePeer().extended(1, "d8:msg_typei2e5:piecei0ee", pattern(9))) == "bencode-trailing-bytes");
}

TEST_CASE("ut_metadata: 64 requests may wait for an answer, the next is metadata-flood") {
  WireRig rig = peer_with(0);
  for (std::uint32_t i = 0; i < limits::metadata_request_queue_max; ++i) rig.feed(FakePeer().metadata_request(i));
  CHECK(rig.why() == "up");
  rig.link.send_metadata_reject(0);
  rig.feed(FakePeer().metadata_request(64));
  CHECK(rig.why() == "up");
  rig.feed(FakePeer().metadata_request(65));
  CHECK(rig.why() == "metadata-flood");
}

TEST_CASE("ut_metadata: WebTorrent asks for all pieces of 4 MiB at once and is not a flood") {
  WireRig rig = peer_with(0);
  rig.link.send_extended_handshake(limits::metadata_bytes_max);
  FakePeer peer;
  for (std::uint32_t i = 0; i < 256; ++i) peer.metadata_request(i);
  rig.feed(peer);
  CHECK(rig.why() == "up");
  CHECK(rig.said.size() == 256);
}

TEST_CASE("ut_metadata: answered requests above metadata_serves_max within a minute are metadata-flood") {
  for (const bool pause : {false, true}) {
    WireRig rig = peer_with(0);
    for (std::uint32_t i = 0; i < limits::metadata_serves_max; ++i) {
      rig.feed(FakePeer().metadata_request(i % 200));
      rig.link.send_metadata_reject(i % 200);
    }
    CHECK(rig.why() == "up");
    if (pause) rig.tick_after(60'000);
    rig.feed(FakePeer().metadata_request(0));
    CHECK(rig.why() == (pause ? "up" : "metadata-flood"));
  }
}
