// Owns: one BitTorrent session with one peer: handshake, framing, the order and shape of messages,
// per-link limits. Refuses to know: pieces on disk, other peers, choking policy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "samara/bytes.hpp"
#include "samara/error.hpp"
#include "samara/ids.hpp"
#include "samara/time.hpp"
#include "wire/early_pieces.hpp"
#include "wire/extended.hpp"
#include "wire/framer.hpp"
#include "wire/message.hpp"
#include "wire/ut_metadata.hpp"

namespace samara {

class Link {
 public:
  /// Queues our 68-byte handshake at once (both sides of a WebRTC channel send theirs on open).
  Link(const InfoHash& info_hash, const PeerId& self, Instant now);

  /// Call once, when metadata becomes known. What the peer said about its pieces before is kept until
  /// then; next() now reports it, checked (bitfield_bad_size, bitfield_spare_bits or have_out_of_range
  /// when it lied): call next() after this even when nothing was fed. Before this call no Have,
  /// DontHave, Bitfield, HaveAll, HaveNone, Request, Cancel, Reject or Piece is ever reported.
  void set_geometry(const LinkGeometry& geometry);

  /// At once after construction: the peer is Samara too, most likely, so it is told everything with our handshake that
  /// other peers are told after theirs, and can be asked for metadata. What it says itself corrects that.
  void assume_samara();

  /// Bytes from the peer. Borrowed until next() has returned nothing; call next() until then.
  void feed(Instant now, ByteSpan bytes);
  /// The next thing the peer said; nothing when more bytes are needed; an error when the link must
  /// be dropped (the code says why, fault is remote).
  [[nodiscard]] Result<std::optional<Said>> next(Instant now);

  // What we say. Each appends to the outgoing bytes. Extended and metadata messages do nothing when the
  // peer did not negotiate them, so none of these needs a question before.
  /// After the peer's handshake, and again when metadata becomes known.
  void send_extended_handshake(std::uint32_t metadata_bytes /* 0: unknown */);
  void send_choke(bool choke);
  void send_interested(bool interested);
  /// It shares a message with what is said within limits::have_delay_ms, or until `interval_ms` after the last that waited. 0: it goes at once.
  void send_have(Instant now, std::uint32_t piece, std::uint32_t interval_ms);
  /// have-all / have-none with Fast when they say it all, else a bitfield (nothing if empty without Fast).
  void send_bitfield(ByteSpan wire, bool all, bool none);
  void send_request(const BlockRef& block);
  void send_cancel(const BlockRef& block);
  /// Only with Fast; nothing otherwise.
  void send_reject(const BlockRef& block);
  void send_piece(std::uint32_t piece, std::uint32_t offset, ByteSpan bytes);
  void send_metadata_request(std::uint32_t piece);
  void send_metadata_data(std::uint32_t piece, std::uint32_t total_bytes, ByteSpan bytes);
  void send_metadata_reject(std::uint32_t piece);

  /// Bytes not yet taken by the channel, in order. consume() drops them from the front.
  [[nodiscard]] ByteSpan outgoing() const noexcept;
  /// True when some of them should be on their way now: not when all are haves that can wait.
  [[nodiscard]] bool pressing(Instant now) const noexcept;
  void consume(std::size_t bytes) noexcept;

  [[nodiscard]] bool handshaken() const noexcept;
  [[nodiscard]] bool fast() const noexcept;
  [[nodiscard]] bool extended() const noexcept;
  /// True once the peer's extended handshake mapped ut_metadata.
  [[nodiscard]] bool can_metadata() const noexcept;
  /// … to the number that is ours, too.
  [[nodiscard]] bool numbers_metadata_as_we_do() const noexcept;
  [[nodiscard]] const PeerId& peer_id() const noexcept;

  /// Time-outs (handshake, started frame, silence) and keep-alives. An error drops the link.
  [[nodiscard]] Result<void> tick(Instant now);
  [[nodiscard]] Instant deadline() const noexcept;

 private:
  [[nodiscard]] Result<std::optional<Said>> step(Instant now);
  [[nodiscard]] Result<std::optional<Said>> take_handshake();
  [[nodiscard]] Result<std::optional<Said>> on_frame(Instant now, const Frame& frame);
  [[nodiscard]] Result<std::optional<Said>> on_basic(const Frame& frame);
  [[nodiscard]] Result<std::optional<Said>> on_extended(Instant now, ByteSpan payload);
  [[nodiscard]] Result<std::optional<Said>> on_metadata(Instant now, ByteSpan payload);
  [[nodiscard]] Result<std::optional<Said>> on_dont_have(ByteSpan payload);
  [[nodiscard]] Result<void> on_pieces_said();
  [[nodiscard]] Result<std::optional<Said>> count_unknown(std::uint8_t id);
  [[nodiscard]] bool keep_early(const Said& said);
  [[nodiscard]] std::optional<Error> overdue(Instant now) const noexcept;
  void sent() noexcept {
    last_sent_ = now_;
    end_wait();
  }
  void end_wait() noexcept {
    if (wait_until_) haves_told_ = now_;
    wait_until_.reset();
  }

  InfoHash info_hash_;
  PeerId self_;
  PeerId peer_id_{};
  LinkGeometry geometry_{};
  Framer framer_;
  ExtendedState extended_state_;
  MetadataQuota metadata_quota_;
  std::unique_ptr<EarlyPieces> early_;  // only until its contents have been told
  std::optional<Error> failed_;         // sticky

  Bytes out_;
  std::size_t out_read_ = 0;

  Instant now_;  // the latest anyone told us
  Instant opened_;
  Instant last_received_;
  Instant last_sent_;
  std::optional<Instant> frame_started_;
  Instant haves_told_{};                // when haves that waited went last
  std::optional<Instant> wait_until_;   // all outgoing bytes are haves that can wait

  std::uint32_t own_metadata_bytes_ = 0;
  std::uint32_t unknown_messages_ = 0;
  bool handshaken_ = false;
  bool fast_ = false;
  bool extended_ = false;
  bool pieces_said_ = false;  // bitfield, have-all or have-none came
  bool have_said_ = false;
};

}  // namespace samara
