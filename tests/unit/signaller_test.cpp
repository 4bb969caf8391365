// What a signaller tells one tracker and when: sockets, announces, offers, sleep and the network.
#include <doctest/doctest.h>

#include "signal/peer_identity.hpp"
#include "unit/signal_rig.hpp"

using namespace samara;
using namespace samara::signal_test;
using Kind = Record::Kind;

namespace {

constexpr std::string_view public_url = "wss://tracker.example";

Config with_stun() {
  Config config;
  config.has_ice_servers = true;
  return config;
}

/// A complete torrent 1 on an open socket, announced and answered.
void complete_and_announced(Rig& rig, std::uint32_t others) {
  rig.add(1, complete_need());
  rig.opened(rig.socket());
  rig.text(reply_frame(hash_of(1), 1, others));
  rig.skip();
}

}  // namespace

// ---- sockets

TEST_CASE("nothing is contacted before a torrent is added") {
  Rig rig;
  rig.pass(600'000);
  rig.give([&](Signaller& s) { s.network(rig.now, true); });
  CHECK(rig.records.empty());
  CHECK_FALSE(rig.signaller.deadline().has_value());
}

TEST_CASE("one socket per tracker for all torrents, duplicates and trailing slashes count once") {
  Rig rig;
  rig.add(1, complete_need(), {"ws://127.0.0.1:8000", "ws://127.0.0.1:8000/", "ws://127.0.0.1:8000"});
  rig.add(2, hungry_need());
  CHECK(rig.all(Kind::open_socket).size() == 1);
  CHECK(rig.signaller.trackers().size() == 1);
  CHECK(rig.signaller.view(TorrentId{1}).trackers == 1);
}

TEST_CASE("the peer id has the run's prefix and is fresh for every socket") {
  Rig rig;
  rig.add(1, complete_need());
  rig.opened(rig.socket());
  rig.give([&](Signaller& s) { s.socket_closed(rig.now, rig.socket()); });
  rig.pass(1'000);
  rig.opened(rig.socket());
  const auto frames = rig.take(Kind::text);
  REQUIRE(frames.size() == 2);
  const auto first = json_id<PeerId>(frames[0].text, "peer_id");
  const auto second = json_id<PeerId>(frames[1].text, "peer_id");
  CHECK(as_text(first.bytes).starts_with("-SM0001-"));
  CHECK(first != second);
  CHECK(same_peer(first, second));
  CHECK(is_event(frames[1], "started"));
}

TEST_CASE("removing the last torrent says stopped, then closes the socket") {
  Rig rig;
  rig.add(1, complete_need());
  rig.add(2, complete_need());
  rig.opened(rig.socket());
  rig.skip();
  rig.remove(1);
  CHECK(rig.all(Kind::close_socket).empty());
  rig.remove(2);
  CHECK(rig.records.back().kind == Kind::close_socket);
  const auto frames = rig.take(Kind::text);
  REQUIRE(frames.size() == 2);
  CHECK(is_event(frames[0], "stopped"));
  CHECK(json_id<InfoHash>(frames[1].text, "info_hash") == hash_of(2));
  CHECK(rig.signaller.trackers().empty());
  CHECK_FALSE(rig.signaller.deadline().has_value());
}

TEST_CASE("a socket that neither opens nor closes is given up after 15 s") {
  Rig rig;
  rig.add(1, complete_need());
  rig.pass(14'999);
  CHECK(rig.all(Kind::close_socket).empty());
  rig.pass(1'000);
  CHECK(rig.all(Kind::close_socket).size() == 1);
  CHECK(rig.all(Kind::open_socket).size() == 2);
}

TEST_CASE("a socket that hears nothing for two intervals is replaced") {
  Rig rig;
  rig.add(1, complete_need());
  rig.opened(rig.socket());
  rig.text(reply_frame(hash_of(1), 1, 0, 20));
  rig.pass(20'000 * 3);
  CHECK(rig.all(Kind::close_socket).size() == 1);
  CHECK(rig.all(Kind::open_socket).size() == 2);
}

// ---- announces

TEST_CASE("a complete side announces started with left 0 and no offers, and makes no connection") {
  Rig rig;
  rig.add(1, complete_need());
  rig.opened(rig.socket());
  const auto frames = rig.take(Kind::text);
  REQUIRE(frames.size() == 1);
  CHECK(is_event(frames[0], "started"));
  CHECK(frames[0].text.find("\"left\":0,") != std::string::npos);
  CHECK(frames[0].text.find("\"numwant\":0,") != std::string::npos);
  CHECK(frames[0].text.find("offers") == std::string::npos);
  rig.pass(300'000);
  CHECK(rig.all(Kind::make_offer).empty());
}

TEST_CASE("a wanting side's first announce carries one offer, made while the socket opens") {
  Rig rig;
  rig.add(1, hungry_need());
  CHECK(rig.all(Kind::make_offer).size() == 1);
  rig.gathered(rig.last_dial(), true);
  rig.opened(rig.socket());
  const auto frames = rig.take(Kind::text);
  REQUIRE(frames.size() == 1);
  CHECK(is_event(frames[0], "started"));
  CHECK(offers_in(frames[0].text).size() == 1);
  CHECK(frames[0].text.find("\"numwant\":1,") != std::string::npos);
  CHECK(frames[0].text.find("\"left\":1,") != std::string::npos);
}

TEST_CASE("a first announce waits 500 ms for its offer, goes without, and again with it") {
  Rig rig(with_stun());
  rig.add(1, hungry_need(), {std::string(public_url)});
  rig.opened(rig.socket());
  rig.pass(499);
  CHECK(rig.all(Kind::text).empty());
  rig.pass(1);
  auto frames = rig.take(Kind::text);
  REQUIRE(frames.size() == 1);
  CHECK(is_event(frames[0], "started"));
  CHECK(offers_in(frames[0].text).empty());
  rig.gathered(rig.last_dial(), true);
  frames = rig.take(Kind::text);
  REQUIRE(frames.size() == 1);
  CHECK(is_event(frames[0], ""));
  CHECK(offers_in(frames[0].text).size() == 1);
}

TEST_CASE("an early description leaves 5 ms after the last host candidate on a local tracker") {
  Rig rig(with_stun());
  rig.add(1, hungry_need());
  rig.opened(rig.socket());
  rig.sdp(rig.last_dial(), make_sdp("abcd", true, 1));
  rig.pass(4);
  CHECK(rig.all(Kind::text).empty());
  rig.pass(1);
  CHECK(offers_in(rig.all(Kind::text).at(0).text).size() == 1);
}

TEST_CASE("with a public tracker and STUN the description waits for a reflexive candidate") {
  Rig rig(with_stun());
  rig.add(1, hungry_need(), {std::string(public_url)});
  rig.opened(rig.socket());
  rig.sdp(rig.last_dial(), make_sdp("abcd", true, 1));
  rig.pass(100);
  rig.sdp(rig.last_dial(), make_sdp("abcd", true, 1, 1));
  CHECK(rig.all(Kind::text).empty());
  rig.pass(50);
  CHECK(offers_in(rig.all(Kind::text).at(0).text).size() == 1);
}

TEST_CASE("hungry: offers again after 1, 2, 4 … ≤ 15 s, the same one while the tracker counts nobody") {
  Rig rig;
  OfferRow row = rig.hungry_with_offer();
  rig.text(reply_frame(hash_of(1), 0, 1));
  rig.skip();
  Instant last = rig.now;
  for (const std::int64_t s : {1, 2, 4, 8, 15, 15}) {
    rig.pass(s * 1'000);
    const auto frames = rig.take(Kind::text);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].at - last <= seconds(s));
    CHECK((frames[0].at - last).us >= seconds(s).us * 9 / 10);
    last = frames[0].at;
    rig.now = last;
    const auto rows = offers_in(frames[0].text);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].id != row.id);
    CHECK(rows[0].sdp == row.sdp);
    rig.text(reply_frame(hash_of(1), 0, 1));
  }
  CHECK(rig.all(Kind::make_offer).size() == 1);
}

TEST_CASE("an unanswered offer that somebody may have is not sent again before 50 s") {
  Rig rig;
  rig.hungry_with_offer();
  rig.text(reply_frame(hash_of(1), 1, 1));
  rig.pass(1'000);
  CHECK(rig.all(Kind::make_offer).size() == 2);  // another connection, not the same offer again
}

TEST_CASE("with more others known a round sends several offers in one announce") {
  Rig rig;
  rig.hungry_with_offer();
  rig.text(reply_frame(hash_of(1), 4, 1));
  rig.skip();
  rig.pass(1'000);
  const auto made = rig.take(Kind::make_offer);
  REQUIRE(made.size() == 4);
  rig.skip();
  for (const Record& r : made) rig.gathered(r.dial, true);
  const auto frames = rig.take(Kind::text);
  REQUIRE(frames.size() == 1);
  CHECK(offers_in(frames[0].text).size() == 4);
}

TEST_CASE("who comes together meets at once: more are counted, a round follows 250 ms later, three times at most") {
  Rig rig;
  rig.hungry_with_offer();
  for (std::uint32_t others = 1; others <= limits::eager_rounds_max; ++others) {
    rig.text(reply_frame(hash_of(1), others, 1));
    rig.skip();
    rig.pass(limits::eager_round_ms);
    const auto made = rig.take(Kind::make_offer);
    CHECK_FALSE(made.empty());
    rig.skip();
    for (const Record& r : made) rig.gathered(r.dial, true);
    CHECK(rig.take(Kind::text).size() == 1);
  }
  rig.text(reply_frame(hash_of(1), limits::eager_rounds_max + 1, 1));
  rig.skip();
  rig.pass(limits::eager_round_ms);
  CHECK(rig.take(Kind::text).empty());
}

TEST_CASE("offers of one round that are ready a little later go together") {
  Rig rig;
  rig.hungry_with_offer();
  rig.text(reply_frame(hash_of(1), 2, 1));
  rig.skip();
  rig.pass(1'000);
  const auto made = rig.take(Kind::make_offer);
  REQUIRE(made.size() == 2);
  rig.skip();
  rig.gathered(made[0].dial, true);
  CHECK(rig.all(Kind::text).size() == 1);
  rig.pass(20);
  CHECK(rig.all(Kind::text).size() == 2);
  rig.gathered(made[1].dial, true);
  rig.pass(20);
  CHECK(offers_in(rig.all(Kind::text).back().text).size() == 1);
}

TEST_CASE("an announce stays under 16 KiB: fewer offers if they would not fit") {
  Rig rig;
  rig.hungry_with_offer();
  rig.text(reply_frame(hash_of(1), 9, 1));
  rig.skip();
  rig.pass(1'000);
  const auto made = rig.take(Kind::make_offer);
  REQUIRE(made.size() == 5);
  for (const Record& r : made) {
    rig.sdp(r.dial, make_sdp(std::string(250, 'u'), true, 20, 20), true);
  }
  for (const Record& r : rig.all(Kind::text)) CHECK(r.text.size() < 16 * 1024);
}

TEST_CASE("complete: offers once after 1, 2, 4 … ≤ 60 s while somebody is there and nobody is linked") {
  Rig rig;
  complete_and_announced(rig, 1);
  Instant last = rig.now;
  for (const std::int64_t s : {1, 2, 4}) {
    rig.pass(s * 1'000);
    const auto made = rig.take(Kind::make_offer);
    REQUIRE(made.size() == 1);
    CHECK(made[0].at - last <= seconds(s));
    CHECK((made[0].at - last).us >= seconds(s).us * 9 / 10);
    rig.now = last = made[0].at;
    rig.gathered(made[0].dial, true);
    CHECK(offers_in(rig.all(Kind::text).back().text).size() == 1);
    rig.skip();
  }
}

TEST_CASE("complete and linked, or alone: no offers") {
  Rig rig;
  complete_and_announced(rig, 1);
  rig.update(1, complete_need(1));
  rig.pass(100'000);
  CHECK(rig.all(Kind::make_offer).empty());
  Rig alone;
  complete_and_announced(alone, 0);
  alone.pass(100'000);
  CHECK(alone.all(Kind::make_offer).empty());
}

TEST_CASE("served: looks for more only when the tracker counts more, with back-off") {
  Rig rig;
  rig.add(1, served_need());
  rig.opened(rig.socket());
  rig.text(reply_frame(hash_of(1), 1, 1));
  rig.pass(50'000);
  CHECK(rig.all(Kind::make_offer).empty());
  rig.text(reply_frame(hash_of(1), 1, 2));
  rig.pass(1'000);
  CHECK(rig.all(Kind::make_offer).size() == 2);  // few: one for everybody, as the tracker chooses who gets which
}

TEST_CASE("a lost link while wanting restarts the back-off at once") {
  Rig rig;
  const OfferRow row = rig.hungry_with_offer();
  rig.text(reply_frame(hash_of(1), 1, 1));
  rig.text(relayed("answer", hash_of(1), peer("-WW0300-remote"), row.id, make_sdp("far1", false)));
  const DialId dial = rig.all(Kind::apply_answer).at(0).dial;
  REQUIRE(rig.channel(dial));
  rig.update(1, served_need());
  rig.pass(20'000);
  rig.skip();
  rig.release(dial);
  rig.update(1, hungry_need());
  CHECK(rig.take(Kind::make_offer).size() == 1);
}

TEST_CASE("a link that is refused at once does not make the search spin") {
  Rig rig;
  rig.hungry_with_offer();
  rig.text(reply_frame(hash_of(1), 1, 1));
  rig.looked = 0;
  int links = 0;
  for (int i = 0; i < 200; ++i) {  // ten seconds
    for (; rig.looked < rig.records.size(); ++rig.looked) {
      const Record r = rig.records[rig.looked];
      if (r.kind == Kind::make_offer) rig.gathered(r.dial, true);
      if (r.kind == Kind::text) {
        for (const OfferRow& row : offers_in(r.text)) {
          rig.text(relayed("answer", hash_of(1), peer("-WW0300-remote"), row.id, make_sdp("far1", false)));
        }
      }
      if (r.kind == Kind::apply_answer && rig.channel(r.dial)) {
        ++links;
        rig.release(r.dial);
      }
    }
    rig.pass(50);
  }
  CHECK(links >= 3);
  CHECK(links <= 11);
}

TEST_CASE("completed is said once, without offers, when a wanting torrent becomes whole") {
  Rig rig;
  rig.hungry_with_offer();
  rig.skip();
  rig.update(1, complete_need());
  rig.update(1, complete_need(1));
  const auto frames = rig.take(Kind::text);
  REQUIRE(frames.size() == 1);
  CHECK(is_event(frames[0], "completed"));
  CHECK(offers_in(frames[0].text).empty());
}

TEST_CASE("re-announces within the interval, and something is sent every 60 s") {
  Rig rig;
  complete_and_announced(rig, 0);
  Instant last = rig.now;
  rig.text(reply_frame(hash_of(1), 1, 0, 30));
  for (int i = 0; i < 20; ++i) {
    rig.pass(30'000);
    const auto frames = rig.take(Kind::text);
    REQUIRE_FALSE(frames.empty());
    CHECK(frames[0].at - last <= seconds(30));
    last = frames[0].at;
    rig.now = last;
    rig.text(reply_frame(hash_of(1), 1, 0, 30));
  }
  rig.text(reply_frame(hash_of(1), 1, 0, 3'600));
  rig.skip();
  for (int i = 0; i < 20; ++i) {
    rig.pass(60'000);
    REQUIRE(rig.take(Kind::text).size() == 1);
    rig.text(reply_frame(hash_of(1), 1, 0, 3'600));
  }
}

TEST_CASE("an unanswered offer goes to every connected tracker under its own id, the first answer wins") {
  Rig rig;
  rig.add(1, hungry_need(), {"ws://127.0.0.1:1", "ws://127.0.0.1:2"});
  const auto sockets = rig.all(Kind::open_socket);
  REQUIRE(sockets.size() == 2);
  rig.opened(sockets[0].socket);
  rig.gathered(rig.last_dial(), true);
  rig.pass(300);
  rig.opened(sockets[1].socket);
  const auto frames = rig.all(Kind::text);
  REQUIRE(frames.size() == 2);
  const auto a = offers_in(frames[0].text);
  const auto b = offers_in(frames[1].text);
  REQUIRE(a.size() == 1);
  REQUIRE(b.size() == 1);
  CHECK(a[0].sdp == b[0].sdp);
  CHECK(a[0].id != b[0].id);
  rig.text(relayed("answer", hash_of(1), peer("-WW0300-b"), b[0].id, make_sdp("far1", false)), sockets[1].socket);
  rig.text(relayed("answer", hash_of(1), peer("-WW0300-a"), a[0].id, make_sdp("far2", false)), sockets[0].socket);
  CHECK(rig.all(Kind::apply_answer).size() == 1);
  CHECK(rig.all(Kind::make_offer).size() == 1);
}

// ---- the network and sleep

TEST_CASE("offline: no attempts; online: reconnect at once") {
  Rig rig;
  rig.add(1, hungry_need());
  rig.give([&](Signaller& s) { s.network(rig.now, false); });
  CHECK_FALSE(rig.signaller.online());
  rig.give([&](Signaller& s) { s.socket_closed(rig.now, rig.socket()); });
  rig.pass(600'000);
  CHECK(rig.all(Kind::open_socket).size() == 1);
  rig.give([&](Signaller& s) { s.network(rig.now, true); });
  CHECK(rig.all(Kind::open_socket).size() == 2);
}

TEST_CASE("offers gathered on the network that is gone are not used") {
  Rig rig;
  rig.hungry_with_offer();
  rig.give([&](Signaller& s) { s.network(rig.now, false); });
  rig.skip();
  rig.give([&](Signaller& s) { s.network(rig.now, true); });
  CHECK(rig.signaller.connections() == 1);
  CHECK(rig.all(Kind::make_offer).size() == 2);
  CHECK(rig.all(Kind::close_dial).size() == 1);
}

TEST_CASE("the page came back: wanted torrents are announced at once, once for several events") {
  Rig rig;
  rig.hungry_with_offer();
  rig.text(reply_frame(hash_of(1), 0, 1));
  rig.pass(500);
  rig.skip();
  for (int i = 0; i < 3; ++i) rig.give([&](Signaller& s) { s.network(rig.now, true); });
  CHECK(rig.take(Kind::text).size() == 1);
}

TEST_CASE("the page came back and the socket stays silent: it is replaced after 5 s") {
  Rig rig;
  complete_and_announced(rig, 0);
  rig.pass(20'000);
  rig.give([&](Signaller& s) { s.network(rig.now, true); });
  CHECK(rig.take(Kind::text).size() == 1);
  rig.pass(5'000);
  CHECK(rig.all(Kind::open_socket).size() == 2);
}

TEST_CASE("after sleep nothing times out at once, sockets are probed and wanted torrents announced") {
  Rig rig;
  const OfferRow row = rig.hungry_with_offer();
  rig.text(reply_frame(hash_of(1), 1, 1));
  rig.text(relayed("answer", hash_of(1), peer("-WW0300-remote"), row.id, make_sdp("far1", false)));
  rig.pass(500);
  rig.skip();
  rig.sleep(6 * 3'600 * 1'000LL);
  CHECK(rig.all(Kind::close_dial).empty());
  CHECK(rig.all(Kind::close_socket).empty());
  CHECK(rig.take(Kind::text).size() == 1);
  const DialId dial = rig.all(Kind::apply_answer).at(0).dial;
  CHECK(rig.channel(dial));
  rig.pass(5'000);
  CHECK(rig.all(Kind::open_socket).size() == 2);  // the tracker did not answer the probe
}

TEST_CASE("timers rounded up to 60 s do not keep a dead dial alive for ever") {
  Rig rig;
  const OfferRow row = rig.hungry_with_offer();
  rig.text(reply_frame(hash_of(1), 1, 1));
  rig.text(relayed("answer", hash_of(1), peer("-WW0300-remote"), row.id, make_sdp("far1", false)));
  const DialId dial = rig.all(Kind::apply_answer).at(0).dial;
  for (int i = 0; i < 4; ++i) rig.sleep(60'000);
  bool closed = false;
  for (const Record& r : rig.all(Kind::close_dial)) closed = closed || r.dial == dial;
  CHECK(closed);
}

TEST_CASE("the deadline is never left in the past") {
  Rig rig;
  rig.add(1, hungry_need());
  rig.add(2, complete_need(), {std::string(public_url)});
  for (int i = 0; i < 2'000; ++i) {
    const auto due = rig.signaller.deadline();
    REQUIRE(due.has_value());
    rig.now = std::max(rig.now, *due);
    rig.give([&](Signaller& s) { s.tick(rig.now); });
    REQUIRE(rig.signaller.deadline() > rig.now);
    for (const Record& r : rig.take(Kind::open_socket)) {
      if (i % 3 != 0) rig.opened(r.socket);
    }
  }
}
