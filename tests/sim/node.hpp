// Owns: one device of the world: its engine, disk, connections and what it has heard.
#pragma once

#include "sim/world.hpp"

namespace samara::sim {

struct World::Dial {
  bool open = false;          // connected
  bool dead = false;          // cut(): nothing gets through, and nobody knows
  NodeId other_node = 0;
  std::uint32_t other_dial = 0;
  Instant busy_until;         // one direction's sending side: all channels share it
};

/// This side of a data channel.
struct World::Channel {
  std::uint32_t dial = 0;     // the connection
  std::uint32_t branch = 0;   // the engine's number for it, when it asked for it as a further channel
  std::uint32_t other = 0;    // its number on the other side
  std::uint64_t queued_bytes = 0;
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
  std::map<std::uint32_t, Channel> channels;
  std::set<std::uint32_t> opening;                // further channels that are not open yet
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
