// Owns: numbering store commands and remembering who waits for each. Every number is finished once.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "samara/ids.hpp"

namespace samara {

/// Who asked: a torrent (id = TorrentId) or one of the engine's own jobs (id = the job's number).
struct OpOwner {
  enum class Kind : std::uint8_t { torrent, job };
  Kind kind = Kind::torrent;
  std::uint32_t id = 0;
};

/// Of store commands whose end nobody waits for.
inline constexpr OpOwner nobody{OpOwner::Kind::job, 0};

class StoreOps {
 public:
  StoreOp issue(OpOwner owner) {
    const StoreOp op{++last_};
    owners_.emplace(op, owner);
    return op;
  }
  /// The owner, once; nothing for an op that was never issued or has been finished.
  std::optional<OpOwner> finish(StoreOp op) {
    const auto it = owners_.find(op);
    if (it == owners_.end()) return std::nullopt;
    const OpOwner owner = it->second;
    owners_.erase(it);
    return owner;
  }
  [[nodiscard]] std::size_t outstanding() const noexcept { return owners_.size(); }

 private:
  std::uint32_t last_ = 0;
  std::map<StoreOp, OpOwner> owners_;
};

}  // namespace samara
