// Owns: how many peer connections exist, whose they are, and which unanswered offer is used again or
// gives way. Refuses to know: when to offer (search.hpp) and how a frame looks.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "signal/dial.hpp"

namespace samara {

/// The dials of one torrent by what they are good for.
struct DialCounts {
  std::uint32_t gathering = 0;   // our offers in the making
  std::uint32_t fresh = 0;       // our offers that no tracker has
  std::uint32_t reusable = 0;    // out, and with nobody or too old
  std::uint32_t unanswered = 0;  // out, somebody may have it
  std::uint32_t connecting = 0;  // the other side is known, also answers in the making
  std::uint32_t open = 0;
  [[nodiscard]] std::uint32_t ours() const noexcept { return gathering + fresh + reusable + unanswered; }
};

/// All dials under one limit.
class Offers {
 public:
  explicit Offers(std::uint32_t connections_max) : max_(connections_max) {}

  [[nodiscard]] std::uint32_t size() const noexcept;  // connections; branches are none
  /// Places for another connection, with those of connections that rest: see in_the_way().
  [[nodiscard]] std::uint32_t free() const noexcept;
  [[nodiscard]] std::uint32_t max() const noexcept { return max_; }

  /// Precondition (trapped): free() > 0.
  Dial& make(DialRole role, TorrentId torrent, Instant now, bool whole_gathering);
  /// A further channel of the connection `over`, for what `asked` is for.
  Dial& make_branch(DialId over, Dial asked);
  void erase(DialId id) { dials_.erase(id); }

  /// What runs over this connection beside its own link, named or not.
  [[nodiscard]] std::uint32_t branches(const Dial& base) const noexcept;
  /// A connection over which nothing runs any more.
  [[nodiscard]] bool resting(const Dial& dial) const noexcept;
  /// Of those that rest, the one that has done so longest, when there is no place without it.
  [[nodiscard]] const Dial* in_the_way() const noexcept;
  /// No bytes have come for a while over the connection of this link.
  [[nodiscard]] bool silent(Instant now, const Dial& dial) const noexcept;

  [[nodiscard]] Dial* find(DialId id) noexcept;
  [[nodiscard]] const Dial* find(DialId id) const noexcept;
  /// The unanswered dial whose offer went out on this socket under this id.
  [[nodiscard]] Dial* find_sent(SocketId socket, const OfferId& offer) noexcept;
  /// A dial for this torrent with this peer on the other side, other than `except` and than silent links: a Samara peer that
  /// offers again may have lost those, and only one side is told when a network changes. Other clients would drop the new one.
  [[nodiscard]] Dial* find_peer(Instant now, TorrentId torrent, const PeerId& peer, DialId except = {}) noexcept;

  [[nodiscard]] bool has_link(TorrentId torrent, const PeerId& peer) const noexcept;
  [[nodiscard]] DialCounts count(TorrentId torrent, Instant now) const noexcept;
  /// Answers of ours for this torrent through this socket that are not open yet.
  [[nodiscard]] std::uint32_t incoming(TorrentId torrent, SocketId socket) const noexcept;
  /// An offer of this torrent that may be sent again.
  [[nodiscard]] Dial* reusable_for(TorrentId torrent, Instant now) noexcept;
  /// One of any other torrent: for when there is no place for another connection.
  [[nodiscard]] Dial* reusable_elsewhere(TorrentId torrent, Instant now) noexcept;
  [[nodiscard]] Dial* oldest_unanswered() noexcept;

  /// The tracker behind this socket answered an announce for this torrent.
  void replied(SocketId socket, TorrentId torrent, bool nobody) noexcept;
  /// What this torrent sent over this socket was not understood: it can be sent again.
  void forget_unreplied(SocketId socket, TorrentId torrent) noexcept;
  /// What went out over this socket cannot be answered any more.
  void forget_socket(SocketId socket) noexcept;

  /// By rising id. Do not erase while going through.
  [[nodiscard]] std::map<DialId, Dial>& all() noexcept { return dials_; }
  [[nodiscard]] const std::map<DialId, Dial>& all() const noexcept { return dials_; }

 private:
  std::uint32_t max_;
  DialId last_{};
  std::map<DialId, Dial> dials_;
};

/// How many offers of strangers one torrent takes from one tracker: ten, one more every six seconds, and
/// five for each announce of ours. A dial that opened gives its place back: an honest swarm is never short.
class IncomingQuota {
 public:
  [[nodiscard]] bool take(Instant now) noexcept;
  void announced() noexcept;
  void opened() noexcept;

 private:
  void refill(Instant now) noexcept;

  static constexpr std::uint32_t places_max = 3 * limits::offers_incoming_max;
  std::uint32_t places_ = limits::offers_incoming_max;
  std::optional<Instant> refilled_;
};

}  // namespace samara
