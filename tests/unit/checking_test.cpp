// Pieces that were stored by a process that died and that its journal does not know (docs/storage.md, "Resume"): how they are
// looked for, and that nothing but their hash makes them count.
#include <doctest/doctest.h>

#include "unit/store_rig.hpp"
#include "vectors/lcg.hpp"

using namespace samara;
using namespace samara::test;

namespace {

constexpr std::size_t piece_bytes = 16'384;
constexpr std::size_t file_bytes = 8 * piece_bytes - 1'000;

/// A device that was killed while it received: some of the bytes may be in its blob, and the journal knows of none.
struct Killed {
  Bytes content;
  Device device;
  std::uint32_t blob = 0;
  std::string id;

  explicit Killed(std::size_t bytes = file_bytes) : content(vectors::lcg(5, bytes)) {
    const std::uint32_t call = device.call<in::Receive>(receive_spec(torrent_of_file("memo.webm", content)));
    REQUIRE(device.ended(call) == "ok");
    id = device.text(call, "id");
    blob = static_cast<std::uint32_t>(snapshot("blob"));
    REQUIRE(device.disk.at(blob) == Bytes(bytes));
  }
  void store(std::size_t piece) {
    const std::size_t end = std::min(file_bytes, (piece + 1) * piece_bytes);
    std::copy(content.begin() + static_cast<std::ptrdiff_t>(piece * piece_bytes), content.begin() + static_cast<std::ptrdiff_t>(end),
              device.disk.at(blob).begin() + static_cast<std::ptrdiff_t>(piece * piece_bytes));
  }
  void hold_at_first_look() {
    device.fault = [this](const Asked& a) -> std::optional<StoreStatus> {
      device.hold = a.kind == Asked::Kind::read && a.blob.value == blob && !std::exchange(held_, true);
      return std::nullopt;
    };
  }
  std::int64_t snapshot(std::string_view key) {
    const auto document = bencode_decode(device.results.at(device.query(QueryKind::transfers)), bencode_own_limits);
    for (const BencodeView row : document->root().list("list")) return row.integer_or(key, -1);
    return -1;
  }
  [[nodiscard]] std::size_t reads() const { return device.times("read " + std::to_string(blob)); }

 private:
  bool held_ = false;
};

}  // namespace

TEST_CASE("what was stored and not journalled is found, written once more and flushed before the journal knows it") {
  Killed killed;
  killed.store(2);
  killed.store(7);
  killed.device.restart();
  CHECK(killed.snapshot("verified") == piece_bytes + (file_bytes - 7 * piece_bytes));
  CHECK(killed.reads() == 8 + 2);   // the end of each, and the two that are not zeros
  const std::string write = "write " + std::to_string(killed.blob);
  CHECK(killed.device.times(write) == 2);
  const auto last = [&](std::string_view word) {
    const auto from_the_end = std::ranges::find(killed.device.asked.rbegin(), killed.device.asked.rend(), word);
    return from_the_end.base();   // behind it
  };
  const auto written = last(write);
  const auto journalled = last("write 1");
  REQUIRE(written < journalled);
  CHECK(std::count(written, journalled, "flush") == 1);
  killed.device.restart();
  CHECK(killed.snapshot("verified") == piece_bytes + (file_bytes - 7 * piece_bytes));
  CHECK(killed.reads() == 6);   // no longer in doubt
  CHECK(killed.device.times(write) == 0);
}

TEST_CASE("a transfer of which all was stored becomes an item without the network") {
  Killed killed;
  for (std::size_t piece = 0; piece < 8; ++piece) killed.store(piece);
  killed.device.restart();
  CHECK(killed.device.count(QueryKind::transfers) == 0);
  CHECK(killed.device.count(QueryKind::items) == 1);
  killed.device.restart();
  CHECK(killed.device.count(QueryKind::items) == 1);
  CHECK(killed.device.disk.at(killed.blob) == killed.content);
}

TEST_CASE("bytes that are not what their hash says are fetched again") {
  Killed killed;
  killed.store(1);
  killed.store(3);
  killed.device.disk.at(killed.blob)[3 * piece_bytes] ^= 1;   // cut in the middle of it
  killed.device.restart();
  CHECK(killed.snapshot("verified") == piece_bytes);
}

TEST_CASE("what cannot be read or written is fetched again, and the transfer goes on") {
  for (const auto kind : {Asked::Kind::read, Asked::Kind::write}) {
    for (const StoreStatus status : {StoreStatus::failed, StoreStatus::full, StoreStatus::lost, StoreStatus::not_found}) {
      Killed killed;
      killed.store(1);
      killed.device.fault = [&](const Asked& a) {
        return a.kind == kind && a.blob.value == killed.blob ? std::optional(status) : std::nullopt;
      };
      killed.device.restart();
      CHECK(killed.snapshot("verified") == 0);
      CHECK(killed.snapshot("error") == -1);
      killed.device.fault = nullptr;
      killed.device.restart();
      CHECK(killed.snapshot("verified") == piece_bytes);
    }
  }
}

TEST_CASE("a blob that is shorter than its transfer is looked through as far as it goes") {
  Killed killed;
  killed.store(0);
  killed.store(6);
  killed.device.disk.at(killed.blob).resize(5 * piece_bytes);
  killed.device.restart();
  CHECK(killed.snapshot("verified") == piece_bytes);
}

TEST_CASE("looking is bounded: no more than check_reads_max reads are under way") {
  Killed killed(40 * piece_bytes);
  killed.store(1);
  killed.hold_at_first_look();
  killed.device.restart();
  CHECK(killed.reads() == limits::check_reads_max + 1);   // one is done, and the next is asked for
  killed.device.hold = false;
  killed.device.run();
  CHECK(killed.reads() == 40 + 1);
  CHECK(killed.snapshot("verified") == piece_bytes);
}

TEST_CASE("a transfer that is cancelled while it is looked through is gone, with its bytes") {
  Killed killed;
  killed.store(1);
  killed.hold_at_first_look();
  killed.device.restart();
  REQUIRE(killed.reads() > 0);
  killed.device.control(CallVerb::cancel, "transfer", killed.id);
  killed.device.hold = false;
  killed.device.run();
  CHECK(killed.device.count(QueryKind::transfers) == 0);
  CHECK_FALSE(killed.device.disk.contains(killed.blob));
}

TEST_CASE("what the journal knows counts and can be read while the rest is looked through") {
  Killed killed;
  killed.store(1);
  killed.device.restart();   // now it is journalled
  killed.store(4);
  killed.hold_at_first_look();
  killed.device.restart();
  CHECK(killed.snapshot("verified") == piece_bytes);
  CHECK(killed.snapshot("blob") == killed.blob);
  killed.device.hold = false;
  killed.device.run();
  CHECK(killed.snapshot("verified") == 2 * piece_bytes);
}
