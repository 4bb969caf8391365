// Owns: what a file name from a stranger may be, and how it is shown.
// Refuses to know: storage. No storage path is ever derived from a name.
#include "codec/path_rules.hpp"

#include <algorithm>
#include <array>

#include "codec/text_case.hpp"
#include "codec/utf8.hpp"
#include "samara/config.hpp"

namespace samara {
namespace {

// Characters that change how the text around them is shown, or are not shown at all.
bool is_invisible(char32_t c) noexcept {
  const bool control = c < 0x20 || (c >= 0x7f && c <= 0x9f);
  const bool separator = c == 0x2028 || c == 0x2029;
  const bool direction = c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
                         (c >= 0x2066 && c <= 0x2069);
  return control || separator || direction || c == 0xfeff;
}

bool is_forbidden_sign(char32_t c) noexcept {
  return c < 0x80 && std::string_view("/\\<>:\"|?*").contains(static_cast<char>(c));
}

// Windows opens a device for these, with any extension.
bool is_device_name(std::string_view name) noexcept {
  std::string_view stem = name.substr(0, name.find('.'));
  while (stem.ends_with(' ')) stem.remove_suffix(1);
  static constexpr std::array<std::string_view, 4> devices{"CON", "PRN", "AUX", "NUL"};
  for (const std::string_view device : devices) {
    if (equals_ignoring_case(stem, device)) return true;
  }
  if (stem.size() != 4 || stem[3] < '0' || stem[3] > '9') return false;
  return equals_ignoring_case(stem.substr(0, 3), "COM") || equals_ignoring_case(stem.substr(0, 3), "LPT");
}

void trim_end(std::string& name) {
  while (name.ends_with('.') || name.ends_with(' ')) name.pop_back();
}

}  // namespace

bool is_safe_component(std::string_view component) noexcept {
  if (component.empty() || component.size() > limits::path_component_bytes_max) return false;
  if (component == "." || component == "..") return false;
  for (const char c : component) {
    if (c == '/' || c == '\\' || c == '\0') return false;
  }
  return is_utf8(component);
}

std::string display_name(std::string_view name) {
  std::string out;
  // Replacing never lengthens the text beyond three bytes for one, so this start is always enough.
  std::string_view rest = name.substr(0, 4 * limits::path_component_bytes_max);
  while (!rest.empty()) {
    const CodePoint point = utf8_first(rest);
    if (point.length == 0) {
      utf8_append(out, 0xfffd);
      rest.remove_prefix(1);
      continue;
    }
    if (is_invisible(point.value) || is_forbidden_sign(point.value)) {
      out.push_back('_');
    } else {
      out.append(rest.substr(0, point.length));
    }
    rest.remove_prefix(point.length);
  }
  const std::size_t first = out.find_first_not_of(' ');
  out.erase(0, first == std::string::npos ? out.size() : first);
  if (is_device_name(out)) out.insert(out.begin(), '_');
  out.resize(utf8_prefix(out, limits::path_component_bytes_max).size());
  trim_end(out);
  if (out.empty()) return "file";
  return out;
}

std::string display_path(std::string_view path) {
  std::string shown;
  while (!path.empty()) {
    const std::string_view component = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), component.size() + 1));
    if (!component.empty()) shown += (shown.empty() ? "" : "/") + display_name(component);
  }
  return shown.empty() ? display_name("") : shown;
}

}  // namespace samara
