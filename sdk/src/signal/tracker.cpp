// Owns: the clockwork of one tracker. Refuses to know: what is announced, dials, and how a frame looks.
#include "signal/tracker.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "codec/ip_literal.hpp"
#include "codec/text_case.hpp"

namespace samara {

namespace {

constexpr std::array<std::int64_t, 4> short_pauses_ms{500, 1'000, 2'000, 5'000};
constexpr std::int64_t long_pause_max_ms = 60'000;
constexpr std::uint32_t hurried_period_s = 120;
constexpr std::int64_t repeat_first_ms = 500;   // nonsense may have been meant for others
constexpr std::int64_t repeat_max_ms = 2'000;   // a tracker that is sane again is noticed that late
constexpr std::uint32_t attempts_max = 16;             // the pause has long stopped growing
constexpr std::uint32_t attempts_after_bad_frames = 4;  // not at once to somebody who talks nonsense

// Regular announces, in thousandths of the interval. Trackers forget after 1.5 intervals at the earliest (aquatic: 180 s at
// 120 s), and 0.8 of that is 1.2: what waits for its turn is announced well before.
constexpr std::uint32_t period_permille = 950;
constexpr std::uint32_t first_period_min_permille = 100;
constexpr std::int64_t round_permille = 850;  // all turns of one round: less than the period, so that nobody waits for long

/// A half to three quarters, so that the clients of a restarted tracker do not come back together. Who comes last is there
/// 3.75 s after the tracker, and offers 1 s later (DESIGN §8): within 5 s all have met.
Duration jittered(std::int64_t pause_ms, Rng& rng) noexcept {
  const std::int64_t pause_us = milliseconds(pause_ms).us;
  return {pause_us / 2 + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(pause_us / 4 + 1)))};
}

std::string_view host_of(std::string_view url) noexcept {
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return {};
  std::string_view rest = url.substr(scheme_end + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  const std::size_t user_end = rest.rfind('@');
  if (user_end != std::string_view::npos) rest.remove_prefix(user_end + 1);
  if (rest.starts_with('[')) return rest.substr(1, rest.find(']') - 1);
  return rest.substr(0, rest.find(':'));
}

bool ends_with_ignoring_case(std::string_view text, std::string_view end) noexcept {
  return text.size() >= end.size() && equals_ignoring_case(text.substr(text.size() - end.size()), end);
}

}  // namespace

std::string_view tracker_key(std::string_view url) noexcept {
  while (url.ends_with('/')) url.remove_suffix(1);
  return url;
}

bool is_local_tracker(std::string_view url) noexcept {
  const std::string_view host = host_of(url);
  if (equals_ignoring_case(host, "localhost") || ends_with_ignoring_case(host, ".localhost") ||
      ends_with_ignoring_case(host, ".local")) {
    return true;
  }
  const auto address = parse_ip_literal(host);
  return address && is_private(*address);
}

Tracker::Tracker(std::string url, Instant now)
    : url_(std::move(url)), local_(is_local_tracker(url_)), since_(now), trying_since_(now), retry_at_(now) {}

std::pair<const TorrentId, Listing>* Tracker::longest_awaiting() noexcept {
  std::pair<const TorrentId, Listing>* oldest = nullptr;
  for (auto& entry : listings_) {
    if (!entry.second.awaiting) continue;
    if (oldest == nullptr || entry.second.sent_at < oldest->second.sent_at) oldest = &entry;
  }
  return oldest;
}

Listing* Tracker::listing(TorrentId torrent) noexcept {
  const auto it = listings_.find(torrent);
  return it == listings_.end() ? nullptr : &it->second;
}

void Tracker::connect(Instant now, SocketId socket, const PeerId& self) noexcept {
  state_ = State::connecting;
  since_ = now;
  socket_ = socket;
  self_ = self;
  bad_frames_ = 0;
  repeats_ = 0;
  repeat_at_.reset();
}

void Tracker::opened(Instant now) noexcept {
  state_ = State::open;
  since_ = now;
  last_sent_ = now;
  pace_ = turn_ = now;
  unheard_since_.reset();
  doubted_until_.reset();
  for (auto& [torrent, listing] : listings_) listing.due = std::max(listing.due, now);
}

void Tracker::lost(Instant now, bool wanted, Rng& rng) noexcept {
  if (state_ == State::open) trying_since_ = now;
  if (bad_frames_ > limits::tracker_bad_frames_max) attempts_ = std::max(attempts_, attempts_after_bad_frames);
  state_ = State::down;
  since_ = now;
  socket_ = {};
  unheard_since_.reset();
  doubted_until_.reset();
  for (auto& [torrent, listing] : listings_) {
    listing.started = listing.replied = listing.awaiting = listing.hurried = false;
    listing.others = 0;
    listing.due = now;
  }
  std::int64_t pause_ms = short_pauses_ms[std::min<std::size_t>(attempts_, short_pauses_ms.size() - 1)];
  const bool hurried = wanted || now - trying_since_ < seconds(hurried_period_s);
  if (attempts_ >= short_pauses_ms.size() && !hurried) {
    const auto doublings = attempts_ - static_cast<std::uint32_t>(short_pauses_ms.size()) + 1;
    pause_ms = std::min(long_pause_max_ms, pause_ms << doublings);
  }
  attempts_ = std::min(attempts_ + 1, attempts_max);
  retry_at_ = now + jittered(pause_ms, rng);
}

void Tracker::want() noexcept {
  if (state_ == State::down) retry_at_ = std::min(retry_at_, since_ + milliseconds(short_pauses_ms.back() * 3 / 4));
}

void Tracker::hurry(Instant now) noexcept {
  attempts_ = 0;
  trying_since_ = now;
  retry_at_ = now;
}

bool Tracker::good_frame() noexcept {
  const bool was_muddled = repeats_ > 0;
  repeats_ = 0;
  repeat_at_.reset();
  attempts_ = 0;
  unheard_since_.reset();
  doubted_until_.reset();
  return was_muddled;
}

bool Tracker::bad_frame(Instant now) noexcept {
  if (!repeat_at_) repeat_at_ = now + milliseconds(repeat_first_ms);
  return ++bad_frames_ > limits::tracker_bad_frames_max;
}

void Tracker::repeated(Instant now) noexcept {
  repeat_at_ = now + milliseconds(std::min(repeat_max_ms, repeat_first_ms << repeats_));
  repeats_ = std::min(repeats_ + 1, attempts_max);
}

void Tracker::set_interval(std::uint32_t interval_s) noexcept { interval_s_ = interval_s; }

void Tracker::doubt(Instant now) noexcept {
  doubted_until_ = now + milliseconds(limits::tracker_probe_timeout_ms);
}

void Tracker::forgive(Instant now) noexcept {
  if (unheard_since_) unheard_since_ = now;
  if (state_ == State::connecting) since_ = now;
}

std::optional<Instant> Tracker::given_up_at() const noexcept {
  if (state_ == State::down) return std::nullopt;
  if (state_ == State::connecting) return since_ + milliseconds(limits::tracker_connect_timeout_ms);
  if (!unheard_since_) return doubted_until_;
  const std::int64_t silence_ms =
      std::min<std::int64_t>(std::int64_t{interval_s_} * 2'000, limits::tracker_silence_max_ms);
  const Instant at = *unheard_since_ + milliseconds(silence_ms);
  return doubted_until_ ? std::min(at, *doubted_until_) : at;
}

void Tracker::announced(Instant now, Listing& listing, Rng& rng) noexcept {
  // What goes out in a burst comes back spread over the interval, and stays so.
  const bool one_of_many = !listing.started || listing.hurried;
  listing.period_permille = one_of_many ? first_period_min_permille + static_cast<std::uint32_t>(rng.below(period_permille - first_period_min_permille))
                                        : period_permille;
  listing.started = true;
  listing.awaiting = true;
  listing.hurried = false;
  listing.quota_told = false;
  listing.sent_at = now;
  listing.quota.announced();
  schedule(listing);
  sent(now);
  if (!unheard_since_) unheard_since_ = now;
  pace_ = std::max(pace_, now) + milliseconds(limits::announce_spacing_ms);
}

void Tracker::schedule(Listing& listing) const noexcept {
  listing.due = listing.sent_at + Duration{seconds(interval_s_).us / 1'000 * listing.period_permille};
}

void Tracker::take_turn(Instant due) noexcept {
  const auto count = static_cast<std::int64_t>(std::max<std::size_t>(1, listings_.size()));
  const std::int64_t share_us = seconds(interval_s_).us / 1'000 * round_permille / count;
  turn_ = turn_at(due) + Duration{std::min(share_us, milliseconds(limits::announce_steady_ms).us)};
}

Instant Tracker::pace_at() const noexcept {
  return pace_ - milliseconds(std::int64_t{limits::announce_spacing_ms} * (limits::announce_burst - 1 + lent_));
}

Instant Tracker::keep_alive_at() const noexcept {
  return last_sent_ + milliseconds(limits::tracker_keep_alive_ms);
}

}  // namespace samara
