// Owns: rounds of offers, and what becomes of a dial between its making and its channel or end.
// Refuses to know: who answers, and how trackers are scheduled.
#include <algorithm>

#include "signal/signaller_state.hpp"

namespace samara {

namespace {

/// The offers of one round are made together: those that are ready a little later go with the first.
constexpr std::int64_t offer_batch_ms = 20;
/// For so long after another network a tracker's choice may fall on a socket of ours that is gone: everybody it counts gets an offer.
constexpr std::int64_t ghosts_s = 10;
/// A quarter of all places is kept for hungry torrents and for the offers of others; half of that for their first offers and
/// for those of others.
constexpr std::uint32_t reserve_divisor = 4;
constexpr std::uint32_t hungry_reserve_divisor = 8;

}  // namespace

// ---- dials

void Signaller::State::run_dials(Instant now) {
  std::vector<DialId> due;
  for (const auto& [id, dial] : offers.all()) {
    if (dial.phase == DialPhase::open || !dial.over.none()) continue;
    const Search& s = searches.at(dial.torrent);
    const bool offer_out_of_use = dial.phase == DialPhase::ready && s.mode == SearchMode::idle && dial.expires <= now;
    const auto ready_at = dial.phase == DialPhase::gathering ? sdp_ready_at(dial, local_only(s)) : std::nullopt;
    if (offer_out_of_use || closes_at(dial, now) <= now || (ready_at && *ready_at <= now)) due.push_back(id);
  }
  for (const DialId id : due) {
    if (offers.find(id) == nullptr) continue;  // gave way to one before it
    Dial& dial = *offers.find(id);
    const auto ready_at = sdp_ready_at(dial, local_only(searches.at(dial.torrent)));
    if (dial.phase == DialPhase::gathering && ready_at && *ready_at <= now) {
      description_ready(now, dial);
    } else {
      expire(now, dial);
    }
  }
}

Instant Signaller::State::closes_at(const Dial& dial, Instant now) noexcept {
  if (dial.phase != DialPhase::ready || dial.expires > now) return dial.expires;
  return dial.expires + milliseconds(limits::offer_life_ms);
}

void Signaller::State::description_ready(Instant now, Dial& dial) {
  if (dial.role == DialRole::answerer) {
    send_answer(now, dial);
    return;
  }
  Search& s = searches.at(dial.torrent);
  dial.phase = DialPhase::ready;
  dial.expires = now + milliseconds(limits::offer_life_ms);
  if (s.mode == SearchMode::idle) return;
  s.round_open = true;
  if (!s.batch_at) s.batch_at = now + milliseconds(offer_batch_ms);
}

void Signaller::State::send_answer(Instant now, Dial& dial) {
  const auto it = sockets.find(dial.socket);
  Listing* listing = it == sockets.end() ? nullptr : it->second->listing(dial.torrent);
  if (listing == nullptr) {
    close(dial.id);
    return;
  }
  Tracker& tracker = *it->second;
  AnswerRequest request;
  request.info_hash = searches.at(dial.torrent).info_hash;
  request.peer_id = tracker.self();
  request.to_peer_id = *dial.remote;
  request.offer_id = dial.offer;
  request.sdp = dial.sdp;
  request.tracker_id = listing->tracker_id;
  const std::string frame = format_answer(request);
  outbox.push(out::SendText{tracker.socket(), outbox.arena().copy(std::string_view(frame))});
  outbox.log(LogLevel::debug, "signal", "answer-sent", dial.torrent.value);
  tracker.sent(now);
  dial.left_early = !dial.gathering_complete;
  start_connecting(dial, now);
}

void Signaller::State::expire(Instant now, Dial& dial) {
  if (dial.phase == DialPhase::ready) {
    close(dial.id);  // nobody answered: no failure
  } else if (dial.phase == DialPhase::gathering && dial.described_at) {
    description_ready(now, dial);
  } else {
    fail(dial, dial.phase == DialPhase::gathering ? DialFailure::create_failed : DialFailure::ice_failed);
  }
}

void Signaller::State::close(DialId dial) {
  for (auto& [id, branch] : offers.all()) {
    if (branch.over != dial) continue;
    branch.expires = {};
    if (branch.phase == DialPhase::open) lost_links.push_back(id);
  }
  // A channel that the other side opened has no number at the host but its own, which the engine knows.
  const Dial* closed = offers.find(dial);
  if (closed != nullptr && (closed->over.none() || closed->asked)) outbox.push(out::CloseDial{dial});
  offers.erase(dial);
}

void Signaller::State::give_way(Dial& dial) {
  if (dial.phase != DialPhase::open) return close(dial.id);
  dial.unheard = false;  // its offer needs no other answer
  lost_links.push_back(dial.id);
}

void Signaller::State::drop_needless_offers(const Search& s) {
  const auto met = [&](const auto& entry) { return entry.second.torrent == s.id && !entry.second.over.none(); };
  if (std::ranges::none_of(offers.all(), met)) return;
  std::erase_if(offers.all(), [&](const auto& entry) {
    const bool needless = entry.second.torrent == s.id && entry.second.unanswered() && !entry.second.sent.empty();
    if (needless) outbox.push(out::CloseDial{entry.first});
    return needless;
  });
}

void Signaller::State::fail(Dial& dial, DialFailure why) {
  if (dial.has_peer() && offers.has_link(dial.torrent, *dial.remote)) return close(dial.id);  // it was needless, no failure
  Search& s = searches.at(dial.torrent);
  ++s.failures;
  // What the user can do something about stays on show until a connection opens.
  if (s.last_failure != DialFailure::local_network_blocked) s.last_failure = why;
  if (dial.whole_gathering) {
    s.whole_gathering = false;
  } else if (dial.left_early && why == DialFailure::ice_failed) {
    s.whole_gathering = true;
  }
  outbox.log(LogLevel::debug, "signal", "dial-failed", dial.torrent.value);
  close(dial.id);
}

// ---- rounds

void Signaller::State::run_searches(Instant now) {
  if (!online) return;
  for (auto& [id, s] : searches) {
    const DialCounts counts = offers.count(id, now);
    const SearchMode mode = search_mode(s.need, s.others, links(s, counts), counts.connecting);
    if (mode != s.mode) {
      s.mode = mode;
      if (mode == SearchMode::idle) drop_needless_offers(s);
      if (mode == SearchMode::hungry) {
        if (!s.round_open) s.restart(now);
      } else if (mode != SearchMode::idle && !s.round_open && !s.round_at) {
        s.round_at = now + round_pause(mode, s.step, rng);
        ++s.step;
      }
    }
    if (mode == SearchMode::idle) {
      s.round_open = false;
      s.round_at.reset();
      continue;
    }
    if (!s.round_open && s.round_at && *s.round_at <= now) begin_round(now, s);
    if (s.round_open && round_ready(now, s)) flush_round(now, s);
  }
}

void Signaller::State::begin_round(Instant now, Search& s) {
  s.round_at.reset();
  s.batch_at.reset();
  const bool connected = std::ranges::any_of(s.trackers, [](const Tracker* tracker) { return tracker->open(); });
  if (!connected && (s.mode != SearchMode::hungry || s.trackers.empty())) return;
  const DialCounts counts = offers.count(s.id, now);
  const bool ghosts = returned_at && now - *returned_at < seconds(ghosts_s);
  const bool eager = s.others > 0 && (s.mode != SearchMode::lonely || ghosts) && s.eager_rounds > 0;
  if (eager) --s.eager_rounds;
  std::uint32_t places = offers_to_place(s.mode, s.others, links(s, counts), counts, eager);
  if (!connected) places = std::min(places, 1U);
  places -= std::min(places, counts.gathering + counts.fresh);
  while (places > 0 && make_offer(now, s)) --places;
  s.round_open = true;
}

bool Signaller::State::make_offer(Instant now, Search& s) {
  Dial* used = offers.reusable_for(s.id, now);
  if (used == nullptr && offers.free() == 0) used = offers.reusable_elsewhere(s.id, now);
  if (used != nullptr) {
    used->torrent = s.id;
    used->sent.clear();
    used->expires = now + milliseconds(limits::offer_life_ms);
    return true;
  }
  const bool hungry = s.mode == SearchMode::hungry;
  const bool needed = hungry && offers.count(s.id, now).ours() == 0;
  if (needed && offers.free() == 0) give_up_spare_offer();
  const std::uint32_t kept = offers.max() / (hungry ? hungry_reserve_divisor : reserve_divisor);
  if (offers.free() <= (needed ? 0 : kept)) return false;
  if (const Dial* resting = offers.in_the_way()) close(resting->id);
  const Dial& dial = offers.make(DialRole::offerer, s.id, now, s.whole_gathering);
  outbox.push(out::MakeOffer{dial.id, !s.need.wants});
  return true;
}

void Signaller::State::give_up_spare_offer() {
  for (const auto& [id, dial] : offers.all()) {
    if (!dial.unanswered() || searches.at(dial.torrent).mode == SearchMode::hungry) continue;
    close(id);
    return;
  }
}

bool Signaller::State::round_ready(Instant now, const Search& s) const {
  const bool connected = std::ranges::any_of(s.trackers, [](const Tracker* tracker) { return tracker->open(); });
  if (!connected) return false;
  return offers.count(s.id, now).gathering == 0 || (s.batch_at && *s.batch_at <= now);
}

void Signaller::State::flush_round(Instant now, Search& s) {
  for (Tracker* tracker : s.trackers) {
    const Listing& listing = *tracker->listing(s.id);
    if (!tracker->open() || listing.held_until > now) continue;
    // Without an offer (no place, nobody left to reach) a hungry torrent still asks who is there.
    const bool asks = s.mode == SearchMode::hungry || !listing.started;
    if (asks || !unsent_offers(*tracker, s).empty()) announce(now, *tracker, s, AnnounceEvent::none, true);
  }
  s.round_open = false;
  s.batch_at.reset();
  if (s.round_at) return;
  s.round_at = now + round_pause(s.mode, s.step, rng);
  ++s.step;
}

}  // namespace samara
