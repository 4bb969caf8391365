// Owns: one Link under test with a fake peer at the other end, and what it said as text.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/rng.hpp"
#include "hostile/fake_peer.hpp"
#include "samara/config.hpp"
#include "wire/link.hpp"

namespace samara::test {

inline const InfoHash rig_info_hash = info_hash_of(0xab);
inline const PeerId rig_self = peer_id_of("-SM0001-runidASOCKET");
inline const PeerId rig_other = peer_id_of("-WW0203-abcdefghijkl");

/// 20 pieces of 64 KiB, the last of 40 000 bytes: three bitfield bytes with four spare bits.
inline constexpr LinkGeometry rig_geometry{20, 64 * 1024, 40'000};

[[nodiscard]] inline std::string text_of(ByteSpan bytes) {
  std::uint32_t sum = 2'166'136'261U;
  for (const std::uint8_t byte : bytes) sum = (sum ^ byte) * 16'777'619U;
  return std::to_string(bytes.size()) + "#" + std::to_string(sum);
}

/// One line for everything a link can say; equal lines are equal events, payloads by a checksum.
struct SaidText {
  static std::string of(std::string_view name, std::initializer_list<std::uint32_t> numbers) {
    std::string line(name);
    for (const std::uint32_t n : numbers) line += " " + std::to_string(n);
    return line;
  }
  static std::string of(std::string_view name, const BlockRef& b) { return of(name, {b.piece, b.offset, b.bytes}); }

  std::string operator()(const said::Handshake& s) const {
    return "handshake " + std::string(as_text(s.peer_id.bytes)) + (s.fast ? " fast" : "") + (s.extended ? " extended" : "");
  }
  std::string operator()(const said::Extended& s) const {
    return of("extended", {s.metadata_bytes.value_or(0), s.request_queue.value_or(0)}) + " " + std::string(s.client);
  }
  std::string operator()(const said::Choke&) const { return "choke"; }
  std::string operator()(const said::Unchoke&) const { return "unchoke"; }
  std::string operator()(const said::Interested&) const { return "interested"; }
  std::string operator()(const said::NotInterested&) const { return "not-interested"; }
  std::string operator()(const said::Have& s) const { return of("have", {s.piece}); }
  std::string operator()(const said::DontHave& s) const { return of("dont-have", {s.piece}); }
  std::string operator()(const said::Bitfield& s) const { return "bitfield " + text_of(s.wire); }
  std::string operator()(const said::HaveAll&) const { return "have-all"; }
  std::string operator()(const said::HaveNone&) const { return "have-none"; }
  std::string operator()(const said::Request& s) const { return of("request", s.block); }
  std::string operator()(const said::Cancel& s) const { return of("cancel", s.block); }
  std::string operator()(const said::Reject& s) const { return of("reject", s.block); }
  std::string operator()(const said::Piece& s) const { return of("piece", {s.piece, s.offset}) + " " + text_of(s.bytes); }
  std::string operator()(const said::MetadataRequest& s) const { return of("metadata-request", {s.piece}); }
  std::string operator()(const said::MetadataData& s) const {
    return of("metadata-data", {s.piece, s.total_bytes}) + " " + text_of(s.bytes);
  }
  std::string operator()(const said::MetadataReject& s) const { return of("metadata-reject", {s.piece}); }
};

using Lines = std::vector<std::string>;

class WireRig {
 public:
  explicit WireRig(Instant now = seconds_from_zero(100)) : now_(now), link(rig_info_hash, rig_self, now) {}

  static Instant seconds_from_zero(std::int64_t s) { return Instant{} + seconds(s); }

  /// A rig past the handshake with everything negotiated, the geometry known, nothing in `said`.
  static WireRig up(bool fast = true, bool geometry = true) {
    WireRig rig;
    if (geometry) rig.link.set_geometry(rig_geometry);
    rig.feed(FakePeer().handshake(rig_info_hash, rig_other, fast).take());
    rig.said.clear();
    rig.ear.hear(rig.link.outgoing());
    rig.link.consume(rig.link.outgoing().size());
    return rig;
  }

  /// Feeds a copy that dies as soon as the link was drained, so that a kept span is found by the sanitizer.
  WireRig& feed(ByteSpan bytes) {
    const auto lent = std::make_unique<Bytes>(to_bytes(bytes));
    lent->shrink_to_fit();
    link.feed(now_, *lent);
    return drain();
  }
  WireRig& feed(const FakePeer& peer) { return feed(peer.script()); }
  /// The same bytes in random pieces.
  WireRig& feed_split(ByteSpan bytes, Rng& rng, std::size_t largest) {
    while (!bytes.empty()) {
      const std::size_t n = std::min<std::size_t>(bytes.size(), 1 + pick(rng, largest));
      feed(bytes.first(n));
      bytes = bytes.subspan(n);
    }
    return *this;
  }
  WireRig& drain() {
    for (;;) {
      const auto next = link.next(now_);
      if (!next) error = next.error();
      if (!next || !*next) return *this;
      said.push_back(std::visit(SaidText{}, **next));
    }
  }
  WireRig& tick_after(std::int64_t after_ms) {
    now_ = now_ + milliseconds(after_ms);
    if (const auto ticked = link.tick(now_); !ticked) error = ticked.error();
    return *this;
  }
  /// The ear takes what the link has to say.
  WireRig& listen() {
    ear.hear(link.outgoing());
    link.consume(link.outgoing().size());
    return *this;
  }
  /// Why the link was dropped; "up" while it lives.
  [[nodiscard]] std::string why() const { return error ? std::string(to_string(error->code)) : "up"; }
  [[nodiscard]] Instant now() const noexcept { return now_; }

 private:
  Instant now_;

 public:
  Link link;
  FakeEar ear;
  Lines said;
  std::optional<Error> error;
};

}  // namespace samara::test
