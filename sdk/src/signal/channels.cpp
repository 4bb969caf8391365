// Owns: several torrents over one peer connection: whose offer is met over a connection that is there already, which
// channel of the other side becomes a link, and how long a connection outlives its links.
// Refuses to know: what travels over a channel, and how a handshake looks.
#include <algorithm>
#include <utility>

#include "signal/peer_identity.hpp"
#include "signal/signaller_state.hpp"

namespace samara {

namespace {

constexpr Duration answer_timeout = milliseconds(limits::channel_answer_timeout_ms);

}  // namespace

// ---- offers

/// An infohash is a capability: it is told only to whoever has offered for it. The peer id alone does not say who that was,
/// since ids are known to the whole swarm and to trackers; the certificate is what DTLS has proved of the connection.
Dial* Signaller::State::connection_for(Instant now, const Dial& asked) noexcept {
  Dial* best = nullptr;
  for (auto& [id, dial] : offers.all()) {
    if (!dial.over.none() || !dial.remote || dial.lost || dial.doubted_at || dial.fingerprint != asked.fingerprint) continue;
    if (!is_samara(*dial.remote) || !same_peer(*dial.remote, *asked.remote)) continue;
    const bool open = dial.phase == DialPhase::open;
    // What it can is told by its first messages.
    if (open && !dial.carries && now - dial.opened_at >= answer_timeout) continue;
    if (offers.branches(dial) + 1 >= limits::channels_per_connection_max) continue;
    const bool better = best == nullptr || (open && (best->phase != DialPhase::open || dial.heard_at > best->heard_at));
    if (better) best = &dial;
  }
  return best;
}

bool Signaller::State::meet_over_channel(Instant now, const Dial& asked) {
  if (offers.has_link(asked.torrent, *asked.remote)) return false;  // its connection may be lost: find_peer()
  const Dial* base = connection_for(now, asked);
  if (base == nullptr) return false;
  Dial& branch = offers.make_branch(base->id, asked);
  branch.phase = DialPhase::connecting;
  branch.expires = now + answer_timeout;
  return true;
}

std::optional<Instant> Signaller::State::channels_due(const Dial& dial) const noexcept {
  if (dial.over.none()) return offers.resting(dial) ? std::optional(dial.expires) : std::nullopt;
  return dial.phase != DialPhase::open || dial.unheard ? std::optional(dial.expires) : std::nullopt;
}

void Signaller::State::run_channels(Instant now) {
  std::vector<DialId> late;
  for (auto& [id, dial] : offers.all()) {
    const auto due = channels_due(dial);
    if (!due) continue;
    if (*due <= now) {
      late.push_back(id);
      continue;
    }
    const Dial* base = offers.find(dial.over);
    if (base == nullptr || dial.asked || base->phase != DialPhase::open || !base->carries) continue;
    dial.asked = true;
    outbox.push(out::OpenChannel{id, base->id, !searches.at(dial.torrent).need.wants});
  }
  for (const DialId id : late) {
    Dial* dial = offers.find(id);
    if (dial == nullptr) continue;
    if (Dial* base = offers.find(dial->over)) base->carries = base->carries && !dial->asked;
    if (dial->phase == DialPhase::open && !dial->over.none()) {
      dial->expires = now + answer_timeout;  // told once
      lost_links.push_back(id);
      continue;
    }
    const Dial asked = std::move(*dial);
    close(id);
    if (!asked.over.none()) answer(now, asked);
  }
}

// ---- channels of the other side

bool Signaller::channel_arrived(DialId dial) noexcept {
  Dial* base = state_->offers.find(dial);
  if (base == nullptr || base->phase != DialPhase::open || !base->over.none() || base->lost) return false;
  if (state_->offers.branches(*base) + 1 >= limits::channels_per_connection_max) return false;
  ++base->unnamed;
  return true;
}

void Signaller::unnamed_gone(Instant now, DialId dial) {
  State& st = *state_;
  Dial* base = st.offers.find(dial);
  if (base == nullptr || base->unnamed == 0) return;
  --base->unnamed;
  st.rest(now, *base);
  st.run(now);
}

std::optional<Dialled> Signaller::channel_named(Instant now, DialId over, TorrentId torrent, const PeerId& remote) {
  State& st = *state_;
  st.enter(now);
  const Dial* base = st.offers.find(over);
  if (base == nullptr || base->phase != DialPhase::open || !same_peer(*base->remote, remote) || st.search(torrent) == nullptr) {
    return std::nullopt;
  }
  if (Dial* other = st.offers.find_peer(now, torrent, remote)) {
    if (!other->crossing() || !our_offer_stays(st.run_id, remote)) return std::nullopt;
    st.give_way(*other);
  }
  Dial asked = make_dial({}, DialRole::offerer, torrent, now, false);
  asked.remote = remote;
  asked.self = base->self;
  Dial& dial = st.offers.make_branch(over, std::move(asked));
  return st.link_opened(now, dial);
}

// ---- the life of a connection

Dialled Signaller::State::link_opened(Instant now, Dial& dial) {
  dial.phase = DialPhase::open;
  dial.opened_at = dial.heard_at = now;
  if (!dial.over.none()) dial.expires = now + answer_timeout;
  replace_silent(now, dial);
  Search& s = searches.at(dial.torrent);
  s.failures = 0;
  s.last_failure.reset();
  s.whole_gathering = false;
  // Two complete sides have nothing for each other: their back-off goes on growing.
  if (s.need.wants) s.step = 0;
  if (const auto it = sockets.find(dial.socket); it != sockets.end() && dial.role == DialRole::answerer) {
    if (Listing* listing = it->second->listing(dial.torrent)) listing->quota.opened();
  }
  return {dial.id, dial.torrent, dial.self, *dial.remote};
}

void Signaller::set_carries(Instant now, DialId dial, bool carries) {
  State& st = *state_;
  Dial* d = st.offers.find(dial);
  if (d != nullptr && !d->over.none()) d = st.offers.find(d->over);
  if (d == nullptr || d->carries == carries) return;
  d->carries = carries;
  st.run(now);
}

void Signaller::State::rest(Instant now, Dial& base) {
  if (offers.resting(base)) base.expires = base.carries ? now + milliseconds(limits::channels_linger_ms) : now;
}

bool Signaller::State::let_go(Instant now, DialId id) {
  Dial& dial = *offers.find(id);
  if (dial.over.none()) {
    if (dial.lost || (!dial.carries && offers.branches(dial) == 0)) {
      close(id);
      return false;
    }
    dial.torrent = {};
    rest(now, dial);
    return true;
  }
  const Dial ended = std::move(dial);
  close(id);
  // It was refused or lost before a word was heard: the offer is answered with a connection of its own.
  if (ended.unheard && offers.find_peer(now, ended.torrent, *ended.remote) == nullptr) answer(now, ended);
  Dial* base = offers.find(ended.over);
  if (base == nullptr) return false;
  rest(now, *base);
  return true;
}

}  // namespace samara
