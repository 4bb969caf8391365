// Owns: hundreds of engines in one deterministic world at scale: virtual time, lines with rate and latency, one tracker,
// disks without payload, and the rules that must hold after every step. Same seed, same trace.
// Refuses to know: which scenario is played (scenario.hpp), and what the engines decide.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "samara/engine.hpp"
#include "sim/swarm/content.hpp"
#include "sim/swarm/event_heap.hpp"
#include "sim/swarm/packet.hpp"
#include "sim/swarm/swarm_peer.hpp"
#include "sim/tracker.hpp"

namespace samara::sim {

struct SwarmNetwork {
  Duration jitter = milliseconds(3);
  Duration gathering = milliseconds(30);        // until the first candidate
  std::uint32_t never_connect_per_mille = 0;    // pairs that never reach each other
  std::uint32_t burst_every_s = 0;              // losses come in bursts, on average that often; 0: never
  Duration burst = milliseconds(2'000);         // for that long
  Duration burst_delay = milliseconds(400);     // what a retransmission costs
};

struct SwarmTracker {
  bool up = true;
  std::uint32_t lies_per_mille = 0;             // of frames to clients
};

struct SwarmCounts {
  std::uint64_t steps = 0;                      // inputs to engines
  std::uint64_t events = 0;
  std::uint64_t content_sent = 0;
  std::uint64_t content_received = 0;
  std::uint64_t content_dropped = 0;            // its connection closed on the way
  std::uint64_t control_sent = 0;
  std::uint64_t written_again = 0;              // bytes
  std::uint64_t wrong_writes = 0;
  std::uint64_t late_requests = 0;              // for a piece that was stored before the request left
  std::uint64_t tracker_frames = 0;
  std::uint64_t connections = 0;                // opened
};

class SwarmWorld {
 public:
  SwarmWorld(std::uint64_t seed, std::uint64_t content_bytes);
  ~SwarmWorld();

  // ---- peers
  std::uint32_t add(PeerPlan plan);
  /// Opens the app: shares or receives the content in the first life, goes on in later ones.
  void start(std::uint32_t peer);
  /// The app is gone between two steps.
  void stop(std::uint32_t peer);
  /// No step for that long: connections and sockets are lost meanwhile, and heard of afterwards.
  void sleep(std::uint32_t peer, Duration time);
  /// Asks the engine to go on with a transfer that failed.
  void resume(std::uint32_t peer);

  // ---- world
  void at(Instant time, std::function<void()> action);
  /// Peers of odd and of even number do not reach each other for that long.
  void divide(Duration time);
  void tracker_dies(Duration time);
  /// Steps until it holds, or until that time; false when it never did.
  bool run_until(const std::function<bool()>& holds, Duration at_most);
  [[nodiscard]] Instant now() const noexcept { return now_; }

  SwarmNetwork network;
  SwarmTracker tracker;
  bool disks_fail = false;
  bool traced = false;
  SwarmCounts counts;

  // ---- views
  [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(peers_.size()); }
  [[nodiscard]] SwarmPeer& peer(std::uint32_t number) { return *peers_[number]; }
  [[nodiscard]] const SwarmPeer& peer(std::uint32_t number) const { return *peers_[number]; }
  [[nodiscard]] const Generated& content() const noexcept { return content_; }
  [[nodiscard]] const std::string& link() const noexcept { return link_; }
  [[nodiscard]] std::uint32_t done_count() const noexcept { return done_count_; }
  [[nodiscard]] Sha1Hash trace() const;
  /// These two never get a connection.
  [[nodiscard]] bool never_connect(std::uint32_t a, std::uint32_t b) const;
  /// What was broken, the first few.
  [[nodiscard]] const std::vector<std::string>& broken() const noexcept { return broken_; }
  /// Rules that are looked at now and then: pairs with two connections, bytes that came from nowhere.
  void look_around();
  [[nodiscard]] std::size_t packets_in_flight() const noexcept { return packets_.in_flight(); }

 private:
  struct Connect {
    std::uint32_t a, life_a, dial_a, b, life_b, dial_b;
    std::uint32_t branch = 0;  // of a: a further channel of the connection
  };
  struct Frame {
    std::uint32_t node, socket;
    std::string text;
  };
  struct Stored {
    enum class Kind : std::uint8_t { plain, read, hashes, wrote, flushed } kind = Kind::plain;
    StoreOp op;
    StoreStatus status = StoreStatus::ok;
    BlobId blob{};
    std::uint64_t offset = 0;      // flushed: the content's mark
    std::uint64_t bytes = 0;       // flushed: the journals' mark
    Bytes data = {};
  };

  // swarm_world.cpp: time, lives, what engines tell
  void dispatch(const Event& event);
  void dispatch_alive(SwarmPeer& p, const Event& event);
  void defer(const SwarmPeer& p, const Event& event);
  void feed(SwarmPeer& p, const Input& input);
  void drain(SwarmPeer& p);
  void note(const SwarmPeer& p, const Output& output);
  void perform(SwarmPeer& p, const Output& output);
  void completed(SwarmPeer& p, const out::Completed& done);
  void changed(SwarmPeer& p, const out::Changed& change);
  void ready(SwarmPeer& p);
  void schedule_tick(SwarmPeer& p);
  void ticked(SwarmPeer& p, std::int64_t time_us);
  void wake(SwarmPeer& p);
  void progress(SwarmPeer& p);

  // swarm_signal.cpp: sockets, the tracker, dials
  bool perform_signal(SwarmPeer& p, const Output& output);
  void to_tracker(const Event& event);
  std::uint32_t put_frame(Frame frame);
  void lie(Tracker::Frame& frame);
  void socket_opens(SwarmPeer& p, std::uint32_t socket);
  void local_sdp(SwarmPeer& p, std::uint32_t dial, bool complete);
  void connect(SwarmPeer& p, std::uint32_t dial, std::string_view answer_sdp);
  void connect_step(const Event& event);
  [[nodiscard]] bool divided(std::uint32_t a, std::uint32_t b) const;

  // swarm_net.cpp: channels and lines
  void open_channels(const Connect& c);
  void send(SwarmPeer& p, std::uint32_t channel, ByteSpan bytes);
  void check_claims(SwarmPeer& p, SwarmPeer::Channel& channel);
  void queue_channel(SwarmPeer& p, std::uint32_t id, SwarmPeer::Channel& channel);
  void start_line(SwarmPeer& p);
  std::uint32_t next_channel(SwarmPeer& p);
  void uplink_done(SwarmPeer& p, std::uint32_t channel, std::uint32_t packet);
  [[nodiscard]] std::int64_t arrival(SwarmPeer& p, const SwarmPeer& to, SwarmPeer::Channel& channel);
  void arrives(const Event& event);
  void deliver(SwarmPeer& p, std::uint32_t packet);
  void lose(std::uint32_t packet);
  void close_dial(SwarmPeer& p, std::uint32_t dial);
  void close_channel(SwarmPeer& p, std::uint32_t channel);
  void open_further(SwarmPeer& p, const out::OpenChannel& asked);
  void drop_channel(SwarmPeer& p, std::uint32_t id);
  void channel_closes(SwarmPeer& p, std::uint32_t channel);

  // swarm_store.cpp
  void perform_store(SwarmPeer& p, const Output& output);
  void store_later(SwarmPeer& p, Stored stored);
  void stored(SwarmPeer& p, Stored done);
  [[nodiscard]] Stored begin_write(SwarmPeer& p, const out::StoreWrite& write);
  [[nodiscard]] Stored begin_read(SwarmPeer& p, const out::StoreRead& read);
  [[nodiscard]] bool has_piece(const SwarmPeer& p, std::uint32_t piece) const;

  void broke(const SwarmPeer& p, const std::string& rule);

  Instant now_{1'000'000};
  Rng rng_;
  Generated content_;
  std::uint32_t piece_bytes_ = 0;
  Bytes hashes_;                              // of the content's pieces, once made
  EventHeap events_;
  std::vector<std::unique_ptr<SwarmPeer>> peers_;
  PacketPool packets_;
  std::deque<Connect> connects_;
  std::deque<Frame> frames_;
  std::vector<std::uint32_t> free_frames_;
  std::deque<Stored> stores_;
  std::vector<std::uint32_t> free_stores_;
  std::vector<std::function<void()>> actions_;
  std::vector<Claim> claims_;
  Bytes scratch_;
  Tracker members_;
  Instant divided_until_{};
  std::string link_;
  std::uint32_t done_count_ = 0;
  std::vector<std::string> broken_;
  Sha1 trace_;
};

}  // namespace samara::sim
