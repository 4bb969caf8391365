// Owns: a stand-in for the read cache in the program that plays thousands of peers, linked instead of
// sdk/src/swarm/read_cache.cpp: what all engines have read of the same place is held once for all of them, or 1 000 of
// them would hold 4 GB of the same 100 MiB. What is kept, read again and given up is decided as there.
// Refuses to know: who reads what. The object's fields are the read cache's.
#include <algorithm>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "swarm/read_cache.hpp"

namespace samara {
namespace {

/// All versions of each unit that any engine read: the same bytes but for another seed's content. An entry's own bytes
/// are the number of its version.
std::map<ReadUnit, std::vector<Bytes>>& versions() {
  static std::map<ReadUnit, std::vector<Bytes>> all;
  return all;
}

Bytes keep(const ReadUnit& unit, Bytes bytes) {
  std::vector<Bytes>& known = versions()[unit];
  auto it = std::ranges::find(known, bytes);
  if (it == known.end()) it = known.insert(known.end(), std::move(bytes));
  const auto number = static_cast<std::uint32_t>(it - known.begin());
  Bytes name(sizeof number);
  std::memcpy(name.data(), &number, sizeof number);
  return name;
}

ByteSpan kept(const ReadUnit& unit, const Bytes& name) {
  std::uint32_t number = 0;
  std::memcpy(&number, name.data(), sizeof number);
  return versions()[unit][number];
}

}  // namespace

ReadUnit ReadCache::first_unit(const BlockRef& block) const noexcept { return {PieceIndex{block.piece}, block.offset / unit_bytes_}; }

ReadUnit ReadCache::last_unit(const BlockRef& block) const noexcept {
  return {PieceIndex{block.piece}, (block.offset + block.bytes - 1) / unit_bytes_};
}

void ReadCache::set_unit_bytes(std::uint32_t bytes) noexcept {
  clear();
  unit_bytes_ = bytes;
}

ReadCache::Entry* ReadCache::find(const ReadUnit& unit) noexcept {
  const auto it = std::ranges::find(entries_, unit, &Entry::unit);
  return it == entries_.end() ? nullptr : &*it;
}

const ReadCache::Entry* ReadCache::find(const ReadUnit& unit) const noexcept {
  const auto it = std::ranges::find(entries_, unit, &Entry::unit);
  return it == entries_.end() ? nullptr : &*it;
}

void ReadCache::erase(const ReadUnit& unit) {
  Entry* entry = find(unit);
  if (entry == nullptr) return;
  bytes_ -= entry->size;
  if (!entry->here) --reads_;
  if (entry != &entries_.back()) *entry = std::move(entries_.back());
  entries_.pop_back();
}

ReadCache::State ReadCache::state(const ReadUnit& unit) const noexcept {
  const Entry* entry = find(unit);
  if (entry == nullptr) return State::absent;
  return entry->here ? State::here : State::reading;
}

bool ReadCache::begin(const ReadUnit& unit, std::uint32_t bytes) {
  while (bytes_ > 0 && bytes_ + bytes > limits::read_cache_bytes) {
    const Entry* oldest = nullptr;
    for (const Entry& entry : entries_) {
      if (entry.here && (oldest == nullptr || entry.used < oldest->used)) oldest = &entry;
    }
    if (oldest == nullptr) return false;
    erase(oldest->unit);
  }
  bytes_ += bytes;
  ++reads_;
  entries_.push_back({unit, {}, bytes, false, ++clock_});
  return true;
}

void ReadCache::arrived(const ReadUnit& unit, Bytes bytes) {
  Entry* entry = find(unit);
  if (entry == nullptr || entry->here) return;
  entry->bytes = keep(unit, std::move(bytes));
  entry->here = true;
  entry->used = ++clock_;
  --reads_;
}

void ReadCache::failed(const ReadUnit& unit) { erase(unit); }

void ReadCache::clear() noexcept {
  entries_.clear();
  bytes_ = 0;
  reads_ = 0;
}

/// Here every block lies in one unit: engines of our own ask for no other.
std::optional<ByteSpan> ReadCache::block(const BlockRef& block, Bytes&) {
  Entry* entry = find(first_unit(block));
  if (entry == nullptr || !entry->here) return std::nullopt;
  entry->used = ++clock_;
  return kept(entry->unit, entry->bytes).subspan(block.offset % unit_bytes_, block.bytes);
}

}  // namespace samara
