// Owns: sealed shares in the making: their secret, the password's turn to be stretched, and content read, sealed and
// hashed part by part, so that no second copy is ever stored.
#include <algorithm>
#include <utility>

#include "base/writer.hpp"
#include "codec/path_rules.hpp"
#include "engine/core.hpp"
#include "engine/spec.hpp"

namespace samara {
namespace {

Bytes header_of(ByteSpan meta) {
  Bytes header;
  Writer(header).u32le(static_cast<std::uint32_t>(meta.size())).bytes(meta);
  return header;
}

bool same_files(const std::vector<StoredFile>& a, const std::vector<StoredFile>& b) {
  return std::ranges::equal(a, b, [](const StoredFile& x, const StoredFile& y) {
    return x.name == y.name && x.type == y.type && x.bytes == y.bytes;
  });
}

}  // namespace

void Engine::Core::add_entropy(ByteSpan bytes) {
  const std::size_t room = limits::entropy_bytes_max - entropy.size();
  const ByteSpan part = bytes.first(std::min(room, bytes.size()));
  entropy.insert(entropy.end(), part.begin(), part.end());
}

/// 32 fresh bytes, each used once. Error (usage): unsupported when the host fed none.
Result<Key32> Engine::Core::take_secret() {
  if (entropy.size() < Key32::size) return usage_fault(Code::unsupported);
  const MutByteSpan taken = MutByteSpan(entropy).first(Key32::size);
  const Key32 secret = *Key32::from(taken);
  wipe(taken);
  entropy.erase(entropy.begin(), entropy.begin() + Key32::size);
  return secret;
}

/// Completes job.share (files and describe are there) for a sealed share. What the caller does not say comes from the item.
Result<void> Engine::Core::plan_sealed(Job& job, const BencodeView& spec, const ItemRecord* item) {
  ShareRecord& share = job.share;
  if (spec.find("private") || spec.integer_or("piece_length", 0) != 0) return usage_fault(Code::unsupported);
  if (share.files.empty()) return usage_fault(Code::unsupported);
  const ByteSpan password = spec.string_or("password", {});
  share.seal.password = spec.find("password").has_value();
  if (share.seal.password && (password.empty() || password.size() > limits::password_bytes_max)) return usage_fault(Code::too_large);
  job.password = to_bytes(password);
  if (const auto expires = spec.find("expires")) share.seal.expires_ms = expires->integer();
  if (expired(share.seal)) return usage_fault(Code::expired);
  ShareMeta meta;
  for (StoredFile& file : share.files) {
    file.name = display_path(file.name);  // a receiver takes no other
    meta.files.push_back({file.name, file.type, file.bytes});
  }
  const Describe& d = share.describe;
  meta.title = d.name.empty() ? share.files.front().name : d.name;
  meta.description = d.description;
  meta.created_ms = d.created_ms;
  meta.duration_ms = d.duration_ms;
  meta.expires_ms = share.seal.expires_ms;
  meta.thumbnail = d.thumbnail;
  meta.app_meta = to_bytes(as_bytes(d.meta));
  // An item may hold what no share takes: a large picture, or the app's words from before they were CBOR.
  if (item != nullptr && meta.thumbnail.size() > limits::thumbnail_bytes_max && !spec.find("thumbnail")) meta.thumbnail.clear();
  if (item != nullptr && !meta.app_meta.empty() && !spec.find("meta") && !is_app_meta(meta.app_meta)) meta.app_meta.clear();
  auto encoded = encode_share_meta(meta);
  if (!encoded) {
    job.why = to_string(static_cast<ShareWhy>(encoded.error().detail));
    return std::unexpected(encoded.error());
  }
  job.bytes = meta.content_bytes();
  job.fresh_meta = std::move(*encoded);
  find_same(job);
  if (!job.same.none()) return {};
  auto secret = take_secret();
  if (!secret) {
    job.why = "entropy";
    return std::unexpected(secret.error());
  }
  share.seal.secret = *secret;
  share.seal.meta = job.fresh_meta;
  return {};
}

/// The share of the same key, or the one that the same call has made before, that this one may turn out to be: same files, same end, same kind of protection. Its secret
/// and meta are tried first; whether the bytes are the same shows in the infohash.
void Engine::Core::find_same(Job& job) {
  for (const auto& [id, record] : catalogue.shares) {
    const bool same_key = !job.share.key.empty() && record.key == job.share.key;
    if ((!same_key && id != job.share.id) || !record.seal.sealed()) continue;
    const bool alike = record.seal.password == job.share.seal.password && record.seal.expires_ms == job.share.seal.expires_ms;
    if (!alike || expired(record.seal) || !same_files(record.files, job.share.files)) continue;
    job.same = id;
    job.share.seal.secret = record.seal.secret;
    job.share.seal.meta = record.seal.meta;
    return;
  }
}

/// From the secret to the first reads; a password is stretched in between.
void Engine::Core::seal_share(Job& job) {
  const SealRecord& seal = job.share.seal;
  if (seal.key().none()) return stretch(job);
  Bytes header = header_of(seal.meta);
  const auto geometry = SealGeometry::for_body(header.size() + job.bytes);
  if (!geometry) return fail_job(job, geometry.error());
  job.seal = std::make_shared<SealedContent>(seal.key(), *geometry, std::move(header), job.bytes);
  CreateSpec create;
  create.name = sealed_torrent_name(seal.secret);
  create.files.emplace_back(*create.name, geometry->sealed_bytes());
  create.piece_bytes = geometry->piece_bytes;
  auto planned = plan_torrent(create);
  if (!planned) return fail_job(job, planned.error());
  job.metainfo = std::move(*planned);
  begin_sealing(job);
}

/// job.seal and job.metainfo are there.
void Engine::Core::begin_sealing(Job& job) {
  job.stage = Job::Stage::sealing;
  job.next_piece = 0;
  job.hashed_pieces = 0;
  job.hashes.assign(std::size_t{job.metainfo.piece_count()} * sizeof(Sha1Hash), 0);
  seal_more(job);
}

void Engine::Core::seal_more(Job& job) {
  const std::uint32_t pieces = job.metainfo.piece_count();
  const std::uint32_t at_once = std::max(1U, limits::seal_read_bytes / job.metainfo.piece_bytes);
  const BlobId content = job.source.none() ? job.share.blob : job.source;
  while (job.next_piece < pieces && job.parts.size() < limits::seal_reads_max) {
    const Job::Part part{job.next_piece, std::min(at_once, pieces - job.next_piece), Job::Part::Step::read};
    job.next_piece += part.count;
    const std::uint32_t chunks = job.seal->chunks_in({part.first}, part.count);
    const SealedContent::Range range = job.seal->content_of(job.seal->first_chunk({part.first}), chunks);
    if (range.bytes == 0) {
      hash_part(job, part, {});
      continue;
    }
    const StoreOp op = ops.issue({OpOwner::Kind::job, job.id});
    job.parts.emplace(op, part);
    outbox.push(out::StoreRead{op, content, range.offset, range.bytes});
  }
}

void Engine::Core::hash_part(Job& job, Job::Part part, ByteSpan content) {
  const std::uint64_t first = job.seal->first_chunk({part.first});
  const std::uint32_t count = job.seal->chunks_in({part.first}, part.count);
  const MutByteSpan sealed = outbox.arena().take(job.seal->sealed_bytes(first, count));
  job.seal->seal(first, count, content, sealed);
  part.step = Job::Part::Step::hash;
  const StoreOp op = ops.issue({OpOwner::Kind::job, job.id});
  job.parts.emplace(op, part);
  const BlobId shown = job.source.none() ? job.share.blob : job.source;
  outbox.push(out::HashBytes{op, shown, job.metainfo.bytes, job.metainfo.piece_bytes, sealed});
}

void Engine::Core::seal_step(Job& job, StoreOp op, ByteSpan bytes) {
  const auto node = job.parts.extract(op);
  if (node.empty()) return;
  const Job::Part part = node.mapped();
  if (part.step == Job::Part::Step::read) {
    const std::uint32_t count = job.seal->chunks_in({part.first}, part.count);
    if (bytes.size() != job.seal->content_of(job.seal->first_chunk({part.first}), count).bytes) return fail_job(job, Error{Code::source_changed, Fault::environment, 0});
    return hash_part(job, part, bytes);
  }
  if (bytes.size() != std::size_t{part.count} * sizeof(Sha1Hash)) return fail_job(job, Error{Code::unsupported, Fault::environment, 0});
  std::ranges::copy(bytes, job.hashes.begin() + static_cast<std::ptrdiff_t>(part.first * sizeof(Sha1Hash)));
  job.hashed_pieces += part.count;
  if (job.hashed_pieces < job.metainfo.piece_count()) return seal_more(job);
  const Bytes hashes = std::move(job.hashes);
  if (job.kind == Job::Kind::provide) return provide_hashed(job, hashes);
  if (job.kind == Job::Kind::save) return import_hashed(job, hashes);
  share_hashed(job, hashes);
}

/// The key is the same and the bytes are not: another secret, and the old share ends once this one is made.
void Engine::Core::seal_again(Job& job) {
  job.same = {};
  auto secret = take_secret();
  if (!secret) {
    job.why = "entropy";
    return fail_job(job, secret.error());
  }
  job.share.seal.secret = *secret;
  job.share.seal.prk = {};
  job.share.seal.meta = job.fresh_meta;
  seal_share(job);
}

/// Waits for its turn: Argon2id takes 64 MiB and a core.
void Engine::Core::stretch(Job& job) {
  job.stage = Job::Stage::stretching;
  to_stretch.push_back(job.id);
  next_stretch();
}

void Engine::Core::next_stretch() {
  while (stretching == 0 && !to_stretch.empty()) {
    const auto it = jobs.find(to_stretch.front());
    to_stretch.erase(to_stretch.begin());
    if (it == jobs.end()) continue;  // given up meanwhile
    const Job& job = it->second;
    stretching = job.id;
    const auto salt = password_salt(job.share.seal.secret);
    const StoreOp op = ops.issue({OpOwner::Kind::job, job.id});
    outbox.push(out::StretchPassword{op, outbox.arena().copy(ByteSpan(salt)), job.password});
  }
}

void Engine::Core::password_stretched(const in::PasswordStretched& input) {
  const auto owner = ops.finish(input.op);
  if (!owner || owner->id != stretching) return;
  stretching = 0;
  if (const auto it = jobs.find(owner->id); it != jobs.end()) {
    Job& job = it->second;
    const auto stretched = input.status == StoreStatus::ok ? Key32::from(input.stretched) : std::nullopt;
    if (job.kind == Job::Kind::unlock) {
      unlocked(job, stretched ? &*stretched : nullptr);
    } else if (stretched) {
      job.share.seal.prk = password_key(job.share.seal.secret, *stretched);
      seal_share(job);
    } else {
      job.why = "argon2";
      fail_job(job, Error{Code::unsupported, Fault::environment, 0});
    }
  }
  next_stretch();
}

/// What seals and opens a torrent whose meta is known. Error (remote): bad_share, detail a ShareWhy.
Result<std::shared_ptr<const SealedContent>> Engine::Core::content_for(const SealRecord& seal, const Metainfo& metainfo) const {
  SAMARA_TRY(geometry, SealGeometry::of_torrent(metainfo.bytes, metainfo.piece_bytes));
  SAMARA_TRY(meta, parse_share_meta(seal.meta));
  Bytes header = header_of(seal.meta);
  const std::uint64_t content = meta.content_bytes();
  if (!is_whole_body(geometry, seal.meta.size(), content)) {
    return remote_fault(Code::bad_share, static_cast<std::uint32_t>(ShareWhy::sizes));
  }
  return std::make_shared<const SealedContent>(seal.key(), geometry, std::move(header), content);
}

/// Before open_content() of what may be sealed. False when a sealed one cannot be opened or sealed with what is known.
bool Engine::Core::set_slot_seal(Slot& slot, const SealRecord& seal) {
  if (!seal.sealed()) return true;
  if (seal.key().none()) return false;
  auto content = content_for(seal, *slot.torrent->metainfo());
  if (!content) return false;
  slot.seal = *content;
  slot.torrent->set_seal(slot.seal);
  return true;
}

}  // namespace samara
