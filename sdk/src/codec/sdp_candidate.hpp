// Owns: one ICE candidate line (RFC 8839 §5.1), read token by token and written anew.
// Refuses to know: the description around it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace samara {

enum class CandidateKind : unsigned char { host, server_reflexive, peer_reflexive, relay };

struct SdpCandidate {
  CandidateKind kind = CandidateKind::host;
  bool local = false;         ///< Loopback, private, link-local or mDNS address.
  bool mdns = false;          ///< The address is a name under .local.
  std::string line;           ///< "candidate:…", re-made; related addresses are blanked.
};

/// Reads what stands behind "candidate:". Nothing when a token is malformed, the component is not 1,
/// the transport is neither UDP nor TCP, or the address is neither one host's literal nor *.local.
[[nodiscard]] std::optional<SdpCandidate> parse_sdp_candidate(std::string_view text);

}  // namespace samara
