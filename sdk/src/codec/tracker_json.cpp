// Owns: reading a tracker's JSON frames value by value, without building a document.
// Refuses to know: sockets, schedules, and whether a frame was expected.
#include "codec/tracker_json.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "codec/json.hpp"
#include "codec/utf8.hpp"
#include "samara/config.hpp"

namespace samara {
namespace {

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

// Takes the values of a frame as they come. Returning false ends the reading; `error` then says why.
class FrameHandler {
 public:
  explicit FrameHandler(std::string_view text) noexcept : json_(text) {}

  Fields fields;
  Code error = Code::tracker_json_invalid;

  bool read() {
    if (json_.next() != JsonKind::begin_object) return false;
    while (true) {
      const JsonKind kind = json_.next();
      if (kind == JsonKind::end) return true;
      if (!take(kind)) return false;
    }
  }

 private:
  bool take(JsonKind kind) {
    if (kind == JsonKind::key) return key(json_.text());
    const Key key = std::exchange(key_, Key::other);
    switch (kind) {
      case JsonKind::begin_object: return begin_object(key);
      case JsonKind::end_object:
      case JsonKind::end_array:
        if (json_.depth() < 2) description_ = nullptr;
        return true;
      case JsonKind::null: return true;  // the same as an absent key
      case JsonKind::string: return key == Key::other || text_field(key, json_.text()) || invalid_field();
      case JsonKind::number: return number(key, json_.number());
      case JsonKind::boolean:
      case JsonKind::begin_array: return key == Key::other || invalid_field();
      default: return fail_as(kind);
    }
  }

  bool fail_as(JsonKind kind) {
    if (kind == JsonKind::too_deep) error = Code::tracker_json_too_deep;
    return false;
  }

  bool begin_object(Key key) {
    if (key == Key::offer) description_ = &fields.offer.emplace();
    if (key == Key::answer) description_ = &fields.answer.emplace();
    return key == Key::other || key == Key::offer || key == Key::answer || invalid_field();
  }

  bool key(std::string_view name) {
    key_ = Key::other;
    if (json_.depth() == 1) key_ = lookup(outer_keys, name);
    if (json_.depth() == 2 && description_ != nullptr) key_ = lookup(inner_keys, name);
    if (key_ == Key::other) return true;
    // Two values for one key mean two things to two readers. Offer and answer never stand together,
    // so their inner keys may share a bit.
    const std::uint32_t bit = 1U << static_cast<unsigned>(key_);
    return (std::exchange(seen_, seen_ | bit) & bit) == 0;
  }

  bool invalid_field() {
    error = Code::tracker_field_invalid;
    return false;
  }

  bool number(Key key, std::uint32_t value) {
    switch (key) {
      case Key::other: return true;
      case Key::complete: fields.complete = value; return true;
      case Key::incomplete: fields.incomplete = value; return true;
      case Key::interval:
        fields.interval_s = std::clamp(value, limits::announce_interval_min_s, limits::announce_interval_max_s);
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

  JsonReader json_;
  Key key_ = Key::other;
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
  FrameHandler handler(as_text(utf8));
  if (!handler.read()) return remote_fault(handler.error);
  return to_frame(std::move(handler.fields));
}

}  // namespace samara
