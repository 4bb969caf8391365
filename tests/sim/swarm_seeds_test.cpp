// Many small swarms in the simulator, each with troubles of its own, drawn from a seed: safety in every step, then liveness.
// SAMARA_SEED names the first seed, SAMARA_RUNS how many follow; a failure names its seed.
#include <algorithm>
#include <cstdlib>
#include <string>

#include "base/rng.hpp"
#include "doctest/doctest.h"
#include "sim/swarm/scenario.hpp"

using namespace samara;
using namespace samara::sim;

namespace {

constexpr double stall_max_s = 90;   // without a piece while somebody has one: a dial and an offer that came to nothing, in a row

std::uint64_t from_environment(const char* name, std::uint64_t usual) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == 0 ? usual : std::strtoull(text, nullptr, 10);
}

/// Each feature is on in about one of four, so that most seeds have some of them and no two the same.
SwarmStory drawn(std::uint64_t seed) {
  Rng rng(seed);
  const auto sometimes = [&rng](std::uint64_t most) -> std::uint32_t {
    return rng.below(4) == 0 ? static_cast<std::uint32_t>(1 + rng.below(most)) : 0;
  };
  SwarmStory story;
  story.name = "drawn";
  story.seed = seed;
  story.peers = static_cast<std::uint32_t>(2 + rng.below(5));
  story.bytes = 50'000 + rng.below(500'000);
  story.up_bytes_per_second = 50'000 + rng.below(200'000);
  story.down_bytes_per_second = 100'000 + rng.below(1'000'000);
  story.mixed_rates = rng.below(2) == 0;
  story.arrivals = milliseconds(static_cast<std::int64_t>(100 + rng.below(5'000)));
  story.free_riders = sometimes(500);
  story.malicious = sometimes(300);
  story.leavers = sometimes(1'000);
  story.quitters = sometimes(500);
  story.sleepers = sometimes(500);
  story.nap = seconds(static_cast<std::int64_t>(60 + rng.below(6 * 3600)));
  story.bad_disks = sometimes(500);
  story.never_connect = sometimes(500);
  if (story.never_connect > 0) story.nap = std::min(story.nap, seconds(600));   // some wait for the peer asleep, and try all the time
  story.bursts_every_s = sometimes(10);
  story.tracker_lies = sometimes(500);
  story.tracker_dies = sometimes(1) != 0;
  story.divided = sometimes(1) != 0;
  return story;
}

std::string all_of(const SwarmFigures& figures) {
  std::string text;
  for (const std::string& rule : figures.broken) text += rule + "\n";
  return text;
}

/// A few peers and small content: what a sanitizer build plays in a second.
SwarmStory small(std::uint64_t seed, std::uint32_t peers) {
  SwarmStory story;
  story.seed = seed;
  story.peers = peers;
  story.bytes = 2 * 1024 * 1024;
  story.up_bytes_per_second = 250'000;
  story.down_bytes_per_second = 1'250'000;
  return story;
}

}  // namespace

TEST_CASE("swarms: small ones with drawn troubles keep every rule and finish") {
  const std::uint64_t first = from_environment("SAMARA_SEED", 1);
  const std::uint64_t runs = from_environment("SAMARA_RUNS", 200);
  for (std::uint64_t seed = first; seed < first + runs; ++seed) {
    const SwarmStory story = drawn(seed);
    const SwarmFigures figures = play(story);
    INFO("SAMARA_SEED=", seed, " SAMARA_RUNS=1");
    CHECK(all_of(figures) == "");
    CHECK(figures.finished == figures.expected);
    // Who reaches nobody but a peer asleep waits for that one, as long as it takes.
    if (story.never_connect == 0) CHECK(figures.longest_stall_s < stall_max_s);
  }
}

TEST_CASE("swarms: the same seed gives the same trace, another one another") {
  const auto trace = [](std::uint64_t seed) {
    SwarmStory story = drawn(seed);
    story.traced = true;
    return play(story).trace;
  };
  CHECK(trace(7) == trace(7));
  CHECK(trace(7) != trace(8));
}

// Ten choke rounds and uplinks that do not suffice for everybody: whoever gives nothing has to wait.
TEST_CASE("swarms: a free rider finishes later than those that share") {
  SwarmStory story = small(3, 20);
  story.bytes = 4 * 1024 * 1024;
  story.up_bytes_per_second = 50'000;
  story.down_bytes_per_second = 250'000;
  story.free_riders = 200;
  const SwarmFigures figures = play(story);
  CHECK(all_of(figures) == "");
  CHECK(figures.finished == figures.expected);
  CHECK(figures.riders_median_s > figures.sharers_median_s);
}

TEST_CASE("swarms: one peer in ten that spoils blocks costs the others no more than a fifth of their time") {
  SwarmStory story = small(4, 20);
  const SwarmFigures clean = play(story);
  story.malicious = 100;
  const SwarmFigures figures = play(story);
  CHECK(all_of(figures) == "");
  CHECK(figures.finished == figures.expected);
  CHECK(figures.spoiled_blocks > 0);
  CHECK(figures.last_s < 1.2 * clean.last_s);
}
