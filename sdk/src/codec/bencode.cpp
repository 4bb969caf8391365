// Owns: the strict bencode decoder (BEP 3) and the views on its tokens.
// Refuses to know: which keys mean what.
#include "codec/bencode.hpp"

#include <algorithm>

namespace samara {
namespace {

using Kind = BencodeToken::Kind;

constexpr std::uint64_t input_bytes_max = 0xffff'ffffULL;  // token offsets are 32 bit
constexpr std::uint32_t string_prefix_digits_max = 10;     // enough for every 32-bit length

bool is_digit(std::uint8_t c) noexcept { return c >= '0' && c <= '9'; }

// The number between 'i' and 'e', known to be canonical; nothing when it does not fit 64 bits.
std::optional<std::int64_t> to_integer(std::string_view digits) noexcept {
  const bool negative = digits.starts_with('-');
  std::int64_t value = 0;
  for (const char c : digits.substr(negative ? 1 : 0)) {
    const std::int64_t digit = c - '0';
    if (__builtin_mul_overflow(value, std::int64_t{10}, &value)) return std::nullopt;
    if (__builtin_add_overflow(value, negative ? -digit : digit, &value)) return std::nullopt;
  }
  return value;
}

}  // namespace

// One pass over the input with an explicit stack of open containers.
class BencodeDecoder {
 public:
  BencodeDecoder(ByteSpan input, const BencodeLimits& bounds) noexcept : input_(input), bounds_(bounds) {
    bounds_.depth = std::min(bounds_.depth, limits::bencode_depth_max);
  }

  Result<BencodeDocument> run(bool allow_trailing) {
    if (static_cast<std::uint64_t>(input_.size()) > input_bytes_max) return remote_fault(Code::too_large);
    do {
      if (const auto step = one_token(); !step) return std::unexpected(step.error());
    } while (depth_ > 0);
    if (!allow_trailing && at_ != input_.size()) return fail(Code::bencode_trailing_bytes);
    tokens_.push_back({position(), 1, 0, Kind::end});
    BencodeDocument document;
    document.input_ = input_;
    document.tokens_ = std::move(tokens_);
    document.token_count_ = count_;
    return document;
  }

 private:
  struct Open {
    std::uint32_t token = 0;
    std::string_view last_key;
    bool dict = false;
    bool has_key = false;
    bool wants_value = false;  // a key has come, its value has not
  };

  [[nodiscard]] std::uint32_t position() const noexcept { return static_cast<std::uint32_t>(at_); }
  [[nodiscard]] std::unexpected<Error> fail(Code code) const { return remote_fault(code, position()); }

  Result<void> one_token() {
    if (at_ >= input_.size()) return fail(Code::bencode_truncated);
    const std::uint8_t c = input_[at_];
    if (c == 'e') return close();
    Open* const open = depth_ > 0 ? &open_[depth_ - 1] : nullptr;
    if (count_ >= bounds_.tokens) return fail(Code::bencode_too_many_tokens);
    ++count_;
    if (open != nullptr && open->dict && !open->wants_value) return key(*open);
    if (open != nullptr) open->wants_value = false;
    if (c == 'i') return integer();
    if (c == 'l' || c == 'd') return begin(c == 'd');
    return string();
  }

  Result<void> begin(bool dict) {
    if (depth_ >= bounds_.depth) return fail(Code::bencode_too_deep);
    open_[depth_++] = Open{static_cast<std::uint32_t>(tokens_.size()), {}, dict, false, false};
    tokens_.push_back({position(), 1, 0, dict ? Kind::dict : Kind::list});
    ++at_;
    return {};
  }

  Result<void> close() {
    if (depth_ == 0 || open_[depth_ - 1].wants_value) return fail(Code::bencode_syntax);
    const Open& open = open_[--depth_];
    tokens_.push_back({position(), 1, 0, Kind::end});
    tokens_[open.token].skip = static_cast<std::uint32_t>(tokens_.size()) - open.token;
    ++at_;
    return {};
  }

  Result<void> key(Open& open) {
    const std::size_t start = at_;
    if (!is_digit(input_[at_])) return fail(Code::bencode_syntax);
    const auto index = static_cast<std::uint32_t>(tokens_.size());
    if (const auto done = string(); !done) return done;
    const std::size_t text_start = start + tokens_[index].prefix;
    const std::string_view text = as_text(input_.subspan(text_start, at_ - text_start));
    if (open.has_key && text <= open.last_key && !bounds_.any_key_order) {
      return remote_fault(Code::bencode_key_order, static_cast<std::uint32_t>(start));
    }
    open.last_key = text;
    open.has_key = true;
    open.wants_value = true;
    return {};
  }

  Result<void> string() {
    std::uint64_t length = 0;
    std::size_t i = at_;
    for (; i < input_.size() && is_digit(input_[i]); ++i) {
      if (i - at_ >= string_prefix_digits_max) return fail(Code::bencode_syntax);
      length = length * 10 + (input_[i] - std::uint64_t{'0'});
    }
    const std::size_t digits = i - at_;
    if (digits == 0 || (digits > 1 && input_[at_] == '0')) return fail(Code::bencode_syntax);
    if (i == input_.size()) return fail(Code::bencode_truncated);
    if (input_[i] != ':') return fail(Code::bencode_syntax);
    ++i;
    if (length > input_.size() - i) return fail(Code::bencode_truncated);
    tokens_.push_back({position(), 1, static_cast<std::uint8_t>(i - at_), Kind::string});
    at_ = i + static_cast<std::size_t>(length);
    return {};
  }

  Result<void> integer() {
    const std::size_t first = at_ + 1;
    std::size_t i = first;
    const bool negative = i < input_.size() && input_[i] == '-';
    if (negative) ++i;
    const std::size_t first_digit = i;
    while (i < input_.size() && is_digit(input_[i])) {
      if (i - first_digit > 19) return fail(Code::bencode_integer);
      ++i;
    }
    if (i == input_.size()) return fail(Code::bencode_truncated);
    const std::size_t digits = i - first_digit;
    if (digits == 0 || input_[i] != 'e') return fail(Code::bencode_integer);
    if (input_[first_digit] == '0' && (digits > 1 || negative)) return fail(Code::bencode_integer);
    if (!to_integer(as_text(input_.subspan(first, i - first)))) return fail(Code::bencode_integer);
    tokens_.push_back({position(), 1, 0, Kind::integer});
    at_ = i + 1;
    return {};
  }

  ByteSpan input_;
  BencodeLimits bounds_;
  std::size_t at_ = 0;
  std::vector<BencodeToken> tokens_;
  std::uint32_t count_ = 0;
  std::array<Open, limits::bencode_depth_max> open_{};
  std::uint32_t depth_ = 0;
};

Result<BencodeDocument> bencode_decode(ByteSpan input, const BencodeLimits& bounds, bool allow_trailing) {
  return BencodeDecoder(input, bounds).run(allow_trailing);
}

std::optional<std::int64_t> BencodeView::integer() const noexcept {
  if (!is_integer()) return std::nullopt;
  const std::size_t first = token_->offset + std::size_t{1};
  const std::size_t last = (token_ + 1)->offset - std::size_t{1};
  return to_integer(as_text(ByteSpan(input_ + first, last - first)));
}

std::optional<ByteSpan> BencodeView::string() const noexcept {
  if (!is_string()) return std::nullopt;
  const std::size_t start = token_->offset + std::size_t{token_->prefix};
  return ByteSpan(input_ + start, (token_ + 1)->offset - start);
}

std::optional<std::string_view> BencodeView::text() const noexcept {
  const auto bytes = string();
  if (!bytes) return std::nullopt;
  return as_text(*bytes);
}

ByteSpan BencodeView::raw() const noexcept {
  if (token_ == nullptr) return {};
  const bool container = is_list() || is_dict();
  const std::size_t end = container ? (token_ + token_->skip - 1)->offset + std::size_t{1} : (token_ + 1)->offset;
  return {input_ + token_->offset, end - token_->offset};
}

std::optional<BencodeView> BencodeView::find(std::string_view name) const noexcept {
  for (const auto [key, value] : dict()) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::int64_t BencodeView::integer_or(std::string_view key, std::int64_t otherwise) const noexcept {
  const auto value = find(key);
  return value ? value->integer().value_or(otherwise) : otherwise;
}

std::string_view BencodeView::text_or(std::string_view key, std::string_view otherwise) const noexcept {
  const auto value = find(key);
  return value ? value->text().value_or(otherwise) : otherwise;
}

ByteSpan BencodeView::string_or(std::string_view key, ByteSpan otherwise) const noexcept {
  const auto value = find(key);
  return value ? value->string().value_or(otherwise) : otherwise;
}

BencodeListRange BencodeView::list() const noexcept {
  if (!is_list()) return {nullptr, nullptr, nullptr};
  return {token_ + 1, token_ + token_->skip - 1, input_};
}

BencodeDictRange BencodeView::dict() const noexcept {
  if (!is_dict()) return {nullptr, nullptr, nullptr};
  return {token_ + 1, token_ + token_->skip - 1, input_};
}

BencodeListRange BencodeView::list(std::string_view key) const noexcept {
  return find(key).value_or(BencodeView{}).list();
}

BencodeDictRange BencodeView::dict(std::string_view key) const noexcept {
  return find(key).value_or(BencodeView{}).dict();
}

}  // namespace samara
