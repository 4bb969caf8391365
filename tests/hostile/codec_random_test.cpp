// A deterministic mutation loop over every parser of codec: whatever comes in, it ends without a
// crash and what it accepts keeps the parser's promises. Meant to run under the sanitizers.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/rng.hpp"
#include "codec/percent.hpp"
#include "fuzz/promises.hpp"
#include "vectors/sdp_samples.hpp"

using namespace samara;

namespace {

constexpr int rounds = 10'000;

using Corpus = std::vector<std::string>;

const std::string hash(40, 'a');
const std::string secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

// Pieces of grammar that random bytes would seldom hit.
const std::vector<std::string> dictionary{
    "d", "l", "e", "i", "0:", "i-0e", "i9223372036854775807e", "4:name", "6:length", "5:files", "99999:", "4:path",
    "%25", "%", "&", "=", "#", "?", "&k=", "seeds=", "s1.", "m1.", "magnet:?", "xt=urn:btih:", "&tr=", "wss://", "&amp;",
    "\xe2\x80\x8b", "\xff", "{", "}", "[", "]", "\"", ":", ",", "\\u0000", "1e999", "null", "\"offer\":{", "\"sdp\":",
    "a=candidate:", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n", "\r\n", "a=setup:actpass\r\n", " typ host",
    ".local", "::", "127.0.0.1", std::string(1, '\0')};

std::size_t pick(Rng& rng, std::size_t bound) { return static_cast<std::size_t>(rng.below(bound)); }

std::string mutated(Rng& rng, const Corpus& corpus) {
  std::string text = corpus[pick(rng, corpus.size())];
  for (std::uint64_t n = 1 + rng.below(6); n > 0; --n) {
    const std::size_t at = pick(rng, text.size() + 1);
    switch (rng.below(6)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(rng.next());
        break;
      case 1: text.insert(at, 1, static_cast<char>(rng.next())); break;
      case 2: text.erase(at, pick(rng, 8)); break;
      case 3: text.insert(at, dictionary[pick(rng, dictionary.size())]); break;
      case 4: text.insert(at, text.substr(pick(rng, text.size() + 1), pick(rng, 64))); break;
      default: {
        const std::string& other = corpus[pick(rng, corpus.size())];
        text = text.substr(0, at) + other.substr(pick(rng, other.size() + 1));
      }
    }
  }
  return text;
}

// Each mutated text must keep the promise of that name (fuzz/promises.hpp).
void run(std::uint64_t seed, const Corpus& corpus, bool (*kept)(ByteSpan)) {
  Rng rng(seed);
  for (int round = 0; round < rounds; ++round) {
    const std::string text = mutated(rng, corpus);
    if (kept(as_bytes(text))) continue;
    FAIL("seed " << seed << " round " << round << " input " << encode_uri_component(text));
  }
}

const std::string info =
    "d5:filesld6:lengthi9e4:pathl1:a1:beed4:attr1:p6:lengthi7e4:pathl4:.padeee4:name1:n12:piece lengthi16384e"
    "6:pieces20:xxxxxxxxxxxxxxxxxxxx7:privatei1e6:source1:se";

}  // namespace

TEST_CASE("random bencode: views stay inside the input") {
  run(1, {"d1:ai-42e4:listl0:i7ed1:xi1eee4:text5:helloe", info, "li1ei2ee", "le", "3:abc"}, fuzz::keeps_bencode);
}

TEST_CASE("random metainfo: what passes has consistent geometry") {
  run(2,
      {info, "d6:lengthi1e4:name1:n12:piece lengthi16384e6:pieces20:xxxxxxxxxxxxxxxxxxxxe",
       "d8:announce5:udp:a13:announce-listll5:udp:aeel5:wss:bee4:info" + info + "8:url-list9:http://x/e"},
      fuzz::keeps_metainfo);
}

TEST_CASE("random links: an entry has a problem or a normalized form that reads the same") {
  run(3,
      {"https://a.example/#seeds=magnet%3A%3Fxt%3Durn%3Abtih%3A" + hash +
           "%26dn%3DHello%2BWorld%26tr%3Dwss%253A%252F%252Fa.b",
       "https://a.example/#seeds=" + hash + "&k=" + secret + "&p=1&seeds=" + hash,
       "magnet:?xt=urn:btih:" + hash + "&dn=a+b&tr=wss://a.b&ws=https://c.d/&xl=5&xs=x",
       "#s1.AKqqqqqqqqqqqqqqqqqqqqqqqqqqAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
       "#m1.CKqqqqqqqqqqqqqqqqqqqqqqqqqqgm93c3M6Ly9hLmV4YW1wbGU",
       "<https://a.example/share?seeds=magnet%3A%3Fxt%3Durn%3Abtih%3A" + hash + ">.", "https://instant.io/#" + hash},
      fuzz::keeps_link);
}

TEST_CASE("random magnets: only usable URLs come out") {
  run(4,
      {"magnet:?xt=urn:btih:" + hash + "&dn=a+b&tr=wss://a.b&tr.1=ws://localhost:1&ws=https://c.d/&xl=5",
       "stream-magnet:?xt=urn:btih:XUN2NHTAKHXF5KAGLKNCOCRHAOU5REK2&tr=ws%3A%2F%2F[::1]"},
      fuzz::keeps_magnet);
}

TEST_CASE("random tracker frames: what passes is within its limits") {
  const std::string ids =
      R"("info_hash":"aaaaaaaaaaaaaaaaaaaa","peer_id":"bbbbbbbbbbbbbbbbbbbb","offer_id":"cccccccccccccccccccc")";
  run(5,
      {R"({"complete":1,"incomplete":2,"action":"announce","interval":120.5,"info_hash":"\u0000\u00ffaaaaaaaaaaaaaaaaaa"})",
       R"({"action":"announce",)" + ids + R"(,"offer":{"type":"offer","sdp":"v=0\r\n"}})",
       R"({"action":"announce",)" + ids + R"(,"answer":{"type":"answer","sdp":"v=0"}})", R"({"failure reason":"no"})",
       R"({"action":"scrape","files":{"a":{"complete":1}}})"},
      fuzz::keeps_tracker);
}

TEST_CASE("random descriptions: what passes is plain text and passes again unchanged") {
  run(6,
      {std::string(samples::chromium_offer), std::string(samples::firefox_answer),
       std::string(samples::libdatachannel_offer)},
      fuzz::keeps_sdp);
}

TEST_CASE("random texts: names, CBOR and escapes") {
  const Corpus corpus{"CON.txt",  "a/b\\c:d", "M\xc3\xa9mo \xe2\x98\x82", "\x82\x61\x61\x60",
                      "a%20b%zz", "..",       "\xf0\x9f\x8d\x81"};
  run(7, corpus, fuzz::keeps_texts);
  run(8, corpus, fuzz::keeps_cbor);
}
