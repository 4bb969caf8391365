// The 68-byte handshake: layout, reserved bits, and whom we do not talk to.
#include <doctest/doctest.h>

#include "hostile/wire_rig.hpp"
#include "wire/handshake.hpp"

using namespace samara;
using namespace samara::test;

namespace {

std::string answer_to(const Bytes& bytes, std::string_view self = "-SM0001-runidASOCKET") {
  Link link(rig_info_hash, peer_id_of(self), Instant{});
  link.feed(Instant{}, bytes);
  const auto next = link.next(Instant{});
  return next ? (*next ? "said" : "waits") : std::string(to_string(next.error().code));
}

}  // namespace

TEST_CASE("handshake: ours is 68 bytes with the extension and fast bits and nothing else reserved") {
  Bytes out;
  append_handshake(out, rig_info_hash, rig_self);
  CHECK(out == FakePeer().handshake(rig_info_hash, rig_self).take());
  CHECK(out.size() == 68);
  Link link(rig_info_hash, rig_self, Instant{});
  CHECK(to_bytes(link.outgoing()) == out);
}

TEST_CASE("handshake: fast and extended hold only when the peer set the bit too") {
  for (const bool fast : {false, true}) {
    for (const bool extended : {false, true}) {
      WireRig rig;
      CHECK_FALSE(rig.link.handshaken());
      rig.feed(FakePeer().handshake(rig_info_hash, rig_other, fast, extended));
      CHECK(rig.link.handshaken());
      CHECK(rig.link.fast() == fast);
      CHECK(rig.link.extended() == extended);
      CHECK(rig.link.peer_id() == rig_other);
      CHECK(rig.said.size() == 1);
    }
  }
}

TEST_CASE("handshake: other reserved bits are ignored") {
  Bytes bytes = FakePeer().handshake(rig_info_hash, rig_other).take();
  for (std::size_t i = 20; i < 28; ++i) bytes[i] = 0xff;
  CHECK(answer_to(bytes) == "said");
}

TEST_CASE("handshake: a missing byte waits, a wrong byte anywhere in the protocol name drops") {
  const Bytes right = FakePeer().handshake(rig_info_hash, rig_other).take();
  CHECK(answer_to({right.begin(), right.end() - 1}) == "waits");
  for (std::size_t i = 0; i < 20; ++i) {
    Bytes wrong = right;
    wrong[i] ^= 0x20;
    CHECK(answer_to(wrong) == "handshake-invalid");
    CHECK(decode_handshake(wrong).error().detail == i);
  }
  CHECK_FALSE(decode_handshake(ByteSpan(right).first(67)));
}

TEST_CASE("handshake: another torrent's infohash is handshake-wrong-torrent") {
  CHECK(answer_to(FakePeer().handshake(info_hash_of(0xac), rig_other).take()) == "handshake-wrong-torrent");
}

TEST_CASE("handshake: our own run id is self-connection, whatever the socket part") {
  CHECK(answer_to(FakePeer().handshake(rig_info_hash, rig_self).take()) == "self-connection");
  CHECK(answer_to(FakePeer().handshake(rig_info_hash, peer_id_of("-SM0001-runidAother!")).take()) == "self-connection");
  CHECK(answer_to(FakePeer().handshake(rig_info_hash, peer_id_of("-SM0001-runidBSOCKET")).take()) == "said");
}

TEST_CASE("handshake: ids that are random throughout are ours only when they are equal") {
  const auto reply = [](std::string_view id) { return FakePeer().handshake(rig_info_hash, peer_id_of(id)).take(); };
  CHECK(answer_to(reply("ABCDEFGHIJKLMNOPQRST"), "ABCDEFGHIJKLMNOPQRST") == "self-connection");
  CHECK(answer_to(reply("ABCDEFGHIJKLMNOPQRSU"), "ABCDEFGHIJKLMNOPQRST") == "said");
}
