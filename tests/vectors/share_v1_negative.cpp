// Owns: reading share-v1-negative.json, and reading a whole share in memory. Refuses to know: what is checked.
#include "vectors/share_v1_negative.hpp"

#include <fstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "codec/hex.hpp"
#include "vectors/share_v1.hpp"

namespace samara::vectors {
namespace {

using Json = nlohmann::json;

Bytes from_hex(const Json& json) {
  auto bytes = hex_decode(json.get<std::string>());
  if (!bytes) throw std::runtime_error("a vector has no hex where hex should be");
  return std::move(*bytes);
}

Bytes sealed_of(const ShareVector& vector) {
  const ChunkSeal seal(prk_of(vector.secret, vector.password), vector.geometry);
  return seal_all(seal, padded_body(vector.meta_cbor, vector.content, vector.geometry.padded_bytes));
}

// Bytes that are changed in place: {at, xor} or {at, vector, from, bytes}.
void edit(Bytes& bytes, const Json& json, const std::vector<ShareVector>& positive) {
  const std::size_t at = json.at("at");
  if (json.contains("xor")) {
    for (std::size_t i = 0; const std::uint8_t byte : from_hex(json.at("xor"))) bytes.at(at + i++) ^= byte;
    return;
  }
  const Bytes other = sealed_of(positive.at(json.at("vector").get<std::size_t>()));
  const std::size_t from = json.at("from");
  for (std::size_t i = 0; i < json.at("bytes").get<std::size_t>(); ++i) bytes.at(at + i) = other.at(from + i);
}

// The padded length may be one that no share has, so the geometry is put together here.
Bytes seal_anyway(const Key32& secret, const Bytes& padded, std::uint32_t piece_bytes) {
  return seal_all(ChunkSeal(secret, {padded.size(), piece_bytes}), padded);
}

Bytes sealed_bytes(const Json& json, const ReceivedShare& share, const std::vector<ShareVector>& positive) {
  if (json.contains("hex")) return from_hex(json.at("hex"));
  Bytes bytes;
  if (json.contains("vector")) {
    bytes = sealed_of(positive.at(json.at("vector").get<std::size_t>()));
    bytes.resize(json.value("bytes", bytes.size()));
  } else {
    bytes = from_hex(json.at("body_hex"));
    bytes.resize(json.at("padded_bytes"));
  }
  for (const Json& change : json.value("edits", Json::array())) edit(bytes, change, positive);
  return json.contains("vector") ? bytes : seal_anyway(share.secret, bytes, share.piece_bytes);
}

std::string words_of(const Error& error) {
  const std::string why(to_string(static_cast<ShareWhy>(error.detail)));
  return std::string(to_string(error.code)) + (why.empty() ? "" : " ") + why;
}

}  // namespace

std::vector<NegativeVector> share_negative_vectors() {
  std::ifstream file(SAMARA_SOURCE_DIR "/tests/vectors/share-v1-negative.json");
  if (!file) throw std::runtime_error("cannot read tests/vectors/share-v1-negative.json");
  const Json read = Json::parse(file);
  const std::vector<ShareVector>& positive = share_vectors();
  std::vector<NegativeVector> out;
  for (const Json& json : read.at("vectors")) {
    NegativeVector one;
    one.title = json.at("title");
    one.expected = json.at("code");
    if (json.at("why") != "") one.expected += " " + json.at("why").get<std::string>();
    one.share.secret = Key32::from(from_hex(json.at("secret_hex"))).value();
    if (!json.at("password").is_null()) one.share.password = json.at("password").get<std::string>();
    one.share.torrent_name = json.at("torrent_name");
    one.share.piece_bytes = json.at("piece_bytes");
    one.share.sealed = sealed_bytes(json, one.share, positive);
    one.stretched_hex = json.value("stretched_hex", "");
    out.push_back(std::move(one));
  }
  return out;
}

std::string read_share(const ReceivedShare& share) {
  if (share.torrent_name != sealed_torrent_name(share.secret)) return "wrong-key";
  const auto geometry = SealGeometry::of_torrent(share.sealed.size(), share.piece_bytes);
  if (!geometry) return words_of(geometry.error());
  const ChunkSeal seal(prk_of(share.secret, share.password), *geometry);
  const std::size_t first_bytes = geometry->plain_bytes(0);
  Bytes first(first_bytes);
  if (share.password && !seal.open(0, ByteSpan(share.sealed).first(first_bytes + seal_tag_bytes), first))
    return "wrong-password";
  const auto padded = open_all(seal, share.sealed);
  if (!padded) return "bad-share chunk";
  const ByteSpan body(*padded);
  const auto meta_bytes = meta_bytes_of(*geometry, body.first(std::min<std::size_t>(meta_length_bytes, body.size())));
  if (!meta_bytes) return words_of(meta_bytes.error());
  const auto meta = parse_share_meta(body.subspan(meta_length_bytes, *meta_bytes));
  if (!meta) return words_of(meta.error());
  if (!is_whole_body(*geometry, *meta_bytes, meta->content_bytes())) return "bad-share sizes";
  const auto end = meta_length_bytes + *meta_bytes + meta->content_bytes();
  return is_padding(body.subspan(static_cast<std::size_t>(end))) ? "ok" : "bad-share padding";
}

}  // namespace samara::vectors
