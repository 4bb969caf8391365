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
  MutByteSpan take(std::size_t bytes);
  ByteSpan copy(ByteSpan bytes);
  std::string_view copy(std::string_view text) { return as_text(copy(as_bytes(text))); }

  void clear() noexcept;

 private:
  static constexpr std::size_t chunk_bytes = 256 * 1024;
  struct Chunk {
    std::unique_ptr<std::uint8_t[]> bytes;
    std::size_t size;
  };

  void next_chunk(std::size_t bytes);

  std::vector<Chunk> chunks_;
  std::size_t current_ = 0;
  std::size_t used_ = 0;
};

class Outbox {
 public:
  void push(const Output& output);
  [[nodiscard]] Arena& arena() noexcept { return arena_; }
  [[nodiscard]] bool drained() const noexcept { return next_ == queue_.size(); }

  [[nodiscard]] std::optional<Output> poll() noexcept;
  /// Starts a new round: everything handed out before becomes invalid.
  void clear() noexcept;

  void log(LogLevel level, std::string_view area, std::string_view code, std::uint64_t detail = 0);

 private:
  std::vector<Output> queue_;
  std::size_t next_ = 0;
  Arena arena_;
};

}  // namespace samara
