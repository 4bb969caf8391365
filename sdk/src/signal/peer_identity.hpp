// Owns: what a 20-byte peer id says about who is behind it (DESIGN §8, BEP 20 style).
// Refuses to know: links, dials and what becomes of them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "samara/ids.hpp"

namespace samara {

/// "-SM0001-" and the six random bytes of one engine run: what two ids of one engine have in common.
inline constexpr std::size_t run_prefix_bytes = 14;
inline constexpr std::string_view peer_id_prefix = "-SM0001-";

using RunPrefix = std::array<std::uint8_t, run_prefix_bytes>;

[[nodiscard]] inline RunPrefix run_prefix(const PeerId& id) noexcept {
  RunPrefix prefix;
  std::copy_n(id.bytes.begin(), run_prefix_bytes, prefix.begin());
  return prefix;
}

/// Any version of Samara.
[[nodiscard]] inline bool is_samara(const PeerId& id) noexcept {
  return id.bytes[0] == '-' && id.bytes[1] == 'S' && id.bytes[2] == 'M';
}

/// Two names of one peer: equal, or two sockets of one Samara run.
[[nodiscard]] inline bool same_peer(const PeerId& a, const PeerId& b) noexcept {
  return a == b || (is_samara(a) && run_prefix(a) == run_prefix(b));
}

/// Glare: of the connection that we offered and the one that `remote` offered, does ours stay?
/// Between Samara peers the one offered by the lower run id; another client has dropped its own.
[[nodiscard]] inline bool our_offer_stays(const RunPrefix& self, const PeerId& remote) noexcept {
  return !is_samara(remote) || self < run_prefix(remote);
}

}  // namespace samara
