// Owns: undoing what messengers, mail programs and people do to a link on its way.
// Refuses to know: what a link means.
#pragma once

#include <string>
#include <string_view>

namespace samara {

/// Without blanks, line breaks and invisible characters anywhere, `&amp;` as `&`, and without the
/// brackets, quotes and punctuation of the sentence around it. Percent escapes stay as they are.
[[nodiscard]] std::string repair_link(std::string_view text);

}  // namespace samara
