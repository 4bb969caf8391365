// Owns: rewriting a session description (RFC 8866, RFC 8841) so that it can only describe one data
// channel association. Refuses to know: who sent it and what becomes of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "samara/config.hpp"
#include "samara/error.hpp"

namespace samara {

enum class SdpType : std::uint8_t { offer, answer };

struct SdpOptions {
  SdpType type = SdpType::offer;         ///< An answer must say active or passive.
  bool drop_private_candidates = false;  ///< Literal private addresses that a stranger on a public tracker names.
  std::uint32_t candidates_max = limits::sdp_candidates_max;  ///< Further ones are dropped.
};

/// What the kept candidates look like.
struct SdpSummary {
  std::uint32_t host_candidates = 0;
  std::uint32_t server_reflexive_candidates = 0;  ///< peer reflexive ones too
  std::uint32_t relay_candidates = 0;
  std::uint32_t dropped_candidates = 0;           ///< malformed, unusable or beyond the cap
  std::uint32_t max_message_bytes = 65'536;       ///< a=max-message-size; RFC 8841's default without
  bool all_local = true;                          ///< every kept candidate is loopback, private, link-local or mDNS
};

/// The description with nothing but what a data channel needs, lines re-made token by token. Works
/// for remote descriptions (before the browser sees them) and our own (before a tracker does).
/// Errors: sdp_too_large (bytes or lines), sdp_forbidden_media (any other m= section),
/// sdp_invalid (no usable section, missing or malformed ICE or DTLS attribute).
[[nodiscard]] Result<std::string> filter_sdp(std::string_view sdp, const SdpOptions& options = {},
                                             SdpSummary* summary = nullptr);

/// Digest and value of the certificate in a description that filter_sdp() wrote: what DTLS proves of whoever sent it.
[[nodiscard]] std::string_view sdp_fingerprint(std::string_view filtered) noexcept;

}  // namespace samara
