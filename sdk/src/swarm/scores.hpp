// Owns: who misbehaved, how often, and who is banned until when. One per torrent.
// Refuses to know: what counts as misbehaviour.
#pragma once

#include <array>
#include <cstdint>
#include <map>

#include "samara/config.hpp"
#include "samara/ids.hpp"
#include "samara/time.hpp"

namespace samara {

/// A peer as scores know it: the first 14 bytes of a Samara peer id (they name one run of one engine,
/// whatever socket it came by), all 20 of any other.
struct PeerKey {
  std::array<std::uint8_t, 20> bytes{};
  constexpr auto operator<=>(const PeerKey&) const = default;

  [[nodiscard]] static PeerKey of(const PeerId& id) noexcept;
};

class Scores {
 public:
  /// A strike for a piece that was bad and came from this peer alone. True when that bans it.
  bool bad_piece(Instant now, const PeerKey& peer);
  /// Bans at once: the proof is complete.
  void ban(Instant now, const PeerKey& peer);
  [[nodiscard]] bool banned(Instant now, const PeerKey& peer) const noexcept;

 private:
  struct Entry {
    std::uint32_t strikes = 0;
    Instant banned_until{};
    Instant touched{};
  };
  Entry& entry(Instant now, const PeerKey& peer);

  std::map<PeerKey, Entry> entries_;  // at most limits::scored_peers_max
};

}  // namespace samara
