// Owns: the frames of BEP 3 as far as wire_meter.hpp needs them.
#include "sim/swarm/wire_meter.hpp"

#include <algorithm>

namespace samara::sim {
namespace {
constexpr std::uint8_t id_have = 4;
constexpr std::uint8_t id_bitfield = 5;
constexpr std::uint8_t id_request = 6;
constexpr std::uint8_t id_piece = 7;
}  // namespace

std::uint32_t WireMeter::word(std::size_t at) const noexcept {
  return (std::uint32_t{head_[at]} << 24) | (std::uint32_t{head_[at + 1]} << 16) | (std::uint32_t{head_[at + 2]} << 8) | head_[at + 3];
}

/// How much of the frame is looked at before its body.
std::uint32_t WireMeter::head_bytes() const noexcept {
  if (head_here_ < 4) return 4;
  if (word(0) == 0) return 4;
  if (head_here_ < 5) return 5;
  const std::uint8_t id = head_[4];
  return id == id_piece || id == id_request ? 13 : id == id_have ? 9 : 5;
}

void WireMeter::head_done(std::vector<Claim>& claims) {
  const std::uint32_t length = word(0);
  body_left_ = length + 4 < head_here_ ? 0 : length + 4 - head_here_;
  body_done_ = 0;
  id_ = length == 0 ? 0xff : head_[4];
  if (id_ == id_have) claims.push_back({Claim::Kind::have, word(5), 0});
  if (id_ == id_request) claims.push_back({Claim::Kind::request, word(5), word(9)});
  if (id_ == id_bitfield) bitfield_.clear();
  head_here_ = 0;
}

void WireMeter::content(ByteSpan part, const Geometry& geometry, const Spoiling& spoiling, Packet& packet, std::vector<Claim>& claims) {
  const std::uint32_t piece = word(5);
  const std::uint32_t begin = word(9);
  if (body_done_ == 0) {
    wrong_ = false;
    spoiled_ = spoiling.per_mille > 0 && spoiling.rng->below(1'000) < spoiling.per_mille;
  }
  const std::uint64_t offset = std::uint64_t{piece} * geometry.piece_bytes + begin + body_done_;
  if (geometry.piece_bytes > 0 && geometry.content->matches(offset, part)) {
    packet.add_run(offset, part.size(), spoiled_ && body_done_ == 0);
  } else {
    packet.add_raw(part);
    wrong_ = true;
  }
  if (part.size() == body_left_) claims.push_back({wrong_ ? Claim::Kind::wrong_block : Claim::Kind::block, piece, begin});
}

void WireMeter::scan(ByteSpan message, const Geometry& geometry, const Spoiling& spoiling, Packet& packet, std::vector<Claim>& claims) {
  while (!message.empty()) {
    if (handshake_left_ > 0) {
      const auto n = std::min<std::size_t>(handshake_left_, message.size());
      packet.add_raw(message.first(n));
      handshake_left_ -= static_cast<std::uint32_t>(n);
      message = message.subspan(n);
    } else if (body_left_ > 0) {
      const auto n = std::min<std::size_t>(body_left_, message.size());
      if (id_ == id_piece) {
        content(message.first(n), geometry, spoiling, packet, claims);
      } else {
        packet.add_raw(message.first(n));
        if (id_ == id_bitfield) bitfield_.insert(bitfield_.end(), message.begin(), message.begin() + static_cast<std::ptrdiff_t>(n));
      }
      body_left_ -= static_cast<std::uint32_t>(n);
      body_done_ += static_cast<std::uint32_t>(n);
      if (body_left_ == 0 && id_ == id_bitfield) claims.push_back({Claim::Kind::bitfield, 0, 0});
      message = message.subspan(n);
    } else {
      const auto n = std::min<std::size_t>(head_bytes() - head_here_, message.size());
      std::copy_n(message.begin(), n, head_.begin() + head_here_);
      head_here_ += static_cast<std::uint32_t>(n);
      packet.add_raw(message.first(n));
      message = message.subspan(n);
      if (head_here_ == head_bytes()) head_done(claims);
    }
  }
}

}  // namespace samara::sim
