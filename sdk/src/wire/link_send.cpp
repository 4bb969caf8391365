// Owns: what a link says, and the bytes that wait for the channel.
#include <algorithm>

#include "base/assert.hpp"
#include "samara/config.hpp"
#include "wire/link.hpp"

namespace samara {
namespace {

// Taken bytes are dropped once they are this many and at least half of all: moving stays linear.
constexpr std::size_t compact_bytes = limits::send_bytes_max;
// What an empty buffer may keep for the next round.
constexpr std::size_t idle_capacity_bytes = 4 * limits::send_bytes_max;

}  // namespace

void Link::send_extended_handshake(std::uint32_t metadata_bytes) {
  own_metadata_bytes_ = metadata_bytes;
  if (!extended_) return;
  append_extended_handshake(out_, metadata_bytes);
  sent();
}

void Link::send_choke(bool choke) {
  append_message(out_, choke ? MessageId::choke : MessageId::unchoke);
  sent();
}

void Link::send_interested(bool interested) {
  append_message(out_, interested ? MessageId::interested : MessageId::not_interested);
  sent();
}

// A message costs both browsers about as much as a block: pieces that come one by one are told of together.
void Link::send_have(Instant now, std::uint32_t piece, std::uint32_t interval_ms) {
  now_ = now;  // pieces are stored while the peer says nothing
  const std::uint32_t least_ms = std::min(interval_ms, limits::have_delay_ms);
  Instant until = std::max(now_ + milliseconds(least_ms), haves_told_ + milliseconds(interval_ms));
  if (wait_until_) until = std::min(until, *wait_until_);
  const bool alone = outgoing().empty() || wait_until_;
  append_piece_index(out_, MessageId::have, piece);
  last_sent_ = now_;
  wait_until_.reset();
  if (interval_ms > 0 && alone) wait_until_ = until;
}

void Link::send_bitfield(ByteSpan wire, bool all, bool none) {
  if (none && !fast_) return;
  if (fast_ && (all || none)) {
    append_message(out_, all ? MessageId::have_all : MessageId::have_none);
  } else {
    append_bitfield(out_, wire);
  }
  sent();
}

void Link::send_request(const BlockRef& block) {
  append_block(out_, MessageId::request, block);
  sent();
}

void Link::send_cancel(const BlockRef& block) {
  append_block(out_, MessageId::cancel, block);
  sent();
}

void Link::send_reject(const BlockRef& block) {
  if (!fast_) return;
  append_block(out_, MessageId::reject_request, block);
  sent();
}

void Link::send_piece(std::uint32_t piece, std::uint32_t offset, ByteSpan bytes) {
  append_piece(out_, piece, offset, bytes);
  sent();
}

void Link::send_metadata_request(std::uint32_t piece) {
  if (!can_metadata()) return;
  append_metadata_request(out_, extended_state_.ut_metadata(), piece);
  sent();
}

void Link::send_metadata_data(std::uint32_t piece, std::uint32_t total_bytes, ByteSpan bytes) {
  metadata_quota_.on_answer();
  if (!can_metadata()) return;
  append_metadata_data(out_, extended_state_.ut_metadata(), piece, total_bytes, bytes);
  sent();
}

void Link::send_metadata_reject(std::uint32_t piece) {
  metadata_quota_.on_answer();
  if (!can_metadata()) return;
  append_metadata_reject(out_, extended_state_.ut_metadata(), piece);
  sent();
}

ByteSpan Link::outgoing() const noexcept { return ByteSpan(out_).subspan(out_read_); }

bool Link::pressing(Instant now) const noexcept {
  return !outgoing().empty() && (!wait_until_ || now >= *wait_until_);
}

void Link::consume(std::size_t bytes) noexcept {
  SAMARA_ASSERT(bytes <= out_.size() - out_read_);
  out_read_ += bytes;
  if (out_read_ == out_.size()) {
    end_wait();
    out_.clear();
    out_read_ = 0;
    if (out_.capacity() > idle_capacity_bytes) Bytes().swap(out_);
  } else if (out_read_ >= compact_bytes && out_read_ >= out_.size() / 2) {
    out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(out_read_));
    out_read_ = 0;
  }
}

}  // namespace samara
