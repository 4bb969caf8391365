// Owns: one tracker: its socket's state, back-off and silence, and when each torrent is announced there.
// Refuses to know: what is announced, dials, and how a frame looks.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/rng.hpp"
#include "samara/config.hpp"
#include "samara/ids.hpp"
#include "samara/time.hpp"
#include "signal/offers.hpp"

namespace samara {

/// The key under which one tracker is one: without a trailing slash.
[[nodiscard]] std::string_view tracker_key(std::string_view url) noexcept;

/// ws(s) to localhost or an address that is loopback or private: no STUN is needed to meet there.
[[nodiscard]] bool is_local_tracker(std::string_view url) noexcept;

/// One torrent at one tracker.
struct Listing {
  bool started = false;    // `started` was said on this socket
  bool replied = false;    // … and answered
  bool awaiting = false;   // the latest announce has no reply yet
  bool quota_told = false; // one line in the log per announce
  bool hurried = false;    // the next announce is one of many at once: the one after it is placed at random
  std::uint32_t period_permille = 0;  // of the interval, from sent_at to due
  std::uint32_t others = 0;
  std::uint32_t refusals = 0;       // failure replies in a row
  Instant due;                      // next announce that has no other reason
  Instant sent_at;
  Instant held_until;               // after a failure reply: nothing before
  std::string tracker_id;
  IncomingQuota quota;
};

class Tracker {
 public:
  enum class State : std::uint8_t { down, connecting, open };

  Tracker(std::string url, Instant now);

  [[nodiscard]] std::string_view url() const noexcept { return url_; }
  [[nodiscard]] bool local() const noexcept { return local_; }
  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] bool open() const noexcept { return state_ == State::open; }
  [[nodiscard]] Instant since() const noexcept { return since_; }
  [[nodiscard]] SocketId socket() const noexcept { return socket_; }
  [[nodiscard]] const PeerId& self() const noexcept { return self_; }
  [[nodiscard]] std::map<TorrentId, Listing>& listings() noexcept { return listings_; }
  [[nodiscard]] const std::map<TorrentId, Listing>& listings() const noexcept { return listings_; }
  [[nodiscard]] Listing* listing(TorrentId torrent) noexcept;
  /// The one whose latest announce has waited longest for its reply; none when all are answered.
  [[nodiscard]] std::pair<const TorrentId, Listing>* longest_awaiting() noexcept;

  // ---- the socket
  void connect(Instant now, SocketId socket, const PeerId& self) noexcept;
  void opened(Instant now) noexcept;
  /// The socket is gone, for whatever reason: chooses when to try again. `wanted`: some torrent here waits
  /// for data. Every listing starts over.
  void lost(Instant now, bool wanted, Rng& rng) noexcept;
  /// Something here waits for data: a long pause is cut short.
  void want() noexcept;
  /// Try again at once, with the short pauses first.
  void hurry(Instant now) noexcept;
  [[nodiscard]] Instant retry_at() const noexcept { return retry_at_; }

  // ---- what was heard
  /// True when announces had to be repeated because of nonsense before it.
  bool good_frame() noexcept;
  /// True when the socket has had too many.
  [[nodiscard]] bool bad_frame(Instant now) noexcept;
  /// Nonsense came where a reply may have been: an announce without one is repeated, until a sane frame comes.
  [[nodiscard]] bool repeating() const noexcept { return repeat_at_.has_value(); }
  [[nodiscard]] Instant repeat_at() const noexcept { return repeat_at_.value_or(Instant{INT64_MAX}); }
  void repeated(Instant now) noexcept;
  void nothing_to_repeat() noexcept { repeat_at_.reset(); }
  void set_interval(std::uint32_t interval_s) noexcept;
  /// The socket may be dead without saying so (sleep, another network): the next announce must be answered soon.
  void doubt(Instant now) noexcept;
  /// Sleep is nobody's silence.
  void forgive(Instant now) noexcept;
  /// When the socket is given up if nothing is heard (also while connecting); nothing while it is down.
  [[nodiscard]] std::optional<Instant> given_up_at() const noexcept;

  // ---- what is said
  void announced(Instant now, Listing& listing, Rng& rng) noexcept;
  void sent(Instant now) noexcept { last_sent_ = now; }
  /// Places the next regular announce in the interval, which may have changed.
  void schedule(Listing& listing) const noexcept;
  /// Whether an announce may go now: a short burst, then spaced.
  [[nodiscard]] bool may_send(Instant now) const noexcept { return pace_at() <= now; }
  [[nodiscard]] Instant pace_at() const noexcept;
  /// So many frames more may go at once.
  void lend(std::int64_t frames) noexcept { lent_ = frames; }
  /// When a regular announce that is due at `due` has its turn. Time that was slept through is made up for.
  [[nodiscard]] Instant turn_at(Instant due) const noexcept { return std::max(due, turn_); }
  /// That turn has been taken.
  void take_turn(Instant due) noexcept;
  [[nodiscard]] Instant keep_alive_at() const noexcept;

 private:
  std::string url_;
  bool local_;
  State state_ = State::down;
  Instant since_;
  SocketId socket_{};
  PeerId self_{};
  std::map<TorrentId, Listing> listings_;
  std::uint32_t attempts_ = 0;  // since the last good frame
  std::uint32_t bad_frames_ = 0;
  std::uint32_t interval_s_ = limits::announce_interval_default_s;
  Instant trying_since_;  // when the back-off started
  Instant retry_at_;
  Instant last_sent_;
  std::int64_t lent_ = 0;
  Instant pace_;  // when the next spaced frame would go
  Instant turn_;  // when the next regular announce may go
  std::optional<Instant> unheard_since_;  // the first announce since anything was heard
  std::optional<Instant> doubted_until_;
  std::optional<Instant> repeat_at_;
  std::uint32_t repeats_ = 0;  // since the last sane frame
};

}  // namespace samara
