// Owns: the key schedule of a sealed share over libsodium's BLAKE2b, and wiping.
// Refuses to know: chunks, meta, where a secret is kept. sodium_init() is not needed for anything here.
#include "crypto/keys.hpp"

#include <sodium.h>

#include "codec/base32.hpp"

namespace samara {
namespace {

constexpr char kdf_context[crypto_kdf_CONTEXTBYTES + 1] = "smrShare";
constexpr std::string_view salt_label = "samara/v1/salt";
constexpr std::string_view password_label = "samara/v1/pw";
constexpr std::size_t name_bytes = 10;

static_assert(Key32::size == crypto_kdf_KEYBYTES);

}  // namespace

void wipe(MutByteSpan bytes) noexcept { sodium_memzero(bytes.data(), bytes.size()); }

std::optional<Key32> Key32::from(ByteSpan bytes) noexcept {
  if (bytes.size() != size) return std::nullopt;
  Key32 key;
  std::copy(bytes.begin(), bytes.end(), key.bytes_.begin());
  return key;
}

bool Key32::none() const noexcept { return sodium_is_zero(bytes_.data(), bytes_.size()) == 1; }

bool Key32::operator==(const Key32& other) const noexcept {
  return sodium_memcmp(bytes_.data(), other.bytes_.data(), size) == 0;
}

Key32 derive_key(const Key32& from, KeyUse use) noexcept {
  Key32 key;
  crypto_kdf_derive_from_key(key.writable().data(), Key32::size, static_cast<std::uint64_t>(use), kdf_context,
                             from.bytes().data());
  return key;
}

std::string sealed_torrent_name(const Key32& secret) {
  const Key32 key = derive_key(secret, KeyUse::name);
  return base32_encode(key.bytes().first(name_bytes));
}

std::array<std::uint8_t, 16> password_salt(const Key32& secret) noexcept {
  std::array<std::uint8_t, 16> salt{};
  const ByteSpan label = as_bytes(salt_label);
  crypto_generichash(salt.data(), salt.size(), label.data(), label.size(), secret.bytes().data(), Key32::size);
  return salt;
}

Key32 password_key(const Key32& secret, const Key32& stretched) noexcept {
  std::array<std::uint8_t, password_label.size() + Key32::size> message{};
  const auto rest = std::copy(password_label.begin(), password_label.end(), message.begin());
  std::copy(stretched.bytes().begin(), stretched.bytes().end(), rest);
  Key32 key;
  crypto_generichash(key.writable().data(), Key32::size, message.data(), message.size(), secret.bytes().data(),
                     Key32::size);
  wipe(message);
  return key;
}

}  // namespace samara
