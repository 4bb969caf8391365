// Owns: a scriptable peer of the BitTorrent wire for tests: it writes any bytes, right or wrong, and cuts
// what it hears into frames. Refuses to know: the engine's own encoders, so that a test compares two hands.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/rng.hpp"
#include "samara/bytes.hpp"
#include "samara/ids.hpp"

namespace samara::test {

[[nodiscard]] inline InfoHash info_hash_of(std::uint8_t fill) {
  InfoHash hash;
  hash.bytes.fill(fill);
  return hash;
}

/// The text, cut or filled up with '.' to 20 bytes.
[[nodiscard]] inline PeerId peer_id_of(std::string_view text) {
  PeerId id;
  id.bytes.fill('.');
  for (std::size_t i = 0; i < text.size() && i < id.bytes.size(); ++i) id.bytes[i] = static_cast<std::uint8_t>(text[i]);
  return id;
}

/// `count` bytes that differ from place to place.
[[nodiscard]] inline Bytes pattern(std::size_t count, std::uint32_t seed = 1) {
  Bytes out(count);
  for (std::size_t i = 0; i < count; ++i) {
    seed = seed * 1'664'525U + 1'013'904'223U;
    out[i] = static_cast<std::uint8_t>(seed >> 24);
  }
  return out;
}

/// A size below `bound` > 0, the same on every machine.
[[nodiscard]] inline std::size_t pick(Rng& rng, std::size_t bound) { return static_cast<std::size_t>(rng.below(bound)); }

/// Writes a script: each call appends to the bytes that take() gives away. Payload calls say what the
/// names say; prefix() and raw() lie at will.
class FakePeer {
 public:
  /// The reserved bits of a WebTorrent peer unless told otherwise.
  FakePeer& handshake(const InfoHash& info_hash, const PeerId& self, bool fast = true, bool extended = true) {
    Bytes reserved(8, 0);
    if (extended) reserved[5] = 0x10;
    if (fast) reserved[7] = 0x04;
    return raw(as_bytes("\x13" "BitTorrent protocol")).raw(reserved).raw(info_hash.bytes).raw(self.bytes);
  }
  FakePeer& raw(ByteSpan bytes) {
    script_.insert(script_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  /// A length prefix alone.
  FakePeer& prefix(std::uint32_t length) { return raw(u32(length)); }
  FakePeer& keep_alive() { return prefix(0); }
  /// A whole frame of any id.
  FakePeer& message(std::uint8_t id, ByteSpan payload = {}) {
    return prefix(static_cast<std::uint32_t>(payload.size() + 1)).byte(id).raw(payload);
  }

  FakePeer& choke() { return message(0); }
  FakePeer& unchoke() { return message(1); }
  FakePeer& interested() { return message(2); }
  FakePeer& not_interested() { return message(3); }
  FakePeer& have(std::uint32_t piece) { return message(4, u32(piece)); }
  FakePeer& bitfield(ByteSpan wire) { return message(5, wire); }
  FakePeer& request(std::uint32_t piece, std::uint32_t offset, std::uint32_t bytes) { return block(6, piece, offset, bytes); }
  FakePeer& piece(std::uint32_t index, std::uint32_t offset, ByteSpan bytes) {
    return prefix(static_cast<std::uint32_t>(bytes.size() + 9)).byte(7).raw(u32(index)).raw(u32(offset)).raw(bytes);
  }
  FakePeer& cancel(std::uint32_t piece, std::uint32_t offset, std::uint32_t bytes) { return block(8, piece, offset, bytes); }
  FakePeer& port(std::uint16_t port) {
    return prefix(3).byte(9).byte(static_cast<std::uint8_t>(port >> 8)).byte(static_cast<std::uint8_t>(port & 0xff));
  }
  FakePeer& suggest(std::uint32_t piece) { return message(13, u32(piece)); }
  FakePeer& have_all() { return message(14); }
  FakePeer& have_none() { return message(15); }
  FakePeer& reject(std::uint32_t piece, std::uint32_t offset, std::uint32_t bytes) { return block(16, piece, offset, bytes); }
  FakePeer& allowed_fast(std::uint32_t piece) { return message(17, u32(piece)); }

  /// An extended message under a number of the receiver (0: handshake).
  FakePeer& extended(std::uint8_t id, std::string_view dict, ByteSpan behind = {}) {
    return prefix(static_cast<std::uint32_t>(2 + dict.size() + behind.size())).byte(20).byte(id).raw(as_bytes(dict)).raw(behind);
  }
  /// What WebTorrent in a browser sends; metadata_bytes 0 leaves the size out.
  FakePeer& webtorrent_extended_handshake(std::uint32_t metadata_bytes = 0) {
    std::string dict = "d1:md11:lt_donthavei2e11:ut_metadatai1ee";
    if (metadata_bytes != 0) dict += "13:metadata_sizei" + std::to_string(metadata_bytes) + "e";
    return extended(0, dict + "e");
  }
  FakePeer& metadata_request(std::uint32_t piece, std::uint8_t id = 1) {
    return extended(id, "d8:msg_typei0e5:piecei" + std::to_string(piece) + "ee");
  }
  FakePeer& metadata_data(std::uint32_t piece, std::uint32_t total_bytes, ByteSpan bytes, std::uint8_t id = 1) {
    return extended(id, "d8:msg_typei1e5:piecei" + std::to_string(piece) + "e10:total_sizei" +
                            std::to_string(total_bytes) + "ee", bytes);
  }
  FakePeer& metadata_reject(std::uint32_t piece, std::uint8_t id = 1) {
    return extended(id, "d8:msg_typei2e5:piecei" + std::to_string(piece) + "ee");
  }
  FakePeer& dont_have(std::uint32_t piece, std::uint8_t id = 2) { return prefix(6).byte(20).byte(id).raw(u32(piece)); }

  [[nodiscard]] const Bytes& script() const noexcept { return script_; }
  [[nodiscard]] Bytes take() { return std::exchange(script_, {}); }

 private:
  static Bytes u32(std::uint32_t v) {
    return {static_cast<std::uint8_t>(v >> 24), static_cast<std::uint8_t>(v >> 16), static_cast<std::uint8_t>(v >> 8),
            static_cast<std::uint8_t>(v)};
  }
  FakePeer& byte(std::uint8_t value) {
    script_.push_back(value);
    return *this;
  }
  FakePeer& block(std::uint8_t id, std::uint32_t piece, std::uint32_t offset, std::uint32_t bytes) {
    return prefix(13).byte(id).raw(u32(piece)).raw(u32(offset)).raw(u32(bytes));
  }

  Bytes script_;
};

/// What the fake peer heard: the other side's handshake and then its frames, as they are on the wire.
class FakeEar {
 public:
  struct Frame {
    bool keep_alive = false;
    std::uint8_t id = 0;
    Bytes payload;
    bool operator==(const Frame&) const = default;
  };

  void hear(ByteSpan bytes) {
    pending_.insert(pending_.end(), bytes.begin(), bytes.end());
    if (handshake.empty() && pending_.size() >= 68) handshake = cut(68);
    while (!handshake.empty() && hear_frame()) {
    }
  }
  /// Bytes of a frame that is not whole yet.
  [[nodiscard]] std::size_t pending_bytes() const noexcept { return pending_.size(); }
  /// The last frame of an id; nullptr when there was none.
  [[nodiscard]] const Frame* last(std::uint8_t id) const {
    for (std::size_t i = frames.size(); i > 0; --i) {
      if (!frames[i - 1].keep_alive && frames[i - 1].id == id) return &frames[i - 1];
    }
    return nullptr;
  }
  [[nodiscard]] std::size_t count(std::uint8_t id) const {
    std::size_t n = 0;
    for (const Frame& frame : frames) n += !frame.keep_alive && frame.id == id ? 1U : 0U;
    return n;
  }

  Bytes handshake;  // 68 bytes once heard
  std::vector<Frame> frames;

 private:
  bool hear_frame() {
    if (pending_.size() < 4) return false;
    const std::size_t length = static_cast<std::size_t>(pending_[0]) << 24 | static_cast<std::size_t>(pending_[1]) << 16 |
                               static_cast<std::size_t>(pending_[2]) << 8 | pending_[3];
    if (pending_.size() < 4 + length) return false;
    const Bytes whole = cut(4 + length);
    if (length == 0) {
      frames.push_back({true, 0, {}});
    } else {
      frames.push_back({false, whole[4], {whole.begin() + 5, whole.end()}});
    }
    return true;
  }
  Bytes cut(std::size_t bytes) {
    const auto end = pending_.begin() + static_cast<std::ptrdiff_t>(bytes);
    Bytes part(pending_.begin(), end);
    pending_.erase(pending_.begin(), end);
    return part;
  }

  Bytes pending_;
};

}  // namespace samara::test
