// A deterministic mutation loop over every parser of codec: whatever comes in, it ends without a
// crash and what it accepts keeps the parser's promises. Meant to run under the sanitizers.
#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "codec/bencode.hpp"
#include "codec/cbor_texts.hpp"
#include "codec/link_repair.hpp"
#include "codec/metainfo.hpp"
#include "codec/path_rules.hpp"
#include "codec/percent.hpp"
#include "codec/sdp.hpp"
#include "codec/share_link.hpp"
#include "codec/tracker_json.hpp"
#include "codec/utf8.hpp"
#include "samara/config.hpp"
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

// `promise` gets each mutated text and says whether what the parser did was right.
void run(std::uint64_t seed, const Corpus& corpus, const std::function<bool(const std::string&)>& promise) {
  Rng rng(seed);
  for (int round = 0; round < rounds; ++round) {
    const std::string text = mutated(rng, corpus);
    if (promise(text)) continue;
    FAIL("seed " << seed << " round " << round << " input " << encode_uri_component(text));
  }
}

const std::string info =
    "d5:filesld6:lengthi9e4:pathl1:a1:beed4:attr1:p6:lengthi7e4:pathl4:.padeee4:name1:n12:piece lengthi16384e"
    "6:pieces20:xxxxxxxxxxxxxxxxxxxx7:privatei1e6:source1:se";

}  // namespace

TEST_CASE("random bencode: views stay inside the input") {
  const Corpus corpus{"d1:ai-42e4:listl0:i7ed1:xi1eee4:text5:helloe", info, "li1ei2ee", "le", "3:abc"};
  run(1, corpus, [](const std::string& text) {
    const ByteSpan input = as_bytes(text);
    const auto document = bencode_decode(input, {}, true);
    if (!document) return document.error().detail <= input.size();
    const BencodeView root = document->root();
    std::size_t sum = root.raw().size();
    for (const auto [key, value] : root.dict()) sum += key.size() + value.raw().size();
    for (const BencodeView item : root.list()) sum += item.raw().size() + item.string().value_or(ByteSpan{}).size();
    return document->bytes_used() <= input.size() && root.raw().size() == document->bytes_used() &&
           sum <= 4 * input.size() && document->token_count() <= limits::bencode_message_tokens_max;
  });
}

TEST_CASE("random metainfo: what passes has consistent geometry") {
  const Corpus corpus{info, "d6:lengthi1e4:name1:n12:piece lengthi16384e6:pieces20:xxxxxxxxxxxxxxxxxxxxe",
                      "d8:announce5:udp:a13:announce-listll5:udp:aeel5:wss:bee4:info" + info + "8:url-list9:http://x/e"};
  const auto consistent = [](const Result<Metainfo>& torrent) {
    if (!torrent) return torrent.error().code != Code::ok;
    std::uint64_t total = 0;
    for (const FileEntry& file : torrent->files) total += file.bytes;
    return total == torrent->bytes && !torrent->files.empty() && is_utf8(torrent->name) &&
           torrent->pieces.size() == std::size_t{torrent->piece_count()} * 20;
  };
  run(2, corpus, [&](const std::string& text) {
    return consistent(parse_info(as_bytes(text))) && consistent(parse_torrent(as_bytes(text)));
  });
}

TEST_CASE("random links: an entry has a problem or a normalized form that reads the same") {
  const Corpus corpus{
      "https://a.example/#seeds=magnet%3A%3Fxt%3Durn%3Abtih%3A" + hash + "%26dn%3DHello%2BWorld%26tr%3Dwss%253A%252F%252Fa.b",
      "https://a.example/#seeds=" + hash + "&k=" + secret + "&p=1&seeds=" + hash,
      "magnet:?xt=urn:btih:" + hash + "&dn=a+b&tr=wss://a.b&ws=https://c.d/&xl=5&xs=x",
      "#s1.AKqqqqqqqqqqqqqqqqqqqqqqqqqqAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
      "#m1.CKqqqqqqqqqqqqqqqqqqqqqqqqqqgm93c3M6Ly9hLmV4YW1wbGU",
      "<https://a.example/share?seeds=magnet%3A%3Fxt%3Durn%3Abtih%3A" + hash + ">.",
      "https://instant.io/#" + hash};
  run(3, corpus, [](const std::string& text) {
    const auto links = parse_share_link(text);
    if (links.empty() || links.size() > limits::link_seeds_max + 1) return false;
    for (const ShareLink& link : links) {
      if (link.problem) {
        if (link.why.empty() || !link.normalized.empty()) return false;
        continue;
      }
      const auto again = parse_share_link(link.normalized);
      if (again.size() != 1 || again[0].problem || again[0].kind != link.kind) return false;
      if (again[0].magnet.info_hash != link.magnet.info_hash || again[0].secret != link.secret) return false;
      if (again[0].magnet.trackers != link.magnet.trackers || again[0].normalized != link.normalized) return false;
    }
    return true;
  });
}

TEST_CASE("random magnets: only usable URLs come out") {
  const Corpus corpus{"magnet:?xt=urn:btih:" + hash + "&dn=a+b&tr=wss://a.b&tr.1=ws://localhost:1&ws=https://c.d/&xl=5",
                      "stream-magnet:?xt=urn:btih:XUN2NHTAKHXF5KAGLKNCOCRHAOU5REK2&tr=ws%3A%2F%2F[::1]"};
  run(4, corpus, [](const std::string& text) {
    const auto magnet = parse_magnet(text);
    if (!magnet) return true;
    for (const std::string& url : magnet->trackers) {
      if (!is_usable_tracker(url, {})) return false;
    }
    for (const std::string& url : magnet->web_seeds) {
      if (!is_usable_web_seed(url, {})) return false;
    }
    const auto again = parse_magnet(format_magnet(*magnet));
    return again && again->info_hash == magnet->info_hash && again->name == magnet->name &&
           again->trackers == magnet->trackers && again->web_seeds == magnet->web_seeds;
  });
}

TEST_CASE("random tracker frames: what passes is within its limits") {
  const std::string ids = R"("info_hash":"aaaaaaaaaaaaaaaaaaaa","peer_id":"bbbbbbbbbbbbbbbbbbbb","offer_id":"cccccccccccccccccccc")";
  const Corpus corpus{R"({"complete":1,"incomplete":2,"action":"announce","interval":120.5,"info_hash":"\u0000\u00ffaaaaaaaaaaaaaaaaaa"})",
                      R"({"action":"announce",)" + ids + R"(,"offer":{"type":"offer","sdp":"v=0\r\n"}})",
                      R"({"action":"announce",)" + ids + R"(,"answer":{"type":"answer","sdp":"v=0"}})",
                      R"({"failure reason":"no"})", R"({"action":"scrape","files":{"a":{"complete":1}}})"};
  run(5, corpus, [](const std::string& text) {
    const auto frame = parse_tracker_frame(as_bytes(text));
    if (!frame) return frame.error().code != Code::ok;
    const auto* reply = std::get_if<AnnounceReply>(&*frame);
    if (reply == nullptr || !reply->interval_s) return true;
    return *reply->interval_s >= limits::announce_interval_min_s && *reply->interval_s <= limits::announce_interval_max_s;
  });
}

TEST_CASE("random descriptions: what passes is plain text and passes again unchanged") {
  const Corpus corpus{std::string(samples::chromium_offer), std::string(samples::firefox_answer),
                      std::string(samples::libdatachannel_offer)};
  run(6, corpus, [](const std::string& text) {
    for (const SdpType type : {SdpType::offer, SdpType::answer}) {
      const SdpOptions options{.type = type};
      const auto out = filter_sdp(text, options);
      if (!out) continue;
      for (const char c : *out) {
        if (c != '\r' && c != '\n' && (c < 0x20 || c > 0x7e)) return false;
      }
      if (filter_sdp(*out, options) != out) return false;
    }
    return true;
  });
}

TEST_CASE("random texts: names, CBOR and escapes") {
  const Corpus corpus{"CON.txt", "a/b\\c:d", "M\xc3\xa9mo \xe2\x98\x82", "\x82\x61\x61\x60", "a%20b%zz", "..", "\xf0\x9f\x8d\x81"};
  run(7, corpus, [](const std::string& text) {
    const auto texts = cbor_read_texts(as_bytes(text), 8);
    if (texts) {
      Bytes out;
      cbor_write_texts(out, *texts);
      if (!equal(out, as_bytes(text))) return false;
    }
    const std::string repaired = repair_link(text);
    return is_safe_component(display_name(text)) && display_name(display_name(text)) == display_name(text) &&
           is_utf8(utf8_repair(text)) && repair_link(repaired) == repaired &&
           percent_decode_strict(encode_uri_component(utf8_repair(text))) == utf8_repair(text);
  });
}
