// Owns: IP address literals and which network they belong to. Refuses to know: names and resolving them.
#include "codec/ip_literal.hpp"

#include <algorithm>

#include "codec/hex.hpp"

namespace samara {
namespace {

constexpr std::size_t groups_max = 8;

std::optional<std::array<std::uint8_t, 4>> parse_ipv4(std::string_view text) noexcept {
  std::array<std::uint8_t, 4> out{};
  for (std::size_t part = 0; part < 4; ++part) {
    std::uint32_t value = 0;
    std::size_t digits = 0;
    while (digits < text.size() && digits < 4 && text[digits] >= '0' && text[digits] <= '9') {
      value = value * 10 + static_cast<std::uint32_t>(text[digits] - '0');
      ++digits;
    }
    if (digits == 0 || value > 255 || (digits > 1 && text[0] == '0')) return std::nullopt;
    out[part] = static_cast<std::uint8_t>(value);
    text.remove_prefix(digits);
    if (part == 3) break;
    if (!text.starts_with('.')) return std::nullopt;
    text.remove_prefix(1);
  }
  if (!text.empty()) return std::nullopt;
  return out;
}

// Up to four hex digits from the start of `text`, which it shortens.
std::optional<std::uint16_t> take_group(std::string_view& text) noexcept {
  std::uint32_t value = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && digits < 4; ++digits) {
    const auto digit = hex_digit(text[digits]);
    if (!digit) break;
    value = value * 16 + *digit;
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return static_cast<std::uint16_t>(value);
}

struct Groups {
  std::array<std::uint16_t, groups_max> values{};
  std::size_t count = 0;
  std::size_t gap = groups_max + 1;  // where `::` stands; beyond the end: nowhere

  bool add(std::uint16_t value) noexcept {
    if (count == groups_max) return false;
    values[count++] = value;
    return true;
  }
};

// An IPv4 address may stand for the last two groups.
bool add_ipv4_tail(Groups& groups, std::string_view text) noexcept {
  const auto v4 = parse_ipv4(text);
  if (!v4) return false;
  const auto& b = *v4;
  return groups.add(static_cast<std::uint16_t>((b[0] << 8) | b[1])) &&
         groups.add(static_cast<std::uint16_t>((b[2] << 8) | b[3]));
}

std::optional<Groups> read_groups(std::string_view text) noexcept {
  Groups groups;
  if (text.starts_with("::")) {
    groups.gap = 0;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    if (text.find(':') == std::string_view::npos && text.contains('.')) {
      if (!add_ipv4_tail(groups, text)) return std::nullopt;
      return groups;
    }
    const auto group = take_group(text);
    if (!group || !groups.add(*group)) return std::nullopt;
    if (text.empty()) return groups;
    if (text.starts_with("::")) {
      if (groups.gap <= groups_max) return std::nullopt;
      groups.gap = groups.count;
      text.remove_prefix(2);
    } else if (text.starts_with(':') && text.size() > 1) {
      text.remove_prefix(1);
    } else {
      return std::nullopt;
    }
  }
  return groups;
}

bool is_mapped_v4(const IpLiteral& address) noexcept {
  static constexpr std::array<std::uint8_t, 12> prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::equal(prefix.begin(), prefix.end(), address.bytes.begin());
}

}  // namespace

std::optional<IpLiteral> parse_ip_literal(std::string_view text) noexcept {
  IpLiteral address;
  if (const auto v4 = parse_ipv4(text)) {
    address.bytes[10] = address.bytes[11] = 0xff;
    std::copy(v4->begin(), v4->end(), address.bytes.begin() + 12);
    return address;
  }
  if (text.size() < 2 || !text.contains(':')) return std::nullopt;
  const auto groups = read_groups(text);
  if (!groups) return std::nullopt;
  const bool gap = groups->gap <= groups_max;
  if (gap ? groups->count == groups_max : groups->count != groups_max) return std::nullopt;
  address.v6 = true;
  for (std::size_t i = 0; i < groups->count; ++i) {
    const std::size_t at = gap && i >= groups->gap ? i + groups_max - groups->count : i;
    address.bytes[2 * at] = static_cast<std::uint8_t>(groups->values[i] >> 8);
    address.bytes[2 * at + 1] = static_cast<std::uint8_t>(groups->values[i]);
  }
  return address;
}

bool is_loopback(const IpLiteral& address) noexcept {
  const auto& b = address.bytes;
  if (is_mapped_v4(address)) return b[12] == 127;
  return b[15] == 1 && std::all_of(b.begin(), b.end() - 1, [](auto byte) { return byte == 0; });
}

bool is_private(const IpLiteral& address) noexcept {
  const auto& b = address.bytes;
  if (is_loopback(address)) return true;
  if (!is_mapped_v4(address)) {
    const bool unique_local = (b[0] & 0xfe) == 0xfc;
    const bool link_local = b[0] == 0xfe && (b[1] & 0xc0) == 0x80;
    return unique_local || link_local;
  }
  const std::uint8_t first = b[12];
  const std::uint8_t second = b[13];
  return first == 10 || (first == 172 && (second & 0xf0) == 16) || (first == 192 && second == 168) ||
         (first == 169 && second == 254) || (first == 100 && (second & 0xc0) == 64);
}

bool is_unicast(const IpLiteral& address) noexcept {
  const auto& b = address.bytes;
  if (is_mapped_v4(address)) return b[12] != 0 && b[12] < 224;
  if (b[0] == 0xff) return false;
  return std::any_of(b.begin(), b.end(), [](auto byte) { return byte != 0; });
}

}  // namespace samara
