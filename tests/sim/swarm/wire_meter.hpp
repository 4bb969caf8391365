// Owns: reading along in what one side of a connection sends: which bytes are content, and what is claimed to be there.
// A second, smaller reader of the wire format than the engine's, so that the two can disagree.
// Refuses to know: whether a claim is true.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/rng.hpp"
#include "sim/swarm/content.hpp"
#include "sim/swarm/packet.hpp"

namespace samara::sim {

/// What was said in a message, for the oracles.
struct Claim {
  enum class Kind : std::uint8_t { block, wrong_block, request, have, bitfield } kind;
  std::uint32_t piece = 0;
  std::uint32_t offset = 0;   // within the piece
};

class WireMeter {
 public:
  struct Geometry {
    const Generated* content = nullptr;
    std::uint32_t piece_bytes = 0;
  };
  /// How many of 1 000 blocks are spoiled on the way out.
  struct Spoiling {
    Rng* rng = nullptr;
    std::uint32_t per_mille = 0;
  };

  /// Takes the message apart into the packet; claims are appended.
  void scan(ByteSpan message, const Geometry& geometry, const Spoiling& spoiling, Packet& packet, std::vector<Claim>& claims);
  /// The body of the last bitfield, when `claims` says that there was one.
  [[nodiscard]] ByteSpan bitfield() const noexcept { return bitfield_; }

 private:
  [[nodiscard]] std::uint32_t head_bytes() const noexcept;
  [[nodiscard]] std::uint32_t word(std::size_t at) const noexcept;
  void head_done(std::vector<Claim>& claims);
  void content(ByteSpan part, const Geometry& geometry, const Spoiling& spoiling, Packet& packet, std::vector<Claim>& claims);

  std::uint32_t handshake_left_ = 68;
  std::array<std::uint8_t, 13> head_{};   // length, id and up to two words
  std::uint32_t head_here_ = 0;
  std::uint32_t body_left_ = 0;
  std::uint32_t body_done_ = 0;
  std::uint8_t id_ = 0;
  bool spoiled_ = false;
  bool wrong_ = false;
  Bytes bitfield_;
};

}  // namespace samara::sim
