// Owns: cutting the peer's byte stream into frames, and the one table of legal frame lengths.
// Refuses to know: what a frame's payload means, and time.
#pragma once

#include <cstdint>
#include <optional>

#include "samara/bytes.hpp"
#include "samara/error.hpp"

namespace samara {

/// Message ids of the peer wire (BEP 3, BEP 6 for 13–17, BEP 10 for 20).
enum class MessageId : std::uint8_t {
  choke = 0,
  unchoke = 1,
  interested = 2,
  not_interested = 3,
  have = 4,
  bitfield = 5,
  request = 6,
  piece = 7,
  cancel = 8,
  port = 9,
  suggest_piece = 13,
  have_all = 14,
  have_none = 15,
  reject_request = 16,
  allowed_fast = 17,
  extended = 20,
};

/// What the length table needs to know about the torrent.
struct FrameRules {
  bool pieces_known = false;
  std::uint32_t bitfield_bytes = 0;  ///< ⌈pieces / 8⌉; read only when pieces_known.
};

/// One frame. `payload` is what follows the id byte; see Framer::next for how long it lives.
struct Frame {
  bool keep_alive = false;
  std::uint8_t id = 0;
  ByteSpan payload;
};

/// The length table. `length` is the length prefix: the id byte and the payload, unsigned, not 0.
/// Errors: frame_too_large, frame_bad_length, bitfield_bad_size (detail = the length).
[[nodiscard]] Result<void> check_frame_length(std::uint8_t id, std::uint32_t length, const FrameRules& rules);

/// No legal frame of any id is longer than this: larger prefixes are refused before the id is seen.
[[nodiscard]] std::uint32_t frame_length_max() noexcept;

/// Frames are parsed where they lie when a whole one is in the fed span; only a frame that is split
/// between two feeds is copied. Nothing beyond the 5 header bytes is held before its length is legal.
class Framer {
 public:
  /// Lends bytes until next() or take() has returned nothing. Feeding before that is our own bug.
  void feed(ByteSpan bytes);

  /// Exactly `bytes` bytes off the stream (the handshake), or nothing when there are fewer so far.
  /// The span lives until the next call of any member.
  [[nodiscard]] std::optional<ByteSpan> take(std::size_t bytes);

  /// The next frame, or nothing when more bytes are needed. Its payload lives until the next call of
  /// any member. After an error the stream has no meaning: call discard().
  [[nodiscard]] Result<std::optional<Frame>> next(const FrameRules& rules);

  /// True when a frame has begun and is not complete.
  [[nodiscard]] bool partial() const noexcept { return held_bytes() != 0; }
  /// Bytes copied and waiting for the rest of their frame.
  [[nodiscard]] std::size_t held_bytes() const noexcept { return spent_ == 0 ? held_.size() : 0; }
  /// Forgets everything, fed bytes included.
  void discard() noexcept;

 private:
  [[nodiscard]] std::optional<ByteSpan> gather(std::size_t bytes);
  void drop_spent() noexcept;

  ByteSpan fed_;           // lent bytes not looked at yet
  Bytes held_;             // the start of a split frame
  std::size_t spent_ = 0;  // bytes of the last result, dropped by the next call
};

}  // namespace samara
