// Hostile links: row 25 of the list of hostile inputs.
#include <doctest/doctest.h>

#include <string>

#include "codec/base64url.hpp"
#include "codec/cbor_texts.hpp"
#include "codec/share_link.hpp"
#include "samara/config.hpp"

using namespace samara;

namespace {

const std::string hash(40, 'a');
const std::string magnet = "magnet:?xt=urn:btih:" + hash;

}  // namespace

TEST_CASE("a link above 8 KiB is refused unread") {
  const std::string large = magnet + "&dn=" + std::string(1'000'000, 'x');
  CHECK(parse_magnet(large).error().code == Code::too_large);
  const auto links = parse_share_link(large);
  REQUIRE(links.size() == 1);
  CHECK(links[0].problem->code == Code::too_large);
  CHECK(links[0].why == "too-long");
  const std::string longest = magnet + "&x=" + std::string(limits::link_bytes_max - magnet.size() - 3, 'x');
  CHECK(parse_magnet(longest));
  CHECK_FALSE(parse_magnet(longest + "x"));
}

TEST_CASE("of thousands of trackers sixteen stay and the rest is counted") {
  std::string text = magnet;
  std::uint32_t given = 0;
  while (text.size() < 8'000) {
    text += "&tr=wss://" + std::to_string(given) + ".e";
    ++given;
  }
  const auto link = parse_share_link(text);
  REQUIRE_FALSE(link[0].problem);
  CHECK(link[0].magnet.trackers.size() == limits::link_trackers_max);
  CHECK(link[0].dropped_trackers == given - limits::link_trackers_max);
  std::string seeds = magnet;
  for (int i = 0; i < 200; ++i) seeds += "&ws=https://" + std::to_string(i) + ".e/";
  CHECK(parse_magnet(seeds)->web_seeds.size() == limits::link_web_seeds_max);
}

TEST_CASE("schemes that run or reach inside are dropped") {
  const auto link = parse_magnet(magnet +
                                 "&tr=javascript:alert(1)&tr=data:text/html,x&tr=file:///etc/passwd&tr=wss://u:p@a.example"
                                 "&tr=ws://10.0.0.1&tr=ws://169.254.169.254/&ws=http://192.168.0.1/admin&xs=http://10.0.0.1/"
                                 "&as=ftp://a.example/x&ws=javascript:1");
  REQUIRE(link);
  CHECK(link->trackers.empty());
  CHECK(link->web_seeds.empty());
  CHECK(link->dropped_trackers == 6);
  CHECK(link->dropped_web_seeds == 3);
}

TEST_CASE("percent bombs end after a few rounds") {
  std::string bomb = "%";
  while (bomb.size() < 8'000) bomb += "25";
  const auto links = parse_share_link(bomb);
  REQUIRE(links.size() == 1);
  CHECK(links[0].why == "not-a-link");
  const auto seeds = parse_share_link("#seeds=" + bomb);
  REQUIRE(seeds.size() == 1);
  CHECK(seeds[0].problem);
  std::string escaped;
  for (int i = 0; i < 2'600; ++i) escaped += "%25";
  CHECK(parse_share_link("https://a.example/#" + escaped)[0].problem);
}

TEST_CASE("a link that grows by escaping is cut to what can be read again") {
  std::string name;
  for (int i = 0; i < 2'000; ++i) name += "\xe2\x98\x82";
  std::string text = magnet + "&dn=" + name;
  for (int i = 0; i < 16; ++i) text += "&tr=wss://" + std::to_string(i) + ".e/" + std::string(90, '/');
  for (const std::string& tail : {std::string(), std::string("&k=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8&p=1")}) {
    const auto links = parse_share_link("#seeds=" + text + tail);
    REQUIRE(links.size() == 1);
    REQUIRE_FALSE(links[0].problem);
    CHECK(links[0].normalized.size() <= limits::link_bytes_max);
    const auto again = parse_share_link(links[0].normalized);
    REQUIRE_FALSE(again[0].problem);
    CHECK(again[0].normalized == links[0].normalized);
    CHECK(again[0].kind == links[0].kind);
  }
}

TEST_CASE("a stranger's secret in a query is refused whatever stands in the fragment") {
  for (const std::string& text : {"https://a.example/?k=x#" + hash, "https://a.example/?a=b&k=#seeds=" + hash,
                                  "/share?seeds=" + hash + "&k=AAAA", "https://a.example/?seeds%3D" + hash + "%26k%3DAA"}) {
    const auto links = parse_share_link(text);
    REQUIRE(links.size() == 1);
    CHECK(links[0].problem);
    CHECK(links[0].why == "secret-in-query");
  }
}

namespace {

// flags, infohash and secret of a sealed link, with anything behind.
std::string sealed_form(std::uint8_t flags, ByteSpan rest) {
  Bytes bytes(1 + 20 + 32, 7);
  bytes[0] = flags;
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return "#s1." + base64url_encode(bytes);
}

}  // namespace

TEST_CASE("a sealed link's tracker list is bounded like a magnet's") {
  std::vector<std::string> trackers;
  for (int i = 0; i < 255; ++i) trackers.push_back("wss://" + std::to_string(i) + ".e");
  Bytes cbor;
  cbor_write_texts(cbor, trackers);
  const auto many = parse_share_link(sealed_form(8, cbor));
  REQUIRE_FALSE(many[0].problem);
  CHECK(many[0].magnet.trackers.size() == limits::link_trackers_max);
  CHECK(many[0].dropped_trackers == 255 - limits::link_trackers_max);
  trackers.emplace_back("wss://one.more");
  cbor.clear();
  cbor_write_texts(cbor, trackers);
  CHECK(parse_share_link(sealed_form(8, cbor))[0].why == "bad-trackers");
  const std::vector<std::string> unusable{
      "javascript:alert(1)", "file:///etc/passwd", "ws://10.0.0.1", "wss://u:p@a.example", "", "wss://ok.example"};
  cbor.clear();
  cbor_write_texts(cbor, unusable);
  const auto left = parse_share_link(sealed_form(9, cbor));
  CHECK(left[0].magnet.trackers == std::vector<std::string>{"wss://ok.example"});
  CHECK(left[0].dropped_trackers == 5);
}

TEST_CASE("what stands behind a sealed link's secret is one deterministic list or the link is bad") {
  for (const std::string_view rest :
       {"\x9f\xff", "\x98\x01\x60", "\xa0", "\x81\x41x", "\x80\x80", "\x81\x61\xff", "\x81\x82\x60\x60"}) {
    CHECK(parse_share_link(sealed_form(8, as_bytes(rest)))[0].why == "bad-trackers");
  }
  for (const std::string_view rest : {"", "\x81", "\x82\x60", "\x81\x79\xff\xff", "\x99\x01"}) {
    CHECK(parse_share_link(sealed_form(8, as_bytes(rest)))[0].why == "truncated");
  }
  CHECK(parse_share_link(sealed_form(0, as_bytes("x")))[0].why == "bad-flags");
  CHECK(parse_share_link(sealed_form(8, Bytes(5'000, 0x81)))[0].why == "bad-trackers");
}

TEST_CASE("a sealed link above 8 KiB is refused unread, and its secret is not kept") {
  const std::string secret(43, 'A');
  const std::string link = "#seeds=" + magnet + "&k=" + secret + "&x=" + std::string(limits::link_bytes_max, 'x');
  const auto links = parse_share_link(link);
  REQUIRE(links.size() == 1);
  CHECK(links[0].problem->code == Code::too_large);
  CHECK(links[0].secret.empty());
}
