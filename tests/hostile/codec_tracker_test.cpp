// Hostile tracker frames: row 18 of the list of hostile inputs.
#include <doctest/doctest.h>

#include <string>

#include "codec/tracker_json.hpp"
#include "samara/config.hpp"

using namespace samara;

namespace {

const std::string id20 = "\"aaaaaaaaaaaaaaaaaaaa\"";

Code code_of(std::string_view json) {
  const auto frame = parse_tracker_frame(as_bytes(json));
  REQUIRE_MESSAGE(!frame, json.substr(0, 200));
  return frame.error().code;
}

std::string announce_with(std::string_view fields) {
  return "{\"action\":\"announce\",\"info_hash\":" + id20 + std::string(fields) + "}";
}

std::uint32_t interval(std::string_view number) {
  const auto frame = parse_tracker_frame(as_bytes(announce_with(",\"interval\":" + std::string(number))));
  REQUIRE_MESSAGE(frame, number);
  return std::get<AnnounceReply>(*frame).interval_s.value();
}

}  // namespace

TEST_CASE("a frame above 128 KiB is refused before it is parsed") {
  CHECK(code_of(std::string(50'000'000, '[')) == Code::tracker_frame_too_large);
  std::string padded = "{}";
  padded += std::string(limits::tracker_frame_bytes_max - 2, ' ');
  CHECK(parse_tracker_frame(as_bytes(padded)));
  CHECK(code_of(padded + " ") == Code::tracker_frame_too_large);
}

TEST_CASE("nesting beyond 8 is refused, whatever it is made of") {
  CHECK(code_of("{\"x\":" + std::string(100'000, '[') + "}") == Code::tracker_json_too_deep);
  std::string objects;
  for (int i = 0; i < 20'000; ++i) objects += "{\"x\":";
  CHECK(code_of(objects) == Code::tracker_json_too_deep);
  CHECK(parse_tracker_frame(as_bytes("{\"x\":" + std::string(7, '[') + std::string(7, ']') + "}")));
  CHECK(code_of("{\"x\":" + std::string(8, '[') + std::string(8, ']') + "}") == Code::tracker_json_too_deep);
}

TEST_CASE("what is not one JSON object in UTF-8 is refused") {
  for (const std::string_view bad : {"", " ", "[]", "1", "null", "\"x\"", "true", "{", "{}{}", "{\"a\":}", "{'a':1}",
                                     "{\"a\":1,}", "{\"a\":NaN}", "{\"a\":1e999}", "{\"a\":01}", "{\"a\":\"\x01\"}",
                                     "{\"a\":\"\xff\"}", "{\"a\":\"\\ud800\"}", "{\"a\" 1}", "[{}]", "{\"a\":.5}"}) {
    CHECK_MESSAGE(code_of(bad) == Code::tracker_json_invalid, bad);
  }
}

TEST_CASE("a key that is said twice is refused where it would matter") {
  CHECK(code_of(announce_with(",\"info_hash\":" + id20)) == Code::tracker_json_invalid);
  CHECK(code_of(announce_with(",\"interval\":1,\"interval\":2")) == Code::tracker_json_invalid);
  CHECK(code_of(announce_with(R"(,"offer":{"sdp":"a","sdp":"b"})")) == Code::tracker_json_invalid);
  CHECK(parse_tracker_frame(as_bytes(announce_with(",\"x\":1,\"x\":2"))));
}

TEST_CASE("intervals are clamped to 15 s and 1 h") {
  for (const std::string_view low : {"0.001", "0", "-1", "-9223372036854775808", "-1e300", "14", "1e-300", "-0.0"}) {
    CHECK_MESSAGE(interval(low) == limits::announce_interval_min_s, low);
  }
  for (const std::string_view high : {"1e18", "1e300", "3601", "18446744073709551615", "99999999999999999999999999"}) {
    CHECK_MESSAGE(interval(high) == limits::announce_interval_max_s, high);
  }
  CHECK(interval("120.9") == 120);
}

TEST_CASE("counts of peers are clamped, never wrapped") {
  const auto frame = parse_tracker_frame(as_bytes(announce_with(R"(,"complete":-5,"incomplete":1e19)")));
  REQUIRE(frame);
  CHECK(std::get<AnnounceReply>(*frame).complete == 0);
  CHECK(std::get<AnnounceReply>(*frame).incomplete.value() > 3'000'000'000U);
}

TEST_CASE("fields of the wrong type are refused") {
  for (const std::string_view fields :
       {R"(,"interval":"x")", R"(,"interval":[])", R"(,"interval":true)", R"(,"complete":{})", R"(,"peer_id":5)",
        R"(,"offer":"x")", R"(,"offer":5)", R"(,"offer":[])", R"(,"answer":true)", R"(,"tracker id":5)",
        R"(,"failure reason":{})", R"(,"offer":{"type":1})", R"(,"offer":{"sdp":{}})"}) {
    CHECK_MESSAGE(code_of(announce_with(fields)) == Code::tracker_field_invalid, fields);
  }
  CHECK(code_of(R"({"action":5})") == Code::tracker_field_invalid);
}

TEST_CASE("ids are exactly twenty code points below 256") {
  for (const std::string_view bad : {R"("aaaaaaaaaaaaaaaaaaa")", R"("aaaaaaaaaaaaaaaaaaaaa")", R"("")",
                                     R"("\u0100aaaaaaaaaaaaaaaaaaa")", R"("☂aaaaaaaaaaaaaaaaaaa")"}) {
    CHECK(code_of("{\"action\":\"announce\",\"info_hash\":" + std::string(bad) + "}") == Code::tracker_field_invalid);
  }
}

TEST_CASE("offers and answers without all they need are refused") {
  const std::string peer = ",\"peer_id\":" + id20;
  const std::string both = peer + ",\"offer_id\":" + id20;
  CHECK(code_of("{\"action\":\"announce\"}") == Code::tracker_field_invalid);
  CHECK(code_of(announce_with(R"(,"offer":{"type":"offer","sdp":"v"})")) == Code::tracker_field_invalid);
  CHECK(code_of(announce_with(peer + R"(,"offer":{"type":"offer","sdp":"v"})")) == Code::tracker_field_invalid);
  CHECK(code_of(announce_with(both + R"(,"offer":{"type":"answer","sdp":"v"})")) == Code::tracker_field_invalid);
  CHECK(code_of(announce_with(both + R"(,"offer":{"sdp":"v"})")) == Code::tracker_field_invalid);
  CHECK(code_of(announce_with(both + R"(,"answer":{"type":"answer"})")) == Code::tracker_field_invalid);
  CHECK(code_of(announce_with(both + R"(,"offer":{},"answer":{})")) == Code::tracker_field_invalid);
}

TEST_CASE("texts of a tracker are cut between code points") {
  std::string reason;
  for (int i = 0; i < 1'000; ++i) reason += "\xe2\x98\x82";
  const auto frame = parse_tracker_frame(as_bytes("{\"failure reason\":\"" + reason + "\"}"));
  REQUIRE(frame);
  CHECK(std::get<FailureFrame>(*frame).reason.size() == 510);
  const auto reply = parse_tracker_frame(as_bytes(announce_with(",\"tracker id\":\"" + reason + "\"")));
  REQUIRE(reply);
  CHECK(std::get<AnnounceReply>(*reply).tracker_id.empty());
}
