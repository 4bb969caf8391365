// Owns: the tracker's rules. Strings stay as they are in JSON (UTF-8 of latin-1), so they echo exactly.
#include "sim/tracker.hpp"

#include <nlohmann/json.hpp>

#include "samara/config.hpp"

namespace samara::sim {
namespace {

using Json = nlohmann::json;

std::string garbled(Tracker::Garbling how, Rng& rng) {
  switch (how) {
    case Tracker::Garbling::page: return "<!DOCTYPE html><title>502 Bad Gateway</title>";
    case Tracker::Garbling::wrong_types: return R"({"action":"announce","info_hash":7,"interval":{"a":[]},"complete":"many"})";
    default: return R"({"action":"announce","interval":)" + std::string(static_cast<std::size_t>(rng.below(9)), '1');
  }
}

}  // namespace

std::vector<Tracker::Frame> Tracker::receive(Endpoint from, const std::string& text, Rng& rng) {
  std::vector<Frame> frames;
  if (text.size() > limits::announce_bytes_max) ++oversized;
  if (garbling != Garbling::none) return {{from, garbled(garbling, rng)}};
  const Json request = Json::parse(text, nullptr, false);
  if (!request.is_object() || request.value("action", "") != "announce") return frames;
  const std::string info_hash = request.value("info_hash", "");
  const std::string peer_id = request.value("peer_id", "");
  auto& swarm = swarms_[info_hash];
  if (request.contains("answer")) {
    const std::string to = request.value("to_peer_id", "");
    for (const auto& [endpoint, member] : swarm) {
      if (member.peer_id != to) continue;
      frames.push_back({endpoint, Json{{"action", "announce"}, {"answer", request["answer"]}, {"offer_id", request["offer_id"]},
                                       {"peer_id", peer_id}, {"info_hash", info_hash}}.dump()});
      break;
    }
    return frames;
  }
  ++announces;
  if (request.value("event", "") == "stopped") {
    swarm.erase(from);
  } else {
    swarm[from] = {peer_id, request.value("left", 1.0) == 0};
  }
  std::uint32_t complete = 0;
  for (const auto& [endpoint, member] : swarm) complete += member.complete ? 1 : 0;
  frames.push_back({from, Json{{"complete", complete}, {"incomplete", swarm.size() - complete}, {"action", "announce"},
                               {"interval", interval_s}, {"info_hash", info_hash}}.dump()});
  if (!request.contains("offers")) return frames;
  std::vector<Endpoint> others;
  for (const auto& [endpoint, member] : swarm) {
    if (endpoint != from) others.push_back(endpoint);
  }
  for (const Json& offer : request["offers"]) {
    ++offers;
    if (others.empty()) break;
    const std::size_t pick = static_cast<std::size_t>(rng.below(others.size()));
    frames.push_back({others[pick], Json{{"action", "announce"}, {"offer", offer["offer"]}, {"offer_id", offer["offer_id"]},
                                         {"peer_id", peer_id}, {"info_hash", info_hash}}.dump()});
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(pick));
  }
  return frames;
}

void Tracker::closed(Endpoint endpoint) {
  for (auto& [info_hash, members] : swarms_) members.erase(endpoint);
}

}  // namespace samara::sim
