// Owns: what a file name from a stranger may be, and how it is shown.
// Refuses to know: storage. No storage path is ever derived from a name.
#pragma once

#include <string>
#include <string_view>

namespace samara {

/// True for one path component that can be kept in a torrent: UTF-8, 1 … path_component_bytes_max
/// bytes, not `.` or `..`, without `/`, `\` and NUL.
[[nodiscard]] bool is_safe_component(std::string_view component) noexcept;

/// A name fit to be shown and offered as a download name on any system: invalid UTF-8, control
/// characters, bidirectional overrides, separators and < > : " | ? * become `_` or U+FFFD; trailing
/// dots and spaces go; device names (CON, NUL, COM1 …) get a `_` in front; cut to
/// path_component_bytes_max bytes between code points. Never empty: "file" when nothing is left.
[[nodiscard]] std::string display_name(std::string_view name);

/// The same for a relative path: each component as display_name() makes it, joined by `/`; empty ones go. Never empty.
[[nodiscard]] std::string display_path(std::string_view path);

}  // namespace samara
