// Owns: the two dictionaries that only the boundary knows: the config and the link info.
#include <algorithm>

#include "abi/records.hpp"
#include "codec/bencode.hpp"
#include "codec/share_link.hpp"

namespace samara::abi {
namespace {

std::vector<std::string> texts(const BencodeView& dict, std::string_view key) {
  std::vector<std::string> found;
  for (const BencodeView item : dict.list(key)) {
    if (const auto text = item.text()) found.emplace_back(*text);
  }
  return found;
}

std::uint64_t number(const BencodeView& dict, std::string_view key, std::uint64_t otherwise) {
  const auto value = dict.integer_or(key, static_cast<std::int64_t>(otherwise));
  return value < 0 ? otherwise : static_cast<std::uint64_t>(value);
}

void write_link(BencodeWriter& out, const ShareLink& link) {
  out.begin_dict();
  if (!link.problem) out.field("infohash", link.magnet.info_hash.bytes);
  out.field("kind", to_string(link.kind)).field("link", link.normalized);
  if (!link.magnet.name.empty()) out.field("name", link.magnet.name);
  out.field("password", link.password_needed);
  if (link.problem) {
    out.key("problem").begin_dict().field("code", to_string(link.problem->code)).field("why", link.why).end_dict();
  }
  // A size that no signed 64-bit number holds is no size.
  if (link.magnet.bytes && *link.magnet.bytes <= 0x7fff'ffff'ffff'ffffULL) out.field("size", *link.magnet.bytes);
  out.key("trackers").begin_list();
  for (const auto& tracker : link.magnet.trackers) out.string(tracker);
  out.end_list().end_dict();
}

}  // namespace

Config decode_config(ByteSpan bytes) {
  Config config;
  const auto document = bencode_decode(bytes, bencode_own_limits);
  if (!document) return config;
  const BencodeView dict = document->root();
  config.trackers = texts(dict, "trackers");
  config.builtin_trackers = texts(dict, "builtin_trackers");
  keep_usable_trackers(config.trackers, LinkPolicy{});
  keep_usable_trackers(config.builtin_trackers, LinkPolicy{});
  config.share_base = dict.text_or("share_base", "");
  config.has_ice_servers = dict.flag("has_ice_servers");
  config.has_store = dict.integer_or("has_store", 1) != 0;
  config.seeding = dict.integer_or("seeding", 1) != 0;
  config.evict = dict.flag("evict");
  config.item_bytes_max = std::min(number(dict, "item_bytes_max", limits::item_bytes_max), limits::item_bytes_max);
  config.store_bytes_max = std::min(number(dict, "store_bytes_max", limits::store_bytes_max), limits::store_bytes_max);
  const std::uint64_t peers = number(dict, "peer_connections_max", limits::peer_connections_max);
  config.peer_connections_max = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(peers, 1, 128));
  config.upload_bytes_per_second = number(dict, "upload_rate", 0);
  config.download_bytes_per_second = number(dict, "download_rate", 0);
  return config;
}

Bytes inspect_link(ByteSpan text) {
  Bytes bytes;
  BencodeWriter out(bytes);
  out.begin_list();
  for (const ShareLink& link : parse_share_link(as_text(text), LinkPolicy{})) write_link(out, link);
  out.end_list();
  return bytes;
}

}  // namespace samara::abi
