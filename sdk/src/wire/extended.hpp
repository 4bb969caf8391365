// Owns: the extended handshake (BEP 10): what we advertise, the peer's id map and its metadata size.
// Refuses to know: the payloads of the extensions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "codec/bencode.hpp"
#include "samara/bytes.hpp"
#include "samara/error.hpp"
#include "wire/message.hpp"

namespace samara {

/// Our own numbers: a peer uses them when it sends to us. 0 is the handshake for everyone.
inline constexpr std::uint8_t extended_id_handshake = 0;
inline constexpr std::uint8_t extended_id_ut_metadata = 1;
inline constexpr std::uint8_t extended_id_lt_donthave = 2;
/// No message has it: to list it says that further torrents may run over further channels (docs/protocol.md).
inline constexpr std::uint8_t extended_id_sm_channels = 3;

/// Appends our handshake frame. metadata_bytes 0: not known yet, so not said.
void append_extended_handshake(Bytes& out, std::uint32_t metadata_bytes);

/// What one peer has told in all its extended handshakes so far.
class ExtendedState {
 public:
  /// Takes a handshake payload. Errors: extended_too_many_handshakes, bencode_*, extended_invalid,
  /// extended_id_remapped, metadata_bad_size.
  [[nodiscard]] Result<said::Extended> on_handshake(ByteSpan payload);

  /// Until its first handshake the peer is taken for one that numbers ut_metadata as we do.
  void assume_own_number() noexcept;
  /// Fixes the metadata size of the link: 1 … metadata_bytes_max and never another afterwards.
  /// Error: metadata_bad_size.
  [[nodiscard]] Result<void> learn_metadata_bytes(std::int64_t bytes);

  /// The peer's number for ut_metadata; 0 when it has none (or disabled it).
  [[nodiscard]] std::uint8_t ut_metadata() const noexcept { return ut_metadata_.disabled ? std::uint8_t{0} : ut_metadata_.id; }
  /// 0 until said.
  [[nodiscard]] std::uint32_t metadata_bytes() const noexcept { return metadata_bytes_; }

 private:
  struct Mapped {
    std::uint8_t id = 0;  // the first one given: it never changes to another
    bool disabled = false;
  };
  [[nodiscard]] static Result<void> map(Mapped& extension, const BencodeView& m, std::string_view name);

  Mapped ut_metadata_;
  bool assumed_ = false;  // nobody said ut_metadata_'s number
  Mapped lt_donthave_;
  Mapped sm_channels_;
  std::string client_;  // of the latest handshake: what was said borrows it
  std::uint32_t handshakes_ = 0;
  std::uint32_t metadata_bytes_ = 0;
};

}  // namespace samara
