// Hostile: peers that hold a link open and say next to nothing.
#include <doctest/doctest.h>

#include "hostile/wire_rig.hpp"

using namespace samara;
using namespace samara::test;

TEST_CASE("hostile wire: one byte a second never finishes the handshake in time") {
  WireRig rig;
  const Bytes bytes = FakePeer().handshake(rig_info_hash, rig_other).take();
  std::size_t sent = 0;
  while (!rig.error && sent < bytes.size()) {
    rig.feed(ByteSpan(bytes).subspan(sent++, 1));
    rig.tick_after(1'000);
  }
  CHECK(rig.why() == "handshake-timeout");
  CHECK(sent == 10);
}

TEST_CASE("hostile wire: one byte a minute of a frame is frame-timeout at the first deadline") {
  WireRig rig = WireRig::up();
  const Bytes bytes = FakePeer().piece(0, 0, pattern(16'384)).take();
  rig.feed(ByteSpan(bytes).first(1));
  CHECK(rig.tick_after(29'999).why() == "up");
  CHECK(rig.tick_after(1).why() == "frame-timeout");
}

TEST_CASE("hostile wire: a peer that shook hands and fell silent is link-idle, though we keep the link alive") {
  WireRig rig = WireRig::up();
  int ticks = 0;
  while (!rig.error && ticks++ < 100) {
    rig.tick_after((rig.link.deadline() - rig.now()).us / 1'000);
    rig.listen();
  }
  CHECK(rig.why() == "link-idle");
  CHECK(rig.now() == WireRig::seconds_from_zero(100) + seconds(150));
  CHECK(rig.ear.frames.size() == 2);
}

TEST_CASE("hostile wire: a slow frame does not make the link wait beyond the header of what was buffered") {
  WireRig rig = WireRig::up();
  rig.feed(FakePeer().prefix(64 * 1024).raw(Bytes{20}));
  CHECK(rig.tick_after(30'000).why() == "frame-timeout");
}
