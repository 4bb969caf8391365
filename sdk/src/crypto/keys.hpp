// Owns: 32-byte keys that wipe themselves, and how the keys of a sealed share follow from its secret
// (docs/share-format.md). Refuses to know: chunks, meta, where a secret is kept.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "samara/bytes.hpp"

namespace samara {

/// Overwrites bytes that must not stay in memory; never optimized away (sodium_memzero).
void wipe(MutByteSpan bytes) noexcept;

/// 32 secret bytes. Every copy wipes itself when it goes. All zeros means "none".
class Key32 {
 public:
  static constexpr std::size_t size = 32;

  Key32() noexcept = default;
  Key32(const Key32&) noexcept = default;
  Key32& operator=(const Key32&) noexcept = default;
  ~Key32() { wipe(bytes_); }

  /// Copies exactly 32 bytes; nothing for another length.
  [[nodiscard]] static std::optional<Key32> from(ByteSpan bytes) noexcept;

  /// Borrowed: valid as long as this key is.
  [[nodiscard]] ByteSpan bytes() const noexcept { return bytes_; }
  [[nodiscard]] MutByteSpan writable() noexcept { return bytes_; }
  [[nodiscard]] bool none() const noexcept;
  /// In constant time.
  [[nodiscard]] bool operator==(const Key32& other) const noexcept;

 private:
  std::array<std::uint8_t, size> bytes_{};
};

/// Subkey numbers of crypto_kdf_derive_from_key with context "smrShare". stream and psk are derived
/// from the PRK (so they depend on the password), the others from the secret.
enum class KeyUse : std::uint8_t { stream = 1, rendezvous = 2, signalling = 3, psk = 4, name = 5 };
[[nodiscard]] Key32 derive_key(const Key32& from, KeyUse use) noexcept;

/// The name in the info dictionary of a sealed torrent: base32 of the first 10 bytes of key 5, lower
/// case, 16 characters.
[[nodiscard]] std::string sealed_torrent_name(const Key32& secret);

/// Argon2id's salt: BLAKE2b-128(key = secret, "samara/v1/salt").
[[nodiscard]] std::array<std::uint8_t, 16> password_salt(const Key32& secret) noexcept;

/// The PRK of a share with a password: BLAKE2b-256(key = secret, "samara/v1/pw" ‖ stretched).
/// `stretched`: the 32 bytes that Argon2id gave.
[[nodiscard]] Key32 password_key(const Key32& secret, const Key32& stretched) noexcept;

}  // namespace samara
