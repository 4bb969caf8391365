// Owns: which pieces were begun for which link first, and from that, which waiting request is answered next
// while several links want the same content: what nobody else has or is being sent comes before copies, so
// that the receivers can give each other the rest (BEP 16's aim, without hiding anything from anybody).
// Refuses to know: messages, the store, rates, who is choked.
#pragma once

#include <cstdint>
#include <vector>

#include "swarm/geometry.hpp"
#include "swarm/uploads.hpp"

namespace samara {

class Spread {
 public:
  /// Begins to remember, for that many pieces. Costs nothing before.
  void begin(std::uint32_t piece_count);
  /// Forgets everything.
  void clear() noexcept { given_.clear(); }
  [[nodiscard]] bool active() const noexcept { return !given_.empty(); }

  /// The link is being sent blocks of the piece. True while no other link was.
  bool gave(PieceIndex piece, LinkId link);
  /// A link says that it has the piece: whoever alone was sent it must have passed it on. None if it was sent to more,
  /// or that is known already.
  [[nodiscard]] LinkId passed_on(PieceIndex piece, LinkId by);
  /// The link is gone: what it was sent counts no more.
  void removed(LinkId link);
  /// Some other link was the first to be sent blocks of the piece, and is still there.
  [[nodiscard]] bool begun_for_other(PieceIndex piece, LinkId link) const;

 private:
  struct Given {
    LinkId first;
    bool alone = false;  // only `first` was sent it, and nobody has said yet that it came to have it
  };
  std::vector<Given> given_;  // by piece; first is none: nobody
};

/// What a link told of itself that decides whether copies may wait: does it get pieces elsewhere?
class Elsewhere {
 public:
  /// The link has a piece more; `sent_bytes` is what we sent to it so far.
  void has_more(Instant now, std::uint32_t piece_bytes, std::uint64_t sent_bytes) noexcept;
  /// Within limits::elsewhere_ms it got more than we sent.
  [[nodiscard]] bool lately(Instant now) const noexcept;

 private:
  std::uint64_t told_bytes_ = 0;
  std::uint64_t best_surplus_bytes_ = 0;  // told beyond sent, at most so far
  Instant at_{};
};

}  // namespace samara
