// Owns: a bounded JSON reader (RFC 8259): one value at a time, no document, no recursion.
// Refuses to know: which keys mean what.
#include "codec/json.hpp"

#include <algorithm>

#include "codec/utf8.hpp"

namespace samara {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// The digits at the start of the text, taken from it.
std::string_view take_digits(std::string_view& rest) noexcept {
  std::size_t count = 0;
  while (count < rest.size() && is_digit(rest[count])) ++count;
  const std::string_view digits = rest.substr(0, count);
  rest.remove_prefix(count);
  return digits;
}

/// Appends a digit, saturating.
std::uint32_t times_ten(std::uint32_t value, char digit, std::uint32_t max) noexcept {
  const std::uint64_t longer = std::uint64_t{value} * 10 + static_cast<std::uint64_t>(digit - '0');
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(longer, max));
}

}  // namespace

JsonKind JsonReader::next() {
  if (ended_ != JsonKind::null) return ended_;
  skip_blanks();
  const JsonKind kind = step();
  if (kind == JsonKind::end || kind == JsonKind::invalid || kind == JsonKind::too_deep) ended_ = kind;
  return kind;
}

JsonKind JsonReader::step() {
  switch (expect_) {
    case Expect::value: return value();
    case Expect::first_item: return peek() == ']' ? close(']') : value();
    case Expect::first_key: return peek() == '}' ? close('}') : name();
    case Expect::key: return name();
    case Expect::nothing: return rest_.empty() ? JsonKind::end : JsonKind::invalid;
    case Expect::more: break;
  }
  const bool object = objects_[depth_ - 1];
  if (!take(',')) return close(object ? '}' : ']');
  skip_blanks();
  return object ? name() : value();
}

JsonKind JsonReader::value() {
  switch (peek()) {
    case '{': return begin(true);
    case '[': return begin(false);
    case '"': return read_string() ? finished(JsonKind::string) : JsonKind::invalid;
    case 't': return word("true", JsonKind::boolean);
    case 'f': return word("false", JsonKind::boolean);
    case 'n': return word("null", JsonKind::null);
    default: return read_number();
  }
}

JsonKind JsonReader::begin(bool object) {
  if (depth_ == objects_.size()) return JsonKind::too_deep;
  rest_.remove_prefix(1);
  objects_[depth_++] = object;
  expect_ = object ? Expect::first_key : Expect::first_item;
  return object ? JsonKind::begin_object : JsonKind::begin_array;
}

JsonKind JsonReader::close(char bracket) {
  if (!take(bracket)) return JsonKind::invalid;
  --depth_;
  return finished(bracket == '}' ? JsonKind::end_object : JsonKind::end_array);
}

JsonKind JsonReader::name() {
  if (!read_string()) return JsonKind::invalid;
  skip_blanks();
  if (!take(':')) return JsonKind::invalid;
  expect_ = Expect::value;
  return JsonKind::key;
}

/// A whole value lies behind us.
JsonKind JsonReader::finished(JsonKind kind) {
  expect_ = depth_ == 0 ? Expect::nothing : Expect::more;
  return kind;
}

JsonKind JsonReader::word(std::string_view text, JsonKind kind) {
  if (!rest_.starts_with(text)) return JsonKind::invalid;
  rest_.remove_prefix(text.size());
  return finished(kind);
}

// The whole part is read from the digits, the point moved by the exponent: no floating point is needed, and what is
// lost to saturation is larger than every limit.
JsonKind JsonReader::read_number() {
  constexpr std::uint32_t exponent_max = 1'000'000;
  constexpr std::size_t whole_digits_max = 309;  // of the largest double: other readers refuse more
  const bool negative = take('-');
  std::string_view whole = take_digits(rest_);
  if (whole.empty() || (whole.size() > 1 && whole.front() == '0')) return JsonKind::invalid;
  std::string_view fraction;
  if (take('.')) {
    fraction = take_digits(rest_);
    if (fraction.empty()) return JsonKind::invalid;
  }
  std::uint32_t exponent = 0;
  bool to_left = false;
  if (take('e') || take('E')) {
    to_left = take('-');
    if (!to_left) take('+');
    const std::string_view digits = take_digits(rest_);
    if (digits.empty()) return JsonKind::invalid;
    for (const char digit : digits) exponent = times_ten(exponent, digit, exponent_max);
  }
  if (whole == "0") whole = {};
  std::size_t count = whole.size();  // digits before the point
  count = to_left ? count - std::min<std::size_t>(count, exponent) : count + exponent;
  number_ = 0;
  bool zero = true;
  for (std::size_t i = 0; i < count && (i < whole.size() + fraction.size() || number_ != 0); ++i) {
    const std::size_t after = i - std::min(i, whole.size());
    const char digit = i < whole.size() ? whole[i] : after < fraction.size() ? fraction[after] : '0';
    zero = zero && digit == '0';
    if (!zero && count - i > whole_digits_max) return JsonKind::invalid;
    number_ = times_ten(number_, digit, number_max);
    if (number_ == number_max) break;
  }
  if (negative) number_ = 0;
  return finished(JsonKind::number);
}

void JsonReader::skip_blanks() noexcept {
  const std::size_t first = rest_.find_first_not_of(" \t\n\r");
  rest_.remove_prefix(std::min(first, rest_.size()));
}

bool JsonReader::take(char c) noexcept {
  if (rest_.empty() || rest_.front() != c) return false;
  rest_.remove_prefix(1);
  return true;
}

/// A string at the start of the rest, into text_.
bool JsonReader::read_string() {
  text_.clear();
  if (!take('"')) return false;
  while (!take('"')) {
    if (take('\\')) {
      if (!escape()) return false;
      continue;
    }
    const CodePoint point = utf8_first(rest_);
    if (point.length == 0 || point.value < 0x20) return false;
    text_.append(rest_.substr(0, point.length));
    rest_.remove_prefix(point.length);
  }
  return true;
}

/// What follows a backslash.
bool JsonReader::escape() {
  constexpr std::string_view letters = "\"\\/bfnrt";
  constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
  const std::size_t letter = rest_.empty() ? letters.npos : letters.find(rest_.front());
  if (letter != letters.npos) {
    rest_.remove_prefix(1);
    text_.push_back(meanings[letter]);
    return true;
  }
  char32_t point = 0;
  if (!take('u') || !hex4(point)) return false;
  if (point >= 0xd800 && point <= 0xdbff) {
    char32_t low = 0;
    if (!take('\\') || !take('u') || !hex4(low) || low < 0xdc00 || low > 0xdfff) return false;
    point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
  } else if (point >= 0xdc00 && point <= 0xdfff) {
    return false;
  }
  utf8_append(text_, point);
  return true;
}

bool JsonReader::hex4(char32_t& out) noexcept {
  if (rest_.size() < 4) return false;
  for (const char c : rest_.substr(0, 4)) {
    const char lower = static_cast<char>(c | 0x20);
    const bool letter = lower >= 'a' && lower <= 'f';
    if (!letter && !is_digit(c)) return false;
    out = out * 16 + static_cast<char32_t>(letter ? lower - 'a' + 10 : c - '0');
  }
  rest_.remove_prefix(4);
  return true;
}

}  // namespace samara
