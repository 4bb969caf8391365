// Several torrents with one peer: whose offer is met over the connection that is there, and how long that lives.
#include <doctest/doctest.h>

#include "signal/peer_identity.hpp"
#include "unit/signal_rig.hpp"

using namespace samara;
using namespace samara::signal_test;
using Kind = Record::Kind;

namespace {

const PeerId samara_peer = peer("-SM0001-\x7f\x7f\x7f\x7f\x7f\x7fsock01");
const PeerId its_other_socket = peer("-SM0001-\x7f\x7f\x7f\x7f\x7f\x7fsock02");
const PeerId another = peer("-SM0001-\x7f\x7f\x7f\x7f\x7f\x01sock01");

std::string offer_from(const PeerId& from, std::uint8_t id, std::uint32_t torrent, std::string_view certificate = "AB:AB") {
  std::string sdp = make_sdp("far" + std::to_string(id), true);
  sdp.replace(sdp.find("AB:AB"), 5, certificate);
  return relayed("offer", hash_of(torrent), from, offer_id(id), sdp);
}

/// Torrents 1 … `torrents` complete and announced, and an open connection for the first with samara_peer.
struct Connected : Rig {
  explicit Connected(bool carries, std::uint32_t torrents = 3, const Config& config = {}) : Rig(config) {
    for (std::uint32_t torrent = 1; torrent <= torrents; ++torrent) add(torrent, complete_need());
    opened(socket());
    text(offer_from(samara_peer, 1, 1));
    base = last_dial();
    gathered(base, false);
    REQUIRE(channel(base));
    update(1, complete_need(1));
    if (carries) set_carries();
    skip();
  }
  void set_carries() {
    give([&](Signaller& s) { s.set_carries(now, base, true); });
  }
  void heard(DialId dial) {
    give([&](Signaller& s) { s.heard(now, dial); });
  }
  std::optional<Dialled> named(std::uint32_t torrent, const PeerId& remote) {
    REQUIRE(give([&](Signaller& s) { return s.channel_arrived(base); }));
    const auto dialled = give([&](Signaller& s) { return s.channel_named(now, base, TorrentId{torrent}, remote); });
    give([&](Signaller& s) { s.unnamed_gone(now, base); });
    return dialled;
  }
  bool ended(DialId dial) {
    return give([&](Signaller& s) { return s.release(now, dial); });
  }
  DialId base;
};

}  // namespace

TEST_CASE("channels: an offer from whom there is a connection with opens a channel over it and gets no answer") {
  Connected rig(true);
  rig.text(offer_from(its_other_socket, 2, 2));
  const auto opened = rig.all(Kind::open_channel);
  REQUIRE(opened.size() == 1);
  CHECK(opened[0].detail == rig.base.value);
  CHECK(rig.all(Kind::make_answer).size() == 1);
  CHECK(rig.signaller.connections() == 1);
  CHECK(rig.signaller.view(TorrentId{2}).dials == 1);
  rig.text(offer_from(samara_peer, 3, 2));  // another offer for the same: it is being met
  CHECK(rig.all(Kind::open_channel).size() == 1);
  const auto dialled = rig.give([&](Signaller& s) { return s.channel_opened(rig.now, opened[0].dial); });
  REQUIRE(dialled.has_value());
  CHECK(dialled->torrent == TorrentId{2});
  CHECK(dialled->remote == its_other_socket);
  rig.heard(dialled->dial);
  rig.pass(60'000);
  CHECK(rig.all(Kind::make_answer).size() == 1);
  CHECK(rig.signaller.routes()[0] == 1);
}

TEST_CASE("channels: an infohash never leaks: an offer with the run id of a connection and another certificate is answered as any") {
  Connected rig(true);
  rig.text(offer_from(samara_peer, 2, 2, "CD:AB"));
  rig.pass(5'000);
  CHECK(rig.all(Kind::open_channel).empty());
  CHECK(rig.all(Kind::make_answer).size() == 2);
  rig.text(offer_from(another, 3, 3));  // nor does the certificate alone do
  CHECK(rig.all(Kind::open_channel).empty());
  CHECK(rig.all(Kind::make_answer).size() == 3);
}

TEST_CASE("channels: nothing is opened without an offer for that torrent, however long the connection lasts") {
  Connected rig(true, 20);
  for (int minute = 0; minute < 10; ++minute) {
    rig.heard(rig.base);
    rig.pass(60'000);
  }
  CHECK(rig.all(Kind::open_channel).empty());
}

TEST_CASE("channels: offers wait for the connection that is being made and for what it can") {
  Rig rig;
  for (std::uint32_t torrent = 1; torrent <= 3; ++torrent) rig.add(torrent, complete_need());
  rig.opened(rig.socket());
  for (std::uint8_t torrent = 1; torrent <= 3; ++torrent) rig.text(offer_from(samara_peer, torrent, torrent));
  REQUIRE(rig.all(Kind::make_answer).size() == 1);
  const DialId base = rig.last_dial();
  rig.gathered(base, false);
  rig.pass(100);
  REQUIRE(rig.channel(base));
  rig.pass(100);
  CHECK(rig.all(Kind::open_channel).empty());
  rig.give([&](Signaller& s) { s.set_carries(rig.now, base, true); });
  CHECK(rig.all(Kind::open_channel).size() == 2);
  CHECK(rig.all(Kind::make_answer).size() == 1);
}

TEST_CASE("channel_answer_timeout_ms: what does not come to be over the connection gets one of its own") {
  SUBCASE("the other side never says that it takes channels") {
    Connected rig(false);
    rig.text(offer_from(samara_peer, 2, 2));
    CHECK(rig.all(Kind::make_answer).size() == 1);
    rig.pass(limits::channel_answer_timeout_ms);
    CHECK(rig.all(Kind::make_answer).size() == 2);
    CHECK(rig.all(Kind::open_channel).empty());
  }
  SUBCASE("the channel never opens") {
    Connected rig(true);
    rig.text(offer_from(samara_peer, 2, 2));
    rig.pass(limits::channel_answer_timeout_ms);
    CHECK(rig.all(Kind::close_dial).size() == 1);
    CHECK(rig.all(Kind::make_answer).size() == 2);
    rig.text(offer_from(samara_peer, 3, 3));  // nor is it tried again
    CHECK(rig.all(Kind::open_channel).size() == 1);
  }
  SUBCASE("nothing is heard over it") {
    Connected rig(true);
    rig.text(offer_from(samara_peer, 2, 2));
    const DialId branch = rig.all(Kind::open_channel).at(0).dial;
    REQUIRE(rig.channel(branch));
    rig.pass(limits::channel_answer_timeout_ms);
    const auto lost = rig.signaller.take_lost();
    REQUIRE(lost == branch);
    CHECK(rig.ended(*lost));
    CHECK(rig.all(Kind::make_answer).size() == 2);
  }
  SUBCASE("the other side closes it without a word") {
    Connected rig(true);
    rig.text(offer_from(samara_peer, 2, 2));
    const DialId branch = rig.all(Kind::open_channel).at(0).dial;
    REQUIRE(rig.channel(branch));
    CHECK(rig.ended(branch));
    CHECK(rig.all(Kind::make_answer).size() == 2);
  }
  SUBCASE("the connection fails first") {
    Connected rig(true);
    rig.text(offer_from(samara_peer, 2, 2));
    rig.give([&](Signaller& s) { s.dial_failed(rig.now, rig.base, DialFailure::closed); });
    while (const auto lost = rig.signaller.take_lost()) rig.ended(*lost);
    CHECK(rig.all(Kind::make_answer).size() == 2);
    CHECK(rig.signaller.connections() == 1);
  }
}

TEST_CASE("channels_per_connection_max: the offer after the last channel is answered as any") {
  Connected rig(true, limits::channels_per_connection_max + 1);
  for (std::uint32_t torrent = 2; torrent <= limits::channels_per_connection_max + 1; ++torrent) {
    rig.text(offer_from(samara_peer, static_cast<std::uint8_t>(torrent), torrent));
  }
  CHECK(rig.all(Kind::open_channel).size() == limits::channels_per_connection_max - 1);
  CHECK(rig.all(Kind::make_answer).size() == 2);
  CHECK_FALSE(rig.give([&](Signaller& s) { return s.channel_arrived(rig.base); }));
}

TEST_CASE("channels_linger_ms: a connection stays 5 s after its last channel, also its first one's") {
  Connected rig(true);
  const auto dialled = rig.named(2, its_other_socket);
  REQUIRE(dialled.has_value());
  CHECK(rig.ended(rig.base));  // its own link: only that channel is to be closed
  rig.pass(60'000);
  CHECK(rig.all(Kind::close_dial).empty());
  CHECK(rig.ended(dialled->dial));
  rig.pass(limits::channels_linger_ms - 1);
  CHECK(rig.signaller.connections() == 1);
  CHECK(rig.signaller.routes()[0] == 0);
  rig.pass(1);
  CHECK(rig.signaller.connections() == 0);
  CHECK(rig.all(Kind::close_dial).size() == 1);
}

TEST_CASE("channels: a connection over which nothing runs gives its place to one that is needed") {
  Config config;
  config.peer_connections_max = 1;
  Connected rig(true, 3, config);
  CHECK(rig.ended(rig.base));
  CHECK(rig.signaller.connections() == 1);
  rig.text(offer_from(another, 2, 2));
  CHECK(rig.all(Kind::close_dial).size() == 1);
  CHECK(rig.all(Kind::make_answer).size() == 2);
  CHECK(rig.signaller.connections() == 1);
}

TEST_CASE("channels: a connection whose peer broke rules, or that takes no channels, ends with its link") {
  Connected plain(false);
  CHECK_FALSE(plain.ended(plain.base));
  CHECK(plain.signaller.connections() == 0);
  Connected rude(true);
  rude.give([&](Signaller& s) { s.set_carries(rude.now, rude.base, false); });
  CHECK_FALSE(rude.ended(rude.base));
  CHECK(rude.signaller.connections() == 0);
}

TEST_CASE("channels: a channel is taken from the peer of the connection, for a torrent that is announced and not linked") {
  Connected rig(true);
  CHECK_FALSE(rig.named(1, samara_peer).has_value());    // linked
  CHECK_FALSE(rig.named(9, samara_peer).has_value());    // not announced
  CHECK_FALSE(rig.named(2, another).has_value());        // another's id
  const auto dialled = rig.named(2, its_other_socket);
  REQUIRE(dialled.has_value());
  CHECK(run_prefix(dialled->self) == run_prefix(json_id<PeerId>(rig.all(Kind::text).at(0).text, "peer_id")));
  rig.heard(dialled->dial);
  CHECK_FALSE(rig.named(2, its_other_socket).has_value());
}

TEST_CASE("channels: of two that cross, the one that the lower run id offered for stays, on both sides") {
  for (const bool ours_is_lower : {true, false}) {
    CAPTURE(ours_is_lower);
    Connected rig(true);
    PeerId remote = its_other_socket;
    for (std::size_t i = 8; i < run_prefix_bytes; ++i) remote.bytes[i] = ours_is_lower ? 0xff : 0;
    rig.text(offer_from(remote, 5, 3));  // a connection with that one
    const DialId base = rig.last_dial();
    rig.gathered(base, false);
    REQUIRE(rig.channel(base));
    rig.give([&](Signaller& s) { s.set_carries(rig.now, base, true); });
    rig.text(offer_from(remote, 6, 2));
    const DialId ours = rig.all(Kind::open_channel).at(0).dial;  // for its offer
    REQUIRE(rig.channel(ours));
    REQUIRE(rig.signaller.channel_arrived(base));                // for ours
    const auto theirs = rig.give([&](Signaller& s) { return s.channel_named(rig.now, base, TorrentId{2}, remote); });
    CHECK(theirs.has_value() == ours_is_lower);
    if (ours_is_lower) {
      REQUIRE(rig.signaller.take_lost() == ours);
      CHECK(rig.ended(ours));
    }
    CHECK_FALSE(rig.signaller.take_lost().has_value());
    CHECK(rig.all(Kind::make_answer).size() == 2);
  }
}
