// Owns: the one output queue and the memory its spans point at. Out of line, because outputs are pushed in a hundred
// places and the download counts.
#include "base/outbox.hpp"

namespace samara {

MutByteSpan Arena::take(std::size_t bytes) {
  if (chunks_.empty() || used_ + bytes > chunks_[current_].size) next_chunk(bytes);
  std::uint8_t* start = chunks_[current_].bytes.get() + used_;
  used_ += bytes;
  return {start, bytes};
}

ByteSpan Arena::copy(ByteSpan bytes) {
  const MutByteSpan out = take(bytes.size());
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

void Arena::clear() noexcept {
  // One ordinary chunk is kept for the next round, the rest is given back.
  while (chunks_.size() > 1 || (!chunks_.empty() && chunks_.back().size > chunk_bytes)) chunks_.pop_back();
  current_ = 0;
  used_ = 0;
}

void Arena::next_chunk(std::size_t bytes) {
  const std::size_t size = std::max(bytes, chunk_bytes);
  chunks_.push_back({std::make_unique_for_overwrite<std::uint8_t[]>(size), size});
  current_ = chunks_.size() - 1;
  used_ = 0;
}

void Outbox::push(const Output& output) { queue_.push_back(output); }

std::optional<Output> Outbox::poll() noexcept {
  if (drained()) return std::nullopt;
  return queue_[next_++];
}

void Outbox::clear() noexcept {
  SAMARA_ASSERT(drained());
  queue_.clear();
  next_ = 0;
  arena_.clear();
}

void Outbox::log(LogLevel level, std::string_view area, std::string_view code, std::uint64_t detail) {
  push(out::Log{level, area, code, detail});
}

}  // namespace samara
