// Owns: undoing what messengers, mail programs and people do to a link on its way.
// Refuses to know: what a link means.
#include "codec/link_repair.hpp"

#include <array>

#include "codec/text_case.hpp"
#include "codec/utf8.hpp"

namespace samara {
namespace {

// Blanks, line breaks, soft hyphens, zero-width and direction marks of any script.
bool is_unseen(char32_t c) noexcept {
  const bool ascii_blank = c <= 0x20 || c == 0x7f;
  const bool latin = c == 0x85 || c == 0xa0 || c == 0xad || c == 0x61c;
  const bool wide = c == 0x1680 || c == 0x180e || c == 0x3000 || c == 0xfeff;
  const bool general = (c >= 0x2000 && c <= 0x200f) || (c >= 0x2028 && c <= 0x202f) || (c >= 0x205f && c <= 0x206f);
  return ascii_blank || latin || wide || general;
}

std::string without_unseen(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = utf8_first(text);
    const std::size_t length = point.length == 0 ? 1 : point.length;
    if (point.length != 0 && !is_unseen(point.value)) out.append(text.substr(0, length));
    text.remove_prefix(length);
  }
  return out;
}

// `&amp;` stands for `&`; a link that was escaped twice has `&amp;amp;`.
std::string without_entities(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const char c = text.front();
    out.push_back(c);
    text.remove_prefix(1);
    while (c == '&' && starts_with_ignoring_case(text, "amp;")) text.remove_prefix(4);
  }
  return out;
}

// « » “ ” „ ‘ ’ ‚ ‹ › … and the brackets of East Asian text
constexpr std::array<std::string_view, 17> wide_marks{
    "\xc2\xab",     "\xc2\xbb",     "\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\x9e", "\xe2\x80\x98",
    "\xe2\x80\x99", "\xe2\x80\x9a", "\xe2\x80\xb9", "\xe2\x80\xba", "\xe2\x80\xa6", "\xe3\x80\x82",
    "\xe3\x80\x8c", "\xe3\x80\x8d", "\xef\xbc\x88", "\xef\xbc\x89", "\xef\xbc\x8c"};
constexpr std::string_view marks_before = "<\"'`([{*";
constexpr std::string_view marks_behind = ">\"'`)]}*.,;:!?";

std::size_t mark_before(std::string_view text) noexcept {
  if (!text.empty() && marks_before.contains(text.front())) return 1;
  for (const std::string_view mark : wide_marks) {
    if (text.starts_with(mark)) return mark.size();
  }
  return 0;
}

std::size_t mark_behind(std::string_view text) noexcept {
  if (!text.empty() && marks_behind.contains(text.back())) return 1;
  for (const std::string_view mark : wide_marks) {
    if (text.ends_with(mark)) return mark.size();
  }
  return 0;
}

}  // namespace

std::string repair_link(std::string_view text) {
  const std::string seen = without_entities(without_unseen(text));
  std::string_view link = seen;
  while (const std::size_t bytes = mark_before(link)) link.remove_prefix(bytes);
  while (const std::size_t bytes = mark_behind(link)) link.remove_suffix(bytes);
  return std::string(link);
}

}  // namespace samara
