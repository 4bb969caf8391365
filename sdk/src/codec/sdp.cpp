// Owns: rewriting a session description so that it can only describe one data channel association.
// Refuses to know: who sent it and what becomes of it.
#include "codec/sdp.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "codec/hex.hpp"
#include "codec/sdp_candidate.hpp"
#include "codec/text_case.hpp"

namespace samara {
namespace {

constexpr std::uint32_t max_message_bytes_kept = 1'073'741'823;  // what Firefox offers; more helps nobody
constexpr std::uint32_t max_message_bytes_default = 65'536;      // RFC 8841 §6.1
constexpr std::uint32_t max_message_bytes_unlimited = 262'144;   // said for 0, "any size": what all browsers take
constexpr std::uint32_t sctp_port_default = 5'000;

// What is kept of a description. Views point into the input.
struct Description {
  bool has_section = false;
  std::string_view protocol;  // UDP or TCP
  std::string_view ice_ufrag;
  std::string_view ice_pwd;
  std::string_view fingerprint_name;
  std::string_view fingerprint;
  std::string_view setup;
  std::string_view mid;
  std::string_view bundle;
  bool ice_lite = false;
  bool ice2 = false;
  std::uint32_t sctp_port = sctp_port_default;
  std::uint32_t max_message_bytes = max_message_bytes_default;
  std::vector<SdpCandidate> candidates;
  std::uint32_t dropped_candidates = 0;
};

bool take_prefix(std::string_view& text, std::string_view prefix) noexcept {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// The text up to the next blank; shortens `text` past it.
std::string_view take_word(std::string_view& text) noexcept {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), word.size() + 1));
  return word;
}

bool has_word(std::string_view text, std::string_view wanted) noexcept {
  while (!text.empty()) {
    if (take_word(text) == wanted) return true;
  }
  return false;
}

// Saturates, so that a number of any length is safe; nothing when it is not a number.
std::optional<std::uint32_t> to_number(std::string_view text) noexcept {
  if (text.empty() || text.size() > 20) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = std::min<std::uint64_t>(value * 10 + static_cast<std::uint64_t>(c - '0'), 0xffff'ffffU);
  }
  return static_cast<std::uint32_t>(value);
}

// RFC 8839 ice-char, and the few more that Chromium lets pass.
bool is_ice_text(std::string_view text, std::size_t min, std::size_t max) noexcept {
  if (text.size() < min || text.size() > max) return false;
  return std::ranges::all_of(text, [](char c) {
    const char low = ascii_lower(c);
    return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || std::string_view("+/-_=#").contains(c);
  });
}

bool is_mid(std::string_view text) noexcept {
  if (text.empty() || text.size() > 32) return false;
  return std::ranges::all_of(text, [](char c) {
    const char low = ascii_lower(c);
    return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

// "AB:CD:…" with that many bytes.
bool is_fingerprint(std::string_view text, std::size_t bytes) noexcept {
  if (text.size() != 3 * bytes - 1) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % 3 == 2 ? text[i] != ':' : !hex_digit(text[i])) return false;
  }
  return true;
}

std::optional<std::string_view> known_fingerprint(std::string_view name, std::string_view value) noexcept {
  struct Digest {
    std::string_view name;
    std::size_t bytes;
  };
  static constexpr std::array<Digest, 3> digests{{{"sha-256", 32}, {"sha-384", 48}, {"sha-512", 64}}};
  for (const Digest& digest : digests) {
    if (equals_ignoring_case(name, digest.name) && is_fingerprint(value, digest.bytes)) return digest.name;
  }
  return std::nullopt;
}

class SdpReader {
 public:
  explicit SdpReader(const SdpOptions& options) noexcept : options_(options) {}

  Result<Description> read(std::string_view sdp) {
    std::uint32_t lines = 0;
    while (!sdp.empty()) {
      if (++lines > limits::sdp_lines_max) return remote_fault(Code::sdp_too_large);
      std::string_view line = sdp.substr(0, sdp.find('\n'));
      sdp.remove_prefix(std::min(sdp.size(), line.size() + 1));
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (lines == 1 && line != "v=0") return remote_fault(Code::sdp_invalid);
      if (const auto done = read_line(line); !done) return std::unexpected(done.error());
    }
    return check();
  }

 private:
  Result<void> read_line(std::string_view line) {
    if (take_prefix(line, "m=")) return section(line);
    if (!take_prefix(line, "a=")) return {};
    if (take_prefix(line, "candidate:")) {
      candidate(line);
    } else if (take_prefix(line, "ice-ufrag:")) {
      out_.ice_ufrag = line;  // a line of the section comes later than, and overrules, the session's
    } else if (take_prefix(line, "ice-pwd:")) {
      out_.ice_pwd = line;
    } else if (take_prefix(line, "fingerprint:")) {
      fingerprint(line);
    } else if (take_prefix(line, "setup:")) {
      out_.setup = line;
    } else if (take_prefix(line, "mid:")) {
      out_.mid = line;
    } else if (take_prefix(line, "group:BUNDLE ")) {
      out_.bundle = line;
    } else if (line == "ice-lite") {
      out_.ice_lite = true;
    } else if (take_prefix(line, "ice-options:")) {
      out_.ice2 = out_.ice2 || has_word(line, "ice2");
    } else if (take_prefix(line, "sctp-port:") || take_prefix(line, "sctpmap:")) {
      return sctp_port(take_word(line));
    } else if (take_prefix(line, "max-message-size:")) {
      return max_message_size(line);
    }
    return {};
  }

  // m=application <port> UDP/DTLS/SCTP webrtc-datachannel, or the older DTLS/SCTP <sctp port>
  Result<void> section(std::string_view line) {
    const std::string_view media = take_word(line);
    const auto port = to_number(take_word(line));
    std::string_view protocol = take_word(line);
    const bool old_style = protocol == "DTLS/SCTP";
    const bool tcp = protocol == "TCP/DTLS/SCTP";
    if (media != "application" || out_.has_section || (!old_style && !tcp && protocol != "UDP/DTLS/SCTP")) {
      return remote_fault(Code::sdp_forbidden_media);
    }
    if (!old_style && line != "webrtc-datachannel") return remote_fault(Code::sdp_forbidden_media);
    if (!port || *port == 0 || *port > 65'535) return remote_fault(Code::sdp_invalid);  // 0: rejected
    out_.has_section = true;
    out_.protocol = tcp ? "TCP" : "UDP";
    if (old_style) return sctp_port(line);
    return {};
  }

  void candidate(std::string_view line) {
    auto parsed = parse_sdp_candidate(line);
    const bool refused = parsed && options_.drop_private_candidates && parsed->local && !parsed->mdns;
    if (!parsed || refused || out_.candidates.size() >= options_.candidates_max) {
      ++out_.dropped_candidates;
    } else {
      out_.candidates.push_back(std::move(*parsed));
    }
  }

  void fingerprint(std::string_view line) {
    const std::string_view word = take_word(line);
    const auto name = known_fingerprint(word, line);
    if (!name) return;
    out_.fingerprint_name = *name;
    out_.fingerprint = line;
  }

  Result<void> sctp_port(std::string_view text) {
    const auto port = to_number(text);
    if (!port || *port == 0 || *port > 65'535) return remote_fault(Code::sdp_invalid);
    out_.sctp_port = *port;
    return {};
  }

  Result<void> max_message_size(std::string_view text) {
    const auto bytes = to_number(text);
    if (!bytes || (*bytes > 0 && *bytes < limits::sdp_message_bytes_min)) return remote_fault(Code::sdp_invalid);
    out_.max_message_bytes = *bytes == 0 ? max_message_bytes_unlimited : std::min(*bytes, max_message_bytes_kept);
    return {};
  }

  Result<Description> check() {
    const bool setup_known = out_.setup == "active" || out_.setup == "passive" ||
                             (out_.setup == "actpass" && options_.type == SdpType::offer);
    if (!out_.has_section || !setup_known || out_.fingerprint.empty()) return remote_fault(Code::sdp_invalid);
    if (!is_ice_text(out_.ice_ufrag, 4, 256) || !is_ice_text(out_.ice_pwd, 22, 256) || !is_mid(out_.mid)) {
      return remote_fault(Code::sdp_invalid);
    }
    return std::move(out_);
  }

  const SdpOptions& options_;
  Description out_;
};

std::string write(const Description& d) {
  std::string out = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
  const auto attribute = [&out](std::string_view name, std::string_view value) {
    out.append("a=").append(name).append(value).append("\r\n");
  };
  if (has_word(d.bundle, d.mid)) attribute("group:BUNDLE ", d.mid);
  if (d.ice_lite) attribute("ice-lite", "");
  // Port 9 and no address: the candidates say where to go.
  out.append("m=application 9 ").append(d.protocol).append("/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n");
  for (const SdpCandidate& candidate : d.candidates) attribute(candidate.line, "");
  attribute("ice-ufrag:", d.ice_ufrag);
  attribute("ice-pwd:", d.ice_pwd);
  if (d.ice2) attribute("ice-options:", "ice2");
  attribute("fingerprint:", std::string(d.fingerprint_name) + " " + std::string(d.fingerprint));
  attribute("setup:", d.setup);
  attribute("mid:", d.mid);
  attribute("sctp-port:", std::to_string(d.sctp_port));
  attribute("max-message-size:", std::to_string(d.max_message_bytes));
  return out;
}

SdpSummary summarize(const Description& d) {
  SdpSummary summary;
  summary.max_message_bytes = d.max_message_bytes;
  summary.dropped_candidates = d.dropped_candidates;
  for (const SdpCandidate& candidate : d.candidates) {
    summary.all_local = summary.all_local && candidate.local;
    switch (candidate.kind) {
      case CandidateKind::host: ++summary.host_candidates; break;
      case CandidateKind::relay: ++summary.relay_candidates; break;
      case CandidateKind::server_reflexive:
      case CandidateKind::peer_reflexive: ++summary.server_reflexive_candidates; break;
    }
  }
  return summary;
}

}  // namespace

Result<std::string> filter_sdp(std::string_view sdp, const SdpOptions& options, SdpSummary* summary) {
  if (sdp.size() > limits::sdp_bytes_max) return remote_fault(Code::sdp_too_large);
  SAMARA_TRY(description, SdpReader(options).read(sdp));
  if (summary != nullptr) *summary = summarize(description);
  return write(description);
}

std::string_view sdp_fingerprint(std::string_view filtered) noexcept {
  constexpr std::string_view head = "\na=fingerprint:";
  const std::size_t at = filtered.find(head);
  if (at == std::string_view::npos) return {};
  filtered.remove_prefix(at + head.size());
  return filtered.substr(0, filtered.find('\r'));
}

}  // namespace samara
