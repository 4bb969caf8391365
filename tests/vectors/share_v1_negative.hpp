// Owns: the shares of share-v1-negative.json, each with one thing wrong, as values; and a whole share read in memory
// with the functions under test. Refuses to know: what is checked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/keys.hpp"
#include "samara/bytes.hpp"

namespace samara::vectors {

/// What a reader has once the torrent is there and its pieces are verified.
struct ReceivedShare {
  Key32 secret;
  std::optional<std::string> password;
  std::string torrent_name;
  std::uint32_t piece_bytes = 0;
  Bytes sealed;
};

struct NegativeVector {
  std::string title;
  std::string expected;  // "wrong-key", or with a why: "bad-share chunk"
  ReceivedShare share;
  std::string stretched_hex;  // what Argon2id gives for the password; empty without one
};
std::vector<NegativeVector> share_negative_vectors();

/// "ok", or what is wrong in the words of NegativeVector::expected.
std::string read_share(const ReceivedShare& share);

}  // namespace samara::vectors
