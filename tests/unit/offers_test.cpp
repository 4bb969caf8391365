// The book of dials and its limit, the quota of incoming offers, and the numbers of the back-off.
#include <doctest/doctest.h>

#include "signal/offers.hpp"
#include "signal/search.hpp"
#include "unit/signal_rig.hpp"

using namespace samara;
using namespace samara::signal_test;

namespace {

constexpr Instant start = Instant{} + seconds(1);
constexpr TorrentId one{1};
constexpr TorrentId two{2};
constexpr SocketId socket_a{1};
constexpr SocketId socket_b{2};

Dial& out_offer(Offers& offers, TorrentId torrent, std::vector<SocketId> sockets) {
  Dial& dial = offers.make(DialRole::offerer, torrent, start, false);
  dial.phase = DialPhase::ready;
  dial.expires = start + milliseconds(limits::offer_life_ms);
  for (const SocketId socket : sockets) dial.sent.push_back({socket, offer_id(static_cast<std::uint8_t>(dial.id.value))});
  return dial;
}

}  // namespace

TEST_CASE("the budget counts every connection, open ones too") {
  Offers offers(2);
  offers.make(DialRole::offerer, one, start, false).phase = DialPhase::open;
  CHECK(offers.free() == 1);
  const DialId second = offers.make(DialRole::answerer, two, start, false).id;
  CHECK(offers.free() == 0);
  offers.erase(second);
  CHECK(offers.free() == 1);
}

TEST_CASE("an unanswered offer is used again only if the tracker counted nobody, or after 50 s") {
  Offers offers(4);
  const Dial& dial = out_offer(offers, one, {socket_a, socket_b});
  CHECK(offers.reusable_for(one, start) == nullptr);
  offers.replied(socket_a, one, true);
  CHECK(offers.reusable_for(one, start) == nullptr);  // the other tracker has not said
  offers.replied(socket_b, one, true);
  CHECK(offers.reusable_for(one, start) == &dial);

  const Dial& other = out_offer(offers, two, {socket_a});
  offers.replied(socket_a, two, false);
  CHECK(offers.reusable_for(two, start + milliseconds(49'999)) == nullptr);
  CHECK(offers.reusable_for(two, start + milliseconds(50'000)) == &other);
}

TEST_CASE("only the reply to the announce that carried an offer says whether somebody has it") {
  Offers offers(4);
  const Dial& dial = out_offer(offers, one, {socket_a});
  offers.replied(socket_a, one, true);
  offers.replied(socket_a, one, false);  // somebody came later; the offer was gone by then
  CHECK(offers.reusable_for(one, start) == &dial);
}

TEST_CASE("an offer belongs to one torrent at a time and is found by socket and id") {
  Offers offers(4);
  Dial& dial = out_offer(offers, one, {socket_a});
  CHECK(offers.find_sent(socket_a, offer_id(1)) == &dial);
  CHECK(offers.find_sent(socket_b, offer_id(1)) == nullptr);
  offers.forget_socket(socket_a);
  CHECK(offers.find_sent(socket_a, offer_id(1)) == nullptr);
  CHECK(dial.fresh_offer());
}

TEST_CASE("the oldest unanswered offer gives way, never a connection with a peer") {
  Offers offers(4);
  offers.make(DialRole::answerer, one, start, false).remote = peer("-WW0300-");
  const Dial& oldest = out_offer(offers, one, {socket_a});
  out_offer(offers, two, {socket_a});
  CHECK(offers.oldest_unanswered() == &oldest);
}

TEST_CASE("incoming quota: ten at once, one more every six seconds, five per announce") {
  IncomingQuota quota;
  int taken = 0;
  while (quota.take(start)) ++taken;
  CHECK(taken == 10);
  CHECK_FALSE(quota.take(start + milliseconds(5'999)));
  CHECK(quota.take(start + milliseconds(6'000)));
  CHECK_FALSE(quota.take(start + milliseconds(6'000)));
  quota.announced();
  taken = 0;
  while (quota.take(start + milliseconds(6'001))) ++taken;
  CHECK(taken == 5);
  quota.opened();
  CHECK(quota.take(start + milliseconds(6'002)));
  // A long silence does not pile up more than the ten.
  taken = 0;
  while (quota.take(start + seconds(100'000))) ++taken;
  CHECK(taken == 10);
}

TEST_CASE("search mode follows the need") {
  CHECK(search_mode(hungry_need(), 0, 0, 0) == SearchMode::hungry);
  CHECK(search_mode(served_need(), 1, 1, 0) == SearchMode::idle);
  CHECK(search_mode(served_need(), 2, 1, 0) == SearchMode::more);
  CHECK(search_mode(complete_need(), 0, 0, 0) == SearchMode::idle);
  CHECK(search_mode(complete_need(), 1, 0, 0) == SearchMode::lonely);
  CHECK(search_mode(complete_need(), 1, 0, 1) == SearchMode::idle);
  CHECK(search_mode(complete_need(), 5, 1, 0) == SearchMode::idle);
  CHECK(search_mode(SwarmNeed{}, 5, 0, 0) == SearchMode::idle);
}

TEST_CASE("who is complete does not look for those it has met and that were complete too") {
  SwarmNeed need = complete_need();
  need.parted = 2;
  CHECK(search_mode(need, 2, 0, 0) == SearchMode::idle);
  CHECK(search_mode(need, 3, 0, 0) == SearchMode::lonely);
}

TEST_CASE("back-off: 1, 2, 4 … up to 15 s when hungry and 60 s otherwise, up to a tenth sooner") {
  Rng rng(1);
  const auto within = [](Duration pause, std::int64_t s) {
    return pause <= seconds(s) && pause.us > seconds(s).us * 9 / 10 - 1;
  };
  const std::array<std::int64_t, 6> hungry_s{1, 2, 4, 8, 15, 15};
  const std::array<std::int64_t, 8> patient_s{1, 2, 4, 8, 16, 32, 60, 60};
  for (std::uint32_t i = 0; i < hungry_s.size(); ++i) CHECK(within(round_pause(SearchMode::hungry, i, rng), hungry_s[i]));
  for (std::uint32_t i = 0; i < patient_s.size(); ++i) {
    CHECK(within(round_pause(SearchMode::lonely, i, rng), patient_s[i]));
    CHECK(within(round_pause(SearchMode::more, i, rng), patient_s[i]));
  }
}

TEST_CASE("a round places one offer, or as many as there are others without one, up to five") {
  const DialCounts none;
  CHECK(offers_to_place(SearchMode::idle, 9, 0, none) == 0);
  CHECK(offers_to_place(SearchMode::lonely, 9, 0, none) == 1);
  CHECK(offers_to_place(SearchMode::lonely, 2, 0, none, true) == 2);  // one of them may be what we were on another network
  CHECK(offers_to_place(SearchMode::lonely, 9, 0, none, true) == limits::offers_per_announce_max);
  CHECK(offers_to_place(SearchMode::hungry, 0, 0, none) == 1);
  CHECK(offers_to_place(SearchMode::hungry, 3, 0, none) == 3);
  CHECK(offers_to_place(SearchMode::hungry, 30, 0, none) == 5);
  CHECK(offers_to_place(SearchMode::hungry, 1, 1, none) == 0);
  CHECK(offers_to_place(SearchMode::more, 3, 1, none) == 2);
  DialCounts some;
  some.unanswered = 2;
  some.connecting = 1;
  CHECK(offers_to_place(SearchMode::hungry, 5, 0, some) == 2);
  CHECK(offers_to_place(SearchMode::hungry, 2, 0, some) == 1);
  some.unanswered = limits::offers_unanswered_max;
  CHECK(offers_to_place(SearchMode::hungry, 30, 0, some) == 0);
}
