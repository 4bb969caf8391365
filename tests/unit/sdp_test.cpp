// the SDP filter: what it keeps of real browsers' descriptions.
#include <doctest/doctest.h>

#include "codec/sdp.hpp"
#include "codec/sdp_candidate.hpp"
#include "vectors/sdp_samples.hpp"

using namespace samara;

namespace {

constexpr SdpOptions answer{.type = SdpType::answer};

}  // namespace

TEST_CASE("Chromium's offer becomes the lines a data channel needs, and nothing else") {
  SdpSummary summary;
  const auto out = filter_sdp(samples::chromium_offer, {}, &summary);
  REQUIRE(out);
  CHECK(*out ==
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n"
        "a=candidate:692234921 1 udp 2113937151 6a330f2d-dae8-4130-931c-26322f3b5169.local 60524 typ host\r\n"
        "a=candidate:3794037577 1 udp 2113942271 192.168.1.7 57011 typ host\r\n"
        "a=candidate:842163049 1 udp 1677729535 203.0.113.9 57011 typ srflx raddr 0.0.0.0 rport 0\r\n"
        "a=ice-ufrag:7/mL\r\na=ice-pwd:3aT9wLYnLyY02NSqAiglogA+\r\n"
        "a=fingerprint:sha-256 B4:DB:4E:4C:97:D6:B9:08:B9:71:4B:1D:33:93:6B:D7:2D:C3:5F:7F:7A:0A:2A:22:CD:30:3A:67:"
        "90:3F:90:1D\r\na=setup:actpass\r\na=mid:0\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n");
  CHECK(summary.host_candidates == 2);
  CHECK(summary.server_reflexive_candidates == 1);
  CHECK(summary.max_message_bytes == 262'144);
  CHECK_FALSE(summary.all_local);
}

TEST_CASE("Firefox's answer keeps its session-level fingerprint and its TCP candidate") {
  SdpSummary summary;
  const auto out = filter_sdp(samples::firefox_answer, answer, &summary);
  REQUIRE(out);
  CHECK(out->contains("a=fingerprint:sha-256 60:46:16"));
  CHECK(out->contains("a=setup:active\r\n"));
  CHECK(out->contains(" typ host tcptype active\r\n"));
  CHECK_FALSE(out->contains("sendrecv"));
  CHECK_FALSE(out->contains("trickle"));
  CHECK(summary.host_candidates == 2);
  CHECK(summary.all_local);
  CHECK(summary.max_message_bytes == 1'073'741'823);
}

TEST_CASE("libdatachannel's offer keeps ice2 and hides the default address") {
  const auto out = filter_sdp(samples::libdatachannel_offer);
  REQUIRE(out);
  CHECK(out->contains("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n"));
  CHECK(out->contains("2001:db8::4 40000 typ host\r\n"));
}

TEST_CASE("filtering twice changes nothing") {
  for (const auto sample : {samples::chromium_offer, samples::libdatachannel_offer}) {
    const auto once = filter_sdp(sample);
    REQUIRE(once);
    CHECK(filter_sdp(*once) == once);
  }
  const auto once = filter_sdp(samples::firefox_answer, answer);
  REQUIRE(once);
  CHECK(filter_sdp(*once, answer) == once);
}

TEST_CASE("lines may end in LF alone, and the older DTLS/SCTP form is written anew") {
  std::string lf(samples::chromium_offer);
  std::erase(lf, '\r');
  CHECK(filter_sdp(lf) == filter_sdp(samples::chromium_offer));
  std::string old(samples::chromium_offer);
  const std::string_view section = "UDP/DTLS/SCTP webrtc-datachannel";
  old.replace(old.find(section), section.size(), "DTLS/SCTP 5001");
  const std::string_view port = "a=sctp-port:5000\r\n";
  old.replace(old.find(port), port.size(), "a=sctpmap:5001 webrtc-datachannel 1024\r\n");
  const auto out = filter_sdp(old);
  REQUIRE(out);
  CHECK(out->contains("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"));
  CHECK(out->contains("a=sctp-port:5001\r\n"));
}

TEST_CASE("private addresses go when asked, names under .local stay") {
  SdpSummary summary;
  const auto out = filter_sdp(samples::chromium_offer, {.drop_private_candidates = true}, &summary);
  REQUIRE(out);
  CHECK_FALSE(out->contains("192.168"));
  CHECK(out->contains(".local "));
  CHECK(summary.host_candidates == 1);
  CHECK(summary.dropped_candidates == 1);
}

TEST_CASE("candidates are read token by token") {
  const auto line = [](std::string_view text) {
    const auto candidate = parse_sdp_candidate(text);
    return candidate ? candidate->line : std::string();
  };
  CHECK(line("1 1 UDP 5 1.2.3.4 80 typ host generation 0") == "candidate:1 1 udp 5 1.2.3.4 80 typ host");
  CHECK(line("1 1 tcp 5 ::1 9 typ relay raddr 1.1.1.1 rport 5 tcptype so") ==
        "candidate:1 1 tcp 5 ::1 9 typ relay raddr :: rport 0 tcptype so");
  for (const std::string_view bad :
       {"", "1", "1 2 udp 5 1.2.3.4 80 typ host", "1 1 sctp 5 1.2.3.4 80 typ host", "1 1 udp 0 1.2.3.4 80 typ host",
        "1 1 udp 4294967296 1.2.3.4 80 typ host", "1 1 udp x 1.2.3.4 80 typ host", "1 1 udp 5 evil.example 80 typ host",
        "1 1 udp 5 1.2.3 80 typ host", "1 1 udp 5 0.0.0.0 80 typ host", "1 1 udp 5 224.0.0.1 80 typ host",
        "1 1 udp 5 1.2.3.4 0 typ host", "1 1 udp 5 1.2.3.4 65536 typ host", "1 1 udp 5 1.2.3.4 80 type host",
        "1 1 udp 5 1.2.3.4 80 typ magic", "1 1 tcp 5 1.2.3.4 80 typ host", "1 1 udp 5 a.b.local 80 typ host",
        "1 1 udp 5 .local 80 typ host", "! 1 udp 5 1.2.3.4 80 typ host", "1  1 udp 5 1.2.3.4 80 typ host",
        "1 1 udp 5 fe80::1%eth0 80 typ host", "1 1 tcp 5 1.2.3.4 9 typ host tcptype evil"}) {
    CHECK_MESSAGE(line(bad).empty(), bad);
  }
}
