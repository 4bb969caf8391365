// Owns: reading share-v1.json, and a whole share made and read in memory. Refuses to know: what is checked.
#include "vectors/share_v1.hpp"

#include <fstream>
#include <stdexcept>

#include <sodium.h>
#include <nlohmann/json.hpp>

#include "codec/hex.hpp"

namespace samara::vectors {
namespace {

using Json = nlohmann::json;

Json read_file() {
  std::ifstream file(SAMARA_SOURCE_DIR "/tests/vectors/share-v1.json");
  if (!file) throw std::runtime_error("cannot read tests/vectors/share-v1.json");
  return Json::parse(file);
}

Bytes from_hex(const Json& json) {
  auto bytes = hex_decode(json.get<std::string>());
  if (!bytes) throw std::runtime_error("a vector has no hex where hex should be");
  return std::move(*bytes);
}

ShareMeta meta_of(const Json& json) {
  ShareMeta meta;
  meta.title = json.at("n");
  for (const Json& file : json.at("f")) meta.files.push_back({file.at("n"), file.at("t"), file.at("s")});
  if (json.contains("c")) meta.created_ms = json.at("c");
  if (json.contains("d")) meta.duration_ms = json.at("d").get<std::int64_t>() * 1'000;
  if (json.contains("e")) meta.expires_ms = json.at("e");
  if (json.contains("h")) meta.thumbnail = lcg(json.at("h").at("lcg_seed"), json.at("h").at("lcg_bytes"));
  if (json.contains("x")) meta.app_meta = Json::to_cbor(json.at("x"));
  return meta;
}

ShareVector vector_of(const Json& json) {
  ShareVector out;
  out.secret = Key32::from(from_hex(json.at("secret_hex"))).value();
  if (!json.at("password").is_null()) out.password = json.at("password").get<std::string>();
  out.meta = meta_of(json.at("meta_json"));
  out.meta_cbor = from_hex(json.at("meta_cbor_hex"));
  for (const Json& part : json.at("data")) {
    const Bytes bytes = lcg(part.at("lcg_seed"), part.at("bytes"));
    out.content.insert(out.content.end(), bytes.begin(), bytes.end());
  }
  out.geometry = {json.at("padded_bytes"), json.at("piece_bytes")};
  out.chunks = json.at("chunks");
  out.ciphertext_bytes = json.at("ciphertext_bytes");
  out.ciphertext_sha256 = json.at("ciphertext_sha256");
  out.torrent_name = json.at("torrent_name");
  out.info_hash = json.at("infohash");
  return out;
}

}  // namespace

const std::vector<ShareVector>& share_vectors() {
  static const std::vector<ShareVector> all = [] {
    std::vector<ShareVector> out;
    const Json file = read_file();
    for (const Json& json : file.at("vectors")) out.push_back(vector_of(json));
    return out;
  }();
  return all;
}

std::vector<GeometryRow> share_geometry_rows() {
  std::vector<GeometryRow> out;
  const Json file = read_file();
  for (const Json& json : file.at("geometry")) {
    out.push_back({json.at("body_bytes"),
                   {json.at("padded_bytes"), json.at("piece_bytes")},
                   json.at("chunk_bytes"),
                   json.at("chunks"),
                   json.at("ciphertext_bytes")});
  }
  return out;
}

Key32 prk_of(const Key32& secret, const std::optional<std::string>& password) {
  if (!password) return secret;
  constexpr std::size_t memory_bytes = 64 * 1024 * 1024;
  const auto salt = password_salt(secret);
  Key32 stretched;
  if (crypto_pwhash(stretched.writable().data(), Key32::size, password->data(), password->size(), salt.data(), 3,
                    memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throw std::runtime_error("Argon2id had no memory");
  }
  return password_key(secret, stretched);
}

Bytes padded_body(ByteSpan meta_cbor, ByteSpan content, std::uint64_t padded_bytes) {
  Bytes out;
  out.reserve(static_cast<std::size_t>(padded_bytes));
  for (unsigned shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::uint8_t>(meta_cbor.size() >> shift));
  out.insert(out.end(), meta_cbor.begin(), meta_cbor.end());
  out.insert(out.end(), content.begin(), content.end());
  out.resize(static_cast<std::size_t>(padded_bytes));
  return out;
}

Bytes seal_all(const ChunkSeal& seal, ByteSpan padded) {
  const SealGeometry& geometry = seal.geometry();
  Bytes out(static_cast<std::size_t>(geometry.sealed_bytes()));
  MutByteSpan rest(out);
  for (std::uint64_t chunk = 0; chunk < geometry.chunks(); ++chunk) {
    const std::size_t bytes = geometry.plain_bytes(chunk);
    seal.seal(chunk, padded.first(bytes), rest.first(bytes + seal_tag_bytes));
    padded = padded.subspan(bytes);
    rest = rest.subspan(bytes + seal_tag_bytes);
  }
  return out;
}

std::optional<Bytes> open_all(const ChunkSeal& seal, ByteSpan sealed) {
  const SealGeometry& geometry = seal.geometry();
  Bytes out(static_cast<std::size_t>(geometry.padded_bytes));
  MutByteSpan rest(out);
  for (std::uint64_t chunk = 0; chunk < geometry.chunks(); ++chunk) {
    const std::size_t bytes = geometry.plain_bytes(chunk);
    if (!seal.open(chunk, sealed.first(bytes + seal_tag_bytes), rest.first(bytes))) return std::nullopt;
    sealed = sealed.subspan(bytes + seal_tag_bytes);
    rest = rest.subspan(bytes);
  }
  return out;
}

std::string sha256_hex(ByteSpan bytes) {
  Sha256Hash hash{};
  crypto_hash_sha256(hash.data(), bytes.data(), bytes.size());
  return hex_encode(hash);
}

}  // namespace samara::vectors
