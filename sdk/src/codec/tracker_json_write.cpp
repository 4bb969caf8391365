// Owns: writing announces and answers as a browser's JSON.stringify does.
// Refuses to know: when to send them.
#include "codec/tracker_json.hpp"
#include "codec/utf8.hpp"

namespace samara {
namespace {

void append_escaped(std::string& out, std::string_view text) {
  static constexpr std::string_view digits = "0123456789abcdef";
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (byte < 0x20) {
          out += "\\u00";
          out.push_back(digits[byte >> 4]);
          out.push_back(digits[byte & 15]);
        } else {
          out.push_back(c);
        }
    }
  }
  out.push_back('"');
}

void text_member(std::string& out, std::string_view key, std::string_view value) {
  if (out.back() != '{') out.push_back(',');
  append_escaped(out, key);
  out.push_back(':');
  append_escaped(out, value);
}

void id_member(std::string& out, std::string_view key, ByteSpan id) { text_member(out, key, utf8_from_latin1(id)); }

void number_member(std::string& out, std::string_view key, std::uint64_t value) {
  if (out.back() != '{') out.push_back(',');
  append_escaped(out, key);
  out.push_back(':');
  out += std::to_string(value);
}

void description_member(std::string& out, std::string_view type, std::string_view sdp) {
  if (out.back() != '{') out.push_back(',');
  append_escaped(out, type);
  out += ":{";
  text_member(out, "type", type);
  text_member(out, "sdp", sdp);
  out.push_back('}');
}

std::string_view event_text(AnnounceEvent event) noexcept {
  switch (event) {
    case AnnounceEvent::none: return "";
    case AnnounceEvent::started: return "started";
    case AnnounceEvent::completed: return "completed";
    case AnnounceEvent::stopped: return "stopped";
  }
  return "";
}

}  // namespace

std::string format_announce(const AnnounceRequest& request) {
  std::string out = "{";
  number_member(out, "numwant", request.numwant);
  number_member(out, "uploaded", request.uploaded);
  number_member(out, "downloaded", request.downloaded);
  number_member(out, "left", request.left);
  if (request.event != AnnounceEvent::none) text_member(out, "event", event_text(request.event));
  text_member(out, "action", "announce");
  id_member(out, "info_hash", request.info_hash.bytes);
  id_member(out, "peer_id", request.peer_id.bytes);
  if (!request.tracker_id.empty()) text_member(out, "trackerid", request.tracker_id);
  if (!request.offers.empty()) {
    out += ",\"offers\":[";
    for (const AnnounceOffer& offer : request.offers) {
      if (out.back() != '[') out.push_back(',');
      out.push_back('{');
      description_member(out, "offer", offer.sdp);
      id_member(out, "offer_id", offer.offer_id.bytes);
      out.push_back('}');
    }
    out.push_back(']');
  }
  out.push_back('}');
  return out;
}

std::string format_answer(const AnswerRequest& request) {
  std::string out = "{";
  text_member(out, "action", "announce");
  id_member(out, "info_hash", request.info_hash.bytes);
  id_member(out, "peer_id", request.peer_id.bytes);
  id_member(out, "to_peer_id", request.to_peer_id.bytes);
  description_member(out, "answer", request.sdp);
  id_member(out, "offer_id", request.offer_id.bytes);
  if (!request.tracker_id.empty()) text_member(out, "trackerid", request.tracker_id);
  out.push_back('}');
  return out;
}

}  // namespace samara
