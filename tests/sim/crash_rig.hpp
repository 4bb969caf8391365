// Owns: cutting a device's life: which of the changes that were not flushed survive, starting the device on what is left, and
// counting what was looked at. Refuses to know: what the device was doing.
#pragma once

#include <cstdlib>
#include <functional>
#include <string>

#include "sim/life.hpp"

namespace samara::sim {

/// A number of the long runs (./run sim); the everyday value when it is not set.
inline std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

inline constexpr std::size_t torn_per_cut = 4;
inline constexpr std::size_t enumerated_max = 6;   // 64 subsets of that many changes are looked at one by one

/// Which subsets of so many changes to look at: each when they are few, else none, all, every prefix and some by chance.
inline std::vector<std::vector<Fate>> subsets(std::size_t changes, std::size_t enumerated, std::size_t by_chance, Rng& rng) {
  std::vector<std::vector<Fate>> all;
  if (changes <= enumerated) {
    for (std::uint32_t bits = 0; bits < (1U << changes); ++bits) {
      std::vector<Fate>& fates = all.emplace_back(changes);
      for (std::size_t i = 0; i < changes; ++i) fates[i] = (bits >> i & 1U) != 0 ? Fate::whole : Fate::gone;
    }
    return all;
  }
  for (std::size_t prefix = 0; prefix <= changes; ++prefix) {
    all.emplace_back(changes);
    std::fill_n(all.back().begin(), prefix, Fate::whole);
  }
  for (std::size_t i = 0; i < by_chance; ++i) {
    std::vector<Fate>& fates = all.emplace_back(changes);
    for (Fate& fate : fates) fate = rng.below(2) == 0 ? Fate::gone : Fate::whole;
  }
  return all;
}

/// The same, with some of the survivors torn.
inline std::vector<Fate> some_torn(std::size_t changes, Rng& rng) {
  std::vector<Fate> fates(changes);
  for (Fate& fate : fates) fate = static_cast<Fate>(rng.below(3));
  return fates;
}

/// Names what is left, so that the same is looked at once: changes up to a number, and some of those behind it.
inline std::string name_of(const Disk& disk, const std::vector<Fate>& fates) {
  std::uint64_t all_until = disk.pending().empty() ? disk.mark() : disk.pending().front().number - 1;
  std::string rest;
  for (std::size_t i = 0; i < fates.size(); ++i) {
    const std::uint64_t number = disk.pending()[i].number;
    if (fates[i] == Fate::whole && all_until + 1 == number) all_until = number;
    else if (fates[i] == Fate::whole) rest += " " + std::to_string(number);
  }
  return std::to_string(all_until) + " and" + rest;
}

/// How much was looked at. The printed line names the seed that repeats it.
struct Counts {
  std::uint64_t cuts = 0;
  std::uint64_t states = 0;      // different disks that a device was started on
  std::uint64_t verdicts = 0;    // of one of them against what was promised at a cut
  std::uint64_t torn = 0;
  std::uint64_t recoveries = 0;  // recoveries that were cut themselves
  std::uint64_t recovery_states = 0;
  std::uint64_t went_on = 0;     // transfers taken to their end
  std::uint64_t fetched_again_max = 0;   // bytes beyond those that were missing
};

/// True for what changes the disk or makes changes durable.
inline bool changes_store(const Output& output) {
  return std::holds_alternative<out::StoreWrite>(output) || std::holds_alternative<out::StoreReserve>(output) ||
         std::holds_alternative<out::StoreDelete>(output) || std::holds_alternative<out::StoreFlush>(output) ||
         std::holds_alternative<out::StoreCopy>(output);
}

class Cutter {
 public:
  Counts counts;

  /// `sender`: of the transfer, when there is one that can be taken to its end.
  Cutter(const Contents& contents, const Sender* sender, std::uint64_t seed) : contents_(contents), sender_(sender), seed_(seed), rng_(seed) {}

  /// The device dies here, in every way.
  void cut(const Disk& disk, const Truth& truth) {
    ++counts.cuts;
    const std::size_t changes = disk.pending().size();
    const std::vector<Fate> nothing(changes);
    const Found& surely = found(disk, nothing);
    for (const auto& fates : subsets(changes, enumerated_max, 24, rng_)) {
      const Found& there = found(disk, fates);
      verdict(there, truth, &surely, name_of(disk, fates));
    }
    Blobs left = disk.durable;
    for (std::size_t i = 0; i < torn_per_cut && changes > 0; ++i) {
      left = disk.left(some_torn(changes, rng_), rng_);
      ++counts.torn;
      verdict(start(left), truth, &surely, "torn");
    }
    if (counts.cuts % 3 == 0) cut_recovery(counts.cuts % 2 == 0 ? Disk(left) : disk, truth, surely, 3, 1);
    if (counts.cuts % 2 == 0) go_on(left, truth, surely);
  }

  /// The device dies here, and it is only looked at what is left.
  void look_at(const Disk& disk, const Truth& truth) {
    ++counts.cuts;
    const std::size_t changes = disk.pending().size();
    const Found& surely = found(disk, std::vector<Fate>(changes));
    for (const auto& fates : subsets(changes, 2, 1, rng_)) verdict(found(disk, fates), truth, &surely, name_of(disk, fates));
    if (changes == 0) return;
    ++counts.torn;
    verdict(start(disk.left(some_torn(changes, rng_), rng_)), truth, &surely, "torn");
  }

  /// Starts a device on this disk (which may hold what is not durable yet: of a process that was killed on a system that
  /// goes on for now) and cuts its recovery at each of its commands: up to `enumerated` changes in all subsets, and
  /// `torn` times with torn ones. `again`: how often what is left of the latter is cut in its turn.
  void cut_recovery(Disk disk, const Truth& truth, const Found& surely, std::size_t enumerated, std::size_t torn, int again = 0) {
    ++counts.recoveries;
    World world(seed_);
    world.traced = false;
    const NodeId node = world.add_node(phone(), std::move(disk));
    const auto judge_left = [&](const std::vector<Fate>& fates, const char* name, int more) {
      const Blobs state = world.disk(node).left(fates, rng_);
      ++counts.recovery_states;
      verdict(start(state), truth, &surely, name);
      if (more > 0) cut_recovery(Disk(state), truth, surely, 2, 1, more - 1);
    };
    const auto look = [&] {
      const std::size_t changes = world.disk(node).pending().size();
      if (changes == 0) return;
      for (const auto& fates : subsets(changes, enumerated, 3, rng_)) judge_left(fates, "recovery", 0);
      for (std::size_t i = 0; i < torn; ++i) judge_left(some_torn(changes, rng_), "recovery, torn", again);
    };
    world.watch = [&](NodeId, const Output& output) {
      if (changes_store(output)) look();
    };
    world.start(node);
    world.run_for(seconds(3));
    look();
  }

  [[nodiscard]] const std::vector<std::string>& wrong() const { return wrong_; }

  Found start(const Blobs& left) {
    ++counts.states;
    return find_all(left, contents_, phone(), seed_ + counts.states);
  }

 private:
  const Found& found(const Disk& disk, const std::vector<Fate>& fates) {
    const auto [it, fresh] = known_.try_emplace(name_of(disk, fates));
    if (fresh) it->second = start(disk.left(fates, rng_));
    return it->second;
  }

  void verdict(const Found& there, const Truth& truth, const Found* surely, const std::string& name) {
    ++counts.verdicts;
    for (const std::string& problem : judge(there, truth, surely)) {
      wrong_.push_back("cut " + std::to_string(counts.cuts) + ", changes " + name + ": " + problem);
    }
  }

  /// The transfer goes on from what is left, with its sender, and ends with the right bytes; only what is missing is fetched.
  void go_on(const Blobs& left, const Truth& truth, const Found& surely) {
    if (sender_ == nullptr || transfer_of(surely, sender_->infohash) == nullptr) return;
    ++counts.went_on;
    World world(seed_ + counts.went_on);
    world.traced = false;
    const NodeId other = world.add_node(phone(), Disk(sender_->disk));
    const NodeId node = world.add_node(phone(), Disk(left));
    std::int64_t verified = 0;
    bool done = false;
    bool hashed = false;
    world.watch = [&](NodeId from, const Output& output) {
      if (from != node) return;
      hashed = hashed || std::holds_alternative<out::HashPieces>(output);
      const auto* changed = std::get_if<out::Changed>(&output);
      if (changed == nullptr || changed->subject != Subject::transfer) return;
      const auto document = bencode_decode(changed->payload, bencode_own_limits);
      if (verified == 0 && world.connections(node) == 0) verified = document->root().integer_or("verified", 0);
      done = done || document->root().text_or("state", "") == "done";
    };
    world.start(other);
    world.start(node);
    const auto has_item = [&] {
      const auto listed = world.answer(node, world.query(node, QueryKind::items));
      const auto document = bencode_decode(listed->result, bencode_own_limits);
      for (const BencodeView row : document->root().list("list")) {
        if (hex_encode(row.string_or("infohash", {})) == sender_->infohash) return true;
      }
      return false;
    };
    if (!world.run_until([&] { return done; }, seconds(20)) && !has_item()) wrong_.push_back("cut " + std::to_string(counts.cuts) + ": does not go on");
    if (hashed) wrong_.push_back("cut " + std::to_string(counts.cuts) + ": hashed again");
    const auto missing = sender_->content.size() - static_cast<std::size_t>(verified);
    const std::uint64_t sent = world.sent_bytes(other);
    counts.fetched_again_max = std::max<std::uint64_t>(counts.fetched_again_max, sent > missing ? sent - missing : 0);
    world.run_for(seconds(1));
    world.crash(node);
    const Found end = find_all(world.disk(node).durable, contents_, phone(), seed_);
    Truth whole = truth;
    whole.transfers[sender_->infohash].kept = Kept::no;
    whole.items[sender_->name].kept = Kept::yes;
    verdict(end, whole, nullptr, "after going on");
  }

  const Contents& contents_;
  const Sender* sender_;
  std::uint64_t seed_;
  Rng rng_;
  std::map<std::string, Found> known_;
  std::vector<std::string> wrong_;
};

}  // namespace samara::sim
