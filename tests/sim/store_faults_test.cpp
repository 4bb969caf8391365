// The fault loop: each store command of a device's life goes wrong once, in one of the ways a command can. Calls end with a typed
// error or succeed, the life goes on, and after a restart with a healthy disk everything that was acknowledged is there.
#include "sim/crash_rig.hpp"

using namespace samara;
using namespace samara::sim;

namespace {

constexpr Trouble troubles[] = {Trouble::failed, Trouble::short_write, Trouble::full, Trouble::lost, Trouble::slow, Trouble::twice, Trouble::unanswered};
constexpr std::string_view names[] = {"failed", "short write", "full", "lost", "slow", "twice", "unanswered"};

struct Run {
  std::uint64_t commands = 0;
  std::uint64_t first_picture = 0;
  std::uint64_t after_pictures = 0;
  std::vector<std::uint64_t> removals;
  std::vector<std::string> wrong;
  std::vector<std::string> refusals;
  bool done = false;
  std::uint32_t silent = 0;
};

struct Mishap {
  std::optional<std::uint64_t> at;   // which store command; nothing: none
  std::size_t kind = 0;
};

/// One life with this fault; then everything unflushed is gone, and the disk is healthy.
Run live_with(const Sender& sender, const Mishap& fault, bool pictures, std::uint64_t seed) {
  World world(seed);
  world.traced = false;
  Life life(world, sender);
  Disk& disk = world.disk(life.device());
  disk.trouble_at = fault.at;
  disk.trouble = troubles[fault.kind];
  bool deleting = false;   // the fault hits a delete
  life.on_output = [&](const Output& output) { deleting = deleting || (disk.commands == fault.at && std::holds_alternative<out::StoreDelete>(output)); };
  life.live(pictures);
  Run run{disk.commands, life.first_picture(), life.after_pictures(), life.removals, {}, life.refusals, life.done(), life.silent};
  if (disk.trouble != Trouble::unanswered) {
    life.settle();
    Found alive;
    alive.error.clear();
    look(world, life.device(), life.contents, alive);
    if (deleting) {   // what could not be deleted goes at the next start
      alive.strays.clear();
      alive.journals = 1;
    }
    for (const std::string& problem : judge(alive, life.truth)) run.wrong.push_back("alive: " + problem);
  }
  world.crash(life.device());
  for (const std::string& problem : judge(find_all(disk.durable, life.contents, phone(), seed), life.truth)) run.wrong.push_back(problem);
  return run;
}

/// What calls may end with: no room when the disk said so, else that the store did not take it; a source that
/// cannot be read to be hashed has changed.
bool is_typed(const std::string& code, Trouble trouble) {
  if (code == "source-changed") return true;
  return trouble == Trouble::full ? code == "storage-full" : code == "storage-lost";
}

struct Totals {
  std::map<std::string, std::uint64_t> refusals;
  std::uint64_t lives = 0;
  std::uint64_t stuck = 0;
};

void check_life(const Sender& sender, const Mishap& fault, bool pictures, std::uint64_t seed, Totals& totals) {
  const Run run = live_with(sender, fault, pictures, seed);
  const Trouble trouble = troubles[fault.kind];
  ++totals.lives;
  CAPTURE(seed);
  CAPTURE(*fault.at);
  CAPTURE(names[fault.kind]);
  CAPTURE(pictures);
  for (const std::string& problem : run.wrong) FAIL_CHECK(problem);
  for (const std::string& code : run.refusals) {
    ++totals.refusals[code];
    CHECK_MESSAGE(is_typed(code, trouble), code);
  }
  if (trouble == Trouble::unanswered) {
    totals.stuck += run.silent > 0 || !run.done ? 1 : 0;
    return;
  }
  CHECK(run.done);
  CHECK(run.silent == 0);
  if (trouble == Trouble::slow || trouble == Trouble::twice) CHECK(run.refusals.empty());
}

/// A device in the middle of its life: what is on its disk, and what it was promised.
struct Middle {
  Blobs disk;
  Truth truth;
  Contents contents;
};

Middle middle_of_life(const Sender& sender) {
  World world(1);
  Life life(world, sender);
  Middle middle;
  life.on_output = [&](const Output& output) {
    const Disk& disk = world.disk(life.device());
    const bool removing = std::holds_alternative<out::StoreDelete>(output) && life.truth.items.contains("second.webm");
    if (removing && middle.disk.empty()) middle = {disk.durable, life.truth, {}};
  };
  life.live(false);
  middle.contents = life.contents;
  middle.contents["late.webm"] = lcg_bytes(35, 900);
  return middle;
}

/// Starts on that disk with this fault, saves something if it can, and dies.
std::uint64_t start_with(const Middle& middle, const Mishap& fault, std::uint64_t seed, std::vector<std::string>& wrong) {
  World world(seed);
  world.traced = false;
  const NodeId node = world.add_node(phone(), Disk(middle.disk));
  Disk& disk = world.disk(node);
  disk.trouble_at = fault.at;
  disk.trouble = troubles[fault.kind];
  bool ready = false;
  world.watch = [&](NodeId, const Output& output) {
    const auto* told = std::get_if<out::Ready>(&output);
    ready = ready || (told != nullptr && told->error.code == Code::ok);
  };
  world.start(node);
  world.run_until([&] { return ready; }, seconds(70));
  Truth truth = middle.truth;
  if (ready) {
    truth.items["late.webm"];
    const std::uint32_t request = world.save(node, middle.contents.at("late.webm"), "late.webm");
    world.run_for(seconds(70));
    const Answer* answer = world.answer(node, request);
    if (answer != nullptr && answer->error.code == Code::ok) truth.items["late.webm"].kept = Kept::yes;
  }
  world.crash(node);
  wrong = judge(find_all(disk.durable, middle.contents, phone(), seed), truth);
  return disk.commands;
}

}  // namespace

TEST_CASE("fault loop: whatever one store command does, nothing acknowledged is lost and the life goes on") {
  const std::uint64_t seed = from_environment("SAMARA_SEED", 1);
  const std::uint64_t rounds = std::min<std::uint64_t>(from_environment("SAMARA_RUNS", 1), std::size(troubles));
  const Sender sender = make_sender(lcg_bytes(21, bytes_of_pieces(7)), transfer_name);
  Totals totals;
  for (const bool pictures : {false, true}) {
    const Run healthy = live_with(sender, {}, pictures, seed);
    REQUIRE(healthy.wrong.empty());
    REQUIRE(healthy.done);
    REQUIRE(healthy.refusals.empty());
    const std::uint64_t from = pictures ? healthy.first_picture : 0;
    const std::uint64_t to = pictures ? healthy.after_pictures + 4 : healthy.commands;
    for (std::uint64_t round = 0; round < rounds; ++round) {
      for (std::uint64_t at = from; at < to; ++at) {
        check_life(sender, {at, static_cast<std::size_t>((at + seed + round) % std::size(troubles))}, pictures, seed, totals);
      }
    }
  }
  std::string codes;
  for (const auto& [code, times] : totals.refusals) codes += " " + code + " " + std::to_string(times);
  MESSAGE("seed " << seed << ": " << totals.lives << " lives, calls refused:" << codes << "; " << totals.stuck << " lives stood still for want of an answer");
}

TEST_CASE("fault loop: whatever one store command does while a device starts, nothing acknowledged is lost") {
  const Sender sender = make_sender(lcg_bytes(21, bytes_of_pieces(7)), transfer_name);
  const Middle middle = middle_of_life(sender);
  REQUIRE_FALSE(middle.disk.empty());
  std::vector<std::string> wrong;
  const std::uint64_t commands = start_with(middle, {}, 1, wrong);
  REQUIRE(wrong.empty());
  REQUIRE(commands > 3);
  for (std::uint64_t at = 0; at < commands; ++at) {
    for (std::size_t kind = 0; kind < std::size(troubles); ++kind) {
      start_with(middle, {at, kind}, 1, wrong);
      CAPTURE(at);
      CAPTURE(names[kind]);
      for (const std::string& problem : wrong) FAIL_CHECK(problem);
    }
  }
}

TEST_CASE("fault loop: a device that dies some time after a fault has lost nothing either") {
  const std::uint64_t seed = from_environment("SAMARA_SEED", 1);
  const std::uint64_t lives = 12 * from_environment("SAMARA_RUNS", 1);
  const Sender sender = make_sender(lcg_bytes(21, bytes_of_pieces(5)), transfer_name);
  const Run healthy = live_with(sender, {}, false, seed);
  Rng rng(seed);
  std::uint64_t cuts = 0;
  std::uint64_t states = 0;
  for (std::uint64_t i = 0; i < lives; ++i) {
    // Not in the first journal: content beside none is damage, for ever, so what a crash leaves there is not cleared away.
    const bool removing = i % 2 == 0;   // the rest of the time anywhere
    const std::uint64_t at = removing ? healthy.removals[i / 2 % healthy.removals.size()] + rng.below(3) : 2 + rng.below(healthy.commands - 2);
    const Mishap fault{at, static_cast<std::size_t>(rng.below(std::size(troubles)))};
    World world(seed + i);
    world.traced = false;
    Life life(world, sender);
    Cutter cutter(life.contents, nullptr, seed + i);
    Disk& disk = world.disk(life.device());
    disk.trouble_at = fault.at;
    disk.trouble = troubles[fault.kind];
    life.truth.no_room = disk.trouble == Trouble::full;
    life.on_output = [&](const Output& output) {
      if (disk.commands > *fault.at && changes_store(output)) cutter.look_at(disk, life.truth);
    };
    life.live(false);
    CAPTURE(seed);
    CAPTURE(*fault.at);
    CAPTURE(names[fault.kind]);
    for (std::size_t k = 0; k < cutter.wrong().size() && k < 5; ++k) FAIL_CHECK(cutter.wrong()[k]);
    cuts += cutter.counts.cuts;
    states += cutter.counts.states;
  }
  MESSAGE("seed " << seed << ": " << lives << " lives with a fault, " << cuts << " cuts, " << states << " disks started on");
}
