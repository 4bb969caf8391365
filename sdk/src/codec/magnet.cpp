// Owns: reading and writing magnet links (BEP 9). Refuses to know: share URLs, secrets, fetching.
#include "codec/magnet.hpp"

#include "codec/base32.hpp"
#include "codec/hex.hpp"
#include "codec/percent.hpp"
#include "codec/text_case.hpp"
#include "codec/utf8.hpp"
#include "samara/config.hpp"

namespace samara {
namespace {

constexpr std::size_t info_hash_hex_digits = 40;
constexpr std::size_t info_hash_base32_digits = 32;

std::unexpected<Error> bad_link(LinkWhy why) {
  return remote_fault(Code::bad_link, static_cast<std::uint32_t>(why));
}

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// "tr.1" means "tr": several of a key may be numbered.
std::string_view without_number(std::string_view key) noexcept {
  const std::size_t dot = key.find('.');
  if (dot == std::string_view::npos || dot + 1 == key.size()) return key;
  for (const char c : key.substr(dot + 1)) {
    if (c < '0' || c > '9') return key;
  }
  return key.substr(0, dot);
}

std::optional<std::uint64_t> to_number(std::string_view text) noexcept {
  if (text.empty() || text.size() > 19) return std::nullopt;  // 19 digits always fit
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

// A name is only shown until the metadata is there, and must not make a link too long to read.
std::string shortened(std::string_view name) {
  return std::string(utf8_prefix(name, limits::path_component_bytes_max));
}

// What has been seen of the exact topics while reading.
struct Topics {
  std::optional<InfoHash> hash;
  bool malformed = false;
  bool v2 = false;

  void read(std::string_view topic) {
    if (starts_with_ignoring_case(topic, "urn:btmh:")) v2 = true;
    if (hash || !starts_with_ignoring_case(topic, "urn:btih:")) return;
    hash = parse_info_hash(topic.substr(9));
    malformed = malformed || !hash;
  }

  [[nodiscard]] LinkWhy problem() const noexcept {
    if (hash) return LinkWhy::none;
    if (malformed) return LinkWhy::bad_hash;
    return v2 ? LinkWhy::only_v2 : LinkWhy::no_hash;
  }
};

void read_parameter(std::string_view key, std::string_view value, Topics& topics, Magnet& magnet) {
  if (equals_ignoring_case(key, "xt")) {
    topics.read(percent_decode_tolerant(value));
  } else if (equals_ignoring_case(key, "dn")) {
    if (magnet.name.empty()) magnet.name = shortened(utf8_repair(form_decode(value)));
  } else if (equals_ignoring_case(key, "xl")) {
    if (!magnet.bytes) magnet.bytes = to_number(value);
  } else if (equals_ignoring_case(key, "tr")) {
    magnet.trackers.push_back(percent_decode_tolerant(value));
  } else if (equals_ignoring_case(key, "ws") || equals_ignoring_case(key, "as")) {
    magnet.web_seeds.push_back(percent_decode_tolerant(value));
  }
}

}  // namespace

std::optional<InfoHash> parse_info_hash(std::string_view text) {
  InfoHash hash;
  if (text.size() == info_hash_hex_digits) {
    const auto bytes = hex_decode_array<sizeof(hash.bytes)>(text);
    if (!bytes) return std::nullopt;
    hash.bytes = *bytes;
    return hash;
  }
  if (text.size() != info_hash_base32_digits) return std::nullopt;
  const auto bytes = base32_decode(text);
  if (!bytes || bytes->size() != hash.bytes.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), hash.bytes.begin());
  return hash;
}

Result<Magnet> parse_magnet(std::string_view text, LinkPolicy policy) {
  if (text.size() > limits::link_bytes_max) {
    return remote_fault(Code::too_large, static_cast<std::uint32_t>(LinkWhy::too_long));
  }
  text = trim(text);
  if (text.empty()) return bad_link(LinkWhy::empty);
  if (starts_with_ignoring_case(text, "stream-")) text.remove_prefix(7);
  if (!starts_with_ignoring_case(text, "magnet:?")) return bad_link(LinkWhy::not_a_link);
  text.remove_prefix(8);
  Magnet magnet;
  Topics topics;
  while (!text.empty()) {
    const std::string_view parameter = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), parameter.size() + 1));
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    read_parameter(without_number(parameter.substr(0, equals)), parameter.substr(equals + 1), topics, magnet);
  }
  if (topics.problem() != LinkWhy::none) return bad_link(topics.problem());
  magnet.info_hash = *topics.hash;
  magnet.dropped_trackers = keep_usable_trackers(magnet.trackers, policy);
  magnet.dropped_web_seeds = keep_usable_web_seeds(magnet.web_seeds, policy);
  return magnet;
}

std::string format_magnet(const Magnet& magnet) {
  std::string out = "magnet:?xt=urn:btih:" + hex_encode(magnet.info_hash.bytes);
  if (!magnet.name.empty()) {
    out += "&dn=";
    const std::string encoded = encode_uri_component(shortened(magnet.name));
    for (std::size_t i = 0; i < encoded.size(); ++i) {
      const bool space = encoded.compare(i, 3, "%20") == 0;
      out.push_back(space ? '+' : encoded[i]);
      if (space) i += 2;
    }
  }
  if (magnet.bytes) out += "&xl=" + std::to_string(*magnet.bytes);
  for (const std::string& url : magnet.trackers) out += "&tr=" + encode_uri_component(url);
  for (const std::string& url : magnet.web_seeds) out += "&ws=" + encode_uri_component(url);
  return out;
}

std::string_view to_string(LinkWhy why) noexcept {
  switch (why) {
    case LinkWhy::none: return "";
    case LinkWhy::empty: return "empty";
    case LinkWhy::not_a_link: return "not-a-link";
    case LinkWhy::too_long: return "too-long";
    case LinkWhy::no_hash: return "no-hash";
    case LinkWhy::bad_hash: return "bad-hash";
    case LinkWhy::only_v2: return "only-v2";
    case LinkWhy::truncated: return "truncated";
    case LinkWhy::bad_secret: return "bad-secret";
    case LinkWhy::secret_in_query: return "secret-in-query";
    case LinkWhy::bad_trackers: return "bad-trackers";
    case LinkWhy::bad_flags: return "bad-flags";
    case LinkWhy::too_many_seeds: return "too-many-seeds";
    case LinkWhy::newer_form: return "newer-form";
  }
  return "";
}

}  // namespace samara
