// Owns: how a broken invariant ends. Always on. Never used on remote input.
#pragma once

/// Traps when our own code is wrong. In wasm the instance is then poisoned, the host restarts the
/// worker and the journal recovers; natively the process stops where the bug is.
#define SAMARA_ASSERT(condition)          \
  do {                                    \
    if (!(condition)) __builtin_trap();   \
  } while (false)

/// Marks a place that cannot be reached.
#define SAMARA_UNREACHABLE() __builtin_trap()
