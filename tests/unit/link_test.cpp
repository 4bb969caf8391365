// One link: order of messages, what is kept until the geometry is known, time, and the outgoing bytes.
#include <doctest/doctest.h>

#include "hostile/wire_rig.hpp"

using namespace samara;
using namespace samara::test;

namespace {

const Bytes some = {0x80, 0x00, 0x10};

/// Carries bytes between two links until both are silent.
void exchange(WireRig& a, WireRig& b) {
  for (int round = 0; round < 100; ++round) {
    const Bytes from_a = to_bytes(a.link.outgoing());
    a.link.consume(from_a.size());
    const Bytes from_b = to_bytes(b.link.outgoing());
    b.link.consume(from_b.size());
    if (from_a.empty() && from_b.empty()) return;
    b.feed(from_a);
    a.feed(from_b);
  }
}

struct OtherEnd : WireRig {
  OtherEnd() { link = Link(rig_info_hash, peer_id_of("-SM0001-runidBsocket"), now()); }
};

}  // namespace

TEST_CASE("link: two links talk: handshake, extended, metadata, pieces") {
  WireRig a;
  OtherEnd b;
  exchange(a, b);
  CHECK(a.said == Lines{"handshake -SM0001-runidBsocket fast extended"});
  CHECK(b.said == Lines{"handshake -SM0001-runidASOCKET fast extended"});
  a.link.send_extended_handshake(20'000);
  b.link.send_extended_handshake(0);
  exchange(a, b);
  CHECK(a.said.back() == "extended 0 256 Samara/0.1");
  CHECK(b.said.back() == "extended 20000 256 Samara/0.1");
  b.link.send_metadata_request(1);
  exchange(a, b);
  CHECK(a.said.back() == "metadata-request 1");
  a.link.send_metadata_data(1, 20'000, pattern(20'000 - 16'384));
  exchange(a, b);
  CHECK(b.said.back() == "metadata-data 1 20000 " + text_of(pattern(20'000 - 16'384)));
  a.link.set_geometry(rig_geometry);
  b.link.set_geometry(rig_geometry);
  b.link.send_extended_handshake(20'000);
  a.link.send_bitfield(Bytes{0xff, 0xff, 0xf0}, true, false);
  b.link.send_bitfield(Bytes{0, 0, 0}, false, true);
  b.link.send_interested(true);
  a.link.send_choke(false);
  b.link.send_request({7, 16'384, 16'384});
  b.link.send_request({8, 0, 16'384});
  b.link.send_cancel({8, 0, 16'384});
  a.link.send_reject({8, 0, 16'384});
  a.link.send_piece(7, 16'384, pattern(16'384));
  b.link.send_have(b.now(), 7, 0);
  a.said.clear();
  b.said.clear();
  exchange(a, b);
  CHECK(a.said == Lines{"extended 20000 256 Samara/0.1", "have-none", "interested", "request 7 16384 16384",
                        "request 8 0 16384", "cancel 8 0 16384", "have 7"});
  CHECK(b.said == Lines{"have-all", "unchoke", "reject 8 0 16384", "piece 7 16384 " + text_of(pattern(16'384))});
  CHECK(a.why() == "up");
  CHECK(b.why() == "up");
}

TEST_CASE("link: the same bytes in any split are the same conversation") {
  const std::uint64_t seed = 20'261'122;
  CAPTURE(seed);
  Rng rng(seed);
  FakePeer peer;
  peer.handshake(rig_info_hash, rig_other).webtorrent_extended_handshake(30'000).keep_alive().unchoke().bitfield(some);
  for (std::uint32_t i = 0; i < 40; ++i) {
    peer.have(i % 20).piece(i % 19, 16'384 * (i % 4), pattern(16'384, i)).request(3, i, 5).keep_alive().suggest(i);
    peer.dont_have(i % 20).metadata_request(i % 3).reject(1, 0, 1 + i).cancel(1, i, 1);
  }
  peer.metadata_data(1, 30'000, pattern(30'000 - 16'384));
  WireRig whole;
  whole.link.set_geometry(rig_geometry);
  whole.feed(peer);
  REQUIRE(whole.why() == "up");
  REQUIRE(whole.said.size() == 4 + 40 * 7 + 1);
  for (int round = 0; round < 30; ++round) {
    WireRig rig;
    rig.link.set_geometry(rig_geometry);
    rig.feed_split(peer.script(), rng, round == 0 ? 1 : std::size_t{1} << (2 + round % 17));
    CHECK(rig.said == whole.said);
    CHECK(rig.why() == "up");
  }
}

TEST_CASE("link: bitfield, have-all or have-none come once, before the first have, after anything else") {
  const auto verdict = [](const FakePeer& peer) {
    WireRig rig = WireRig::up();
    return rig.feed(peer).why();
  };
  CHECK(verdict(FakePeer().webtorrent_extended_handshake().unchoke().interested().request(0, 0, 1).bitfield(some)) == "up");
  CHECK(verdict(FakePeer().dont_have(3).have_none()) == "up");
  CHECK(verdict(FakePeer().bitfield(some).bitfield(some)) == "bitfield-repeated");
  CHECK(verdict(FakePeer().have_all().have_all()) == "bitfield-repeated");
  CHECK(verdict(FakePeer().have_none().bitfield(some)) == "bitfield-repeated");
  CHECK(verdict(FakePeer().have(1).bitfield(some)) == "bitfield-repeated");
  CHECK(verdict(FakePeer().have(1).have_all()) == "bitfield-repeated");
  CHECK(verdict(FakePeer().have_none().have(1).have(1)) == "up");
}

TEST_CASE("link: the same rule holds before the geometry is known") {
  WireRig rig = WireRig::up(true, false);
  CHECK(rig.feed(FakePeer().have_all()).why() == "up");
  CHECK(rig.feed(FakePeer().have_none()).why() == "bitfield-repeated");
}

TEST_CASE("link: what came before the geometry is told once it is known, in order, and nothing before") {
  WireRig rig = WireRig::up(true, false);
  rig.feed(FakePeer().bitfield(some).have(7).have(2).dont_have(2).dont_have(0).have(5).interested());
  CHECK(rig.said == Lines{"interested"});
  rig.link.set_geometry(rig_geometry);
  rig.drain();
  CHECK(rig.said == Lines{"interested", "bitfield " + text_of(some), "have 5", "have 7", "dont-have 0", "dont-have 2"});
  rig.feed(FakePeer().have(9));
  CHECK(rig.said.back() == "have 9");
  rig.drain();
  CHECK(rig.said.size() == 7);
}

TEST_CASE("link: early have-all and have-none are told when the geometry is known, before later frames") {
  WireRig rig = WireRig::up(true, false);
  rig.feed(FakePeer().have_all());
  CHECK(rig.said.empty());
  rig.link.set_geometry(rig_geometry);
  rig.feed(FakePeer().dont_have(4));
  CHECK(rig.said == Lines{"have-all", "dont-have 4"});
  WireRig none = WireRig::up(true, false);
  none.feed(FakePeer().have_none());
  none.link.set_geometry(rig_geometry);
  CHECK(none.drain().said == Lines{"have-none"});
}

TEST_CASE("link: the geometry may become known in the middle of a feed") {
  WireRig rig = WireRig::up(true, false);
  const Bytes bytes = FakePeer().have_none().interested().have(3).take();
  rig.link.feed(rig.now(), bytes);
  auto said = rig.link.next(rig.now());
  REQUIRE(said);
  CHECK(std::holds_alternative<said::Interested>(**said));
  rig.link.set_geometry(rig_geometry);
  CHECK(rig.drain().said == Lines{"have-none", "have 3"});
}

TEST_CASE("link: an early bitfield or have that lied is found when the geometry is known") {
  const auto verdict = [](const FakePeer& peer) {
    WireRig rig = WireRig::up(true, false);
    if (rig.feed(peer).error) return "early " + rig.why();
    rig.link.set_geometry(rig_geometry);
    return rig.drain().why();
  };
  CHECK(verdict(FakePeer().bitfield(Bytes{0xff, 0xff, 0xf0})) == "up");
  CHECK(verdict(FakePeer().bitfield(Bytes{0xff, 0xff})) == "bitfield-bad-size");
  CHECK(verdict(FakePeer().bitfield(Bytes(8192, 0xff))) == "bitfield-bad-size");
  CHECK(verdict(FakePeer().bitfield(Bytes{0xff, 0xff, 0xf1})) == "bitfield-spare-bits");
  CHECK(verdict(FakePeer().have(19)) == "up");
  CHECK(verdict(FakePeer().have(20)) == "have-out-of-range");
  CHECK(verdict(FakePeer().dont_have(20)) == "have-out-of-range");
  CHECK(verdict(FakePeer().have(limits::pieces_max)) == "early have-out-of-range");
}

TEST_CASE("link: blocks before the geometry: requests are ignored, payload was never asked for") {
  WireRig rig = WireRig::up(true, false);
  rig.feed(FakePeer().request(1, 0, 5).cancel(1, 0, 5).reject(1, 0, 5));
  CHECK(rig.said.empty());
  CHECK(rig.why() == "up");
  CHECK(rig.feed(FakePeer().piece(0, 0, pattern(5))).why() == "piece-not-requested");
}

TEST_CASE("link: an error is final and later bytes are not looked at") {
  WireRig rig = WireRig::up();
  CHECK(rig.feed(FakePeer().have(99).have(1)).why() == "have-out-of-range");
  rig.error.reset();
  CHECK(rig.feed(FakePeer().have(1)).why() == "have-out-of-range");
  CHECK(rig.said.empty());
  CHECK(rig.tick_after(0).why() == "have-out-of-range");
}

TEST_CASE("link: have-all and have-none with Fast, a bitfield or nothing without") {
  const Bytes all = {0xff, 0xff, 0xf0};
  const Bytes none = {0, 0, 0};
  const auto sent = [&](bool fast, const Bytes& wire, bool is_all, bool is_none) {
    WireRig rig = WireRig::up(fast);
    rig.link.send_bitfield(wire, is_all, is_none);
    return to_bytes(rig.link.outgoing());
  };
  CHECK(sent(true, all, true, false) == FakePeer().have_all().take());
  CHECK(sent(true, none, false, true) == FakePeer().have_none().take());
  CHECK(sent(true, some, false, false) == FakePeer().bitfield(some).take());
  CHECK(sent(false, all, true, false) == FakePeer().bitfield(all).take());
  CHECK(sent(false, some, false, false) == FakePeer().bitfield(some).take());
  CHECK(sent(false, none, false, true).empty());
}

TEST_CASE("link: rejects are said only with Fast") {
  WireRig rig = WireRig::up(false);
  rig.link.send_reject({1, 2, 3});
  CHECK(rig.link.outgoing().empty());
}

TEST_CASE("link: the outgoing bytes keep their order through partial takes and compaction") {
  WireRig rig = WireRig::up();
  Bytes expected;
  Bytes taken;
  Rng rng(5);
  for (std::uint32_t i = 0; i < 200; ++i) {
    const Bytes block = pattern(16'384, i);
    rig.link.send_piece(i, i, block);
    append_piece(expected, i, i, block);
    const std::size_t n = std::min<std::size_t>(pick(rng, 40'000), rig.link.outgoing().size());
    const ByteSpan front = rig.link.outgoing().first(n);
    taken.insert(taken.end(), front.begin(), front.end());
    rig.link.consume(n);
  }
  const ByteSpan rest = rig.link.outgoing();
  taken.insert(taken.end(), rest.begin(), rest.end());
  CHECK(taken == expected);
}

TEST_CASE("link: the handshake has 10 s") {
  WireRig rig;
  CHECK(rig.link.deadline() == rig.now() + seconds(10));
  rig.feed(ByteSpan(FakePeer().handshake(rig_info_hash, rig_other).script()).first(67));
  CHECK(rig.tick_after(9'999).why() == "up");
  CHECK(rig.tick_after(1).why() == "handshake-timeout");
}

TEST_CASE("link: a started frame has 30 s, however many bytes of it come") {
  WireRig rig = WireRig::up();
  const Bytes bytes = FakePeer().piece(0, 0, pattern(40)).take();
  rig.feed(ByteSpan(bytes).first(1));
  CHECK(rig.link.deadline() == rig.now() + seconds(30));
  for (std::size_t i = 1; i < 30; ++i) rig.tick_after(1'000).feed(ByteSpan(bytes).subspan(i, 1));
  CHECK(rig.why() == "up");
  CHECK(rig.tick_after(1'000).why() == "frame-timeout");
}

TEST_CASE("link: each frame has its own 30 s") {
  WireRig rig = WireRig::up();
  const Bytes have = FakePeer().have(1).take();
  rig.feed(ByteSpan(have).first(6));
  for (int i = 0; i < 10; ++i) {
    Bytes turn(have.begin() + 6, have.end());
    turn.insert(turn.end(), have.begin(), have.begin() + 6);
    rig.tick_after(29'000).feed(turn);
  }
  CHECK(rig.why() == "up");
  CHECK(rig.said.size() == 10);
  rig.feed(ByteSpan(have).subspan(6));
  CHECK(rig.tick_after(31'000).why() == "up");
}

TEST_CASE("link: 150 s of silence are link-idle, a keep-alive is no silence") {
  WireRig rig = WireRig::up();
  CHECK(rig.tick_after(149'999).why() == "up");
  rig.feed(FakePeer().keep_alive());
  CHECK(rig.tick_after(149'999).why() == "up");
  CHECK(rig.tick_after(1).why() == "link-idle");
}

TEST_CASE("link: a keep-alive goes after 55 s without sending, and only then") {
  WireRig rig = WireRig::up();
  CHECK(rig.link.deadline() == rig.now() + seconds(55));
  rig.tick_after(54'999);
  CHECK(rig.link.outgoing().empty());
  rig.link.send_interested(true);
  rig.listen().tick_after(1);
  CHECK(rig.link.outgoing().empty());
  CHECK(rig.link.deadline() == rig.now() + milliseconds(54'999));
  rig.feed(FakePeer().keep_alive()).tick_after(54'999).listen();
  CHECK(rig.ear.frames.back().keep_alive);
  CHECK(rig.ear.frames.size() == 2);
}

TEST_CASE("link: bytes the channel has not taken stand for a keep-alive, and the deadline moves on") {
  WireRig rig = WireRig::up();
  rig.link.send_have(rig.now(), 1, 0);
  rig.tick_after(55'000);
  CHECK(to_bytes(rig.link.outgoing()) == FakePeer().have(1).take());
  CHECK(rig.link.deadline() == rig.now() + seconds(55));
}

TEST_CASE("link: haves wait for each other, for anything else that is said, and have_delay_ms at most") {
  WireRig rig = WireRig::up();
  rig.link.send_have(rig.now(), 1, limits::have_interval_ms);
  rig.tick_after(5);
  rig.link.send_have(rig.now(), 2, limits::have_interval_ms);
  CHECK_FALSE(rig.link.pressing(rig.now()));
  CHECK(rig.link.deadline() == rig.now() + milliseconds(limits::have_delay_ms - 5));
  rig.tick_after(limits::have_delay_ms - 5);
  CHECK(rig.link.pressing(rig.now()));
  CHECK(rig.link.deadline() == rig.now() + seconds(55) - milliseconds(limits::have_delay_ms - 5));
  CHECK(to_bytes(rig.link.outgoing()) == FakePeer().have(1).have(2).take());
  rig.link.consume(rig.link.outgoing().size());
  rig.link.send_have(rig.now(), 3, limits::have_interval_ms);
  rig.link.send_interested(true);
  CHECK(rig.link.pressing(rig.now()));
  rig.link.send_have(rig.now(), 4, limits::have_interval_ms);
  CHECK(rig.link.pressing(rig.now()));   // something that cannot wait is still there
  rig.link.consume(rig.link.outgoing().size());
  rig.link.send_have(rig.now(), 5, 0);
  CHECK(rig.link.pressing(rig.now()));
  rig.link.consume(rig.link.outgoing().size());
  const Instant later = rig.now() + seconds(1);  // a store answers while the peer is silent
  rig.link.send_have(later, 6, limits::have_interval_ms);
  CHECK_FALSE(rig.link.pressing(later));
}

TEST_CASE("link: messages of nothing but haves keep their interval, and the more urgent have sets it") {
  WireRig rig = WireRig::up();
  rig.link.send_have(rig.now(), 1, limits::have_interval_ms);
  rig.tick_after(limits::have_delay_ms);
  rig.link.consume(rig.link.outgoing().size());
  const Instant told = rig.now();
  rig.tick_after(limits::have_delay_ms);
  rig.link.send_have(rig.now(), 2, limits::have_interval_ms);
  CHECK(rig.link.deadline() == told + milliseconds(limits::have_interval_ms));
  rig.link.send_have(rig.now(), 3, limits::have_wanted_interval_ms);
  CHECK(rig.link.deadline() == told + milliseconds(limits::have_wanted_interval_ms));
  rig.link.send_have(rig.now(), 4, limits::have_complete_interval_ms);
  CHECK(rig.link.deadline() == told + milliseconds(limits::have_wanted_interval_ms));
  rig.tick_after(limits::have_wanted_interval_ms - limits::have_delay_ms);
  CHECK(rig.link.pressing(rig.now()));
  CHECK(to_bytes(rig.link.outgoing()) == FakePeer().have(2).have(3).have(4).take());
}
