// Owns: what the store is about: items, shares and transfers as they are remembered, their stored
// form, and which blobs they hold on to.
// Refuses to know: the swarm, the API, and when anything is written.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bitfield.hpp"
#include "codec/bencode.hpp"
#include "crypto/keys.hpp"
#include "samara/bytes.hpp"
#include "samara/ids.hpp"
#include "store/journal.hpp"

namespace samara {

/// A file inside a blob: files lie one after another.
struct StoredFile {
  std::string name;
  std::string type;
  std::uint64_t bytes = 0;
};

/// What a person or app says about content. Empty and absent mean "not said".
struct Describe {
  std::string name;
  std::string type;
  std::string description;
  std::string meta;                       // the app's own: a CBOR map, or JSON text in the oldest stores; opaque
  Bytes thumbnail;
  std::string thumbnail_type;
  std::optional<std::int64_t> created_ms;   // Unix
  std::optional<std::int64_t> duration_ms;
};

/// What it takes to open and seal a share again: kept with whatever can be served (docs/share-format.md).
struct SealRecord {
  Key32 secret;            // none: not sealed
  Key32 prk;               // of a share with a password, once the right one was given; none without a password
  bool password = false;
  Bytes meta;              // as it was sealed; empty until it has been opened
  std::optional<std::int64_t> expires_ms;   // Unix

  [[nodiscard]] bool sealed() const noexcept { return !secret.none(); }
  /// What chunks are sealed under; none while a password is missing.
  [[nodiscard]] const Key32& key() const noexcept { return password ? prk : secret; }
};

struct ItemRecord {
  ItemId id;
  bool received = false;
  BlobId blob;
  std::vector<StoredFile> files;
  Describe describe;
  std::int64_t added_ms = 0;
  std::int64_t used_ms = 0;            // added, or read last
  std::int64_t used_known_ms = 0;      // what the journal says of that; not stored by itself
  std::optional<InfoHash> info_hash;   // when it came as a torrent
  Bytes info;                          // its info dictionary: it can be served again
  std::vector<std::string> trackers;
  SealRecord seal;                     // when it came out of a sealed share
  bool seed = false;
  bool kept = true;                    // false: for this run only, never written

  [[nodiscard]] std::uint64_t bytes() const noexcept;
};

struct ShareRecord {
  ShareId id;
  std::string key;
  InfoHash info_hash;
  Bytes info;
  BlobId blob;          // stored bytes, or none when they must be provided
  ItemId item;          // whose blob it is, or none: the share owns it
  bool reference = false;   // bytes stay with the app
  std::vector<std::string> trackers;
  std::vector<std::string> web_seeds;
  std::vector<StoredFile> files;
  Describe describe;
  SealRecord seal;
  std::int64_t created_ms = 0;
  std::uint32_t delivered = 0;
  bool paused = false;
};

struct TransferRecord {
  TransferId id;
  std::string link;      // as receive() may be given again
  InfoHash info_hash;
  std::string name;      // from the link, until metadata is known
  std::vector<std::string> trackers;
  std::vector<std::string> web_seeds;
  Bytes info;            // empty until metadata is known
  BlobId blob;           // none until content may be stored
  Bitfield have;
  SealRecord seal;
  bool seed = true;
  bool paused = false;
  bool ask = false;      // the app's `accept` has not been given yet
};

/// What a record says a stored blob holds. Of a transfer that is not known here: 0.
struct BlobUse {
  BlobId blob;
  std::uint64_t bytes = 0;
};

/// Everything remembered, by id. Iteration is by rising id: the same everywhere.
class Catalogue {
 public:
  std::map<ItemId, ItemRecord> items;
  std::map<ShareId, ShareRecord> shares;
  std::map<TransferId, TransferRecord> transfers;
  bool keep_unknown = false;   // there may be content and journals that this one knows nothing of: they stay

  /// Applies one journal record. Unknown kinds and malformed payloads are skipped and counted.
  void apply(const JournalRecord& record);
  /// Records that give this state when applied to an empty catalogue, in the journal's form.
  void append_snapshot(Bytes& out, JournalStamp stamp, std::uint32_t& sequence) const;
  /// Every stored blob that a record names, some more than once.
  [[nodiscard]] std::vector<BlobUse> blobs() const;
  [[nodiscard]] std::uint32_t skipped() const noexcept { return skipped_; }

 private:
  std::uint32_t skipped_ = 0;
};

/// Stored forms: bencoded dictionaries. Unknown keys are ignored, so later versions may add some.
/// `arrived`: the transfer that became this item. One record says both, for a crash may come between two.
[[nodiscard]] Bytes encode_item(const ItemRecord& item, TransferId arrived = {});
/// Nothing when it is no item. Sizes and texts are as they stand there.
[[nodiscard]] std::optional<ItemRecord> decode_item(const BencodeView& dict);
[[nodiscard]] Bytes encode_share(const ShareRecord& share);
[[nodiscard]] Bytes encode_transfer(const TransferRecord& transfer);
[[nodiscard]] Bytes encode_have(TransferId id, const std::vector<std::pair<std::uint32_t, std::uint32_t>>& runs);
[[nodiscard]] Bytes encode_gone(std::uint64_t id);

/// Reads the keys of Describe out of a dictionary; absent ones stay empty.
[[nodiscard]] Describe read_describe(const BencodeView& dict);

}  // namespace samara
