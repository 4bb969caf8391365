// Owns: the length table and the assembly of split frames.
#include "wire/framer.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/reader.hpp"
#include "samara/config.hpp"

namespace samara {
namespace {

constexpr std::size_t prefix_bytes = 4;
constexpr std::size_t header_bytes = 5;  // prefix and id

/// Legal lengths of one id, both ends included.
struct Lengths {
  std::uint32_t min;
  std::uint32_t max;
};

constexpr std::uint32_t piece_length_max = 9 + limits::block_bytes;  // we never ask for more than a block
constexpr std::uint32_t early_bitfield_length_max = 1 + limits::early_bitfield_bytes_max;

/// BEP 3, BEP 6, BEP 10. A length counts the id byte. Ids we do not know are bounded, then ignored.
constexpr Lengths legal_lengths(MessageId id) noexcept {
  switch (id) {
    case MessageId::choke:
    case MessageId::unchoke:
    case MessageId::interested:
    case MessageId::not_interested:
    case MessageId::have_all:
    case MessageId::have_none:
      return {1, 1};
    case MessageId::have:
    case MessageId::suggest_piece:
    case MessageId::allowed_fast:
      return {5, 5};
    case MessageId::request:
    case MessageId::cancel:
    case MessageId::reject_request:
      return {13, 13};
    case MessageId::port:
      return {3, 3};
    case MessageId::piece:
      return {10, piece_length_max};  // at least one byte of payload
    case MessageId::bitfield:
      return {1, early_bitfield_length_max};  // exact once the piece count is known
    case MessageId::extended:
      return {2, limits::extended_frame_bytes_max};  // at least the extended id
  }
  return {1, limits::extended_frame_bytes_max};
}

constexpr std::uint32_t any_length_max =
    std::max({piece_length_max, early_bitfield_length_max, limits::extended_frame_bytes_max});

}  // namespace

std::uint32_t frame_length_max() noexcept { return any_length_max; }

Result<void> check_frame_length(std::uint8_t id, std::uint32_t length, const FrameRules& rules) {
  const auto message = static_cast<MessageId>(id);
  const Lengths legal = legal_lengths(message);
  if (length > legal.max) return remote_fault(Code::frame_too_large, length);
  if (message == MessageId::bitfield && rules.pieces_known && length != 1 + rules.bitfield_bytes) {
    return remote_fault(Code::bitfield_bad_size, length);
  }
  if (length < legal.min) return remote_fault(Code::frame_bad_length, length);
  return {};
}

void Framer::feed(ByteSpan bytes) {
  drop_spent();
  SAMARA_ASSERT(fed_.empty());
  fed_ = bytes;
}

std::optional<ByteSpan> Framer::take(std::size_t bytes) {
  drop_spent();
  const auto whole = gather(bytes);
  if (whole) spent_ = bytes;
  return whole;
}

Result<std::optional<Frame>> Framer::next(const FrameRules& rules) {
  drop_spent();
  const auto prefix = gather(prefix_bytes);
  if (!prefix) return std::nullopt;
  const std::uint32_t length = Reader(*prefix).u32be();
  if (length == 0) {
    spent_ = prefix_bytes;
    return Frame{.keep_alive = true, .id = 0, .payload = {}};
  }
  if (length > any_length_max) return remote_fault(Code::frame_too_large, length);
  const auto header = gather(header_bytes);
  if (!header) return std::nullopt;
  const std::uint8_t id = header->back();
  if (const auto legal = check_frame_length(id, length, rules); !legal) return std::unexpected(legal.error());
  const auto whole = gather(prefix_bytes + length);
  if (!whole) return std::nullopt;
  spent_ = whole->size();
  return Frame{.keep_alive = false, .id = id, .payload = whole->subspan(header_bytes)};
}

void Framer::discard() noexcept {
  fed_ = {};
  held_.clear();
  spent_ = 0;
}

/// The first `bytes` bytes of the stream in one run. When there are fewer they are all copied, so
/// that the lent span is free again: that is at most one legal frame.
std::optional<ByteSpan> Framer::gather(std::size_t bytes) {
  if (held_.empty() && fed_.size() >= bytes) return fed_.first(bytes);
  if (held_.size() < bytes) {
    const std::size_t moved = std::min(bytes - held_.size(), fed_.size());
    held_.insert(held_.end(), fed_.begin(), fed_.begin() + static_cast<std::ptrdiff_t>(moved));
    fed_ = fed_.subspan(moved);
  }
  if (held_.size() < bytes) return std::nullopt;
  return ByteSpan(held_).first(bytes);
}

void Framer::drop_spent() noexcept {
  if (held_.empty()) {
    fed_ = fed_.subspan(spent_);
  } else if (spent_ != 0) {
    // What was gathered last is all that is held: gather() never takes more than it was asked for.
    SAMARA_ASSERT(held_.size() == spent_);
    held_.clear();
  }
  spent_ = 0;
}

}  // namespace samara
