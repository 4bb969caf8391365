// Owns: block provenance of bad pieces, as verify.hpp says.
#include "swarm/verify.hpp"

#include <algorithm>
#include <bit>

namespace samara {

// A keyed multiply-and-rotate hash over 8-byte words: it only tells equal blocks from different ones
// within this run, and its key never leaves the engine.
std::uint64_t Verify::digest(ByteSpan block) const noexcept {
  std::uint64_t state = seed_ ^ block.size();
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    word = (word << 8) | block[i];
    if (i % 8 == 7 || i + 1 == block.size()) {
      state = (std::rotl(state, 29) ^ word) * 0x9e37'79b9'7f4a'7c15ULL;
      word = 0;
    }
  }
  return state ^ (state >> 32);
}

std::optional<PeerKey> Verify::failed(PieceIndex piece, const Partial& partial) {
  if (partial.sources.size() == 1) {
    if (blamed_.size() >= limits::suspect_pieces_max && !blamed_.contains(piece)) blamed_.erase(blamed_.begin());
    blamed_[piece] = partial.sources.front();
    return partial.sources.front();
  }
  if (records_.size() >= limits::suspect_pieces_max && !records_.contains(piece)) records_.erase(records_.begin());
  Record& record = records_[piece];
  record.sources = partial.sources;
  record.blocks.clear();
  record.blocks.reserve(partial.slots.size());
  for (std::uint32_t i = 0; i < partial.slots.size(); ++i) {
    record.blocks.push_back({digest(partial.block(i)), partial.slots[i].source});
  }
  return std::nullopt;
}

std::vector<PeerKey> Verify::passed(PieceIndex piece, const Partial& partial) {
  std::vector<PeerKey> guilty;
  if (!blamed_.empty()) blamed_.erase(piece);
  const auto it = records_.find(piece);
  if (it == records_.end()) return guilty;
  const Record& record = it->second;
  for (std::uint32_t i = 0; i < record.blocks.size(); ++i) {
    if (record.blocks[i].digest == digest(partial.block(i))) continue;
    const PeerKey& source = record.sources[record.blocks[i].source];
    if (std::ranges::find(guilty, source) == guilty.end()) guilty.push_back(source);
  }
  records_.erase(it);
  return guilty;
}

bool Verify::blamed(PieceIndex piece, const PeerKey& peer) const noexcept {
  if (blamed_.empty()) return false;
  const auto it = blamed_.find(piece);
  return it != blamed_.end() && it->second == peer;
}

}  // namespace samara
