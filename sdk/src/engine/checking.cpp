// Owns: what a process that died had stored and not journalled: of a transfer that goes on, pieces beyond those the journal
// knows are looked for in the store, checked against their hashes, and taken over.
#include <algorithm>
#include <utility>

#include "engine/core.hpp"
#include "hash/sha1.hpp"

namespace samara {
namespace {

using Step = Job::Part::Step;

bool all_zeros(ByteSpan bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

/// Where a piece's content is in the blob.
SealedContent::Range range_of(const Job& job, const Geometry& geometry, PieceIndex piece) {
  if (job.seal) return job.seal->content_of(job.seal->first_chunk(piece), job.seal->chunks_in(piece));
  return {geometry.piece_offset(piece), geometry.piece_length(piece)};
}

/// A sealed piece is sealed again: the hash is of the ciphertext.
Sha1Hash hash_of(const Job& job, PieceIndex piece, ByteSpan content) {
  if (!job.seal) return sha1(content);
  const std::uint64_t first = job.seal->first_chunk(piece);
  const std::uint32_t count = job.seal->chunks_in(piece);
  Bytes sealed(job.seal->sealed_bytes(first, count));
  job.seal->seal(first, count, content, sealed);
  return sha1(sealed);
}

void found(Job& job, TransferState& transfer, PieceIndex piece) {
  transfer.record.have.set(piece.value);
  job.found.push_back(piece.value);
}

}  // namespace

/// The blob and some of its pieces were there before this run. Ends with open_content().
void Engine::Core::check_content(TransferState& transfer, Slot& slot) {
  if (transfer.checking) return;
  const TransferRecord& record = transfer.record;
  if (record.seal.sealed()) {
    auto content = content_for(record.seal, *slot.torrent->metainfo());
    if (!content) return fail_share(transfer, ShareWhy::sizes);
    slot.seal = std::move(*content);
  }
  slot.blob = record.blob;  // what is known to be there can be read
  transfer.checking = true;
  Job& job = new_job(Job::Kind::check, {});
  job.stage = Job::Stage::reading;
  job.transfer = record.id;
  job.seal = slot.seal;
  check_more(job, transfer, slot);
}

/// Asks for the next pieces, each first for its end: of one that was never written that is zeros, or not there at all.
void Engine::Core::check_more(Job& job, TransferState& transfer, Slot& slot) {
  const Geometry geometry = Geometry::of(*slot.torrent->metainfo());
  const std::uint32_t at_once = std::clamp(limits::check_read_bytes / geometry.piece_bytes, 1U, limits::check_reads_max);
  while (job.next_piece < geometry.piece_count() && job.parts.size() < at_once) {
    const PieceIndex piece{job.next_piece++};
    if (transfer.record.have.test(piece.value)) continue;
    const SealedContent::Range range = range_of(job, geometry, piece);
    const std::uint32_t sample = std::min(range.bytes, limits::check_sample_bytes);
    if (sample == 0) {  // header or padding alone: it can be made without having been fetched
      if (hash_of(job, piece, {}) == slot.torrent->metainfo()->piece_hash(piece)) found(job, transfer, piece);
      continue;
    }
    check_read(job, {piece.value, 1, Step::sample}, transfer.record.blob, {range.offset + range.bytes - sample, sample});
  }
  if (job.parts.empty()) content_checked(job);
}

void Engine::Core::check_read(Job& job, Job::Part part, BlobId blob, SealedContent::Range range) {
  const StoreOp op = ops.issue({OpOwner::Kind::job, job.id});
  job.parts.emplace(op, part);
  outbox.push(out::StoreRead{op, blob, range.offset, range.bytes});
}

/// A piece that cannot be read, or is not what its hash says, is fetched.
void Engine::Core::check_step(Job& job, StoreOp op, StoreStatus status, ByteSpan bytes) {
  const auto node = job.parts.extract(op);
  if (node.empty()) return;
  const Job::Part part = node.mapped();
  const PieceIndex piece{part.first};
  const auto transfer = transfers.find(job.transfer);
  Slot* slot = transfer == transfers.end() ? nullptr : find_slot(transfer->second.torrent);
  if (slot == nullptr) {
    if (job.parts.empty()) jobs.erase(job.id);
    return;
  }
  const TransferRecord& record = transfer->second.record;
  if (status == StoreStatus::ok && part.step == Step::sample && !all_zeros(bytes)) {
    const SealedContent::Range range = range_of(job, Geometry::of(*slot->torrent->metainfo()), piece);
    check_read(job, {part.first, 1, Step::read}, record.blob, range);
  } else if (status == StoreStatus::ok && part.step == Step::read) {
    check_piece(job, piece, *slot, record.blob, bytes);
  } else if (status == StoreStatus::ok && part.step == Step::write) {
    found(job, transfer->second, piece);
  }
  check_more(job, transfer->second, *slot);
}

/// What is right is written once more: a store flushes what this process has written, and before the journal speaks of a
/// piece its bytes are flushed.
void Engine::Core::check_piece(Job& job, PieceIndex piece, const Slot& slot, BlobId blob, ByteSpan content) {
  const Metainfo& metainfo = *slot.torrent->metainfo();
  const SealedContent::Range range = range_of(job, Geometry::of(metainfo), piece);
  if (content.size() != range.bytes || hash_of(job, piece, content) != metainfo.piece_hash(piece)) return;
  const StoreOp op = ops.issue({OpOwner::Kind::job, job.id});
  job.parts.emplace(op, Job::Part{piece.value, 1, Step::write});
  outbox.push(out::StoreWrite{op, blob, range.offset, outbox.arena().copy(content)});
}

void Engine::Core::content_checked(Job& job) {
  const auto node = jobs.extract(job.id);
  TransferState& transfer = transfers.at(node.mapped().transfer);
  Slot& slot = *find_slot(transfer.torrent);
  transfer.checking = false;
  touch(transfer.record.id);
  if (transfer.phase != TransferPhase::running || slot.torrent->complete()) return;
  log(LogLevel::debug, "checked", node.mapped().found.size());
  slot.unjournalled = std::move(node.mapped().found);
  const TransferId id = transfer.record.id;
  open_content(transfer, slot);
  drain(slot);  // it may be whole
  if (transfers.contains(id)) journal_have(slot);
}

}  // namespace samara
