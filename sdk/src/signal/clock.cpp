// Owns: the one clock of the signal layer: what is due, when the next thing is, and what sleep means.
// Refuses to know: how the due things are done.
#include <algorithm>

#include "signal/signaller_state.hpp"

namespace samara {

namespace {

/// A socket that has been opening for longer was asked for on the network that is gone.
constexpr std::int64_t stuck_connecting_s = 2;
/// Timers of hidden pages are rounded up, to a minute at most: what is later has slept.
constexpr std::int64_t rounded_min_ms = 1'000;
constexpr std::int64_t rounded_max_ms = 61'000;

void take_earlier(std::optional<Instant>& best, std::optional<Instant> other) {
  if (other && (!best || *other < *best)) best = other;
}

}  // namespace

void Signaller::State::enter(Instant now) {
  if (!next || now - *next < milliseconds(limits::sleep_gap_ms)) return;
  const Duration gap = now - *next;
  next = now;  // noticed: once is enough
  for (auto& [id, dial] : offers.all()) extend_deadline(dial, gap);
  wake(now);
  for (auto& [key, tracker] : trackers) tracker.forgive(now);
}

void Signaller::State::take_lateness(Instant now) {
  if (!next || *next > now) return;
  const bool were_coarse = coarse_timers;
  coarse_timers = now - *next >= milliseconds(rounded_min_ms) && now - ran_at <= milliseconds(rounded_max_ms);
  if (!coarse_timers && !were_coarse) return;
  const std::int64_t missed = (now - ran_at).us / milliseconds(limits::announce_steady_ms).us;
  for (auto& [key, tracker] : trackers) {
    if (coarse_timers) tracker.lend(missed);
    for (auto& [torrent, listing] : tracker.listings()) listing.hurried = !coarse_timers;  // what came together is spread anew
  }
}

void Signaller::State::run(Instant now) {
  run_doubts(now);
  run_channels(now);
  run_trackers(now);
  run_dials(now);
  run_searches(now);
  for (auto& [key, tracker] : trackers) {
    if (tracker.open() && online) run_announces(now, tracker);
  }
  next = earliest(now);
  ran_at = now;
  for (auto& [key, tracker] : trackers) tracker.lend(0);
}

std::optional<Instant> Signaller::State::earliest(Instant now) const {
  std::optional<Instant> best;
  for (const auto& [id, dial] : offers.all()) {
    if (dial.doubted_at) take_earlier(best, *dial.doubted_at + milliseconds(limits::silent_link_ms));
    take_earlier(best, channels_due(dial));
    if (dial.phase == DialPhase::open || !dial.over.none()) continue;
    const Search& s = searches.at(dial.torrent);
    if (dial.phase == DialPhase::gathering) take_earlier(best, sdp_ready_at(dial, local_only(s)));
    take_earlier(best, closes_at(dial, now));
  }
  for (const auto& [id, s] : searches) {
    if (!online) break;
    if (!s.round_open) take_earlier(best, s.round_at);
    if (s.round_open && s.batch_at > now) take_earlier(best, s.batch_at);  // else it waits for a tracker
  }
  for (const auto& [key, tracker] : trackers) {
    if (!online) break;
    take_earlier(best, tracker.given_up_at());
    if (tracker.state() == Tracker::State::down) take_earlier(best, tracker.retry_at());
    if (!tracker.open()) continue;
    take_earlier(best, tracker.keep_alive_at());
    if (tracker.repeating()) take_earlier(best, std::max(tracker.repeat_at(), tracker.pace_at()));
    for (const auto& [torrent, listing] : tracker.listings()) {
      take_earlier(best, turn_at(tracker, searches.at(torrent), listing));
    }
  }
  return best;
}

void Signaller::State::wake(Instant now) {
  woken_at = now;
  remembered.clear();  // what was dead on one network may live on another
  for (auto& [key, tracker] : trackers) {
    const bool stuck = tracker.state() == Tracker::State::connecting && now - tracker.since() > seconds(stuck_connecting_s);
    if (stuck) drop_socket(now, tracker, false);
    if (tracker.state() == Tracker::State::down) tracker.hurry(now);
    if (!tracker.open()) continue;
    tracker.doubt(now);
    auto probe = tracker.listings().begin();
    for (auto it = tracker.listings().begin(); it != tracker.listings().end(); ++it) {
      auto& [torrent, listing] = *it;
      if (searches.at(torrent).wanting()) listing.due = std::min(listing.due, now);
      if (listing.due <= now && !coarse_timers) listing.hurried = true;  // many at once, if it slept: they are spread anew
      if (listing.due < probe->second.due) probe = it;
    }
    if (probe != tracker.listings().end()) {
      probe->second.due = std::min(probe->second.due, now);
      probe->second.hurried = true;
    }
  }
  for (auto& [id, s] : searches) {
    if (s.wanting() && !s.round_open) s.restart(now);
  }
}

void Signaller::State::come_back(Instant now) {
  // The candidates of what is being made belong to the network that is gone, and so do sockets.
  std::vector<DialId> gone;
  for (const auto& [id, dial] : offers.all()) {
    if (dial.phase != DialPhase::open) gone.push_back(id);
  }
  for (const DialId id : gone) close(id);
  returned_at = now;
  for (auto& [id, s] : searches) {
    s.round_open = false;
    s.eager_rounds = limits::eager_rounds_max;
    s.step = 0;
    if (s.round_at) s.round_at = std::min(*s.round_at, now + seconds(1));
  }
  for (auto& [key, tracker] : trackers) {
    if (tracker.state() != Tracker::State::down) drop_socket(now, tracker, false);
  }
  for (auto& [id, dial] : offers.all()) {
    if (dial.phase == DialPhase::open && dial.over.none()) dial.doubted_at = now;
  }
}

void Signaller::State::run_doubts(Instant now) {
  for (auto& [id, dial] : offers.all()) {
    if (!dial.doubted_at) continue;
    const bool alive = dial.heard_at > *dial.doubted_at;
    if (!alive && now - *dial.doubted_at < milliseconds(limits::silent_link_ms)) continue;
    dial.doubted_at.reset();
    if (!alive) lose(dial);
  }
}

void Signaller::State::replace_silent(Instant now, const Dial& opened) {
  for (auto& [id, dial] : offers.all()) {
    if (id == opened.id || dial.torrent != opened.torrent || !offers.silent(now, dial)) continue;
    if (same_peer(*dial.remote, *opened.remote)) lose(dial);
  }
}

void Signaller::State::lose(Dial& dial) {
  dial.lost = true;
  lost_links.push_back(dial.id);
}

// ---- torrents

Search* Signaller::State::search(TorrentId torrent) noexcept {
  const auto it = searches.find(torrent);
  return it == searches.end() ? nullptr : &it->second;
}

std::uint32_t Signaller::State::links(const Search& s, const DialCounts& counts) const noexcept {
  return std::max(s.need.links, counts.open);
}

bool Signaller::State::local_only(const Search& s) const noexcept {
  if (!has_ice_servers) return true;
  bool connected = false;
  for (const Tracker* tracker : s.trackers) {
    if (!tracker->open()) continue;
    if (!tracker->local()) return false;
    connected = true;
  }
  return connected;
}

void Signaller::State::recount_others(Instant now, Search& s) {
  std::uint32_t others = 0;
  for (Tracker* tracker : s.trackers) others = std::max(others, tracker->listing(s.id)->others);
  const bool more = others > s.others;
  s.others = others;
  // Somebody came: patient back-offs start anew. A hungry one is short enough.
  if (more && s.round_at && s.mode != SearchMode::hungry) s.restart(std::min(*s.round_at, now + seconds(1)));
  // Those who come together meet at once, so that they can share from the beginning.
  if (more && s.round_at && s.need.wants && s.eager_rounds > 0) s.round_at = std::min(*s.round_at, now + milliseconds(limits::eager_round_ms));
}

}  // namespace samara
