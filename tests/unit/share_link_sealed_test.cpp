// links of sealed shares: both forms as they are written, read back whole, damaged on their way, and cut.
#include <doctest/doctest.h>

#include <set>

#include "base/rng.hpp"
#include "codec/base64url.hpp"
#include "codec/hex.hpp"
#include "codec/percent.hpp"
#include "codec/share_link.hpp"
#include "samara/config.hpp"

using namespace samara;

namespace {

const std::string base = "https://memo.example/app/";
const std::string secret_text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
constexpr std::string_view hash_hex = "bd1ba69e6051ee5ea8065a9a270a2703a9d8915a";

Magnet the_magnet() {
  Magnet magnet;
  magnet.info_hash = InfoHash{*hex_decode_array<20>(hash_hex)};
  return magnet;
}

Bytes the_secret() { return *base64url_decode(secret_text); }

ShareLink one(std::string_view text) {
  auto links = parse_share_link(text);
  REQUIRE(links.size() == 1);
  return std::move(links.front());
}

void check_sealed(std::string_view text, bool password_needed = false) {
  CAPTURE(text);
  const ShareLink link = one(text);
  REQUIRE_FALSE(link.problem);
  CHECK(link.kind == LinkKind::sealed);
  CHECK(link.magnet.info_hash == the_magnet().info_hash);
  CHECK(link.secret == the_secret());
  CHECK(link.password_needed == password_needed);
  CHECK(one(link.normalized).normalized == link.normalized);
}

void check_bad(std::string_view text, Code code, std::string_view why) {
  CAPTURE(text);
  const ShareLink link = one(text);
  REQUIRE(link.problem);
  CHECK(link.problem->code == code);
  CHECK(link.why == why);
  CHECK(link.normalized.empty());
}

Magnet random_magnet(Rng& rng) {
  Magnet magnet;
  rng.fill(magnet.info_hash.bytes);
  if (rng.below(2) == 0) magnet.bytes = rng.next() >> (1 + rng.below(62));
  const std::uint64_t trackers = rng.below(limits::link_trackers_max + 1) * rng.below(2);
  for (std::uint64_t i = 0; i < trackers; ++i) {
    magnet.trackers.push_back("wss://t" + std::to_string(rng.below(1'000'000)) +
                              ".example:" + std::to_string(1 + rng.below(65'535)) +
                              (rng.below(2) == 0 ? "" : "/announce?key=a%20b&x=" + std::to_string(i)));
  }
  const std::set<std::string> different(magnet.trackers.begin(), magnet.trackers.end());
  magnet.trackers.assign(different.begin(), different.end());
  return magnet;
}

void check_back(std::string_view text, const Magnet& magnet, ByteSpan secret, bool password_needed) {
  CAPTURE(text);
  const ShareLink link = one(text);
  REQUIRE_FALSE(link.problem);
  CHECK(link.magnet.info_hash == magnet.info_hash);
  CHECK(link.magnet.trackers == magnet.trackers);
  CHECK(link.dropped_trackers == 0);
  CHECK(equal(link.secret, secret));
  CHECK(link.password_needed == password_needed);
  CHECK(link.kind == (secret.empty() ? LinkKind::plain : LinkKind::sealed));
  const ShareLink again = one(link.normalized);
  REQUIRE_FALSE(again.problem);
  CHECK(again.kind == link.kind);
  CHECK(again.magnet.info_hash == magnet.info_hash);
  CHECK(again.magnet.trackers == magnet.trackers);
  CHECK(equal(again.secret, secret));
  CHECK(again.password_needed == password_needed);
  CHECK(again.normalized == link.normalized);
}

}  // namespace

TEST_CASE("a sealed link is written as the format says, character for character") {
  Magnet magnet = the_magnet();
  const std::string start = base + "#seeds=magnet%3A%3Fxt%3Durn%3Abtih%3A" + std::string(hash_hex);
  CHECK(format_sealed_url(base, magnet, the_secret(), false) == start + "&k=" + secret_text);
  CHECK(format_sealed_url(base, magnet, the_secret(), true) == start + "&k=" + secret_text + "&p=1");
  magnet.trackers = {"wss://t.example"};
  CHECK(format_sealed_url("", magnet, the_secret(), false) ==
        start.substr(base.size()) + "%26tr%3Dwss%253A%252F%252Ft.example&k=" + secret_text);
}

TEST_CASE("a compact sealed link is 71 characters behind its form, with the flags in front") {
  const auto payload = [](bool password_needed, const std::vector<std::string>& trackers) {
    const std::string link =
        format_sealed_compact_url(base, the_magnet().info_hash, the_secret(), password_needed, trackers);
    REQUIRE(link.starts_with(base + "#s1."));
    return link.substr(base.size() + 4);
  };
  CHECK(payload(false, {}).size() == 71);
  CHECK(payload(true, {}).size() == 71);
  CHECK(base64url_decode(payload(false, {}))->front() == 0);
  CHECK(base64url_decode(payload(true, {}))->front() == 1);
  CHECK(base64url_decode(payload(false, {"wss://t.example"}))->front() == 8);
  CHECK(base64url_decode(payload(true, {"wss://t.example"}))->front() == 9);
  const Bytes whole = *base64url_decode(payload(true, {"wss://t.example"}));
  CHECK(hex_encode(whole) ==
        "09" + std::string(hash_hex) + hex_encode(the_secret()) + "816f7773733a2f2f742e6578616d706c65");
}

TEST_CASE("every form that is written is read back, with and without password and trackers") {
  constexpr std::uint64_t seed = 71;
  CAPTURE(seed);
  Rng rng(seed);
  for (int round = 0; round < 400; ++round) {
    CAPTURE(round);
    const Magnet magnet = random_magnet(rng);
    Bytes secret(32);
    rng.fill(secret);
    const bool password_needed = rng.below(2) == 0;
    check_back(format_sealed_url(base, magnet, secret, password_needed), magnet, secret, password_needed);
    check_back(format_sealed_compact_url(base, magnet.info_hash, secret, password_needed, magnet.trackers), magnet,
               secret, password_needed);
    check_back(format_share_url(base, magnet), magnet, {}, false);
    check_back(format_compact_url(base, magnet.info_hash, magnet.trackers), magnet, {}, false);
  }
}

TEST_CASE("several sealed seeds keep their secrets and passwords, in order") {
  constexpr std::uint64_t seed = 72;
  CAPTURE(seed);
  Rng rng(seed);
  for (int round = 0; round < 50; ++round) {
    std::string text = base + "#";
    std::vector<ShareLink> expected;
    for (std::uint64_t i = 1 + rng.below(6); i > 0; --i) {
      ShareLink link;
      rng.fill(link.magnet.info_hash.bytes);
      if (rng.below(3) > 0) link.secret.resize(32);
      rng.fill(link.secret);
      link.password_needed = !link.secret.empty() && rng.below(2) == 0;
      text += (expected.empty() ? "seeds=" : "&seeds=") + encode_uri_component(format_magnet(link.magnet)) +
              "&k=" + base64url_encode(link.secret) + (link.password_needed ? "&p=1" : "&p=");
      expected.push_back(std::move(link));
    }
    CAPTURE(text);
    const auto links = parse_share_link(text);
    REQUIRE(links.size() == expected.size());
    for (std::size_t i = 0; i < links.size(); ++i) {
      CHECK_FALSE(links[i].problem);
      CHECK(links[i].magnet.info_hash == expected[i].magnet.info_hash);
      CHECK(links[i].secret == expected[i].secret);
      CHECK(links[i].password_needed == expected[i].password_needed);
      CHECK(parse_share_link(links[i].normalized).size() == 1);
    }
  }
}

TEST_CASE("sealed links come back from what messengers do to them") {
  const std::string url = format_sealed_url(base, the_magnet(), the_secret(), true);
  const std::string s1 = format_sealed_compact_url(base, the_magnet().info_hash, the_secret(), true, {});
  for (const std::string& link : {url, s1}) {
    const std::string fragment = link.substr(base.size() + 1);
    std::string in_lines = link;
    for (std::size_t at = link.size() - 5; at > base.size(); at -= std::min<std::size_t>(at, 31))
      in_lines.insert(at, "\r\n");
    std::string with_marks = link;
    for (std::size_t at = link.size() - 3; at > base.size(); at -= std::min<std::size_t>(at, 17))
      with_marks.insert(at, "\xe2\x80\x8b");
    for (const std::string& text :
         {"<" + link + ">", "\"" + link + "\"", "(" + link + ").", link + "!", link + ",", "*" + link + "*",
          "\xe2\x80\x9c" + link + "\xe2\x80\x9d", "\n " + link + " \n", "HTTPS" + link.substr(5), in_lines, with_marks,
          base + "#" + encode_uri_component(fragment),
          base + "#" + encode_uri_component(encode_uri_component(fragment)), base + "%23" + fragment,
          encode_uri_component(link), link + "&fbclid=abc", "#" + fragment, fragment}) {
      check_sealed(text, true);
    }
  }
  std::string entities = url;
  for (std::size_t at = entities.find('&'); at != std::string::npos; at = entities.find('&', at + 1))
    entities.replace(at, 1, "&amp;");
  check_sealed(entities, true);
  check_sealed(base + "#seeds=" + format_magnet(the_magnet()) +
               "&k=" + secret_text);  // decoded: the magnet's own `&` are ours
  check_sealed(base + "#/share?seeds=" + encode_uri_component(format_magnet(the_magnet())) + "&k=" + secret_text);
}

TEST_CASE("a secret that was cut anywhere is truncated, and one that is not a secret is bad") {
  const std::string url = base + "#seeds=" + std::string(hash_hex) + "&k=";
  for (std::size_t length = 1; length < secret_text.size(); ++length)
    check_bad(url + secret_text.substr(0, length), Code::bad_link, "truncated");
  check_bad(url + "-", Code::bad_link, "truncated");
  const ShareLink without_key = one(url + "-");
  CHECK(without_key.kind == LinkKind::sealed);
  CHECK(without_key.magnet.info_hash == the_magnet().info_hash);
  CHECK(without_key.secret.empty());
  check_bad(url + secret_text + "A", Code::bad_link, "bad-secret");
  check_bad(url + secret_text.substr(0, 42) + "9", Code::bad_link,
            "bad-secret");  // left-over bits: two texts for one secret
  check_bad(url + secret_text.substr(0, 42) + "+", Code::bad_link, "bad-secret");
}

TEST_CASE("a secret is read from the fragment only") {
  const std::string hash(hash_hex);
  const std::string s1 = format_sealed_compact_url("", the_magnet().info_hash, the_secret(), false, {}).substr(1);
  check_bad(base + "?seeds=" + hash + "&k=" + secret_text, Code::bad_link, "secret-in-query");
  check_bad(base + "?k=" + secret_text + "#" + hash, Code::bad_link, "secret-in-query");
  check_bad(base + "?k=" + secret_text + "#" + s1, Code::bad_link, "secret-in-query");
  check_bad(base + "?p=1&k=#" + s1, Code::bad_link, "secret-in-query");
  check_bad(base + "?" + s1, Code::bad_link, "not-a-link");
}

TEST_CASE("forms and flags that this version does not know are newer, also where they hold a secret") {
  const std::string s1 = format_sealed_compact_url("", the_magnet().info_hash, the_secret(), false, {});
  const std::string payload = s1.substr(4);
  for (const std::string& form : {"w1.", "s0.", "s2.", "s10.", "w2.", "i1.", "f1."}) {
    check_bad(base + "#" + form + payload, Code::newer_link, "newer-form");
    CHECK(one(base + "#" + form + payload).kind == LinkKind::unknown);
    CHECK(one(base + "#" + form + payload).secret.empty());
  }
  CHECK(one(base + "#p1." + payload).kind == LinkKind::pair);
  Bytes bytes = *base64url_decode(payload);
  for (std::uint32_t flags = 0; flags < 256; ++flags) {
    CAPTURE(flags);
    bytes[0] = static_cast<std::uint8_t>(flags);
    const ShareLink link = one(base + "#s1." + base64url_encode(bytes));
    const bool known = (flags & ~9U) == 0;
    CHECK(link.kind == LinkKind::sealed);
    CHECK((link.problem && link.problem->code == Code::newer_link) == !known);
    if (known) CHECK(link.problem.has_value() == ((flags & 8) != 0));  // no trackers follow
    if (link.problem) CHECK(link.normalized.empty());
  }
}

TEST_CASE("a secret that comes twice, or without seeds, makes no second meaning") {
  const std::string hash(hash_hex);
  const std::string other(43, 'B');
  CHECK(one(base + "#seeds=" + hash + "&k=" + secret_text + "&k=" + other.substr(0, 42) + "A").secret == the_secret());
  check_bad(base + "#k=" + secret_text, Code::bad_link, "not-a-link");
  check_bad(base + "#k=" + secret_text + "&p=1", Code::bad_link, "not-a-link");
  CHECK_FALSE(one(base + "#seeds=" + hash + "&k=" + secret_text + "&p=0").password_needed);
  CHECK_FALSE(one(base + "#seeds=" + hash + "&p=1").password_needed);  // nothing to open
}
