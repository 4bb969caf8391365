// Owns: turning record fields into typed inputs and typed outputs into records.
// Refuses to know: where a record's memory is and who calls.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "samara/abi.h"
#include "samara/bytes.hpp"
#include "samara/config.hpp"
#include "samara/input.hpp"
#include "samara/output.hpp"

namespace samara::abi {

enum class InKind : std::uint16_t {
#define SAMARA_IN(number, name) name = number,
#define SAMARA_OUT(number, name)
#include "abi/records.def"
#undef SAMARA_IN
#undef SAMARA_OUT
};

enum class OutKind : std::uint16_t {
#define SAMARA_IN(number, name)
#define SAMARA_OUT(number, name) name = number,
#include "abi/records.def"
#undef SAMARA_IN
#undef SAMARA_OUT
};

/// The typed input, borrowing `payload`; nothing for an unknown kind or an enumerator out of range.
[[nodiscard]] std::optional<Input> decode_input(std::uint32_t kind, std::uint32_t handle, std::uint32_t a, double b,
                                                ByteSpan payload);

/// A record whose payload is still a span.
struct EncodedOutput {
  OutKind kind{};
  std::uint16_t flags = 0;
  std::uint32_t handle = 0;
  std::uint32_t a = 0;
  std::uint64_t b = 0;
  ByteSpan payload;
  std::uint32_t payload_bytes = 0;  // differs from payload.size() for store_read only
};

/// Small payloads that exist nowhere else are put into `scratch`, whose memory must not move before
/// the record has been read.
[[nodiscard]] EncodedOutput encode_output(const Output& output, std::vector<Bytes>& scratch);

/// Config from its dictionary; absent keys keep their defaults, numbers are clamped to the limits.
[[nodiscard]] Config decode_config(ByteSpan bytes);

/// `[link info…]` of a link as a person pasted it.
[[nodiscard]] Bytes inspect_link(ByteSpan text);

}  // namespace samara::abi
