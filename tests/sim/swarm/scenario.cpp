// Owns: carrying out a story in the swarm world, and the arithmetic of its figures.
#include "sim/swarm/scenario.hpp"

#include <algorithm>

#include "sim/swarm/swarm_world.hpp"

namespace samara::sim {
namespace {

enum class Role : std::uint8_t { sharer, rider, spoiler };

double as_seconds(Duration d) { return static_cast<double>(d.us) / 1e6; }

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// One run: the world, who is who, and when it began.
class Play {
 public:
  explicit Play(const SwarmStory& story) : story_(story), rng_(story.seed * 2 + 1), world_(story.seed, story.bytes) {}

  SwarmFigures run() {
    world_.traced = story_.traced;
    world_.network.never_connect_per_mille = story_.never_connect;
    world_.network.burst_every_s = story_.bursts_every_s;
    world_.tracker.lies_per_mille = story_.tracker_lies;
    add_peers();
    find_reached();
    world_.start(0);
    world_.run_until([&] { return !world_.link().empty(); }, seconds(60));
    world_.run_until([] { return false; }, seconds(2));
    start_ = world_.now();
    schedule();
    look_around_later();
    world_.run_until([&] { return all_done() || !world_.broken().empty(); }, story_.at_most);
    world_.look_around();
    return count();
  }

 private:
  [[nodiscard]] std::uint32_t share_of(std::uint32_t per_mille) const { return (story_.peers * per_mille + 500) / 1'000; }
  [[nodiscard]] std::uint64_t varied(std::uint64_t rate) { return story_.mixed_rates ? rate / 2 + rng_.below(rate * 3 / 2) : rate; }

  void add_peers() {
    PeerPlan source = plan();
    source.up_bytes_per_second = story_.up_bytes_per_second;
    source.down_bytes_per_second = story_.down_bytes_per_second;
    source.source = true;
    world_.add(source);
    roles_.push_back(Role::sharer);
    const std::uint32_t riders = share_of(story_.free_riders);
    const std::uint32_t spoilers = share_of(story_.malicious);
    for (std::uint32_t i = 0; i < story_.peers; ++i) {
      PeerPlan peer = plan();
      const Role role = i < riders ? Role::rider : i < riders + spoilers ? Role::spoiler : Role::sharer;
      if (role == Role::rider) peer.config.seeding = false;
      if (role == Role::spoiler) peer.spoils_per_mille = story_.spoiled_blocks;
      if (role == Role::sharer && i >= story_.peers - share_of(story_.bad_disks)) peer.disk_fails_per_mille = 100;
      if (rng_.below(1'000) < story_.leavers) peer.leaves_when_done = true;
      world_.add(peer);
      roles_.push_back(role);
    }
  }

  PeerPlan plan() {
    PeerPlan plan;
    plan.config.trackers = {"ws://127.0.0.1:8000"};
    plan.config.share_base = "https://memos.example/share/";
    plan.up_bytes_per_second = varied(story_.up_bytes_per_second);
    plan.down_bytes_per_second = varied(story_.down_bytes_per_second);
    plan.latency = milliseconds(3 + static_cast<std::int64_t>(rng_.below(30)));
    return plan;
  }

  void schedule() {
    const auto bound_us = static_cast<std::int64_t>(bound());
    const auto within = [&](std::int64_t us) { return Duration{static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(std::max<std::int64_t>(us, 1))))}; };
    for (std::uint32_t i = 1; i < world_.size(); ++i) {
      const Instant comes = start_ + within(story_.arrivals.us);
      world_.at(comes, [this, i] { world_.start(i); });
      if (roles_[i] != Role::sharer) continue;
      const std::uint64_t draw = rng_.below(1'000);
      const Instant middle = comes + Duration{bound_us / 5} + within(bound_us * 3 / 5);
      if (draw < story_.quitters) {
        world_.at(middle, [this, i] { world_.stop(i); });
        world_.at(middle + seconds(5) + within(25'000'000), [this, i] { world_.start(i); });
      } else if (draw < story_.quitters + story_.sleepers) {
        world_.at(middle, [this, i] { world_.sleep(i, story_.nap); });
      }
    }
    const Instant eighth = start_ + Duration{bound_us / 8};
    if (story_.divided) world_.at(eighth, [this, bound_us] { world_.divide({bound_us / 3}); });
    if (story_.tracker_dies) world_.at(eighth, [this, bound_us] { world_.tracker_dies({bound_us / 3}); });
    if (story_.bad_disks > 0) {
      world_.disks_fail = true;
      world_.at(start_ + Duration{bound_us / 2}, [this] { world_.disks_fail = false; });
    }
  }

  /// Every five seconds: the rules that are not looked at in every step, and people who press "try again".
  void look_around_later() {
    world_.at(world_.now() + seconds(5), [this] {
      world_.look_around();
      for (std::uint32_t i = 1; i < world_.size(); ++i) {
        if (world_.peer(i).state != "failed") continue;
        world_.peer(i).state.clear();
        world_.resume(i);
      }
      look_around_later();
    });
  }

  /// Honest, and connected with the source through peers that stay and give.
  [[nodiscard]] bool must_finish(std::uint32_t i) const { return i > 0 && roles_[i] != Role::spoiler && reached_[i]; }

  void find_reached() {
    reached_.assign(world_.size(), story_.never_connect == 0);
    std::vector<std::uint32_t> givers{0};
    reached_[0] = true;
    for (std::size_t next = 0; story_.never_connect > 0 && next < givers.size(); ++next) {
      for (std::uint32_t i = 1; i < world_.size(); ++i) {
        if (reached_[i] || world_.never_connect(givers[next], i)) continue;
        reached_[i] = true;
        if (roles_[i] == Role::sharer && !world_.peer(i).plan.leaves_when_done) givers.push_back(i);
      }
    }
  }

  [[nodiscard]] bool all_done() {
    if (world_.done_count() == looked_at_) return complete_;
    looked_at_ = world_.done_count();
    complete_ = true;
    for (std::uint32_t i = 1; i < world_.size() && complete_; ++i) complete_ = !must_finish(i) || world_.peer(i).done.us != 0;
    return complete_;
  }

  /// The fluid bound, microseconds: nobody can be faster than the source sends once, than the slowest downlink, than all
  /// uplinks together.
  [[nodiscard]] std::uint64_t bound() const {
    const std::uint64_t size = story_.bytes * 1'000'000;
    const std::uint64_t source = world_.peer(0).plan.up_bytes_per_second;
    std::uint64_t all = source;
    std::uint64_t slowest = ~0ULL;
    for (std::uint32_t i = 1; i < world_.size(); ++i) {
      const PeerPlan& plan = world_.peer(i).plan;
      if (roles_[i] == Role::sharer) all += plan.up_bytes_per_second;
      slowest = std::min(slowest, plan.down_bytes_per_second);
    }
    return std::max({size / source, size / slowest, size / all * story_.peers});
  }

  SwarmFigures count() {
    SwarmFigures f;
    f.peers = story_.peers;
    f.bound_s = static_cast<double>(bound()) / 1e6;
    std::vector<double> sharers;
    std::vector<double> riders;
    std::uint64_t received = 0;
    std::uint64_t needed = 0;
    for (std::uint32_t i = 0; i < world_.size(); ++i) {
      const SwarmPeer& p = world_.peer(i);
      f.most_connections = std::max(f.most_connections, p.most_connections);
      f.spoiled_blocks += p.spoiled_received;
      received += p.content_received;
      needed += std::uint64_t{p.disk.units()} * SwarmDisk::unit_bytes;
      if (!must_finish(i)) continue;
      ++f.expected;
      f.longest_stall_s = std::max(f.longest_stall_s, as_seconds(p.longest_stall));
      if (p.done.us == 0) continue;
      ++f.finished;
      const double took = as_seconds(p.done - start_);
      f.finished_s.push_back(took);
      (roles_[i] == Role::rider ? riders : sharers).push_back(took);
    }
    std::sort(f.finished_s.begin(), f.finished_s.end());
    f.last_s = f.finished_s.empty() ? 0 : f.finished_s.back();
    f.median_s = median(f.finished_s);
    f.sharers_median_s = median(sharers);
    f.riders_median_s = median(riders);
    const SwarmCounts& c = world_.counts;
    f.source_copies = static_cast<double>(world_.peer(0).content_sent) / static_cast<double>(story_.bytes);
    f.control_percent = 100.0 * static_cast<double>(c.control_sent) / static_cast<double>(std::max<std::uint64_t>(c.content_sent, 1));
    f.again_percent = needed == 0 ? 0 : 100.0 * (static_cast<double>(received) - static_cast<double>(needed)) / static_cast<double>(needed);
    f.virtual_s = as_seconds(world_.now() - start_);
    f.steps = c.steps;
    f.events = c.events;
    f.connections = c.connections;
    f.broken = world_.broken();
    f.trace = world_.trace();
    return f;
  }

  const SwarmStory& story_;
  Rng rng_;
  SwarmWorld world_;
  std::vector<Role> roles_;
  std::vector<bool> reached_;
  Instant start_{};
  std::uint32_t looked_at_ = 0xffff'ffffU;
  bool complete_ = false;
};

}  // namespace

const std::vector<std::string>& story_names() {
  static const std::vector<std::string> names{"flash", "mixed", "churn", "riders", "malicious", "divided", "nat", "liar", "disks", "sleep", "bursts"};
  return names;
}

SwarmStory story_named(const std::string& name) {
  SwarmStory story;
  story.name = name;
  if (name == "mixed") {
    story.mixed_rates = true;
    story.arrivals = seconds(20);
  } else if (name == "churn") {
    story.leavers = 500;
    story.quitters = 300;
  } else if (name == "riders") {
    story.free_riders = 200;
  } else if (name == "malicious") {
    story.malicious = 100;
  } else if (name == "divided") {
    story.divided = true;
  } else if (name == "nat") {
    story.never_connect = 300;
  } else if (name == "liar") {
    story.tracker_lies = 300;
    story.tracker_dies = true;
  } else if (name == "disks") {
    story.bad_disks = 200;
  } else if (name == "sleep") {
    story.sleepers = 200;
  } else if (name == "bursts") {
    story.bursts_every_s = 20;
  } else if (name != "flash") {
    story.peers = 0;
  }
  return story;
}

SwarmFigures play(const SwarmStory& story) { return Play(story).run(); }

}  // namespace samara::sim
