// Owns: what a tracker's frames mean: replies, offers and answers of strangers, refusals, nonsense.
// Refuses to know: schedules; texts of strangers never reach the log.
#include <algorithm>
#include <utility>

#include "codec/sdp.hpp"
#include "signal/signaller_state.hpp"

namespace samara {

namespace {

/// Two offers that cross do so within this; after it ours has missed.
constexpr std::int64_t glare_window_ms = 2'000;
constexpr std::uint32_t refusal_doublings_max = 6;  // 60 s · 2^6 > the longest interval

}  // namespace

void Signaller::State::on_frame(Instant now, Tracker& tracker, ByteSpan utf8) {
  const auto frame = parse_tracker_frame(utf8);
  if (!frame) {
    outbox.log(LogLevel::warn, "signal", to_string(frame.error().code), tracker.socket().value);
    if (tracker.bad_frame(now)) drop_socket(now, tracker, false);
    return;
  }
  if (tracker.good_frame()) sane_again(now, tracker);  // before its reply counts: it answers one of many
  if (const auto* reply = std::get_if<AnnounceReply>(&*frame)) on_reply(now, tracker, *reply);
  if (const auto* offer = std::get_if<OfferFrame>(&*frame)) on_offer(now, tracker, *offer);
  if (const auto* answer = std::get_if<AnswerFrame>(&*frame)) on_answer(now, tracker, *answer);
  if (std::holds_alternative<FailureFrame>(*frame)) on_failure(now, tracker);
}

// ---- replies

void Signaller::State::on_reply(Instant now, Tracker& tracker, const AnnounceReply& reply) {
  const auto known = by_hash.find(reply.info_hash);
  if (known == by_hash.end()) return;
  Listing* listing = tracker.listing(known->second);
  if (listing == nullptr || !listing->started) return;
  Search& s = searches.at(known->second);
  listing->awaiting = false;
  if (!reply.failure.empty()) {
    hold(now, *listing, s.id);
    return;
  }
  listing->refusals = 0;
  listing->replied = true;
  if (!reply.tracker_id.empty()) listing->tracker_id = reply.tracker_id;
  if (reply.interval_s) {
    tracker.set_interval(*reply.interval_s);
    tracker.schedule(*listing);
  }
  if (!reply.complete && !reply.incomplete) return;
  const std::uint64_t members = std::uint64_t{reply.complete.value_or(0)} + reply.incomplete.value_or(0);
  const std::uint64_t others = members == 0 ? 0 : members - 1;
  listing->others = static_cast<std::uint32_t>(std::min<std::uint64_t>(others, UINT32_MAX));
  offers.replied(tracker.socket(), s.id, listing->others == 0);
  recount_others(now, s);
}

void Signaller::State::on_failure(Instant now, Tracker& tracker) {
  // It names no torrent: the announce that has waited longest is meant.
  std::pair<const TorrentId, Listing>* oldest = tracker.longest_awaiting();
  if (oldest == nullptr) return;
  oldest->second.awaiting = false;
  hold(now, oldest->second, oldest->first);
}

void Signaller::State::hold(Instant now, Listing& listing, TorrentId torrent) {
  const std::int64_t pause_s = std::min<std::int64_t>(
      limits::announce_interval_max_s, std::int64_t{limits::tracker_failure_hold_s} << listing.refusals);
  listing.held_until = now + seconds(pause_s);
  listing.refusals = std::min(listing.refusals + 1, refusal_doublings_max);
  outbox.log(LogLevel::warn, "signal", "tracker-failure", torrent.value);
}

// ---- offers of others

void Signaller::State::on_offer(Instant now, Tracker& tracker, const OfferFrame& frame) {
  const auto known = by_hash.find(frame.info_hash);
  Listing* listing = known == by_hash.end() ? nullptr : tracker.listing(known->second);
  if (listing == nullptr) {
    outbox.log(LogLevel::debug, "signal", to_string(Code::tracker_foreign_torrent));
    return;
  }
  const TorrentId torrent = known->second;
  if (run_prefix(frame.peer_id) == run_id) return;                              // our own, over another tracker
  if (offers.find_peer(now, torrent, frame.peer_id) != nullptr) return;  // linked, or about to be
  outbox.log(LogLevel::debug, "signal", "offer-received", torrent.value);
  if (offers.incoming(torrent, tracker.socket()) >= limits::offers_incoming_max || !listing->quota.take(now)) {
    if (!listing->quota_told) outbox.log(LogLevel::warn, "signal", to_string(Code::tracker_offer_quota), torrent.value);
    listing->quota_told = true;
    return;
  }
  SdpOptions options;
  options.type = SdpType::offer;
  const auto sdp = filter_sdp(frame.sdp, options);
  if (!sdp) {
    outbox.log(LogLevel::warn, "signal", to_string(sdp.error().code), torrent.value);
    return;
  }
  Dial asked = make_dial({}, DialRole::answerer, torrent, now, false);
  asked.remote = frame.peer_id;
  asked.self = tracker.self();
  asked.socket = tracker.socket();
  asked.offer = frame.offer_id;
  asked.sdp = *sdp;
  asked.fingerprint = sdp_fingerprint(*sdp);
  if (!meet_over_channel(now, asked)) answer(now, asked);
}

void Signaller::State::answer(Instant now, const Dial& asked) {
  const Search* s = search(asked.torrent);
  if (s == nullptr || !make_room(now, s->id, *asked.remote)) return;
  Dial& dial = offers.make(DialRole::answerer, s->id, now, s->whole_gathering);
  dial.remote = asked.remote;
  dial.self = asked.self;
  dial.socket = asked.socket;
  dial.offer = asked.offer;
  dial.fingerprint = asked.fingerprint;
  outbox.push(out::MakeAnswer{dial.id, outbox.arena().copy(std::string_view(asked.sdp)), !s->need.wants});
}

bool Signaller::State::make_room(Instant now, TorrentId torrent, const PeerId& remote) {
  if (const Dial* resting = offers.in_the_way()) close(resting->id);
  if (offers.free() > 0) return true;
  Dial* oldest = offers.oldest_unanswered();
  if (oldest == nullptr) return false;
  // If both sides gave up their own offer for the other's, neither answer would find its offer: of two
  // offers that may be crossing the one that would win stays.
  const bool may_cross = oldest->torrent == torrent && is_samara(remote) && our_offer_stays(run_id, remote) &&
                         now - oldest->made < milliseconds(glare_window_ms);
  if (may_cross) return false;
  close(oldest->id);
  return true;
}

// ---- answers to ours

void Signaller::State::on_answer(Instant now, Tracker& tracker, const AnswerFrame& frame) {
  Dial* dial = offers.find_sent(tracker.socket(), frame.offer_id);
  const auto known = by_hash.find(frame.info_hash);
  if (dial == nullptr || known == by_hash.end() || dial->torrent != known->second) return;
  if (run_prefix(frame.peer_id) == run_id) return;
  outbox.log(LogLevel::debug, "signal", "answer-received", dial->torrent.value);
  SdpOptions options;
  options.type = SdpType::answer;
  const auto sdp = filter_sdp(frame.sdp, options);
  if (!sdp) {
    outbox.log(LogLevel::warn, "signal", to_string(sdp.error().code), dial->torrent.value);
    fail(*dial, DialFailure::bad_sdp);
    return;
  }
  if (!settle_glare(now, *dial, frame.peer_id)) return;
  dial->remote = frame.peer_id;
  dial->fingerprint = sdp_fingerprint(*sdp);
  dial->self = tracker.self();
  dial->socket = tracker.socket();
  dial->sent.clear();
  start_connecting(*dial, now);
  outbox.push(out::ApplyAnswer{dial->id, outbox.arena().copy(std::string_view(*sdp))});
}

bool Signaller::State::settle_glare(Instant now, Dial& dial, const PeerId& remote) {
  Dial* other = offers.find_peer(now, dial.torrent, remote, dial.id);
  if (other == nullptr) return true;
  if (other->crossing() && our_offer_stays(run_id, remote)) {
    give_way(*other);
    return true;
  }
  close(dial.id);
  return false;
}

}  // namespace samara
