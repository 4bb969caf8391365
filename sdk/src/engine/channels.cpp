// Owns: channels that the other side of a connection opened, until their first bytes have named a torrent. Nothing is sent
// over one before: whoever does not know an infohash learns of no torrent here.
// Refuses to know: which connection may carry what (signal/channels.cpp).
#include <algorithm>
#include <utility>

#include "engine/core.hpp"
#include "wire/handshake.hpp"

namespace samara {

void Engine::Core::channel_arrived(const in::ChannelOpened& input) {
  if (!signaller.channel_arrived(input.dial)) {
    outbox.push(out::CloseChannel{input.channel});
    log(LogLevel::debug, to_string(Code::channel_refused), input.dial.value);
    return;
  }
  const Instant until = now + milliseconds(limits::handshake_timeout_ms);
  unnamed[input.channel] = Unnamed{input.dial, input.message_bytes_max, {}, until};
}

void Engine::Core::unnamed_bytes(ChannelId channel, ByteSpan bytes) {
  const auto it = unnamed.find(channel);
  if (it == unnamed.end()) return;
  Unnamed& waiting = it->second;
  signaller.heard(now, waiting.over);
  if (waiting.early.size() + bytes.size() > limits::channel_unnamed_bytes_max) return close_unnamed(channel);
  waiting.early.insert(waiting.early.end(), bytes.begin(), bytes.end());
  if (waiting.early.size() >= limits::handshake_bytes) name_channel(channel);
}

void Engine::Core::name_channel(ChannelId channel) {
  const Unnamed& waiting = unnamed.at(channel);
  const auto theirs = decode_handshake(ByteSpan(waiting.early).first(limits::handshake_bytes));
  Slot* slot = theirs ? find_slot(theirs->info_hash) : nullptr;
  if (slot == nullptr || !slot->announced) return close_unnamed(channel);
  const auto dialled = signaller.channel_named(now, waiting.over, slot->id, theirs->peer_id);
  if (!dialled) return close_unnamed(channel);
  const Unnamed named = std::move(unnamed.at(channel));
  unnamed.erase(channel);
  signaller.unnamed_gone(now, named.over);
  const LinkId link = attach(*slot, *dialled, channel, named.message_bytes_max);
  if (!link.none()) slot->torrent->channel_bytes(now, link, named.early);
  drain(*slot);
}

/// Without a word about why.
void Engine::Core::close_unnamed(ChannelId channel) {
  const auto it = unnamed.find(channel);
  if (it == unnamed.end()) return;
  const DialId over = it->second.over;
  unnamed.erase(it);
  outbox.push(out::CloseChannel{channel});
  log(LogLevel::debug, to_string(Code::channel_refused), over.value);
  signaller.unnamed_gone(now, over);
}

void Engine::Core::check_unnamed() {
  for (auto it = unnamed.begin(); it != unnamed.end();) {
    const auto& [channel, waiting] = *it++;
    if (waiting.until <= now) close_unnamed(channel);
  }
}

}  // namespace samara
