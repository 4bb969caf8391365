// Owns: several engines in one deterministic world: a virtual clock, peer connections with latency and
// rate, disks, one tracker, and the rules that must hold after every step.
// Refuses to know: what the engines decide. Same seed, same trace.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "codec/bencode.hpp"
#include "hash/sha1.hpp"
#include "samara/engine.hpp"
#include "sim/disk.hpp"
#include "sim/tracker.hpp"
#include "vectors/lcg.hpp"

namespace samara::sim {

using NodeId = std::uint32_t;

/// The end of a call, kept.
struct Answer {
  Error error;
  Bytes result;
};

/// What a sealed share is asked to say and to be protected by. Empty: not said.
struct Say {
  std::string title;
  std::string key;
  std::string password;
  std::string description;
  Bytes meta;                          // CBOR
  Bytes thumbnail;
  std::optional<std::int64_t> created_ms;
  std::optional<std::int64_t> duration_ms;
  std::optional<std::int64_t> expires_ms;
  std::vector<std::pair<std::string, std::uint64_t>> files;   // empty: one, `memo.webm`
  bool copy = false;
};

struct NetworkRules {
  Duration latency = milliseconds(10);
  std::uint64_t bytes_per_second = 20'000'000;  // per direction of a connection
  Duration gathering = milliseconds(5);         // until the first candidate
  Duration stretching = milliseconds(300);      // of a password
  bool stretching_fails = false;                // no memory for it
  Duration timers{};                            // Ticks come at multiples of this, as throttled timers do
};

class World {
 public:
  explicit World(std::uint64_t seed);
  ~World();

  // ---- devices
  NodeId add_node(Config config);
  /// A device with what is on this disk already.
  NodeId add_node(Config config, Disk disk);
  /// Starts the engine on the node's disk: as after a launch, or again after crash().
  void start(NodeId node);
  /// The process is gone between two steps: unflushed writes, connections and sockets with it.
  void crash(NodeId node);
  void set_online(NodeId node, bool online);
  /// The network changes under this device: its sockets and connections are dead, and nobody is told.
  void cut(NodeId node);
  /// What the host says of its network and page, without any change of either.
  void set_network(NodeId node, const in::Network& network) { feed(this->node(node), network); }
  /// What the host believes is left for this device.
  void tell_room(NodeId node, std::uint64_t free_bytes) { feed(this->node(node), in::StoreRoom{free_bytes}); }
  /// Connections between these two never get through (they may still meet the tracker).
  void block_pair(NodeId a, NodeId b) { blocked_.insert({std::min(a, b), std::max(a, b)}); }
  void unblock_pair(NodeId a, NodeId b) { blocked_.erase({std::min(a, b), std::max(a, b)}); }
  /// Whoever is at the other end of this device's first connection opens a further channel over it, behind its engine's back.
  std::uint32_t probe(NodeId to);
  /// A frame of the tracker that this device is connected with first.
  void tell_frame(NodeId to, const std::string& text);
  void probe_bytes(NodeId to, std::uint32_t channel, ByteSpan bytes);
  void restart_tracker(Duration down_for);

  // ---- calls
  std::uint32_t save(NodeId node, const Bytes& content, const std::string& name);
  std::uint32_t share(NodeId node, const Bytes& content, const std::string& name, bool copy = false);
  std::uint32_t share_sealed(NodeId node, const Bytes& content, const Say& say = {});
  std::uint32_t share_item(NodeId node, const std::string& item, const Say& say = {});
  /// A new title and, unless it is empty, a new picture.
  std::uint32_t update_item(NodeId node, const std::string& item, const std::string& title, const Bytes& picture);
  std::uint32_t give_picture(NodeId node, const std::string& item, const Bytes& thumbnail);
  std::uint32_t provide(NodeId node, const std::string& share, const Bytes& content);
  /// The bytes behind the source given last: an app's file that may be changed under the engine.
  Bytes& last_source(NodeId node);
  std::uint32_t receive(NodeId node, const std::string& link, bool ask = false, const std::string& password = "");
  /// Tries a password on a locked transfer.
  std::uint32_t unlock(NodeId node, const std::string& transfer, const std::string& password);
  std::uint32_t control(NodeId node, CallVerb verb, const std::string& what, const std::string& id);
  std::uint32_t query(NodeId node, QueryKind kind);
  std::uint32_t accept(NodeId node, const std::string& transfer, bool yes);
  /// Somebody plays the transfer from this offset on.
  void read_at(NodeId node, const std::string& transfer, std::uint64_t offset);
  /// Somebody plays what is in this blob.
  void read_blob(NodeId node, std::uint32_t blob) { feed(this->node(node), in::Playhead{{blob}, 0}); }
  [[nodiscard]] const Answer* answer(NodeId node, std::uint32_t request) const;

  // ---- time
  /// Runs until the predicate holds or that much time has passed; false when it never did.
  bool run_until(const std::function<bool()>& holds, Duration at_most);
  void run_for(Duration time) { run_until([] { return false; }, time); }
  /// Unix time of a device's clock from now on is the world's plus this.
  void set_clock(NodeId node, std::int64_t offset_ms);
  [[nodiscard]] std::int64_t unix_ms() const { return 1'800'000'000'000 + now_.us / 1000; }
  /// Jumps: nobody gets a Tick meanwhile, as on a device asleep.
  void sleep_all(Duration time);
  [[nodiscard]] Instant now() const { return now_; }

  // ---- views
  /// Latest snapshot of a share or transfer, as dictionary bytes; empty when there is none.
  [[nodiscard]] Bytes snapshot(NodeId node, Subject subject, const std::string& id) const;
  [[nodiscard]] std::string text_of(NodeId node, Subject subject, const std::string& id, std::string_view key) const;
  [[nodiscard]] std::int64_t number_of(NodeId node, Subject subject, const std::string& id, std::string_view key) const;
  /// States a transfer went through, in order.
  [[nodiscard]] const std::vector<std::string>& log_codes(NodeId node) const;
  [[nodiscard]] std::uint32_t connections(NodeId node) const;
  /// Open data channels.
  [[nodiscard]] std::uint32_t channels(NodeId node) const;
  [[nodiscard]] std::uint64_t sent_bytes(NodeId node) const;
  [[nodiscard]] std::uint32_t stretches(NodeId node) const;
  Disk& disk(NodeId node);
  Tracker tracker;
  NetworkRules rules;
  /// SHA-1 over all outputs of all engines so far, while `traced`.
  [[nodiscard]] Sha1Hash trace() const;
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  bool traced = true;                  // false: spares the time that hashing the trace takes
  std::function<void(NodeId, const Output&)> watch;

 private:
  struct Node;
  struct Dial;
  struct Channel;
  struct Stored;

  void at(Instant time, std::function<void()> action);
  void feed(Node& node, const Input& input);
  void drain(Node& node);
  void perform(Node& node, const Output& output);
  void perform_network(Node& node, const Output& output);
  void perform_store(Node& node, const Output& output);
  void note(Node& node, const Output& output);
  void connect(NodeId a, std::uint32_t dial_a, NodeId b, std::uint32_t dial_b);
  std::uint32_t open_pair(Node& near, std::uint32_t dial, std::uint32_t branch = 0);
  void open_channel(Node& node, const out::OpenChannel& asked);
  void close_channel(Node& node, std::uint32_t channel);
  void send_bytes(Node& node, std::uint32_t channel, ByteSpan bytes);
  void close_dial(Node& node, std::uint32_t dial);
  void announce_sdp(Node& node, std::uint32_t dial);
  void schedule_tick(Node& node);
  void stretch_password(Node& node, const out::StretchPassword& asked);
  void store_answer(Node& node, Trouble trouble, Stored answer);
  std::uint32_t call(Node& node, const std::function<Input(RequestId)>& make);
  Node& node(NodeId id) const { return *nodes_[id]; }

  struct Event {
    Instant time;
    std::uint64_t order;
    bool operator<(const Event& other) const {
      return time != other.time ? time < other.time : order < other.order;
    }
  };

  Instant now_{1'000'000};
  std::uint64_t order_ = 0;
  std::uint64_t steps_ = 0;
  std::map<Event, std::function<void()>> events_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::set<std::pair<NodeId, NodeId>> blocked_;
  bool tracker_up_ = true;
  Rng rng_;
  Sha1 trace_;
};

/// Reproducible content.
[[nodiscard]] inline Bytes lcg_bytes(std::uint32_t seed, std::size_t count) { return vectors::lcg(seed, count); }

}  // namespace samara::sim
