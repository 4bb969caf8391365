// Owns: a byte rate that several torrents share: who was refused waits in line, and takes one block when its
// turn comes. Refuses to know: what the bytes are for.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/queue.hpp"
#include "base/rate.hpp"
#include "samara/ids.hpp"

namespace samara {

class SharedLimit {
 public:
  SharedLimit(TokenBucket bucket) noexcept : bucket_(bucket) {}  // NOLINT: a bucket that is shared

  [[nodiscard]] bool limited() const noexcept { return bucket_.limited(); }
  /// True when `bytes` may go now; else the torrent stands in line, until leave().
  bool take(Instant now, TorrentId torrent, std::uint64_t bytes) {
    if (!limited()) return true;
    const bool turn = line_.empty() || line_.front() == torrent;
    if (turn && bucket_.take(now, bytes)) {
      leave(torrent);
      return true;
    }
    if (std::ranges::find(line_, torrent) == line_.end()) line_.push_back(torrent);
    return false;
  }
  /// When it is worth trying again after a refusal.
  [[nodiscard]] Instant retry_at(Instant now, std::uint64_t bytes) noexcept {
    return std::max(bucket_.ready_at(now, bytes), now + milliseconds(1));
  }
  /// The torrent wants nothing of it for now.
  void leave(TorrentId torrent) {
    if (const auto it = std::ranges::find(line_, torrent); it != line_.end()) line_.erase(it);
  }

 private:
  TokenBucket bucket_;
  Queue<TorrentId> line_;
};

}  // namespace samara
