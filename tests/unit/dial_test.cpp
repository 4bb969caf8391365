// The life of one dial: when its description leaves, when it ends, and who the other side is.
#include <doctest/doctest.h>

#include "signal/dial.hpp"
#include "unit/signal_rig.hpp"

using namespace samara;
using namespace samara::signal_test;

namespace {

constexpr Instant start = Instant{} + seconds(1);

Dial offerer(bool whole_gathering = false) {
  return make_dial(DialId{1}, DialRole::offerer, TorrentId{1}, start, whole_gathering);
}

void describe(Dial& dial, Instant at, int hosts, int reflexive, bool complete = false) {
  REQUIRE(take_local_sdp(dial, at, make_sdp("abcd", true, hosts, reflexive), complete).has_value());
}

}  // namespace

TEST_CASE("early sdp: nothing is ready before there is a description") {
  const Dial dial = offerer();
  CHECK_FALSE(sdp_ready_at(dial, true).has_value());
}

TEST_CASE("early sdp: 20 ms after the first host candidate when there is nothing else to wait for, and 5 ms after the last") {
  Dial dial = offerer();
  describe(dial, start, 0, 0);
  CHECK(sdp_ready_at(dial, true) == start + seconds(1));
  describe(dial, start + milliseconds(3), 1, 0);
  CHECK(sdp_ready_at(dial, true) == start + milliseconds(8));
  describe(dial, start + milliseconds(7), 2, 0);
  describe(dial, start + milliseconds(9), 2, 0);
  CHECK(sdp_ready_at(dial, true) == start + milliseconds(12));
  describe(dial, start + milliseconds(21), 3, 0);
  CHECK(sdp_ready_at(dial, true) == start + milliseconds(23));
}

TEST_CASE("early sdp: with STUN a host candidate is not enough, a server-reflexive one is, 50 ms later") {
  Dial dial = offerer();
  describe(dial, start, 1, 0);
  CHECK(sdp_ready_at(dial, false) == start + seconds(1));
  describe(dial, start + milliseconds(80), 1, 1);
  CHECK(sdp_ready_at(dial, false) == start + milliseconds(130));
}

TEST_CASE("early sdp: one second after the description was set, whatever is there") {
  Dial dial = offerer();
  describe(dial, start + milliseconds(5), 0, 0);
  CHECK(sdp_ready_at(dial, false) == start + milliseconds(1'005));
}

TEST_CASE("early sdp: gathering complete is ready at once, also without any candidate") {
  Dial dial = offerer();
  describe(dial, start, 0, 0, true);
  CHECK(sdp_ready_at(dial, false) <= start);
}

TEST_CASE("early sdp: after a failure the dial waits for gathering to complete") {
  Dial dial = offerer(true);
  describe(dial, start, 1, 1);
  CHECK_FALSE(sdp_ready_at(dial, true).has_value());
  describe(dial, start + milliseconds(700), 1, 2, true);
  CHECK(sdp_ready_at(dial, true).has_value());
}

TEST_CASE("own descriptions are filtered: no trickle option, nothing but the data channel") {
  Dial dial = offerer();
  describe(dial, start, 1, 0);
  CHECK(dial.sdp.find("trickle") == std::string::npos);
  CHECK(dial.sdp.find("msid-semantic") == std::string::npos);
  CHECK(dial.sdp.find("candidate:") != std::string::npos);
}

TEST_CASE("a description that the filter refuses leaves the dial as it was") {
  Dial dial = offerer();
  CHECK_FALSE(take_local_sdp(dial, start, "v=0\r\n", true).has_value());
  CHECK_FALSE(dial.gathering_complete);
  CHECK_FALSE(dial.described_at.has_value());
}

TEST_CASE("sleep moves a dial's deadline once") {
  Dial dial = offerer();
  const Instant before = dial.expires;
  extend_deadline(dial, seconds(3'600));
  CHECK(dial.expires == before + seconds(3'600));
  extend_deadline(dial, seconds(3'600));
  CHECK(dial.expires == before + seconds(3'600));
}

TEST_CASE("two sockets of one run are one peer; other clients are compared whole") {
  CHECK(same_peer(peer("-SM0001-aaaaaa111111"), peer("-SM0001-aaaaaa222222")));
  CHECK_FALSE(same_peer(peer("-SM0001-aaaaaa111111"), peer("-SM0001-bbbbbb111111")));
  CHECK_FALSE(same_peer(peer("-WW0300-aaaaaa111111"), peer("-WW0300-aaaaaa222222")));
  CHECK(same_peer(peer("-WW0300-aaaaaa111111"), peer("-WW0300-aaaaaa111111")));
}

TEST_CASE("glare: the lower run id's offer stays between Samara peers, ours with other clients") {
  const RunPrefix low = run_prefix(peer("-SM0001-aaaaaa111111"));
  const RunPrefix high = run_prefix(peer("-SM0001-bbbbbb111111"));
  CHECK(our_offer_stays(low, peer("-SM0001-bbbbbb111111")));
  CHECK_FALSE(our_offer_stays(high, peer("-SM0001-aaaaaa111111")));
  CHECK(our_offer_stays(high, peer("-WW0300-aaaaaa111111")));
}
