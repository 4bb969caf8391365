// Owns: who is to blame for a piece that did not match its hash (smart ban): a sole source at once, one
// of several by comparing the blocks of the bad piece with those of the good one that follows.
// Refuses to know: links, what a blame leads to.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "samara/ids.hpp"
#include "swarm/assembly.hpp"
#include "swarm/scores.hpp"

namespace samara {

class Verify {
 public:
  /// `seed` keys the block digests, so that nobody can prepare blocks that look equal.
  explicit Verify(std::uint64_t seed) noexcept : seed_(seed) {}

  /// The piece was bad. The sole source, if there was only one; else its blocks are remembered and the
  /// piece is to be fetched from one peer alone.
  std::optional<PeerKey> failed(PieceIndex piece, const Partial& partial);
  /// The piece is good: who gave blocks that differ, the first time. Forgets the piece.
  [[nodiscard]] std::vector<PeerKey> passed(PieceIndex piece, const Partial& partial);
  /// The piece was bad before and must come from one peer alone.
  [[nodiscard]] bool suspect(PieceIndex piece) const noexcept { return records_.contains(piece); }
  /// This peer alone gave the piece when it was bad the last time.
  [[nodiscard]] bool blamed(PieceIndex piece, const PeerKey& peer) const noexcept;

 private:
  struct BlockRecord {
    std::uint64_t digest = 0;
    std::uint16_t source = 0;
  };
  struct Record {
    std::vector<PeerKey> sources;
    std::vector<BlockRecord> blocks;
  };
  [[nodiscard]] std::uint64_t digest(ByteSpan block) const noexcept;

  std::uint64_t seed_;
  std::map<PieceIndex, Record> records_;  // at most limits::suspect_pieces_max
  std::map<PieceIndex, PeerKey> blamed_;  // likewise
};

}  // namespace samara
