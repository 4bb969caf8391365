// Owns: the book of dials and its limit. Refuses to know: when to offer and how a frame looks.
#include "signal/offers.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace samara {

Dial& Offers::make(DialRole role, TorrentId torrent, Instant now, bool whole_gathering) {
  SAMARA_ASSERT(free() > 0);
  ++last_.value;
  return dials_.emplace(last_, make_dial(last_, role, torrent, now, whole_gathering)).first->second;
}

Dial& Offers::make_branch(DialId over, Dial asked) {
  asked.id = DialId{++last_.value};
  asked.over = over;
  return dials_.emplace(last_, std::move(asked)).first->second;
}

std::uint32_t Offers::size() const noexcept {
  return static_cast<std::uint32_t>(std::ranges::count_if(dials_, [](const auto& entry) { return entry.second.over.none(); }));
}

std::uint32_t Offers::free() const noexcept {
  const auto taken = static_cast<std::uint32_t>(std::ranges::count_if(
      dials_, [&](const auto& entry) { return entry.second.over.none() && !resting(entry.second); }));
  return max_ > taken ? max_ - taken : 0;
}

std::uint32_t Offers::branches(const Dial& base) const noexcept {
  return base.unnamed + static_cast<std::uint32_t>(std::ranges::count_if(
                            dials_, [&](const auto& entry) { return entry.second.over == base.id; }));
}

bool Offers::resting(const Dial& dial) const noexcept {
  return dial.torrent.none() && dial.over.none() && branches(dial) == 0;
}

const Dial* Offers::in_the_way() const noexcept {
  if (size() < max_) return nullptr;
  const Dial* longest = nullptr;
  for (const auto& [id, dial] : dials_) {
    if (resting(dial) && (longest == nullptr || dial.expires < longest->expires)) longest = &dial;
  }
  return longest;
}

bool Offers::silent(Instant now, const Dial& dial) const noexcept {
  if (dial.over.none() || dial.phase != DialPhase::open) return dial.silent(now);
  const Dial* base = find(dial.over);
  return base == nullptr || base->silent(now);
}

Dial* Offers::find(DialId id) noexcept {
  const auto it = dials_.find(id);
  return it == dials_.end() ? nullptr : &it->second;
}

const Dial* Offers::find(DialId id) const noexcept {
  const auto it = dials_.find(id);
  return it == dials_.end() ? nullptr : &it->second;
}

Dial* Offers::find_sent(SocketId socket, const OfferId& offer) noexcept {
  for (auto& [id, dial] : dials_) {
    if (!dial.unanswered()) continue;
    const bool sent = std::ranges::any_of(
        dial.sent, [&](const SentOffer& entry) { return entry.socket == socket && entry.offer == offer; });
    if (sent) return &dial;
  }
  return nullptr;
}

Dial* Offers::find_peer(Instant now, TorrentId torrent, const PeerId& peer, DialId except) noexcept {
  for (auto& [id, dial] : dials_) {
    if (id == except || dial.torrent != torrent || (silent(now, dial) && is_samara(peer))) continue;
    if (dial.remote && same_peer(*dial.remote, peer)) return &dial;
  }
  return nullptr;
}

bool Offers::has_link(TorrentId torrent, const PeerId& peer) const noexcept {
  return std::ranges::any_of(dials_, [&](const auto& entry) {
    const Dial& dial = entry.second;
    return dial.phase == DialPhase::open && dial.torrent == torrent && same_peer(*dial.remote, peer);
  });
}

DialCounts Offers::count(TorrentId torrent, Instant now) const noexcept {
  DialCounts counts;
  for (const auto& [id, dial] : dials_) {
    if (dial.torrent != torrent) continue;
    if (dial.phase == DialPhase::open) {
      ++counts.open;
    } else if (dial.has_peer()) {
      ++counts.connecting;
    } else if (dial.phase == DialPhase::gathering) {
      ++counts.gathering;
    } else if (dial.sent.empty()) {
      ++counts.fresh;
    } else if (dial.reusable(now)) {
      ++counts.reusable;
    } else {
      ++counts.unanswered;
    }
  }
  return counts;
}

std::uint32_t Offers::incoming(TorrentId torrent, SocketId socket) const noexcept {
  return static_cast<std::uint32_t>(std::ranges::count_if(dials_, [&](const auto& entry) {
    const Dial& dial = entry.second;
    return dial.torrent == torrent && dial.role == DialRole::answerer && dial.socket == socket &&
           dial.phase != DialPhase::open;
  }));
}

Dial* Offers::reusable_for(TorrentId torrent, Instant now) noexcept {
  for (auto& [id, dial] : dials_) {
    if (dial.torrent == torrent && dial.reusable(now)) return &dial;
  }
  return nullptr;
}

Dial* Offers::reusable_elsewhere(TorrentId torrent, Instant now) noexcept {
  for (auto& [id, dial] : dials_) {
    if (dial.torrent != torrent && dial.reusable(now)) return &dial;
  }
  return nullptr;
}

Dial* Offers::oldest_unanswered() noexcept {
  for (auto& [id, dial] : dials_) {
    if (dial.unanswered()) return &dial;
  }
  return nullptr;
}

void Offers::replied(SocketId socket, TorrentId torrent, bool nobody) noexcept {
  for (auto& [id, dial] : dials_) {
    if (dial.torrent != torrent) continue;
    for (SentOffer& entry : dial.sent) {
      if (entry.socket != socket || entry.replied) continue;
      entry.replied = true;
      entry.nobody = nobody;
    }
  }
}

void Offers::forget_unreplied(SocketId socket, TorrentId torrent) noexcept {
  for (auto& [id, dial] : dials_) {
    if (dial.torrent != torrent) continue;
    std::erase_if(dial.sent, [&](const SentOffer& entry) { return entry.socket == socket && !entry.replied; });
  }
}

void Offers::forget_socket(SocketId socket) noexcept {
  for (auto& [id, dial] : dials_) {
    std::erase_if(dial.sent, [&](const SentOffer& entry) { return entry.socket == socket; });
  }
}

bool IncomingQuota::take(Instant now) noexcept {
  refill(now);
  if (places_ == 0) return false;
  --places_;
  return true;
}

void IncomingQuota::announced() noexcept {
  places_ = std::min(places_max, places_ + limits::offers_incoming_per_announce);
}

void IncomingQuota::opened() noexcept { places_ = std::min(places_max, places_ + 1); }

void IncomingQuota::refill(Instant now) noexcept {
  if (!refilled_) refilled_ = now;
  constexpr std::int64_t step_us = milliseconds(limits::offers_incoming_refill_ms).us;
  const std::int64_t steps = std::max<std::int64_t>(0, (now - *refilled_).us / step_us);
  refilled_ = *refilled_ + Duration{steps * step_us};
  if (places_ >= limits::offers_incoming_max) return;
  const std::int64_t room = limits::offers_incoming_max - places_;
  places_ += static_cast<std::uint32_t>(std::min(steps, room));
}

}  // namespace samara
