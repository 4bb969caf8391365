// Bytes, pieces and blocks of a torrent fit together, at its edges too.
#include <doctest/doctest.h>

#include "swarm/geometry.hpp"

using namespace samara;

TEST_CASE("pieces and blocks cover a torrent exactly") {
  for (const std::uint64_t total : {1ULL, 16'384ULL, 16'385ULL, 65'536ULL, 1'000'000ULL, 3'145'729ULL}) {
    for (const std::uint32_t piece_bytes : {16'384U, 65'536U, 1'048'576U}) {
      CAPTURE(total);
      CAPTURE(piece_bytes);
      const Geometry geometry{total, piece_bytes};
      std::uint64_t covered = 0;
      for (std::uint32_t piece = 0; piece < geometry.piece_count(); ++piece) {
        CHECK(geometry.piece_offset(PieceIndex{piece}) == covered);
        std::uint32_t within = 0;
        for (std::uint32_t block = 0; block < geometry.block_count(PieceIndex{piece}); ++block) {
          const BlockRef ref = geometry.ref({PieceIndex{piece}, block});
          CHECK(ref.offset == within);
          CHECK(geometry.at(ref) == BlockAt{PieceIndex{piece}, block});
          CHECK(geometry.contains(ref));
          within += ref.bytes;
        }
        CHECK(within == geometry.piece_length(PieceIndex{piece}));
        covered += within;
      }
      CHECK(covered == total);
    }
  }
}

TEST_CASE("only whole blocks of ours are blocks, and only ranges inside a piece are in it") {
  constexpr Geometry geometry{100'000, 65'536};
  static_assert(geometry.piece_count() == 2 && geometry.piece_length(PieceIndex{1}) == 34'464);
  CHECK_FALSE(geometry.at({2, 0, 16'384}));
  CHECK_FALSE(geometry.at({0, 1, 16'384}));
  CHECK_FALSE(geometry.at({0, 0, 16'383}));
  CHECK_FALSE(geometry.at({1, 32'768, 16'384}));
  CHECK(geometry.at({1, 32'768, 1'696}));
  CHECK(geometry.contains({0, 1, 2}));
  CHECK_FALSE(geometry.contains({0, 65'535, 2}));
  CHECK_FALSE(geometry.contains({1, 34'464, 1}));
  CHECK_FALSE(geometry.contains({0, 0xffff'ffff, 0xffff'ffff}));
  CHECK_FALSE(geometry.contains({0, 0, 0}));
  CHECK_FALSE(geometry.contains({0xffff'ffff, 0, 1}));
}

TEST_CASE("an empty torrent has no pieces") {
  constexpr Geometry geometry{0, 16'384};
  static_assert(geometry.known() && geometry.piece_count() == 0);
  CHECK_FALSE(geometry.contains({0, 0, 1}));
}

TEST_CASE("the largest torrent allowed does not overflow") {
  constexpr Geometry geometry{std::uint64_t{limits::pieces_max} * limits::piece_bytes_max, limits::piece_bytes_max};
  static_assert(geometry.piece_count() == limits::pieces_max);
  static_assert(geometry.piece_offset(PieceIndex{limits::pieces_max - 1}) == (1ULL << 40) - limits::piece_bytes_max);
}
