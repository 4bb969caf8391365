// The crash-point sweep: the life of one device is cut at every store command, and started again on everything that may be
// left. What was acknowledged is there, what was removed stays removed, every bit has its bytes, nothing strays.
#include "sim/crash_rig.hpp"
#include "sim/fixtures.hpp"

using namespace samara;
using namespace samara::sim;

namespace {

void report(const Cutter& cutter, const std::string& what, std::uint64_t seed) {
  const Counts& n = cutter.counts;
  MESSAGE(what << ", seed " << seed << ": " << n.cuts << " cuts, " << n.states << " disks started on (" << n.torn << " torn), " << n.verdicts
               << " verdicts, " << n.recoveries << " recoveries cut in " << n.recovery_states << " states, " << n.went_on
               << " transfers taken to their end, at most " << n.fetched_again_max << " bytes beyond the missing ones");
  for (std::size_t i = 0; i < cutter.wrong().size() && i < 20; ++i) MESSAGE(cutter.wrong()[i]);
  CHECK(cutter.wrong().size() == 0);
}

}  // namespace

TEST_CASE("crash sweep: whatever survives of what was not flushed, nothing acknowledged is gone and transfers go on") {
  const std::uint64_t first = from_environment("SAMARA_SEED", 1);
  const Sender sender = make_sender(lcg_bytes(21, bytes_of_pieces(24)), transfer_name);
  for (std::uint64_t seed = first; seed < first + from_environment("SAMARA_RUNS", 1); ++seed) {
    World world(seed);
    Life life(world, sender);
    Cutter cutter(life.contents, &sender, seed);
    life.on_output = [&](const Output& output) {
      if (changes_store(output)) cutter.cut(world.disk(life.device()), life.truth);
    };
    life.live();
    cutter.cut(world.disk(life.device()), life.truth);
    CHECK(life.done());
    CHECK(life.compactions() > 0);
    report(cutter, "life", seed);
  }
}

TEST_CASE("crash sweep: the upgrade of a store of an earlier version may be cut anywhere") {
  const std::uint64_t first = from_environment("SAMARA_SEED", 1);
  for (std::uint64_t seed = first; seed < first + from_environment("SAMARA_RUNS", 1); ++seed) {
    for (const Fixture& fixture : fixtures()) {
      Cutter cutter(fixture.contents, nullptr, seed);
      const Found whole = cutter.start(fixture.disk);
      cutter.cut_recovery(Disk(fixture.disk), fixture.truth, whole, enumerated_max, 5, 1);
      report(cutter, fixture.name, seed);
    }
  }
}
