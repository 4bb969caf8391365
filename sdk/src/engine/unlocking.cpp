// Owns: sealed transfers from metadata to opened meta: the key's check, the password, the head, and what is told apart:
// wrong-key before any piece is fetched, wrong-password or bad-share by the first chunk (docs/share-format.md).
#include <algorithm>

#include "engine/core.hpp"

namespace samara {
namespace {

/// Opens chunks one by one out of the head's pieces.
class HeadReader {
 public:
  HeadReader(const Torrent& torrent, const Key32& key, const SealGeometry& geometry) : torrent_(torrent), seal_(key, geometry) {}
  ~HeadReader() { wipe(plain_); }
  HeadReader(const HeadReader&) = delete;
  HeadReader& operator=(const HeadReader&) = delete;

  /// True when the piece of this chunk has been fetched.
  [[nodiscard]] bool has(std::uint64_t chunk) const noexcept { return !piece_of(chunk).empty(); }
  /// Appends the chunk's plaintext to plain(). False when it does not open.
  bool open(std::uint64_t chunk) {
    const SealGeometry& geometry = seal_.geometry();
    const std::uint32_t bytes = geometry.plain_bytes(chunk);
    const std::size_t start = static_cast<std::size_t>(chunk % geometry.chunks_per_piece()) * geometry.chunk_bytes();
    Bytes grown(plain_.size() + bytes);  // not resize(): what it would leave behind is plaintext
    std::ranges::copy(plain_, grown.begin());
    wipe(plain_);
    plain_.swap(grown);
    const MutByteSpan plain = MutByteSpan(plain_).last(bytes);
    return seal_.open(chunk, piece_of(chunk).subspan(start, bytes + seal_tag_bytes), plain);
  }
  [[nodiscard]] ByteSpan plain() const noexcept { return plain_; }

 private:
  [[nodiscard]] ByteSpan piece_of(std::uint64_t chunk) const noexcept {
    return torrent_.head(PieceIndex{static_cast<std::uint32_t>(chunk / seal_.geometry().chunks_per_piece())});
  }
  const Torrent& torrent_;
  ChunkSeal seal_;
  Bytes plain_;
};

}  // namespace

/// Metadata has come: is this the torrent that the key belongs to, and can a share have its shape?
void Engine::Core::sealed_metadata(TransferState& transfer, Slot& slot) {
  TransferRecord& record = transfer.record;
  const Metainfo& metainfo = *slot.torrent->metainfo();
  if (metainfo.multi_file || metainfo.name != sealed_torrent_name(record.seal.secret)) {
    return fail_transfer(transfer, Error{Code::wrong_key, Fault::remote, 0});
  }
  if (!SealGeometry::of_torrent(metainfo.bytes, metainfo.piece_bytes)) return fail_share(transfer, ShareWhy::length);
  touch(record.id);
  if (auto meta = parse_share_meta(record.seal.meta); meta && !record.seal.key().none()) {  // opened in an earlier run
    transfer.meta = std::move(*meta);
    return content_known(transfer, slot);
  }
  slot.torrent->open_head(now, 1);
  try_open(transfer, slot);
}

/// Tries a password. A transfer has at most one attempt under way.
void Engine::Core::unlock(TransferState& transfer, ByteSpan password) {
  if (transfer.unlocking) return;
  if (password.empty() || password.size() > limits::password_bytes_max) return lock(transfer, Code::wrong_password);
  transfer.lock = Code::ok;
  transfer.unlocking = true;
  Job& job = new_job(Job::Kind::unlock, {});
  job.transfer = transfer.record.id;
  job.share.seal.secret = transfer.record.seal.secret;
  job.password = to_bytes(password);
  stretch(job);
  touch(transfer.record.id);
}

void Engine::Core::unlocked(Job& job, const Key32* stretched) {
  const auto node = jobs.extract(job.id);
  const auto it = transfers.find(node.mapped().transfer);
  if (it == transfers.end()) return;
  TransferState& transfer = it->second;
  transfer.unlocking = false;
  if (stretched == nullptr) return lock(transfer, Code::unsupported);
  transfer.record.seal.prk = password_key(transfer.record.seal.secret, *stretched);
  Slot* slot = find_slot(transfer.torrent);
  if (slot == nullptr) return;
  try_open(transfer, *slot);
  drain(*slot);
}

void Engine::Core::lock(TransferState& transfer, Code why) {
  transfer.record.seal.prk = {};
  transfer.lock = why;
  touch(transfer.record.id);
}

void Engine::Core::fail_share(TransferState& transfer, ShareWhy why) {
  transfer.why = to_string(why);
  fail_transfer(transfer, Error{Code::bad_share, Fault::remote, static_cast<std::uint32_t>(why)});
}

/// Opens meta as soon as the key and the pieces that hold it are there; asks for more pieces when it is longer than one.
void Engine::Core::try_open(TransferState& transfer, Slot& slot) {
  SealRecord& seal = transfer.record.seal;
  if (transfer.phase != TransferPhase::running || transfer.meta || seal.key().none() || slot.torrent->metainfo() == nullptr) return;
  const Metainfo& metainfo = *slot.torrent->metainfo();
  const SealGeometry geometry = *SealGeometry::of_torrent(metainfo.bytes, metainfo.piece_bytes);
  HeadReader head(*slot.torrent, seal.key(), geometry);
  if (!head.has(0)) return;
  if (!head.open(0)) return seal.password ? lock(transfer, Code::wrong_password) : fail_share(transfer, ShareWhy::chunk);
  const auto meta_bytes = meta_bytes_of(geometry, head.plain());
  if (!meta_bytes) return fail_share(transfer, ShareWhy::meta_too_long);
  const std::uint64_t header_bytes = meta_length_bytes + std::uint64_t{*meta_bytes};
  const std::uint64_t chunks = divide_up(header_bytes, geometry.stride());
  const std::uint64_t pieces = divide_up(chunks, geometry.chunks_per_piece());
  for (std::uint64_t chunk = 1; chunk < chunks; ++chunk) {
    if (!head.has(chunk)) return slot.torrent->open_head(now, static_cast<std::uint32_t>(pieces));
    if (!head.open(chunk)) return fail_share(transfer, ShareWhy::chunk);
  }
  const ByteSpan encoded = head.plain().subspan(meta_length_bytes, *meta_bytes);
  auto meta = parse_share_meta(encoded);
  if (!meta) return fail_share(transfer, static_cast<ShareWhy>(meta.error().detail));
  seal.meta = to_bytes(encoded);
  seal.expires_ms = meta->expires_ms;
  if (const auto fits = content_for(seal, metainfo); !fits) return fail_share(transfer, static_cast<ShareWhy>(fits.error().detail));
  if (expired(seal)) return fail_transfer(transfer, Error{Code::expired, Fault::environment, 0});
  transfer.meta = std::move(*meta);
  log(LogLevel::debug, "meta-opened", slot.id.value);
  content_known(transfer, slot);
}

}  // namespace samara
