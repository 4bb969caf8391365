// Owns: the command line of the swarm simulator: which sizes to play, and printing the figures.
// Refuses to know: how a story is played.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "sim/swarm/chart.hpp"
#include "sim/swarm/scenario.hpp"

using namespace samara;
using namespace samara::sim;

namespace {

struct Asked {
  SwarmStory story;
  std::vector<std::uint32_t> sizes;
  std::string svg;
  bool good = true;
};

std::uint64_t number(const char* text, bool& good) {
  char* end = nullptr;
  const std::uint64_t value = std::strtoull(text, &end, 10);
  good = good && *text != 0 && *end == 0;
  return value;
}

Asked read_arguments(int count, char** words) {
  Asked asked;
  std::string name = "flash";
  for (int i = 1; i + 1 < count; i += 2) {
    if (std::strcmp(words[i], "--scenario") == 0) name = words[i + 1];
  }
  asked.story = story_named(name);
  asked.good = asked.story.peers > 0 && count % 2 == 1;
  asked.story.peers = 1'000;
  bool one_size = false;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string key = words[i];
    const char* value = words[i + 1];
    if (key == "--scenario") continue;
    if (key == "--svg") asked.svg = value;
    else if (key == "--peers") asked.story.peers = static_cast<std::uint32_t>(number(value, asked.good));
    else if (key == "--only") asked.story.peers = static_cast<std::uint32_t>(number(value, asked.good)), one_size = true;
    else if (key == "--mib") asked.story.bytes = number(value, asked.good) * 1024 * 1024;
    else if (key == "--seed") asked.story.seed = number(value, asked.good);
    else if (key == "--up") asked.story.up_bytes_per_second = number(value, asked.good);
    else if (key == "--down") asked.story.down_bytes_per_second = number(value, asked.good);
    else asked.good = false;
  }
  asked.good = asked.good && asked.story.peers > 0 && asked.story.bytes > 0;
  for (const std::uint32_t size : {10U, 100U, 1'000U}) {
    if (!one_size && size < asked.story.peers) asked.sizes.push_back(size);
  }
  asked.sizes.push_back(asked.story.peers);
  return asked;
}

bool print(const SwarmFigures& f) {
  std::printf("%5u  %7.1f %7.1f %7.1f  %6.3f  %6.2f  %7.2f  %6.2f  %6.1f  %7.1f  %9llu %6llu %3u  %u/%u\n", f.peers, f.bound_s, f.median_s, f.last_s,
              f.last_s / f.bound_s, f.source_copies, f.control_percent, f.again_percent, f.longest_stall_s, f.wall_s,
              static_cast<unsigned long long>(f.steps), static_cast<unsigned long long>(f.connections), f.most_connections, f.finished, f.expected);
  if (f.riders_median_s > 0) std::printf("       free riders: median %.1f s, sharers %.1f s\n", f.riders_median_s, f.sharers_median_s);
  if (f.spoiled_blocks > 0) std::printf("       spoiled blocks received: %llu\n", static_cast<unsigned long long>(f.spoiled_blocks));
  for (const std::string& rule : f.broken) std::printf("       BROKEN %s\n", rule.c_str());
  std::fflush(stdout);
  return f.broken.empty() && f.finished == f.expected;
}

bool write(const std::string& path, const std::string& text) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return false;
  const bool whole = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  return std::fclose(file) == 0 && whole;
}

/// Two plots: how the figures grow with the peers, and when the peers of each size were done.
bool plot(const Asked& asked, const std::vector<SwarmFigures>& all) {
  const std::string mib = std::to_string(asked.story.bytes >> 20) + " MiB, " + asked.story.name;
  Chart growth{"One source, receivers that come together: " + mib, "receivers", "completion ÷ lower bound, copies", true, {}};
  growth.lines = {{"last one done ÷ bound", {}}, {"median ÷ bound", {}}, {"copies sent by the source", {}}, {"target of completion: 1.25", {}, true}};
  growth.legend_low = true;
  Chart curve{"Receivers that are done: " + mib, "time ÷ lower bound", "done, %", false, {}};
  for (const SwarmFigures& f : all) {
    growth.lines[0].points.emplace_back(f.peers, f.last_s / f.bound_s);
    growth.lines[1].points.emplace_back(f.peers, f.median_s / f.bound_s);
    growth.lines[2].points.emplace_back(f.peers, f.source_copies);
    growth.lines[3].points.emplace_back(f.peers, 1.25);
    ChartLine line{std::to_string(f.peers) + " receivers", {{0, 0}}};
    if (!f.finished_s.empty()) line.points.emplace_back(f.finished_s[0] / f.bound_s, 0);
    for (std::size_t i = 0; i < f.finished_s.size(); ++i) {
      line.points.emplace_back(f.finished_s[i] / f.bound_s, 100.0 * static_cast<double>(i + 1) / static_cast<double>(f.expected));
    }
    curve.lines.push_back(std::move(line));
  }
  return write(asked.svg + "/swarm-" + asked.story.name + ".svg", draw(growth)) &&
         write(asked.svg + "/swarm-" + asked.story.name + "-done.svg", draw(curve));
}

}  // namespace

int main(int count, char** words) {
  Asked asked = read_arguments(count, words);
  if (!asked.good) {
    std::fprintf(stderr, "--peers N | --only N, --mib N, --scenario NAME, --seed N, --up B/s, --down B/s, --svg DIR; scenarios:");
    for (const std::string& name : story_names()) std::fprintf(stderr, " %s", name.c_str());
    std::fprintf(stderr, "\n");
    return 2;
  }
  std::printf("swarm: %s, %llu MiB, seed %llu\n", asked.story.name.c_str(), static_cast<unsigned long long>(asked.story.bytes >> 20),
              static_cast<unsigned long long>(asked.story.seed));
  std::printf("peers  bound s  median    last   ratio  copies  control%%  again%%   stall   wall s      steps  conns max  done\n");
  bool good = true;
  std::vector<SwarmFigures> all;
  for (const std::uint32_t size : asked.sizes) {
    asked.story.peers = size;
    const auto began = std::chrono::steady_clock::now();
    SwarmFigures figures = play(asked.story);
    figures.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    good = print(figures) && good;
    all.push_back(std::move(figures));
  }
  if (!asked.svg.empty()) good = plot(asked, all) && good;
  return good ? 0 : 1;
}
