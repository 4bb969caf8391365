// Owns: what a torrent knows of one link's peer and what it has told it. Plain state.
// Refuses to know: the rules; those are in torrent_*.cpp and the modules beside.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bitfield.hpp"
#include "base/queue.hpp"
#include "base/rate.hpp"
#include "samara/ids.hpp"
#include "swarm/requests.hpp"
#include "swarm/scores.hpp"
#include "swarm/spread.hpp"
#include "swarm/uploads.hpp"
#include "wire/link.hpp"

namespace samara {

struct Peer {
  Peer(LinkId link_id, ChannelId channel_id, const InfoHash& info_hash, const PeerId& self_id,
       std::uint32_t message_max, Instant now)
      : id(link_id), channel(channel_id), self(self_id), message_bytes_max(message_max), link(info_hash, self_id, now),
        choked_at(now) {}

  LinkId id;
  ChannelId channel;
  PeerId self;
  std::uint32_t message_bytes_max;
  Link link;
  PeerKey key{};                    // once up
  std::uint64_t buffered_bytes = 0; // last report of the channel plus what was sent since
  bool up = false;                  // handshake done and accepted
  bool closing = false;             // to be removed at the end of this call
  bool dirty = true;                // may be asked for more

  // What the peer said.
  std::optional<std::uint32_t> metadata_bytes;
  Bitfield pieces;                  // sized once metadata is known
  std::uint32_t wanted_pieces = 0;  // that it has and we have not
  Instant choked_at;                // when it last choked us, or the link began
  bool choking_us = true;
  bool interested = false;
  bool progressed = false;          // has more pieces since the last event
  bool complete_told = false;
  std::uint32_t rejects = 0;        // since the last block
  std::uint32_t unasked = 0;        // blocks nobody asked for

  // What we told it.
  bool choking = true;
  bool interesting = false;
  bool pieces_told = false;
  bool greeted = false;             // with our handshake: the extended one, and the wish for metadata

  Requests requests;
  UploadQueue uploads;
  Elsewhere elsewhere;
  Queue<std::uint32_t> metadata_asked;  // parts it waits for; the link bounds how many
  RateMeter received;                        // payload
  std::uint64_t sent_bytes = 0;
  std::uint64_t alone_bytes = 0;             // of those, of pieces that nobody else was sent
  std::uint64_t passed_bytes = 0;            // of those, of pieces that others came to have
  std::uint64_t round_received = 0;          // totals at the last choke round
  std::uint64_t round_passed = 0;
  std::uint64_t round_sent = 0;
  bool wished = false;                       // it had something for us, now or before
  bool keeps = false;                        // as of the last choke round: takes and gives nothing
  std::optional<Instant> useless_since;
};

}  // namespace samara
