// Session descriptions as browsers make them (Chromium 156, Firefox 153 ESR, no ICE servers) and one
// as libdatachannel writes it. Used by the tests of the SDP filter.
#pragma once

#include <string_view>

namespace samara::samples {

inline constexpr std::string_view chromium_offer =
    "v=0\r\no=- 4753076942213567462 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
    "a=extmap-allow-mixed\r\na=msid-semantic: WMS\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
    "c=IN IP4 0.0.0.0\r\n"
    "a=candidate:692234921 1 udp 2113937151 6a330f2d-dae8-4130-931c-26322f3b5169.local 60524 typ host "
    "generation 0 network-cost 999\r\n"
    "a=candidate:3794037577 1 udp 2113942271 192.168.1.7 57011 typ host generation 0 network-cost 999\r\n"
    "a=candidate:842163049 1 udp 1677729535 203.0.113.9 57011 typ srflx raddr 192.168.1.7 rport 57011 "
    "generation 0 network-cost 999\r\n"
    "a=ice-ufrag:7/mL\r\na=ice-pwd:3aT9wLYnLyY02NSqAiglogA+\r\na=ice-options:trickle\r\n"
    "a=fingerprint:sha-256 B4:DB:4E:4C:97:D6:B9:08:B9:71:4B:1D:33:93:6B:D7:2D:C3:5F:7F:7A:0A:2A:22:CD:30:3A:67:"
    "90:3F:90:1D\r\na=setup:actpass\r\na=mid:0\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n";

inline constexpr std::string_view firefox_answer =
    "v=0\r\no=mozilla...THIS_IS_SDPARTA-99.0 7915227269385835757 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=sendrecv\r\n"
    "a=fingerprint:sha-256 60:46:16:25:6C:84:18:50:4D:EF:F2:4F:DF:96:56:BB:F2:12:0E:CE:9F:B6:17:80:8B:3E:7A:18:"
    "E1:40:1E:86\r\na=group:BUNDLE 0\r\na=ice-options:trickle\r\na=msid-semantic:WMS *\r\n"
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n"
    "a=candidate:0 1 UDP 2122187007 d9f6be4b-72a5-4b5d-bbbf-4cf0a186d223.local 38149 typ host\r\n"
    "a=candidate:2 1 TCP 2105458943 d9f6be4b-72a5-4b5d-bbbf-4cf0a186d223.local 9 typ host tcptype active\r\n"
    "a=sendrecv\r\na=end-of-candidates\r\na=ice-pwd:5326dcadee3a3062f296737be8630a01\r\na=ice-ufrag:125389f9\r\n"
    "a=mid:0\r\na=setup:active\r\na=sctp-port:5000\r\na=max-message-size:1073741823\r\n";

inline constexpr std::string_view libdatachannel_offer =
    "v=0\r\no=rtc 3460442417 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\na=group:LS 0\r\n"
    "a=msid-semantic:WMS *\r\na=setup:actpass\r\na=ice-ufrag:Bz3M\r\na=ice-pwd:JtT2mNuGXKz0WmlrvGWyTq\r\n"
    "a=ice-options:ice2,trickle\r\n"
    "a=fingerprint:sha-256 60:46:16:25:6C:84:18:50:4D:EF:F2:4F:DF:96:56:BB:F2:12:0E:CE:9F:B6:17:80:8B:3E:7A:18:"
    "E1:40:1E:86\r\nm=application 40000 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 198.51.100.4\r\n"
    "a=mid:0\r\na=sendrecv\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n"
    "a=candidate:1 1 UDP 2122317823 198.51.100.4 40000 typ host\r\n"
    "a=candidate:2 1 UDP 2122187263 2001:db8::4 40000 typ host\r\na=end-of-candidates\r\n";

}  // namespace samara::samples
