// Owns: one ICE candidate line (RFC 8839 §5.1), read token by token and written anew.
// Refuses to know: the description around it.
#include "codec/sdp_candidate.hpp"

#include <algorithm>
#include <cstdint>

#include "codec/ip_literal.hpp"
#include "codec/text_case.hpp"

namespace samara {
namespace {

std::string_view take_token(std::string_view& text) noexcept {
  const std::string_view token = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), token.size() + 1));
  return token;
}

std::optional<std::uint32_t> to_u32(std::string_view text) noexcept {
  if (text.empty() || text.size() > 10) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (value > 0xffff'ffffU) return std::nullopt;
  return static_cast<std::uint32_t>(value);
}

bool is_letter_or_digit(char c) noexcept {
  const char low = ascii_lower(c);
  return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9');
}

bool is_foundation(std::string_view text) noexcept {
  if (text.empty() || text.size() > 32) return false;
  return std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || c == '+' || c == '/'; });
}

// One label under .local, as browsers make them (RFC 8828 §3.1.2.2 names a UUID).
bool is_mdns_name(std::string_view text) noexcept {
  constexpr std::string_view suffix = ".local";
  if (text.size() <= suffix.size() || !equals_ignoring_case(text.substr(text.size() - suffix.size()), suffix)) {
    return false;
  }
  text.remove_suffix(suffix.size());
  return text.size() <= 63 && std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

std::optional<CandidateKind> to_kind(std::string_view text) noexcept {
  if (text == "host") return CandidateKind::host;
  if (text == "srflx") return CandidateKind::server_reflexive;
  if (text == "prflx") return CandidateKind::peer_reflexive;
  if (text == "relay") return CandidateKind::relay;
  return std::nullopt;
}

// The value of an extension among the name-value pairs behind the fixed tokens.
std::string_view find_extension(std::string_view text, std::string_view name) noexcept {
  while (!text.empty()) {
    const std::string_view key = take_token(text);
    const std::string_view value = take_token(text);
    if (key == name) return value;
  }
  return {};
}

bool is_tcp_type(std::string_view text) noexcept { return text == "active" || text == "passive" || text == "so"; }

}  // namespace

std::optional<SdpCandidate> parse_sdp_candidate(std::string_view text) {
  const std::string_view foundation = take_token(text);
  const std::string_view component = take_token(text);
  const std::string_view transport = take_token(text);
  const auto priority = to_u32(take_token(text));
  const std::string_view address = take_token(text);
  const auto port = to_u32(take_token(text));
  const std::string_view typ = take_token(text);
  const std::string_view type_name = take_token(text);
  const auto kind = to_kind(type_name);
  const bool tcp = equals_ignoring_case(transport, "tcp");
  if (!is_foundation(foundation) || component != "1" || (!tcp && !equals_ignoring_case(transport, "udp"))) {
    return std::nullopt;
  }
  if (!priority || *priority == 0 || !port || *port == 0 || *port > 65'535 || typ != "typ" || !kind) {
    return std::nullopt;
  }
  SdpCandidate out;
  out.kind = *kind;
  out.mdns = is_mdns_name(address);
  const auto literal = parse_ip_literal(address);
  if (!out.mdns && (!literal || !is_unicast(*literal))) return std::nullopt;
  out.local = out.mdns || is_private(*literal);
  const std::string_view tcp_type = find_extension(text, "tcptype");
  if (tcp && !is_tcp_type(tcp_type)) return std::nullopt;
  out.line = "candidate:" + std::string(foundation) + " 1 " + (tcp ? "tcp " : "udp ") + std::to_string(*priority) +
             " " + std::string(address) + " " + std::to_string(*port) + " typ " + std::string(type_name);
  if (*kind != CandidateKind::host) {
    // Firefox wants a related address here; Chromium itself blanks it when it hides local ones.
    out.line += literal && literal->v6 ? " raddr :: rport 0" : " raddr 0.0.0.0 rport 0";
  }
  if (tcp) out.line += " tcptype " + std::string(tcp_type);
  return out;
}

}  // namespace samara
