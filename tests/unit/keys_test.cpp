// keys of a sealed share: how they follow from the secret, and that they leave nothing behind.
#include <doctest/doctest.h>

#include <memory>

#include <sodium.h>

#include "base/rng.hpp"
#include "codec/base32.hpp"
#include "codec/hex.hpp"
#include "crypto/keys.hpp"

using namespace samara;

namespace {

Key32 random_key(Rng& rng) {
  Key32 key;
  rng.fill(key.writable());
  return key;
}

// BLAKE2b with a key, a salt and a personal string, as docs/share-format.md says it in words.
Bytes derived_by_hand(const Key32& from, std::uint8_t number) {
  Bytes salt(16);
  salt[0] = number;
  Bytes personal = to_bytes(as_bytes("smrShare"));
  personal.resize(16);
  Bytes out(32);
  crypto_generichash_blake2b_salt_personal(out.data(), out.size(), nullptr, 0, from.bytes().data(), Key32::size,
                                           salt.data(), personal.data());
  return out;
}

Bytes keyed_hash(const Key32& key, ByteSpan message, std::size_t bytes) {
  Bytes out(bytes);
  crypto_generichash(out.data(), out.size(), message.data(), message.size(), key.bytes().data(), Key32::size);
  return out;
}

}  // namespace

TEST_CASE("a key is 32 bytes and nothing else") {
  CHECK_FALSE(Key32::from(Bytes(31)));
  CHECK_FALSE(Key32::from(Bytes(33)));
  CHECK_FALSE(Key32::from({}));
  CHECK(Key32::from(Bytes(32))->none());
  Bytes bytes(32);
  bytes[31] = 1;
  const auto key = Key32::from(bytes);
  REQUIRE(key);
  CHECK_FALSE(key->none());
  CHECK(equal(key->bytes(), bytes));
  CHECK(*key == *Key32::from(bytes));
  CHECK_FALSE(*key == Key32());
}

TEST_CASE("subkeys follow from secret and number as the format says, each another") {
  constexpr std::uint64_t seed = 21;
  CAPTURE(seed);
  Rng rng(seed);
  const Key32 secret = random_key(rng);
  std::vector<Key32> keys;
  for (const KeyUse use : {KeyUse::stream, KeyUse::rendezvous, KeyUse::signalling, KeyUse::psk, KeyUse::name}) {
    const Key32 key = derive_key(secret, use);
    CHECK(equal(key.bytes(), derived_by_hand(secret, static_cast<std::uint8_t>(use))));
    for (const Key32& other : keys) CHECK_FALSE(key == other);
    CHECK_FALSE(key == secret);
    keys.push_back(key);
  }
  const std::string name = sealed_torrent_name(secret);
  CHECK(name.size() == 16);
  CHECK(name == base32_encode(keys.back().bytes().first(10)));
}

TEST_CASE("a password's salt and key are bound to the secret") {
  constexpr std::uint64_t seed = 22;
  CAPTURE(seed);
  Rng rng(seed);
  const Key32 secret = random_key(rng);
  const Key32 stretched = random_key(rng);
  CHECK(equal(password_salt(secret), keyed_hash(secret, as_bytes("samara/v1/salt"), 16)));
  Bytes message = to_bytes(as_bytes("samara/v1/pw"));
  message.insert(message.end(), stretched.bytes().begin(), stretched.bytes().end());
  CHECK(equal(password_key(secret, stretched).bytes(), keyed_hash(secret, message, 32)));
  CHECK_FALSE(password_key(stretched, secret) == password_key(secret, stretched));
}

TEST_CASE("a key that goes leaves zeros") {
  Bytes bytes(32, 7);
  wipe(bytes);
  CHECK(bytes == Bytes(32));
  wipe({});
  alignas(Key32) std::array<std::uint8_t, sizeof(Key32)> place{};
  auto* key = std::construct_at(reinterpret_cast<Key32*>(place.data()), *Key32::from(Bytes(32, 9)));
  CHECK(equal(key->bytes(), Bytes(32, 9)));
  std::destroy_at(key);
  CHECK(equal(place, Bytes(sizeof(Key32))));
}
