// Hostile shares: one thing wrong each, told apart as docs/share-format.md says; and meta changed at random.
#include <doctest/doctest.h>

#include "base/rng.hpp"
#include "codec/hex.hpp"
#include "codec/share_meta.hpp"
#include "samara/config.hpp"
#include "vectors/share_v1.hpp"
#include "vectors/share_v1_negative.hpp"

using namespace samara;

namespace {

using vectors::ReceivedShare;

ReceivedShare received(const vectors::ShareVector& vector) {
  const ChunkSeal seal(vectors::prk_of(vector.secret, vector.password), vector.geometry);
  const Bytes body = vectors::padded_body(vector.meta_cbor, vector.content, vector.geometry.padded_bytes);
  return {vector.secret, vector.password, vector.torrent_name, vector.geometry.piece_bytes,
          vectors::seal_all(seal, body)};
}

}  // namespace

TEST_CASE("shares with one thing wrong are refused, each for its reason") {
  const auto negative = vectors::share_negative_vectors();
  REQUIRE(negative.size() > 80);
  for (const auto& vector : negative) {
    CAPTURE(vector.title);
    CHECK(vectors::read_share(vector.share) == vector.expected);
    if (!vector.share.password) continue;
    const auto stretched = Key32::from(*hex_decode(vector.stretched_hex));
    REQUIRE(stretched);
    CHECK(vectors::prk_of(vector.share.secret, vector.share.password) == password_key(vector.share.secret, *stretched));
  }
}

TEST_CASE("the same shares with nothing wrong are read") {
  for (const auto& vector : vectors::share_vectors()) {
    if (vector.content.size() > 1'000'000) continue;
    CAPTURE(vector.info_hash);
    ReceivedShare share = received(vector);
    CHECK(vectors::read_share(share) == "ok");
    if (vector.password) {
      share.password.reset();
      CHECK(vectors::read_share(share) == "bad-share chunk");  // the link does not say that there is a password
    }
  }
}

TEST_CASE("a share changed in one bit anywhere does not open") {
  constexpr std::uint64_t seed = 61;
  CAPTURE(seed);
  Rng rng(seed);
  const auto& all = vectors::share_vectors();
  const ReceivedShare share = received(all[2]);
  for (int round = 0; round < 300; ++round) {
    ReceivedShare changed = share;
    changed.sealed[static_cast<std::size_t>(rng.below(changed.sealed.size()))] ^=
        static_cast<std::uint8_t>(1U << rng.below(8));
    REQUIRE(vectors::read_share(changed) == "bad-share chunk");
    changed = share;
    changed.secret.writable()[static_cast<std::size_t>(rng.below(32))] ^= static_cast<std::uint8_t>(1U << rng.below(8));
    REQUIRE(vectors::read_share(changed) == "wrong-key");
  }
}

TEST_CASE("random meta: what passes is within its limits and is written back the same in meaning") {
  constexpr std::uint64_t seed = 62;
  CAPTURE(seed);
  Rng rng(seed);
  const auto& all = vectors::share_vectors();
  const std::vector<Bytes> corpus{all[0].meta_cbor, all[11].meta_cbor, all[12].meta_cbor,
                                  *hex_decode("a461610061640461660061796161"),
                                  *hex_decode("a3616681a2616e6161617301616e614d617ac2f97e00")};
  int passed = 0;
  for (int round = 0; round < 20'000; ++round) {
    CAPTURE(round);
    Bytes bytes = corpus[static_cast<std::size_t>(rng.below(corpus.size()))];
    for (std::uint64_t n = 1 + rng.below(3); n > 0; --n) {
      const auto at = static_cast<std::ptrdiff_t>(rng.below(std::min<std::size_t>(bytes.size(), 120)));
      switch (rng.below(4)) {
        case 0: bytes[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(rng.next()); break;
        case 1: bytes[static_cast<std::size_t>(at)] ^= static_cast<std::uint8_t>(1U << rng.below(8)); break;
        case 2: bytes.insert(bytes.begin() + at, static_cast<std::uint8_t>(rng.next())); break;
        default: bytes.erase(bytes.begin() + at);
      }
      if (bytes.empty()) bytes.push_back(0xa0);
    }
    const auto meta = parse_share_meta(bytes);
    if (!meta) {
      REQUIRE(meta.error().code == Code::bad_share);
      REQUIRE_FALSE(to_string(static_cast<ShareWhy>(meta.error().detail)).empty());
      continue;
    }
    ++passed;
    REQUIRE_FALSE(meta->files.empty());
    REQUIRE(meta->thumbnail.size() <= limits::thumbnail_bytes_max);
    REQUIRE((meta->app_meta.empty() || is_app_meta(meta->app_meta)));
    const auto written = encode_share_meta(*meta);
    REQUIRE(written);
    const auto again = parse_share_meta(*written);
    REQUIRE(again);
    REQUIRE(encode_share_meta(*again) == *written);
    REQUIRE(again->duration_ms == meta->duration_ms);
    REQUIRE(again->content_bytes() == meta->content_bytes());
  }
  CHECK(passed > 1'000);
}
