// One sender, several receivers that start together: how many copies the sender sends, and how near the
// end is to what the uplinks allow.
#include <doctest/doctest.h>

#include "unit/swarm_rig.hpp"

using namespace samara;
using namespace samara::test;

namespace {

struct Scene {
  std::uint32_t receivers = 4;
  std::uint32_t file_bytes = 8 * 1024 * KiB;
  std::uint32_t piece_bytes = 64 * KiB;
  std::uint64_t seed_rate = 2'000'000;
  std::uint64_t receiver_rate = 2'000'000;
  bool one_processor = false;  // all send through one uplink: pages of one computer
  std::int64_t latency_ms = 20;
};

struct Outcome {
  double copies = 0;   // sent by the seeder
  double ratio = 0;    // completion of the last one ÷ the fluid bound
  double wasted = 0;   // blocks sent beyond those needed, in copies
};

Outcome play(const Scene& scene) {
  const Bytes content = pattern(scene.file_bytes);
  const Metainfo metainfo = torrent_of(content, scene.piece_bytes);
  World world;
  Node& seed = world.add_seed(metainfo, content);
  seed.uplink = std::make_shared<Uplink>(scene.seed_rate);
  std::vector<Node*> receivers;
  for (std::uint32_t i = 0; i < scene.receivers; ++i) {
    receivers.push_back(&world.add_leecher(metainfo));
    receivers.back()->uplink = scene.one_processor ? seed.uplink : std::make_shared<Uplink>(scene.receiver_rate);
    world.connect(seed, *receivers.back(), {scene.latency_ms, 0});
    for (std::uint32_t j = 0; j < i; ++j) world.connect(*receivers[j], *receivers[i], {scene.latency_ms, 0});
  }
  const Instant start = world.now;
  const bool done = world.run(600'000, [&] {
    return std::ranges::all_of(receivers, [](const Node* node) { return node->torrent.complete(); });
  });
  REQUIRE(done);
  const auto size = static_cast<double>(scene.file_bytes);
  const double n = scene.receivers;
  const auto us = static_cast<double>(scene.seed_rate);
  const double all = scene.one_processor ? us : us + n * static_cast<double>(scene.receiver_rate);
  const double bound = std::max(size / us, n * size / all);
  double sent = static_cast<double>(seed.torrent.uploaded_bytes());
  Outcome outcome;
  outcome.copies = sent / size;
  outcome.ratio = static_cast<double>((world.now - start).us) / 1e6 / bound;
  for (const Node* node : receivers) sent += static_cast<double>(node->torrent.uploaded_bytes());
  outcome.wasted = sent / size - n;
  return outcome;
}

}  // namespace

TEST_CASE("receivers that start together cost the sender at most 1.5 copies, and all finish within 1.3 of the bound") {
  const Scene equal{};
  const Scene faster{.receiver_rate = 20'000'000};
  const Scene one_computer{.seed_rate = 40'000'000, .one_processor = true, .latency_ms = 1};
  for (Scene scene : {equal, faster, one_computer}) {
    for (const std::uint32_t receivers : {4U, 8U}) {
      scene.receivers = receivers;
      scene.file_bytes = receivers * 2 * 1024 * KiB;
      const Outcome outcome = play(scene);
      CAPTURE(receivers);
      CAPTURE(scene.receiver_rate);
      CAPTURE(scene.one_processor);
      CAPTURE(outcome.wasted);
      CHECK(outcome.copies <= 1.5);
      CHECK(outcome.ratio <= 1.3);
    }
  }
}

TEST_CASE("slow partners do not hold up the receivers of a fast sender") {
  Scene scene{.receivers = 4, .file_bytes = 16 * 1024 * KiB, .seed_rate = 20'000'000};
  CHECK(play(scene).ratio <= 1.25);
  scene.receivers = 2;
  CHECK(play(scene).ratio <= 1.4);  // 1.25 is the aim of both
}

TEST_CASE("a single receiver costs one copy and no time") {
  const Outcome outcome = play({.receivers = 1, .seed_rate = 20'000'000});
  CHECK(outcome.copies == 1);
  CHECK(outcome.ratio <= 1.3);  // of which 1.2 are the handshake, the metadata and four round trips of 40 ms
}

namespace {

std::vector<std::uint32_t> pieces_heard(const World::Stranger& stranger, std::uint8_t id = 7) {
  std::vector<std::uint32_t> pieces;
  for (const FakeEar::Frame& frame : stranger.ear.frames) {
    if (frame.keep_alive || frame.id != id) continue;
    pieces.push_back(std::uint32_t{frame.payload[2]} << 8 | frame.payload[3]);
  }
  return pieces;
}

void ask(World& world, World::Stranger& stranger, std::initializer_list<std::uint32_t> pieces) {
  for (const std::uint32_t piece : pieces) stranger.says.request(piece, 0, 16 * KiB);
  world.say(stranger);
}

World::Stranger& leecher_at(World& world, Node& seed, const char* id) {
  World::Stranger& stranger = world.join(seed, id);
  stranger.says.webtorrent_extended_handshake().have_none().interested();
  world.say(stranger);
  world.run(10);
  return stranger;
}

using Pieces = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("with one receiver requests are answered in the order they came") {
  const Bytes content = pattern(640 * KiB);
  const Metainfo metainfo = torrent_of(content, 16 * KiB);
  World world;
  Node& seed = world.add_seed(metainfo, content);
  World::Stranger& one = leecher_at(world, seed, "-WW0300-oneeeeeeeeee");
  one.says.have(3);
  ask(world, one, {3, 9, 1, 3, 2, 0});
  world.run(100);
  CHECK(pieces_heard(one) == Pieces{3, 9, 1, 3, 2, 0});
}

TEST_CASE("what nobody was sent comes before copies, and a copy comes when there is nothing else") {
  const Bytes content = pattern(640 * KiB);
  const Metainfo metainfo = torrent_of(content, 16 * KiB);
  World world;
  Node& seed = world.add_seed(metainfo, content);
  World::Stranger& one = leecher_at(world, seed, "-WW0300-oneeeeeeeeee");
  World::Stranger& two = leecher_at(world, seed, "-WW0300-twoooooooooo");
  ask(world, one, {0, 1});
  world.run(10);
  ask(world, two, {1, 0, 5, 6});
  world.run(100);
  CHECK(pieces_heard(one) == Pieces{0, 1});
  CHECK(pieces_heard(two) == Pieces{5, 6, 1, 0});
}

TEST_CASE("while the uplink is busy with what nobody has, copies wait for a link that has other sources, copy_wait_ms at most") {
  const Bytes content = pattern(3200 * KiB);
  const Metainfo metainfo = torrent_of(content, 16 * KiB);
  Config config;
  config.upload_bytes_per_second = 64 * KiB;  // four blocks a second
  World world;
  Node& seed = world.add_seed(metainfo, content, config);
  World::Stranger& one = leecher_at(world, seed, "-WW0300-oneeeeeeeeee");
  World::Stranger& two = leecher_at(world, seed, "-WW0300-twoooooooooo");
  for (std::uint32_t piece = 100; piece < 200; ++piece) one.says.request(piece, 0, 16 * KiB);
  world.say(one);
  world.run(2'000);
  const auto before = pieces_heard(one).size();
  REQUIRE(before > 4);
  auto has_another = [&, next = 101U]() mutable {
    two.says.have(next++);  // not from us: the other one passes on what it gets
    world.say(two);
  };
  has_another();
  ask(world, two, {100});
  for (std::uint32_t waited_ms = 0; waited_ms + 500 < limits::copy_wait_ms; waited_ms += 500) {
    world.run(500);
    has_another();
  }
  CHECK(pieces_heard(two).empty());
  world.run(2'000);
  CHECK(pieces_heard(two) == Pieces{100});
  // Without news from elsewhere it does not wait behind others.
  world.run(2'000);
  ask(world, two, {101});
  world.run(1'000);
  CHECK(pieces_heard(two) == Pieces{100, 101});
}

TEST_CASE("what an incomplete peer announces is asked of it and no longer of the complete one") {
  const Bytes content = pattern(1024 * KiB);
  const Metainfo metainfo = torrent_of(content, 16 * KiB);
  World world;
  Node& node = world.add_leecher(metainfo);
  World::Stranger& complete = world.join(node, "-WW0300-completeeeee");
  complete.says.webtorrent_extended_handshake().have_all().unchoke();
  world.say(complete);
  REQUIRE(complete.ear.count(6) == 64);
  const Pieces asked = pieces_heard(complete, 6);
  World::Stranger& partner = world.join(node, "-WW0300-partnerrrrrr");
  partner.says.webtorrent_extended_handshake().have_none().unchoke();
  partner.says.have(asked[40]);
  world.say(partner);
  CHECK(pieces_heard(partner, 6) == Pieces{asked[40]});
  CHECK(pieces_heard(complete, 8) == Pieces{asked[40]});
  // More of it when it is known to give; what may be on its way stays where it was asked.
  partner.says.piece(asked[40], 0, ByteSpan(content).subspan(asked[40] * 16 * KiB, 16 * KiB));
  world.say(partner);
  world.run(300);
  partner.says.have(asked[0]).have(asked[50]);
  world.say(partner);
  CHECK(pieces_heard(partner, 6) == Pieces{asked[40], asked[50]});
  CHECK(pieces_heard(complete, 8) == Pieces{asked[40], asked[50]});
}

TEST_CASE("torrent: a piece is told to whoever wants it before those that have it, and the last one at once") {
  const Bytes content = pattern(64 * KiB);
  World world;
  Node& node = world.add_leecher(torrent_of(content, 16 * KiB));
  World::Stranger& complete = world.join(node, "-WW0300-completeeeee");
  World::Stranger& wanting = world.join(node, "-WW0300-wantinggggg");
  complete.says.webtorrent_extended_handshake().have_all();
  wanting.says.webtorrent_extended_handshake().have_none().have(0).have(1);
  world.say(complete);
  world.say(wanting);
  const auto give = [&](std::uint32_t piece) {
    complete.says.piece(piece, 0, ByteSpan(content).subspan(piece * 16 * KiB, 16 * KiB));
    world.say(complete);
  };
  complete.says.unchoke();
  world.say(complete);
  REQUIRE(complete.ear.count(6) == 4);
  give(0);
  world.run(limits::have_delay_ms + 10);
  CHECK(pieces_heard(wanting, 4) == Pieces{0});
  give(1);  // both have it
  world.run(limits::have_wanted_interval_ms);
  CHECK(pieces_heard(complete, 4) == Pieces{0});
  CHECK(pieces_heard(wanting, 4) == Pieces{0});
  give(2);  // takes the other along
  world.run(limits::have_wanted_interval_ms);
  CHECK(pieces_heard(complete, 4) == Pieces{0});
  CHECK(pieces_heard(wanting, 4) == Pieces{0, 1, 2});
  give(3);
  world.run(1);
  CHECK(pieces_heard(complete, 4) == Pieces{0, 1, 2, 3});
  CHECK(pieces_heard(wanting, 4) == Pieces{0, 1, 2, 3});
}

TEST_CASE("partners_ms: a complete peer is asked again for what slow partners have") {
  const Bytes content = pattern(256 * KiB);
  const Metainfo metainfo = torrent_of(content, 16 * KiB);
  World world;
  Node& node = world.add_leecher(metainfo);
  World::Stranger& partner = world.join(node, "-WW0300-partnerrrrrr");
  const Bytes all_but_the_last{0xff, 0xfe};
  partner.says.webtorrent_extended_handshake().bitfield(all_but_the_last).unchoke();
  world.say(partner);
  CHECK(pieces_heard(partner, 6).size() == limits::pipeline_blocks_min);
  for (std::uint32_t i = 0; i < 6; ++i) {
    const Pieces asked = pieces_heard(partner, 6);
    partner.says.piece(asked[i], 0, ByteSpan(content).subspan(asked[i] * 16 * KiB, 16 * KiB));
    world.say(partner);
    world.run(55);
  }
  REQUIRE(pieces_heard(partner, 6).size() == 15);
  World::Stranger& complete = world.join(node, "-WW0300-completeeeee");
  complete.says.webtorrent_extended_handshake().have_all().unchoke();
  world.say(complete);
  CHECK(pieces_heard(complete, 6) == Pieces{15});
  world.run(200);
  CHECK(complete.ear.count(6) == 1);
  world.run(3'000);  // not a byte more
  CHECK(complete.ear.count(6) == 10);
  // What may be on its way is asked twice, the rest has moved.
  CHECK(partner.ear.count(8) == 9 - limits::blocks_on_the_way);
}

TEST_CASE("whoever gives nothing of what it has gets optimistic_bytes_min of a choke round, until it gives") {
  const Bytes content = pattern(1280 * KiB);
  const Metainfo metainfo = torrent_of(content, 16 * KiB);
  World world;
  Node& node = world.add_leecher(metainfo);
  World::Stranger& giver = world.join(node, "-WW0300-giverrrrrrrr");
  giver.says.webtorrent_extended_handshake().have_all().unchoke();
  world.say(giver);
  const Pieces asked = pieces_heard(giver, 6);
  REQUIRE(asked.size() == 64);
  for (std::uint32_t i = 0; i < 40; ++i) giver.says.piece(asked[i], 0, ByteSpan(content).subspan(asked[i] * 16 * KiB, 16 * KiB));
  world.say(giver);
  world.run(500);
  World::Stranger& keeper = world.join(node, "-WW0300-keeperrrrrrr");
  keeper.says.webtorrent_extended_handshake().have_none().have(asked[60]).interested();
  world.say(keeper);
  world.run(limits::choke_round_ms + 100);
  for (std::uint32_t i = 0; i < 30; ++i) keeper.says.request(asked[i], 0, 16 * KiB);
  world.say(keeper);
  constexpr std::uint32_t blocks = limits::optimistic_bytes_min / limits::block_bytes;
  world.run(1'000);
  CHECK(pieces_heard(keeper).size() == blocks);
  world.run(limits::choke_round_ms);
  CHECK(pieces_heard(keeper).size() == 2 * blocks);
  keeper.says.unchoke();
  world.say(keeper);
  world.run(1'000);
  CHECK(pieces_heard(keeper).size() == 30);
}
