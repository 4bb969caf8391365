// Owns: small helpers that make a scenario read like a story: phones, links, items.
#pragma once

#include <algorithm>
#include <string>

#include "doctest/doctest.h"
#include "sim/world.hpp"

namespace samara::sim {

inline Config phone() {
  Config config;
  config.trackers = {"ws://127.0.0.1:8000"};
  config.share_base = "https://memos.example/share/";
  return config;
}

inline std::string text_in(const Bytes& dict, std::string_view key) {
  const auto document = bencode_decode(dict, bencode_own_limits);
  return document ? std::string(document->root().text_or(key, "")) : std::string();
}

/// A node that has started.
inline NodeId launch(World& world, Config config = phone()) {
  const NodeId node = world.add_node(std::move(config));
  world.start(node);
  world.run_for(milliseconds(50));
  return node;
}

struct Shared {
  std::string id;
  std::string url;
  std::string magnet;
};

/// Shares and waits for the link.
inline Shared share_now(World& world, NodeId node, const Bytes& content, const std::string& name, bool copy = false) {
  const std::uint32_t request = world.share(node, content, name, copy);
  REQUIRE(world.run_until([&] { return world.answer(node, request) != nullptr; }, seconds(5)));
  const Answer& answer = *world.answer(node, request);
  REQUIRE(to_string(answer.error.code) == "ok");
  return {text_in(answer.result, "id"), text_in(answer.result, "url"), text_in(answer.result, "magnet")};
}

/// Starts receiving; the transfer's id.
inline std::string receive_now(World& world, NodeId node, const std::string& link, bool ask = false) {
  const std::uint32_t request = world.receive(node, link, ask);
  REQUIRE(world.run_until([&] { return world.answer(node, request) != nullptr; }, seconds(1)));
  const Answer& answer = *world.answer(node, request);
  REQUIRE(to_string(answer.error.code) == "ok");
  return text_in(answer.result, "id");
}

inline bool is_done(const World& world, NodeId node, const std::string& transfer) {
  return world.text_of(node, Subject::transfer, transfer, "state") == "done";
}

/// True when the verified ranges of these transfers together are the whole.
inline bool covers(const World& world, const std::vector<std::pair<NodeId, std::string>>& transfers, std::size_t size) {
  std::vector<bool> there(size);
  for (const auto& [node, transfer] : transfers) {
    const Bytes snapshot = world.snapshot(node, Subject::transfer, transfer);
    const auto document = bencode_decode(snapshot, bencode_own_limits);
    if (!document) return false;
    std::optional<std::size_t> start;
    for (const BencodeView number : document->root().list("have")) {
      const auto value = static_cast<std::size_t>(number.integer().value_or(0));
      if (!start) {
        start = value;
        continue;
      }
      std::fill(there.begin() + static_cast<std::ptrdiff_t>(*start), there.begin() + static_cast<std::ptrdiff_t>(value), true);
      start.reset();
    }
  }
  return std::find(there.begin(), there.end(), false) == there.end();
}

/// The stored bytes behind a finished transfer.
inline Bytes received_bytes(World& world, NodeId node, const std::string& transfer) {
  const auto blob = world.number_of(node, Subject::transfer, transfer, "blob");
  const auto it = world.disk(node).written.find(static_cast<std::uint32_t>(blob));
  return it == world.disk(node).written.end() ? Bytes{} : it->second;
}

}  // namespace samara::sim
