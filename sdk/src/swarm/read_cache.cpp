// Owns: the book-keeping of read_cache.hpp.
#include "swarm/read_cache.hpp"

#include <algorithm>
#include <utility>

namespace samara {

ReadUnit ReadCache::first_unit(const BlockRef& block) const noexcept {
  return {PieceIndex{block.piece}, block.offset / unit_bytes_};
}

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
  const auto it = std::ranges::find(entries_, unit, &Entry::unit);
  if (it == entries_.end()) return;
  bytes_ -= it->size;
  if (!it->here) --reads_;
  if (&*it != &entries_.back()) *it = std::move(entries_.back());
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
  entry->bytes = hold(unit, std::move(bytes));
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

std::optional<ByteSpan> ReadCache::block(const BlockRef& block, Bytes& scratch) {
  Entry* first = find(first_unit(block));
  if (first == nullptr || !first->here) return std::nullopt;
  first->used = ++clock_;
  const std::uint32_t start = block.offset % unit_bytes_;
  const ByteSpan head = held(first->unit, first->bytes).subspan(start);
  if (head.size() >= block.bytes) return head.first(block.bytes);
  // A block across two units (nobody we know asks for one, BEP 3 allows it).
  Entry* last = find(last_unit(block));
  if (last == nullptr || !last->here) return std::nullopt;
  last->used = ++clock_;
  scratch.assign(head.begin(), head.end());
  const ByteSpan tail = held(last->unit, last->bytes).first(block.bytes - head.size());
  scratch.insert(scratch.end(), tail.begin(), tail.end());
  return ByteSpan(scratch);
}

}  // namespace samara
