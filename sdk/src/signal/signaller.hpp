// Owns: finding peers: which tracker is told what and when, whose offer is answered, how many peer
// connections exist. Refuses to know: what travels over a connection once its channel is open.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/outbox.hpp"
#include "base/rng.hpp"
#include "samara/config.hpp"
#include "samara/ids.hpp"
#include "samara/input.hpp"
#include "samara/time.hpp"

namespace samara {

/// What a torrent needs of its swarm; the engine repeats it whenever something in it changed.
struct SwarmNeed {
  bool wants = false;          // asks for data or metadata
  bool served = false;         // some link gives what is wanted
  bool complete = false;       // everything is here (left = 0)
  std::uint32_t links = 0;     // open BitTorrent links
  std::uint32_t parted = 0;    // links that ended when both sides were complete
  std::uint64_t uploaded_bytes = 0;
  std::uint64_t downloaded_bytes = 0;
  std::uint64_t left_bytes = 1;  // never 0 unless complete: unknown sizes are announced as 1
};

/// A connection whose channel has opened.
struct Dialled {
  DialId dial;
  TorrentId torrent;
  PeerId self;     // the id we used with the tracker; goes into the BitTorrent handshake
  PeerId remote;   // as the tracker named it
};

struct TrackerView {
  std::string_view url;  // lives as long as the signaller and its tracker
  enum class State : std::uint8_t { connected, connecting, down } state;
  Instant since;
};

/// What is known of one torrent's swarm, for reasons shown to users.
struct SwarmView {
  std::uint32_t trackers = 0;            // it is announced to
  std::uint32_t trackers_connected = 0;
  bool announced = false;                // some tracker replied since the last (re)connect
  std::uint32_t others = 0;              // complete + incomplete − 1 of the latest replies, the largest
  std::uint32_t dials = 0;               // being made
  std::uint32_t failures = 0;            // dials that failed since the last link or start
  std::optional<DialFailure> last_failure;
};

class Signaller {
 public:
  Signaller(const Config& config, Rng& rng, Outbox& outbox);
  ~Signaller();

  // ---- torrents
  /// Starts announcing. Urls are usable ones (the link parser's policy), duplicates allowed.
  void add(Instant now, TorrentId torrent, const InfoHash& info_hash, std::span<const std::string> trackers);
  void update(Instant now, TorrentId torrent, const SwarmNeed& need);
  /// Says `stopped`, closes its dials (also those whose channel is open: the engine has detached links).
  void remove(Instant now, TorrentId torrent);

  // ---- inputs
  void network(Instant now, bool online);
  void socket_opened(Instant now, SocketId socket);
  void socket_text(Instant now, SocketId socket, ByteSpan utf8);
  void socket_closed(Instant now, SocketId socket);
  void local_sdp(Instant now, DialId dial, std::string_view sdp, bool gathering_complete);
  void dial_progress(Instant now, DialId dial, DialStage stage, Route route);
  void dial_failed(Instant now, DialId dial, DialFailure why);
  void tick(Instant now);
  [[nodiscard]] std::optional<Instant> deadline() const noexcept;

  // ---- connections
  /// A channel opened on a dial; nothing when the dial is unknown (the channel is then to be ignored).
  [[nodiscard]] std::optional<Dialled> channel_opened(Instant now, DialId dial);
  /// The link over this dial has ended: closes the connection and frees its place. True when other torrents need the
  /// connection, or may soon: then only this link's channel is to be closed.
  bool release(Instant now, DialId dial);
  /// The other side of this connection takes further channels; or does so no more, having broken rules.
  void set_carries(Instant now, DialId dial, bool carries);
  /// A channel opened that nothing was known of. False when it is to be closed.
  [[nodiscard]] bool channel_arrived(DialId dial) noexcept;
  /// Such a one has ended, or has named a torrent.
  void unnamed_gone(Instant now, DialId dial);
  /// It has named one: `remote`, over the connection `over`. Nothing when it is to be closed.
  [[nodiscard]] std::optional<Dialled> channel_named(Instant now, DialId over, TorrentId torrent, const PeerId& remote);
  [[nodiscard]] Route route(DialId dial) const noexcept;
  /// Bytes came over this dial's channel.
  void heard(Instant now, DialId dial) noexcept;
  /// An open dial that is lost: nothing has come since the network came back, its peer has connected anew, its connection has failed, or another channel took its place. Named once; its link is to be ended.
  [[nodiscard]] std::optional<DialId> take_lost() noexcept;

  // ---- views
  [[nodiscard]] std::vector<TrackerView> trackers() const;
  [[nodiscard]] SwarmView view(TorrentId torrent) const;
  [[nodiscard]] std::uint32_t connections() const noexcept;  // peer connections that exist
  /// Open ones by how their bytes travel, those that rest not counted.
  [[nodiscard]] std::array<std::uint32_t, 4> routes() const noexcept;
  [[nodiscard]] bool online() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace samara
