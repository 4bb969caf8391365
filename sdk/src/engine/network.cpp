// Owns: tying channels to links, and what the engine does about what torrents report.
#include <algorithm>

#include "engine/core.hpp"
#include "signal/peer_identity.hpp"

namespace samara {

void Engine::Core::channel_opened(const in::ChannelOpened& input) {
  const auto dialled = signaller.channel_opened(now, input.dial);
  if (!dialled) return channel_arrived(input);
  Slot* slot = find_slot(dialled->torrent);
  if (slot == nullptr) {
    signaller.release(now, dialled->dial);
    return;
  }
  attach(*slot, *dialled, input.channel, input.message_bytes_max);
  drain(*slot);
}

/// The link of a channel; none when there is no place for it, and then the channel is closed.
LinkId Engine::Core::attach(Slot& slot, const Dialled& dialled, ChannelId channel, std::uint32_t message_bytes_max) {
  // Ids in sealed swarms tell nothing; but who else would have the key?
  const auto transfer = transfers.find(slot.transfer);
  const bool sealed = transfer != transfers.end() && transfer->second.record.seal.sealed();
  const LinkId link = slot.torrent->attach(now, channel, dialled.self, message_bytes_max, sealed || is_samara(dialled.remote));
  if (link.none()) {
    if (signaller.release(now, dialled.dial)) outbox.push(out::CloseChannel{channel});
    return link;
  }
  slot.connections.emplace(link, Connection{channel, dialled.dial});
  by_channel.emplace(channel, std::pair{slot.id, link});
  return link;
}

void Engine::Core::channel_bytes(const in::ChannelBytes& input) {
  const auto it = by_channel.find(input.channel);
  if (it == by_channel.end()) return unnamed_bytes(input.channel, input.bytes);
  const auto [torrent, link] = it->second;
  Slot& slot = *find_slot(torrent);
  if (const auto over = slot.connections.find(link); over != slot.connections.end()) signaller.heard(now, over->second.dial);
  slot.torrent->channel_bytes(now, link, input.bytes);
  drain(slot);
}

void Engine::Core::channel_closed(ChannelId channel) {
  const auto it = by_channel.find(channel);
  if (it == by_channel.end()) return close_unnamed(channel);
  const auto [torrent, link] = it->second;
  Slot& slot = *find_slot(torrent);
  slot.torrent->detach(now, link);
  close_connection(slot, link);
  drain(slot);
}

/// False when no link runs over this dial.
bool Engine::Core::end_link_over(DialId dial) {
  for (const auto& [id, slot] : slots) {
    for (const auto& [link, connection] : slot.connections) {
      if (connection.dial != dial) continue;
      channel_closed(connection.channel);
      return true;
    }
  }
  return false;
}

/// What the network took away, be it that nobody says so, and what runs over a connection that has failed: hosts need not
/// report channels as well.
void Engine::Core::end_lost_links() {
  while (const auto dial = signaller.take_lost()) {
    if (end_link_over(*dial)) {
      log(LogLevel::info, "link-lost", dial->value);
    } else {
      signaller.release(now, *dial);
    }
  }
}

void Engine::Core::close_connection(Slot& slot, LinkId link) {
  const auto it = slot.connections.find(link);
  if (it == slot.connections.end()) return;
  const Connection connection = it->second;
  slot.connections.erase(it);
  by_channel.erase(connection.channel);
  if (signaller.release(now, connection.dial)) outbox.push(out::CloseChannel{connection.channel});
}

void Engine::Core::set_carries(const Slot& slot, LinkId link, bool carries) {
  if (const auto it = slot.connections.find(link); it != slot.connections.end()) signaller.set_carries(now, it->second.dial, carries);
}

/// Takes the torrent's reports until there are none; the slot may lose its users on the way but is
/// only dropped by reconsider(), never in here.
void Engine::Core::drain(Slot& slot) {
  while (const auto event = slot.torrent->next_event()) on_event(slot, *event);
  update_need(slot);
}

void Engine::Core::on_event(Slot& slot, const TorrentEvent& event) {
  using Kind = TorrentEvent::Kind;
  const auto transfer = transfers.find(slot.transfer);
  const bool receiving = transfer != transfers.end();
  switch (event.kind) {
    case Kind::metadata:
      log(LogLevel::debug, "metadata", slot.id.value);
      if (receiving) transfer_metadata(transfer->second, slot);
      break;
    case Kind::metadata_invalid:
      if (receiving) fail_transfer(transfer->second, Error{Code::metadata_invalid, Fault::remote, 0});
      break;
    case Kind::link_up:
      slot.had_links = true;
      log(LogLevel::debug, "link-up", slot.id.value);
      break;
    case Kind::channels: set_carries(slot, event.link, true); break;
    case Kind::first_byte: log(LogLevel::debug, "first-byte", slot.id.value); break;
    case Kind::verified: break;
    case Kind::head:
      if (receiving) try_open(transfer->second, slot);
      break;
    case Kind::bad_content:
      if (receiving) {
        const bool chunk = static_cast<SealedContent::Opened>(event.value) == SealedContent::Opened::bad_chunk;
        fail_share(transfer->second, chunk ? ShareWhy::chunk : ShareWhy::padding);
      }
      break;
    case Kind::source_changed:
      log(LogLevel::warn, "source-changed", slot.id.value);
      spoiled.push_back(slot.id);
      break;
    case Kind::stored:
      slot.unjournalled.push_back(static_cast<std::uint32_t>(event.value));
      have_waiting = true;
      break;
    case Kind::complete:
      if (!receiving) break;
      log(LogLevel::debug, "verified", slot.id.value);
      transfer_complete(transfer->second, slot);
      break;
    case Kind::peer_progress: break;
    case Kind::peer_complete: on_peer_complete(slot, event); break;
    case Kind::link_closed:
      if (event.error.code != Code::ok && event.error.code != Code::link_idle) {
        outbox.log(LogLevel::info, "swarm", to_string(event.error.code), event.error.detail);
      }
      if (event.error.fault == Fault::remote) set_carries(slot, event.link, false);
      close_connection(slot, event.link);
      break;
    case Kind::store_failed:
      log(LogLevel::warn, "store-failed", static_cast<std::uint64_t>(event.status));
      if (receiving) {
        const Code code = event.status == StoreStatus::full ? Code::storage_full : Code::storage_lost;
        if (code == Code::storage_full && wait_for_room(transfer->second, slot)) break;
        fail_transfer(transfer->second, Error{code, Fault::environment, 0});
      } else if (slot.blob.is_source()) {
        spoiled.push_back(slot.id);  // the app's file was changed or is gone
      }
      break;
  }
  touch(slot.share);
  touch(slot.transfer);
}

/// Counts each peer once, by the run id of its peer id, so that reconnecting does not count again.
void Engine::Core::on_peer_complete(Slot& slot, const TorrentEvent& event) {
  const auto state = shares.find(slot.share);
  const auto record = catalogue.shares.find(slot.share);
  if (state == shares.end() || record == catalogue.shares.end()) return;
  for (const LinkView& view : slot.torrent->links()) {
    if (view.id != event.link || view.sent_bytes == 0) continue;
    std::uint64_t run_id = 0;
    for (std::size_t i = 6; i < 14; ++i) run_id = (run_id << 8) | view.peer_id.bytes[i];
    auto& seen = state->second.delivered_to;
    if (std::find(seen.begin(), seen.end(), run_id) != seen.end()) return;
    seen.push_back(run_id);
    ++record->second.delivered;
    committer.append(JournalKind::share, encode_share(record->second), false);
    log(LogLevel::debug, "delivered", slot.id.value);
  }
}

/// Tells the signaller only what changed, since it acts on transitions.
void Engine::Core::update_need(Slot& slot) {
  if (!slot.announced) return;
  SwarmNeed need;
  const Torrent& torrent = *slot.torrent;
  need.wants = torrent.wants();
  need.served = torrent.served();
  need.complete = torrent.complete();
  need.links = static_cast<std::uint32_t>(slot.connections.size());
  need.parted = torrent.parted();
  const bool same = need.wants == slot.need.wants && need.served == slot.need.served &&
                    need.complete == slot.need.complete && need.links == slot.need.links &&
                    need.parted == slot.need.parted;
  if (same) return;
  need.uploaded_bytes = torrent.uploaded_bytes();
  need.downloaded_bytes = torrent.downloaded_bytes();
  if (const Metainfo* info = torrent.metainfo()) {
    need.left_bytes = need.complete ? 0 : std::max<std::uint64_t>(1, info->bytes - torrent.stored_bytes());
  }
  slot.need = need;
  signaller.update(now, slot.id, need);
}

}  // namespace samara
