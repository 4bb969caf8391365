// Owns: what the parts of the signaller share: the torrents, the trackers, the dials and the one clock.
// Refuses to know: nothing of the signal layer; included by its .cpp files only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/outbox.hpp"
#include "base/rng.hpp"
#include "codec/tracker_json.hpp"
#include "signal/offers.hpp"
#include "signal/search.hpp"
#include "signal/signaller.hpp"
#include "signal/tracker.hpp"

namespace samara {

struct Signaller::State {
  State(const Config& config, Rng& generator, Outbox& out);

  bool has_ice_servers;
  Rng& rng;
  Outbox& outbox;
  RunPrefix run_id{};
  bool online = true;
  std::map<TorrentId, Search> searches;
  std::map<InfoHash, TorrentId> by_hash;
  std::map<std::string, Tracker, std::less<>> trackers;  // by tracker_key(); nodes stay put
  std::map<std::string, Tracker, std::less<>> remembered;  // down, and listing nothing: their back-off goes on
  std::map<SocketId, Tracker*> sockets;
  Offers offers;
  std::vector<DialId> lost_links;  // to be ended by the engine
  SocketId last_socket{};
  std::optional<Instant> next;     // deadline(), as of the last run()
  std::optional<Instant> woken_at;  // the last network(online = true)
  std::optional<Instant> returned_at;  // the last of those after none: trackers may still count what we were
  Instant ran_at;                  // the last run()
  bool coarse_timers = false;       // the last tick that was due came as late as those of hidden pages do

  // ---- clock (clock.cpp)
  /// Before every input: notices that the device slept.
  void enter(Instant now);
  /// Before a tick: one that was rounded up sends what it would have sent meanwhile, five per second.
  void take_lateness(Instant now);
  /// After every input: does all that is due and computes the next deadline.
  void run(Instant now);
  [[nodiscard]] std::optional<Instant> earliest(Instant now) const;
  /// Sleep or another network: sockets must prove themselves, everything is announced again.
  void wake(Instant now);

  /// Another network after none: sockets are gone, offers are for nobody, links must prove themselves.
  void come_back(Instant now);
  void run_doubts(Instant now);
  /// A channel has opened to a peer to which there was a link: if that one is silent it is over, whoever was told. Others
  /// are left to the handshake, where both sides choose the same.
  void replace_silent(Instant now, const Dial& opened);
  /// The engine is to end this link; when it is a connection's own, with all that runs over that.
  void lose(Dial& dial);

  // ---- torrents (clock.cpp)
  [[nodiscard]] Search* search(TorrentId torrent) noexcept;
  [[nodiscard]] std::uint32_t links(const Search& s, const DialCounts& counts) const noexcept;
  /// All of this torrent's connected trackers are near: there is nothing to wait for but host candidates.
  [[nodiscard]] bool local_only(const Search& s) const noexcept;
  void recount_others(Instant now, Search& s);

  // ---- sockets and announces (announcing.cpp)
  void run_trackers(Instant now);
  void run_announces(Instant now, Tracker& tracker);
  void connect(Instant now, Tracker& tracker);
  /// `told`: the host has said that the socket is gone.
  void drop_socket(Instant now, Tracker& tracker, bool told);
  void drop_listing(Instant now, Tracker& tracker, Search& s);
  /// Nothing is listed at this dead one any more: it is not tried at once when something is again.
  void remember(const Tracker& dead);
  [[nodiscard]] bool wanted_at(const Tracker& tracker) const noexcept;
  /// When this listing is due by the regular schedule, and when it has its turn among the others of this tracker.
  [[nodiscard]] Instant listing_due(const Search& s, const Listing& listing) const noexcept;
  [[nodiscard]] Instant turn_at(const Tracker& tracker, const Search& s, const Listing& listing) const noexcept;
  /// One announce, with the torrent's ready offers that this tracker does not have yet when `with_offers`.
  void announce(Instant now, Tracker& tracker, Search& s, AnnounceEvent event, bool with_offers);
  /// Its reply was nonsense, or lost among it.
  void repeat_announce(Instant now, Tracker& tracker);
  /// The tracker talks sense after announces had to be repeated: what it never answered is announced anew.
  void sane_again(Instant now, Tracker& tracker);
  /// The torrent's ready offers that this tracker does not have, at most as many as one announce carries.
  [[nodiscard]] std::vector<Dial*> unsent_offers(const Tracker& tracker, const Search& s);

  // ---- rounds of offers and dials (dialling.cpp)
  void run_dials(Instant now);
  void run_searches(Instant now);
  void begin_round(Instant now, Search& s);
  [[nodiscard]] bool make_offer(Instant now, Search& s);
  /// Makes a place by closing the oldest unanswered offer of a torrent that is not hungry, if there is one.
  void give_up_spare_offer();
  /// Sends what the round has made to every connected tracker of the torrent.
  void flush_round(Instant now, Search& s);
  [[nodiscard]] bool round_ready(Instant now, const Search& s) const;
  void description_ready(Instant now, Dial& dial);
  void send_answer(Instant now, Dial& dial);
  /// Its time is up: it fails, or makes do with the candidates that came.
  void expire(Instant now, Dial& dial);
  /// An offer that may be sent again gets that long to be.
  [[nodiscard]] static Instant closes_at(const Dial& dial, Instant now) noexcept;
  void close(DialId dial);
  /// Another takes its place.
  void give_way(Dial& dial);
  /// A link of this torrent came over another connection: nobody is left who could answer what was offered for it.
  void drop_needless_offers(const Search& s);
  void fail(Dial& dial, DialFailure why);

  // ---- further channels of a connection (channels.cpp)
  /// Opens what waited for its connection, gives up what has waited too long, closes connections that have rested.
  void run_channels(Instant now);
  [[nodiscard]] std::optional<Instant> channels_due(const Dial& dial) const noexcept;
  /// The connection, also one in the making, with whoever made this offer, if it takes one channel more.
  [[nodiscard]] Dial* connection_for(Instant now, const Dial& asked) noexcept;
  /// False when the offer has to be answered with a connection of its own.
  [[nodiscard]] bool meet_over_channel(Instant now, const Dial& asked);
  /// The link over this dial has ended. True when its connection stays.
  bool let_go(Instant now, DialId dial);
  /// One channel less on this connection.
  void rest(Instant now, Dial& base);
  /// The channel of this dial is open.
  Dialled link_opened(Instant now, Dial& dial);

  // ---- frames (relaying.cpp)
  void on_frame(Instant now, Tracker& tracker, ByteSpan utf8);
  void on_reply(Instant now, Tracker& tracker, const AnnounceReply& reply);
  void on_failure(Instant now, Tracker& tracker);
  void hold(Instant now, Listing& listing, TorrentId torrent);
  void on_offer(Instant now, Tracker& tracker, const OfferFrame& frame);
  void on_answer(Instant now, Tracker& tracker, const AnswerFrame& frame);
  /// `asked`: an offer, as a dial that is none yet; its `sdp` is the other side's.
  void answer(Instant now, const Dial& asked);
  /// False when there is no place for an answer to this peer's offer, also not by giving up an offer of ours.
  [[nodiscard]] bool make_room(Instant now, TorrentId torrent, const PeerId& remote);
  /// False when `dial` lost against another connection with the same peer and was closed.
  [[nodiscard]] bool settle_glare(Instant now, Dial& dial, const PeerId& remote);
};

}  // namespace samara
