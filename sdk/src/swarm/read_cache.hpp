// Owns: the pieces' bytes on their way from the store to the links: aligned read units, in flight or
// here, the least recently used given up first.
// Refuses to know: who wants them, store commands.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "samara/bytes.hpp"
#include "samara/config.hpp"
#include "swarm/geometry.hpp"

namespace samara {

/// A run of bytes within a piece: limits::read_unit_bytes of them, or what set_unit_bytes() said, or the piece's rest.
struct ReadUnit {
  PieceIndex piece;
  std::uint32_t unit = 0;
  auto operator<=>(const ReadUnit&) const = default;
};

class ReadCache {
 public:
  enum class State : std::uint8_t { absent, reading, here };

  /// For torrents whose pieces must be read whole. Forgets everything.
  void set_unit_bytes(std::uint32_t bytes) noexcept;
  [[nodiscard]] std::uint32_t unit_bytes() const noexcept { return unit_bytes_; }

  [[nodiscard]] State state(const ReadUnit& unit) const noexcept;
  /// Takes note of a read of that many bytes; what was used longest ago makes room. False when there
  /// is no room now: everything else is being read. One unit fits always.
  bool begin(const ReadUnit& unit, std::uint32_t bytes);
  /// The bytes came.
  void arrived(const ReadUnit& unit, Bytes bytes);
  void failed(const ReadUnit& unit);
  void clear() noexcept;

  /// Copies part of a piece to `out` when all its units are here. `out` holds limits::block_bytes.
  [[nodiscard]] std::optional<ByteSpan> block(const BlockRef& block, Bytes& scratch);
  [[nodiscard]] std::uint32_t reads() const noexcept { return reads_; }

  /// The units a block lies in: first and last.
  [[nodiscard]] ReadUnit first_unit(const BlockRef& block) const noexcept;
  [[nodiscard]] ReadUnit last_unit(const BlockRef& block) const noexcept;

 private:
  struct Entry {
    ReadUnit unit;
    Bytes bytes;
    std::uint32_t size = 0;
    bool here = false;
    std::uint64_t used = 0;
  };
  [[nodiscard]] Entry* find(const ReadUnit& unit) noexcept;
  [[nodiscard]] const Entry* find(const ReadUnit& unit) const noexcept;
  void erase(const ReadUnit& unit);
  // read_held.cpp, alone there so that a program of thousands of engines can hold the same bytes once.
  /// What an entry holds for the bytes of a unit.
  [[nodiscard]] static Bytes hold(const ReadUnit& unit, Bytes bytes);
  /// The bytes of a unit again, valid until its entry goes.
  [[nodiscard]] static ByteSpan held(const ReadUnit& unit, const Bytes& by);

  std::uint32_t unit_bytes_ = limits::read_unit_bytes;
  std::vector<Entry> entries_;  // at most limits::read_cache_bytes, or one
  std::uint64_t bytes_ = 0;
  std::uint64_t clock_ = 0;
  std::uint32_t reads_ = 0;
};

}  // namespace samara
