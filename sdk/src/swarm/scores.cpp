// Owns: the bookkeeping of scores.hpp.
#include "swarm/scores.hpp"

#include <algorithm>

namespace samara {

PeerKey PeerKey::of(const PeerId& id) noexcept {
  PeerKey key{id.bytes};
  const bool samara = id.bytes[0] == '-' && id.bytes[1] == 'S' && id.bytes[2] == 'M' && id.bytes[7] == '-';
  if (samara) std::fill(key.bytes.begin() + 14, key.bytes.end(), std::uint8_t{0});
  return key;
}

Scores::Entry& Scores::entry(Instant now, const PeerKey& peer) {
  const auto it = entries_.find(peer);
  if (it == entries_.end() && entries_.size() >= limits::scored_peers_max) {
    // The one that behaved longest is forgotten first.
    const auto oldest = std::ranges::min_element(entries_, {}, [](const auto& pair) { return pair.second.touched; });
    entries_.erase(oldest);
  }
  Entry& found = entries_[peer];
  found.touched = now;
  return found;
}

bool Scores::bad_piece(Instant now, const PeerKey& peer) {
  Entry& found = entry(now, peer);
  if (++found.strikes < limits::bad_pieces_before_ban) return false;
  ban(now, peer);
  return true;
}

void Scores::ban(Instant now, const PeerKey& peer) {
  Entry& found = entry(now, peer);
  found.strikes = 0;
  found.banned_until = now + seconds(limits::ban_s);
}

bool Scores::banned(Instant now, const PeerKey& peer) const noexcept {
  const auto it = entries_.find(peer);
  return it != entries_.end() && now < it->second.banned_until;
}

}  // namespace samara
