// Owns: reading a tracker's JSON frames by SAX, without building a document.
// Refuses to know: sockets, schedules, and whether a frame was expected.
#include "codec/tracker_json.hpp"

#include <algorithm>
#include <array>
#include <utility>

#define JSON_NOEXCEPTION 1
#include <nlohmann/json.hpp>

#include "codec/utf8.hpp"
#include "samara/config.hpp"

namespace samara {
namespace {

using Json = nlohmann::json;

// The keys we read. The last two stand inside an offer or answer.
enum class Key : std::uint8_t {
  other,
  action,
  info_hash,
  peer_id,
  offer_id,
  offer,
  answer,
  complete,
  incomplete,
  interval,
  failure_reason,
  warning_message,
  tracker_id,
  type,
  sdp,
};

constexpr std::array<std::pair<std::string_view, Key>, 12> outer_keys{{
    {"action", Key::action},
    {"info_hash", Key::info_hash},
    {"peer_id", Key::peer_id},
    {"offer_id", Key::offer_id},
    {"offer", Key::offer},
    {"answer", Key::answer},
    {"complete", Key::complete},
    {"incomplete", Key::incomplete},
    {"interval", Key::interval},
    {"failure reason", Key::failure_reason},
    {"warning message", Key::warning_message},
    {"tracker id", Key::tracker_id},
}};
constexpr std::array<std::pair<std::string_view, Key>, 2> inner_keys{{
    {"type", Key::type},
    {"sdp", Key::sdp},
}};

template <std::size_t N>
Key lookup(const std::array<std::pair<std::string_view, Key>, N>& keys, std::string_view name) noexcept {
  for (const auto& [text, key] : keys) {
    if (text == name) return key;
  }
  return Key::other;
}

struct Description {
  std::string type;
  std::string sdp;
};

// Everything a frame may say, before it is known what kind of frame it is.
struct Fields {
  std::string action;
  std::optional<InfoHash> info_hash;
  std::optional<PeerId> peer_id;
  std::optional<OfferId> offer_id;
  std::optional<Description> offer;
  std::optional<Description> answer;
  std::optional<std::uint32_t> complete;
  std::optional<std::uint32_t> incomplete;
  std::optional<std::uint32_t> interval_s;
  std::optional<std::string> failure;
  std::string warning;
  std::string tracker_id;
};

template <class Id>
bool read_id(std::string_view text, std::optional<Id>& out) {
  const auto bytes = latin1_from_utf8(text);
  Id id;
  if (!bytes || bytes->size() != id.bytes.size()) return false;
  std::copy(bytes->begin(), bytes->end(), id.bytes.begin());
  out = id;
  return true;
}

std::string short_text(std::string_view text) {
  return std::string(utf8_prefix(text, limits::tracker_text_bytes_max));
}

// Receives the events of nlohmann's parser, which is iterative. Returning false ends the parse;
// `error` then says why.
class FrameHandler {
 public:
  Fields fields;
  Code error = Code::tracker_json_invalid;

  bool null() {  // the same as an absent key
    key_ = Key::other;
    return inside_root();
  }
  bool boolean(bool /*value*/) { return scalar_of_wrong_type(); }
  bool number_integer(Json::number_integer_t value) {  // the parser sends only negative ones here
    return number(value < 0 ? 0 : static_cast<std::uint64_t>(value));
  }
  bool number_unsigned(Json::number_unsigned_t value) { return number(value); }
  bool number_float(Json::number_float_t value, const Json::string_t& /*text*/) {
    // The parser refuses infinities, JSON has no NaN, and every float is clamped before it is cast.
    constexpr double largest = 4'000'000'000.0;
    return number(value > 0 ? static_cast<std::uint64_t>(std::min(value, largest)) : 0);
  }
  bool string(const Json::string_t& value) {
    const Key key = std::exchange(key_, Key::other);
    return inside_root() && (key == Key::other || text_field(key, value) || invalid_field());
  }
  bool binary(const Json::binary_t& /*value*/) { return false; }

  bool start_object(std::size_t /*elements*/) {
    const Key key = std::exchange(key_, Key::other);
    if (!enter()) return false;
    if (depth_ != 2 || key == Key::other) return depth_ == 1 || key == Key::other || invalid_field();
    if (key == Key::offer) description_ = &fields.offer.emplace();
    if (key == Key::answer) description_ = &fields.answer.emplace();
    return description_ != nullptr || invalid_field();
  }
  bool start_array(std::size_t /*elements*/) {
    const Key key = std::exchange(key_, Key::other);
    if (depth_ == 0) return false;
    return (key == Key::other || invalid_field()) && enter();
  }
  bool end_object() { return leave(); }
  bool end_array() { return leave(); }

  bool key(const Json::string_t& name) {
    key_ = Key::other;
    if (depth_ == 1) key_ = lookup(outer_keys, name);
    if (depth_ == 2 && description_ != nullptr) key_ = lookup(inner_keys, name);
    if (key_ == Key::other) return true;
    // Two values for one key mean two things to two readers. Offer and answer never stand together,
    // so their inner keys may share a bit.
    const std::uint32_t bit = 1U << static_cast<unsigned>(key_);
    return (std::exchange(seen_, seen_ | bit) & bit) == 0;
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/, const nlohmann::detail::exception& /*e*/) {
    return false;
  }

 private:
  bool invalid_field() {
    error = Code::tracker_field_invalid;
    return false;
  }
  [[nodiscard]] bool inside_root() const noexcept { return depth_ > 0; }
  bool scalar_of_wrong_type() {
    const Key key = std::exchange(key_, Key::other);
    return inside_root() && (key == Key::other || invalid_field());
  }
  bool enter() {
    if (depth_ >= limits::json_depth_max) {
      error = Code::tracker_json_too_deep;
      return false;
    }
    ++depth_;
    return true;
  }
  bool leave() {
    --depth_;
    if (depth_ < 2) description_ = nullptr;
    key_ = Key::other;
    return true;
  }

  bool number(std::uint64_t value) {
    const Key key = std::exchange(key_, Key::other);
    if (!inside_root()) return false;
    const auto clamped = static_cast<std::uint32_t>(std::min<std::uint64_t>(value, 0xffff'ffffU));
    switch (key) {
      case Key::other: return true;
      case Key::complete: fields.complete = clamped; return true;
      case Key::incomplete: fields.incomplete = clamped; return true;
      case Key::interval:
        fields.interval_s = std::clamp(clamped, limits::announce_interval_min_s, limits::announce_interval_max_s);
        return true;
      default: return invalid_field();
    }
  }

  bool text_field(Key key, const std::string& value) {
    switch (key) {
      case Key::action: fields.action = value; return true;
      case Key::info_hash: return read_id(value, fields.info_hash);
      case Key::peer_id: return read_id(value, fields.peer_id);
      case Key::offer_id: return read_id(value, fields.offer_id);
      case Key::failure_reason: fields.failure = short_text(value); return true;
      case Key::warning_message: fields.warning = short_text(value); return true;
      case Key::tracker_id:  // an id cut short would be another id
        if (value.size() <= limits::tracker_text_bytes_max) fields.tracker_id = value;
        return true;
      case Key::type: description_->type = value; return true;
      case Key::sdp: description_->sdp = value; return true;
      default: return false;
    }
  }

  Key key_ = Key::other;
  std::uint32_t depth_ = 0;
  std::uint32_t seen_ = 0;
  Description* description_ = nullptr;
};

template <class Frame>
Result<TrackerFrame> relayed(const Fields& fields, Description description, std::string_view type) {
  const bool complete = fields.info_hash && fields.peer_id && fields.offer_id;
  if (!complete || description.type != type || description.sdp.empty()) {
    return remote_fault(Code::tracker_field_invalid);
  }
  return Frame{*fields.info_hash, *fields.peer_id, *fields.offer_id, std::move(description.sdp)};
}

Result<TrackerFrame> to_frame(Fields fields) {
  if (fields.failure && !fields.info_hash) return FailureFrame{std::move(*fields.failure)};
  if (fields.action != "announce" && !fields.failure) return OtherFrame{};
  if (fields.offer && fields.answer) return remote_fault(Code::tracker_field_invalid);
  if (fields.offer) return relayed<OfferFrame>(fields, std::move(*fields.offer), "offer");
  if (fields.answer) return relayed<AnswerFrame>(fields, std::move(*fields.answer), "answer");
  if (!fields.info_hash) return remote_fault(Code::tracker_field_invalid);
  AnnounceReply reply;
  reply.info_hash = *fields.info_hash;
  reply.complete = fields.complete;
  reply.incomplete = fields.incomplete;
  reply.interval_s = fields.interval_s;
  reply.failure = std::move(fields.failure).value_or("");
  reply.warning = std::move(fields.warning);
  reply.tracker_id = std::move(fields.tracker_id);
  return reply;
}

}  // namespace

Result<TrackerFrame> parse_tracker_frame(ByteSpan utf8) {
  if (utf8.size() > limits::tracker_frame_bytes_max) return remote_fault(Code::tracker_frame_too_large);
  FrameHandler handler;
  const std::string_view text = as_text(utf8);
  if (!Json::sax_parse(text.begin(), text.end(), &handler)) return remote_fault(handler.error);
  return to_frame(std::move(handler.fields));
}

}  // namespace samara
