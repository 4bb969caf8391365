// Owns: reading the dictionaries that describe a call (docs/engine-api.md) into typed values, with the
// limits of a caller's own texts. Refuses to know: what the call does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/bencode.hpp"
#include "samara/error.hpp"
#include "samara/ids.hpp"
#include "store/catalogue.hpp"

namespace samara {

/// 16 hex digits, as ids are spelled outside the engine. 0 when it is something else.
[[nodiscard]] std::uint64_t parse_id(std::string_view hex) noexcept;
[[nodiscard]] std::string format_id(std::uint64_t id);

/// The files of a spec; one without a type has that of the spec, and a nameless one is called `file` with the extension of its type.
/// Errors (usage): too_large for more than files_max or an overflowing sum.
[[nodiscard]] Result<std::vector<StoredFile>> read_spec_files(const BencodeView& spec);
/// Describe with its limits. Errors (usage): too_large.
[[nodiscard]] Result<Describe> read_spec_describe(const BencodeView& spec);
[[nodiscard]] std::vector<std::string> read_spec_texts(const BencodeView& spec, std::string_view key);

[[nodiscard]] std::uint64_t total_bytes(const std::vector<StoredFile>& files) noexcept;

}  // namespace samara
