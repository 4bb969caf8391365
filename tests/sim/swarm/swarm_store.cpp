// Owns: carrying out the store commands of a peer of the swarm: one after another, journals kept, content checked against
// what the seed generates and then dropped. Refuses to know: what survives a crash (swarm_disk.hpp).
#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "sim/swarm/swarm_world.hpp"

namespace samara::sim {
namespace {

constexpr std::int64_t command_us = 100;
constexpr std::uint64_t disk_bytes_per_us = 400;   // 400 MB/s

}  // namespace

bool SwarmWorld::has_piece(const SwarmPeer& p, std::uint32_t piece) const {
  const std::uint64_t start = std::uint64_t{piece} * piece_bytes_;
  if (piece_bytes_ == 0 || start >= content_.bytes()) return false;
  return p.plan.source || p.disk.has_anywhere(start, std::min<std::uint64_t>(piece_bytes_, content_.bytes() - start));
}

void SwarmWorld::perform_store(SwarmPeer& p, const Output& output) {
  if (const auto* read = std::get_if<out::StoreRead>(&output)) {
    store_later(p, begin_read(p, *read));
  } else if (const auto* write = std::get_if<out::StoreWrite>(&output)) {
    store_later(p, begin_write(p, *write));
  } else if (const auto* flush = std::get_if<out::StoreFlush>(&output)) {
    store_later(p, {Stored::Kind::flushed, flush->op, StoreStatus::ok, {}, p.disk.mark(), p.disk.journals.mark(), {}});
  } else if (const auto* reserve = std::get_if<out::StoreReserve>(&output)) {
    if (SwarmDisk::is_content(reserve->blob)) {
      p.disk.reserve(reserve->blob, reserve->bytes);
    } else {
      p.disk.journals.reserve(reserve->blob.value, reserve->bytes);
    }
    store_later(p, {Stored::Kind::plain, reserve->op});
  } else if (const auto* remove = std::get_if<out::StoreDelete>(&output)) {
    if (SwarmDisk::is_content(remove->blob)) {
      p.disk.remove(remove->blob);
    } else {
      p.disk.journals.remove(remove->blob.value);
    }
    store_later(p, {Stored::Kind::plain, remove->op});
  } else if (const auto* hash = std::get_if<out::HashPieces>(&output)) {
    if (piece_bytes_ != hash->piece_bytes) hashes_ = content_.piece_hashes(hash->piece_bytes);
    piece_bytes_ = hash->piece_bytes;
    store_later(p, {Stored::Kind::hashes, hash->op, StoreStatus::ok, {}, 0, hash->bytes, hashes_});
  } else if (const auto* part = std::get_if<out::HashBytes>(&output)) {
    Stored done{Stored::Kind::hashes, part->op};
    for (std::size_t i = 0; i < part->bytes.size(); i += part->piece_bytes) {
      const Sha1Hash digest = sha1(part->bytes.subspan(i, std::min<std::size_t>(part->piece_bytes, part->bytes.size() - i)));
      done.data.insert(done.data.end(), digest.begin(), digest.end());
    }
    done.bytes = part->bytes.size();
    store_later(p, std::move(done));
  } else if (std::holds_alternative<out::StoreCopy>(output) || std::holds_alternative<out::StretchPassword>(output)) {
    broke(p, "a command that no swarm needs");
  }
}

SwarmWorld::Stored SwarmWorld::begin_read(SwarmPeer& p, const out::StoreRead& read) {
  Stored done{Stored::Kind::read, read.op, StoreStatus::ok, read.blob, read.offset, read.bytes, {}};
  if (read.blob.is_source()) return done;
  if (!SwarmDisk::is_content(read.blob)) {
    done.kind = Stored::Kind::plain;
    done.status = p.disk.journals.read(read.blob.value, read.offset, read.bytes, done.data);
  } else if (!p.disk.known(read.blob)) {
    done.status = StoreStatus::not_found;
  } else if (!p.disk.has(read.blob, read.offset, read.bytes)) {
    done.status = StoreStatus::lost;
  }
  return done;
}

SwarmWorld::Stored SwarmWorld::begin_write(SwarmPeer& p, const out::StoreWrite& write) {
  Stored done{Stored::Kind::wrote, write.op, StoreStatus::ok, write.blob, write.offset, write.bytes.size(), {}};
  if (!SwarmDisk::is_content(write.blob)) {
    done.kind = Stored::Kind::plain;
    done.status = p.disk.journals.write(write.blob.value, write.offset, write.bytes);
    return done;
  }
  const std::uint64_t end = write.offset + write.bytes.size();
  const bool whole = write.offset % SwarmDisk::unit_bytes == 0 && (end % SwarmDisk::unit_bytes == 0 || end == content_.bytes());
  if (!whole) broke(p, "it writes a part of a block");
  if (!content_.matches(write.offset, write.bytes)) {
    ++counts.wrong_writes;
    broke(p, "it stores wrong bytes");
  }
  if (disks_fail && p.plan.disk_fails_per_mille > 0 && rng_.below(1'000) < p.plan.disk_fails_per_mille) done.status = StoreStatus::failed;
  return done;
}

void SwarmWorld::store_later(SwarmPeer& p, Stored stored) {
  std::uint32_t number = static_cast<std::uint32_t>(stores_.size());
  if (free_stores_.empty()) {
    stores_.emplace_back();
  } else {
    number = free_stores_.back();
    free_stores_.pop_back();
  }
  const std::uint64_t moved = stored.kind == Stored::Kind::flushed ? 0 : stored.bytes + stored.data.size();
  p.disk_free_us = std::max(p.disk_free_us, now_.us) + command_us + static_cast<std::int64_t>(moved / disk_bytes_per_us);
  stores_[number] = std::move(stored);
  events_.push({p.disk_free_us}, EventKind::stored, p.id, p.life, number);
}

void SwarmWorld::stored(SwarmPeer& p, Stored done) {
  if (done.kind == Stored::Kind::hashes) return feed(p, in::PiecesHashed{done.op, done.status, done.data});
  ByteSpan bytes = done.data;
  if (done.kind == Stored::Kind::read && done.status == StoreStatus::ok) bytes = content_.at(done.offset, done.bytes);
  if (done.kind == Stored::Kind::flushed) {
    p.disk.flushed(done.offset);
    p.disk.journals.flushed(done.bytes);
  }
  if (done.kind == Stored::Kind::wrote && done.status == StoreStatus::ok) {
    const std::uint64_t again = std::uint64_t{p.disk.wrote(done.blob, done.offset, done.bytes)} * SwarmDisk::unit_bytes;
    p.written_again += again;
    counts.written_again += again;
    if (again > 0 && p.life == 1) broke(p, "it stores a piece twice");
    progress(p);
  }
  feed(p, in::StoreDone{done.op, done.status, bytes});
}

}  // namespace samara::sim
