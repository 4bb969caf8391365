// Owns: what every parser of strangers' bytes promises for any input. Refuses to know: where the input comes from.
#include "fuzz/promises.hpp"

#include <array>
#include <string>

#include "codec/bencode.hpp"
#include "codec/cbor.hpp"
#include "codec/cbor_texts.hpp"
#include "codec/link_repair.hpp"
#include "codec/metainfo.hpp"
#include "codec/path_rules.hpp"
#include "codec/percent.hpp"
#include "codec/sdp.hpp"
#include "codec/share_link.hpp"
#include "codec/share_meta.hpp"
#include "codec/tracker_json.hpp"
#include "codec/utf8.hpp"
#include "samara/config.hpp"

namespace samara::fuzz {
namespace {

bool is_consistent(const Result<Metainfo>& torrent) {
  if (!torrent) return torrent.error().code != Code::ok;
  std::uint64_t total = 0;
  for (const FileEntry& file : torrent->files) total += file.bytes;
  if (total != torrent->bytes || torrent->files.empty() || !is_utf8(torrent->name)) return false;
  if (torrent->pieces.size() != std::size_t{torrent->piece_count()} * sizeof(Sha1Hash)) return false;
  const auto again = parse_info(torrent->info, torrent->info_hash);
  return again && again->bytes == torrent->bytes && again->name == torrent->name;
}

bool same(const ShareLink& a, const ShareLink& b) {
  return !b.problem && a.kind == b.kind && a.magnet.info_hash == b.magnet.info_hash && a.secret == b.secret &&
         a.magnet.trackers == b.magnet.trackers && a.password_needed == b.password_needed;
}

// What we would write for the same share reads as the same share.
bool reads_what_it_writes(const ShareLink& link, LinkPolicy policy) {
  if (link.kind != LinkKind::sealed) return true;
  const std::string url = format_sealed_url("https://a.example/", link.magnet, link.secret, link.password_needed);
  const std::string compact = format_sealed_compact_url("https://a.example/", link.magnet.info_hash, link.secret,
                                                        link.password_needed, link.magnet.trackers);
  for (const std::string& text : {url, compact}) {
    const auto again = parse_share_link(text, policy);
    if (text.size() <= limits::link_bytes_max && (again.size() != 1 || !same(link, again[0]))) return false;
  }
  return true;
}

bool keeps_entry(const ShareLink& link, LinkPolicy policy) {
  if (link.kind == LinkKind::sealed ? !link.problem && link.secret.size() != 32 : !link.secret.empty()) return false;
  if (link.problem) return !link.why.empty() && link.normalized.empty();
  if (link.kind != LinkKind::sealed && link.kind != LinkKind::plain) return false;
  const auto again = parse_share_link(link.normalized, policy);
  return again.size() == 1 && same(link, again[0]) && again[0].normalized == link.normalized &&
         reads_what_it_writes(link, policy);
}

bool equal_meta(const ShareMeta& a, const ShareMeta& b) {
  if (a.files.size() != b.files.size()) return false;
  for (std::size_t i = 0; i < a.files.size(); ++i) {
    const ShareMetaFile& file = a.files[i];
    if (file.name != b.files[i].name || file.type != b.files[i].type || file.bytes != b.files[i].bytes) return false;
  }
  return a.title == b.title && a.description == b.description && a.created_ms == b.created_ms &&
         a.duration_ms == b.duration_ms && a.expires_ms == b.expires_ms && a.thumbnail == b.thumbnail &&
         a.app_meta == b.app_meta;
}

bool is_within_limits(const ShareMeta& meta) {
  for (const ShareMetaFile& file : meta.files) {
    if (file.name.starts_with('/') || file.name.contains("//") || file.name.contains('\0') || !is_utf8(file.name))
      return false;
  }
  return !meta.files.empty() && meta.files.size() <= limits::share_meta_files_max &&
         meta.thumbnail.size() <= limits::thumbnail_bytes_max && meta.title.size() <= limits::text_bytes_max &&
         (meta.app_meta.empty() || is_app_meta(meta.app_meta));
}

}  // namespace

bool keeps_bencode(ByteSpan input) {
  const auto document = bencode_decode(input, {}, true);
  if (!document) return document.error().detail <= input.size();
  const BencodeView root = document->root();
  std::size_t sum = root.raw().size();
  for (const auto [key, value] : root.dict()) sum += key.size() + value.raw().size();
  for (const BencodeView item : root.list()) sum += item.raw().size() + item.string().value_or(ByteSpan{}).size();
  return document->bytes_used() <= input.size() && root.raw().size() == document->bytes_used() &&
         sum <= 4 * input.size() && document->token_count() <= limits::bencode_message_tokens_max;
}

bool keeps_metainfo(ByteSpan input) { return is_consistent(parse_info(input)) && is_consistent(parse_torrent(input)); }

bool keeps_link(ByteSpan input) {
  for (const bool browser : {true, false}) {
    const LinkPolicy policy{.browser = browser};
    const auto links = parse_share_link(as_text(input), policy);
    if (links.empty() || links.size() > limits::link_seeds_max + 1) return false;
    for (const ShareLink& link : links) {
      if (!keeps_entry(link, policy)) return false;
    }
  }
  return true;
}

bool keeps_magnet(ByteSpan input) {
  const auto magnet = parse_magnet(as_text(input));
  if (!magnet) return true;
  for (const std::string& url : magnet->trackers) {
    if (!is_usable_tracker(url, {})) return false;
  }
  for (const std::string& url : magnet->web_seeds) {
    if (!is_usable_web_seed(url, {})) return false;
  }
  const std::string text = format_magnet(*magnet);
  if (text.size() > limits::link_bytes_max) return true;  // escaping makes it longer; share links are then cut
  const auto again = parse_magnet(text);
  return again && again->info_hash == magnet->info_hash && again->name == magnet->name &&
         again->trackers == magnet->trackers && again->web_seeds == magnet->web_seeds;
}

bool keeps_meta(ByteSpan input) {
  (void)is_app_meta(input);
  const auto meta = parse_share_meta(input);
  if (!meta)
    return meta.error().code == Code::bad_share && !to_string(static_cast<ShareWhy>(meta.error().detail)).empty();
  if (!is_within_limits(*meta)) return false;
  const auto written = encode_share_meta(*meta);
  // Unknown keys are gone, so it can only have become shorter; but for `t`, which is always written.
  if (!written)
    return written.error().code == Code::too_large &&
           input.size() + 3 * meta->files.size() > limits::share_meta_bytes_max;
  const auto again = parse_share_meta(*written);
  return again && equal_meta(*again, *meta) && encode_share_meta(*again) == *written;
}

bool keeps_cbor(ByteSpan input) {
  Reader reader(input);
  if (cbor_skip(reader, limits::share_meta_depth_max) == CborFault::none && !reader.ok()) return false;
  const auto texts = cbor_read_texts(input, 8);
  if (!texts) return true;
  Bytes out;
  cbor_write_texts(out, *texts);
  return equal(out, input);
}

bool keeps_tracker(ByteSpan input) {
  const auto frame = parse_tracker_frame(input);
  if (!frame) return frame.error().code != Code::ok;
  const auto* reply = std::get_if<AnnounceReply>(&*frame);
  if (reply == nullptr || !reply->interval_s) return true;
  return *reply->interval_s >= limits::announce_interval_min_s && *reply->interval_s <= limits::announce_interval_max_s;
}

bool keeps_sdp(ByteSpan input) {
  for (const SdpType type : {SdpType::offer, SdpType::answer}) {
    const SdpOptions options{.type = type};
    const auto out = filter_sdp(as_text(input), options);
    if (!out) continue;
    for (const char c : *out) {
      if (c != '\r' && c != '\n' && (c < 0x20 || c > 0x7e)) return false;
    }
    if (filter_sdp(*out, options) != out) return false;
  }
  return true;
}

bool keeps_texts(ByteSpan input) {
  const std::string_view text = as_text(input);
  const std::string repaired = repair_link(text);
  return is_safe_component(display_name(text)) && display_name(display_name(text)) == display_name(text) &&
         is_utf8(utf8_repair(text)) && repair_link(repaired) == repaired &&
         percent_decode_strict(encode_uri_component(utf8_repair(text))) == utf8_repair(text);
}

std::span<const Promise> promises() {
  static constexpr std::array<Promise, 9> all{{{"bencode", keeps_bencode},
                                               {"metainfo", keeps_metainfo},
                                               {"link", keeps_link},
                                               {"magnet", keeps_magnet},
                                               {"meta", keeps_meta},
                                               {"cbor", keeps_cbor},
                                               {"tracker", keeps_tracker},
                                               {"sdp", keeps_sdp},
                                               {"texts", keeps_texts}}};
  return all;
}

}  // namespace samara::fuzz
