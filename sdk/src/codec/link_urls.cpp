// Owns: which tracker and web seed URLs out of a link a host can use.
// Refuses to know: opening them.
#include <algorithm>
#include <span>

#include "codec/ip_literal.hpp"
#include "codec/magnet.hpp"
#include "codec/text_case.hpp"
#include "samara/config.hpp"

namespace samara {
namespace {

struct UrlParts {
  std::string scheme;  // lower case, without the colon
  std::string host;    // lower case, without brackets
  std::size_t authority_end = 0;
};

void lower(std::string& text) noexcept {
  for (char& c : text) c = ascii_lower(c);
}

// A WebSocket constructor throws on fragments; blanks, quotes and the like are never in a real URL.
bool has_only_url_characters(std::string_view url) noexcept {
  return std::ranges::all_of(
      url, [](char c) { return c > ' ' && c < 0x7f && !std::string_view("\"<>\\^`{|}#").contains(c); });
}

bool is_port(std::string_view text) noexcept {
  if (text.empty()) return true;
  std::uint32_t port = 0;
  for (const char c : text) {
    if (c < '0' || c > '9' || port > 65'535) return false;
    port = port * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return port >= 1 && port <= 65'535;
}

bool is_host_name(std::string_view host) noexcept {
  if (host.empty() || host.size() > 253 || host.starts_with('.')) return false;
  return std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
}

// scheme://host[:port][/…]; no user info, which could carry a stranger's credentials or mislead.
std::optional<UrlParts> split_url(std::string_view url) {
  const std::size_t colon = url.find("://");
  if (colon == 0 || colon == std::string_view::npos || colon > 5 || !has_only_url_characters(url)) return std::nullopt;
  UrlParts parts;
  parts.scheme = url.substr(0, colon);
  lower(parts.scheme);
  const std::size_t start = colon + 3;
  parts.authority_end = std::min(url.find_first_of("/?", start), url.size());
  std::string_view authority = url.substr(start, parts.authority_end - start);
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t bracket = authority.find(']');
    if (bracket == std::string_view::npos) return std::nullopt;
    parts.host = authority.substr(1, bracket - 1);
    std::string_view behind = authority.substr(bracket + 1);
    if (!parse_ip_literal(parts.host) || (!behind.empty() && behind[0] != ':')) return std::nullopt;
    port = behind.empty() ? behind : behind.substr(1);
  } else {
    const std::size_t port_colon = authority.find(':');
    parts.host = authority.substr(0, port_colon);
    lower(parts.host);
    if (port_colon != std::string_view::npos) port = authority.substr(port_colon + 1);
    if (!is_host_name(parts.host)) return std::nullopt;
  }
  if (!is_port(port)) return std::nullopt;
  return parts;
}

bool is_this_machine(const UrlParts& parts) noexcept {
  if (parts.host == "localhost") return true;
  const auto address = parse_ip_literal(parts.host);
  return address && is_loopback(*address);
}

struct Schemes {
  std::string_view secure;
  std::string_view insecure;
  std::span<const std::string_view> others;  // without a browser
};

constexpr std::string_view tracker_others[] = {"ws", "udp", "http", "https"};
constexpr std::string_view web_seed_others[] = {"http"};
constexpr Schemes tracker_schemes{"wss", "ws", tracker_others};
constexpr Schemes web_seed_schemes{"https", "http", web_seed_others};

bool is_usable(std::string_view url, LinkPolicy policy, const Schemes& schemes) {
  const auto parts = split_url(url);
  if (!parts) return false;
  if (parts->scheme == schemes.secure) return true;
  if (!policy.browser) return std::ranges::find(schemes.others, parts->scheme) != schemes.others.end();
  return policy.allow_insecure_loopback && parts->scheme == schemes.insecure && is_this_machine(*parts);
}

// Scheme and host in lower case; the rest of a URL is case-sensitive.
std::string normalized(std::string_view url) {
  const auto parts = split_url(url);
  std::string head(url.substr(0, parts ? parts->authority_end : 0));
  lower(head);
  return head + std::string(url.substr(head.size()));
}

std::uint32_t keep(std::vector<std::string>& urls, LinkPolicy policy, const Schemes& schemes, std::size_t max,
                   bool trim_slash) {
  std::vector<std::string> kept;
  std::uint32_t dropped = 0;
  for (const std::string& url : urls) {
    if (kept.size() >= max || !is_usable(url, policy, schemes)) {
      ++dropped;
      continue;
    }
    std::string clean = normalized(url);
    while (trim_slash && clean.ends_with('/')) clean.pop_back();
    if (std::ranges::find(kept, clean) == kept.end()) {
      kept.push_back(std::move(clean));
    } else {
      ++dropped;
    }
  }
  urls = std::move(kept);
  return dropped;
}

}  // namespace

bool is_usable_tracker(std::string_view url, LinkPolicy policy) { return is_usable(url, policy, tracker_schemes); }

bool is_usable_web_seed(std::string_view url, LinkPolicy policy) { return is_usable(url, policy, web_seed_schemes); }

std::uint32_t keep_usable_trackers(std::vector<std::string>& urls, LinkPolicy policy) {
  return keep(urls, policy, tracker_schemes, limits::link_trackers_max, true);
}

std::uint32_t keep_usable_web_seeds(std::vector<std::string>& urls, LinkPolicy policy) {
  return keep(urls, policy, web_seed_schemes, limits::link_web_seeds_max, false);
}

}  // namespace samara
