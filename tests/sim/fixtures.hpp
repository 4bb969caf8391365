// Owns: reading the stores under tests/fixtures: their blobs and what must be found in them.
// Refuses to know: what is done with them.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "sim/truth.hpp"

namespace samara::sim {

struct Fixture {
  std::string name;
  Blobs disk;
  nlohmann::json expect;   // items, shares, transfers
  Truth truth;             // the same, for judge()
  Contents contents;
};

/// All of them, by name.
[[nodiscard]] std::vector<Fixture> fixtures();

/// The bytes that a manifest names by {lcg, bytes}.
[[nodiscard]] Bytes content_of(const nlohmann::json& row);

}  // namespace samara::sim
