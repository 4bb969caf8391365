// Owns: the one output queue and the memory its spans point at.
// Refuses to know: what the outputs mean. Every layer pushes here; only Engine::poll() takes out.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "samara/bytes.hpp"
#include "samara/output.hpp"

namespace samara {

/// Bump memory for the outputs of one handle(). Addresses stay put until clear().
class Arena {
 public:
  MutByteSpan take(std::size_t bytes) {
    if (chunks_.empty() || used_ + bytes > chunks_[current_].size) next_chunk(bytes);
    std::uint8_t* start = chunks_[current_].bytes.get() + used_;
    used_ += bytes;
    return {start, bytes};
  }
  ByteSpan copy(ByteSpan bytes) {
    const MutByteSpan out = take(bytes.size());
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
  }
  std::string_view copy(std::string_view text) { return as_text(copy(as_bytes(text))); }

  void clear() noexcept {
    // One ordinary chunk is kept for the next round, the rest is given back.
    while (chunks_.size() > 1 || (!chunks_.empty() && chunks_.back().size > chunk_bytes)) chunks_.pop_back();
    current_ = 0;
    used_ = 0;
  }

 private:
  static constexpr std::size_t chunk_bytes = 256 * 1024;
  struct Chunk {
    std::unique_ptr<std::uint8_t[]> bytes;
    std::size_t size;
  };

  void next_chunk(std::size_t bytes) {
    const std::size_t size = std::max(bytes, chunk_bytes);
    chunks_.push_back({std::make_unique_for_overwrite<std::uint8_t[]>(size), size});
    current_ = chunks_.size() - 1;
    used_ = 0;
  }

  std::vector<Chunk> chunks_;
  std::size_t current_ = 0;
  std::size_t used_ = 0;
};

class Outbox {
 public:
  void push(Output output) { queue_.push_back(std::move(output)); }
  [[nodiscard]] Arena& arena() noexcept { return arena_; }
  [[nodiscard]] bool drained() const noexcept { return next_ == queue_.size(); }

  [[nodiscard]] std::optional<Output> poll() noexcept {
    if (drained()) return std::nullopt;
    return queue_[next_++];
  }
  /// Starts a new round: everything handed out before becomes invalid.
  void clear() noexcept {
    SAMARA_ASSERT(drained());
    queue_.clear();
    next_ = 0;
    arena_.clear();
  }

  void log(LogLevel level, std::string_view area, std::string_view code, std::uint64_t detail = 0) {
    push(out::Log{level, area, code, detail});
  }

 private:
  std::vector<Output> queue_;
  std::size_t next_ = 0;
  Arena arena_;
};

}  // namespace samara
