// hex, base32, base64url, percent, UTF-8 and IP literals: the small text codecs.
#include <doctest/doctest.h>

#include "base/rng.hpp"
#include "codec/base32.hpp"
#include "codec/base64url.hpp"
#include "codec/hex.hpp"
#include "codec/ip_literal.hpp"
#include "codec/percent.hpp"
#include "codec/utf8.hpp"

using namespace samara;

TEST_CASE("hex takes both cases and writes lower case") {
  CHECK(hex_encode(as_bytes("\xde\xad\x01")) == "dead01");
  CHECK(hex_decode("DEad01") == to_bytes(as_bytes("\xde\xad\x01")));
  CHECK_FALSE(hex_decode("abc"));
  CHECK_FALSE(hex_decode("zz"));
  CHECK(hex_decode_array<2>("0102"));
  CHECK_FALSE(hex_decode_array<2>("010203"));
}

TEST_CASE("base32 and base64url agree with the vectors of RFC 4648") {
  CHECK(base32_encode(as_bytes("foobar")) == "mzxw6ytboi");
  CHECK(base32_encode(as_bytes("foob")) == "mzxw6yq");
  CHECK(base32_decode("MZXW6YTBOI") == to_bytes(as_bytes("foobar")));
  CHECK(base64url_encode(as_bytes("fooba")) == "Zm9vYmE");
  CHECK(base64url_decode("Zm9vYmE") == to_bytes(as_bytes("fooba")));
  CHECK(base64url_encode(as_bytes("\xfb\xff\xfe")) == "-__-");
}

TEST_CASE("a text has one meaning: left-over bits, padding and odd lengths are refused") {
  CHECK_FALSE(base32_decode("mz1"));
  CHECK_FALSE(base32_decode("a"));
  CHECK_FALSE(base32_decode("mzxw6yr"));  // the last character has bits that no encoder sets
  CHECK_FALSE(base32_decode("mzxw6yq="));
  CHECK_FALSE(base64url_decode("A"));
  CHECK_FALSE(base64url_decode("Zm9vYmF"));
  CHECK_FALSE(base64url_decode("Zm9vYmE="));
  CHECK_FALSE(base64url_decode("Zm+v"));
}

TEST_CASE("random bytes survive every byte codec") {
  Rng rng(1);
  for (std::size_t length = 0; length < 80; ++length) {
    Bytes bytes(length);
    rng.fill(bytes);
    CHECK(hex_decode(hex_encode(bytes)) == bytes);
    CHECK(base32_decode(base32_encode(bytes)) == bytes);
    CHECK(base64url_decode(base64url_encode(bytes)) == bytes);
    CHECK(latin1_from_utf8(utf8_from_latin1(bytes)) == bytes);
    const std::string text(as_text(bytes));
    CHECK(percent_decode_tolerant(encode_uri_component(text)) == text);
  }
}

TEST_CASE("encode_uri_component keeps what JavaScript keeps") {
  CHECK(encode_uri_component("AZaz09-_.!~*'()") == "AZaz09-_.!~*'()");
  CHECK(encode_uri_component(" +&/:?#[]@\"%\xc3\xa9") == "%20%2B%26%2F%3A%3F%23%5B%5D%40%22%25%C3%A9");
}

TEST_CASE("percent decoding: strict refuses, tolerant keeps") {
  CHECK(percent_decode_strict("a%20b+c") == "a b+c");
  CHECK_FALSE(percent_decode_strict("100%"));
  CHECK_FALSE(percent_decode_strict("%zz"));
  CHECK_FALSE(percent_decode_strict("%ff"));
  CHECK(percent_decode_tolerant("100%%zz%4") == "100%%zz%4");
  CHECK(form_decode("Hello+W%2Brld") == "Hello W+rld");
}

TEST_CASE("only UTF-8 of RFC 3629 is UTF-8") {
  CHECK(utf8_count("a\xc3\xa9\xe2\x98\x82\xf0\x9f\x8d\x81") == 4);
  for (const std::string_view bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x98", "\xf0\x9f\x8d"}) {
    CHECK_FALSE(is_utf8(bad));
    CHECK(is_utf8(utf8_repair(bad)));
  }
  CHECK(utf8_prefix("a\xe2\x98\x82", 3) == "a");
  CHECK(utf8_prefix("a\xe2\x98\x82", 4) == "a\xe2\x98\x82");
  CHECK_FALSE(latin1_from_utf8("\xe2\x98\x82"));
}

TEST_CASE("IP literals are exact") {
  for (const std::string_view good : {"1.2.3.4", "::", "::1", "fe80::1", "2001:db8::4", "1:2:3:4:5:6:7:8",
                                      "::ffff:10.0.0.1", "1::", "1:2:3:4:5:6:7::"}) {
    CHECK_MESSAGE(parse_ip_literal(good), good);
  }
  for (const std::string_view bad : {"", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.4x", ":", ":::", "1:2",
                                     "1::2::3", "1:2:3:4:5:6:7:8:9", "12345::", "fe80::1%eth0", "::1.2.3", "[::1]",
                                     "1:2:3:4:5:6:7:8::", "1:", ":1:2:3:4:5:6:7"}) {
    CHECK_MESSAGE(!parse_ip_literal(bad), bad);
  }
  CHECK(is_loopback(*parse_ip_literal("127.9.9.9")));
  CHECK(is_loopback(*parse_ip_literal("::ffff:127.0.0.1")));
  CHECK(is_private(*parse_ip_literal("172.31.0.1")));
  CHECK_FALSE(is_private(*parse_ip_literal("172.32.0.1")));
  CHECK(is_private(*parse_ip_literal("fd00::1")));
  CHECK(is_private(*parse_ip_literal("fe80::1")));
  CHECK_FALSE(is_private(*parse_ip_literal("2001:db8::1")));
  CHECK_FALSE(is_unicast(*parse_ip_literal("0.0.0.0")));
  CHECK_FALSE(is_unicast(*parse_ip_literal("255.255.255.255")));
  CHECK_FALSE(is_unicast(*parse_ip_literal("ff02::1")));
  CHECK_FALSE(is_unicast(*parse_ip_literal("::")));
}
