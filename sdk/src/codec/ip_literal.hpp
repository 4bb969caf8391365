// Owns: IP address literals and which network they belong to. Refuses to know: names and resolving them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace samara {

struct IpLiteral {
  std::array<std::uint8_t, 16> bytes{};  ///< Network order; an IPv4 address as ::ffff:a.b.c.d.
  bool v6 = false;                       ///< Written as IPv6.
};

/// Dotted decimal with four parts (no octal, no short forms) or RFC 4291 text without zone and brackets.
[[nodiscard]] std::optional<IpLiteral> parse_ip_literal(std::string_view text) noexcept;

/// 127.0.0.0/8 and ::1.
[[nodiscard]] bool is_loopback(const IpLiteral& address) noexcept;
/// Only reachable from nearby: loopback, RFC 1918, link-local, RFC 6598, RFC 4193.
[[nodiscard]] bool is_private(const IpLiteral& address) noexcept;
/// Can be the address of one host: not unspecified, multicast, reserved or broadcast.
[[nodiscard]] bool is_unicast(const IpLiteral& address) noexcept;

}  // namespace samara
