// Owns: reading what is under tests/fixtures: stores, blob by blob, exports, and what must be found in them.
// Refuses to know: what is done with them.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "sim/truth.hpp"

namespace samara::sim {

struct Fixture {
  std::string name;
  std::uint16_t journal_version = 0;
  Blobs disk;
  nlohmann::json expect;   // items, shares, transfers
  Truth truth;             // the same, for judge()
  Contents contents;
};

/// All stores, by name.
[[nodiscard]] std::vector<Fixture> fixtures();

/// The bytes of a file under tests/fixtures.
[[nodiscard]] Bytes fixture_file(const std::string& name);

/// The bytes that a manifest names by {lcg, bytes}.
[[nodiscard]] Bytes content_of(const nlohmann::json& row);

}  // namespace samara::sim
