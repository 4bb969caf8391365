// sealed shares: every vector of share-v1.json byte for byte, the arithmetic, and what must not open.
#include <doctest/doctest.h>

#include <bit>

#include "base/rng.hpp"
#include "codec/hex.hpp"
#include "codec/metainfo.hpp"
#include "crypto/share_seal.hpp"
#include "hash/sha1.hpp"
#include "samara/config.hpp"
#include "vectors/share_v1.hpp"

using namespace samara;

namespace {

constexpr std::uint64_t sealed_bytes_max = std::uint64_t{limits::sealed_pieces_max} * limits::piece_bytes_max;

Key32 random_key(Rng& rng) {
  Key32 key;
  rng.fill(key.writable());
  return key;
}

// A number of any size: each count of digits comes up as often.
std::uint64_t random_length(Rng& rng, std::uint64_t most) { return rng.next() % ((most >> rng.below(34)) + 1); }

std::string why_of(const Result<SealGeometry>& geometry) {
  if (geometry) return "none";
  if (geometry.error().code != Code::bad_share || geometry.error().fault != Fault::remote) return "another error";
  return std::string(to_string(static_cast<ShareWhy>(geometry.error().detail)));
}

Bytes hash_pieces(ByteSpan content, std::uint32_t piece_bytes) {
  Bytes hashes;
  for (std::size_t at = 0; at < content.size(); at += piece_bytes) {
    const auto hash = sha1(content.subspan(at, std::min<std::size_t>(piece_bytes, content.size() - at)));
    hashes.insert(hashes.end(), hash.begin(), hash.end());
  }
  return hashes;
}

std::string info_hash_of(std::string name, ByteSpan sealed, std::uint32_t piece_bytes) {
  CreateSpec spec;
  spec.name = std::move(name);
  spec.files.emplace_back(*spec.name, sealed.size());
  spec.piece_bytes = piece_bytes;
  auto torrent = plan_torrent(spec);
  REQUIRE(torrent);
  REQUIRE(finish_torrent(*torrent, hash_pieces(sealed, piece_bytes)));
  return hex_encode(torrent->info_hash.bytes);
}

}  // namespace

TEST_CASE("every published share is sealed and opened byte for byte") {
  REQUIRE(vectors::share_vectors().size() == 13);
  for (const auto& vector : vectors::share_vectors()) {
    CAPTURE(vector.info_hash);
    const auto meta_cbor = encode_share_meta(vector.meta);
    REQUIRE(meta_cbor);
    CHECK(hex_encode(*meta_cbor) == hex_encode(vector.meta_cbor));
    const auto geometry = SealGeometry::for_body(4 + meta_cbor->size() + vector.content.size());
    REQUIRE(geometry);
    CHECK(*geometry == vector.geometry);
    CHECK(geometry->chunks() == vector.chunks);
    CHECK(geometry->sealed_bytes() == vector.ciphertext_bytes);
    CHECK(sealed_torrent_name(vector.secret) == vector.torrent_name);

    const ChunkSeal seal(vectors::prk_of(vector.secret, vector.password), *geometry);
    const Bytes body = vectors::padded_body(*meta_cbor, vector.content, geometry->padded_bytes);
    const Bytes sealed = vectors::seal_all(seal, body);
    CHECK(vectors::sha256_hex(sealed) == vector.ciphertext_sha256);
    CHECK(info_hash_of(vector.torrent_name, sealed, geometry->piece_bytes) == vector.info_hash);
    CHECK(vectors::open_all(seal, sealed) == body);
  }
}

TEST_CASE("every published geometry row follows from the body's length, and the length from it") {
  const auto rows = vectors::share_geometry_rows();
  REQUIRE(rows.size() == 16);
  for (const auto& row : rows) {
    CAPTURE(row.body_bytes);
    const auto geometry = SealGeometry::for_body(row.body_bytes);
    REQUIRE(geometry);
    CHECK(*geometry == row.geometry);
    CHECK(geometry->chunk_bytes() == row.chunk_bytes);
    CHECK(geometry->chunks() == row.chunks);
    CHECK(geometry->sealed_bytes() == row.ciphertext_bytes);
    const auto received = SealGeometry::of_torrent(row.ciphertext_bytes, row.geometry.piece_bytes);
    if (row.body_bytes == 0) {
      CHECK(why_of(received) == "length");  // a tag alone: no share is empty
    } else {
      REQUIRE(received);
      CHECK(*received == row.geometry);
    }
  }
}

TEST_CASE("padding grows a body by at most 12 %, keeps the order, and leaves what is padded alone") {
  constexpr std::uint64_t seed = 41;
  CAPTURE(seed);
  Rng rng(seed);
  CHECK(padme(0) == 0);
  CHECK(padme(1) == 1);
  CHECK(padme(9) == 10);
  for (int round = 0; round < 20'000; ++round) {
    const std::uint64_t bytes = random_length(rng, std::uint64_t{1} << 40);
    CAPTURE(bytes);
    const std::uint64_t padded = padme(bytes);
    REQUIRE(padded >= bytes);
    REQUIRE(padded - bytes <= bytes / 100 * 12 + 12);
    REQUIRE(padme(padded) == padded);
    REQUIRE(padme(bytes + 1) >= padded);
  }
  CHECK(padme(~std::uint64_t{0}) == ~std::uint64_t{0});  // nothing has that length; it must not wrap to 0
}

TEST_CASE("chunks tile the padded body, and whole chunks tile pieces") {
  constexpr std::uint64_t seed = 42;
  CAPTURE(seed);
  Rng rng(seed);
  for (int round = 0; round < 5'000; ++round) {
    const std::uint64_t bytes = 1 + random_length(rng, sealed_bytes_max - 1);
    CAPTURE(bytes);
    const auto geometry = SealGeometry::for_body(bytes);
    if (!geometry) {
      REQUIRE(padme(bytes) + padme(bytes) / 4'095 + 16 > sealed_bytes_max);
      continue;
    }
    const std::uint64_t last = geometry->chunks() - 1;
    REQUIRE(geometry->plain_bytes(0) == std::min<std::uint64_t>(geometry->stride(), geometry->padded_bytes));
    REQUIRE(last * geometry->stride() + geometry->plain_bytes(last) == geometry->padded_bytes);
    REQUIRE(geometry->plain_bytes(last) > 0);
    REQUIRE(geometry->piece_bytes % geometry->chunk_bytes() == 0);
    REQUIRE(geometry->piece_bytes <= limits::piece_bytes_max);
    if (geometry->padded_bytes >= 128 * 1024 * 1024) {
      REQUIRE(divide_up(geometry->sealed_bytes(), geometry->piece_bytes) <= limits::sealed_pieces_max);
    }
    const auto received = SealGeometry::of_torrent(geometry->sealed_bytes(), geometry->piece_bytes);
    REQUIRE(received);
    REQUIRE(*received == *geometry);
  }
}

TEST_CASE("a share that would need pieces above 16 MiB is too large") {
  std::uint64_t fits = 0;
  std::uint64_t too_large = sealed_bytes_max;
  while (too_large - fits > 1) {
    const std::uint64_t middle = fits + (too_large - fits) / 2;
    (SealGeometry::for_body(middle) ? fits : too_large) = middle;
  }
  CHECK(SealGeometry::for_body(fits)->piece_bytes == limits::piece_bytes_max);
  CHECK(divide_up(SealGeometry::for_body(fits)->sealed_bytes(), limits::piece_bytes_max) <= limits::sealed_pieces_max);
  for (const std::uint64_t bytes : {too_large, sealed_bytes_max + 1, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    const auto geometry = SealGeometry::for_body(bytes);
    REQUIRE_FALSE(geometry);
    CHECK(geometry.error() == Error{Code::too_large, Fault::usage, 0});
  }
}

TEST_CASE("bad-share length: a torrent that no share has") {
  const auto geometry = SealGeometry::for_body(200'000);
  REQUIRE(geometry);
  const std::uint64_t sealed = geometry->sealed_bytes();
  CHECK(why_of(SealGeometry::of_torrent(sealed, 16 * 1024)) == "none");
  CHECK(why_of(SealGeometry::of_torrent(sealed, 32 * 1024)) == "length");  // another piece length
  CHECK(why_of(SealGeometry::of_torrent(sealed, 64 * 1024)) == "length");
  CHECK(why_of(SealGeometry::of_torrent(sealed - 1, 16 * 1024)) == "length");  // not a padded length
  CHECK(why_of(SealGeometry::of_torrent(sealed + 1, 16 * 1024)) == "length");
  CHECK(why_of(SealGeometry::of_torrent(sealed - 16 * 1024, 16 * 1024)) == "length");
  for (std::uint64_t last = 1; last <= seal_tag_bytes; ++last) {  // a last chunk without content
    CHECK(why_of(SealGeometry::of_torrent(16 * 1024 + last, 16 * 1024)) == "length");
    CHECK(why_of(SealGeometry::of_torrent(last, 16 * 1024)) == "length");
  }
  for (const std::uint32_t piece_bytes : {0U, 1U, 16U, 8'192U, 16'383U, 16'385U, 0x8000'0000U, 0xffff'ffffU}) {
    CHECK(why_of(SealGeometry::of_torrent(sealed, piece_bytes)) == "length");
  }
  CHECK(why_of(SealGeometry::of_torrent(0, 16 * 1024)) == "length");
  CHECK(why_of(SealGeometry::of_torrent(~std::uint64_t{0}, 16 * 1024 * 1024)) == "length");
  CHECK(why_of(SealGeometry::of_torrent(sealed_bytes_max + 64 * 1024, 16 * 1024 * 1024)) == "length");
}

TEST_CASE("random torrents: a length that is taken is the length of its geometry") {
  constexpr std::uint64_t seed = 43;
  CAPTURE(seed);
  Rng rng(seed);
  int taken = 0;
  for (int round = 0; round < 50'000; ++round) {
    const std::uint64_t bytes = random_length(rng, sealed_bytes_max * 2);
    const auto piece_bytes = std::uint32_t{1} << (12 + rng.below(15));
    const auto geometry = SealGeometry::of_torrent(bytes, piece_bytes);
    if (!geometry) continue;
    ++taken;
    CAPTURE(bytes);
    REQUIRE(geometry->sealed_bytes() == bytes);
    REQUIRE(geometry->piece_bytes == piece_bytes);
    REQUIRE(padme(geometry->padded_bytes) == geometry->padded_bytes);
  }
  CHECK(taken > 20);
}

TEST_CASE("a chunk opens at its place, under its key, in its length, whole; nothing of it otherwise") {
  constexpr std::uint64_t seed = 44;
  CAPTURE(seed);
  Rng rng(seed);
  const Key32 key = random_key(rng);
  const SealGeometry geometry = *SealGeometry::for_body(60'000);
  const ChunkSeal seal(key, geometry);
  REQUIRE(geometry.chunks() == 4);
  Bytes plain(geometry.stride());
  rng.fill(plain);
  Bytes sealed(geometry.chunk_bytes());
  seal.seal(1, plain, sealed);
  Bytes opened(geometry.stride(), 1);
  CHECK(seal.open(1, sealed, opened));
  CHECK(opened == plain);

  const auto refuses = [&](const ChunkSeal& other, std::uint64_t chunk, const Bytes& bytes) {
    opened.assign(opened.size(), 1);
    return !other.open(chunk, bytes, opened) && opened == Bytes(geometry.stride());
  };
  CHECK(refuses(seal, 0, sealed));
  CHECK(refuses(seal, 2, sealed));
  CHECK(refuses(ChunkSeal(random_key(rng), geometry), 1, sealed));
  CHECK(refuses(ChunkSeal(key, *SealGeometry::for_body(70'000)), 1, sealed));
  for (int round = 0; round < 200; ++round) {
    Bytes damaged = sealed;
    damaged[static_cast<std::size_t>(rng.below(damaged.size()))] ^= static_cast<std::uint8_t>(1U << rng.below(8));
    REQUIRE(refuses(seal, 1, damaged));
  }
  CHECK(refuses(seal, 1, Bytes(sealed.size())));
}

TEST_CASE("the last chunk is sealed as the last: one that is not does not stand there") {
  const Key32 key = *Key32::from(Bytes(32, 5));
  // The same length and key, and the chunk is in the middle of one share and the last of the other.
  const SealGeometry shorter{2 * 16'368, 16 * 1024};
  const SealGeometry longer{3 * 16'368, 16 * 1024};
  const Bytes plain(16'368);
  Bytes as_middle(16 * 1024);
  Bytes as_last(16 * 1024);
  ChunkSeal(key, longer).seal(1, plain, as_middle);
  ChunkSeal(key, shorter).seal(1, plain, as_last);
  // The stream of bytes is that of chunk 1 in neither case: the flag is in the nonce, not only in the tag.
  CHECK_FALSE(equal(ByteSpan(as_middle).first(64), ByteSpan(as_last).first(64)));
}

TEST_CASE("an empty body is one chunk of a tag alone") {
  const SealGeometry geometry = *SealGeometry::for_body(0);
  const ChunkSeal seal(*Key32::from(Bytes(32, 6)), geometry);
  Bytes sealed(16);
  seal.seal(0, {}, sealed);
  CHECK(seal.open(0, sealed, {}));
  sealed[3] ^= 1;
  CHECK_FALSE(seal.open(0, sealed, {}));
}

TEST_CASE("a body is as long as meta and files say, and then zeros") {
  const SealGeometry geometry = *SealGeometry::for_body(1'000);
  const auto length = [&](std::uint32_t bytes) {
    const std::array<std::uint8_t, 4> start{static_cast<std::uint8_t>(bytes), static_cast<std::uint8_t>(bytes >> 8),
                                            static_cast<std::uint8_t>(bytes >> 16),
                                            static_cast<std::uint8_t>(bytes >> 24)};
    return meta_bytes_of(geometry, start);
  };
  CHECK(length(0).value() == 0);
  CHECK(length(1'020).value() == 1'020);  // padded to 1 024
  for (const std::uint32_t bytes : {1'021U, limits::share_meta_bytes_max + 1, 0xffff'ffffU}) {
    CHECK(length(bytes).error() ==
          Error{Code::bad_share, Fault::remote, static_cast<std::uint32_t>(ShareWhy::meta_too_long)});
  }
  CHECK_FALSE(meta_bytes_of(geometry, Bytes(3)));
  const SealGeometry large = *SealGeometry::for_body(limits::share_meta_bytes_max + 100);
  CHECK(meta_bytes_of(large, Bytes{0, 0, 4, 0}).value() == limits::share_meta_bytes_max);
  CHECK_FALSE(meta_bytes_of(large, Bytes{1, 0, 4, 0}));

  CHECK(is_whole_body(geometry, 96, 900));
  CHECK(is_whole_body(geometry, 96, 924));
  CHECK_FALSE(is_whole_body(geometry, 96, 925));
  CHECK_FALSE(is_whole_body(geometry, 96, 860));
  CHECK_FALSE(is_whole_body(geometry, 96, ~std::uint64_t{0} - 90));  // would wrap to a small number
  CHECK_FALSE(is_whole_body(geometry, ~std::uint64_t{0}, 900));
  CHECK(is_padding({}));
  CHECK(is_padding(Bytes(100)));
  CHECK_FALSE(is_padding(Bytes{0, 0, 1}));
}
