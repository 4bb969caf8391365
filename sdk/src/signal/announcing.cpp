// Owns: sockets coming and going, and every announce: which torrent, which event, which offers.
// Refuses to know: why a round of offers began, and what a tracker replies.
#include <algorithm>

#include "base/sort.hpp"
#include "signal/signaller_state.hpp"

namespace samara {

// ---- sockets

void Signaller::State::run_trackers(Instant now) {
  if (!online) return;
  for (auto& [key, tracker] : trackers) {
    const auto given_up = tracker.given_up_at();
    if (given_up && *given_up <= now) {
      const bool fell_silent = tracker.open();
      drop_socket(now, tracker, false);
      if (fell_silent) tracker.hurry(now);
    }
    if (tracker.state() == Tracker::State::down && tracker.retry_at() <= now) connect(now, tracker);
  }
}

void Signaller::State::connect(Instant now, Tracker& tracker) {
  ++last_socket.value;
  // A fresh id per socket: servers keep routing a known id to its old socket.
  PeerId self;
  std::ranges::copy(run_id, self.bytes.begin());
  rng.fill(MutByteSpan(self.bytes).subspan(run_prefix_bytes));
  tracker.connect(now, last_socket, self);
  sockets[last_socket] = &tracker;
  outbox.push(out::OpenSocket{last_socket, outbox.arena().copy(tracker.url())});
}

void Signaller::State::drop_socket(Instant now, Tracker& tracker, bool told) {
  const SocketId socket = tracker.socket();
  if (!told) outbox.push(out::CloseSocket{socket});
  sockets.erase(socket);
  std::vector<DialId> mute;  // answers that could not be delivered any more
  for (const auto& [id, dial] : offers.all()) {
    const bool answering = dial.role == DialRole::answerer && dial.phase == DialPhase::gathering;
    if (answering && dial.socket == socket) mute.push_back(id);
  }
  for (const DialId id : mute) close(id);
  offers.forget_socket(socket);
  tracker.lost(now, wanted_at(tracker), rng);
  for (const auto& [torrent, listing] : tracker.listings()) recount_others(now, searches.at(torrent));
}

void Signaller::State::drop_listing(Instant now, Tracker& tracker, Search& s) {
  const Listing& listing = *tracker.listing(s.id);
  if (tracker.open() && listing.started) announce(now, tracker, s, AnnounceEvent::stopped, false);
  tracker.listings().erase(s.id);
  std::erase(s.trackers, &tracker);
  if (!tracker.listings().empty()) return;
  if (tracker.state() == Tracker::State::down) return remember(tracker);
  if (!tracker.socket().none()) {
    outbox.push(out::CloseSocket{tracker.socket()});
    sockets.erase(tracker.socket());
  }
  trackers.erase(trackers.find(tracker.url()));
}

void Signaller::State::remember(const Tracker& dead) {
  if (remembered.size() == limits::trackers_remembered_max) {
    remembered.erase(std::ranges::min_element(remembered, {}, [](const auto& entry) { return entry.second.since(); }));
  }
  remembered.insert(trackers.extract(trackers.find(dead.url())));
}

bool Signaller::State::wanted_at(const Tracker& tracker) const noexcept {
  return std::ranges::any_of(tracker.listings(),
                             [&](const auto& entry) { return searches.at(entry.first).wanting(); });
}

// ---- announces

Instant Signaller::State::listing_due(const Search& s, const Listing& listing) const noexcept {
  Instant at = listing.due;
  // A first announce waits a little for the offer that is in the making; the round sends it when ready.
  if (!listing.started && s.round_open) at = at + milliseconds(limits::first_offer_wait_ms);
  return std::max(at, listing.held_until);
}

Instant Signaller::State::turn_at(const Tracker& tracker, const Search& s, const Listing& listing) const noexcept {
  const Instant due = listing_due(s, listing);
  const bool in_turn = listing.started && !listing.hurried && !s.wanting() && !coarse_timers;
  return std::max(in_turn ? tracker.turn_at(due) : due, tracker.pace_at());
}

void Signaller::State::run_announces(Instant now, Tracker& tracker) {
  struct Due {
    bool patient;  // wanted torrents first
    Instant at;
    TorrentId torrent;
    auto operator<=>(const Due&) const = default;
  };
  std::vector<Due> due;
  for (const auto& [torrent, listing] : tracker.listings()) {
    const Search& s = searches.at(torrent);
    if (const Instant at = listing_due(s, listing); at <= now) due.push_back({!s.wanting(), at, torrent});
  }
  sort(std::span(due));
  for (const auto& [patient, at, torrent] : due) {
    Search& s = searches.at(torrent);
    const Listing& listing = *tracker.listing(torrent);
    if (turn_at(tracker, s, listing) > now) continue;
    if (patient && listing.started && !listing.hurried && !coarse_timers) tracker.take_turn(at);
    announce(now, tracker, s, AnnounceEvent::none, s.mode != SearchMode::idle);
  }
  if (tracker.repeat_at() <= now) repeat_announce(now, tracker);
  if (tracker.keep_alive_at() > now) return;
  // Silence would close the socket: the torrent that is due next goes first.
  Search* next_due = nullptr;
  Instant best{};
  for (auto& [torrent, listing] : tracker.listings()) {
    if (listing.held_until > now || (next_due != nullptr && listing.due >= best)) continue;
    next_due = search(torrent);
    best = listing.due;
  }
  tracker.sent(now);
  if (next_due != nullptr) announce(now, tracker, *next_due, AnnounceEvent::none, next_due->mode != SearchMode::idle);
}

void Signaller::State::repeat_announce(Instant now, Tracker& tracker) {
  std::pair<const TorrentId, Listing>* oldest = tracker.longest_awaiting();
  if (oldest == nullptr) return tracker.nothing_to_repeat();
  Search& s = searches.at(oldest->first);
  announce(now, tracker, s, AnnounceEvent::none, s.mode != SearchMode::idle);
  tracker.repeated(now);
}

void Signaller::State::sane_again(Instant now, Tracker& tracker) {
  for (auto& [torrent, listing] : tracker.listings()) {
    if (!listing.awaiting) continue;
    Search& s = searches.at(torrent);
    listing.due = std::min(listing.due, now);
    listing.hurried = true;
    offers.forget_unreplied(tracker.socket(), torrent);
    if (s.wanting() && !s.round_open) s.restart(now);
  }
}

std::vector<Dial*> Signaller::State::unsent_offers(const Tracker& tracker, const Search& s) {
  std::vector<Dial*> unsent;
  for (auto& [id, dial] : offers.all()) {
    if (unsent.size() == limits::offers_per_announce_max) break;
    const bool ready = dial.role == DialRole::offerer && dial.phase == DialPhase::ready;
    if (ready && dial.torrent == s.id && !dial.sent_on(tracker.socket())) unsent.push_back(&dial);
  }
  return unsent;
}

void Signaller::State::announce(Instant now, Tracker& tracker, Search& s, AnnounceEvent event, bool with_offers) {
  Listing& listing = *tracker.listing(s.id);
  if (event == AnnounceEvent::none && !tracker.may_send(now)) {  // many at once: it has its turn with those that are due
    listing.due = std::min(listing.due, now);
    return;
  }
  const std::vector<Dial*> carried = with_offers ? unsent_offers(tracker, s) : std::vector<Dial*>{};
  std::vector<AnnounceOffer> rows;
  for (const Dial* dial : carried) {
    rows.push_back({{}, dial->sdp});
    rng.fill(rows.back().offer_id.bytes);
  }
  AnnounceRequest request;
  request.info_hash = s.info_hash;
  request.peer_id = tracker.self();
  request.event = !listing.started && event != AnnounceEvent::stopped ? AnnounceEvent::started : event;
  request.uploaded = s.need.uploaded_bytes;
  request.downloaded = s.need.downloaded_bytes;
  request.left = s.need.left_bytes;
  request.tracker_id = listing.tracker_id;
  std::string frame;
  for (;;) {  // at most six times: fewer offers until one frame takes them
    request.offers = rows;
    request.numwant = static_cast<std::uint32_t>(rows.size());
    frame = format_announce(request);
    if (frame.size() <= limits::announce_bytes_max || rows.empty()) break;
    rows.pop_back();
  }
  outbox.push(out::SendText{tracker.socket(), outbox.arena().copy(std::string_view(frame))});
  tracker.announced(now, listing, rng);
  outbox.log(LogLevel::debug, "signal", "announced", s.id.value);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Dial& dial = *carried[i];
    if (dial.sent.empty()) dial.expires = now + milliseconds(limits::offer_life_ms);
    dial.sent.push_back({tracker.socket(), rows[i].offer_id});
    dial.left_early = dial.left_early || !dial.gathering_complete;
    outbox.log(LogLevel::debug, "signal", "offer-sent", s.id.value);
  }
}

}  // namespace samara
