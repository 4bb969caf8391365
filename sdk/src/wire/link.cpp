// Owns: the state machine of a link: what may come when, the peer's budgets, time-outs.
#include "wire/link.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/checked.hpp"
#include "base/reader.hpp"
#include "samara/config.hpp"
#include "wire/handshake.hpp"

namespace samara {
namespace {

constexpr Duration handshake_timeout = milliseconds(limits::handshake_timeout_ms);
constexpr Duration frame_timeout = milliseconds(limits::frame_timeout_ms);
constexpr Duration idle_timeout = milliseconds(limits::link_idle_timeout_ms);
constexpr Duration keep_alive = milliseconds(limits::keep_alive_ms);

}  // namespace

Link::Link(const InfoHash& info_hash, const PeerId& self, Instant now)
    : info_hash_(info_hash), self_(self), now_(now), opened_(now), last_received_(now), last_sent_(now) {
  append_handshake(out_, info_hash, self);
}

void Link::assume_samara() {
  extended_ = true;
  extended_state_.assume_own_number();
}

void Link::set_geometry(const LinkGeometry& geometry) {
  SAMARA_ASSERT(geometry.known() && geometry.piece_count <= limits::pieces_max);
  if (!geometry_.known()) geometry_ = geometry;
}

void Link::feed(Instant now, ByteSpan bytes) {
  now_ = now;
  if (failed_ || bytes.empty()) return;
  last_received_ = now;
  framer_.feed(bytes);
}

Result<std::optional<Said>> Link::next(Instant now) {
  now_ = now;
  if (failed_) return std::unexpected(*failed_);
  auto said = step(now);
  if (!said) {
    failed_ = said.error();
    framer_.discard();
  }
  return said;
}

Result<std::optional<Said>> Link::step(Instant now) {
  if (early_ && geometry_.known()) {
    auto said = early_->next(geometry_);
    if (!said || *said) return said;
    early_.reset();
  }
  if (!handshaken_) return take_handshake();
  const FrameRules rules{geometry_.known(), static_cast<std::uint32_t>(divide_up(geometry_.piece_count, 8))};
  for (;;) {  // ends with the fed bytes: each round takes a frame off them
    SAMARA_TRY(frame, framer_.next(rules));
    if (!frame) break;
    frame_started_.reset();
    if (frame->keep_alive) continue;
    auto said = on_frame(now, *frame);
    if (!said || *said) return said;
  }
  if (framer_.partial() && !frame_started_) frame_started_ = now;
  return std::nullopt;
}

Result<std::optional<Said>> Link::take_handshake() {
  const auto bytes = framer_.take(limits::handshake_bytes);
  if (!bytes) return std::nullopt;
  SAMARA_TRY(theirs, decode_handshake(*bytes));
  if (const auto wanted = check_handshake(theirs, info_hash_, self_); !wanted) return std::unexpected(wanted.error());
  handshaken_ = true;
  peer_id_ = theirs.peer_id;
  fast_ = theirs.fast;  // ours is always set
  extended_ = theirs.extended;
  return Said{said::Handshake{peer_id_, fast_, extended_}};
}

Result<std::optional<Said>> Link::on_frame(Instant now, const Frame& frame) {
  if (is_basic_message(frame.id)) return on_basic(frame);
  const bool is_extended = frame.id == static_cast<std::uint8_t>(MessageId::extended);
  return is_extended && extended_ ? on_extended(now, frame.payload) : count_unknown(frame.id);
}

Result<std::optional<Said>> Link::on_basic(const Frame& frame) {
  SAMARA_TRY(said, decode_message(frame, geometry_, fast_));
  if (!said) return std::nullopt;
  const auto id = static_cast<MessageId>(frame.id);
  if (id == MessageId::bitfield || id == MessageId::have_all || id == MessageId::have_none) {
    if (const auto first = on_pieces_said(); !first) return std::unexpected(first.error());
  }
  have_said_ = have_said_ || id == MessageId::have;
  if (!geometry_.known() && keep_early(*said)) return std::nullopt;
  return said;
}

/// One bitfield, have-all or have-none per link, and none after the first have. WebTorrent sends it
/// late when it learns the metadata late, so other messages may come before it.
Result<void> Link::on_pieces_said() {
  if (pieces_said_ || have_said_) return remote_fault(Code::bitfield_repeated);
  pieces_said_ = true;
  return {};
}

/// Puts by what has no meaning before the geometry is known. True when the swarm must not see it now.
bool Link::keep_early(const Said& said) {
  if (std::holds_alternative<said::Request>(said) || std::holds_alternative<said::Cancel>(said) ||
      std::holds_alternative<said::Reject>(said)) {
    return true;  // we have told of no piece and asked for none: nothing to answer
  }
  const auto early = [this]() -> EarlyPieces& {
    if (!early_) early_ = std::make_unique<EarlyPieces>();
    return *early_;
  };
  if (const auto* bitfield = std::get_if<said::Bitfield>(&said)) {
    early().keep_bitfield(bitfield->wire);
  } else if (std::holds_alternative<said::HaveAll>(said)) {
    early().keep_have_all();
  } else if (std::holds_alternative<said::HaveNone>(said)) {
    early().keep_have_none();
  } else if (const auto* have = std::get_if<said::Have>(&said)) {
    early().keep_have(have->piece);
  } else if (const auto* dont_have = std::get_if<said::DontHave>(&said)) {
    early().keep_dont_have(dont_have->piece);
  } else {
    return false;
  }
  return true;
}

Result<std::optional<Said>> Link::on_extended(Instant now, ByteSpan payload) {
  const std::uint8_t id = payload.front();  // the length table wants it there
  const ByteSpan rest = payload.subspan(1);
  switch (id) {
    case extended_id_handshake: {
      SAMARA_TRY(said, extended_state_.on_handshake(rest));
      return Said{said};
    }
    case extended_id_ut_metadata:
      return on_metadata(now, rest);
    case extended_id_lt_donthave:
      return on_dont_have(rest);
    default:
      return count_unknown(id);
  }
}

Result<std::optional<Said>> Link::on_metadata(Instant now, ByteSpan payload) {
  SAMARA_TRY(message, decode_metadata_message(payload));
  switch (message.kind) {
    case MetadataMessage::Kind::request:
      if (auto legal = check_metadata_piece(message.piece, own_metadata_bytes_); !legal) {
        return std::unexpected(legal.error());
      }
      if (auto spared = metadata_quota_.on_request(now, own_metadata_bytes_); !spared) {
        return std::unexpected(spared.error());
      }
      return Said{said::MetadataRequest{message.piece}};
    case MetadataMessage::Kind::data:
      if (auto same = extended_state_.learn_metadata_bytes(message.total_bytes); !same) {
        return std::unexpected(same.error());
      }
      return Said{said::MetadataData{message.piece, message.total_bytes, message.bytes}};
    case MetadataMessage::Kind::reject:
      if (auto legal = check_metadata_piece(message.piece, extended_state_.metadata_bytes()); !legal) {
        return std::unexpected(legal.error());
      }
      return Said{said::MetadataReject{message.piece}};
    case MetadataMessage::Kind::unknown:
      break;
  }
  return count_unknown(extended_id_ut_metadata);
}

/// lt_donthave: a big-endian piece index and nothing else.
Result<std::optional<Said>> Link::on_dont_have(ByteSpan payload) {
  Reader reader(payload);
  const std::uint32_t piece = reader.u32be();
  if (!reader.ok() || reader.left() != 0) return remote_fault(Code::extended_invalid);
  if (const auto in_range = check_piece_index(piece, geometry_); !in_range) return std::unexpected(in_range.error());
  const Said said = said::DontHave{piece};
  if (!geometry_.known() && keep_early(said)) return std::nullopt;
  return said;
}

Result<std::optional<Said>> Link::count_unknown(std::uint8_t id) {
  if (++unknown_messages_ > limits::unknown_messages_max) return remote_fault(Code::too_many_unknown_messages, id);
  return std::nullopt;
}

bool Link::handshaken() const noexcept { return handshaken_; }
bool Link::fast() const noexcept { return fast_; }
bool Link::extended() const noexcept { return extended_; }
bool Link::can_metadata() const noexcept { return extended_state_.ut_metadata() != 0; }
bool Link::numbers_metadata_as_we_do() const noexcept { return extended_state_.ut_metadata() == extended_id_ut_metadata; }
const PeerId& Link::peer_id() const noexcept { return peer_id_; }

Result<void> Link::tick(Instant now) {
  now_ = now;
  if (!failed_) failed_ = overdue(now);
  if (failed_) return std::unexpected(*failed_);
  if (wait_until_ && now >= *wait_until_) end_wait();
  if (now >= last_sent_ + keep_alive) {
    // Bytes the channel has not taken yet will keep the link alive as well when it does.
    if (outgoing().empty()) append_keep_alive(out_);
    sent();
  }
  return {};
}

std::optional<Error> Link::overdue(Instant now) const noexcept {
  const auto error = [](Code code) { return Error{code, Fault::remote, 0}; };
  if (!handshaken_ && now >= opened_ + handshake_timeout) return error(Code::handshake_timeout);
  if (frame_started_ && now >= *frame_started_ + frame_timeout) return error(Code::frame_timeout);
  if (now >= last_received_ + idle_timeout) return error(Code::link_idle);
  return std::nullopt;
}

Instant Link::deadline() const noexcept {
  Instant first = std::min(last_received_ + idle_timeout, last_sent_ + keep_alive);
  if (!handshaken_) first = std::min(first, opened_ + handshake_timeout);
  if (frame_started_) first = std::min(first, *frame_started_ + frame_timeout);
  if (wait_until_) first = std::min(first, *wait_until_);
  return first;
}

}  // namespace samara
