// Owns: one Signaller under a hand-driven clock, with its outputs recorded and readable, and the frames and
// descriptions that a tracker and a browser would give it. Refuses to know: other signallers (signal_world.hpp).
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/outbox.hpp"
#include "base/rng.hpp"
#include "codec/utf8.hpp"
#include "signal/signaller.hpp"

namespace samara::signal_test {

inline std::string quoted(std::string_view text) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += std::string{'\\', c};
    } else if (byte < 0x20) {
      out += "\\u00";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

template <class Id>
std::string quoted_id(const Id& id) {
  return quoted(utf8_from_latin1(id.bytes));
}

/// The text behind the first `"key":"` at or after `from`, unescaped; empty when there is none.
inline std::string json_text(std::string_view json, std::string_view key, std::size_t from = 0) {
  const std::string head = quoted(key) + ":\"";
  std::size_t at = json.find(head, from);
  if (at == std::string_view::npos) return {};
  std::string out;
  for (at += head.size(); at < json.size() && json[at] != '"'; ++at) {
    if (json[at] != '\\') {
      out += json[at];
      continue;
    }
    switch (const char c = json[++at]) {
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      case 'b': out += '\b'; break;
      case 'f': out += '\f'; break;
      case 'u': out += static_cast<char>(std::stoi(std::string(json.substr(at + 1, 4)), nullptr, 16)); at += 4; break;
      default: out += c;
    }
  }
  return out;
}

/// The 20 bytes of an id that travels as code points U+0000 … U+00FF.
template <class Id>
Id json_id(std::string_view json, std::string_view key, std::size_t from = 0) {
  const std::string text = json_text(json, key, from);
  Id id;
  std::size_t n = 0;
  for (std::size_t at = 0; at < text.size() && n < id.bytes.size(); ++at, ++n) {
    auto byte = static_cast<unsigned char>(text[at]);
    if (byte >= 0xc0) byte = static_cast<unsigned char>(((byte & 3) << 6) | (static_cast<unsigned char>(text[++at]) & 0x3f));
    id.bytes[n] = byte;
  }
  return id;
}

struct OfferRow {
  OfferId id;
  std::string sdp;
};

inline std::vector<OfferRow> offers_in(std::string_view frame) {
  std::vector<OfferRow> rows;
  for (std::size_t at = frame.find("{\"offer\":"); at != std::string_view::npos; at = frame.find("{\"offer\":", at + 1)) {
    rows.push_back({json_id<OfferId>(frame, "offer_id", at), json_text(frame, "sdp", at)});
  }
  return rows;
}

/// What a browser would write, with the candidates asked for. `name` makes it recognizable.
inline std::string make_sdp(std::string_view name, bool offer, int hosts = 1, int reflexive = 0) {
  std::string sdp = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\na=msid-semantic: WMS\r\n"
                    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n";
  for (int i = 0; i < hosts; ++i) {
    sdp += "a=candidate:1 1 udp 2113937151 192.168.1.2 " + std::to_string(50'000 + i) + " typ host generation 0\r\n";
  }
  for (int i = 0; i < reflexive; ++i) {
    sdp += "a=candidate:2 1 udp 1677729535 203.0.113.7 " + std::to_string(60'000 + i) +
           " typ srflx raddr 0.0.0.0 rport 0 generation 0\r\n";
  }
  sdp += "a=ice-ufrag:" + std::string(name) + "\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=ice-options:trickle\r\n"
         "a=fingerprint:sha-256 ";
  for (int i = 0; i < 32; ++i) sdp += i == 0 ? "AB" : ":AB";
  sdp += std::string("\r\na=setup:") + (offer ? "actpass" : "active") +
         "\r\na=mid:0\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n";
  return sdp;
}

inline InfoHash hash_of(std::uint32_t n) {
  InfoHash hash;
  for (std::size_t i = 0; i < 4; ++i) hash.bytes[i] = static_cast<std::uint8_t>(n >> (8 * i));
  hash.bytes[19] = 0xfe;
  return hash;
}

inline std::string reply_frame(const InfoHash& hash, std::uint32_t complete, std::uint32_t incomplete,
                               std::uint32_t interval_s = 120) {
  return "{\"action\":\"announce\",\"interval\":" + std::to_string(interval_s) + ",\"complete\":" +
         std::to_string(complete) + ",\"incomplete\":" + std::to_string(incomplete) +
         ",\"info_hash\":" + quoted_id(hash) + "}";
}

inline std::string relayed(std::string_view kind, const InfoHash& hash, const PeerId& from, const OfferId& offer,
                           std::string_view sdp) {
  return "{\"action\":\"announce\"," + quoted(kind) + ":{\"type\":" + quoted(kind) + ",\"sdp\":" + quoted(sdp) +
         "},\"offer_id\":" + quoted_id(offer) + ",\"peer_id\":" + quoted_id(from) +
         ",\"info_hash\":" + quoted_id(hash) + "}";
}

inline PeerId peer(std::string_view text) {
  PeerId id;
  id.bytes.fill('x');
  std::ranges::copy(as_bytes(text.substr(0, 20)), id.bytes.begin());
  return id;
}

inline OfferId offer_id(std::uint8_t n) {
  OfferId id;
  id.bytes.fill(n);
  return id;
}

/// One output, kept: the spans of the original end with the next input.
struct Record {
  enum class Kind { open_socket, text, close_socket, make_offer, make_answer, apply_answer, close_dial, open_channel, log, other };
  Kind kind = Kind::other;
  Instant at;
  SocketId socket{};
  DialId dial{};
  std::string text;
  std::uint64_t detail = 0;
};

inline Record record(Instant at, const Output& output) {
  Record r;
  r.at = at;
  using Kind = Record::Kind;
  if (const auto* o = std::get_if<out::OpenSocket>(&output)) r = {Kind::open_socket, at, o->socket, {}, std::string(o->url)};
  if (const auto* o = std::get_if<out::SendText>(&output)) r = {Kind::text, at, o->socket, {}, std::string(o->utf8)};
  if (const auto* o = std::get_if<out::CloseSocket>(&output)) r = {Kind::close_socket, at, o->socket, {}, {}};
  if (const auto* o = std::get_if<out::MakeOffer>(&output)) r = {Kind::make_offer, at, {}, o->dial, {}};
  if (const auto* o = std::get_if<out::MakeAnswer>(&output)) r = {Kind::make_answer, at, {}, o->dial, std::string(o->offer_sdp)};
  if (const auto* o = std::get_if<out::ApplyAnswer>(&output)) r = {Kind::apply_answer, at, {}, o->dial, std::string(o->answer_sdp)};
  if (const auto* o = std::get_if<out::CloseDial>(&output)) r = {Kind::close_dial, at, {}, o->dial, {}};
  if (const auto* o = std::get_if<out::OpenChannel>(&output)) r = {Kind::open_channel, at, {}, o->dial, {}, o->over.value};
  if (const auto* o = std::get_if<out::Log>(&output)) r = {Kind::log, at, {}, {}, std::string(o->code), o->detail};
  return r;
}

inline SwarmNeed hungry_need() {
  SwarmNeed need;
  need.wants = true;
  return need;
}

inline SwarmNeed served_need(std::uint32_t links = 1) {
  SwarmNeed need;
  need.wants = need.served = true;
  need.links = links;
  return need;
}

inline SwarmNeed complete_need(std::uint32_t links = 0) {
  SwarmNeed need;
  need.complete = true;
  need.left_bytes = 0;
  need.links = links;
  return need;
}

/// A Signaller whose inputs the test gives one by one. Time starts at 1 s.
struct Rig {
  explicit Rig(const Config& config = {}, std::uint64_t seed = 7) : rng(seed), signaller(config, rng, outbox) {}

  static constexpr std::string_view local_url = "ws://127.0.0.1:8000";
  Instant now = Instant{} + seconds(1);
  Rng rng;
  Outbox outbox;
  Signaller signaller;
  std::vector<Record> records;
  std::size_t looked = 0;

  void drain() {
    while (const auto output = outbox.poll()) records.push_back(record(now, *output));
    outbox.clear();
  }
  /// One input.
  template <class Call>
  auto give(Call call) {
    if constexpr (std::is_void_v<decltype(call(signaller))>) {
      call(signaller);
      drain();
    } else {
      auto result = call(signaller);
      drain();
      return result;
    }
  }

  void add(std::uint32_t torrent, const SwarmNeed& need, std::vector<std::string> urls = {std::string(local_url)}) {
    give([&](Signaller& s) { s.add(now, TorrentId{torrent}, hash_of(torrent), urls); });
    update(torrent, need);
  }
  void update(std::uint32_t torrent, const SwarmNeed& need) {
    give([&](Signaller& s) { s.update(now, TorrentId{torrent}, need); });
  }
  void remove(std::uint32_t torrent) {
    give([&](Signaller& s) { s.remove(now, TorrentId{torrent}); });
  }
  /// The socket that was asked for last.
  [[nodiscard]] SocketId socket() const {
    SocketId last{};
    for (const Record& r : records) {
      if (r.kind == Record::Kind::open_socket) last = r.socket;
    }
    return last;
  }
  void opened(SocketId socket) {
    give([&](Signaller& s) { s.socket_opened(now, socket); });
  }
  void text(std::string_view frame, SocketId on) {
    give([&](Signaller& s) { s.socket_text(now, on, as_bytes(frame)); });
  }
  void text(std::string_view frame) { text(frame, socket()); }
  void sdp(DialId dial, std::string_view description, bool complete = false) {
    give([&](Signaller& s) { s.local_sdp(now, dial, description, complete); });
  }
  /// A whole description at once: ready without waiting.
  void gathered(DialId dial, bool offer) {
    sdp(dial, make_sdp("dial" + std::to_string(dial.value), offer), true);
  }
  bool channel(DialId dial) {
    return give([&](Signaller& s) { return s.channel_opened(now, dial); }).has_value();
  }
  void release(DialId dial) {
    give([&](Signaller& s) { s.release(now, dial); });
  }

  /// Ticks whenever the signaller asks for it, up to now + `ms`.
  void pass(std::int64_t ms) {
    const Instant until = now + milliseconds(ms);
    for (int ticks = 0; ticks < 100'000; ++ticks) {
      const auto due = signaller.deadline();
      if (!due || *due > until) break;
      now = std::max(now, *due);
      give([&](Signaller& s) { s.tick(now); });
    }
    now = until;
  }
  /// Time goes by and nobody ticks; then one tick.
  void sleep(std::int64_t ms) {
    now = now + milliseconds(ms);
    give([&](Signaller& s) { s.tick(now); });
  }

  /// What came out since the last call, of one kind.
  std::vector<Record> take(Record::Kind kind) {
    std::vector<Record> found;
    for (; looked < records.size(); ++looked) {
      if (records[looked].kind == kind) found.push_back(records[looked]);
    }
    return found;
  }
  /// Forgets what came out so far.
  void skip() { looked = records.size(); }
  [[nodiscard]] std::vector<Record> all(Record::Kind kind) const {
    std::vector<Record> found;
    std::ranges::copy_if(records, std::back_inserter(found), [&](const Record& r) { return r.kind == kind; });
    return found;
  }
  [[nodiscard]] std::size_t logged(std::string_view code) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        records, [&](const Record& r) { return r.kind == Record::Kind::log && r.text == code; }));
  }
  /// The dial of the latest MakeOffer or MakeAnswer.
  [[nodiscard]] DialId last_dial() const {
    DialId last{};
    for (const Record& r : records) {
      if (r.kind == Record::Kind::make_offer || r.kind == Record::Kind::make_answer) last = r.dial;
    }
    return last;
  }
  /// A hungry torrent 1 on an open socket whose first offer is out; the offer.
  OfferRow hungry_with_offer() {
    add(1, hungry_need());
    opened(socket());
    gathered(last_dial(), true);
    return offers_in(all(Record::Kind::text).back().text).at(0);
  }
};

inline bool is_event(const Record& frame, std::string_view event) { return json_text(frame.text, "event") == event; }

}  // namespace samara::signal_test
