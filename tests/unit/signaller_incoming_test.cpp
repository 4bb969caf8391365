// Offers and answers of others: who is answered, which of two connections with one peer stays, who gives way.
#include <doctest/doctest.h>

#include "signal/peer_identity.hpp"
#include "unit/signal_rig.hpp"

using namespace samara;
using namespace samara::signal_test;
using Kind = Record::Kind;

namespace {

Config with_places(std::uint32_t places) {
  Config config;
  config.peer_connections_max = places;
  return config;
}

std::string offer_from(const PeerId& from, std::uint8_t id, std::uint32_t torrent = 1) {
  return relayed("offer", hash_of(torrent), from, offer_id(id), make_sdp("far" + std::to_string(id), true));
}
std::string answer_from(const PeerId& from, const OfferId& id, std::uint32_t torrent = 1) {
  return relayed("answer", hash_of(torrent), from, id, make_sdp("near", false));
}

const PeerId webtorrent = peer("-WW0300-abcdefghijkl");
const PeerId lowest = peer("-SM0001-" + std::string(6, '\0') + "sock01");    // lower than any run id of ours
const PeerId highest = peer("-SM0001-\x7f\x7f\x7f\x7f\x7f\x7fsock01");

/// Above our run id whatever the seed gave.
PeerId above(const Rig& rig) {
  PeerId id = json_id<PeerId>(rig.all(Kind::text).at(0).text, "peer_id");
  for (std::size_t i = 8; i < run_prefix_bytes; ++i) id.bytes[i] = 0xff;
  return id;
}

void complete_online(Rig& rig) {
  rig.add(1, complete_need());
  rig.opened(rig.socket());
  rig.skip();
}

DialId row_dial(const Rig& rig) { return rig.all(Kind::apply_answer).at(0).dial; }

bool closed(const Rig& rig, DialId dial) {
  return std::ranges::any_of(rig.all(Kind::close_dial), [&](const Record& r) { return r.dial == dial; });
}

}  // namespace

TEST_CASE("an offer is answered to the offerer under its id, through the tracker it came from") {
  Rig rig;
  complete_online(rig);
  rig.text(offer_from(webtorrent, 9));
  const DialId dial = rig.last_dial();
  rig.sdp(dial, make_sdp("abcd", false, 1));
  rig.pass(4);
  CHECK(rig.take(Kind::text).empty());
  rig.pass(1);
  const auto frames = rig.all(Kind::text);
  REQUIRE(frames.size() == 2);
  CHECK(json_id<PeerId>(frames[1].text, "to_peer_id") == webtorrent);
  CHECK(json_id<OfferId>(frames[1].text, "offer_id") == offer_id(9));
  CHECK(frames[1].text.contains("\"answer\":{\"type\":\"answer\""));
  const auto dialled = rig.give([&](Signaller& s) { return s.channel_opened(rig.now, dial); });
  REQUIRE(dialled.has_value());
  CHECK(dialled->remote == webtorrent);
  CHECK(dialled->self == json_id<PeerId>(frames[0].text, "peer_id"));
  CHECK(dialled->torrent == TorrentId{1});
}

TEST_CASE("an answer to an offer of ours is applied; the channel names both sides") {
  Rig rig;
  const OfferRow row = rig.hungry_with_offer();
  rig.text(answer_from(webtorrent, row.id));
  const auto applied = rig.all(Kind::apply_answer);
  REQUIRE(applied.size() == 1);
  const auto dialled = rig.give([&](Signaller& s) { return s.channel_opened(rig.now, applied[0].dial); });
  REQUIRE(dialled.has_value());
  CHECK(dialled->remote == webtorrent);
  CHECK_FALSE(rig.channel(applied[0].dial));  // a second channel of one connection is nobody's
  CHECK_FALSE(rig.channel(DialId{4'711}));
}

TEST_CASE("a peer that is linked or about to be is not answered again for that torrent, but for another") {
  Rig rig;
  rig.add(2, complete_need());
  complete_online(rig);
  rig.text(offer_from(webtorrent, 1));
  rig.text(offer_from(webtorrent, 2));
  CHECK(rig.all(Kind::make_answer).size() == 1);
  rig.gathered(rig.last_dial(), false);
  REQUIRE(rig.channel(rig.last_dial()));
  rig.text(offer_from(webtorrent, 3));
  CHECK(rig.all(Kind::make_answer).size() == 1);
  rig.text(offer_from(webtorrent, 4, 2));
  CHECK(rig.all(Kind::make_answer).size() == 2);
}

TEST_CASE("a Samara peer that offers over another socket is the same peer") {
  Rig rig;
  complete_online(rig);
  rig.text(offer_from(peer("-SM0001-runidAsock01"), 1));
  rig.text(offer_from(peer("-SM0001-runidAsock02"), 2));
  rig.text(offer_from(peer("-SM0001-runidBsock03"), 3));
  CHECK(rig.all(Kind::make_answer).size() == 2);
}

TEST_CASE("a peer whose link has ended is answered again") {
  Rig rig;
  complete_online(rig);
  rig.text(offer_from(webtorrent, 1));
  rig.gathered(rig.last_dial(), false);
  REQUIRE(rig.channel(rig.last_dial()));
  rig.release(rig.last_dial());
  rig.text(offer_from(webtorrent, 2));
  CHECK(rig.all(Kind::make_answer).size() == 2);
}

namespace {

/// The peer has offered, was answered, and its channel is open.
DialId linked(Rig& rig, const PeerId& peer) {
  rig.text(offer_from(peer, 1));
  const DialId dial = rig.last_dial();
  rig.gathered(dial, false);
  REQUIRE(rig.channel(dial));
  return dial;
}

}  // namespace

TEST_CASE("a linked peer that offers again is answered once its link is silent for 2 s, and the silent link ends when the new one opens") {
  Rig rig;
  complete_online(rig);
  const DialId first = linked(rig, highest);
  const Instant opened = rig.now;
  rig.now = opened + milliseconds(limits::silent_link_ms);
  rig.give([&](Signaller& s) { s.heard(rig.now, first); });
  rig.text(offer_from(highest, 2));
  CHECK(rig.all(Kind::make_answer).size() == 1);
  rig.now = opened + milliseconds(2 * limits::silent_link_ms - 1);
  rig.text(offer_from(highest, 3));
  CHECK(rig.all(Kind::make_answer).size() == 1);
  rig.now = opened + milliseconds(2 * limits::silent_link_ms);
  rig.text(offer_from(highest, 4));
  rig.text(offer_from(highest, 5));
  REQUIRE(rig.all(Kind::make_answer).size() == 2);
  const DialId second = rig.last_dial();
  rig.gathered(second, false);
  CHECK_FALSE(rig.give([](Signaller& s) { return s.take_lost(); }).has_value());
  REQUIRE(rig.channel(second));
  CHECK(rig.give([](Signaller& s) { return s.take_lost(); }) == first);
  CHECK_FALSE(rig.give([](Signaller& s) { return s.take_lost(); }).has_value());
}

TEST_CASE("a linked peer that offers again while its link is only idle: the needless answer ends after 15 s, and is no failure") {
  Rig rig;
  complete_online(rig);
  const DialId first = linked(rig, highest);
  rig.pass(3'000);
  rig.text(offer_from(highest, 2));
  const DialId second = rig.last_dial();
  REQUIRE(second != first);
  rig.gathered(second, false);
  rig.pass(15'000);
  CHECK(closed(rig, second));
  CHECK_FALSE(closed(rig, first));
  CHECK(rig.signaller.view(TorrentId{1}).failures == 0);
}

TEST_CASE("another client that offers again over the tracker keeps the link it has, however silent that is") {
  Rig rig;
  complete_online(rig);
  linked(rig, webtorrent);
  rig.pass(60'000);
  rig.text(offer_from(webtorrent, 2));
  CHECK(rig.all(Kind::make_answer).size() == 1);
}

TEST_CASE("a peer whose link is silent for 2 s and that answers an offer of ours has lost it: the new one is built") {
  Rig rig;
  const OfferRow row = rig.hungry_with_offer();
  const DialId first = linked(rig, highest);
  rig.now = rig.now + milliseconds(limits::silent_link_ms);
  rig.text(answer_from(highest, row.id));
  REQUIRE(rig.all(Kind::apply_answer).size() == 1);
  REQUIRE(rig.channel(row_dial(rig)));
  CHECK(rig.give([](Signaller& s) { return s.take_lost(); }) == first);
}

TEST_CASE("our own offer that comes back over another tracker is ignored") {
  Rig rig;
  const OfferRow row = rig.hungry_with_offer();
  auto self = json_id<PeerId>(rig.all(Kind::text).at(0).text, "peer_id");
  self.bytes[19] = static_cast<std::uint8_t>(self.bytes[19] ^ 1);
  rig.text(relayed("offer", hash_of(1), self, row.id, make_sdp("mine", true)));
  CHECK(rig.all(Kind::make_answer).empty());
}

TEST_CASE("glare with a lower run id: their connection stays, our offer is closed unbuilt") {
  Rig rig;
  const OfferRow row = rig.hungry_with_offer();
  const DialId ours = rig.last_dial();
  rig.text(offer_from(lowest, 1));
  const DialId theirs = rig.last_dial();
  REQUIRE(theirs != ours);
  rig.text(answer_from(lowest, row.id));
  CHECK(closed(rig, ours));
  CHECK_FALSE(closed(rig, theirs));
  CHECK(rig.all(Kind::apply_answer).empty());
}

TEST_CASE("glare with a higher run id: our connection stays, their offer's is closed") {
  Rig rig;
  const OfferRow row = rig.hungry_with_offer();
  const DialId ours = rig.last_dial();
  const PeerId far = above(rig);
  rig.text(offer_from(far, 1));
  const DialId theirs = rig.last_dial();
  rig.text(answer_from(far, row.id));
  CHECK(closed(rig, theirs));
  CHECK_FALSE(closed(rig, ours));
  CHECK(rig.all(Kind::apply_answer).size() == 1);
}

TEST_CASE("glare with another client: our connection stays") {
  Rig rig;
  const OfferRow row = rig.hungry_with_offer();
  const DialId ours = rig.last_dial();
  rig.text(offer_from(webtorrent, 1));
  const DialId theirs = rig.last_dial();
  rig.text(answer_from(webtorrent, row.id));
  CHECK(closed(rig, theirs));
  CHECK_FALSE(closed(rig, ours));
}

TEST_CASE("a peer with an open link that answers an offer of ours: that dial is closed") {
  Rig rig;
  const OfferRow row = rig.hungry_with_offer();
  const DialId ours = rig.last_dial();
  rig.text(offer_from(highest, 1));
  rig.gathered(rig.last_dial(), false);
  REQUIRE(rig.channel(rig.last_dial()));
  rig.text(answer_from(highest, row.id));
  CHECK(closed(rig, ours));
  CHECK(rig.signaller.connections() == 1);
}

TEST_CASE("one peer that answers two offers of ours keeps the first") {
  Rig rig;
  const OfferRow first = rig.hungry_with_offer();
  rig.text(reply_frame(hash_of(1), 1, 1));
  rig.pass(limits::eager_round_ms);
  const DialId second_dial = rig.last_dial();
  rig.gathered(second_dial, true);
  const auto second = offers_in(rig.all(Kind::text).back().text);
  REQUIRE(second.size() == 1);
  rig.text(answer_from(webtorrent, first.id));
  rig.text(answer_from(webtorrent, second[0].id));
  CHECK(rig.all(Kind::apply_answer).size() == 1);
  CHECK(closed(rig, second_dial));
}

TEST_CASE("an incoming offer may take the place of our oldest unanswered offer, never of a peer") {
  Rig rig(with_places(1));
  rig.hungry_with_offer();
  const DialId ours = rig.last_dial();
  rig.text(offer_from(webtorrent, 1));
  CHECK(closed(rig, ours));
  CHECK(rig.all(Kind::make_answer).size() == 1);
  rig.text(offer_from(peer("-WW0300-other"), 2));
  CHECK(rig.all(Kind::make_answer).size() == 1);
  CHECK(rig.signaller.connections() == 1);
}

TEST_CASE("of two crossing offers in the only places the winning one is not given up") {
  Rig low(with_places(1));
  low.hungry_with_offer();
  low.text(offer_from(above(low), 1));
  CHECK(low.all(Kind::make_answer).empty());
  low.pass(1'900);
  low.text(offer_from(above(low), 2));
  CHECK(low.all(Kind::make_answer).empty());
  low.pass(200);  // no longer crossing: ours has missed
  low.text(offer_from(above(low), 3));
  CHECK(low.all(Kind::make_answer).size() == 1);

  Rig high(with_places(1));
  high.hungry_with_offer();
  high.text(offer_from(lowest, 1));
  CHECK(high.all(Kind::make_answer).size() == 1);
}

TEST_CASE("a hungry torrent takes the place of an offer that nobody needs") {
  Rig rig(with_places(2));
  rig.hungry_with_offer();
  rig.text(reply_frame(hash_of(1), 5, 1));
  rig.pass(1'000);
  rig.gathered(rig.last_dial(), true);
  CHECK(rig.signaller.connections() == 2);
  rig.text(reply_frame(hash_of(1), 1, 1));
  rig.update(1, served_need());
  rig.add(2, hungry_need());
  CHECK(rig.all(Kind::make_offer).size() == 3);
  CHECK(rig.signaller.connections() == 2);
}

TEST_CASE("an answer in the making ends with its socket") {
  Rig rig;
  complete_online(rig);
  rig.text(offer_from(webtorrent, 1));
  rig.give([&](Signaller& s) { s.socket_closed(rig.now, rig.socket()); });
  CHECK(closed(rig, rig.last_dial()));
  CHECK(rig.signaller.connections() == 0);
}

TEST_CASE("an answered dial without a channel fails after 15 s, and the peer may try again") {
  Rig rig;
  complete_online(rig);
  rig.text(offer_from(webtorrent, 1));
  const DialId dial = rig.last_dial();
  rig.sdp(dial, make_sdp("abcd", false, 1));
  rig.pass(5);
  rig.pass(14'999);
  CHECK_FALSE(closed(rig, dial));
  rig.pass(1);
  CHECK(closed(rig, dial));
  CHECK(rig.signaller.view(TorrentId{1}).failures == 1);
  rig.text(offer_from(webtorrent, 2));
  // The description left early: this time all candidates are waited for.
  rig.skip();
  rig.sdp(rig.last_dial(), make_sdp("abcd", false, 1));
  rig.pass(2'000);
  CHECK(rig.take(Kind::text).empty());
  rig.sdp(rig.last_dial(), make_sdp("abcd", false, 2), true);
  CHECK(rig.take(Kind::text).size() == 1);
}

TEST_CASE("a dial that never gets a description ends after 10 s") {
  Rig rig;
  rig.add(1, hungry_need());
  const DialId dial = rig.last_dial();
  rig.pass(10'000);
  CHECK(closed(rig, dial));
  CHECK(rig.signaller.view(TorrentId{1}).last_failure == DialFailure::create_failed);
}

TEST_CASE("an unanswered offer of a torrent that needs none is closed after 50 s, without a failure") {
  Rig rig;
  rig.hungry_with_offer();
  rig.text(reply_frame(hash_of(1), 1, 1));
  rig.update(1, served_need());
  rig.pass(49'000);
  CHECK(rig.signaller.connections() == 1);
  rig.pass(1'001);
  CHECK(rig.signaller.connections() == 0);
  CHECK(rig.signaller.view(TorrentId{1}).failures == 0);
}

TEST_CASE("a blocked local network stays on show until a connection opens") {
  Rig rig;
  rig.hungry_with_offer();
  rig.give([&](Signaller& s) { s.dial_failed(rig.now, rig.last_dial(), DialFailure::local_network_blocked); });
  rig.pass(1'000);
  rig.give([&](Signaller& s) { s.dial_failed(rig.now, rig.last_dial(), DialFailure::ice_failed); });
  CHECK(rig.signaller.view(TorrentId{1}).last_failure == DialFailure::local_network_blocked);
  CHECK(rig.signaller.view(TorrentId{1}).failures == 2);
  rig.text(offer_from(webtorrent, 1));
  rig.gathered(rig.last_dial(), false);
  REQUIRE(rig.channel(rig.last_dial()));
  CHECK_FALSE(rig.signaller.view(TorrentId{1}).last_failure.has_value());
  CHECK(rig.signaller.view(TorrentId{1}).failures == 0);
}

TEST_CASE("removing a torrent closes all its dials, open ones too") {
  Rig rig;
  rig.hungry_with_offer();
  rig.text(offer_from(webtorrent, 1));
  rig.gathered(rig.last_dial(), false);
  REQUIRE(rig.channel(rig.last_dial()));
  rig.remove(1);
  CHECK(rig.all(Kind::close_dial).size() == 2);
  CHECK(rig.signaller.connections() == 0);
}

TEST_CASE("the timeline is in the log: announced, offer and answer, sent and received") {
  Rig rig;
  const OfferRow row = rig.hungry_with_offer();
  rig.text(answer_from(webtorrent, row.id));
  rig.text(offer_from(highest, 1));
  rig.gathered(rig.last_dial(), false);
  for (const auto* code : {"announced", "offer-sent", "answer-received", "offer-received", "answer-sent"}) {
    CAPTURE(code);
    CHECK(rig.logged(code) == 1);
  }
}

TEST_CASE("the view tells what is known of a swarm") {
  Rig rig;
  CHECK(rig.signaller.view(TorrentId{1}).trackers == 0);
  const OfferRow row = rig.hungry_with_offer();
  CHECK_FALSE(rig.signaller.view(TorrentId{1}).announced);
  rig.text(reply_frame(hash_of(1), 2, 2));
  rig.text(answer_from(webtorrent, row.id));
  const SwarmView view = rig.signaller.view(TorrentId{1});
  CHECK(view.trackers == 1);
  CHECK(view.trackers_connected == 1);
  CHECK(view.announced);
  CHECK(view.others == 3);
  CHECK(view.dials == 1);
  rig.give([&](Signaller& s) { s.dial_progress(rig.now, row_dial(rig), DialStage::ice_connected, Route::direct); });
  CHECK(rig.signaller.route(row_dial(rig)) == Route::direct);
  rig.give([&](Signaller& s) { s.socket_closed(rig.now, rig.socket()); });
  CHECK_FALSE(rig.signaller.view(TorrentId{1}).announced);
  CHECK(rig.signaller.trackers().at(0).state == TrackerView::State::down);
}
