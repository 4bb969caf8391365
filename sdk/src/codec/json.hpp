// Owns: a bounded JSON reader (RFC 8259): one value at a time, no document, no recursion. Written for this project
// because a general library drags in printf, strtod and long-double arithmetic, a fifth of the download.
// Refuses to know: which keys mean what.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "samara/bytes.hpp"
#include "samara/config.hpp"

namespace samara {

/// What stands next in a text. `invalid` and `too_deep` end it, so does `end`; next() repeats these.
enum class JsonKind : std::uint8_t {
  null,
  boolean,
  number,
  string,
  key,  ///< the name of a field; its value comes next
  begin_object,
  end_object,
  begin_array,
  end_array,
  end,  ///< of the one value of the text and the blanks behind it
  invalid,
  too_deep,
};

/// Walks through one JSON text. Strict in grammar and UTF-8; escapes are undone, lone surrogates refused.
/// Depth is bounded by json_depth_max, work is linear in the text.
class JsonReader {
 public:
  /// Borrows the text until the last next().
  explicit JsonReader(std::string_view text) noexcept : rest_(text) {}

  JsonKind next();

  /// Containers that are open now.
  [[nodiscard]] std::uint32_t depth() const noexcept { return depth_; }
  /// Of a key or string: UTF-8, valid until the next next().
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  /// Of a number: its whole part, 0 when negative, at most number_max. With more than 309 digits it is invalid.
  [[nodiscard]] std::uint32_t number() const noexcept { return number_; }

  static constexpr std::uint32_t number_max = 0xffff'ffffU;

 private:
  enum class Expect : std::uint8_t { value, first_item, first_key, key, more, nothing };

  JsonKind step();
  JsonKind value();
  JsonKind begin(bool object);
  JsonKind close(char bracket);
  JsonKind name();
  JsonKind finished(JsonKind kind);
  JsonKind word(std::string_view text, JsonKind kind);
  JsonKind read_number();
  void skip_blanks() noexcept;
  [[nodiscard]] char peek() const noexcept { return rest_.empty() ? '\0' : rest_.front(); }
  bool take(char c) noexcept;
  bool read_string();
  bool escape();
  bool hex4(char32_t& out) noexcept;

  std::string_view rest_;
  std::string text_;
  std::array<bool, limits::json_depth_max> objects_{};  // of the open containers: object, else array
  std::uint32_t depth_ = 0;
  std::uint32_t number_ = 0;
  Expect expect_ = Expect::value;
  JsonKind ended_ = JsonKind::null;  // the kind that ended the text, else null
};

}  // namespace samara
