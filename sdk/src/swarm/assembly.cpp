// Owns: the bookkeeping of assembly.hpp.
#include "swarm/assembly.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"

namespace samara {

ByteSpan Partial::block(std::uint32_t index) const noexcept {
  const std::uint32_t offset = index * limits::block_bytes;
  return span().subspan(offset, std::min(limits::block_bytes, length - offset));
}

Partial& Assembly::start(Instant now, PieceIndex piece, LinkId owner) {
  Partial& partial = partials_[piece];
  SAMARA_ASSERT(partial.length == 0);
  const std::uint32_t blocks = geometry_.block_count(piece);
  partial.length = geometry_.piece_length(piece);
  partial.bytes = std::make_unique_for_overwrite<std::uint8_t[]>(partial.length);
  partial.slots.resize(blocks);
  partial.owner = owner;
  partial.free_blocks = blocks;
  partial.missing_blocks = blocks;
  partial.touched = now;
  free_blocks_ += blocks;
  bytes_ += partial.length;
  return partial;
}

Partial* Assembly::find(PieceIndex piece) noexcept {
  const auto it = partials_.find(piece);
  return it == partials_.end() ? nullptr : &it->second;
}

void Assembly::drop(PieceIndex piece) {
  const auto it = partials_.find(piece);
  if (it == partials_.end()) return;
  free_blocks_ -= it->second.free_blocks;
  bytes_ -= it->second.length;
  partials_.erase(it);
}

void Assembly::clear() {
  partials_.clear();
  free_blocks_ = 0;
  bytes_ = 0;
}

void Assembly::asked(Instant now, const BlockAt& at) {
  Partial* partial = find(at.piece);
  SAMARA_ASSERT(partial != nullptr && at.block < partial->slots.size());
  BlockSlot& slot = partial->slots[at.block];
  if (slot.askers == 0 && !slot.here) {
    --partial->free_blocks;
    --free_blocks_;
  }
  ++slot.askers;
  slot.ripe_at = now + milliseconds(limits::endgame_patience_ms);
}

void Assembly::unasked(const BlockAt& at) {
  Partial* partial = find(at.piece);
  if (partial == nullptr) return;
  BlockSlot& slot = partial->slots[at.block];
  if (slot.askers == 0) return;
  --slot.askers;
  if (slot.askers == 0 && !slot.here) {
    ++partial->free_blocks;
    ++free_blocks_;
  }
}

bool Assembly::put(Instant now, const BlockAt& at, ByteSpan bytes, const PeerKey& source) {
  Partial* partial = find(at.piece);
  if (partial == nullptr) return false;
  BlockSlot& slot = partial->slots[at.block];
  if (slot.here) return false;
  std::memcpy(partial->bytes.get() + std::size_t{at.block} * limits::block_bytes, bytes.data(), bytes.size());
  if (slot.askers == 0) {
    --partial->free_blocks;
    --free_blocks_;
  }
  const auto known = std::ranges::find(partial->sources, source);
  slot.source = static_cast<std::uint16_t>(known - partial->sources.begin());
  if (known == partial->sources.end()) partial->sources.push_back(source);
  slot.here = true;
  --partial->missing_blocks;
  partial->touched = now;
  return true;
}

void Assembly::hash(Partial& partial, std::uint32_t blocks_max) {
  for (std::uint32_t done = 0; done < blocks_max && !partial.hashed(); ++done) {
    if (!partial.slots[partial.hashed_blocks].here) return;
    partial.sha.update(partial.block(partial.hashed_blocks));
    ++partial.hashed_blocks;
  }
}

}  // namespace samara
