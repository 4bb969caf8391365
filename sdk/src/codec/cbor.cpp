// Owns: the heads, floats and nesting of deterministic CBOR (RFC 8949 §4.2.1): reading, writing and stepping over
// one value. Refuses to know: what a value means, tags and simple values (they are stepped over).
#include "codec/cbor.hpp"

#include <array>
#include <bit>

#include "base/assert.hpp"
#include "codec/utf8.hpp"

namespace samara {
namespace {

constexpr std::uint8_t info_byte = 24;  // one more byte holds the value; 25, 26 and 27: two, four and eight
constexpr std::uint8_t info_half = 25;
constexpr std::uint8_t info_single = 26;
constexpr std::uint8_t info_double = 27;

// ---- floats (IEEE 754): bits only, so that every compiler gives the same ---------------------

struct FloatFormat {
  unsigned exponent_bits;
  unsigned fraction_bits;
  [[nodiscard]] constexpr std::uint64_t exponent_mask() const { return (std::uint64_t{1} << exponent_bits) - 1; }
  [[nodiscard]] constexpr std::int64_t bias() const { return static_cast<std::int64_t>(exponent_mask() >> 1); }
};
constexpr FloatFormat half_format{5, 10};
constexpr FloatFormat single_format{8, 23};
constexpr FloatFormat double_format{11, 52};

// The same number in a narrower format, or nothing when it is not exactly there. NaNs keep their payload.
std::optional<std::uint64_t> narrowed(std::uint64_t bits, FloatFormat from, FloatFormat to) noexcept {
  const std::uint64_t sign = bits >> (from.exponent_bits + from.fraction_bits);
  const std::uint64_t exponent = (bits >> from.fraction_bits) & from.exponent_mask();
  std::uint64_t fraction = bits & ((std::uint64_t{1} << from.fraction_bits) - 1);
  unsigned dropped = from.fraction_bits - to.fraction_bits;
  std::uint64_t new_exponent = 0;
  if (exponent == from.exponent_mask()) {
    new_exponent = to.exponent_mask();
  } else if (exponent != 0 || fraction != 0) {
    if (exponent == 0) return std::nullopt;  // far below what the narrower one has
    const std::int64_t biased = static_cast<std::int64_t>(exponent) - from.bias() + to.bias();
    if (biased >= static_cast<std::int64_t>(to.exponent_mask())) return std::nullopt;
    if (biased > 0) {
      new_exponent = static_cast<std::uint64_t>(biased);
    } else if (biased > -static_cast<std::int64_t>(to.fraction_bits)) {  // subnormal there: the leading 1 shows
      fraction |= std::uint64_t{1} << from.fraction_bits;
      dropped += static_cast<unsigned>(1 - biased);
    } else {
      return std::nullopt;
    }
  }
  if ((fraction & ((std::uint64_t{1} << dropped) - 1)) != 0) return std::nullopt;
  return (sign << (to.exponent_bits + to.fraction_bits)) | (new_exponent << to.fraction_bits) | (fraction >> dropped);
}

bool is_shortest_float(std::uint8_t info, std::uint64_t bits) noexcept {
  if (info == info_double) return !narrowed(bits, double_format, single_format);
  if (info == info_single) return !narrowed(bits, single_format, half_format);
  return true;
}

double half_value(std::uint64_t bits) noexcept {
  const std::uint64_t exponent = (bits >> half_format.fraction_bits) & half_format.exponent_mask();
  const std::uint64_t fraction = bits & 0x3ff;
  const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == 0) return sign * static_cast<double>(fraction) / 16'777'216.0;  // 2^24
  const bool finite = exponent != half_format.exponent_mask();
  const std::uint64_t wide_exponent = finite ? exponent + 1'008 : double_format.exponent_mask();
  return sign * std::bit_cast<double>((wide_exponent << double_format.fraction_bits) | (fraction << 42));
}

// ---- stepping over a value -------------------------------------------------------------------

constexpr std::uint32_t levels_max = 8;  // no caller goes deeper

struct Level {
  std::uint64_t left = 0;  // values still to come
  bool is_map = false;     // then keys and values take turns, a key first
  std::size_t key_at = 0;  // where the latest key starts
  ByteSpan key;            // the latest complete one
  [[nodiscard]] bool at_key() const { return is_map && left % 2 == 0; }
};

// One pass over nested values with its own stack.
class Skipper {
 public:
  Skipper(Reader& reader, std::uint32_t depth_max, bool text_keys) noexcept
      : reader_(reader),
        whole_(Reader(reader).rest()),
        origin_(reader.position()),
        depth_max_(depth_max),
        text_keys_(text_keys) {
    SAMARA_ASSERT(depth_max <= levels_max);
  }

  CborFault run() noexcept {
    do {
      if (const CborFault fault = step(); fault != CborFault::none) return fault;
    } while (depth_ > 0);
    return CborFault::none;
  }

 private:
  // One head with what directly follows it, and the ends of what it completes.
  CborFault step() noexcept {
    const bool key = depth_ > 0 && levels_[depth_ - 1].at_key();
    if (key) levels_[depth_ - 1].key_at = position();
    const auto head = cbor_read_head(reader_);
    if (!head || (key && text_keys_ && head->major != CborMajor::text)) return CborFault::syntax;
    switch (head->major) {
      case CborMajor::bytes:
      case CborMajor::text: {
        if (head->value > reader_.left()) return CborFault::syntax;
        const ByteSpan content = reader_.take(static_cast<std::size_t>(head->value));
        if (head->major == CborMajor::text && !is_utf8(as_text(content))) return CborFault::syntax;
        break;
      }
      case CborMajor::array:
      case CborMajor::map:
      case CborMajor::tag: return enter(*head);
      default: break;
    }
    return complete();
  }

  CborFault enter(const CborHead& head) noexcept {
    if (depth_ == depth_max_) return CborFault::too_deep;
    const bool is_map = head.major == CborMajor::map;
    std::uint64_t count = head.major == CborMajor::tag ? 1 : head.value;
    if (count > reader_.left()) return CborFault::syntax;  // each value takes a byte: this bounds the doubling too
    if (is_map) count *= 2;
    if (count == 0) return complete();
    levels_[depth_] = {count, is_map, 0, {}};
    ++depth_;
    return CborFault::none;
  }

  // A value has ended; containers that end with it are values too.
  CborFault complete() noexcept {
    while (depth_ > 0) {
      Level& level = levels_[depth_ - 1];
      if (level.at_key() && !key_in_order(level)) return CborFault::syntax;
      if (--level.left > 0) return CborFault::none;
      --depth_;
    }
    return CborFault::none;
  }

  // Keys are sorted by their encoded bytes, each once.
  bool key_in_order(Level& level) noexcept {
    const ByteSpan key = whole_.subspan(level.key_at, position() - level.key_at);
    const bool first = level.key.empty();
    const bool greater =
        first || std::lexicographical_compare(level.key.begin(), level.key.end(), key.begin(), key.end());
    level.key = key;
    return greater;
  }

  [[nodiscard]] std::size_t position() const noexcept { return reader_.position() - origin_; }

  Reader& reader_;
  ByteSpan whole_;
  std::size_t origin_;
  std::uint32_t depth_max_;
  bool text_keys_;
  std::uint32_t depth_ = 0;
  std::array<Level, levels_max> levels_{};
};

}  // namespace

std::optional<CborHead> cbor_read_head(Reader& reader) noexcept {
  const std::uint8_t first = reader.u8();
  CborHead head{static_cast<CborMajor>(first >> 5), static_cast<std::uint8_t>(first & 31U), first & 31U};
  if (!reader.ok()) return std::nullopt;
  if (head.info < info_byte) return head;
  if (head.info > info_double) return std::nullopt;  // reserved, or of indefinite length
  const std::size_t width = std::size_t{1} << (head.info - info_byte);
  const ByteSpan rest = reader.take(width);
  head.value = 0;
  for (const std::uint8_t byte : rest) head.value = (head.value << 8) | byte;
  if (!reader.ok()) return std::nullopt;
  if (head.major == CborMajor::simple && head.info >= info_half) {
    return is_shortest_float(head.info, head.value) ? std::optional(head) : std::nullopt;
  }
  const std::uint64_t below = head.major == CborMajor::simple ? 32 : std::uint64_t{info_byte};
  const bool shortest = width == 1 ? head.value >= below : (head.value >> (4 * width)) != 0;
  return shortest ? std::optional(head) : std::nullopt;
}

CborFault cbor_skip(Reader& reader, std::uint32_t depth_max, bool text_keys) noexcept {
  return Skipper(reader, depth_max, text_keys).run();
}

double cbor_float_value(const CborHead& head) noexcept {
  if (head.info == info_half) return half_value(head.value);
  if (head.info == info_single)
    return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(head.value)));
  return std::bit_cast<double>(head.value);
}

void cbor_write_head(Writer& writer, CborMajor major, std::uint64_t value) {
  const auto kind = static_cast<std::uint8_t>(static_cast<unsigned>(major) << 5);
  if (value < info_byte) {
    writer.u8(static_cast<std::uint8_t>(kind | value));
    return;
  }
  unsigned log2_width = 0;
  while (log2_width < 3 && (value >> (8U << log2_width)) != 0) ++log2_width;
  writer.u8(static_cast<std::uint8_t>(kind | (info_byte + log2_width)));
  for (unsigned shift = 8U << log2_width; shift > 0; shift -= 8)
    writer.u8(static_cast<std::uint8_t>(value >> (shift - 8)));
}

void cbor_write_text(Writer& writer, std::string_view text) {
  cbor_write_head(writer, CborMajor::text, text.size());
  writer.text(text);
}

void cbor_write_float(Writer& writer, double value) {
  const auto wide = std::bit_cast<std::uint64_t>(value);
  const auto single = narrowed(wide, double_format, single_format);
  const auto half = single ? narrowed(*single, single_format, half_format) : std::nullopt;
  constexpr unsigned simple = 7U << 5;
  if (half) {
    writer.u8(simple | info_half).u16be(static_cast<std::uint16_t>(*half));
  } else if (single) {
    writer.u8(simple | info_single).u32be(static_cast<std::uint32_t>(*single));
  } else {
    writer.u8(simple | info_double).u64be(wide);
  }
}

}  // namespace samara
