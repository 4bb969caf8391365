// Content ↔ sealed pieces: for every shape, what is sealed part by part is what is sealed at once, and opens again.
#include <doctest/doctest.h>

#include "base/rng.hpp"
#include "swarm/sealed_content.hpp"
#include "vectors/share_v1.hpp"

using namespace samara;

namespace {

Key32 key_of(std::uint8_t byte) { return Key32::from(Bytes(32, byte)).value(); }

Bytes random_bytes(Rng& rng, std::size_t count) {
  Bytes bytes(count);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(rng.below(256));
  return bytes;
}

}  // namespace

TEST_CASE("sealed part by part or at once: the same ciphertext, and every part opens to its content") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const auto piece_bytes = 16'384U << rng.below(4);
    const Bytes header = random_bytes(rng, 5 + static_cast<std::size_t>(rng.below(seed % 3 == 0 ? 40'000 : 300)));
    const Bytes content = random_bytes(rng, static_cast<std::size_t>(rng.below(seed % 5 == 0 ? 10 : 200'000)));
    const SealGeometry geometry{padme(header.size() + content.size()), piece_bytes};
    const SealedContent sealer(key_of(7), geometry, header, content.size());
    Bytes body = header;
    body.insert(body.end(), content.begin(), content.end());
    body.resize(static_cast<std::size_t>(geometry.padded_bytes));
    const Bytes expected = vectors::seal_all(ChunkSeal(key_of(7), geometry), body);
    std::uint64_t chunk = 0;
    std::size_t at = 0;
    while (chunk < geometry.chunks()) {
      const auto left = geometry.chunks() - chunk;
      const auto count = static_cast<std::uint32_t>(1 + rng.below(std::min<std::uint64_t>(left, 6)));
      const SealedContent::Range range = sealer.content_of(chunk, count);
      Bytes sealed(sealer.sealed_bytes(chunk, count));
      sealer.seal(chunk, count, ByteSpan(content).subspan(static_cast<std::size_t>(range.offset), range.bytes), sealed);
      CHECK(equal(sealed, ByteSpan(expected).subspan(at, sealed.size())));
      Bytes opened(range.bytes);
      REQUIRE(sealer.open(chunk, count, sealed, opened) == SealedContent::Opened::ok);
      CHECK(equal(opened, ByteSpan(content).subspan(static_cast<std::size_t>(range.offset), range.bytes)));
      chunk += count;
      at += sealed.size();
    }
    CHECK(at == expected.size());
  }
}

TEST_CASE("piece_at names the piece that holds a byte of the content") {
  const Bytes header(20'000, 1);
  const SealGeometry geometry{padme(120'000), 16'384};
  const SealedContent sealer(key_of(1), geometry, header, 100'000);
  for (std::uint64_t offset = 0; offset < 100'000; offset += 37) {
    const PieceIndex piece = sealer.piece_at(offset);
    const SealedContent::Range range = sealer.content_of(sealer.first_chunk(piece), sealer.chunks_in(piece));
    CHECK(range.offset <= offset);
    CHECK(offset < range.offset + range.bytes);
  }
}

TEST_CASE("a chunk out of place or damaged does not open, padding that is not zero is told") {
  const Bytes header(10, 1);
  const Bytes content(30'000, 2);
  const SealGeometry geometry{padme(40'010), 16'384};  // more padding than a sender would make
  const SealedContent sealer(key_of(2), geometry, header, content.size());
  const SealedContent longer(key_of(2), geometry, header, 40'000);
  Bytes sealed(sealer.sealed_bytes(0, 1));
  sealer.seal(0, 1, ByteSpan(content).first(sealer.content_of(0, 1).bytes), sealed);
  Bytes out(40'000);
  CHECK(sealer.open(1, 1, sealed, out) == SealedContent::Opened::bad_chunk);
  sealed[100] ^= 1;
  CHECK(sealer.open(0, 1, sealed, out) == SealedContent::Opened::bad_chunk);
  const auto last = static_cast<std::uint32_t>(geometry.chunks() - 1);
  const Bytes all(40'000, 3);
  Bytes tail(longer.sealed_bytes(last, 1));
  const auto range = longer.content_of(last, 1);
  longer.seal(last, 1, ByteSpan(all).subspan(static_cast<std::size_t>(range.offset), range.bytes), tail);
  CHECK(sealer.open(last, 1, tail, out) == SealedContent::Opened::bad_padding);
}
