// Owns: what happens in a run of the swarm simulator (who comes, who cheats, what breaks), and the figures of a run.
// Refuses to know: how the world works.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "samara/bytes.hpp"
#include "samara/time.hpp"

namespace samara::sim {

/// One source, and receivers that come together or one after another. Per mille: that many of the receivers, rounded.
struct SwarmStory {
  std::string name = "flash";
  std::uint64_t seed = 1;
  std::uint32_t peers = 10;                          // receivers
  std::uint64_t bytes = 100ULL * 1024 * 1024;
  std::uint64_t up_bytes_per_second = 1'250'000;     // 10 Mbit/s, the source too
  std::uint64_t down_bytes_per_second = 6'250'000;   // 50 Mbit/s
  bool mixed_rates = false;                          // each receiver's lines between half and twice that
  Duration arrivals = seconds(1);                    // all come within
  std::uint32_t free_riders = 0;                     // take and never give
  std::uint32_t malicious = 0;                       // spoil blocks that they send
  std::uint32_t spoiled_blocks = 250;
  std::uint32_t leavers = 0;                         // go when they have it
  std::uint32_t quitters = 0;                        // go in the middle and come back
  std::uint32_t sleepers = 0;
  Duration nap = seconds(6 * 3600);
  std::uint32_t bad_disks = 0;                       // writes fail now and then for the first half
  std::uint32_t never_connect = 0;                   // pairs
  std::uint32_t bursts_every_s = 0;                  // of losses
  std::uint32_t tracker_lies = 0;                    // frames
  bool tracker_dies = false;                         // for a third of the time, after an eighth
  bool divided = false;                              // two halves for a third of the time, after an eighth
  bool traced = false;
  Duration at_most = seconds(24 * 3600);
};

struct SwarmFigures {
  std::uint32_t peers = 0;
  std::uint32_t expected = 0;                        // honest receivers that had to finish
  std::uint32_t finished = 0;
  double bound_s = 0;                                // max(F/u_s, F/d_min, N·F/(u_s + Σ u_i))
  double last_s = 0;                                 // from the first arrival
  double median_s = 0;
  double sharers_median_s = 0;
  double riders_median_s = 0;                        // of the free riders; 0: there are none
  double source_copies = 0;
  double control_percent = 0;                        // bytes that are not content, per byte of content
  double again_percent = 0;                          // content received more than once, per byte needed
  double longest_stall_s = 0;
  double virtual_s = 0;
  double wall_s = 0;                                 // real time, when the caller measured it
  std::uint64_t steps = 0;
  std::uint64_t events = 0;
  std::uint64_t connections = 0;
  std::uint32_t most_connections = 0;                // of one peer
  std::uint64_t spoiled_blocks = 0;
  std::vector<double> finished_s;                    // sorted
  std::vector<std::string> broken;
  Sha1Hash trace{};
};

/// The names of the scenarios that story_named() knows.
[[nodiscard]] const std::vector<std::string>& story_names();
/// A scenario by its name at its usual strength; an unknown name gives no peers.
[[nodiscard]] SwarmStory story_named(const std::string& name);
/// Plays it to the end.
[[nodiscard]] SwarmFigures play(const SwarmStory& story);

}  // namespace samara::sim
