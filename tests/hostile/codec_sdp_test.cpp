// Hostile session descriptions: row 20 of the list of hostile inputs.
#include <doctest/doctest.h>

#include <string>

#include "codec/sdp.hpp"
#include "samara/config.hpp"
#include "vectors/sdp_samples.hpp"

using namespace samara;

namespace {

std::string replaced(std::string_view what, std::string_view with) {
  std::string sdp(samples::chromium_offer);
  const std::size_t at = sdp.find(what);
  REQUIRE(at != std::string::npos);
  return sdp.replace(at, what.size(), with);
}

std::string added(std::string_view lines) { return std::string(samples::chromium_offer) + std::string(lines); }

Code code_of(std::string_view sdp, const SdpOptions& options = {}) {
  const auto out = filter_sdp(sdp, options);
  REQUIRE_MESSAGE(!out, sdp.substr(0, 200));
  return out.error().code;
}

}  // namespace

TEST_CASE("audio, video and further sections are forbidden") {
  CHECK(code_of(added("m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n")) == Code::sdp_forbidden_media);
  CHECK(code_of(added("m=video 9 UDP/TLS/RTP/SAVPF 96\r\n")) == Code::sdp_forbidden_media);
  CHECK(code_of(added("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n")) == Code::sdp_forbidden_media);
  CHECK(code_of(replaced("UDP/DTLS/SCTP webrtc-datachannel", "UDP/DTLS/SCTP webrtc-datachannel x")) ==
        Code::sdp_forbidden_media);
  CHECK(code_of(replaced("m=application", "m=audio")) == Code::sdp_forbidden_media);
  CHECK(code_of(replaced("UDP/DTLS/SCTP", "UDP/BFCP")) == Code::sdp_forbidden_media);
  CHECK(code_of("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n") == Code::sdp_forbidden_media);
}

TEST_CASE("descriptions above 16 KiB or 512 lines are refused") {
  std::string candidates;
  for (int i = 0; i < 10'000; ++i) candidates += "a=candidate:1 1 udp 1 1.2.3.4 5 typ host\r\n";
  CHECK(code_of(added(candidates)) == Code::sdp_too_large);
  CHECK(code_of(std::string(50'000'000, 'x')) == Code::sdp_too_large);
  std::string lines = "v=0\r\n";
  for (int i = 0; i < 600; ++i) lines += "x\r\n";
  CHECK(code_of(lines) == Code::sdp_too_large);
}

TEST_CASE("of many candidates twenty stay") {
  std::string candidates;
  for (int i = 1; i <= 100; ++i) candidates += "a=candidate:1 1 udp 1 1.2.3." + std::to_string(i) + " 5 typ host\r\n";
  SdpSummary summary;
  const auto out = filter_sdp(added(candidates), {}, &summary);
  REQUIRE(out);
  CHECK(summary.host_candidates + summary.server_reflexive_candidates == limits::sdp_candidates_max);
  CHECK(summary.dropped_candidates == 103 - limits::sdp_candidates_max);
}

TEST_CASE("candidates for a stranger's network are dropped when asked, and never name a host") {
  SdpSummary summary;
  const auto out = filter_sdp(added("a=candidate:1 1 udp 1 10.0.0.1 22 typ host\r\n"
                                    "a=candidate:2 1 udp 1 127.0.0.1 631 typ host\r\n"
                                    "a=candidate:3 1 udp 1 169.254.169.254 80 typ srflx raddr 0.0.0.0 rport 0\r\n"
                                    "a=candidate:4 1 udp 1 ::ffff:192.168.0.1 80 typ host\r\n"
                                    "a=candidate:5 1 udp 1 intranet.example 80 typ host\r\n"
                                    "a=candidate:6 1 udp 1 printer.local.evil.example 80 typ host\r\n"
                                    "a=candidate:7 1 udp 1 255.255.255.255 80 typ host\r\n"),
                              {.drop_private_candidates = true}, &summary);
  REQUIRE(out);
  for (const std::string_view gone : {"10.0.0.1", "127.0.0.1 631", "169.254", "192.168", "example", "255.255"}) {
    CHECK_MESSAGE(!out->contains(gone), gone);
  }
  CHECK(summary.dropped_candidates == 8);
}

TEST_CASE("malformed ICE, DTLS and SCTP attributes are refused") {
  CHECK(code_of(replaced("a=ice-ufrag:7/mL", "a=ice-ufrag:7/m")) == Code::sdp_invalid);
  CHECK(code_of(replaced("a=ice-ufrag:7/mL", "a=ice-ufrag:" + std::string(5'000, 'x'))) == Code::sdp_invalid);
  CHECK(code_of(replaced("a=ice-ufrag:7/mL", "a=ice-ufrag:7 mL")) == Code::sdp_invalid);
  CHECK(code_of(replaced("a=ice-ufrag:7/mL", "a=ice-ufrag:\xc3\xa9\xc3\xa9")) == Code::sdp_invalid);
  CHECK(code_of(replaced("a=ice-ufrag:7/mL\r\n", "")) == Code::sdp_invalid);
  CHECK(code_of(replaced("a=ice-pwd:3aT9wLYnLyY02NSqAiglogA+", "a=ice-pwd:short")) == Code::sdp_invalid);
  CHECK(code_of(replaced("a=fingerprint:sha-256 B4:", "a=fingerprint:sha-256 ")) == Code::sdp_invalid);
  CHECK(code_of(replaced("a=fingerprint:sha-256", "a=fingerprint:md5")) == Code::sdp_invalid);
  CHECK(code_of(replaced("B4:DB", "B4-DB")) == Code::sdp_invalid);
  CHECK(code_of(replaced("a=setup:actpass", "a=setup:holdconn")) == Code::sdp_invalid);
  CHECK(code_of(replaced("a=setup:actpass\r\n", "")) == Code::sdp_invalid);
  CHECK(code_of(samples::chromium_offer, {.type = SdpType::answer}) == Code::sdp_invalid);  // actpass in an answer
  CHECK(code_of(replaced("a=mid:0", "a=mid:0 x")) == Code::sdp_invalid);
  CHECK(code_of(replaced("a=mid:0\r\n", "")) == Code::sdp_invalid);
  CHECK(code_of(replaced("a=sctp-port:5000", "a=sctp-port:0")) == Code::sdp_invalid);
  CHECK(code_of(replaced("a=sctp-port:5000", "a=sctp-port:70000")) == Code::sdp_invalid);
  CHECK(code_of(replaced("m=application 9", "m=application 0")) == Code::sdp_invalid);
  CHECK(code_of("") == Code::sdp_invalid);
  CHECK(code_of("v=0\r\n") == Code::sdp_invalid);
  CHECK(code_of("x=0\r\n") == Code::sdp_invalid);
}

TEST_CASE("a message size of dust is refused, none and huge become numbers all browsers take") {
  const std::string_view line = "a=max-message-size:262144";
  CHECK(code_of(replaced(line, "a=max-message-size:1")) == Code::sdp_invalid);
  CHECK(code_of(replaced(line, "a=max-message-size:-1")) == Code::sdp_invalid);
  SdpSummary summary;
  CHECK(filter_sdp(replaced(line, "a=max-message-size:0"), {}, &summary));
  CHECK(summary.max_message_bytes == 262'144);
  CHECK(filter_sdp(replaced(line, "a=max-message-size:99999999999999999999"), {}, &summary));
  CHECK(summary.max_message_bytes == 1'073'741'823);
  CHECK(filter_sdp(replaced(line, "a=x"), {}, &summary));
  CHECK(summary.max_message_bytes == 65'536);
}

TEST_CASE("nothing unknown survives: no lines, no line breaks, no other bytes") {
  const auto out = filter_sdp(added("a=crypto:1 AES_CM_128\r\na=remote-candidates:1 1.2.3.4 5\r\nb=AS:1\r\nk=clear:x\r\n"
                                    "a=ice-options:ice2 evil\ra=injected\r\na=sctpmap:5000 x\r\ni=\xff\xfe\r\n"));
  REQUIRE(out);
  for (const std::string_view gone : {"crypto", "remote-", "b=", "k=", "evil", "injected", "i=\xff"}) {
    CHECK_MESSAGE(!out->contains(gone), gone);
  }
  for (const char c : *out) CHECK((c == '\r' || c == '\n' || (c >= 0x20 && c < 0x7f)));
}
