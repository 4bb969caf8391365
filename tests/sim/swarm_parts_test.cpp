// The parts that the swarm simulator's oracles stand on: a rule that cannot be seen broken protects nothing.
#include "base/rng.hpp"
#include "doctest/doctest.h"
#include "sim/swarm/chart.hpp"
#include "sim/swarm/event_heap.hpp"
#include "sim/swarm/packet.hpp"
#include "sim/swarm/swarm_disk.hpp"
#include "sim/swarm/wire_meter.hpp"

using namespace samara;
using namespace samara::sim;

namespace {

constexpr std::uint32_t piece_bytes = 32 * 1024;

void add_word(Bytes& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

/// A handshake, a keep-alive, a bitfield, a have, a request, and one block.
Bytes conversation(const Generated& content, std::uint32_t piece, std::uint32_t offset, std::uint32_t bytes) {
  Bytes out(68, 0x42);
  add_word(out, 0);
  add_word(out, 3);
  out.insert(out.end(), {5, 0xa0, 0x01});
  add_word(out, 5);
  out.push_back(4);
  add_word(out, 9);
  add_word(out, 13);
  out.push_back(6);
  for (const std::uint32_t value : {7U, 16'384U, 16'384U}) add_word(out, value);
  add_word(out, 9 + bytes);
  out.push_back(7);
  add_word(out, piece);
  add_word(out, offset);
  const ByteSpan block = content.at(std::uint64_t{piece} * piece_bytes + offset, bytes);
  out.insert(out.end(), block.begin(), block.end());
  return out;
}

}  // namespace

TEST_CASE("swarm parts: content is the same for a seed, and its blocks are all different") {
  const Generated a(1, 3'000'000);
  const Generated b(1, 3'000'000);
  CHECK(equal(a.at(1'040'000, 20'000), b.at(1'040'000, 20'000)));
  CHECK_FALSE(equal(a.at(0, 16'384), Generated(2, 3'000'000).at(0, 16'384)));
  for (std::uint64_t block = 1; block < 100; ++block) CHECK_FALSE(a.matches(0, a.at(block * 16'384, 64)));
  CHECK_FALSE(a.matches(2'999'990, a.at(0, 16)));
}

TEST_CASE("swarm parts: events come by time, and in the order they were asked for") {
  EventHeap heap;
  Rng rng(3);
  for (std::uint32_t i = 0; i < 500; ++i) heap.push({static_cast<std::int64_t>(rng.below(50))}, EventKind::tick, i, 0);
  Event before{-1, 0, 0, 0, 0, 0, EventKind::tick};
  while (!heap.empty()) {
    const Event event = heap.pop();
    CHECK((before.time_us < event.time_us || (before.time_us == event.time_us && before.order < event.order)));
    before = event;
  }
}

TEST_CASE("swarm parts: what is sent is understood however it is cut, and arrives as it was sent") {
  const Generated content(5, 1'000'000);
  const Bytes said = conversation(content, 6, 16'384, 10'000);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    WireMeter meter;
    std::vector<Claim> claims;
    Bytes heard;
    for (std::size_t i = 0; i < said.size();) {
      const auto n = std::min<std::size_t>(said.size() - i, 1 + static_cast<std::size_t>(rng.below(seed < 10 ? 30 : 9'000)));
      Packet packet;
      meter.scan(ByteSpan(said).subspan(i, n), {&content, piece_bytes}, {}, packet, claims);
      Bytes part;
      packet.rebuild(content, part);
      heard.insert(heard.end(), part.begin(), part.end());
      i += n;
    }
    CHECK(heard == said);
    REQUIRE(claims.size() == 4);
    CHECK(claims[0].kind == Claim::Kind::bitfield);
    CHECK(equal(meter.bitfield(), Bytes{0xa0, 0x01}));
    CHECK(claims[1].kind == Claim::Kind::have);
    CHECK(claims[1].piece == 9);
    CHECK(claims[2].kind == Claim::Kind::request);
    CHECK(claims[2].offset == 16'384);
    CHECK(claims[3].kind == Claim::Kind::block);
    CHECK(claims[3].piece == 6);
  }
}

TEST_CASE("swarm parts: a wrong byte in a block is seen, and a spoiled block arrives wrong") {
  const Generated content(5, 1'000'000);
  Bytes said = conversation(content, 1, 0, 16'384);
  Packet packet;
  std::vector<Claim> claims;
  Rng rng(1);
  WireMeter().scan(said, {&content, piece_bytes}, {&rng, 1'000}, packet, claims);
  CHECK(packet.content_bytes() == 16'384);
  Bytes heard;
  packet.rebuild(content, heard);
  CHECK(heard.size() == said.size());
  CHECK(heard != said);
  said.back() ^= 1U;
  claims.clear();
  Packet other;
  WireMeter().scan(said, {&content, piece_bytes}, {}, other, claims);
  CHECK(claims.back().kind == Claim::Kind::wrong_block);
}

TEST_CASE("swarm parts: a disk without payload knows what was written and what a crash may take") {
  SwarmDisk disk;
  const BlobId blob{20};
  disk.reserve(blob, 100'000);
  CHECK(disk.wrote(blob, 0, 32'768) == 0);
  CHECK(disk.wrote(blob, 0, 16'384) == 1);
  CHECK(disk.has(blob, 0, 32'768));
  CHECK_FALSE(disk.has(blob, 16'384, 32'768));
  disk.flushed(disk.mark());
  CHECK(disk.wrote(blob, 32'768, 67'232) == 0);
  CHECK(disk.units() == 7);
  Rng rng(1);
  disk.crash(rng);
  CHECK(disk.has(blob, 0, 32'768));
  CHECK(disk.units() < 7);
}

TEST_CASE("swarm parts: a chart is one SVG with every line in it") {
  const std::string svg = draw({"title", "x", "y", true, {{"one", {{10, 1}, {1'000, 2}}}, {"two", {{10, 1.25}, {1'000, 1.25}}, true}}});
  CHECK(svg.starts_with("<svg"));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(svg.contains(">one<"));
  CHECK(svg.contains("stroke-dasharray"));
  CHECK(svg.contains(">100<"));
}
