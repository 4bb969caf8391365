// Owns: magnet links (BEP 9, BEP 53 names) and which tracker and web seed URLs a link may bring.
// Refuses to know: share URLs, secrets, and fetching anything (xs and as torrents are never fetched).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "samara/error.hpp"
#include "samara/ids.hpp"

namespace samara {

/// Which URLs out of links the host can use.
struct LinkPolicy {
  bool browser = true;                  ///< false: the command line, which also has udp: and http(s): trackers.
  bool allow_insecure_loopback = true;  ///< ws: trackers and http: web seeds on this machine.
};

struct Magnet {
  InfoHash info_hash;
  std::string name;                      ///< dn, decoded, at most path_component_bytes_max; cosmetic. May be empty.
  std::optional<std::uint64_t> bytes;    ///< xl
  std::vector<std::string> trackers;     ///< tr, usable under the policy, no duplicates
  std::vector<std::string> web_seeds;    ///< ws and as, likewise
  std::uint32_t dropped_trackers = 0;    ///< duplicates, unusable schemes and those beyond the cap
  std::uint32_t dropped_web_seeds = 0;
};

/// Why a link is bad (Error::detail of bad_link and newer_link); `to_string` gives LinkInfo.why.
enum class LinkWhy : std::uint32_t {
  none,
  empty,
  not_a_link,
  too_long,
  no_hash,
  bad_hash,
  only_v2,          ///< urn:btmh without urn:btih
  truncated,
  bad_secret,
  secret_in_query,
  bad_trackers,     ///< flag 8 with something else than a CBOR array of texts
  bad_flags,
  too_many_seeds,
  newer_form,
};
[[nodiscard]] std::string_view to_string(LinkWhy why) noexcept;

/// Reads `magnet:?…` (any case, also `stream-magnet:`). The first btih in hex or base32 counts.
/// Errors: too_large above link_bytes_max, bad_link with a LinkWhy as detail.
[[nodiscard]] Result<Magnet> parse_magnet(std::string_view text, LinkPolicy policy = {});

/// `magnet:?xt=urn:btih:<hex>&dn=…&xl=…&tr=…&ws=…` as create-torrent and magnet-uri write it: dn by
/// encodeURIComponent with spaces as `+`, at most path_component_bytes_max of it. Fields without a value are left out.
[[nodiscard]] std::string format_magnet(const Magnet& magnet);

/// 40 hex digits or 32 base32 characters, any case.
[[nodiscard]] std::optional<InfoHash> parse_info_hash(std::string_view text);

/// True when this host can use the tracker or web seed: an absolute URL of printable ASCII with a
/// host and without user info. Browser: wss:, and ws: on loopback (https: and http: for web seeds).
[[nodiscard]] bool is_usable_tracker(std::string_view url, LinkPolicy policy);
[[nodiscard]] bool is_usable_web_seed(std::string_view url, LinkPolicy policy);

/// Keeps the usable ones in order without duplicates, at most link_trackers_max / link_web_seeds_max;
/// returns how many were dropped. Scheme and host become lower case. Trailing slashes of a tracker are
/// no difference and go; of a web seed one says "folder" (BEP 19) and stays.
std::uint32_t keep_usable_trackers(std::vector<std::string>& urls, LinkPolicy policy);
std::uint32_t keep_usable_web_seeds(std::vector<std::string>& urls, LinkPolicy policy);

}  // namespace samara
