// Owns: carrying out an engine's store commands on the disk of its device, in order, one after another, and whatever
// goes wrong with them on demand. Refuses to know: what survives a crash (disk.hpp).
#include <algorithm>

#include "base/assert.hpp"
#include "sim/node.hpp"

namespace samara::sim {
namespace {

constexpr Duration command_time{200};
constexpr Duration slow_time = seconds(60);
constexpr std::size_t copy_part_bytes = 64 * 1024;   // a source is copied in parts, each a write of its own

Bytes piece_hashes(ByteSpan bytes, std::uint32_t piece_bytes) {
  Bytes digests;
  for (std::size_t i = 0; i < bytes.size(); i += piece_bytes) {
    const Sha1Hash digest = sha1(bytes.subspan(i, std::min<std::size_t>(piece_bytes, bytes.size() - i)));
    digests.insert(digests.end(), digest.begin(), digest.end());
  }
  return digests;
}

/// What a command in trouble says, or nothing when it is carried out.
std::optional<StoreStatus> refusal(Trouble trouble) {
  switch (trouble) {
    case Trouble::failed:
    case Trouble::short_write: return StoreStatus::failed;
    case Trouble::full: return StoreStatus::full;
    case Trouble::lost: return StoreStatus::lost;
    default: return std::nullopt;
  }
}

StoreStatus write(Disk& disk, Trouble trouble, BlobId blob, std::uint64_t offset, ByteSpan bytes) {
  const auto refused = refusal(trouble);
  if (trouble == Trouble::short_write) disk.write(blob.value, offset, bytes.first(bytes.size() / 2));
  return refused ? *refused : disk.write(blob.value, offset, bytes);
}

StoreStatus copy(Disk& disk, Trouble trouble, BlobId blob, ByteSpan bytes) {
  if (trouble == Trouble::short_write) return write(disk, trouble, blob, 0, bytes);
  if (const auto refused = refusal(trouble)) return *refused;
  StoreStatus status = disk.reserve(blob.value, bytes.size());
  for (std::size_t at = 0; at < bytes.size() && status == StoreStatus::ok; at += copy_part_bytes) {
    status = disk.write(blob.value, at, bytes.subspan(at, std::min(copy_part_bytes, bytes.size() - at)));
  }
  return status;
}

}  // namespace

/// How a command ended: what the engine will be told, and what is durable from then on.
struct World::Stored {
  StoreOp op;
  StoreStatus status = StoreStatus::ok;
  Bytes bytes = {};
  bool hashes = false;
  std::uint64_t flushed = 0;
};

void World::store_answer(Node& n, Trouble trouble, Stored answer) {
  SAMARA_ASSERT(n.ops.insert(answer.op.value).second);  // no number is used twice
  n.store_free = std::max(n.store_free, now_) + (trouble == Trouble::slow ? slow_time : command_time);
  at(n.store_free, [this, &n, trouble, done = std::move(answer), life = n.life] {
    if (n.life != life) return;
    if (done.status == StoreStatus::ok) n.disk.flushed(done.flushed);
    const int times = trouble == Trouble::unanswered ? 0 : trouble == Trouble::twice ? 2 : 1;
    for (int i = 0; i < times && n.life == life; ++i) {
      if (done.hashes) {
        feed(n, in::PiecesHashed{done.op, done.status, done.bytes});
      } else {
        feed(n, in::StoreDone{done.op, done.status, done.bytes});
      }
    }
  });
}

void World::perform_store(Node& n, const Output& output) {
  const auto content = [&n](BlobId blob) -> ByteSpan {
    if (!blob.is_source()) {
      SAMARA_ASSERT(n.disk.written.contains(blob.value));
      return n.disk.written.at(blob.value).get();
    }
    SAMARA_ASSERT(n.sources.contains(blob.value));
    return n.sources.at(blob.value);
  };
  if (const auto* read = std::get_if<out::StoreRead>(&output)) {
    const Trouble trouble = n.disk.next();
    Stored done{read->op, refusal(trouble).value_or(StoreStatus::ok)};
    if (done.status == StoreStatus::ok && read->blob.is_source()) {
      const ByteSpan source = content(read->blob);
      SAMARA_ASSERT(read->offset + read->bytes <= source.size());
      done.bytes = to_bytes(source.subspan(static_cast<std::size_t>(read->offset), read->bytes));
    } else if (done.status == StoreStatus::ok) {
      done.status = n.disk.read(read->blob.value, read->offset, read->bytes, done.bytes);
    }
    store_answer(n, trouble, std::move(done));
  } else if (const auto* wrote = std::get_if<out::StoreWrite>(&output)) {
    const Trouble trouble = n.disk.next();
    store_answer(n, trouble, {wrote->op, write(n.disk, trouble, wrote->blob, wrote->offset, wrote->bytes)});
  } else if (const auto* reserve = std::get_if<out::StoreReserve>(&output)) {
    const Trouble trouble = n.disk.next();
    const auto refused = refusal(trouble);
    store_answer(n, trouble, {reserve->op, refused ? *refused : n.disk.reserve(reserve->blob.value, reserve->bytes)});
  } else if (const auto* flush = std::get_if<out::StoreFlush>(&output)) {
    const Trouble trouble = n.disk.next();
    store_answer(n, trouble, {flush->op, refusal(trouble).value_or(StoreStatus::ok), {}, false, n.disk.mark()});
  } else if (const auto* remove = std::get_if<out::StoreDelete>(&output)) {
    const Trouble trouble = n.disk.next();
    const auto refused = refusal(trouble);
    store_answer(n, trouble, {remove->op, refused ? *refused : n.disk.remove(remove->blob.value)});
  } else if (const auto* copied = std::get_if<out::StoreCopy>(&output)) {
    const Trouble trouble = n.disk.next();
    store_answer(n, trouble, {copied->op, copy(n.disk, trouble, copied->blob, content(copied->source))});
  } else if (const auto* hash = std::get_if<out::HashPieces>(&output)) {
    const Trouble trouble = n.disk.next();
    const ByteSpan all = content(hash->blob);
    SAMARA_ASSERT(hash->bytes <= all.size());
    const auto hashed = all.first(static_cast<std::size_t>(hash->bytes));
    store_answer(n, trouble, {hash->op, refusal(trouble).value_or(StoreStatus::ok), piece_hashes(hashed, hash->piece_bytes), true});
  } else if (const auto* part = std::get_if<out::HashBytes>(&output)) {
    const Trouble trouble = n.disk.next();
    store_answer(n, trouble, {part->op, refusal(trouble).value_or(StoreStatus::ok), piece_hashes(part->bytes, part->piece_bytes), true});
  } else if (const auto* stretch = std::get_if<out::StretchPassword>(&output)) {
    stretch_password(n, *stretch);
  } else if (const auto* release = std::get_if<out::ReleaseSource>(&output)) {
    SAMARA_ASSERT(n.sources.erase(release->source.value) == 1);  // released once
  }
}

}  // namespace samara::sim
