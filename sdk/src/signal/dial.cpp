// Owns: the rules of one dial. Refuses to know: trackers, budgets and other dials.
#include "signal/dial.hpp"

#include <algorithm>
#include <utility>

#include "codec/sdp.hpp"

namespace samara {

bool Dial::sent_on(SocketId where) const noexcept {
  return std::ranges::any_of(sent, [&](const SentOffer& entry) { return entry.socket == where; });
}

bool Dial::reusable(Instant now) const noexcept {
  if (role != DialRole::offerer || phase != DialPhase::ready || sent.empty()) return false;
  if (now >= expires) return true;
  return std::ranges::all_of(sent, [](const SentOffer& entry) { return entry.nobody; });
}

Dial make_dial(DialId id, DialRole role, TorrentId torrent, Instant now, bool whole_gathering) {
  Dial dial;
  dial.id = id;
  dial.role = role;
  dial.torrent = torrent;
  dial.whole_gathering = whole_gathering;
  dial.made = now;
  dial.expires = now + milliseconds(limits::dial_gather_timeout_ms);
  return dial;
}

Result<void> take_local_sdp(Dial& dial, Instant now, std::string_view sdp, bool gathering_complete) {
  SdpOptions options;
  options.type = dial.role == DialRole::offerer ? SdpType::offer : SdpType::answer;
  SdpSummary summary;
  SAMARA_TRY(filtered, filter_sdp(sdp, options, &summary));
  dial.sdp = std::move(filtered);
  dial.gathering_complete = dial.gathering_complete || gathering_complete;
  if (!dial.described_at) dial.described_at = now;
  if (!dial.host_at && summary.host_candidates > 0) dial.host_at = now;
  if (summary.host_candidates > dial.host_candidates) dial.host_last_at = now;
  dial.host_candidates = summary.host_candidates;
  if (!dial.reflexive_at && summary.server_reflexive_candidates + summary.relay_candidates > 0) {
    dial.reflexive_at = now;
  }
  return {};
}

std::optional<Instant> sdp_ready_at(const Dial& dial, bool local_only) noexcept {
  if (!dial.described_at) return std::nullopt;
  if (dial.gathering_complete) return *dial.described_at;
  if (dial.whole_gathering) return std::nullopt;
  Instant at = *dial.described_at + milliseconds(limits::early_sdp_max_ms);
  if (dial.reflexive_at) at = std::min(at, *dial.reflexive_at + milliseconds(limits::early_sdp_reflexive_ms));
  if (local_only && dial.host_at) {
    const Instant quiet = dial.host_last_at + milliseconds(limits::early_sdp_quiet_ms);
    at = std::min({at, quiet, *dial.host_at + milliseconds(limits::early_sdp_host_ms)});
  }
  return at;
}

void start_connecting(Dial& dial, Instant now) noexcept {
  dial.phase = DialPhase::connecting;
  dial.expires = now + milliseconds(limits::dial_connect_timeout_ms);
}

void extend_deadline(Dial& dial, Duration gap) noexcept {
  if (dial.extended || dial.phase == DialPhase::open) return;
  dial.extended = true;
  dial.expires = dial.expires + gap;
}

}  // namespace samara
