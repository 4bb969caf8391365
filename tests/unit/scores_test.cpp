// Strikes and bans, and what makes two ids one peer.
#include <doctest/doctest.h>

#include "hostile/fake_peer.hpp"
#include "swarm/scores.hpp"

using namespace samara;
using namespace samara::test;

TEST_CASE("two Samara ids of one run are one peer; other clients are told apart by all 20 bytes") {
  CHECK(PeerKey::of(peer_id_of("-SM0001-runidAsocket")) == PeerKey::of(peer_id_of("-SM0001-runidAtekcos")));
  CHECK(PeerKey::of(peer_id_of("-SM0001-runidAsocket")) != PeerKey::of(peer_id_of("-SM0001-runidBsocket")));
  CHECK(PeerKey::of(peer_id_of("-WW0300-runidAsocket")) != PeerKey::of(peer_id_of("-WW0300-runidAtekcos")));
}

TEST_CASE("strikes lead to a ban, and a ban ends") {
  Scores scores;
  const PeerKey peer = PeerKey::of(peer_id_of("-WW0300-aaaaaaaaaaaa"));
  const Instant now = Instant{} + seconds(10);
  for (std::uint32_t i = 1; i < limits::bad_pieces_before_ban; ++i) {
    CHECK_FALSE(scores.bad_piece(now, peer));
    CHECK_FALSE(scores.banned(now, peer));
  }
  CHECK(scores.bad_piece(now, peer));
  CHECK(scores.banned(now + seconds(limits::ban_s) - milliseconds(1), peer));
  CHECK_FALSE(scores.banned(now + seconds(limits::ban_s), peer));
}

TEST_CASE("only so many peers are remembered, the latest") {
  Scores scores;
  const auto peer = [](std::uint32_t i) { return PeerKey::of(peer_id_of("-WW0300-" + std::to_string(10'000 + i))); };
  Instant now = Instant{} + seconds(10);
  for (std::uint32_t i = 0; i <= limits::scored_peers_max; ++i) {
    now = now + milliseconds(1);
    scores.ban(now, peer(i));
  }
  CHECK_FALSE(scores.banned(now, peer(0)));
  CHECK(scores.banned(now, peer(1)));
  CHECK(scores.banned(now, peer(limits::scored_peers_max)));
}
