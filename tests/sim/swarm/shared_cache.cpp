// Owns: a stand-in for sdk/src/swarm/read_held.cpp in the program that plays thousands of peers, linked instead of it: what
// all engines have read of the same place is held once for all of them, or 1 000 of them would hold 4 GB of the same 100 MiB.
// Refuses to know: what is kept and for how long, who reads what.
#include <algorithm>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "swarm/read_cache.hpp"

namespace samara {
namespace {

/// All versions of each unit that any engine read: the same bytes but for another seed's content.
std::map<ReadUnit, std::vector<Bytes>>& versions() {
  static std::map<ReadUnit, std::vector<Bytes>> all;
  return all;
}

}  // namespace

/// The number of its version.
Bytes ReadCache::hold(const ReadUnit& unit, Bytes bytes) {
  std::vector<Bytes>& known = versions()[unit];
  auto it = std::ranges::find(known, bytes);
  if (it == known.end()) it = known.insert(known.end(), std::move(bytes));
  const auto number = static_cast<std::uint32_t>(it - known.begin());
  Bytes name(sizeof number);
  std::memcpy(name.data(), &number, sizeof number);
  return name;
}

ByteSpan ReadCache::held(const ReadUnit& unit, const Bytes& by) {
  std::uint32_t number = 0;
  std::memcpy(&number, by.data(), sizeof number);
  return versions()[unit][number];
}

}  // namespace samara
