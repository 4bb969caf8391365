// Trackers that die, garble or stay silent: what is tried again, how soon, and that nobody is flooded by it.
#include <doctest/doctest.h>

#include "unit/signal_rig.hpp"

using namespace samara;
using namespace samara::signal_test;
using Kind = Record::Kind;

namespace {

constexpr std::string_view rubbish = "<!DOCTYPE html><title>502</title>";

/// Announced and answered.
void settled(Rig& rig, const SwarmNeed& need, std::uint32_t others = 0) {
  rig.add(1, need);
  if (need.wants) rig.gathered(rig.last_dial(), true);
  rig.opened(rig.socket());
  rig.text(reply_frame(hash_of(1), 1, others));
  rig.skip();
}

}  // namespace

TEST_CASE("an announce whose reply is nonsense is repeated after 0.5, 0.5, 1, 2, 2 s until a sane frame comes") {
  Rig rig;
  rig.add(1, complete_need());
  rig.opened(rig.socket());
  rig.skip();
  rig.text(rubbish);
  std::vector<std::int64_t> pauses;
  Instant last = rig.now;
  for (int i = 0; i < 5; ++i) {
    rig.pass(2'100);
    const auto frames = rig.take(Kind::text);
    REQUIRE_FALSE(frames.empty());
    for (const Record& frame : frames) {
      pauses.push_back((frame.at - last).us / 1'000);
      last = frame.at;
    }
    rig.text(rubbish);
  }
  REQUIRE(pauses.size() >= 5);
  CHECK(std::vector(pauses.begin(), pauses.begin() + 5) == std::vector<std::int64_t>{500, 500, 1'000, 2'000, 2'000});
  rig.text(reply_frame(hash_of(1), 1, 0));
  rig.skip();
  rig.pass(10'000);
  CHECK(rig.take(Kind::text).empty());
}

TEST_CASE("sane again after nonsense: whatever was never answered is announced at once, and wanted torrents offer") {
  Rig rig;
  rig.add(1, hungry_need());
  rig.gathered(rig.last_dial(), true);
  for (std::uint32_t i = 2; i <= 5; ++i) rig.add(i, complete_need());
  rig.opened(rig.socket());
  for (int i = 0; i < 5; ++i) rig.text(rubbish);
  for (int i = 0; i < 10; ++i) {
    rig.pass(2'000);
    rig.text(rubbish);
  }
  rig.skip();
  rig.text(reply_frame(hash_of(2), 1, 0));
  std::vector<InfoHash> again;
  for (const Record& frame : rig.take(Kind::text)) again.push_back(json_id<InfoHash>(frame.text, "info_hash"));
  for (const std::uint32_t i : {1U, 3U, 4U, 5U}) {
    CAPTURE(i);
    CHECK(std::ranges::find(again, hash_of(i)) != again.end());
  }
  CHECK(std::ranges::find(again, hash_of(2)) == again.end());
}

TEST_CASE("nonsense while nothing waits for a reply makes nobody announce") {
  Rig rig;
  settled(rig, complete_need());
  for (int i = 0; i < 20; ++i) {
    rig.text(rubbish);
    rig.pass(1'000);
  }
  CHECK(rig.take(Kind::text).empty());
}

TEST_CASE("nonsense between sane frames costs no announces") {
  Rig rig;
  settled(rig, hungry_need(), 1);
  rig.text(reply_frame(hash_of(1), 1, 1));
  rig.pass(60'000);
  std::size_t calm = rig.take(Kind::text).size();
  for (int i = 0; i < 30; ++i) {
    rig.text(rubbish);
    rig.text(reply_frame(hash_of(1), 1, 1));
    rig.pass(2'000);
  }
  CHECK(rig.take(Kind::text).size() <= calm + 2);
}

TEST_CASE("a tracker that opens and then only talks nonsense is left and tried again within 5 s, again and again") {
  Rig rig;
  rig.add(1, complete_need());
  for (int round = 0; round < 5; ++round) {
    rig.opened(rig.socket());
    const std::size_t opened = rig.all(Kind::open_socket).size();
    for (std::uint32_t i = 0; i <= limits::tracker_bad_frames_max; ++i) rig.text(rubbish);
    CHECK(rig.all(Kind::close_socket).size() == opened);
    rig.pass(2'400);
    CHECK(rig.all(Kind::open_socket).size() == opened);
    rig.pass(1'500);
    CHECK(rig.all(Kind::open_socket).size() == opened + 1);
  }
}

TEST_CASE("a dead tracker is remembered when nothing lists it any more, and a live one is not") {
  Rig rig;
  rig.add(1, complete_need());
  for (int i = 0; i < 4; ++i) {
    rig.give([&](Signaller& s) { s.socket_closed(rig.now, rig.socket()); });
    rig.pass(3'750);
  }
  rig.give([&](Signaller& s) { s.socket_closed(rig.now, rig.socket()); });
  rig.remove(1);
  CHECK(rig.signaller.trackers().empty());
  CHECK_FALSE(rig.signaller.deadline().has_value());
  const std::size_t tries = rig.all(Kind::open_socket).size();
  rig.add(2, hungry_need());
  CHECK(rig.all(Kind::open_socket).size() == tries);
  rig.pass(3'750);
  CHECK(rig.all(Kind::open_socket).size() == tries + 1);
  rig.opened(rig.socket());
  rig.text(reply_frame(hash_of(2), 0, 1));
  rig.remove(2);
  rig.add(3, complete_need());
  CHECK(rig.all(Kind::open_socket).size() == tries + 2);
}

TEST_CASE("of dead trackers without use 32 are remembered; another network forgets them") {
  Rig rig;
  const auto url = [](std::uint32_t n) { return "ws://127.0.0.1:" + std::to_string(n); };
  for (std::uint32_t n = 1; n <= limits::trackers_remembered_max + 5; ++n) {
    rig.add(1, complete_need(), {url(n)});
    rig.give([&](Signaller& s) { s.socket_closed(rig.now, rig.socket()); });
    rig.remove(1);
    rig.now = rig.now + milliseconds(1);
  }
  const std::size_t tries = rig.all(Kind::open_socket).size();
  rig.add(2, complete_need(), {url(limits::trackers_remembered_max + 5)});
  CHECK(rig.all(Kind::open_socket).size() == tries);
  rig.add(3, complete_need(), {url(1)});
  CHECK(rig.all(Kind::open_socket).size() == tries + 1);
  rig.give([&](Signaller& s) { s.network(rig.now, false); s.network(rig.now, true); });
  rig.add(4, complete_need(), {url(20)});
  CHECK(rig.all(Kind::open_socket).back().text == url(20));
}

TEST_CASE("a link that is opened ends the long pause of a tracker that has been dead for long") {
  Rig rig;
  rig.add(1, complete_need());
  for (int i = 0; i < 12; ++i) {
    rig.give([&](Signaller& s) { s.socket_closed(rig.now, rig.socket()); });
    rig.pass(45'000);
  }
  rig.give([&](Signaller& s) { s.socket_closed(rig.now, rig.socket()); });
  rig.pass(10'000);
  const std::size_t tries = rig.all(Kind::open_socket).size();
  rig.add(2, hungry_need());
  CHECK(rig.all(Kind::open_socket).size() == tries + 1);
}

TEST_CASE("a tracker that neither opens nor closes, and one that opens and says nothing, delay nobody at a live one") {
  Rig rig;
  rig.add(1, hungry_need(), {"ws://127.0.0.1:1", "ws://127.0.0.1:2", "ws://127.0.0.1:3"});
  const auto sockets = rig.all(Kind::open_socket);
  REQUIRE(sockets.size() == 3);
  rig.gathered(rig.last_dial(), true);
  rig.opened(sockets[1].socket);  // says nothing
  rig.opened(sockets[2].socket);
  const auto frames = rig.take(Kind::text);
  REQUIRE(frames.size() == 2);
  const auto offers = offers_in(frames[1].text);
  REQUIRE(offers.size() == 1);
  rig.text(relayed("answer", hash_of(1), peer("-WW0300-remote"), offers[0].id, make_sdp("far1", false)), sockets[2].socket);
  CHECK(rig.all(Kind::apply_answer).size() == 1);
  rig.pass(60'000);
  CHECK(rig.signaller.view(TorrentId{1}).trackers_connected == 2);
}
