// Owns: the dictionaries that show items, shares, transfers and the whole to the host
// (docs/engine-api.md). Keys are written in byte order, as bencode demands.
#include <algorithm>

#include "codec/magnet.hpp"
#include "codec/path_rules.hpp"
#include "codec/share_link.hpp"
#include "engine/core.hpp"
#include "engine/spec.hpp"

namespace samara {
namespace {

std::string_view route_name(Route route) {
  switch (route) {
    case Route::local: return "local";
    case Route::relay: return "relay";
    case Route::direct:
    case Route::unknown: break;
  }
  return "direct";
}

std::string_view tracker_state_name(TrackerView::State state) {
  switch (state) {
    case TrackerView::State::connected: return "connected";
    case TrackerView::State::connecting: return "connecting";
    case TrackerView::State::down: break;
  }
  return "down";
}

void write_files(BencodeWriter& out, const std::vector<StoredFile>& files) {
  out.key("files").begin_list();
  std::uint64_t offset = 0;
  for (const StoredFile& file : files) {
    out.begin_dict().field("name", file.name).field("offset", offset).field("size", file.bytes).field("type", file.type);
    out.end_dict();
    offset += file.bytes;
  }
  out.end_list();
}

using Ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

/// The bytes of these pieces of what is being received, as [start, end).
Ranges content_ranges(const Slot& slot, const Bitfield& have, const Metainfo& metainfo) {
  Ranges ranges;
  for (const auto& [first, last] : have.ranges()) {
    const std::uint64_t start = slot.seal ? slot.seal->content_before(slot.seal->first_chunk({first})) : std::uint64_t{first} * metainfo.piece_bytes;
    const std::uint64_t end = slot.seal ? slot.seal->content_before(slot.seal->first_chunk({last})) : std::min(metainfo.bytes, std::uint64_t{last} * metainfo.piece_bytes);
    if (end > start) ranges.emplace_back(start, end);
  }
  return ranges;
}

/// Millionths of the pieces that a peer has.
std::uint32_t fraction(const LinkView& link, std::uint32_t pieces) {
  if (pieces == 0) return link.complete ? 1'000'000 : 0;
  return static_cast<std::uint32_t>(std::uint64_t{link.pieces} * 1'000'000 / pieces);
}

}  // namespace

Bytes Engine::Core::item_payload(const ItemRecord& item) const {
  Bytes bytes;
  BencodeWriter out(bytes);
  const Describe& d = item.describe;
  out.begin_dict().field("added", item.added_ms).field("blob", item.blob.value);
  if (d.created_ms) out.field("created", *d.created_ms);
  if (!d.description.empty()) out.field("description", d.description);
  if (d.duration_ms) out.field("duration", *d.duration_ms);
  if (item.seal.expires_ms) out.field("expires", *item.seal.expires_ms);
  write_files(out, item.files);
  out.field("id", format_id(item.id.value));
  if (item.info_hash) out.field("infohash", item.info_hash->bytes);
  if (!d.meta.empty()) out.field("meta", d.meta);
  out.field("name", d.name).field("origin", item.received ? "received" : "saved");
  if (item.received) out.field("received", item.added_ms);
  out.field("size", item.bytes());
  if (!d.thumbnail.empty()) out.field("thumbnail", d.thumbnail).field("thumbnail_type", d.thumbnail_type);
  out.field("type", d.type).end_dict();
  return bytes;
}

void Engine::Core::write_peers(BencodeWriter& out, const Slot* slot) const {
  out.key("peer_list").begin_list();
  std::uint32_t peers = 0;
  if (slot != nullptr) {
    const Metainfo* metainfo = slot->torrent->metainfo();
    const std::uint32_t pieces = metainfo == nullptr ? 0 : metainfo->piece_count();
    for (const LinkView& link : slot->torrent->links()) {
      if (!link.handshaken) continue;
      const auto connection = slot->connections.find(link.id);
      const Route route = connection == slot->connections.end() ? Route::unknown : signaller.route(connection->second.dial);
      out.begin_dict().field("client", link.client).field("fraction", fraction(link, pieces));
      out.field("id", link.id.value).field("received", link.received_bytes);
      out.field("route", route_name(route)).field("sent", link.sent_bytes).end_dict();
      ++peers;
    }
  }
  out.end_list().field("peers", peers);
}

void Engine::Core::write_reason(BencodeWriter& out, const Reason& reason) const {
  out.begin_dict();
  const std::string_view action = action_for(reason.code);
  // The parameter goes where its name sorts: `attempts` comes before `code`, `trackers` after `since`.
  const auto param_between = [&](std::string_view after, std::string_view before) {
    const bool here = reason.param_name > after && (before.empty() || reason.param_name < before);
    if (here) out.field(reason.param_name, reason.param);
  };
  if (!action.empty()) out.field("action", action);
  param_between("action", "code");
  out.field("code", to_string(reason.code));
  param_between("code", "since");
  out.field("since", reason.since_ms);
  param_between("since", "");
  if (!reason.why.empty()) out.field("why", reason.why);
  out.end_dict();
}

Bytes Engine::Core::share_payload(const ShareRecord& record) {
  const auto state = shares.find(record.id);
  Slot* slot = state == shares.end() ? nullptr : find_slot(state->second.torrent);
  const auto metainfo = parse_info(record.info, record.info_hash);
  Magnet magnet;
  magnet.info_hash = record.info_hash;
  const SealRecord& seal = record.seal;
  if (metainfo) {
    if (!seal.sealed()) magnet.name = metainfo->name;
    magnet.bytes = metainfo->bytes;
  }
  magnet.trackers = record.trackers;
  magnet.web_seeds = record.web_seeds;
  const bool built_in = record.trackers == config.builtin_trackers;
  const std::span<const std::string> named = built_in ? std::span<const std::string>{} : record.trackers;
  Bytes bytes;
  BencodeWriter out(bytes);
  out.begin_dict().field("blob", slot == nullptr ? 0U : slot->blob.value);
  out.field("compact_url", seal.sealed() ? format_sealed_compact_url(config.share_base, record.info_hash, seal.secret.bytes(), seal.password, named)
                                         : format_compact_url(config.share_base, record.info_hash, named));
  out.field("delivered", record.delivered);
  if (seal.expires_ms) out.field("expires", *seal.expires_ms);
  out.field("id", format_id(record.id.value));
  out.field("infohash", record.info_hash.bytes);
  if (!record.item.none()) out.field("item", format_id(record.item.value));
  if (!record.key.empty()) out.field("key", record.key);
  out.field("magnet", format_magnet(magnet));
  write_peers(out, slot);
  // Without a link this snapshot may be the last for long: no rate stays behind.
  out.field("rate", slot == nullptr || slot->connections.empty() ? 0 : slot->torrent->upload_rate(now));
  if (const auto reason = share_reason(record)) {
    out.key("reason");
    write_reason(out, *reason);
  }
  if (seal.sealed()) out.field("sealed", 1);
  out.field("state", share_state(record));
  out.field("uploaded", slot == nullptr ? 0 : slot->torrent->uploaded_bytes());
  out.field("url", seal.sealed() ? format_sealed_url(config.share_base, magnet, seal.secret.bytes(), seal.password)
                                 : format_share_url(config.share_base, magnet));
  out.end_dict();
  return bytes;
}

Bytes Engine::Core::metadata_payload(const TransferState& transfer, const Metainfo& metainfo) const {
  const ItemRecord as_item = received_item(transfer, metainfo, {});
  const Describe& d = as_item.describe;
  Bytes bytes;
  BencodeWriter out(bytes);
  out.begin_dict();
  if (d.created_ms) out.field("created", *d.created_ms);
  if (!d.description.empty()) out.field("description", d.description);
  if (d.duration_ms) out.field("duration", *d.duration_ms);
  if (as_item.seal.expires_ms) out.field("expires", *as_item.seal.expires_ms);
  write_files(out, as_item.files);
  out.field("infohash", metainfo.info_hash.bytes);
  if (!d.meta.empty()) out.field("meta", d.meta);
  out.field("name", d.name).field("sealed", as_item.seal.sealed()).field("size", as_item.bytes());
  if (!d.thumbnail.empty()) out.field("thumbnail", d.thumbnail);
  out.field("type", d.type).end_dict();
  return bytes;
}

Bytes Engine::Core::transfer_payload(TransferState& transfer, bool pushing, std::string_view state) {
  const TransferRecord& record = transfer.record;
  Slot* slot = transfer.phase == TransferPhase::done ? nullptr : find_slot(transfer.torrent);
  const Metainfo* metainfo = slot == nullptr ? nullptr : slot->torrent->metainfo();
  const auto item = catalogue.items.find(transfer.item);
  const bool done = transfer.phase == TransferPhase::done && item != catalogue.items.end();
  const bool content = slot != nullptr && !slot->blob.none();
  // Of a sealed one what counts is the content, and before it can be opened nothing is known of that.
  const bool known = done || transfer.meta || (metainfo != nullptr && !record.seal.sealed());
  const std::uint64_t total = done ? item->second.bytes() : transfer.meta ? transfer.meta->content_bytes() : known ? metainfo->bytes : 0;
  const Bitfield* pieces = content ? (transfer.checking ? &record.have : &slot->torrent->have()) : nullptr;
  const auto have = content && metainfo != nullptr ? content_ranges(*slot, *pieces, *metainfo) : Ranges{};
  std::uint64_t verified = done ? total : 0;
  if (!done) {
    for (const auto& [start, end] : have) verified += end - start;
  }
  const std::uint64_t rate = slot == nullptr || record.paused ? 0 : slot->torrent->download_rate(now);
  const auto reason = done ? std::nullopt : transfer_reason(transfer);
  Bytes bytes;
  BencodeWriter out(bytes);
  out.begin_dict();
  if (transfer.asking) out.field("asking", 1);
  out.field("blob", done ? item->second.blob.value : content ? slot->blob.value : 0U);
  if (const Code code = transfer.error.code != Code::ok ? transfer.error.code : transfer.lock; code != Code::ok) {
    out.key("error").begin_dict().field("code", to_string(code));
    if (transfer.error.detail != 0) out.field("detail", transfer.error.detail);
    if (!transfer.why.empty()) out.field("why", transfer.why);
    out.end_dict();
  }
  out.key("have").begin_list();
  if (done && total > 0) {
    out.integer(0).integer(static_cast<std::int64_t>(total));
  } else if (!done) {
    for (const auto& [start, end] : have) out.integer(static_cast<std::int64_t>(start)).integer(static_cast<std::int64_t>(end));
  }
  out.end_list().field("id", format_id(record.id.value)).field("infohash", record.info_hash.bytes);
  if (done) out.key("item").raw(item_payload(item->second));
  if (rate > 0 && total > verified) out.field("left_ms", (total - verified) * 1000 / rate);
  out.field("link", record.link);
  if (!(pushing && transfer.metadata_pushed) && known) {
    out.key("metadata");
    const auto parsed = metainfo == nullptr ? parse_info(item->second.info, record.info_hash) : Result<Metainfo>(*metainfo);
    out.raw(parsed ? metadata_payload(transfer, *parsed) : Bytes{'d', 'e'});
    transfer.metadata_pushed |= pushing;
  }
  write_peers(out, slot);
  out.field("rate", rate);
  if (reason) {
    out.key("reason");
    write_reason(out, *reason);
  }
  out.field("state", state.empty() ? transfer_state(transfer, reason.has_value()) : state);
  if (known) out.field("total", total);
  out.field("verified", verified).end_dict();
  return bytes;
}

Bytes Engine::Core::state_payload() {
  std::uint32_t items = 0;
  for (const auto& [id, item] : catalogue.items) items += item.kept ? 1 : 0;
  Bytes bytes;
  BencodeWriter out(bytes);
  out.begin_dict().field("items", items).key("reasons").begin_list();
  for (const Reason& reason : state_reasons()) write_reason(out, reason);
  out.end_list().field("shares", catalogue.shares.size()).field("transfers", transfers.size()).end_dict();
  return bytes;
}

Bytes Engine::Core::health_payload() {
  const auto routes = signaller.routes();
  const std::uint32_t open = routes[0] + routes[1] + routes[2] + routes[3];
  Bytes bytes;
  BencodeWriter out(bytes);
  out.begin_dict().field("direct", routes[static_cast<std::size_t>(Route::direct)] + routes[0]);
  out.field("limit", config.peer_connections_max).field("local", routes[static_cast<std::size_t>(Route::local)]);
  out.field("open", open).key("reasons").begin_list();
  for (const Reason& reason : state_reasons()) write_reason(out, reason);
  out.end_list().field("relay", routes[static_cast<std::size_t>(Route::relay)]).key("trackers").begin_list();
  for (const TrackerView& tracker : signaller.trackers()) {
    out.begin_dict().field("since", wall_offset_ms + tracker.since.us / 1000);
    out.field("state", tracker_state_name(tracker.state)).field("url", tracker.url).end_dict();
  }
  out.end_list().field("used", used_bytes).end_dict();
  return bytes;
}

}  // namespace samara
