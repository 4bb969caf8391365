// Owns: the 68-byte BitTorrent handshake (BEP 3) and the two reserved bits we use.
// Refuses to know: when it is sent, and time.
#pragma once

#include "samara/bytes.hpp"
#include "samara/error.hpp"
#include "samara/ids.hpp"

namespace samara {

struct Handshake {
  InfoHash info_hash;
  PeerId peer_id;
  bool extended = false;  ///< BEP 10: byte 5, 0x10.
  bool fast = false;      ///< BEP 6: byte 7, 0x04.
};

/// Appends our handshake: both reserved bits set, all others zero.
void append_handshake(Bytes& out, const InfoHash& info_hash, const PeerId& self);

/// Reads exactly handshake_bytes. Error: handshake_invalid (detail = the first wrong byte's position).
[[nodiscard]] Result<Handshake> decode_handshake(ByteSpan bytes);

/// Whether we want to talk to the one who sent it: handshake_wrong_torrent, self_connection.
[[nodiscard]] Result<void> check_handshake(const Handshake& theirs, const InfoHash& info_hash, const PeerId& self);

/// True when two peer ids are the same engine: `-SM` ids share their first 14 bytes (client, version
/// and run id; the rest differs per socket), other ids are equal.
[[nodiscard]] bool same_engine(const PeerId& self, const PeerId& other) noexcept;

}  // namespace samara
