// Owns: the engine's whole contract. Sans-I/O: no socket, clock, file or random device in here.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "samara/config.hpp"
#include "samara/input.hpp"
#include "samara/output.hpp"
#include "samara/time.hpp"

namespace samara {

/// Mutate once, drain, mutate: handle() one input, then poll() until it gives nothing, then the next
/// input. Same seed and same inputs at the same instants give the same outputs, natively and in wasm.
class Engine {
 public:
  /// `seed` feeds every protocol choice (ids, which piece among equals, jitter).
  Engine(const Config& config, std::uint64_t seed);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// One mutation. Precondition (trapped): the previous drain reached the end. Spans in the input are
  /// read before it returns.
  void handle(Instant now, const Input& input) noexcept;
  /// The next output, or nothing when drained. Its spans live until the next handle().
  [[nodiscard]] std::optional<Output> poll() noexcept;
  /// When to send Tick if nothing else comes first.
  [[nodiscard]] std::optional<Instant> deadline() const noexcept;

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace samara
