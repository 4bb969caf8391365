// Owns: one peer connection's life from its making to its channel: phases, deadlines, and when its
// description is good enough to be sent (trackers carry no later candidates).
// A *branch* is a further channel of another dial's connection, with a torrent of its own (channels.cpp).
// Refuses to know: trackers, budgets and other dials.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "samara/config.hpp"
#include "samara/error.hpp"
#include "samara/ids.hpp"
#include "samara/input.hpp"
#include "samara/time.hpp"
#include "signal/peer_identity.hpp"

namespace samara {

enum class DialRole : std::uint8_t { offerer, answerer };

enum class DialPhase : std::uint8_t {
  gathering,   // the local description is not good enough yet
  ready,       // offerer only: may be sent, or is out and unanswered
  connecting,  // both descriptions are known to both sides, or ours is on its way
  open,        // the channel opened; the engine has it
};

/// Where an offer went. An entry ends with its socket: answers to it could not come back.
struct SentOffer {
  SocketId socket;
  OfferId offer;
  bool replied = false;  // the tracker answered the announce that carried it
  bool nobody = false;   // … and counted nobody else, so nobody has the offer
};

struct Dial {
  DialId id;
  TorrentId torrent;
  DialRole role = DialRole::offerer;
  DialPhase phase = DialPhase::gathering;
  bool whole_gathering = false;  // waits for gathering to complete: an early description has failed before
  bool gathering_complete = false;
  bool left_early = false;  // the description was sent before gathering was complete
  bool extended = false;    // its deadline has been moved once because the device slept
  Route route = Route::unknown;
  Instant made;
  Instant expires;  // when it is closed or, for an unanswered offer, may be sent again
  Instant opened_at;
  Instant heard_at;                     // the last bytes over its channel, or its opening
  std::optional<Instant> doubted_at;    // the network came back: something must be heard since
  // A branch.
  DialId over;            // the connection that it is a channel of; none: a connection of its own
  bool asked = false;     // the host was told to open it
  bool unheard = false;   // it is open and nothing has come: whether the other side serves the torrent is not known yet
  // A connection. When its own torrent's link ends and it stays, its torrent is none.
  bool carries = false;   // the other side takes further channels
  bool lost = false;      // it ends with its link, whatever else runs over it
  std::uint32_t unnamed = 0;  // channels of the other side that have not named a torrent yet
  std::string fingerprint;    // of the other side's certificate, once its description is known
  std::string sdp;  // ours, filtered; of a branch that answers an offer: that offer
  std::optional<Instant> described_at;
  std::optional<Instant> host_at;       // first host candidate
  Instant host_last_at{};               // the last of them so far
  std::uint32_t host_candidates = 0;
  std::optional<Instant> reflexive_at;  // first server-reflexive or relay candidate
  // Offerer.
  std::vector<SentOffer> sent;
  // Who is on the other side; for an offerer from the answer on.
  std::optional<PeerId> remote;
  PeerId self;
  // Answerer: where the offer came from and the id to echo.
  SocketId socket;
  OfferId offer;

  [[nodiscard]] bool unanswered() const noexcept {
    return role == DialRole::offerer && (phase == DialPhase::gathering || phase == DialPhase::ready);
  }
  /// A link or on its way to be one: both peers know each other.
  [[nodiscard]] bool has_peer() const noexcept { return remote.has_value(); }
  /// A link over which nothing has come for a while: idle, or lost without this side having been told.
  [[nodiscard]] bool silent(Instant now) const noexcept {
    return phase == DialPhase::open && now - heard_at >= milliseconds(limits::silent_link_ms);
  }
  /// It came of the other side's offer, and that side may still prefer the one that came of ours.
  [[nodiscard]] bool crossing() const noexcept { return role == DialRole::answerer && (phase != DialPhase::open || unheard); }
  /// A description that no tracker has yet.
  [[nodiscard]] bool fresh_offer() const noexcept {
    return role == DialRole::offerer && phase == DialPhase::ready && sent.empty();
  }
  [[nodiscard]] bool sent_on(SocketId where) const noexcept;
  /// Out, and either known to be with nobody or as old as an offer gets.
  [[nodiscard]] bool reusable(Instant now) const noexcept;
};

/// A new dial with its gathering deadline.
[[nodiscard]] Dial make_dial(DialId id, DialRole role, TorrentId torrent, Instant now, bool whole_gathering);

/// Takes the local description as it stands now; filters it (our own goes to strangers too).
/// Errors: those of filter_sdp(); the dial keeps what it had.
[[nodiscard]] Result<void> take_local_sdp(Dial& dial, Instant now, std::string_view sdp, bool gathering_complete);

/// When the description may be sent: the first of gathering complete, the first server-reflexive or relay
/// candidate + 50 ms, 1 s after it was set, and with `local_only` the first host candidate + 20 ms.
/// Nothing while there is no description. (DESIGN §8, Early SDP.)
[[nodiscard]] std::optional<Instant> sdp_ready_at(const Dial& dial, bool local_only) noexcept;

/// The description leaves (offer announced or answer sent) or an answer has been applied: fifteen seconds to go.
void start_connecting(Dial& dial, Instant now) noexcept;

/// The device slept for `gap`: what was due meanwhile gets the time back, once in a dial's life.
void extend_deadline(Dial& dial, Duration gap) noexcept;

}  // namespace samara
