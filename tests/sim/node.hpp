// Owns: one device of the world: its engine, disk, connections and what it has heard.
#pragma once

#include "sim/world.hpp"

namespace samara::sim {

/// One direction's sending side of a connection.
struct World::Pipe {
  Instant busy_until;
  std::uint64_t queued_bytes = 0;
  bool over_low_mark = false;
};

struct World::Dial {
  bool open = false;          // its channel is open
  bool dead = false;          // cut(): nothing gets through, and nobody knows
  NodeId other_node = 0;
  std::uint32_t other_dial = 0;
  std::uint32_t channel = 0;
  Pipe pipe;
};

struct World::Node {
  NodeId id = 0;
  Config config;
  std::unique_ptr<Engine> engine;
  Disk disk;
  std::uint32_t life = 0;     // rises with each start: events of an earlier life are void
  bool alive = false;
  bool online = true;
  std::map<std::uint32_t, std::string> sockets;   // open or opening
  std::set<std::uint32_t> open_sockets;
  std::set<std::uint32_t> dead_sockets;           // of the open ones: cut()
  std::map<std::uint32_t, Dial> dials;
  std::map<std::uint32_t, std::uint32_t> channel_dial;
  std::uint32_t last_channel = 0;
  std::uint32_t last_request = 0;
  std::uint32_t last_source = 0x8000'0000U;
  std::map<std::uint32_t, Bytes> sources;
  std::map<std::uint32_t, Answer> answers;
  std::map<std::pair<Subject, std::string>, Bytes> snapshots;
  std::vector<std::string> logs;
  std::set<std::uint32_t> ops;                    // store commands not answered yet
  std::uint64_t sent_bytes = 0;
  std::int64_t clock_offset_ms = 0;
  std::uint32_t stretches = 0;                    // of passwords, in all lives
  Instant store_free;                             // the disk works on one command at a time
  std::optional<Instant> tick_at;
  bool draining = false;
};

}  // namespace samara::sim
