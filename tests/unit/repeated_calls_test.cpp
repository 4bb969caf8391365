// Calls that a host makes again, because it could not know how the first one ended: the same id is the same thing.
#include <doctest/doctest.h>

#include "unit/store_rig.hpp"
#include "vectors/lcg.hpp"

using namespace samara;
using namespace samara::test;

namespace {

constexpr std::uint64_t id = 0x8123456789abcdef;

std::uint32_t save(Device& device, std::uint64_t chosen = id) {
  return device.call<in::Save>(one_file("memo.webm", 500, chosen), device.source(vectors::lcg(1, 500)));
}

std::uint32_t share(Device& device, bool copy = false, std::uint64_t chosen = id, std::uint32_t seed = 1) {
  return device.call<in::Share>(one_file("memo.webm", 500, chosen, copy), device.source(vectors::lcg(seed, 500)));
}

}  // namespace

TEST_CASE("an id that the host chose is the item's, another one is drawn where it is no id") {
  Device device;
  CHECK(device.text(save(device), "id") == hex_of(id));
  Bytes spec = one_file("memo.webm", 500);
  spec.pop_back();
  BencodeWriter(spec).string("id").string("not 16 hex digits");
  spec.push_back('e');
  const std::uint32_t call = device.call<in::Save>(spec, device.source(vectors::lcg(1, 500)));
  CHECK(device.ended(call) == "ok");
  CHECK(device.text(call, "id").size() == 16);
}

TEST_CASE("a save that is made again gives the item of the first, makes no second copy, and lets its source go") {
  Device device;
  SUBCASE("after the first has ended") { REQUIRE(device.ended(save(device)) == "ok"); }
  SUBCASE("after a restart") {
    REQUIRE(device.ended(save(device)) == "ok");
    device.restart();
  }
  SUBCASE("while the first is copied") {
    device.hold = true;
    save(device);
  }
  const std::uint32_t again = save(device);
  device.hold = false;
  device.run();
  CHECK(device.ended(again) == "ok");
  CHECK(device.text(again, "id") == hex_of(id));
  CHECK(device.count(QueryKind::items) == 1);
  CHECK(device.times("copy 18") == 0);
  CHECK(device.sources.empty());
}

TEST_CASE("a save that is made again is answered only when the first is durable, and ends as it does") {
  Device device;
  bool fails = false;
  device.fault = [&](const Asked& a) { return fails && a.kind == Asked::Kind::write ? std::optional(StoreStatus::full) : std::nullopt; };
  device.hold = true;
  const std::uint32_t first = save(device);
  const std::uint32_t again = save(device);
  CHECK(device.ended(first) == "pending");
  CHECK(device.ended(again) == "pending");
  fails = true;
  device.hold = false;
  device.run();
  CHECK(device.ended(first) == "storage-full");
  CHECK(device.ended(again) == "storage-full");
  CHECK(device.sources.empty());
}

TEST_CASE("giving up one of two equal calls leaves the other") {
  Device device;
  device.hold = true;
  const std::uint32_t first = save(device);
  const std::uint32_t again = save(device);
  SUBCASE("the first") {
    device.give(in::Abort{{first}});
    CHECK(device.ended(first) == "aborted");
    device.hold = false;
    device.run();
    CHECK(device.ended(again) == "ok");
  }
  SUBCASE("the second") {
    device.give(in::Abort{{again}});
    CHECK(device.ended(again) == "aborted");
    device.hold = false;
    device.run();
    CHECK(device.ended(first) == "ok");
  }
  SUBCASE("both") {
    device.give(in::Abort{{again}});
    device.give(in::Abort{{first}});
    CHECK(device.ended(first) == "aborted");
    device.hold = false;
    device.run();
    CHECK(device.count(QueryKind::items) == 0);
  }
  CHECK(device.sources.empty());
}

TEST_CASE("a share that is made again is the share of the first, by reference and by copy") {
  Device device;
  bool copy = false;
  SUBCASE("by reference") {}
  SUBCASE("by copy") { copy = true; }
  device.hold = true;
  const std::uint32_t first = share(device, copy);
  const std::uint32_t second = share(device, copy);
  device.hold = false;
  device.run();
  const std::uint32_t third = share(device, copy);
  for (const std::uint32_t call : {first, second, third}) {
    CHECK(device.ended(call) == "ok");
    CHECK(device.text(call, "id") == hex_of(id));
  }
  CHECK(device.count(QueryKind::shares) == 1);
  CHECK(device.times("copy 18") == 0);
  CHECK(device.sources.size() == (copy ? 0 : 1));
}

TEST_CASE("a referenced share that waits for its bytes takes those of the repeated call, when they are the same") {
  Device device;
  REQUIRE(device.ended(share(device)) == "ok");
  device.restart();
  const std::uint32_t other = share(device, false, id, 2);
  CHECK(device.ended(other) == "source-changed");
  const std::uint32_t again = share(device);
  CHECK(device.ended(again) == "ok");
  CHECK(device.text(again, "id") == hex_of(id));
  CHECK(device.text(again, "state") == "waiting");
  CHECK(device.count(QueryKind::shares) == 1);
}

TEST_CASE("a sealed share that is made again after a restart has its link of before") {
  Device device;
  const auto seal = [&] {
    device.give(in::Entropy{vectors::lcg(7, 32)});
    Bytes spec;
    BencodeWriter(spec).begin_dict().field("encrypt", 1).key("files").begin_list().begin_dict().field("name", "memo.webm").field("size", 500)
        .end_dict().end_list().field("id", hex_of(id)).end_dict();
    return device.call<in::Share>(spec, device.source(vectors::lcg(1, 500)));
  };
  const std::uint32_t first = seal();
  REQUIRE(device.ended(first) == "ok");
  device.restart();
  const std::uint32_t again = seal();
  CHECK(device.ended(again) == "ok");
  CHECK(device.text(again, "url") == device.text(first, "url"));
  CHECK(device.text(again, "state") == "waiting");
  CHECK(device.count(QueryKind::shares) == 1);
}

TEST_CASE("what was shared before is not stopped because sharing it again could not be written down") {
  Device device;
  REQUIRE(device.ended(share(device, true)) == "ok");
  bool fails = true;
  device.fault = [&](const Asked& a) { return fails && a.kind == Asked::Kind::flush ? std::optional(StoreStatus::failed) : std::nullopt; };
  CHECK(device.ended(share(device, true, id + 1)) == "storage-lost");
  CHECK(device.count(QueryKind::shares) == 1);
  fails = false;
  for (int i = 0; i < 30; ++i) device.advance(100);
  device.restart();
  CHECK(device.count(QueryKind::shares) == 1);
}
