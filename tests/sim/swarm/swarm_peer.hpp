// Owns: one peer of a simulated swarm: its engine, its disk, its lines, its connections and what is counted of it.
// Plain state; the rules are in swarm_world.cpp, swarm_net.cpp, swarm_signal.cpp and swarm_store.cpp.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "samara/engine.hpp"
#include "sim/swarm/swarm_disk.hpp"
#include "sim/swarm/wire_meter.hpp"

namespace samara::sim {

/// What a peer is and does; the engine in it is always the real one.
struct PeerPlan {
  Config config;
  std::uint64_t up_bytes_per_second = 1'250'000;     // 10 Mbit/s
  std::uint64_t down_bytes_per_second = 6'250'000;   // 50 Mbit/s
  Duration latency = milliseconds(15);               // its half of a way
  std::uint32_t spoils_per_mille = 0;                // of the blocks it sends: a malicious peer
  std::uint32_t disk_fails_per_mille = 0;            // of content writes, while World::disks_fail
  bool source = false;                               // shares the content
  bool leaves_when_done = false;
};

struct SwarmPeer {
  /// One side of a data channel.
  struct Channel {
    std::uint32_t dial = 0;            // of the connection
    std::uint32_t branch = 0;          // the engine's number for it as a further channel that it asked for
    std::uint32_t other = 0;
    std::uint32_t other_life = 0;
    std::uint32_t other_channel = 0;
    std::uint32_t first_packet = 0;    // waiting to be sent; 0: none
    std::uint32_t last_packet = 0;
    std::uint64_t queued_bytes = 0;    // with what is on the line
    std::uint64_t unreported_bytes = 0;  // sent since the engine was last told
    bool waiting = false;              // in a queue of the uplink
    std::int64_t opened_us = 0;
    std::int64_t last_arrival_us = 0;  // of what was sent: messages keep their order
    std::int64_t last_delivery_us = 0; // of what was received
    WireMeter meter;
  };
  struct Dial {
    std::uint32_t other = 0;
    std::uint32_t other_dial = 0;
    bool open = false;
    bool answers = false;
  };

  std::uint32_t id = 0;
  PeerPlan plan;
  std::unique_ptr<Engine> engine;
  SwarmDisk disk;
  std::uint32_t life = 0;
  bool alive = false;
  bool asleep = false;
  Instant wakes_at;
  std::map<std::uint32_t, bool> sockets;           // open or opening
  std::map<std::uint32_t, Dial> dials;
  std::map<std::uint32_t, Channel> channels;
  std::set<std::uint32_t> opening;                 // further channels that are not open yet
  std::uint32_t last_channel = 0;
  std::uint32_t last_request = 0;
  std::deque<std::uint32_t> bulk;                  // channels with something to send, in turn
  std::deque<std::uint32_t> urgent;                // those whose next message is small
  bool line_busy = false;
  std::int64_t wake_line_us = 0;                   // an uplink_wakes is under way for then
  std::int64_t down_busy_us = 0;
  std::int64_t bad_until_us = 0;                   // a burst of losses
  std::int64_t good_until_us = 0;
  std::int64_t tick_us = 0;                        // earliest tick under way; 0: none
  std::int64_t last_tick_us = 0;
  std::int64_t disk_free_us = 0;

  std::uint32_t call = 0;                          // its share or receive
  std::string transfer;                            // public id
  std::string state;                               // of the transfer
  Instant started;                                 // its first life
  Instant done;                                    // 0: not yet
  Instant progressed;                              // last content written
  Duration longest_stall;
  std::uint64_t content_sent = 0;                  // bytes of blocks
  std::uint64_t content_received = 0;
  std::uint64_t control_sent = 0;                  // all other bytes
  std::uint64_t written_again = 0;                 // bytes
  std::uint32_t spoiled_received = 0;
  std::uint32_t most_connections = 0;
};

}  // namespace samara::sim
