// Owns: the JSON frames of the WebTorrent tracker protocol, both ways. 20-byte ids travel as strings of
// 20 code points U+0000 … U+00FF. Refuses to know: sockets, schedules, and whether a frame was expected.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "samara/bytes.hpp"
#include "samara/error.hpp"
#include "samara/ids.hpp"

namespace samara {

/// What a tracker answers to an announce. Texts are UTF-8 cut to tracker_text_bytes_max, empty if absent.
struct AnnounceReply {
  InfoHash info_hash;
  std::optional<std::uint32_t> complete;
  std::optional<std::uint32_t> incomplete;
  std::optional<std::uint32_t> interval_s;  ///< clamped to announce_interval_min_s … announce_interval_max_s
  std::string failure;
  std::string warning;
  std::string tracker_id;
};

/// Somebody's offer, relayed. The SDP is unchecked: filter_sdp() comes next.
struct OfferFrame {
  InfoHash info_hash;
  PeerId peer_id;
  OfferId offer_id;
  std::string sdp;
};

/// Somebody's answer to an offer of ours, relayed. The SDP is unchecked.
struct AnswerFrame {
  InfoHash info_hash;
  PeerId peer_id;
  OfferId offer_id;
  std::string sdp;
};

/// A failure that names no torrent.
struct FailureFrame {
  std::string reason;
};

/// Scrape replies and actions we have no use for.
struct OtherFrame {};

using TrackerFrame = std::variant<AnnounceReply, OfferFrame, AnswerFrame, FailureFrame, OtherFrame>;

/// Reads one text frame. Errors: tracker_frame_too_large (looked at first), tracker_json_invalid
/// (also for a repeated key at a place we read), tracker_json_too_deep, tracker_field_invalid.
[[nodiscard]] Result<TrackerFrame> parse_tracker_frame(ByteSpan utf8);

enum class AnnounceEvent : std::uint8_t { none, started, completed, stopped };

struct AnnounceOffer {
  OfferId offer_id;
  std::string_view sdp;
};

struct AnnounceRequest {
  InfoHash info_hash;
  PeerId peer_id;
  AnnounceEvent event = AnnounceEvent::none;
  std::uint64_t uploaded = 0;
  std::uint64_t downloaded = 0;
  std::uint64_t left = 0;  ///< 1 when the size is unknown: 0 would count us as a seeder
  std::uint32_t numwant = 0;
  std::string_view tracker_id;
  std::span<const AnnounceOffer> offers;
};

struct AnswerRequest {
  InfoHash info_hash;
  PeerId peer_id;     ///< ours
  PeerId to_peer_id;  ///< the offerer
  OfferId offer_id;   ///< echoed
  std::string_view sdp;
  std::string_view tracker_id;
};

/// The frames as a browser would write them: raw UTF-8, only control characters, `"` and `\` escaped.
[[nodiscard]] std::string format_announce(const AnnounceRequest& request);
[[nodiscard]] std::string format_answer(const AnswerRequest& request);

}  // namespace samara
