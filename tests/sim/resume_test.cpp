// Scenarios of resuming: a receiver that is killed again and again goes on where it was.
#include "sim/crash_rig.hpp"

using namespace samara;
using namespace samara::sim;

namespace {

constexpr std::size_t piece_bytes = 16'384;

/// Kills the device: of what was not flushed a random part survives.
void kill(World& world, NodeId node, Rng& rng) {
  const Blobs left = world.disk(node).left(some_torn(world.disk(node).pending().size(), rng), rng);
  world.crash(node);
  world.disk(node) = Disk(left);
}

}  // namespace

TEST_CASE("a receiver that is killed again and again loses at most what is in flight, and hashes nothing again") {
  const std::uint64_t seed = from_environment("SAMARA_SEED", 1);
  CAPTURE(seed);
  Rng rng(seed);
  const Bytes memo = lcg_bytes(21, 60 * piece_bytes - 5'000);
  const Sender sender = make_sender(memo, "memo.webm");
  World world(seed);
  Config slow = phone();
  slow.upload_bytes_per_second = 100'000;
  const NodeId other = world.add_node(slow, Disk(sender.disk));
  world.start(other);
  const NodeId node = launch(world);
  std::uint64_t hashed = 0;
  std::uint64_t metadata = 0;
  bool done = false;
  world.watch = [&](NodeId from, const Output& output) {
    hashed += from == node && std::holds_alternative<out::HashPieces>(output) ? 1 : 0;
    const auto* changed = std::get_if<out::Changed>(&output);
    done = done || (from == node && changed != nullptr && text_in(to_bytes(changed->payload), "state") == "done");
  };
  const std::string transfer = receive_now(world, node, sender.url);
  REQUIRE(world.run_until([&] { return world.number_of(node, Subject::transfer, transfer, "verified") > 0; }, seconds(20)));
  std::uint64_t kills = 0;
  std::int64_t lost_max = 0;
  while (!done && kills < 200) {
    world.run_for(milliseconds(static_cast<std::int64_t>(300 + rng.below(1'500))));
    if (done) break;
    const std::int64_t before = world.number_of(node, Subject::transfer, transfer, "verified");
    kill(world, node, rng);
    ++kills;
    world.start(node);
    world.run_for(milliseconds(10));   // nobody is connected yet: this is what it has of its own
    const std::int64_t after = world.number_of(node, Subject::transfer, transfer, "verified");
    metadata += world.number_of(node, Subject::transfer, transfer, "total") == static_cast<std::int64_t>(memo.size()) ? 0 : 1;
    lost_max = std::max(lost_max, before - after);
    REQUIRE(world.run_until([&] { return done || world.connections(node) > 0; }, seconds(60)));
  }
  REQUIRE(done);
  const std::uint64_t again = world.sent_bytes(other) - memo.size();
  MESSAGE("seed " << seed << ": " << kills << " kills, " << again << " bytes fetched again of " << memo.size() << " (" << again / std::max<std::uint64_t>(kills, 1)
                  << " a kill), at most " << lost_max << " verified bytes lost by one");
  CHECK(kills > 5);
  CHECK(hashed == 0);
  CHECK(metadata == 0);
  CHECK(lost_max <= static_cast<std::int64_t>(piece_bytes));
  CHECK(again <= kills * 4 * piece_bytes);
  const Bytes listed = world.answer(node, world.query(node, QueryKind::items))->result;
  const auto document = bencode_decode(listed, bencode_own_limits);
  for (const BencodeView row : document->root().list("list")) {
    CHECK(world.disk(node).written.at(static_cast<std::uint32_t>(row.integer_or("blob", 0))).get() == memo);
  }
}
