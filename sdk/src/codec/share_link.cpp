// Owns: telling the forms of a share link apart and reading each (DESIGN: Links).
// Refuses to know: keys. A secret is 32 bytes that are carried, never used.
#include "codec/share_link.hpp"

#include <algorithm>

#include "base/writer.hpp"
#include "codec/base64url.hpp"
#include "codec/cbor_texts.hpp"
#include "codec/hex.hpp"
#include "codec/link_repair.hpp"
#include "codec/percent.hpp"
#include "codec/text_case.hpp"
#include "samara/config.hpp"

namespace samara {
namespace {

using Links = std::vector<ShareLink>;

constexpr std::size_t secret_bytes = 32;
constexpr std::size_t hash_bytes = sizeof(InfoHash::bytes);
constexpr std::uint32_t compact_trackers_max = 255;  // beyond link_trackers_max they are dropped, not refused
constexpr std::uint8_t flag_password = 1;
constexpr std::uint8_t flag_trackers = 8;
constexpr std::size_t unknown_form_payload_min = 16;  // shorter fragments are ordinary anchors

constexpr std::size_t base64_chars(std::size_t bytes) noexcept { return (bytes * 8 + 5) / 6; }

bool is_base64url(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) {
    const char low = ascii_lower(c);
    return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool is_magnet(std::string_view text) noexcept {
  return starts_with_ignoring_case(text, "magnet:?") || starts_with_ignoring_case(text, "stream-magnet:?");
}

void set_problem(ShareLink& link, Code code, LinkWhy why) {
  link.problem = Error{code, Fault::remote, static_cast<std::uint32_t>(why)};
  link.why = to_string(why);
}

ShareLink bad(LinkWhy why, Code code = Code::bad_link, LinkKind kind = LinkKind::unknown) {
  ShareLink link;
  link.kind = kind;
  set_problem(link, code, why);
  return link;
}

// encodeURIComponent keeps some marks that a reader takes, at the end, for the sentence's around the link.
std::string with_safe_end(std::string link) {
  static constexpr std::string_view sentence_marks = "!'()*.";
  if (!sentence_marks.contains(link.back())) return link;
  const std::string last(1, link.back());
  link.pop_back();
  return link + "%" + hex_encode(as_bytes(last));
}

std::string write_normalized(const ShareLink& link) {
  if (link.kind == LinkKind::sealed) return format_sealed_url("", link.magnet, link.secret, link.password_needed);
  return with_safe_end(format_magnet(link.magnet));
}

// Escaping makes a link longer; what does not fit the cap any more goes, last things first.
ShareLink finished(ShareLink link) {
  if (link.problem) return link;
  link.normalized = write_normalized(link);
  while (link.normalized.size() > limits::link_bytes_max) {
    Magnet& magnet = link.magnet;
    if (!magnet.web_seeds.empty()) {
      magnet.web_seeds.pop_back();
      ++magnet.dropped_web_seeds;
    } else if (!magnet.trackers.empty()) {
      magnet.trackers.pop_back();
      ++magnet.dropped_trackers;
    } else {
      break;
    }
    link.normalized = write_normalized(link);
  }
  link.dropped_trackers = link.magnet.dropped_trackers;
  return link;
}

ShareLink plain(Result<Magnet> magnet) {
  if (!magnet) return bad(static_cast<LinkWhy>(magnet.error().detail), magnet.error().code);
  ShareLink link;
  link.kind = LinkKind::plain;
  link.magnet = std::move(*magnet);
  return link;
}

ShareLink from_hash(const InfoHash& hash) {
  Magnet magnet;
  magnet.info_hash = hash;
  return plain(std::move(magnet));
}

// ---- compact forms ---------------------------------------------------------------------------

void read_compact_trackers(ByteSpan rest, bool announced, LinkPolicy policy, ShareLink& link) {
  if (!announced) {
    if (!rest.empty()) set_problem(link, Code::bad_link, LinkWhy::bad_flags);
    return;
  }
  bool truncated = false;
  auto trackers = cbor_read_texts(rest, compact_trackers_max, &truncated);
  if (!trackers) {
    set_problem(link, Code::bad_link, truncated ? LinkWhy::truncated : LinkWhy::bad_trackers);
    return;
  }
  link.magnet.trackers = std::move(*trackers);
  link.magnet.dropped_trackers = keep_usable_trackers(link.magnet.trackers, policy);
}

// base64url(flags u8 ‖ infohash 20 [‖ secret 32] [‖ trackers])
ShareLink read_compact(LinkKind kind, std::string_view payload, LinkPolicy policy) {
  const bool sealed = kind == LinkKind::sealed;
  const std::size_t fixed_bytes = 1 + hash_bytes + (sealed ? secret_bytes : 0);
  const LinkWhy malformed = sealed ? LinkWhy::bad_secret : LinkWhy::bad_hash;
  if (!is_base64url(payload)) return bad(malformed, Code::bad_link, kind);
  const auto start = base64url_decode(payload.substr(0, 4));
  if (!start || start->empty()) return bad(LinkWhy::truncated, Code::bad_link, kind);
  const std::uint8_t flags = start->front();
  // The flags come first so that a form of tomorrow is not called damaged.
  if ((flags & ~(flag_password | flag_trackers)) != 0) return bad(LinkWhy::newer_form, Code::newer_link, kind);
  if (payload.size() < base64_chars(fixed_bytes)) return bad(LinkWhy::truncated, Code::bad_link, kind);
  const auto bytes = base64url_decode(payload);
  const bool open_ended = payload.size() > base64_chars(fixed_bytes) || (flags & flag_trackers) != 0;
  if (!bytes) return bad(open_ended ? LinkWhy::truncated : malformed, Code::bad_link, kind);
  const ByteSpan all(*bytes);
  ShareLink link;
  link.kind = kind;
  std::copy_n(all.begin() + 1, hash_bytes, link.magnet.info_hash.bytes.begin());
  if (sealed) link.secret = to_bytes(all.subspan(1 + hash_bytes, secret_bytes));
  link.password_needed = (flags & flag_password) != 0;
  if (link.password_needed && !sealed) return bad(LinkWhy::bad_flags, Code::bad_link, kind);
  read_compact_trackers(all.subspan(fixed_bytes), (flags & flag_trackers) != 0, policy, link);
  return link;
}

std::string write_compact(std::string_view share_base, std::string_view form, std::uint8_t flags,
                          const InfoHash& info_hash, ByteSpan secret, std::span<const std::string> trackers) {
  Bytes bytes;
  Writer writer(bytes);
  writer.u8(flags | (trackers.empty() ? 0 : flag_trackers)).bytes(info_hash.bytes).bytes(secret);
  if (!trackers.empty()) cbor_write_texts(bytes, trackers);
  return std::string(share_base).append(form).append(base64url_encode(bytes));
}

// A form is a letter, a version and a dot: "s1.". Nothing when the text does not start like one.
std::optional<ShareLink> read_form(std::string_view text, bool in_fragment, LinkPolicy policy) {
  if (text.size() < 2 || text[0] < 'a' || text[0] > 'z') return std::nullopt;
  const std::size_t dot = text.find('.');
  if (in_fragment && (text == "s1" || text == "m1")) return bad(LinkWhy::truncated);  // the dot ended a sentence
  if (dot == std::string_view::npos || dot < 2 || dot > 3) return std::nullopt;
  const std::string_view version = text.substr(1, dot - 1);
  if (version.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  // Programs that count visitors append their own parameters.
  const std::string_view payload = text.substr(dot + 1, text.find_first_of("?&/", dot) - dot - 1);
  if (payload.contains('%')) return std::nullopt;  // percent-encoded once more: the caller decodes
  const bool known_letter = std::string_view("mswifp").contains(text[0]);
  const bool likely = in_fragment && is_base64url(payload) && payload.size() >= unknown_form_payload_min;
  if (!known_letter && !likely) return std::nullopt;
  if (version == "1" && text[0] == 'm') return read_compact(LinkKind::plain, payload, policy);
  if (version == "1" && text[0] == 's') return read_compact(LinkKind::sealed, payload, policy);
  if (!in_fragment && version != "1") return std::nullopt;
  const LinkKind kind = text[0] == 'p' ? LinkKind::pair : LinkKind::unknown;
  return bad(LinkWhy::newer_form, Code::newer_link, kind);
}

// ---- seeds=, k=, p= --------------------------------------------------------------------------

struct Parameters {
  std::vector<std::string> seeds;
  std::vector<std::string> secrets;
  std::vector<std::string> passwords;
};

// A messenger that decodes a fragment turns the magnet's own `&` into ours; what we do not know then
// belongs to the magnet before it.
Parameters split_parameters(std::string_view text) {
  Parameters out;
  while (!text.empty()) {
    const std::string_view parameter = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), parameter.size() + 1));
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    const std::string_view key = parameter.substr(0, equals);
    const std::string value(parameter.substr(std::min(equals + 1, parameter.size())));
    if (equals_ignoring_case(key, "seeds")) {
      out.seeds.push_back(value);
    } else if (key == "k") {
      out.secrets.push_back(value);
    } else if (key == "p") {
      out.passwords.push_back(value);
    } else if (!out.seeds.empty() && is_magnet(out.seeds.back())) {
      out.seeds.back().append("&").append(parameter);
    }
  }
  return out;
}

ShareLink read_seed(std::string value, LinkPolicy policy) {
  for (std::uint32_t round = 0; round < limits::link_decode_rounds_max && !is_magnet(value); ++round) {
    if (!value.contains('%')) break;
    value = percent_decode_tolerant(value);
  }
  if (const auto hash = parse_info_hash(value)) return from_hash(*hash);
  return plain(parse_magnet(value, policy));
}

void read_secret(std::string_view escaped, std::string_view password, ShareLink& link) {
  const std::string text = repair_link(percent_decode_tolerant(escaped));
  if (text.empty()) return;
  link.kind = LinkKind::sealed;
  link.password_needed = password == "1";
  if (link.problem) return;
  const auto bytes = base64url_decode(text);
  if (bytes && bytes->size() == secret_bytes) {
    link.secret = *bytes;
    return;
  }
  const bool cut = is_base64url(text) && text.size() < base64_chars(secret_bytes);
  set_problem(link, Code::bad_link, cut ? LinkWhy::truncated : LinkWhy::bad_secret);
}

std::optional<Links> read_parameters(std::string_view text, LinkPolicy policy) {
  Parameters found = split_parameters(text);
  if (found.seeds.empty()) return std::nullopt;
  Links links;
  found.secrets.resize(found.seeds.size());
  found.passwords.resize(found.seeds.size());
  for (std::size_t i = 0; i < found.seeds.size(); ++i) {
    if (links.size() == limits::link_seeds_max) {
      links.push_back(bad(LinkWhy::too_many_seeds));
      break;
    }
    ShareLink link = read_seed(std::move(found.seeds[i]), policy);
    read_secret(found.secrets[i], found.passwords[i], link);
    links.push_back(std::move(link));
  }
  return links;
}

bool has_secret(std::string_view query) {
  const Parameters found = split_parameters(query);
  return !found.secrets.empty();
}

// ---- the whole text --------------------------------------------------------------------------

std::optional<Links> read_bare(std::string_view text, bool in_fragment, LinkPolicy policy) {
  if (is_magnet(text)) return Links{plain(parse_magnet(text, policy))};
  if (const auto hash = parse_info_hash(text)) return Links{from_hash(*hash)};
  if (auto link = read_form(text, in_fragment, policy)) return Links{std::move(*link)};
  return std::nullopt;
}

std::optional<Links> read_fragment(std::string_view text, LinkPolicy policy) {
  if (auto links = read_bare(text, true, policy)) return links;
  // An app that routes by fragment puts a path in front: #/share?seeds=…
  const std::size_t question = text.find('?');
  const std::string_view route = text.substr(0, std::min(question, text.size()));
  if (question != std::string_view::npos && !route.contains('=')) text.remove_prefix(question + 1);
  return read_parameters(text, policy);
}

// Nothing when the text is none of the forms; then it may be one that was escaped once more.
std::optional<Links> read_text(std::string_view text, LinkPolicy policy) {
  if (auto links = read_bare(text, false, policy)) return links;
  const std::size_t hash_sign = text.find('#');
  const std::string_view before = text.substr(0, hash_sign);
  const std::size_t question = before.find('?');
  const bool has_query = question != std::string_view::npos;
  if (has_query && has_secret(before.substr(question + 1))) return Links{bad(LinkWhy::secret_in_query)};
  if (hash_sign != std::string_view::npos) {
    if (auto links = read_fragment(text.substr(hash_sign + 1), policy)) return links;
  }
  if (has_query) return read_parameters(before.substr(question + 1), policy);
  if (hash_sign == std::string_view::npos) return read_parameters(text, policy);
  return std::nullopt;
}

Links read_link(std::string_view text, LinkPolicy policy) {
  if (text.size() > limits::link_bytes_max) return {bad(LinkWhy::too_long, Code::too_large)};
  std::string link = repair_link(text);
  if (link.empty()) return {bad(LinkWhy::empty)};
  for (std::uint32_t round = 0;; ++round) {
    if (auto links = read_text(link, policy)) return std::move(*links);
    if (round == limits::link_decode_rounds_max || !link.contains('%')) return {bad(LinkWhy::not_a_link)};
    link = repair_link(percent_decode_tolerant(link));
  }
}

}  // namespace

std::string_view to_string(LinkKind kind) noexcept {
  switch (kind) {
    case LinkKind::plain: return "plain";
    case LinkKind::sealed: return "sealed";
    case LinkKind::pair: return "pair";
    case LinkKind::unknown: return "unknown";
  }
  return "unknown";
}

std::vector<ShareLink> parse_share_link(std::string_view text, LinkPolicy policy) {
  Links links = read_link(text, policy);
  for (ShareLink& link : links) link = finished(std::move(link));
  return links;
}

std::string format_share_url(std::string_view share_base, const Magnet& magnet) {
  return std::string(share_base) + "#seeds=" + encode_uri_component(with_safe_end(format_magnet(magnet)));
}

std::string format_sealed_url(std::string_view share_base, const Magnet& magnet, ByteSpan secret,
                              bool password_needed) {
  return format_share_url(share_base, magnet) + "&k=" + base64url_encode(secret) + (password_needed ? "&p=1" : "");
}

std::string format_sealed_compact_url(std::string_view share_base, const InfoHash& info_hash, ByteSpan secret,
                                      bool password_needed, std::span<const std::string> trackers) {
  return write_compact(share_base, "#s1.", password_needed ? flag_password : std::uint8_t{0}, info_hash, secret,
                       trackers);
}

std::string format_compact_url(std::string_view share_base, const InfoHash& info_hash,
                               std::span<const std::string> trackers) {
  return write_compact(share_base, "#m1.", 0, info_hash, {}, trackers);
}

}  // namespace samara
