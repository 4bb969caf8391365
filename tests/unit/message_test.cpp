// Messages of BEP 3 and BEP 6: bytes both ways and the checks that need no memory.
#include <doctest/doctest.h>

#include "hostile/wire_rig.hpp"

using namespace samara;
using namespace samara::test;

namespace {

/// What a link with the rig's geometry makes of a script: its last line, or why it was dropped.
std::string heard(const FakePeer& peer, bool fast = true) {
  WireRig rig = WireRig::up(fast);
  rig.feed(peer);
  if (rig.error) return rig.why();
  return rig.said.empty() ? "nothing" : rig.said.back();
}

}  // namespace

TEST_CASE("message: every message is written as the other hand writes it") {
  const Bytes block = pattern(1000);
  Bytes out;
  append_keep_alive(out);
  append_message(out, MessageId::interested);
  append_piece_index(out, MessageId::have, 0x01020304);
  append_bitfield(out, pattern(3));
  append_block(out, MessageId::request, {1, 2, 3});
  append_block(out, MessageId::cancel, {4, 5, 6});
  append_block(out, MessageId::reject_request, {7, 8, 9});
  append_piece(out, 10, 11, block);
  CHECK(out == FakePeer().keep_alive().interested().have(0x01020304).bitfield(pattern(3)).request(1, 2, 3)
                   .cancel(4, 5, 6).reject(7, 8, 9).piece(10, 11, block).take());
}

TEST_CASE("message: every message is read with its numbers") {
  WireRig rig = WireRig::up();
  rig.feed(FakePeer().have_none().choke().unchoke().interested().not_interested().have(19).request(3, 16384, 16384)
               .cancel(3, 16384, 16384).reject(2, 0, 16384).piece(1, 49'152, pattern(16'384)));
  CHECK(rig.said == Lines{"have-none", "choke", "unchoke", "interested", "not-interested", "have 19",
                          "request 3 16384 16384", "cancel 3 16384 16384", "reject 2 0 16384",
                          "piece 1 49152 " + text_of(pattern(16'384))});
  CHECK(rig.why() == "up");
}

TEST_CASE("message: port, suggest and allowed-fast mean nothing to us and cost nothing") {
  FakePeer peer;
  for (std::uint32_t i = 0; i < 1000; ++i) peer.port(6881).suggest(i).allowed_fast(0xffff'ffffU - i);
  WireRig rig = WireRig::up();
  rig.feed(peer);
  CHECK(rig.why() == "up");
  CHECK(rig.said.empty());
}

TEST_CASE("message: choke and unchoke may repeat") {
  WireRig rig = WireRig::up();
  rig.feed(FakePeer().choke().choke().unchoke().unchoke().interested().interested());
  CHECK(rig.said.size() == 6);
}

TEST_CASE("message: each of 13 to 17 without Fast is fast-not-negotiated") {
  CHECK(heard(FakePeer().suggest(1), false) == "fast-not-negotiated");
  CHECK(heard(FakePeer().have_all(), false) == "fast-not-negotiated");
  CHECK(heard(FakePeer().have_none(), false) == "fast-not-negotiated");
  CHECK(heard(FakePeer().reject(1, 0, 1), false) == "fast-not-negotiated");
  CHECK(heard(FakePeer().allowed_fast(1), false) == "fast-not-negotiated");
}

TEST_CASE("message: have and lt_donthave beyond the last piece are have-out-of-range") {
  CHECK(heard(FakePeer().have(19)) == "have 19");
  CHECK(heard(FakePeer().have(20)) == "have-out-of-range");
  CHECK(heard(FakePeer().have(0xffff'ffffU)) == "have-out-of-range");
  CHECK(heard(FakePeer().dont_have(19)) == "dont-have 19");
  CHECK(heard(FakePeer().dont_have(20)) == "have-out-of-range");
}

TEST_CASE("message: a request of 16 to 128 KiB is told, above it is request-too-long") {
  LinkGeometry wide{20, 1024 * 1024, 1024 * 1024};
  const auto answer = [&](std::uint32_t bytes) {
    WireRig rig;
    rig.link.set_geometry(wide);
    rig.feed(FakePeer().handshake(rig_info_hash, rig_other).request(1, 0, bytes));
    return rig.error ? rig.why() : rig.said.back();
  };
  CHECK(answer(16 * 1024 + 1) == "request 1 0 16385");
  CHECK(answer(128 * 1024) == "request 1 0 131072");
  CHECK(answer(128 * 1024 + 1) == "request-too-long");
  CHECK(answer(0xffff'ffffU) == "request-too-long");
}

TEST_CASE("message: a request of nothing, beyond the piece, or that overflows is request-out-of-range") {
  CHECK(heard(FakePeer().request(0, 0, 0)) == "request-out-of-range");
  CHECK(heard(FakePeer().request(20, 0, 1)) == "request-out-of-range");
  CHECK(heard(FakePeer().request(0xffff'ffffU, 0, 1)) == "request-out-of-range");
  CHECK(heard(FakePeer().request(0, 65'536 - 16'384, 16'384)) == "request 0 49152 16384");
  CHECK(heard(FakePeer().request(0, 65'536 - 16'383, 16'384)) == "request-out-of-range");
  CHECK(heard(FakePeer().request(0, 0xffff'ff00U, 0x200)) == "request-out-of-range");
  CHECK(heard(FakePeer().request(19, 39'999, 1)) == "request 19 39999 1");
  CHECK(heard(FakePeer().request(19, 39'999, 2)) == "request-out-of-range");
}

TEST_CASE("message: cancels and rejects name blocks under the same rules") {
  CHECK(heard(FakePeer().cancel(20, 0, 1)) == "request-out-of-range");
  CHECK(heard(FakePeer().cancel(0, 0, 200'000)) == "request-too-long");
  CHECK(heard(FakePeer().reject(0, 65'536, 1)) == "request-out-of-range");
}

TEST_CASE("message: piece bytes outside the torrent cannot have been asked for") {
  CHECK(heard(FakePeer().piece(20, 0, pattern(1))) == "piece-not-requested");
  CHECK(heard(FakePeer().piece(0, 65'535, pattern(2))) == "piece-not-requested");
  CHECK(heard(FakePeer().piece(0, 0xffff'ffffU, pattern(1))) == "piece-not-requested");
  CHECK(heard(FakePeer().piece(19, 39'999, pattern(1))) == "piece 19 39999 " + text_of(pattern(1)));
}

TEST_CASE("message: bitfields have their exact size and zero spare bits") {
  CHECK(heard(FakePeer().bitfield(Bytes{0xff, 0xff, 0xf0})) == "bitfield " + text_of(Bytes{0xff, 0xff, 0xf0}));
  CHECK(heard(FakePeer().bitfield(Bytes{0xff, 0xff, 0xf8})) == "bitfield-spare-bits");
  CHECK(heard(FakePeer().bitfield(Bytes{0xff, 0xff})) == "bitfield-bad-size");
  CHECK(heard(FakePeer().bitfield(Bytes{0xff, 0xff, 0xf0, 0})) == "bitfield-bad-size");
  CHECK(heard(FakePeer().bitfield({})) == "bitfield-bad-size");
}
