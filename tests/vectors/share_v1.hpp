// Owns: the published vectors of the share format (share-v1.json) as values, and making and reading a whole share in
// memory with the functions under test. Refuses to know: what is checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/share_meta.hpp"
#include "crypto/share_seal.hpp"
#include "samara/bytes.hpp"
#include "vectors/lcg.hpp"

namespace samara::vectors {

struct ShareVector {
  Key32 secret;
  std::optional<std::string> password;  // form NFC
  ShareMeta meta;
  Bytes meta_cbor;
  Bytes content;  // all files, one after another
  SealGeometry geometry;
  std::uint64_t chunks = 0;
  std::uint64_t ciphertext_bytes = 0;
  std::string ciphertext_sha256;  // hex
  std::string torrent_name;
  std::string info_hash;  // hex
};
/// Read once.
const std::vector<ShareVector>& share_vectors();

struct GeometryRow {
  std::uint64_t body_bytes = 0;
  SealGeometry geometry;
  std::uint32_t chunk_bytes = 0;
  std::uint64_t chunks = 0;
  std::uint64_t ciphertext_bytes = 0;
};
std::vector<GeometryRow> share_geometry_rows();

/// The PRK: the secret, or with a password what Argon2id (libsodium's) and password_key() make of both.
Key32 prk_of(const Key32& secret, const std::optional<std::string>& password);

/// u32le(length of meta) ‖ meta ‖ content ‖ zeros up to the padded length.
Bytes padded_body(ByteSpan meta_cbor, ByteSpan content, std::uint64_t padded_bytes);

/// All chunks of a padded body.
Bytes seal_all(const ChunkSeal& seal, ByteSpan padded);
/// All chunks opened; nothing when one does not open. `sealed` has the length that the geometry says.
std::optional<Bytes> open_all(const ChunkSeal& seal, ByteSpan sealed);

/// Hex.
std::string sha256_hex(ByteSpan bytes);

}  // namespace samara::vectors
