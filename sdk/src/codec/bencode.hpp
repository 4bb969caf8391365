// Owns: bencode (BEP 3): a strict decoder into a flat token array, views on it, and a canonical writer.
// Refuses to know: which keys mean what.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "samara/bytes.hpp"
#include "samara/config.hpp"
#include "samara/error.hpp"

namespace samara {

/// How much a document may hold. The defaults are for one message of a peer.
struct BencodeLimits {
  std::uint32_t depth = limits::bencode_depth_max;             ///< Nested lists and dictionaries.
  std::uint32_t tokens = limits::bencode_message_tokens_max;   ///< Values, keys included.
  bool any_key_order = false;  ///< Real .torrent files have unsorted outer keys; the first of a key counts.
};

inline constexpr BencodeLimits bencode_metainfo_limits{limits::bencode_depth_max,
                                                       limits::bencode_metainfo_tokens_max, false};
/// For records the engine wrote itself (API payloads, the journal).
inline constexpr BencodeLimits bencode_own_limits{limits::bencode_depth_max, limits::bencode_own_tokens_max, false};

/// One value of a document. `skip` counts the tokens up to the next sibling, this one included.
struct BencodeToken {
  enum class Kind : std::uint8_t { integer, string, list, dict, end };
  std::uint32_t offset = 0;  ///< Of the value's first byte in the input.
  std::uint32_t skip = 1;
  std::uint8_t prefix = 0;   ///< Bytes before a string's content ("12:").
  Kind kind = Kind::end;
};

class BencodeListRange;
class BencodeDictRange;

/// A value inside a document: two pointers, free to copy. Valid as long as the input bytes and the
/// document (which may be moved) live. A view made by default is no value: every question says no.
class BencodeView {
 public:
  BencodeView() = default;
  BencodeView(const BencodeToken* token, const std::uint8_t* input) noexcept : token_(token), input_(input) {}

  [[nodiscard]] bool is_integer() const noexcept { return is(BencodeToken::Kind::integer); }
  [[nodiscard]] bool is_string() const noexcept { return is(BencodeToken::Kind::string); }
  [[nodiscard]] bool is_list() const noexcept { return is(BencodeToken::Kind::list); }
  [[nodiscard]] bool is_dict() const noexcept { return is(BencodeToken::Kind::dict); }

  /// The number; nothing when this is not one.
  [[nodiscard]] std::optional<std::int64_t> integer() const noexcept;
  /// The string's bytes, borrowed from the input; nothing when this is not a string.
  [[nodiscard]] std::optional<ByteSpan> string() const noexcept;
  /// The same as text. No encoding is checked.
  [[nodiscard]] std::optional<std::string_view> text() const noexcept;
  /// The exact bytes of the whole value, borrowed from the input.
  [[nodiscard]] ByteSpan raw() const noexcept;

  /// The value of a key (the first, where order is not enforced); nothing when there is none or this
  /// is not a dictionary. Linear in the number of keys.
  [[nodiscard]] std::optional<BencodeView> find(std::string_view key) const noexcept;
  /// Like find for values that must have a type or a default.
  [[nodiscard]] std::int64_t integer_or(std::string_view key, std::int64_t otherwise) const noexcept;
  [[nodiscard]] std::string_view text_or(std::string_view key, std::string_view otherwise) const noexcept;
  [[nodiscard]] ByteSpan string_or(std::string_view key, ByteSpan otherwise) const noexcept;
  /// True when the key holds an integer other than 0.
  [[nodiscard]] bool flag(std::string_view key) const noexcept { return integer_or(key, 0) != 0; }

  /// `for (BencodeView item : view.list())`; empty when this is not a list.
  [[nodiscard]] BencodeListRange list() const noexcept;
  /// `for (auto [key, value] : view.dict())`; empty when this is not a dictionary.
  [[nodiscard]] BencodeDictRange dict() const noexcept;
  /// Like find(key)->list() and find(key)->dict(); empty when missing or of another type.
  [[nodiscard]] BencodeListRange list(std::string_view key) const noexcept;
  [[nodiscard]] BencodeDictRange dict(std::string_view key) const noexcept;

 private:
  [[nodiscard]] bool is(BencodeToken::Kind kind) const noexcept { return token_ != nullptr && token_->kind == kind; }

  const BencodeToken* token_ = nullptr;
  const std::uint8_t* input_ = nullptr;
};

/// The items of a list.
class BencodeListRange {
 public:
  class Iterator {
   public:
    Iterator(const BencodeToken* at, const std::uint8_t* input) noexcept : at_(at), input_(input) {}
    BencodeView operator*() const noexcept { return {at_, input_}; }
    Iterator& operator++() noexcept {
      at_ += at_->skip;
      return *this;
    }
    bool operator==(const Iterator& other) const noexcept { return at_ == other.at_; }

   private:
    const BencodeToken* at_;
    const std::uint8_t* input_;
  };

  BencodeListRange(const BencodeToken* first, const BencodeToken* last, const std::uint8_t* input) noexcept
      : first_(first), last_(last), input_(input) {}
  [[nodiscard]] Iterator begin() const noexcept { return {first_, input_}; }
  [[nodiscard]] Iterator end() const noexcept { return {last_, input_}; }
  [[nodiscard]] bool empty() const noexcept { return first_ == last_; }

 private:
  const BencodeToken* first_;
  const BencodeToken* last_;
  const std::uint8_t* input_;
};

/// The pairs of a dictionary.
class BencodeDictRange {
 public:
  class Iterator {
   public:
    Iterator(const BencodeToken* at, const std::uint8_t* input) noexcept : at_(at), input_(input) {}
    std::pair<std::string_view, BencodeView> operator*() const noexcept {
      return {*BencodeView(at_, input_).text(), BencodeView(at_ + 1, input_)};
    }
    Iterator& operator++() noexcept {
      at_ += 1 + (at_ + 1)->skip;
      return *this;
    }
    bool operator==(const Iterator& other) const noexcept { return at_ == other.at_; }

   private:
    const BencodeToken* at_;
    const std::uint8_t* input_;
  };

  BencodeDictRange(const BencodeToken* first, const BencodeToken* last, const std::uint8_t* input) noexcept
      : first_(first), last_(last), input_(input) {}
  [[nodiscard]] Iterator begin() const noexcept { return {first_, input_}; }
  [[nodiscard]] Iterator end() const noexcept { return {last_, input_}; }
  [[nodiscard]] bool empty() const noexcept { return first_ == last_; }

 private:
  const BencodeToken* first_;
  const BencodeToken* last_;
  const std::uint8_t* input_;
};

/// A decoded value and everything in it. Borrows the input bytes; owns only the tokens. Move-only in
/// spirit: views stay valid when it is moved, not when it is copied and the original dies.
class BencodeDocument {
 public:
  BencodeDocument() = default;
  BencodeDocument(BencodeDocument&&) noexcept = default;
  BencodeDocument& operator=(BencodeDocument&&) noexcept = default;
  BencodeDocument(const BencodeDocument&) = delete;
  BencodeDocument& operator=(const BencodeDocument&) = delete;

  [[nodiscard]] BencodeView root() const noexcept {
    return tokens_.empty() ? BencodeView{} : BencodeView{tokens_.data(), input_.data()};
  }
  /// Bytes of the input that the value took.
  [[nodiscard]] std::size_t bytes_used() const noexcept { return tokens_.empty() ? 0 : tokens_.back().offset; }
  /// Values in it, keys included.
  [[nodiscard]] std::uint32_t token_count() const noexcept { return token_count_; }

 private:
  friend class BencodeDecoder;
  ByteSpan input_;
  std::vector<BencodeToken> tokens_;  // the last one is a sentinel whose offset is bytes_used()
  std::uint32_t token_count_ = 0;
};

/// Decodes one value. Only canonical bencode passes: no leading zeros, no -0, integers of 64 bits,
/// keys sorted by bytes and unique, nothing behind the value unless allow_trailing.
/// Errors (detail = byte position): bencode_truncated, _syntax, _integer, _key_order, _too_deep,
/// _too_many_tokens, _trailing_bytes. Work is linear in the bytes read and stops at the first error.
[[nodiscard]] Result<BencodeDocument> bencode_decode(ByteSpan input, const BencodeLimits& limits = {},
                                                     bool allow_trailing = false);

/// Appends canonical bencode to a vector the caller owns and does not touch meanwhile. Keys must come
/// sorted and containers must be balanced: anything else is our own bug and traps.
class BencodeWriter {
 public:
  explicit BencodeWriter(Bytes& out) noexcept : out_(out) {}

  BencodeWriter& integer(std::int64_t value);
  BencodeWriter& string(ByteSpan value);
  BencodeWriter& string(std::string_view value) { return string(as_bytes(value)); }
  /// Exactly one already encoded value.
  BencodeWriter& raw(ByteSpan value);
  BencodeWriter& begin_list();
  BencodeWriter& end_list();
  BencodeWriter& begin_dict();
  BencodeWriter& end_dict();
  BencodeWriter& key(std::string_view name);

  /// One value by its type: bool and integers as a number, text and bytes as a string. An unsigned
  /// number above 2^63 - 1 traps: write random 64-bit ids as bytes or hex text.
  template <class T>
  BencodeWriter& value(const T& v) {
    if constexpr (std::integral<T>) {
      if constexpr (std::is_unsigned_v<T> && sizeof(T) == 8) require_positive(static_cast<std::int64_t>(v));
      return integer(static_cast<std::int64_t>(v));
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
      return string(std::string_view(v));
    } else {
      return string(ByteSpan(v));
    }
  }
  /// key() and value().
  template <class T>
  BencodeWriter& field(std::string_view name, const T& v) {
    return key(name).value(v);
  }

 private:
  struct Frame {
    std::size_t key_offset = 0;
    std::size_t key_bytes = 0;
    bool dict = false;
    bool has_key = false;   // any key yet
    bool wants_value = false;
  };

  void require_positive(std::int64_t value) const noexcept;
  void before_value() noexcept;
  BencodeWriter& begin(bool dict);
  BencodeWriter& end(bool dict);
  void number(std::uint64_t value);

  Bytes& out_;
  std::array<Frame, limits::bencode_depth_max> frames_{};
  std::uint32_t depth_ = 0;
};

}  // namespace samara
