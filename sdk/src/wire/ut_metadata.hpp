// Owns: the messages of ut_metadata (BEP 9), their strict shape, and how many requests a peer may make.
// Refuses to know: the metadata itself and who assembles it.
#pragma once

#include <cstdint>

#include "samara/bytes.hpp"
#include "samara/error.hpp"
#include "samara/time.hpp"

namespace samara {

struct MetadataMessage {
  enum class Kind : std::uint8_t { request = 0, data = 1, reject = 2, unknown = 3 };
  Kind kind = Kind::unknown;
  std::uint32_t piece = 0;
  std::uint32_t total_bytes = 0;  ///< Of the whole metadata; data only.
  ByteSpan bytes;                 ///< data only; borrowed from the payload.
};

/// Decodes a payload. Types above 2 are `unknown`, to be ignored (BEP 9). A data message has exactly
/// the bytes that its piece has under its own total_size.
/// Errors: bencode_*, extended_invalid, metadata_bad_piece, metadata_bad_size.
[[nodiscard]] Result<MetadataMessage> decode_metadata_message(ByteSpan payload);

/// metadata_bad_piece unless `piece` lies within `total_bytes` (0: unknown, then within the largest allowed).
[[nodiscard]] Result<void> check_metadata_piece(std::uint32_t piece, std::uint32_t total_bytes);

/// Each appends one frame under the peer's id. Keys are exactly msg_type, piece and, for data,
/// total_size: WebTorrent takes the first "ee" for the end of the dictionary.
void append_metadata_request(Bytes& out, std::uint8_t extended_id, std::uint32_t piece);
void append_metadata_reject(Bytes& out, std::uint8_t extended_id, std::uint32_t piece);
void append_metadata_data(Bytes& out, std::uint8_t extended_id, std::uint32_t piece, std::uint32_t total_bytes,
                          ByteSpan bytes);

/// Counts the requests of one peer.
class MetadataQuota {
 public:
  /// metadata_flood when too many wait for an answer or came within the window. own_bytes: size of our
  /// metadata, 0 unknown. WebTorrent asks for all pieces at once, so as many may wait as there are.
  [[nodiscard]] Result<void> on_request(Instant now, std::uint32_t own_bytes);
  void on_answer() noexcept;

 private:
  Instant window_start_{};
  std::uint32_t in_window_ = 0;
  std::uint32_t waiting_ = 0;
};

}  // namespace samara
