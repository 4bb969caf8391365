// Owns: strong ids. No naked integer index crosses a function boundary.
// Refuses to know: what the ids point at.
#pragma once

#include <array>
#include <compare>
#include <cstdint>

namespace samara {

/// An integer that only mixes with its own kind. 0 means "none" for handles.
template <class Tag, class T = std::uint32_t>
struct StrongId {
  T value{};
  constexpr auto operator<=>(const StrongId&) const = default;
  [[nodiscard]] constexpr bool none() const noexcept { return value == T{}; }
};

// Handles. The side named at the end gives the number.
using TorrentId = StrongId<struct TorrentTag>;    // engine
using LinkId = StrongId<struct LinkTag>;          // engine: one BitTorrent session with one peer
using DialId = StrongId<struct DialTag>;          // engine: one RTCPeerConnection
using SocketId = StrongId<struct SocketTag>;      // engine: one tracker WebSocket
using StoreOp = StrongId<struct StoreOpTag>;      // engine: one store command, completed exactly once
using ChannelId = StrongId<struct ChannelTag>;    // host: one data channel
using RequestId = StrongId<struct RequestTag>;    // host: one API call, completed exactly once

/// A run of bytes in the store (engine gives the number, 1 … 0x7fffffff), or, with the top bit
/// set, a source the host holds and the engine may only read (host gives the number).
struct BlobId {
  std::uint32_t value{};
  constexpr auto operator<=>(const BlobId&) const = default;
  [[nodiscard]] constexpr bool none() const noexcept { return value == 0; }
  [[nodiscard]] constexpr bool is_source() const noexcept { return (value & 0x8000'0000U) != 0; }
};

/// Public ids of items, shares and transfers: random 64 bit, shown as 16 hex digits.
using ItemId = StrongId<struct ItemTag, std::uint64_t>;
using ShareId = StrongId<struct ShareTag, std::uint64_t>;
using TransferId = StrongId<struct TransferTag, std::uint64_t>;

using PieceIndex = StrongId<struct PieceTag>;

/// SHA-1 of the bencoded info dictionary (BEP 3).
struct InfoHash {
  std::array<std::uint8_t, 20> bytes{};
  constexpr auto operator<=>(const InfoHash&) const = default;
};

/// 20-byte peer id (BEP 20 style: -SM0001-…).
struct PeerId {
  std::array<std::uint8_t, 20> bytes{};
  constexpr auto operator<=>(const PeerId&) const = default;
};

/// 20-byte offer id of the WebTorrent tracker protocol.
struct OfferId {
  std::array<std::uint8_t, 20> bytes{};
  constexpr auto operator<=>(const OfferId&) const = default;
};

}  // namespace samara
