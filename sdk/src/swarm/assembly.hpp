// Owns: the pieces being put together in memory: which block is asked of how many, which is there and
// from whom, and a SHA-1 that follows the contiguous blocks.
// Refuses to know: which piece to begin, links, the store.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "hash/sha1.hpp"
#include "samara/bytes.hpp"
#include "swarm/geometry.hpp"
#include "swarm/scores.hpp"

namespace samara {

/// One block of a piece being assembled.
struct BlockSlot {
  Instant ripe_at{};         // before, it is not asked of a second link
  std::uint16_t source = 0;  // index into Partial::sources, once here
  std::uint8_t askers = 0;   // links that were asked and count on it
  bool here = false;
};

struct Partial {
  std::unique_ptr<std::uint8_t[]> bytes;
  std::uint32_t length = 0;
  std::vector<BlockSlot> slots;
  std::vector<PeerKey> sources;       // who gave blocks; each once
  LinkId owner{};                     // only this link is asked, after the piece was bad; none: anyone
  std::uint32_t free_blocks = 0;      // neither here nor asked
  std::uint32_t missing_blocks = 0;   // not here
  std::uint32_t hashed_blocks = 0;
  Instant touched{};
  Sha1 sha;

  [[nodiscard]] ByteSpan span() const noexcept { return {bytes.get(), length}; }
  [[nodiscard]] bool complete() const noexcept { return missing_blocks == 0; }
  [[nodiscard]] bool hashed() const noexcept { return hashed_blocks == slots.size(); }
  [[nodiscard]] ByteSpan block(std::uint32_t index) const noexcept;
};

class Assembly {
 public:
  using Map = std::map<PieceIndex, Partial>;

  void set_geometry(const Geometry& geometry) noexcept { geometry_ = geometry; }
  [[nodiscard]] const Geometry& geometry() const noexcept { return geometry_; }

  /// Begins a piece that is not begun. `owner` as in Partial.
  Partial& start(Instant now, PieceIndex piece, LinkId owner);
  [[nodiscard]] Partial* find(PieceIndex piece) noexcept;
  /// Forgets a piece, bytes and all.
  void drop(PieceIndex piece);
  void clear();

  void asked(Instant now, const BlockAt& at);
  /// One link less is counted on for this block.
  void unasked(const BlockAt& at);
  /// Copies a block in, unless it is there already or its piece is not begun (then false).
  bool put(Instant now, const BlockAt& at, ByteSpan bytes, const PeerKey& source);
  /// Hashes on over contiguous blocks, at most `blocks_max` of them.
  void hash(Partial& partial, std::uint32_t blocks_max);

  [[nodiscard]] Map& partials() noexcept { return partials_; }
  [[nodiscard]] const Map& partials() const noexcept { return partials_; }
  [[nodiscard]] std::uint64_t free_blocks() const noexcept { return free_blocks_; }
  /// Memory of all pieces in here.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  Geometry geometry_{};
  Map partials_;
  std::uint64_t free_blocks_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace samara
