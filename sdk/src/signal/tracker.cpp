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
constexpr std::uint32_t attempts_max = 16;             // the pause has long stopped growing
constexpr std::uint32_t attempts_after_bad_frames = 4;  // not at once to somebody who talks nonsense

/// ±20 %, so that the clients of a restarted tracker do not come back together.
Duration jittered(std::int64_t pause_ms, Rng& rng) noexcept {
  const std::int64_t fifth_us = milliseconds(pause_ms).us / 5;
  const auto offset = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(2 * fifth_us + 1)));
  return {milliseconds(pause_ms).us - fifth_us + offset};
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
}

void Tracker::opened(Instant now) noexcept {
  state_ = State::open;
  since_ = now;
  last_sent_ = now;
  pace_ = now;
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
    listing.started = listing.replied = listing.awaiting = false;
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

void Tracker::hurry(Instant now) noexcept {
  attempts_ = 0;
  trying_since_ = now;
  retry_at_ = now;
}

void Tracker::good_frame() noexcept {
  attempts_ = 0;
  unheard_since_.reset();
  doubted_until_.reset();
}

bool Tracker::bad_frame() noexcept { return ++bad_frames_ > limits::tracker_bad_frames_max; }

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
  listing.started = true;
  listing.awaiting = true;
  listing.quota_told = false;
  listing.sent_at = now;
  listing.quota.announced();
  schedule(listing, rng);
  sent(now);
  if (!unheard_since_) unheard_since_ = now;
  pace_ = std::max(pace_, now) + milliseconds(limits::announce_spacing_ms);
}

void Tracker::schedule(Listing& listing, Rng& rng) const noexcept {
  // 0.55 … 0.75 of the interval: the rest up to 0.8 is for the spacing of frames.
  const std::int64_t interval_us = seconds(interval_s_).us;
  const auto spread = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(interval_us / 5)));
  listing.due = listing.sent_at + Duration{interval_us * 55 / 100 + spread};
}

Instant Tracker::pace_at() const noexcept {
  return pace_ - milliseconds(std::int64_t{limits::announce_spacing_ms} * (limits::announce_burst - 1));
}

Instant Tracker::keep_alive_at() const noexcept {
  return last_sent_ + milliseconds(limits::tracker_keep_alive_ms);
}

}  // namespace samara
