// Sizes above 4 GiB, where a size of 32 bits would wrap: what is reserved, where a piece lies, what is said to be there.
// Runs natively and, as wasm32, in Node.
#include <doctest/doctest.h>

#include "swarm/geometry.hpp"
#include "swarm/sealed_content.hpp"
#include "unit/store_rig.hpp"

using namespace samara;
using namespace samara::test;

namespace {

constexpr std::uint64_t GiB = 1ULL << 30;

/// A torrent of that length with pieces of 16 MiB; its hashes are of nothing.
Metainfo long_torrent(std::uint64_t bytes) {
  CreateSpec spec;
  spec.files = {{"film.webm", bytes}};
  spec.piece_bytes = limits::piece_bytes_max;
  Metainfo metainfo = plan_torrent(spec).value();
  REQUIRE(finish_torrent(metainfo, Bytes(std::size_t{20} * metainfo.piece_count(), 1)).has_value());
  return metainfo;
}

}  // namespace

TEST_CASE("pieces_max: the longest torrent is reserved whole, remembered with its bits, and shown in bytes") {
  constexpr std::uint64_t bytes = std::uint64_t{limits::pieces_max} * limits::piece_bytes_max;   // 1 TiB
  const Metainfo metainfo = long_torrent(bytes);
  REQUIRE(metainfo.piece_count() == limits::pieces_max);
  std::uint64_t reserved = 0;
  Device device;
  device.fault = [&](const Asked& a) -> std::optional<StoreStatus> {
    if (a.kind != Asked::Kind::reserve || is_journal(a.blob)) return std::nullopt;
    reserved = a.bytes;
    device.disk[a.blob.value] = {};   // it exists, that is all
    return StoreStatus::ok;
  };
  const std::uint32_t call = device.call<in::Receive>(receive_spec(metainfo));
  CHECK(reserved == bytes);
  const std::uint64_t id = std::strtoull(device.text(call, "id").c_str(), nullptr, 16);
  // All pieces but the first two are journalled as stored; then a restart.
  Bytes& journal = device.disk.begin()->second;
  const JournalContent found = read_journal(journal).value();
  const JournalStamp stamp = found.stamp;
  const std::uint32_t next = found.next_sequence;
  journal.resize(static_cast<std::size_t>(found.bytes_valid));
  append_journal_record(journal, stamp, next, JournalKind::have, encode_have({id}, {{2, limits::pieces_max}}));
  device.unknown_from = 16;
  device.restart();
  const auto document = bencode_decode(device.results.at(device.query(QueryKind::transfers)), bencode_own_limits);
  std::vector<std::int64_t> have;
  for (const BencodeView transfer : document->root().list("list")) {
    CHECK(transfer.integer_or("total", 0) == static_cast<std::int64_t>(bytes));
    CHECK(transfer.integer_or("verified", 0) == static_cast<std::int64_t>(bytes - 2 * std::uint64_t{limits::piece_bytes_max}));
    for (const BencodeView number : transfer.list("have")) have.push_back(*number.integer());
  }
  CHECK(have == std::vector<std::int64_t>{2 * std::int64_t{limits::piece_bytes_max}, static_cast<std::int64_t>(bytes)});
  CHECK(device.number(device.query(QueryKind::health), "used") == static_cast<std::int64_t>(bytes));
}

TEST_CASE("a share by reference above 4 GiB is hashed, copied and served at its whole length") {
  Device device;
  std::uint64_t hashed = 0;
  std::uint64_t copied = 0;
  device.fault = [&](const Asked& a) -> std::optional<StoreStatus> {
    if (a.kind == Asked::Kind::hash) hashed = a.bytes;
    if (a.kind == Asked::Kind::copy) copied = a.bytes;
    return a.kind == Asked::Kind::hash || a.kind == Asked::Kind::copy ? std::optional(StoreStatus::lost) : std::nullopt;
  };
  device.call<in::Share>(one_file("film.webm", 5 * GiB + 1), device.source({}));
  CHECK(hashed == 5 * GiB + 1);
  device.call<in::Save>(one_file("film.webm", 5 * GiB + 1), device.source({}));
  CHECK(copied == 5 * GiB + 1);
}

TEST_CASE("sealed geometry reaches 32 GiB: 2 048 pieces of 16 MiB, every offset in its place") {
  const std::uint64_t body = 31 * GiB;
  const SealGeometry geometry = SealGeometry::for_body(body).value();
  CHECK(geometry.piece_bytes == limits::piece_bytes_max);
  const std::uint64_t content_bytes = body - 100;
  const SealedContent sealed(*Key32::from(Bytes(32, 1)), geometry, Bytes(100), content_bytes);
  CHECK(sealed.content_before(geometry.chunks()) == content_bytes);
  const Geometry pieces{geometry.sealed_bytes(), geometry.piece_bytes};
  CHECK(pieces.piece_count() <= limits::sealed_pieces_max);
  std::uint64_t expected = 0;
  for (std::uint32_t piece = 0; piece < pieces.piece_count(); ++piece) {
    CHECK(pieces.piece_offset({piece}) == std::uint64_t{piece} * geometry.piece_bytes);
    const SealedContent::Range range = sealed.content_of(sealed.first_chunk({piece}), sealed.chunks_in({piece}));
    REQUIRE(range.offset == expected);
    if (range.bytes > 0) CHECK(sealed.piece_at(range.offset + range.bytes - 1) == PieceIndex{piece});
    expected += range.bytes;
  }
  CHECK(expected == content_bytes);
}
