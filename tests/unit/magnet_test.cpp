// magnet links: the forms found in the wild, what is kept of them, and the text we write.
#include <doctest/doctest.h>

#include "base/rng.hpp"
#include "codec/hex.hpp"
#include "codec/magnet.hpp"
#include "samara/config.hpp"

using namespace samara;

namespace {

constexpr std::string_view hash_hex = "bd1ba69e6051ee5ea8065a9a270a2703a9d8915a";
const std::string xt = "magnet:?xt=urn:btih:" + std::string(hash_hex);

Magnet read(std::string_view text, LinkPolicy policy = {}) {
  const auto magnet = parse_magnet(text, policy);
  REQUIRE_MESSAGE(magnet, text);
  return *magnet;
}

LinkWhy why(std::string_view text) {
  const auto magnet = parse_magnet(text);
  REQUIRE_FALSE(magnet);
  return static_cast<LinkWhy>(magnet.error().detail);
}

}  // namespace

TEST_CASE("the infohash is taken in hex and base32 of any case") {
  const InfoHash hash{*hex_decode_array<20>(hash_hex)};
  CHECK(read(xt).info_hash == hash);
  CHECK(read("MAGNET:?XT=URN:BTIH:BD1BA69E6051EE5EA8065A9A270A2703A9D8915A").info_hash == hash);
  CHECK(read("magnet:?xt=urn:btih:xun2nhtakhxf5kaglkncocrhaou5rek2").info_hash == hash);
  CHECK(read("magnet:?xt=urn:btih:XUN2NHTAKHXF5KAGLKNCOCRHAOU5REK2").info_hash == hash);
  CHECK(read("stream-magnet:?xt=urn:btih:" + std::string(hash_hex)).info_hash == hash);
  CHECK(read("magnet:?xt=urn%3Abtih%3A" + std::string(hash_hex)).info_hash == hash);
  CHECK(read("  " + xt + "\n").info_hash == hash);
}

TEST_CASE("the first good btih counts; a link with none says why") {
  const std::string other = "1111111111111111111111111111111111111111";
  CHECK(hex_encode(read(xt + "&xt=urn:btih:" + other).info_hash.bytes) == hash_hex);
  CHECK(hex_encode(read("magnet:?xt=urn:btmh:1220aa&xt.1=urn:btih:" + other).info_hash.bytes) == other);
  CHECK(why("magnet:?xt=urn:btmh:1220aa") == LinkWhy::only_v2);
  CHECK(why("magnet:?xt=urn:btih:xyz") == LinkWhy::bad_hash);
  CHECK(why("magnet:?dn=x") == LinkWhy::no_hash);
  CHECK(why("magnet:?") == LinkWhy::no_hash);
  CHECK(why("") == LinkWhy::empty);
  CHECK(why("http://example.com") == LinkWhy::not_a_link);
}

TEST_CASE("every field is read, also where JavaScript's parsers drop it") {
  const Magnet magnet = read(xt + "&dn=Hello+W%C3%B6rld%2B1&xl=123&tr.1=wss%3A%2F%2Fa.example%2F&tr=wss://b.example/x?k=1=2"
                                  "&ws=https%3A%2F%2Fc.example%2Fdir%2F&as=https://d.example/f&xs=https://e.example/t"
                                  "&dn=second&so=0&noequals&=x");
  CHECK(magnet.name == "Hello W\xc3\xb6rld+1");
  CHECK(magnet.bytes == 123);
  CHECK(magnet.trackers == std::vector<std::string>{"wss://a.example", "wss://b.example/x?k=1=2"});
  CHECK(magnet.web_seeds == std::vector<std::string>{"https://c.example/dir/", "https://d.example/f"});
  CHECK(read(xt + "&dn=100%&xl=-1").name == "100%");
  CHECK_FALSE(read(xt + "&xl=99999999999999999999").bytes);
  CHECK(read(xt + "&dn=%ff").name == "\xef\xbf\xbd");
}

TEST_CASE("a browser keeps wss, and ws on this machine only") {
  const LinkPolicy browser;
  for (const std::string_view url : {"wss://a.example", "WSS://a.example:7073/announce", "ws://localhost:8000",
                                     "ws://127.0.0.1:1", "ws://127.8.8.8", "ws://[::1]:80/x"}) {
    CHECK_MESSAGE(is_usable_tracker(url, browser), url);
  }
  for (const std::string_view url :
       {"ws://a.example", "ws://127.evil.com", "ws://localhost.evil.com", "ws://127.0.0.1.evil.com", "udp://a.example:1",
        "http://a.example", "https://a.example", "javascript:alert(1)", "wss://", "wss://user@a.example", "wss:a.example",
        "wss://a.example:0", "wss://a.example:99999", "wss://a.example:x", "wss://a b", "wss://a.example#x",
        "wss://\xc3\xa9.example", "wss://[::1", "wss://[x]", "wss://a\"b", "ws://[::2]", "", "wss://.a", "wss://a%41"}) {
    CHECK_MESSAGE(!is_usable_tracker(url, browser), url);
  }
  CHECK_FALSE(is_usable_tracker("ws://localhost", {true, false}));
  CHECK(is_usable_tracker("udp://a.example:1", {false, true}));
  CHECK(is_usable_web_seed("https://a.example/x", browser));
  CHECK(is_usable_web_seed("http://localhost/x", browser));
  CHECK_FALSE(is_usable_web_seed("http://a.example/x", browser));
  CHECK(is_usable_web_seed("http://a.example/x", {false, true}));
  CHECK_FALSE(is_usable_web_seed("file:///etc/passwd", {false, true}));
}

TEST_CASE("unusable and repeated trackers are counted, not an error") {
  const Magnet magnet = read(xt + "&tr=wss://a.example&tr=wss://A.example/&tr=udp://b.example:1&tr=wss://b.example/P");
  CHECK(magnet.trackers == std::vector<std::string>{"wss://a.example", "wss://b.example/P"});
  CHECK(magnet.dropped_trackers == 2);
}

TEST_CASE("a magnet is written in the order and escapes of the WebTorrent family") {
  Magnet magnet;
  magnet.info_hash = InfoHash{*hex_decode_array<20>(hash_hex)};
  CHECK(format_magnet(magnet) == xt);
  magnet.name = "M\xc3\xa9mo 1+1 & '(a)*!~-_.";
  magnet.bytes = 40'000;
  magnet.trackers = {"wss://a.example/x y"};
  magnet.web_seeds = {"https://b.example/f"};
  CHECK(format_magnet(magnet) == xt + "&dn=M%C3%A9mo+1%2B1+%26+'(a)*!~-_.&xl=40000&tr=wss%3A%2F%2Fa.example%2Fx%20y"
                                      "&ws=https%3A%2F%2Fb.example%2Ff");
}

TEST_CASE("what is written is read back, whatever the name") {
  constexpr std::uint64_t seed = 7;
  CAPTURE(seed);
  Rng rng(seed);
  for (int round = 0; round < 300; ++round) {
    Magnet magnet;
    rng.fill(magnet.info_hash.bytes);
    for (std::uint64_t i = rng.below(40); i > 0; --i) magnet.name.push_back(static_cast<char>(32 + rng.below(95)));
    if (rng.below(2) == 0) magnet.bytes = rng.next() >> 2;
    for (std::uint64_t i = rng.below(4); i > 0; --i) {
      magnet.trackers.push_back("wss://t" + std::to_string(i) + ".example/" + std::to_string(rng.below(100)));
    }
    const Magnet again = read(format_magnet(magnet));
    CHECK(again.info_hash == magnet.info_hash);
    CHECK(again.name == magnet.name);
    CHECK(again.bytes == magnet.bytes);
    CHECK(again.trackers == magnet.trackers);
  }
}
