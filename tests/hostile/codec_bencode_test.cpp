// Hostile bencode: rows 3, 4 and 5 of the list of hostile inputs. Each is refused by its own code
// after bounded work.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "codec/bencode.hpp"
#include "samara/config.hpp"

using namespace samara;

namespace {

Code code_of(std::string_view text, const BencodeLimits& bounds = {}) {
  const auto document = bencode_decode(as_bytes(text), bounds);
  REQUIRE_MESSAGE(!document, text.substr(0, 60));
  return document.error().code;
}

}  // namespace

TEST_CASE("a depth bomb is refused at the depth limit") {
  const std::string nested(150'000, 'l');
  const auto document = bencode_decode(as_bytes(nested));
  REQUIRE_FALSE(document);
  CHECK(document.error() == Error{Code::bencode_too_deep, Fault::remote, limits::bencode_depth_max});
  const std::string deepest = std::string(32, 'l') + std::string(32, 'e');
  CHECK(bencode_decode(as_bytes(deepest)));
  CHECK(code_of("l" + deepest + "e") == Code::bencode_too_deep);
  BencodeLimits bounds;
  bounds.depth = 1'000'000;  // a caller cannot ask for more than the decoder's own stack
  CHECK(code_of(nested, bounds) == Code::bencode_too_deep);
}

TEST_CASE("a token bomb of 4 MB is refused at the token limit") {
  std::string bomb = "l";
  bomb.reserve(4'000'000);
  while (bomb.size() < 4'000'000) bomb += "0:";
  const auto document = bencode_decode(as_bytes(bomb));
  REQUIRE_FALSE(document);
  CHECK(document.error().code == Code::bencode_too_many_tokens);
  CHECK(document.error().detail < 2 * limits::bencode_message_tokens_max + 4);  // it stopped there
  const auto metainfo = bencode_decode(as_bytes(bomb), bencode_metainfo_limits);
  REQUIRE_FALSE(metainfo);
  CHECK(metainfo.error().code == Code::bencode_too_many_tokens);
  CHECK(metainfo.error().detail < 2 * limits::bencode_metainfo_tokens_max + 4);
}

TEST_CASE("exactly the token limit passes") {
  std::string list = "l";
  for (std::uint32_t i = 0; i + 1 < limits::bencode_message_tokens_max; ++i) list += "0:";
  CHECK(bencode_decode(as_bytes(list + "e")));
  CHECK(code_of(list + "0:e") == Code::bencode_too_many_tokens);
}

TEST_CASE("lies are refused by name") {
  const std::vector<std::pair<std::string, Code>> lies{
      {"", Code::bencode_truncated},
      {"99:ab", Code::bencode_truncated},
      {"4294967295:a", Code::bencode_truncated},
      {"9999999999:a", Code::bencode_truncated},
      {"99999999999:a", Code::bencode_syntax},
      {"99999999999999999999999999:a", Code::bencode_syntax},
      {"5", Code::bencode_truncated},
      {"01:a", Code::bencode_syntax},
      {"00:", Code::bencode_syntax},
      {"-1:a", Code::bencode_syntax},
      {"+1:a", Code::bencode_syntax},
      {"1;a", Code::bencode_syntax},
      {":", Code::bencode_syntax},
      {"x", Code::bencode_syntax},
      {"e", Code::bencode_syntax},
      {"i1", Code::bencode_truncated},
      {"i", Code::bencode_truncated},
      {"i-", Code::bencode_truncated},
      {"ie", Code::bencode_integer},
      {"i-e", Code::bencode_integer},
      {"i-0e", Code::bencode_integer},
      {"i007e", Code::bencode_integer},
      {"i-01e", Code::bencode_integer},
      {"i+1e", Code::bencode_integer},
      {"i1.5e", Code::bencode_integer},
      {"i 1e", Code::bencode_integer},
      {"i100000000000000000000000e", Code::bencode_integer},
      {"i" + std::string(100'000, '9') + "e", Code::bencode_integer},
      {"i1ei2e", Code::bencode_trailing_bytes},
      {"d1:ai1e1:ai2ee", Code::bencode_key_order},
      {"d1:bi1e1:ai2ee", Code::bencode_key_order},
      {"d2:aai1e1:ai2ee", Code::bencode_key_order},
      {"d1:\xff" "i1e1:ai2ee", Code::bencode_key_order},
      {"d0:i1e0:i2ee", Code::bencode_key_order},
      {"di1e1:ae", Code::bencode_syntax},
      {"dlei1ee", Code::bencode_syntax},
      {"d1:ae", Code::bencode_syntax},
      {"d1:a", Code::bencode_truncated},
      {"l", Code::bencode_truncated},
      {"li1e", Code::bencode_truncated},
  };
  for (const auto& [text, code] : lies) {
    CAPTURE(text.substr(0, 60));
    CHECK(code_of(text) == code);
  }
}

TEST_CASE("a key named __proto__ is a key like any other") {
  const auto document = bencode_decode(as_bytes("d9:__proto__d1:ai1eee"));
  REQUIRE(document);
  CHECK_FALSE(document->root().find("a"));
  CHECK(document->root().find("__proto__")->integer_or("a", 0) == 1);
}

TEST_CASE("every cut of a document is truncated, never read past") {
  const std::string whole = "d1:ad1:bl3:xyzi-12ee1:cdee1:z10:0123456789e";
  CHECK(bencode_decode(as_bytes(whole)));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Bytes exact = to_bytes(as_bytes(whole).first(length));  // its own allocation, so that a sanitizer sees
    CHECK(bencode_decode(exact).error().code == Code::bencode_truncated);
  }
}
