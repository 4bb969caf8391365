// Owns: which of several sources is asked: what is left to incomplete peers, so that a complete one can give
// what only it has; requests that move from one link to another.
#include "swarm/torrent.hpp"

namespace samara {

// As long as the incomplete peers that do not choke us give soon all that they have for us, a complete one is
// asked only for the rest. So a sender's uplink carries each piece once; and a receiver whose partners are slow,
// or gone, is back at the sender as soon as their rate shows it.
bool Torrent::partners_suffice(Instant now) {
  full_links_ = 0;
  std::uint64_t rate = 0;
  std::uint64_t complete_rate = 0;
  std::uint64_t blocks = assembly_.free_blocks();
  for (auto& [link, peer] : peers_) {
    if (peer.closing || !peer.up) continue;
    if (peer.pieces.all()) {
      ++full_links_;
      complete_rate += peer.received.rate(now);
    } else if (!peer.choking_us) {
      rate += peer.received.rate(now);
      blocks += peer.requests.outstanding().size();
    }
  }
  if (rate == 0) return false;
  blocks += std::uint64_t{picker_.startable_beyond(full_links_)} * geometry_.block_count(PieceIndex{0});
  // Where the complete ones are faster than all partners, what is left to those is what the end waits for.
  const std::uint32_t within_ms = rate < complete_rate ? limits::partners_ms / 4 : limits::partners_ms;
  return blocks * limits::block_bytes * 1'000 <= rate * within_ms;
}

// What a complete peer was asked for and an incomplete one has is asked of that instead, unless it may be on its
// way already. How many blocks.
std::uint32_t Torrent::take_over(Instant now, Peer& taker, std::uint32_t room) {
  if (taker.pieces.all()) return 0;
  const bool unknown = taker.received.total() == 0 && taker.requests.outstanding().empty();
  if (!unknown && !partners_suffice(now)) return 0;
  picked_.clear();
  for (auto& [link, peer] : peers_) {
    if (peer.closing || !peer.pieces.all() || peer.requests.overdue()) continue;
    std::uint32_t before = 0;
    for (const Asked& asked : peer.requests.outstanding()) {
      const bool far = asked.passed || before++ >= limits::blocks_on_the_way;
      if (picked_.size() >= room) break;
      if (far && taker.pieces.test(asked.at.piece.value) && !taker.requests.has(asked.at)) picked_.push_back(asked.at);
    }
  }
  std::uint32_t taken = 0;
  for (const BlockAt& at : picked_) {
    const Partial* partial = assembly_.find(at.piece);
    if (partial == nullptr || !partial->owner.none() || verify_.blamed(at.piece, taker.key)) continue;
    unload(taker, at);
    assembly_.asked(now, at);
    ask(now, taker, at);
    ++taken;
  }
  return taken;
}

// A block is asked a second time: where it waits far behind in the first queue it moves, so that only what
// may be on its way comes twice.
void Torrent::unload(const Peer& taker, const BlockAt& at) {
  for (auto& [link, peer] : peers_) {
    if (link == taker.id || peer.closing || peer.requests.overdue() || !peer.requests.far(at)) continue;
    if (withdraw(peer, at)) peer.dirty = true;
  }
}

// The end game is for blocks that do not come soon. At the rate of its link, a block that is among the first of the
// queue does, and is left there: a second copy of it would hardly come earlier, and would take its place from others.
void Torrent::foresee(Instant now) {
  if (now < foreseen_at_ + milliseconds(limits::foresee_ms)) return;
  foreseen_at_ = now;
  const Instant ripe = now + milliseconds(limits::endgame_patience_ms);
  for (auto& [link, peer] : peers_) {
    if (peer.closing || peer.requests.overdue()) continue;
    std::uint64_t soon = 2 * peer.received.rate(now) * limits::endgame_patience_ms / 1'000 / limits::block_bytes;
    for (const Asked& asked : peer.requests.outstanding()) {
      if (soon-- == 0) break;
      if (Partial* partial = assembly_.find(asked.at.piece)) partial->slots[asked.at.block].ripe_at = ripe;
    }
  }
}

}  // namespace samara
