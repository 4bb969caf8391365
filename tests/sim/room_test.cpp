// Scenarios of a store that runs out of room: what is said, what goes when the app allows it, and what never does.
#include "sim/life.hpp"

using namespace samara;
using namespace samara::sim;

namespace {

constexpr std::size_t memo_bytes = 90'000;

std::vector<std::string> names_of_items(World& world, NodeId node) {
  const Bytes answer = world.answer(node, world.query(node, QueryKind::items))->result;
  const auto document = bencode_decode(answer, bencode_own_limits);
  std::vector<std::string> names;
  for (const BencodeView row : document->root().list("list")) {
    for (const BencodeView file : row.list("files")) names.emplace_back(file.text_or("name", ""));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string state_code(World& world, NodeId node) {
  const Bytes answer = world.answer(node, world.query(node, QueryKind::health))->result;
  const auto document = bencode_decode(answer, bencode_own_limits);
  std::string codes;
  for (const BencodeView reason : document->root().list("reasons")) codes += std::string(reason.text_or("code", "")) + " ";
  return codes;
}

/// A device with a saved item, and senders whose memos it receives one after another.
struct Household {
  World world;
  NodeId node = 0;
  std::vector<Sender> senders;
  std::map<std::string, std::uint32_t> blobs;   // of received items

  Household(std::uint64_t seed, bool evict) : world(seed) {
    Config config = phone();
    config.evict = evict;
    node = launch(world, config);
    const std::uint32_t request = world.save(node, lcg_bytes(1, 50'000), "own.webm");
    REQUIRE(world.run_until([&] { return world.answer(node, request) != nullptr; }, seconds(5)));
    for (std::uint32_t i = 0; i < 4; ++i) {
      senders.push_back(make_sender(lcg_bytes(50 + i, memo_bytes), "memo" + std::to_string(i) + ".webm"));
      world.start(world.add_node(phone(), Disk(senders.back().disk)));
    }
  }
  std::string receive(std::size_t i) {
    const std::string transfer = receive_now(world, node, senders[i].url);
    world.run_until([&] { return is_done(world, node, transfer) || world.text_of(node, Subject::transfer, transfer, "state") == "failed"; }, seconds(30));
    blobs[senders[i].name] = static_cast<std::uint32_t>(world.number_of(node, Subject::transfer, transfer, "blob"));
    return transfer;
  }
  [[nodiscard]] std::uint64_t held() {
    std::uint64_t sum = 0;
    for (const auto& [blob, bytes] : world.disk(node).written) sum += bytes.size();
    return sum;
  }
  /// Somebody listens to it.
  void play(std::size_t i) {
    world.run_for(seconds(2));
    world.read_blob(node, blobs.at(senders[i].name));
  }
};

}  // namespace

TEST_CASE("without the app's leave nothing goes: a full store says storage-full and serves what is there") {
  Household home(60, false);
  home.receive(0);
  home.receive(1);
  home.world.disk(home.node).capacity_bytes = home.held() + 20'000;
  const std::string transfer = home.receive(2);
  CHECK(home.world.text_of(home.node, Subject::transfer, transfer, "state") == "failed");
  CHECK(names_of_items(home.world, home.node) == std::vector<std::string>{"memo0.webm", "memo1.webm", "own.webm"});
  home.world.disk(home.node).capacity_bytes = 1ULL << 40;
  home.world.control(home.node, CallVerb::resume, "transfer", transfer);
  CHECK(home.world.run_until([&] { return is_done(home.world, home.node, transfer); }, seconds(30)));
}

TEST_CASE("with the app's leave the received items that were used longest ago go, and what is the person's own never") {
  Household home(61, true);
  for (std::size_t i = 0; i < 3; ++i) home.receive(i);
  home.play(0);
  home.play(2);
  home.world.disk(home.node).capacity_bytes = home.held() + 20'000;
  const std::string transfer = home.receive(3);
  CHECK(is_done(home.world, home.node, transfer));
  CHECK(names_of_items(home.world, home.node) == std::vector<std::string>{"memo0.webm", "memo2.webm", "memo3.webm", "own.webm"});
  home.world.run_for(seconds(1));
  CHECK_FALSE(home.world.disk(home.node).written.contains(home.blobs.at("memo1.webm")));
  // What went can be fetched again, and then another goes.
  const std::string again = home.receive(1);
  CHECK(is_done(home.world, home.node, again));
  CHECK(names_of_items(home.world, home.node) == std::vector<std::string>{"memo1.webm", "memo2.webm", "memo3.webm", "own.webm"});
}

TEST_CASE("making room may be cut anywhere: what goes is gone or whole, and the transfer goes on") {
  const Contents contents = [] {
    Contents all{{"own.webm", lcg_bytes(1, 50'000)}};
    for (std::uint32_t i = 0; i < 4; ++i) {
      const Sender sender = make_sender(lcg_bytes(50 + i, memo_bytes), "memo" + std::to_string(i) + ".webm");
      all[sender.name] = sender.content;
      all[sender.infohash] = sender.content;
    }
    return all;
  }();
  Household home(62, true);
  for (std::size_t i = 0; i < 3; ++i) home.receive(i);
  home.world.run_for(seconds(1));
  home.world.disk(home.node).capacity_bytes = home.held() + 20'000;
  Truth truth;
  for (const char* name : {"own.webm", "memo1.webm", "memo2.webm"}) truth.items[name].kept = Kept::yes;
  truth.items["memo0.webm"];
  truth.items["memo3.webm"];
  truth.transfers[home.senders[3].infohash];
  std::uint64_t states = 0;
  std::vector<std::string> wrong;
  Rng rng(1);
  home.world.watch = [&](NodeId from, const Output& output) {
    const bool changes = std::holds_alternative<out::StoreWrite>(output) || std::holds_alternative<out::StoreDelete>(output) ||
                         std::holds_alternative<out::StoreFlush>(output) || std::holds_alternative<out::StoreReserve>(output);
    if (from != home.node || !changes) return;
    const Disk& disk = home.world.disk(home.node);
    const std::size_t count = std::min<std::size_t>(disk.pending().size(), 4);
    for (std::uint32_t bits = 0; bits < (1U << count); ++bits) {
      std::vector<Fate> fates(disk.pending().size(), Fate::gone);
      for (std::size_t i = 0; i < count; ++i) fates[fates.size() - 1 - i] = (bits >> i & 1U) != 0 ? Fate::whole : Fate::gone;
      ++states;
      for (const std::string& problem : judge(find_all(disk.left(fates, rng), contents, phone(), 1), truth)) wrong.push_back(problem);
    }
  };
  const std::string transfer = home.receive(3);
  CHECK(is_done(home.world, home.node, transfer));
  CHECK(states > 20);
  for (std::size_t i = 0; i < wrong.size() && i < 10; ++i) FAIL_CHECK(wrong[i]);
}

TEST_CASE("a removal makes room although the disk has none left to write it down") {
  Household home(63, false);
  home.receive(0);
  Disk& disk = home.world.disk(home.node);
  disk.capacity_bytes = home.held();
  const Bytes answer = home.world.answer(home.node, home.world.query(home.node, QueryKind::items))->result;
  const auto document = bencode_decode(answer, bencode_own_limits);
  std::string id;
  for (const BencodeView row : document->root().list("list")) id = row.text_or("id", "");
  const std::uint32_t request = home.world.control(home.node, CallVerb::remove, "item", id);
  CHECK(home.world.run_until([&] { return home.world.answer(home.node, request) != nullptr; }, seconds(30)));
  home.world.run_for(seconds(5));
  CHECK(names_of_items(home.world, home.node).size() == 1);
  CHECK(home.held() < disk.capacity_bytes - 40'000);
  home.world.crash(home.node);
  home.world.start(home.node);
  home.world.run_for(seconds(1));
  CHECK(names_of_items(home.world, home.node).size() == 1);
}

TEST_CASE("little room is said while there still is some: storage-low comes and goes") {
  Household home(64, false);
  home.world.tell_room(home.node, 1ULL << 33);
  CHECK_FALSE(state_code(home.world, home.node).contains("storage-low"));
  home.world.tell_room(home.node, limits::storage_low_bytes - 1);
  CHECK(state_code(home.world, home.node).contains("storage-low"));
  home.world.tell_room(home.node, 1ULL << 33);
  CHECK_FALSE(state_code(home.world, home.node).contains("storage-low"));
}
