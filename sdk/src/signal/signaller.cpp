// Owns: the public face of the signal layer and its one clock: inputs come in, what is due is done.
// Refuses to know: the rules; they are in clock.cpp, announcing.cpp, dialling.cpp and relaying.cpp.
#include "signal/signaller.hpp"

#include <algorithm>

#include "signal/signaller_state.hpp"

namespace samara {

namespace {

/// A torrent that was added and never described is announced anyway after this.
constexpr std::int64_t undescribed_ms = 100;
/// A page that comes back tells so several times at once.
constexpr std::int64_t wake_pause_ms = 1'000;
/// A link that ended sooner was refused, not lost: no reason to hurry.
constexpr std::int64_t settled_link_ms = 1'000;

}  // namespace

Signaller::State::State(const Config& config, Rng& generator, Outbox& out)
    : has_ice_servers(config.has_ice_servers), rng(generator), outbox(out), offers(config.peer_connections_max) {
  std::ranges::copy(as_bytes(peer_id_prefix), run_id.begin());
  rng.fill(MutByteSpan(run_id).subspan(peer_id_prefix.size()));
}

// ---- the public face

Signaller::Signaller(const Config& config, Rng& rng, Outbox& outbox)
    : state_(std::make_unique<State>(config, rng, outbox)) {}

Signaller::~Signaller() = default;

void Signaller::add(Instant now, TorrentId torrent, const InfoHash& info_hash, std::span<const std::string> trackers) {
  State& st = *state_;
  st.enter(now);
  if (st.searches.contains(torrent) || st.by_hash.contains(info_hash)) return;
  Search& s = st.searches[torrent];
  s.id = torrent;
  s.info_hash = info_hash;
  st.by_hash.emplace(info_hash, torrent);
  for (const std::string& url : trackers) {
    const std::string_view key = tracker_key(url);
    if (key.empty()) continue;
    auto it = st.trackers.find(key);
    if (const auto known = st.remembered.find(key); known != st.remembered.end()) {
      it = st.trackers.insert(st.remembered.extract(known)).position;
    } else if (it == st.trackers.end()) {
      it = st.trackers.emplace(std::string(key), Tracker(std::string(key), now)).first;
    }
    Tracker& tracker = it->second;
    if (!tracker.listings().try_emplace(torrent).second) continue;
    tracker.listing(torrent)->due = now + milliseconds(undescribed_ms);
    s.trackers.push_back(&tracker);
  }
  st.run(now);
}

void Signaller::update(Instant now, TorrentId torrent, const SwarmNeed& need) {
  State& st = *state_;
  st.enter(now);
  Search* s = st.search(torrent);
  if (s == nullptr) return;
  const SwarmNeed was = s->need;
  const bool first = !s->described;
  s->need = need;
  s->described = true;
  const bool came_whole = !first && need.complete && !was.complete && !s->completed_said;
  for (Tracker* tracker : s->trackers) {
    Listing& listing = *tracker->listing(torrent);
    if (first && !listing.started) listing.due = std::min(listing.due, now);
    if (s->wanting()) tracker->want();
    if (came_whole && tracker->open() && listing.started) {
      st.announce(now, *tracker, *s, AnnounceEvent::completed, false);
    }
  }
  if (came_whole) s->completed_said = true;
  const bool only_counters = !first && need.wants == was.wants && need.served == was.served &&
                             need.complete == was.complete && need.links == was.links;
  if (!only_counters) st.run(now);
}

void Signaller::remove(Instant now, TorrentId torrent) {
  State& st = *state_;
  st.enter(now);
  Search* s = st.search(torrent);
  if (s == nullptr) return;
  std::vector<DialId> dials;
  for (const auto& [id, dial] : st.offers.all()) {
    if (dial.torrent == torrent) dials.push_back(id);
  }
  for (const DialId id : dials) st.close(id);
  const std::vector<Tracker*> listed = s->trackers;
  for (Tracker* tracker : listed) st.drop_listing(now, *tracker, *s);
  st.by_hash.erase(s->info_hash);
  st.searches.erase(torrent);
  if (st.searches.empty()) {
    while (!st.offers.all().empty()) st.close(st.offers.all().begin()->first);
  }
  st.run(now);
}

// ---- inputs

void Signaller::network(Instant now, bool online) {
  State& st = *state_;
  st.enter(now);
  const bool came_back = online && !st.online;
  const bool repeated = st.woken_at && now - *st.woken_at < milliseconds(wake_pause_ms);
  st.online = online;
  if (came_back) st.come_back(now);
  if (online && (came_back || !repeated)) {
    st.wake(now);
  }
  st.run(now);
}

void Signaller::socket_opened(Instant now, SocketId socket) {
  State& st = *state_;
  st.enter(now);
  const auto it = st.sockets.find(socket);
  if (it == st.sockets.end() || it->second->open()) return;
  Tracker& tracker = *it->second;
  tracker.opened(now);
  for (auto& [torrent, listing] : tracker.listings()) {
    Search& s = st.searches.at(torrent);
    // Offers that other trackers have go out with the first announce; without any, a round begins.
    const DialCounts counts = st.offers.count(torrent, now);
    if (!s.wanting() || counts.ours() > 0) continue;
    s.round_open = false;
    s.restart(now);
  }
  st.run(now);
}

void Signaller::socket_text(Instant now, SocketId socket, ByteSpan utf8) {
  State& st = *state_;
  st.enter(now);
  const auto it = st.sockets.find(socket);
  if (it == st.sockets.end() || !it->second->open()) return;
  st.on_frame(now, *it->second, utf8);
  st.run(now);
}

void Signaller::socket_closed(Instant now, SocketId socket) {
  State& st = *state_;
  st.enter(now);
  const auto it = st.sockets.find(socket);
  if (it == st.sockets.end()) return;
  st.drop_socket(now, *it->second, true);
  st.run(now);
}

void Signaller::local_sdp(Instant now, DialId dial, std::string_view sdp, bool gathering_complete) {
  State& st = *state_;
  st.enter(now);
  Dial* d = st.offers.find(dial);
  if (d == nullptr || d->phase == DialPhase::connecting || d->phase == DialPhase::open) return;
  const auto taken = take_local_sdp(*d, now, sdp, gathering_complete);
  if (!taken) {
    st.outbox.log(LogLevel::warn, "signal", to_string(taken.error().code), d->torrent.value);
    if (gathering_complete) st.fail(*d, DialFailure::bad_sdp);
  }
  st.run(now);
}

void Signaller::dial_progress(Instant now, DialId dial, DialStage, Route route) {
  state_->enter(now);
  Dial* d = state_->offers.find(dial);
  if (d != nullptr && route != Route::unknown) d->route = route;
}

void Signaller::dial_failed(Instant now, DialId dial, DialFailure why) {
  State& st = *state_;
  st.enter(now);
  Dial* d = st.offers.find(dial);
  if (d == nullptr) return;
  if (d->phase == DialPhase::open) {
    st.lose(*d);
  } else if (d->over.none()) {
    st.fail(*d, why);
  } else {
    d->expires = {};
  }
  st.run(now);
}

void Signaller::tick(Instant now) {
  state_->take_lateness(now);
  state_->enter(now);
  state_->run(now);
}

std::optional<Instant> Signaller::deadline() const noexcept { return state_->next; }

// ---- connections

std::optional<Dialled> Signaller::channel_opened(Instant now, DialId dial) {
  State& st = *state_;
  st.enter(now);
  Dial* d = st.offers.find(dial);
  if (d == nullptr || d->phase != DialPhase::connecting || !d->remote) return std::nullopt;
  d->unheard = !d->over.none();
  const Dialled dialled = st.link_opened(now, *d);
  st.run(now);
  return dialled;
}

bool Signaller::release(Instant now, DialId dial) {
  State& st = *state_;
  st.enter(now);
  const Dial* d = st.offers.find(dial);
  if (d == nullptr) return false;
  Search* s = st.search(d->torrent);
  const bool was_open = d->phase == DialPhase::open;
  const bool settled = was_open && now - d->opened_at >= milliseconds(settled_link_ms);
  const bool stays = st.let_go(now, dial);
  if (s != nullptr && was_open) {
    if (s->need.links > 0) --s->need.links;  // until the engine says so itself
    if (s->need.wants && !s->round_open) s->restart(settled ? now : now + milliseconds(settled_link_ms));
  }
  st.run(now);
  return stays;
}

Route Signaller::route(DialId dial) const noexcept {
  const Dial* d = state_->offers.find(dial);
  if (d != nullptr && !d->over.none()) d = state_->offers.find(d->over);
  return d == nullptr ? Route::unknown : d->route;
}

void Signaller::heard(Instant now, DialId dial) noexcept {
  Dial* d = state_->offers.find(dial);
  if (d == nullptr) return;
  d->heard_at = now;
  d->unheard = false;
  if (Dial* base = state_->offers.find(d->over)) base->heard_at = now;
}

std::optional<DialId> Signaller::take_lost() noexcept {
  if (state_->lost_links.empty()) return std::nullopt;
  const DialId dial = state_->lost_links.back();
  state_->lost_links.pop_back();
  return dial;
}

// ---- views

std::vector<TrackerView> Signaller::trackers() const {
  std::vector<TrackerView> views;
  for (const auto& [key, tracker] : state_->trackers) {
    using State = TrackerView::State;
    const auto state = tracker.open()                                     ? State::connected
                       : tracker.state() == Tracker::State::connecting ? State::connecting
                                                                          : State::down;
    views.push_back({tracker.url(), state, tracker.since()});
  }
  return views;
}

SwarmView Signaller::view(TorrentId torrent) const {
  SwarmView view;
  const Search* s = state_->search(torrent);
  if (s == nullptr) return view;
  view.trackers = static_cast<std::uint32_t>(s->trackers.size());
  for (Tracker* tracker : s->trackers) {
    if (!tracker->open()) continue;
    ++view.trackers_connected;
    view.announced = view.announced || tracker->listing(torrent)->replied;
  }
  view.others = s->others;
  for (const auto& [id, dial] : state_->offers.all()) {
    if (dial.torrent == torrent && dial.has_peer() && dial.phase != DialPhase::open) ++view.dials;
  }
  view.failures = s->failures;
  view.last_failure = s->last_failure;
  return view;
}

std::uint32_t Signaller::connections() const noexcept { return state_->offers.size(); }

std::array<std::uint32_t, 4> Signaller::routes() const noexcept {
  std::array<std::uint32_t, 4> counts{};
  for (const auto& [id, dial] : state_->offers.all()) {
    const bool in_use = dial.phase == DialPhase::open && dial.over.none() && !state_->offers.resting(dial);
    if (in_use) ++counts[static_cast<std::size_t>(dial.route)];
  }
  return counts;
}

bool Signaller::online() const noexcept { return state_->online; }

}  // namespace samara
