// share links: every form of DESIGN's Links, and links as messengers leave them.
#include <doctest/doctest.h>

#include "base/rng.hpp"
#include "codec/base64url.hpp"
#include "codec/cbor_texts.hpp"
#include "codec/hex.hpp"
#include "codec/percent.hpp"
#include "codec/share_link.hpp"
#include "samara/config.hpp"

using namespace samara;

namespace {

constexpr std::string_view hash_hex = "bd1ba69e6051ee5ea8065a9a270a2703a9d8915a";
const std::string base = "https://memo.example/app/";
const std::string magnet_text =
    "magnet:?xt=urn:btih:" + std::string(hash_hex) + "&dn=Hello+World.webm&tr=wss%3A%2F%2Ftracker.example";
const std::string seeds_url = base + "#seeds=" + encode_uri_component(magnet_text);
const std::string secret_text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

InfoHash the_hash() { return InfoHash{*hex_decode_array<20>(hash_hex)}; }

ShareLink one(std::string_view text) {
  auto links = parse_share_link(text);
  REQUIRE(links.size() == 1);
  return std::move(links.front());
}

std::string sealed_form(std::uint8_t flags, ByteSpan rest = {}) {
  Bytes bytes{flags};
  const InfoHash hash = the_hash();
  bytes.insert(bytes.end(), hash.bytes.begin(), hash.bytes.end());
  for (std::uint8_t i = 0; i < 32; ++i) bytes.push_back(i);
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return "s1." + base64url_encode(bytes);
}

void check_plain(std::string_view text) {
  CAPTURE(text);
  const ShareLink link = one(text);
  CHECK_FALSE(link.problem);
  CHECK(link.kind == LinkKind::plain);
  CHECK(link.magnet.info_hash == the_hash());
  const ShareLink again = one(link.normalized);
  CHECK_FALSE(again.problem);
  CHECK(again.magnet.info_hash == the_hash());
  CHECK(again.normalized == link.normalized);
}

void check_bad(std::string_view text, Code code, std::string_view why) {
  CAPTURE(text);
  const ShareLink link = one(text);
  REQUIRE(link.problem);
  CHECK(link.problem->code == code);
  CHECK(link.why == why);
  CHECK(link.normalized.empty());
}

}  // namespace

TEST_CASE("every plain form is read") {
  const std::string hex(hash_hex);
  check_plain(seeds_url);
  check_plain(magnet_text);
  check_plain(hex);
  check_plain("XUN2NHTAKHXF5KAGLKNCOCRHAOU5REK2");
  check_plain("https://instant.io/#" + hex);
  check_plain("https://instant.io/#" + magnet_text);
  check_plain("https://instant.io/#" + encode_uri_component(magnet_text));
  check_plain("https://a.example/share?seeds=" + encode_uri_component(magnet_text));
  check_plain("/share?seeds=" + encode_uri_component(magnet_text));
  check_plain("https://a.example/#/share?seeds=" + encode_uri_component(magnet_text));
  check_plain(base + "#seeds=" + hex);
  check_plain("#seeds=" + encode_uri_component(magnet_text));
  check_plain("seeds=" + encode_uri_component(magnet_text));
  check_plain(format_compact_url(base, the_hash(), {}));
  check_plain(format_compact_url("", the_hash(), {}));
  check_plain("https://a.example/share?seeds=" + encode_uri_component(magnet_text) + "#:~:text=memo");
}

TEST_CASE("the link in the seed text is a plain share with only its browser trackers") {
  const ShareLink link = one(
      "https://bt-voice-memos.appspot.com/share?seeds=magnet%3A%3Fxt%3Durn%3Abtih%3A"
      "bd1ba69e6051ee5ea8065a9a270a2703a9d8915a%26dn%3DHello%2BWorld.webm%26tr%3Dudp%253A%252F%252Fexodus.desync.com"
      "%253A6969%26tr%3Dudp%253A%252F%252Ftracker.coppersurfer.tk%253A6969%26tr%3Dudp%253A%252F%252F"
      "tracker.internetwarriors.net%253A1337%26tr%3Dudp%253A%252F%252Ftracker.leechers-paradise.org%253A6969%26tr%3D"
      "udp%253A%252F%252Ftracker.openbittorrent.com%253A80%26tr%3Dwss%253A%252F%252Ftracker.btorrent.xyz%26tr%3D"
      "wss%253A%252F%252Ftracker.fastcast.nz%26tr%3Dwss%253A%252F%252Ftracker.openwebtorrent.com%26tr%3D"
      "wss%253A%252F%252Ftracker.webtorrent.io");
  CHECK_FALSE(link.problem);
  CHECK(link.kind == LinkKind::plain);
  CHECK(hex_encode(link.magnet.info_hash.bytes) == hash_hex);
  CHECK(link.magnet.name == "Hello World.webm");
  CHECK(link.magnet.trackers ==
        std::vector<std::string>{"wss://tracker.btorrent.xyz", "wss://tracker.fastcast.nz",
                                 "wss://tracker.openwebtorrent.com", "wss://tracker.webtorrent.io"});
  CHECK(link.dropped_trackers == 5);
}

TEST_CASE("sealed links are read whole, in both forms") {
  for (const std::string& text : {seeds_url + "&k=" + secret_text, base + "#" + sealed_form(0), "#" + sealed_form(0),
                                  sealed_form(0), base + "#k=" + secret_text + "&seeds=" + std::string(hash_hex)}) {
    CAPTURE(text);
    const ShareLink link = one(text);
    CHECK_FALSE(link.problem);
    CHECK(link.kind == LinkKind::sealed);
    CHECK(link.magnet.info_hash == the_hash());
    CHECK(base64url_encode(link.secret) == secret_text);
    CHECK_FALSE(link.password_needed);
    const ShareLink again = one(link.normalized);
    CHECK(again.kind == LinkKind::sealed);
    CHECK(again.secret == link.secret);
    CHECK(again.normalized == link.normalized);
  }
  CHECK(one(seeds_url + "&k=" + secret_text + "&p=1").password_needed);
  CHECK(one(one(base + "#" + sealed_form(1)).normalized).password_needed);
  CHECK(sealed_form(0).size() == 3 + 71);
}

TEST_CASE("trackers travel in the compact forms as a CBOR array") {
  const std::vector<std::string> trackers{"wss://a.example", "wss://b.example/x", "udp://c.example:1"};
  const ShareLink link = one(format_compact_url(base, the_hash(), trackers));
  CHECK_FALSE(link.problem);
  CHECK(link.magnet.trackers == std::vector<std::string>{"wss://a.example", "wss://b.example/x"});
  CHECK(link.dropped_trackers == 1);
  Bytes cbor;
  cbor_write_texts(cbor, trackers);
  CHECK(cbor[0] == 0x83);
  const ShareLink sealed = one(base + "#" + sealed_form(8, cbor));
  CHECK(sealed.kind == LinkKind::sealed);
  CHECK(sealed.magnet.trackers.size() == 2);
  CHECK(one(sealed.normalized).magnet.trackers.size() == 2);
}

TEST_CASE("links come back from what messengers do to them") {
  const std::string m1 = format_compact_url(base, the_hash(), {});
  std::string spaced = seeds_url;
  for (std::size_t at = 70; at > 20; at -= 25) spaced.insert(at, "\xe2\x80\x8b");
  std::string wrapped = seeds_url;
  wrapped.insert(90, "\r\n ");
  std::string entities = seeds_url + "&amp;x=1";
  std::string upper = "HTTPS" + seeds_url.substr(5);
  const std::string fragment = seeds_url.substr(base.size() + 1);
  std::string upper_magnet = "Magnet" + magnet_text.substr(6);
  for (const std::string& text : {
           "<" + seeds_url + ">",
           "\"" + seeds_url + "\"",
           "'" + seeds_url + "'",
           "(" + seeds_url + ")",
           "[" + seeds_url + "]",
           "\xe2\x80\x9c" + seeds_url + "\xe2\x80\x9d",
           "\xc2\xab" + seeds_url + "\xc2\xbb",
           "`" + m1 + "`",
           "*" + m1 + "*",
           seeds_url + ".",
           seeds_url + "!?).",
           m1 + ",",
           m1 + ";:",
           m1 + "\xe2\x80\xa6",
           m1 + "?utm_source=x",
           m1 + "&fbclid=x",
           "  " + seeds_url + "\n\n",
           spaced,
           wrapped,
           "\xef\xbb\xbf" + seeds_url,
           m1.substr(0, m1.size() - 9) + "\n" + m1.substr(m1.size() - 9),
           m1.substr(0, m1.size() - 9) + "%E2%80%8B" + m1.substr(m1.size() - 9),
           entities,
           magnet_text.substr(0, 60) + "&amp;" + magnet_text.substr(61),
           upper,
           upper_magnet,
           base + "#" + encode_uri_component(fragment),
           base + "#" + encode_uri_component(encode_uri_component(fragment)),
           base + "%23" + fragment,
           base + "#seeds=" + encode_uri_component(encode_uri_component(magnet_text)),
           base + "#seeds=" + magnet_text,
           encode_uri_component(magnet_text),
           encode_uri_component(seeds_url),
           m1 + "%3E",
       }) {
    check_plain(text);
  }
  const ShareLink decoded = one(base + "#seeds=" + magnet_text + "&k=" + secret_text + "&p=1");
  CHECK(decoded.kind == LinkKind::sealed);
  CHECK(decoded.password_needed);
  CHECK(decoded.magnet.trackers == std::vector<std::string>{"wss://tracker.example"});
  CHECK(one(seeds_url + "&k=" + secret_text + ").").secret.size() == 32);
  CHECK(one(seeds_url + "&amp;k=" + secret_text + "&amp;p=1").secret.size() == 32);
  CHECK(one("<" + base + "#" + encode_uri_component(fragment + "&k=" + secret_text) + ">").secret.size() == 32);
  CHECK(one(seeds_url + "&k=" + secret_text.substr(0, 20) + " \n" + secret_text.substr(20)).secret.size() == 32);
}

TEST_CASE("a bad link says why") {
  check_bad("", Code::bad_link, "empty");
  check_bad(" \n<>", Code::bad_link, "empty");
  check_bad("hello", Code::bad_link, "not-a-link");
  check_bad("https://memo.example/", Code::bad_link, "not-a-link");
  check_bad("https://memo.example/#top", Code::bad_link, "not-a-link");
  check_bad("https://memo.example/?q=1#a1.intro", Code::bad_link, "not-a-link");
  check_bad("javascript:alert(1)", Code::bad_link, "not-a-link");
  check_bad("%%%%", Code::bad_link, "not-a-link");
  check_bad(base + "#seeds=", Code::bad_link, "empty");
  check_bad(base + "#seeds=nonsense", Code::bad_link, "not-a-link");
  check_bad("magnet:?xt=urn:btih:123", Code::bad_link, "bad-hash");
  check_bad("magnet:?xt=urn:btmh:1220", Code::bad_link, "only-v2");
  check_bad("magnet:?dn=x", Code::bad_link, "no-hash");
  check_bad(seeds_url + "&k=" + secret_text.substr(0, 42), Code::bad_link, "truncated");
  check_bad(seeds_url + "&k=A", Code::bad_link, "truncated");
  check_bad(seeds_url + "&k=" + secret_text + "AAAA", Code::bad_link, "bad-secret");
  check_bad(seeds_url + "&k=" + secret_text.substr(0, 42) + "$", Code::bad_link, "bad-secret");
  check_bad(base + "?k=" + secret_text + "#seeds=" + std::string(hash_hex), Code::bad_link, "secret-in-query");
  check_bad(base + "?seeds=" + std::string(hash_hex) + "&k=" + secret_text, Code::bad_link, "secret-in-query");
  check_bad(base + "#m1.AAAA", Code::bad_link, "truncated");
  check_bad(base + "#m1.", Code::bad_link, "truncated");
  check_bad(base + "#m1.AAAA*AAAA", Code::bad_link, "bad-hash");
  check_bad(format_compact_url(base, the_hash(), {}) + "AAAA", Code::bad_link, "bad-flags");
  check_bad(base + "#" + sealed_form(0, as_bytes("x")), Code::bad_link, "bad-flags");
  check_bad(base + "#" + sealed_form(8, as_bytes("\xf6")), Code::bad_link, "bad-trackers");
  check_bad(base + "#" + sealed_form(8), Code::bad_link, "truncated");
}

TEST_CASE("a compact link cut anywhere is truncated") {
  const std::vector<std::string> trackers{"wss://a.example", "wss://b.example"};
  Bytes cbor;
  cbor_write_texts(cbor, trackers);
  for (const std::string& whole : {sealed_form(0), sealed_form(8, cbor), format_compact_url("#", the_hash(), {}).substr(2),
                                   format_compact_url("#", the_hash(), trackers).substr(2)}) {
    for (std::size_t length = 3; length < whole.size(); ++length) {
      CAPTURE(length);
      check_bad("#" + whole.substr(0, length), Code::bad_link, "truncated");
    }
  }
}

TEST_CASE("forms of tomorrow are newer, not bad, and known by their kind") {
  const std::string payload(28, 'A');
  for (const std::string& form : {"w1.", "i1.", "f1.", "s2.", "m12.", "x1."}) {
    check_bad(base + "#" + form + payload, Code::newer_link, "newer-form");
    CHECK(one(base + "#" + form + payload).kind == LinkKind::unknown);
  }
  CHECK(one(base + "#p1." + payload).kind == LinkKind::pair);
  check_bad(base + "#p1." + payload, Code::newer_link, "newer-form");
  check_bad("w1." + payload, Code::newer_link, "newer-form");
  check_bad(base + "#" + sealed_form(2), Code::newer_link, "newer-form");
  check_bad(base + "#" + sealed_form(16), Code::newer_link, "newer-form");
}

TEST_CASE("several seeds come with their own secrets, in order") {
  const std::string hex(hash_hex);
  const auto links = parse_share_link(base + "#seeds=" + hex + "&k=&seeds=" + hex + "&k=" + secret_text +
                                      "&p=&p=1&seeds=nonsense&seeds=" + hex);
  REQUIRE(links.size() == 4);
  CHECK(links[0].kind == LinkKind::plain);
  CHECK(links[1].kind == LinkKind::sealed);
  CHECK(links[1].password_needed);
  CHECK(links[2].problem);
  CHECK(links[3].kind == LinkKind::plain);
  std::string many = base + "#";
  for (int i = 0; i < 20; ++i) many += "seeds=" + hex + "&";
  const auto capped = parse_share_link(many);
  REQUIRE(capped.size() == limits::link_seeds_max + 1);
  CHECK(capped.back().why == "too-many-seeds");
}

TEST_CASE("CBOR arrays are taken in their one deterministic form only") {
  const auto reads = [](std::string_view bytes) { return cbor_read_texts(as_bytes(bytes), 4).has_value(); };
  CHECK(reads("\x80"));
  CHECK(reads("\x82\x61\x61\x60"));
  CHECK_FALSE(reads("\x85\x60\x60\x60\x60\x60"));
  CHECK_FALSE(reads("\x98\x01\x60"));
  CHECK_FALSE(reads("\x81\x78\x01\x61"));
  CHECK_FALSE(reads("\x9f\x60\xff"));
  CHECK_FALSE(reads("\x81\x41\x61"));
  CHECK_FALSE(reads("\x81\x61\xff"));
  CHECK_FALSE(reads("\x81\x60\x60"));
  CHECK_FALSE(reads("\x81"));
  CHECK_FALSE(reads("\x81\x7b\xff\xff\xff\xff\xff\xff\xff\xff"));
  CHECK_FALSE(reads("\x60"));
  CHECK_FALSE(reads(""));
  const std::vector<std::string> texts{std::string(23, 'a'), std::string(24, 'b'), std::string(255, 'c'),
                                       std::string(256, 'd')};
  Bytes out;
  cbor_write_texts(out, texts);
  CHECK(cbor_read_texts(out, 4) == texts);
}

TEST_CASE("what is written is read back") {
  constexpr std::uint64_t seed = 11;
  CAPTURE(seed);
  Rng rng(seed);
  for (int round = 0; round < 300; ++round) {
    Magnet magnet;
    rng.fill(magnet.info_hash.bytes);
    for (std::uint64_t i = rng.below(30); i > 0; --i) magnet.name.push_back(static_cast<char>(32 + rng.below(95)));
    for (std::uint64_t i = rng.below(6); i > 0; --i) magnet.trackers.push_back("wss://t" + std::to_string(i) + ".example");
    const ShareLink link = one(format_share_url(base, magnet));
    REQUIRE_FALSE(link.problem);
    CHECK(link.magnet.info_hash == magnet.info_hash);
    CHECK(link.magnet.name == magnet.name);
    CHECK(link.magnet.trackers == magnet.trackers);
    CHECK(one(link.normalized).magnet.name == magnet.name);
    const ShareLink compact = one(format_compact_url(base, magnet.info_hash, magnet.trackers));
    REQUIRE_FALSE(compact.problem);
    CHECK(compact.magnet.info_hash == magnet.info_hash);
    CHECK(compact.magnet.trackers == magnet.trackers);
  }
}
