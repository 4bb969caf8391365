// tracker frames: what trackers send, and that our frames are those of a browser.
#include <doctest/doctest.h>

#include "codec/tracker_json.hpp"
#include "codec/utf8.hpp"
#include "samara/config.hpp"

using namespace samara;

namespace {

// All byte classes: controls, quote, backslash, ASCII, high bytes.
const std::array<std::uint8_t, 20> odd_id{0, 1, 8, 10, 31, 34, 92, 47, 65, 127, 128, 159, 160, 200, 255, 9, 12, 13, 32, 97};
const std::string id20 = "\"aaaaaaaaaaaaaaaaaaaa\"";

template <class Frame>
Frame read(std::string_view json) {
  const auto frame = parse_tracker_frame(as_bytes(json));
  REQUIRE_MESSAGE(frame, json);
  REQUIRE(std::holds_alternative<Frame>(*frame));
  return std::get<Frame>(*frame);
}

std::string announce_with(std::string_view fields) {
  return "{\"action\":\"announce\",\"info_hash\":" + id20 + std::string(fields) + "}";
}

}  // namespace

TEST_CASE("an announce reply is read with all its fields") {
  const auto reply = read<AnnounceReply>(announce_with(
      R"(,"complete":3,"incomplete":2,"interval":120,"min interval":60,"warning message":"w","tracker id":"t")"));
  CHECK(reply.info_hash.bytes[0] == 'a');
  CHECK(reply.complete == 3);
  CHECK(reply.incomplete == 2);
  CHECK(reply.interval_s == 120);
  CHECK(reply.warning == "w");
  CHECK(reply.tracker_id == "t");
  CHECK(reply.failure.empty());
  const auto bare = read<AnnounceReply>(announce_with(""));
  CHECK_FALSE(bare.complete);
  CHECK_FALSE(bare.interval_s);
}

TEST_CASE("offers and answers are read; null is an absent field") {
  const std::string ids = ",\"peer_id\":\"bbbbbbbbbbbbbbbbbbbb\",\"offer_id\":\"cccccccccccccccccccc\"";
  const auto offer = read<OfferFrame>(
      announce_with(ids + R"(,"offer":{"type":"offer","sdp":"v=0\r\n","x":[{"sdp":1}]},"answer":null)"));
  CHECK(offer.peer_id.bytes[0] == 'b');
  CHECK(offer.offer_id.bytes[0] == 'c');
  CHECK(offer.sdp == "v=0\r\n");
  const auto answer = read<AnswerFrame>(announce_with(ids + R"(,"answer":{"sdp":"v","type":"answer"})"));
  CHECK(answer.sdp == "v");
}

TEST_CASE("failures name a torrent or none") {
  CHECK(read<FailureFrame>(R"({"failure reason":"no"})").reason == "no");
  CHECK(read<AnnounceReply>("{\"failure reason\":\"no\",\"info_hash\":" + id20 + "}").failure == "no");
  CHECK(read<AnnounceReply>(announce_with(R"(,"failure reason":"no")")).failure == "no");
}

TEST_CASE("frames we have no use for are not errors") {
  read<OtherFrame>(R"({"action":"scrape","files":{"aaaaaaaaaaaaaaaaaaaa":{"complete":1}},"flags":{}})");
  read<OtherFrame>(R"({"action":"dance"})");
  read<OtherFrame>("{}");
}

TEST_CASE("ids come raw and escaped, and are counted in code points") {
  const std::string raw = utf8_from_latin1(as_bytes("\x80\xff" "aaaaaaaaaaaaaaaaaa"));
  CHECK(raw.size() == 22);
  const auto from_raw = read<AnnounceReply>("{\"action\":\"announce\",\"info_hash\":\"" + raw + "\"}");
  const auto escaped =
      read<AnnounceReply>(R"({"action":"announce","info_hash":"\u0080\u00ffaaaaaaaaaaaaaaaaaa"})");
  CHECK(from_raw.info_hash == escaped.info_hash);
  CHECK(from_raw.info_hash.bytes[1] == 0xff);
  const auto nul = read<AnnounceReply>(R"({"action":"announce","info_hash":"\u0000\u0001aaaaaaaaaaaaaaaaaa"})");
  CHECK(nul.info_hash.bytes[1] == 1);
}

TEST_CASE("an announce is what a browser would send") {
  AnnounceRequest request;
  request.info_hash.bytes = odd_id;
  request.peer_id.bytes.fill('p');
  request.event = AnnounceEvent::started;
  request.uploaded = 1;
  request.downloaded = 2;
  request.left = 3;
  request.numwant = 1;
  request.tracker_id = "t";
  const std::array<AnnounceOffer, 1> offers{{{OfferId{odd_id}, "v=0\r\na=\"\\\x01"}}};
  request.offers = offers;
  const std::string id = "\\u0000\\u0001\\b\\n\\u001f\\\"\\\\/A\x7f\xc2\x80\xc2\x9f\xc2\xa0\xc3\x88\xc3\xbf\\t\\f\\r a";
  CHECK(format_announce(request) ==
        "{\"numwant\":1,\"uploaded\":1,\"downloaded\":2,\"left\":3,\"event\":\"started\",\"action\":\"announce\","
        "\"info_hash\":\"" + id + "\",\"peer_id\":\"pppppppppppppppppppp\",\"trackerid\":\"t\",\"offers\":[{\"offer\":"
        "{\"type\":\"offer\",\"sdp\":\"v=0\\r\\na=\\\"\\\\\\u0001\"},\"offer_id\":\"" + id + "\"}]}");
  request.event = AnnounceEvent::none;
  request.offers = {};
  request.tracker_id = {};
  CHECK_FALSE(format_announce(request).contains("event"));
  CHECK_FALSE(format_announce(request).contains("offers"));
}

TEST_CASE("an answer comes back as the tracker relays it") {
  AnswerRequest request;
  request.info_hash.bytes = odd_id;
  request.peer_id.bytes = odd_id;
  request.to_peer_id.bytes.fill('q');
  request.offer_id.bytes = odd_id;
  request.sdp = "v=0";
  const std::string json = format_answer(request);
  CHECK(json.contains("\"to_peer_id\":\"qqqqqqqqqqqqqqqqqqqq\""));
  CHECK_FALSE(json.contains("event"));
  const auto frame = read<AnswerFrame>(json);
  CHECK(frame.info_hash.bytes == odd_id);
  CHECK(frame.peer_id.bytes == odd_id);
  CHECK(frame.offer_id.bytes == odd_id);
  CHECK(frame.sdp == "v=0");
}
