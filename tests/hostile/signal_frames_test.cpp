// Trackers and strangers that misbehave: nonsense, floods, injected descriptions, refusals. Each costs its sender
// the frame, the dial or the socket, and nobody else anything.
#include <doctest/doctest.h>

#include "samara/error.hpp"
#include "unit/signal_rig.hpp"

using namespace samara;
using namespace samara::signal_test;
using Kind = Record::Kind;

namespace {

std::string stranger_offer(std::uint32_t n, std::string_view sdp, std::uint32_t torrent = 1) {
  PeerId from = peer("-WW0300-");
  for (std::size_t i = 0; i < 4; ++i) from.bytes[8 + i] = static_cast<std::uint8_t>(n >> (8 * i));
  return relayed("offer", hash_of(torrent), from, offer_id(static_cast<std::uint8_t>(n)), sdp);
}

void online(Rig& rig, const SwarmNeed& need) {
  rig.add(1, need);
  rig.opened(rig.socket());
  rig.skip();
}

std::size_t logged(const Rig& rig, Code code) { return rig.logged(to_string(code)); }

}  // namespace

TEST_CASE("32 bad frames are ignored, one more ends the socket, and the next try is not at once") {
  Rig rig;
  online(rig, complete_need());
  for (int i = 0; i < 32; ++i) rig.text("{\"action\":");
  CHECK(rig.all(Kind::close_socket).empty());
  CHECK(logged(rig, Code::tracker_json_invalid) == 32);
  rig.text("{\"action\":");
  CHECK(rig.all(Kind::close_socket).size() == 1);
  rig.pass(2'400);
  CHECK(rig.all(Kind::open_socket).size() == 1);
  rig.pass(1'500);
  CHECK(rig.all(Kind::open_socket).size() == 2);
}

TEST_CASE("a frame that is too large or too deep is a bad frame") {
  Rig rig;
  online(rig, complete_need());
  rig.text(std::string(limits::tracker_frame_bytes_max + 1, ' '));
  CHECK(logged(rig, Code::tracker_frame_too_large) == 1);
  rig.text("{\"action\":\"announce\",\"extra\":" + std::string(20, '[') + std::string(20, ']') + "}");
  CHECK(logged(rig, Code::tracker_json_too_deep) == 1);
}

TEST_CASE("frames for torrents we do not have and answers to offers we did not make are ignored") {
  Rig rig;
  online(rig, complete_need());
  rig.text(stranger_offer(1, make_sdp("abcd", true), 2));
  CHECK(logged(rig, Code::tracker_foreign_torrent) == 1);
  rig.text(reply_frame(hash_of(2), 5, 5));
  rig.text(relayed("answer", hash_of(1), peer("-WW0300-x"), offer_id(1), make_sdp("abcd", false)));
  CHECK(rig.signaller.connections() == 0);
  CHECK(rig.all(Kind::close_socket).empty());
}

TEST_CASE("an answer for the wrong torrent, or through the wrong tracker, does not take an offer") {
  Rig rig;
  rig.add(2, complete_need(), {"ws://127.0.0.1:9"});
  rig.opened(rig.socket());
  const SocketId elsewhere = rig.socket();
  const OfferRow row = rig.hungry_with_offer();
  const auto answer = [&](std::uint32_t torrent) {
    return relayed("answer", hash_of(torrent), peer("-WW0300-x"), row.id, make_sdp("abcd", false));
  };
  rig.text(answer(2));
  rig.text(answer(1), elsewhere);
  CHECK(rig.all(Kind::apply_answer).empty());
  rig.text(answer(1));
  CHECK(rig.all(Kind::apply_answer).size() == 1);
}

TEST_CASE("an offer with a description that the filter refuses makes no connection") {
  Rig rig;
  online(rig, complete_need());
  std::string media = make_sdp("abcd", true) + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";
  rig.text(stranger_offer(1, media));
  CHECK(logged(rig, Code::sdp_forbidden_media) == 1);
  rig.text(stranger_offer(2, "v=0\r\n"));
  CHECK(logged(rig, Code::sdp_invalid) == 1);
  rig.text(stranger_offer(3, make_sdp("abcd", true) + std::string(limits::sdp_bytes_max, 'x')));
  CHECK(logged(rig, Code::sdp_too_large) == 1);
  CHECK(rig.all(Kind::make_answer).empty());
}

TEST_CASE("what reaches the browser is rewritten: no foreign line, at most twenty candidates") {
  Rig rig;
  online(rig, complete_need());
  rig.text(stranger_offer(1, make_sdp("abcd", true, 60) + "a=crypto:1 evil\r\n"));
  const auto made = rig.all(Kind::make_answer);
  REQUIRE(made.size() == 1);
  CHECK_FALSE(made[0].text.contains("crypto"));
  std::size_t candidates = 0;
  for (std::size_t at = made[0].text.find("a=candidate:"); at != std::string::npos; at = made[0].text.find("a=candidate:", at + 1)) {
    ++candidates;
  }
  CHECK(candidates == limits::sdp_candidates_max);
}

TEST_CASE("a refused answer closes its dial and counts as a failure") {
  Rig rig;
  const OfferRow row = rig.hungry_with_offer();
  rig.text(relayed("answer", hash_of(1), peer("-WW0300-x"), row.id, "v=0\r\n"));
  CHECK(rig.all(Kind::apply_answer).empty());
  CHECK(rig.all(Kind::close_dial).size() == 1);
  CHECK(rig.signaller.view(TorrentId{1}).failures == 1);
  CHECK(rig.signaller.view(TorrentId{1}).last_failure == DialFailure::bad_sdp);
}

TEST_CASE("an offer flood makes at most ten connections at a time per torrent and tracker") {
  Rig rig;
  online(rig, complete_need());
  for (std::uint32_t n = 0; n < 1'000; ++n) rig.text(stranger_offer(n, make_sdp("abcd", true)));
  CHECK(rig.all(Kind::make_answer).size() == limits::offers_incoming_max);
  CHECK(rig.signaller.connections() == limits::offers_incoming_max);
  CHECK(logged(rig, Code::tracker_offer_quota) == 1);  // one line, however long the flood
}

TEST_CASE("an offer flood over time stays under the quota and the budget") {
  Rig rig;
  online(rig, complete_need());
  std::uint32_t n = 0;
  for (int s = 0; s < 600; ++s) {
    for (int i = 0; i < 20; ++i) rig.text(stranger_offer(++n, make_sdp("abcd", true)));
    rig.text(reply_frame(hash_of(1), 1, 0));
    rig.pass(1'000);
    CHECK(rig.signaller.connections() <= limits::offers_incoming_max);
  }
  // 10 at first, ten per minute, five per announce.
  CHECK(rig.all(Kind::make_answer).size() <= 10 + 100 + 5 * (rig.all(Kind::text).size() + 1));
}

TEST_CASE("many honest receivers of one sender are not short of places") {
  Rig rig;
  online(rig, complete_need());
  for (std::uint32_t n = 0; n < 200; ++n) {
    rig.text(stranger_offer(n, make_sdp("abcd", true)));
    REQUIRE(rig.all(Kind::make_answer).size() == n + 1);
    const DialId dial = rig.last_dial();
    rig.gathered(dial, false);
    REQUIRE(rig.channel(dial));
    rig.release(dial);
  }
}

TEST_CASE("a failure reply holds that torrent back on that tracker, longer each time, and no other") {
  Rig rig;
  rig.add(2, complete_need());
  online(rig, hungry_need());
  const auto refusal = "{\"action\":\"announce\",\"failure reason\":\"no\",\"info_hash\":" + quoted_id(hash_of(1)) + "}";
  const auto frames_for = [&](std::uint32_t torrent) {
    std::size_t count = 0;
    for (const Record& r : rig.all(Kind::text)) {
      if (json_id<InfoHash>(r.text, "info_hash") == hash_of(torrent)) ++count;
    }
    return count;
  };
  rig.pass(500);
  REQUIRE(frames_for(1) == 1);
  rig.text(refusal);
  CHECK(rig.logged("tracker-failure") == 1);
  rig.pass(59'000);
  CHECK(frames_for(1) == 1);
  CHECK(frames_for(2) >= 1);
  rig.text(reply_frame(hash_of(2), 1, 0));
  rig.pass(1'100);
  CHECK(frames_for(1) == 2);
  rig.text(refusal);
  rig.pass(60'000);
  rig.text(reply_frame(hash_of(2), 1, 0));
  rig.pass(59'000);
  CHECK(frames_for(1) == 2);
}

TEST_CASE("a failure that names no torrent holds back the announce that waits longest") {
  Rig rig;
  online(rig, complete_need());
  rig.text("{\"failure reason\":\"invalid\"}");
  CHECK(rig.logged("tracker-failure") == 1);
  rig.skip();
  rig.text("{\"failure reason\":\"invalid\"}");
  CHECK(rig.logged("tracker-failure") == 1);
}

TEST_CASE("intervals and counts of any size do no harm") {
  Rig rig;
  online(rig, hungry_need());
  for (const auto* interval : {"0.001", "1e18", "-1", "\"x\"", "null", "0", "4294967296"}) {
    for (const auto* complete : {"4294967295", "1e300", "-5", "\"9\""}) {
      rig.text("{\"action\":\"announce\",\"interval\":" + std::string(interval) + ",\"complete\":" + complete +
               ",\"incomplete\":4294967295,\"info_hash\":" + quoted_id(hash_of(1)) + "}");
      rig.pass(100);
    }
  }
  CHECK(rig.signaller.connections() <= 1 + limits::offers_per_announce_max);
  const std::size_t before = rig.all(Kind::text).size();
  rig.pass(60'000);
  CHECK(rig.all(Kind::text).size() - before < 20);
}

TEST_CASE("no text of a stranger reaches the log") {
  Rig rig;
  online(rig, complete_need());
  rig.text("{\"action\":\"announce\",\"failure reason\":\"SECRET\",\"warning message\":\"SECRET\",\"info_hash\":" +
           quoted_id(hash_of(1)) + "}");
  rig.text("{\"SECRET");
  rig.text(stranger_offer(1, "SECRET"));
  for (const Record& r : rig.all(Kind::log)) CHECK_FALSE(r.text.contains("SECRET"));
}
