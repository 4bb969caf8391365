// Owns: a WebTorrent tracker for the simulator: members, replies, relaying of offers and answers as the
// reference server does it. Refuses to know: sockets and time; World carries its frames.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.hpp"

namespace samara::sim {

/// Who sends or gets a frame: a socket of a node.
struct Endpoint {
  std::uint32_t node = 0;
  std::uint32_t socket = 0;
  auto operator<=>(const Endpoint&) const = default;
};

class Tracker {
 public:
  struct Frame {
    Endpoint to;
    std::string text;
  };

  /// What it answers instead of doing its work.
  enum class Garbling { none, page, wrong_types, cut };

  std::uint32_t interval_s = 120;
  Garbling garbling = Garbling::none;

  /// Handles one frame of a client; what is to be sent is returned in order: the reply first.
  std::vector<Frame> receive(Endpoint from, const std::string& text, Rng& rng);
  void closed(Endpoint endpoint);
  /// Forgets everyone, as a restart does.
  void restart() { swarms_.clear(); }

  std::uint64_t announces = 0;
  std::uint64_t offers = 0;
  /// Frames above what aquatic accepts.
  std::uint64_t oversized = 0;

 private:
  struct Member {
    std::string peer_id;
    bool complete = false;
  };
  std::map<std::string, std::map<Endpoint, Member>> swarms_;
};

}  // namespace samara::sim
