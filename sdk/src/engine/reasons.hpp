// Owns: why nothing moves, in the words of the public API. Every code is measured, never guessed.
#pragma once

#include <cstdint>
#include <string_view>

namespace samara {

enum class ReasonCode : std::uint8_t {
  none,
  offline,
  trackers_unreachable,
  no_one_has_it,
  sender_left,
  cannot_connect,
  local_network_blocked,
  choked,
  paused,
  storage_full,
  source_needed,
  metered,
  expired,
  storage_low,
};

/// The public spelling. Static storage.
[[nodiscard]] std::string_view to_string(ReasonCode code) noexcept;
/// What a person can do about it, or empty. Static storage.
[[nodiscard]] std::string_view action_for(ReasonCode code) noexcept;

struct Reason {
  ReasonCode code = ReasonCode::none;
  std::int64_t since_ms = 0;      // Unix
  std::string_view param_name;    // one number, where there is one to tell
  std::int64_t param = 0;
  std::string_view why;           // more about the cause, where there is; static storage
};

/// A reason that is not stamped with its time yet.
[[nodiscard]] constexpr Reason because(ReasonCode code, std::string_view param_name = {}, std::int64_t param = 0,
                                       std::string_view why = {}) noexcept {
  return {code, 0, param_name, param, why};
}

}  // namespace samara
