// The disk of the simulator against the rules of the store seam, the same that tests/js/store_conformance.mjs holds the
// stores of browsers to; and what it says may survive a crash.
#include "doctest/doctest.h"

#include "sim/crash_rig.hpp"

using namespace samara;
using namespace samara::sim;

namespace {

constexpr std::uint32_t journal = 1;
constexpr std::uint32_t content = 20;

std::string status(StoreStatus status) {
  constexpr std::string_view names[] = {"ok", "full", "lost", "failed", "not_found"};
  return std::string(names[static_cast<std::size_t>(status)]);
}

std::string read_status(const Disk& disk, std::uint32_t blob, std::uint64_t offset, std::uint32_t bytes) {
  Bytes out;
  return status(disk.read(blob, offset, bytes, out));
}

Bytes read(const Disk& disk, std::uint32_t blob, std::uint64_t offset, std::uint32_t bytes) {
  Bytes out;
  REQUIRE(disk.read(blob, offset, bytes, out) == StoreStatus::ok);
  return out;
}

}  // namespace

TEST_CASE("disk: a new store is empty") {
  const Disk disk;
  CHECK(disk.written.empty());
  CHECK(read_status(disk, journal, 0, 1) == "not_found");
}

TEST_CASE("disk: what is written is read at once, in any pieces, and beyond the end is lost") {
  Disk disk;
  const Bytes bytes = lcg_bytes(1, 3'000);
  CHECK(disk.write(content, 0, bytes) == StoreStatus::ok);
  CHECK(read(disk, content, 0, 3'000) == bytes);
  CHECK(read(disk, content, 1'000, 7) == Bytes(bytes.begin() + 1'000, bytes.begin() + 1'007));
  CHECK(read_status(disk, content, 2'999, 2) == "lost");
}

TEST_CASE("disk: later writes win, holes are zeros, an empty write makes an empty blob") {
  Disk disk;
  disk.write(content, 1'000, Bytes(10, 1));
  disk.write(content, 1'004, Bytes(2, 2));
  CHECK(read(disk, content, 1'003, 4) == Bytes{1, 2, 2, 1});
  CHECK(read(disk, content, 0, 1'000) == Bytes(1'000));
  disk.write(21, 0, {});
  CHECK(disk.written.at(21).size() == 0);
}

TEST_CASE("disk: reserve makes a blob exist, and shrinks none") {
  Disk disk;
  CHECK(disk.reserve(content, 500) == StoreStatus::ok);
  CHECK(disk.written.at(content).size() == 500);
  disk.write(content, 0, Bytes(800, 3));
  CHECK(disk.reserve(content, 100) == StoreStatus::ok);
  CHECK(read(disk, content, 0, 800) == Bytes(800, 3));
}

TEST_CASE("disk: a deleted blob is gone, its number may be used again, and deleting what is not there is no error") {
  Disk disk;
  disk.write(content, 0, Bytes(100, 1));
  disk.flush();
  CHECK(disk.remove(content) == StoreStatus::ok);
  CHECK(disk.remove(content) == StoreStatus::ok);
  CHECK(read_status(disk, content, 0, 1) == "not_found");
  disk.write(content, 0, Bytes(5, 2));
  CHECK(disk.written.at(content).size() == 5);
  disk.flush();
  disk.crash();
  CHECK(read(disk, content, 0, 5) == Bytes(5, 2));
  CHECK(disk.written.at(content).size() == 5);
}

TEST_CASE("disk: the capacity is kept: full changes nothing, writing over is no growth, deleting makes room") {
  Disk disk;
  disk.capacity_bytes = 1'000;
  CHECK(disk.write(content, 0, Bytes(900)) == StoreStatus::ok);
  CHECK(disk.write(21, 0, Bytes(101)) == StoreStatus::full);
  CHECK_FALSE(disk.written.contains(21));
  CHECK(disk.reserve(content, 1'001) == StoreStatus::full);
  CHECK(disk.write(content, 100, Bytes(800, 1)) == StoreStatus::ok);
  disk.remove(content);
  CHECK(disk.write(21, 0, Bytes(1'000)) == StoreStatus::ok);
}

TEST_CASE("disk: a flush covers what came before it began, when it is done") {
  Disk disk;
  disk.write(content, 0, Bytes(10, 1));
  const std::uint64_t mark = disk.mark();
  disk.write(content, 0, Bytes(10, 2));
  CHECK(disk.durable.empty());
  disk.flushed(mark);
  CHECK(disk.durable.at(content).get() == Bytes(10, 1));
  disk.crash();
  CHECK(read(disk, content, 0, 10) == Bytes(10, 1));
}

TEST_CASE("disk: any subset of what was not flushed may survive a crash, each of them once") {
  Disk disk;
  disk.write(content, 0, Bytes(10, 1));
  disk.flush();
  disk.write(content, 0, Bytes(10, 2));
  disk.write(content, 5, Bytes(10, 3));
  disk.remove(content);
  disk.reserve(content, 3);
  Rng rng(1);
  std::set<std::pair<std::string, Bytes>> seen;
  for (const auto& fates : subsets(4, enumerated_max, 0, rng)) {
    const Blobs left = disk.left(fates, rng);
    seen.insert({name_of(disk, fates), left.contains(content) ? left.at(content).get() : Bytes{}});
  }
  CHECK(seen.size() == 16);
  const auto left_by = [&](std::vector<Fate> fates) { return disk.left(fates, rng); };
  using enum Fate;
  CHECK(left_by({gone, whole, gone, gone}).at(content).get() == Bytes{1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3});
  CHECK_FALSE(left_by({whole, whole, whole, gone}).contains(content));
  CHECK(left_by({gone, gone, whole, whole}).at(content).get() == Bytes(3));
  CHECK(left_by({gone, gone, gone, whole}).at(content).get() == Bytes(10, 1));
}

TEST_CASE("disk: of a torn write each sector is old or new, whole") {
  Disk disk;
  disk.write(content, 0, Bytes(2'000, 1));
  disk.flush();
  disk.write(content, 700, Bytes(3'000, 2));
  bool partly = false;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Rng rng(seed);
    const Blobs left = disk.left({Fate::torn}, rng);
    const Bytes& bytes = left.at(content);
    REQUIRE(bytes.size() >= 2'000);
    REQUIRE(bytes.size() <= 3'700);
    std::set<std::uint8_t> all;
    for (std::size_t sector = 0; sector < bytes.size(); sector += sector_bytes) {
      std::set<std::uint8_t> inside;
      for (std::size_t i = std::max<std::size_t>(sector, 700); i < std::min(bytes.size(), sector + sector_bytes); ++i) inside.insert(bytes[i]);
      // One sector holds the old end of the blob: bytes of before, or the new ones, or what lies behind the old end.
      const bool old_end = sector <= 2'000 && 2'000 < sector + sector_bytes;
      CHECK(inside.size() <= (old_end ? 2U : 1U));
      if (inside.contains(2)) CHECK(inside.size() == 1);
      all.insert(inside.begin(), inside.end());
    }
    partly = partly || (all.contains(1) && all.contains(2));
  }
  CHECK(partly);
}

TEST_CASE("disk: at random, against bytes in memory") {
  const std::uint64_t seed = from_environment("SAMARA_SEED", 1);
  CAPTURE(seed);
  Rng rng(seed);
  Disk disk;
  std::map<std::uint32_t, Bytes> now;
  std::map<std::uint32_t, Bytes> flushed;
  for (int step = 0; step < 500; ++step) {
    const auto blob = static_cast<std::uint32_t>(16 + rng.below(4));
    const auto offset = static_cast<std::size_t>(rng.below(2'000));
    const auto size = static_cast<std::size_t>(rng.below(600));
    switch (rng.below(6)) {
      case 0: disk.remove(blob); now.erase(blob); break;
      case 1: disk.flush(); flushed = now; break;
      case 2: disk.crash(); now = flushed; break;
      case 3:
        disk.reserve(blob, offset);
        now[blob].resize(std::max(now[blob].size(), offset));
        break;
      default: {
        const Bytes bytes = lcg_bytes(static_cast<std::uint32_t>(step), size);
        disk.write(blob, offset, bytes);
        now[blob].resize(std::max(now[blob].size(), offset + size));
        std::copy(bytes.begin(), bytes.end(), now[blob].begin() + static_cast<std::ptrdiff_t>(offset));
      }
    }
    REQUIRE(disk.written.size() == now.size());
    for (const auto& [number, bytes] : now) REQUIRE(disk.written.at(number).get() == bytes);
  }
}
