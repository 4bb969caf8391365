// Owns: every form of a link that a person may paste, and the two forms we write (DESIGN: Links).
// Refuses to know: keys. A secret is 32 bytes that are carried, never used.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/magnet.hpp"
#include "samara/bytes.hpp"
#include "samara/error.hpp"

namespace samara {

enum class LinkKind : std::uint8_t { plain, sealed, pair, unknown };
[[nodiscard]] std::string_view to_string(LinkKind kind) noexcept;

struct ShareLink {
  LinkKind kind = LinkKind::unknown;
  Magnet magnet;
  bool password_needed = false;
  Bytes secret;                     ///< 32 bytes when sealed, else empty
  std::string normalized;           ///< one seed, in a form that parse_share_link takes; empty with a problem
  std::uint32_t dropped_trackers = 0;
  std::optional<Error> problem;     ///< bad_link, newer_link, too_large; detail = LinkWhy
  std::string_view why;             ///< to_string of that LinkWhy: static storage; empty without a problem
};

/// Reads what a person pasted: a share URL (fragment or query), compact forms, a bare magnet or
/// infohash, also as messengers damage them. Never empty: one entry per seed, a bad one with its
/// `problem`. Contacts nobody, follows nothing.
[[nodiscard]] std::vector<ShareLink> parse_share_link(std::string_view text, LinkPolicy policy = {});

/// `<share_base>#seeds=<encodeURIComponent(magnet)>`
[[nodiscard]] std::string format_share_url(std::string_view share_base, const Magnet& magnet);

/// `<share_base>#seeds=…&k=<base64url(secret)>[&p=1]`. `secret`: 32 bytes. The magnet carries no name.
[[nodiscard]] std::string format_sealed_url(std::string_view share_base, const Magnet& magnet, ByteSpan secret,
                                            bool password_needed);

/// `<share_base>#s1.<base64url(flags ‖ infohash ‖ secret [‖ CBOR array of trackers])>`; no flag 8 without trackers.
[[nodiscard]] std::string format_sealed_compact_url(std::string_view share_base, const InfoHash& info_hash, ByteSpan secret,
                                                    bool password_needed, std::span<const std::string> trackers);

/// `<share_base>#m1.<base64url(flags ‖ infohash [‖ CBOR array of trackers])>`; no flag 8 without trackers.
[[nodiscard]] std::string format_compact_url(std::string_view share_base, const InfoHash& info_hash,
                                             std::span<const std::string> trackers);

}  // namespace samara
