// Scenarios of resuming: a receiver that is killed again and again goes on where it was.
#include "sim/crash_rig.hpp"

using namespace samara;
using namespace samara::sim;

namespace {

constexpr std::size_t piece_bytes = 16'384;

enum class Death : std::uint8_t { of_process, of_power };

/// Kills the device: of what was not flushed all survives, or a random part.
void kill(World& world, NodeId node, Death death, Rng& rng) {
  const bool power = death == Death::of_power;
  const Blobs left = power ? world.disk(node).left(some_torn(world.disk(node).pending().size(), rng), rng) : world.disk(node).written;
  world.crash(node);
  world.disk(node) = Disk(left);
}

/// What its one transfer has once the store has been looked through.
std::int64_t verified_at_start(World& world, NodeId node) {
  for (int waited_ms = 0; waited_ms < 1'000; ++waited_ms) {
    world.run_for(milliseconds(1));
    const auto* answer = world.answer(node, world.query(node, QueryKind::transfers));
    const auto document = answer == nullptr ? Result<BencodeDocument>(usage_fault(Code::not_found)) : bencode_decode(answer->result, bencode_own_limits);
    if (!document) continue;
    for (const BencodeView row : document->root().list("list")) {
      if (row.text_or("state", "") != "starting") return row.integer_or("verified", 0);
    }
  }
  return 0;
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
  std::int64_t lost_max[2]{};
  while (!done && kills < 200) {
    world.run_for(milliseconds(static_cast<std::int64_t>(300 + rng.below(1'500))));
    if (done) break;
    const std::int64_t before = world.number_of(node, Subject::transfer, transfer, "verified");
    const Death death = rng.below(2) == 0 ? Death::of_process : Death::of_power;
    kill(world, node, death, rng);
    ++kills;
    const std::uint64_t sent = world.sent_bytes(node);
    world.start(node);
    const std::int64_t after = verified_at_start(world, node);
    CHECK(world.sent_bytes(node) == sent);    // it has asked nobody: so this is what it has of its own
    world.run_for(milliseconds(1));
    metadata += world.number_of(node, Subject::transfer, transfer, "total") == static_cast<std::int64_t>(memo.size()) ? 0 : 1;
    std::int64_t& lost = lost_max[static_cast<std::size_t>(death)];
    lost = std::max(lost, before - after);
    REQUIRE(world.run_until([&] { return done || world.connections(node) > 0; }, seconds(60)));
  }
  REQUIRE(done);
  const std::uint64_t again = world.sent_bytes(other) - memo.size();
  MESSAGE("seed " << seed << ": " << kills << " kills, " << again << " bytes fetched again of " << memo.size() << " (" << again / std::max<std::uint64_t>(kills, 1)
                  << " a kill), at most " << lost_max[0] << " verified bytes lost by one of the process, " << lost_max[1] << " by one of the power");
  CHECK(kills > 5);
  CHECK(hashed == 0);
  CHECK(metadata == 0);
  CHECK(lost_max[0] <= 0);
  CHECK(lost_max[1] <= static_cast<std::int64_t>(piece_bytes));
  CHECK(again <= kills * 4 * piece_bytes);
  const Bytes listed = world.answer(node, world.query(node, QueryKind::items))->result;
  const auto document = bencode_decode(listed, bencode_own_limits);
  for (const BencodeView row : document->root().list("list")) {
    CHECK(world.disk(node).written.at(static_cast<std::uint32_t>(row.integer_or("blob", 0))).get() == memo);
  }
}

TEST_CASE("a sealed transfer whose process is killed finds all that it had stored, and its padding without fetching it") {
  const Bytes memo = lcg_bytes(22, 1'300'000);
  World world(44);
  Config slow = phone();
  slow.upload_bytes_per_second = 400'000;
  const NodeId other = launch(world, slow);
  const std::uint32_t request = world.share_sealed(other, memo, {});
  REQUIRE(world.run_until([&] { return world.answer(other, request) != nullptr; }, seconds(10)));
  const std::string url = text_in(world.answer(other, request)->result, "url");
  const NodeId node = launch(world);
  const std::string transfer = receive_now(world, node, url);
  const auto verified = [&] { return world.number_of(node, Subject::transfer, transfer, "verified"); };
  Rng rng(44);
  for (const std::int64_t part : {300'000, 600'000, 900'000}) {
    CAPTURE(part);
    REQUIRE(world.run_until([&] { return verified() >= part; }, seconds(60)));
    const std::int64_t before = verified();
    kill(world, node, Death::of_process, rng);
    const std::uint64_t sent = world.sent_bytes(other);
    world.start(node);
    CHECK(verified_at_start(world, node) >= before);
    CHECK(world.sent_bytes(other) == sent);
  }
  REQUIRE(world.run_until([&] { return is_done(world, node, transfer); }, seconds(60)));
  CHECK(received_bytes(world, node, transfer) == memo);
}
