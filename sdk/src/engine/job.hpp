// Owns: what is remembered of work that takes several store commands. Refuses to know: what is done when one of them ends.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "codec/metainfo.hpp"
#include "crypto/keys.hpp"
#include "samara/bytes.hpp"
#include "samara/ids.hpp"
#include "store/catalogue.hpp"
#include "store/committer.hpp"
#include "swarm/sealed_content.hpp"

namespace samara {

/// A call or a piece of housekeeping that takes several store commands.
struct Job {
  enum class Kind : std::uint8_t { recover, save, update, share, provide, reserve, check, copy_received, go_on, unlock, drop } kind = Kind::drop;
  /// filling: the blob is reserved or copied into; waiting: items go for its sake; leaving: a delete that others wait for.
  enum class Stage : std::uint8_t { filling, waiting, stretching, hashing, sealing, reading, committing, leaving } stage = Stage::filling;
  /// Some pieces on their way through the store and back. Of a share that is being sealed: read, then hashed by the host.
  /// Of a transfer that may have been stored by a process that died: the end is read, then the whole, then it is written once more.
  struct Part {
    enum class Step : std::uint8_t { sample, read, hash, write };
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    Step step = Step::read;
  };

  Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() { wipe(password); }

  std::uint32_t id = 0;
  RequestId request;
  std::vector<RequestId> also;  // the same call made again meanwhile: the same answer
  BlobId source;        // host-held bytes
  BlobId blob;          // stored bytes that are the job's: freed when it fails (drop: when the journal has forgotten them)
  BlobId from;          // filling: what is copied; none: room is reserved
  std::uint64_t bytes = 0;
  Ticket ticket = 0;
  bool tried_again = false;  // filling: items have gone for it already
  bool evicted = false;      // drop: somebody waits for the room
  bool reused = false;       // share: it was there before
  ShareRecord share;    // share: what will be remembered
  ItemRecord item;      // save: likewise
  Metainfo metainfo;    // share and provide: planned; save: of what is imported
  TransferId transfer;  // reserve, check, copy_received, go_on, unlock
  TorrentId torrent;    // copy_received
  std::string_view why; // more about an error; static storage
  // sealed shares
  Bytes password;       // stretching: as the caller gave it
  Bytes fresh_meta;     // what this call says, while the secret of an earlier share of the same key is tried
  ShareId same;         // that share
  std::shared_ptr<const SealedContent> seal;
  std::uint32_t next_piece = 0;
  std::uint32_t hashed_pieces = 0;
  Bytes hashes;
  std::map<StoreOp, Part> parts;   // also of check
  std::vector<std::uint32_t> found;   // check: pieces no longer in doubt
};

}  // namespace samara
