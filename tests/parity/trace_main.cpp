// Plays one fixed scenario in the simulator and one in the swarm simulator, and prints the hash of every output of every
// engine of each. The native and the wasm build must print the same lines.
#include <cstdio>

#include "codec/hex.hpp"
#include "sim/swarm/scenario.hpp"
#include "sim/world.hpp"

using namespace samara;
using namespace samara::sim;

namespace {

/// Some of everything that can happen to a swarm.
void play_swarm() {
  SwarmStory story;
  story.seed = 2016;
  story.peers = 8;
  story.bytes = 700'000;
  story.up_bytes_per_second = 60'000;
  story.down_bytes_per_second = 300'000;
  story.mixed_rates = true;
  story.free_riders = 125;
  story.malicious = 125;
  story.quitters = 300;
  story.sleepers = 200;
  story.nap = seconds(600);
  story.bad_disks = 250;
  story.bursts_every_s = 5;
  story.tracker_lies = 100;
  story.tracker_dies = true;
  story.traced = true;
  const SwarmFigures figures = play(story);
  std::printf("%s swarm steps %llu, %u of %u done, %zu rules broken\n", hex_encode(figures.trace).c_str(),
              static_cast<unsigned long long>(figures.steps), figures.finished, figures.expected, figures.broken.size());
}

}  // namespace

int main() {
  World world(2016);
  std::vector<NodeId> nodes;
  Config config;
  config.trackers = {"ws://127.0.0.1:8000"};
  config.share_base = "https://memos.example/share/";
  for (int i = 0; i < 4; ++i) {
    nodes.push_back(world.add_node(config));
    world.start(nodes.back());
  }
  world.run_for(milliseconds(100));
  const std::uint32_t request = world.share(nodes[0], lcg_bytes(7, 1'500'000), "memo.webm");
  world.run_until([&] { return world.answer(nodes[0], request) != nullptr; }, seconds(5));
  const Answer* answer = world.answer(nodes[0], request);
  if (answer == nullptr) return 1;
  const auto document = bencode_decode(answer->result, bencode_own_limits);
  const std::string url(document->root().text_or("url", ""));
  std::uint32_t last = 0;
  for (std::size_t i = 1; i < nodes.size(); ++i) last = world.receive(nodes[i], url);
  world.run_until([&] { return world.connections(nodes[3]) > 0; }, seconds(5));
  if (const Answer* received = world.answer(nodes[3], last)) {
    const auto transfer = bencode_decode(received->result, bencode_own_limits);
    world.read_at(nodes[3], std::string(transfer->root().text_or("id", "")), 1'000'000);
  }
  world.run_for(seconds(20));
  world.set_network(nodes[2], in::Network{true, true, false});
  world.crash(nodes[1]);
  world.start(nodes[1]);
  world.restart_tracker(seconds(2));
  Say say;
  say.title = "Sealed";
  say.password = "correct-horse";
  say.duration_ms = 93'500;
  say.expires_ms = world.unix_ms() + 100'000;
  const std::uint32_t sealed = world.share_sealed(nodes[3], lcg_bytes(8, 700'000), say);
  world.run_until([&] { return world.answer(nodes[3], sealed) != nullptr; }, seconds(5));
  if (const Answer* made = world.answer(nodes[3], sealed)) {
    const auto share = bencode_decode(made->result, bencode_own_limits);
    const std::string link(share->root().text_or("url", ""));
    world.receive(nodes[0], link, false, "wrong");
    world.receive(nodes[2], link, false, say.password);
  }
  world.run_for(seconds(200));
  std::vector<std::uint32_t> several;  // between the same two: over one connection
  for (std::uint32_t seed = 9; seed < 13; ++seed) several.push_back(world.share(nodes[3], lcg_bytes(seed, 90'000), "memo.webm"));
  world.run_for(seconds(2));
  for (const std::uint32_t made : several) {
    if (const Answer* shared = world.answer(nodes[3], made)) {
      const auto share = bencode_decode(shared->result, bencode_own_limits);
      world.receive(nodes[0], std::string(share->root().text_or("url", "")));
    }
  }
  world.run_for(seconds(20));
  const Sha1Hash trace = world.trace();
  std::printf("%s steps %llu\n", hex_encode(trace).c_str(), static_cast<unsigned long long>(world.steps()));
  play_swarm();
  return 0;
}
