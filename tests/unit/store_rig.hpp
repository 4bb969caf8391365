// Owns: one engine over a disk in memory, away from any network: what it asks of the store is carried out in order, kept as
// a list of words, and fails or waits as a test says. Refuses to know: peers; for those there is sim/world.hpp.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/writer.hpp"
#include "codec/bencode.hpp"
#include "codec/metainfo.hpp"
#include "hash/sha1.hpp"
#include "samara/engine.hpp"
#include "store/catalogue.hpp"
#include "store/committer.hpp"
#include "unit/docs_host.hpp"

namespace samara::test {

/// One store command, as the host keeps it until it is carried out.
struct Asked {
  enum class Kind : std::uint8_t { read, write, flush, remove, reserve, copy, hash, hash_bytes } kind = Kind::flush;
  StoreOp op;
  BlobId blob;
  BlobId from;                  // copy
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::uint32_t piece_bytes = 0;
  Bytes data;                   // write, hash_bytes
};

[[nodiscard]] inline std::string hex_of(std::uint64_t id) {
  std::string hex(16, '0');
  for (std::size_t i = 16; i > 0; --i, id >>= 4) hex[i - 1] = "0123456789abcdef"[id & 15U];
  return hex;
}

/// A spec of save() or share(): one file, and an id when it is not 0.
[[nodiscard]] inline Bytes one_file(std::string_view name, std::uint64_t bytes, std::uint64_t id = 0, bool copy = false) {
  Bytes spec;
  BencodeWriter out(spec);
  out.begin_dict().key("files").begin_list().begin_dict().field("name", name).field("size", bytes).end_dict().end_list();
  if (id != 0) out.field("id", hex_of(id));
  if (copy) out.field("keep", "copy");
  out.end_dict();
  return spec;
}

/// A torrent of one file, with its hashes.
[[nodiscard]] inline Metainfo torrent_of_file(std::string_view name, ByteSpan content) {
  CreateSpec spec;
  spec.files = {{std::string(name), content.size()}};
  Metainfo metainfo = plan_torrent(spec).value();
  Bytes hashes;
  for (std::size_t at = 0; at < content.size(); at += metainfo.piece_bytes) {
    const Sha1Hash hash = sha1(content.subspan(at, std::min<std::size_t>(metainfo.piece_bytes, content.size() - at)));
    hashes.insert(hashes.end(), hash.begin(), hash.end());
  }
  if (!finish_torrent(metainfo, std::move(hashes))) std::abort();
  return metainfo;
}

/// A spec of receive() with a torrent file.
[[nodiscard]] inline Bytes receive_spec(const Metainfo& metainfo) {
  Bytes spec;
  BencodeWriter(spec).begin_dict().field("torrent", encode_torrent_file(metainfo)).end_dict();
  return spec;
}

/// What an export would say of an item that was received.
[[nodiscard]] inline ItemRecord received_record(std::uint64_t id, std::string_view name, ByteSpan content) {
  const Metainfo metainfo = torrent_of_file(name, content);
  ItemRecord item;
  item.id = {id};
  item.blob = {17};
  item.received = true;
  item.files = {{std::string(name), "audio/webm", content.size()}};
  item.describe.name = name;
  item.added_ms = 1'700'000'000'000;
  item.info_hash = metainfo.info_hash;
  item.info = metainfo.info;
  item.trackers = {"ws://127.0.0.1:8000"};
  item.seed = true;
  return item;
}

/// A spec of save() with the record of an export.
[[nodiscard]] inline Bytes import_spec(ByteSpan record) {
  Bytes spec;
  BencodeWriter(spec).begin_dict().field("record", record).end_dict();
  return spec;
}

class Device {
 public:
  using Disk = std::map<std::uint32_t, Bytes>;

  explicit Device(const Config& config = host_config(), Disk found = {}) : config_(config), disk(std::move(found)) { start(); }

  /// The process is gone with what it was about to do; another one opens what is on the disk.
  void restart() {
    queue_.clear();
    asked.clear();
    start();
  }

  void give(const Input& input) {
    take(input);
    run();
  }
  /// Carries out what was held back.
  void run() {
    while (!hold && !queue_.empty()) {
      const Asked next = std::move(queue_.front());
      queue_.pop_front();
      carry_out(next);
    }
  }
  void advance(std::int64_t ms) {
    now = now + milliseconds(ms);
    give(in::Tick{});
  }

  /// The number of a call of this spec.
  template <class Call>
  std::uint32_t call(ByteSpan spec, std::uint32_t source = 0) {
    const RequestId request{++last_request_};
    if constexpr (requires { Call{}.source; }) {
      give(Call{.request = request, .source = {source}, .spec = spec});
    } else {
      give(Call{.request = request, .spec = spec});
    }
    return request.value;
  }
  std::uint32_t control(CallVerb verb, std::string_view what, std::string_view id) {
    Bytes spec;
    BencodeWriter(spec).begin_dict().field("id", id).field("what", what).end_dict();
    give(in::Control{{++last_request_}, verb, spec});
    return last_request_;
  }
  std::uint32_t query(QueryKind kind, std::string_view spec = "de") {
    give(in::Query{{++last_request_}, kind, as_bytes(spec)});
    return last_request_;
  }
  /// Bytes of the app's, as a source.
  std::uint32_t source(Bytes content) {
    sources[++last_source_] = std::move(content);
    return last_source_;
  }

  /// How a call ended: the public spelling, or "pending".
  [[nodiscard]] std::string ended(std::uint32_t request) const {
    const auto it = ends.find(request);
    return it == ends.end() ? "pending" : std::string(to_string(it->second.code));
  }
  [[nodiscard]] std::string text(std::uint32_t request, std::string_view key) const {
    const auto document = bencode_decode(results.at(request), bencode_own_limits);
    return document ? std::string(document->root().text_or(key, "")) : "";
  }
  [[nodiscard]] std::int64_t number(std::uint32_t request, std::string_view key) const {
    const auto document = bencode_decode(results.at(request), bencode_own_limits);
    return document ? document->root().integer_or(key, -1) : -1;
  }
  /// Entries of a list query.
  std::size_t count(QueryKind kind) {
    const auto document = bencode_decode(results.at(query(kind)), bencode_own_limits);
    std::size_t entries = 0;
    for (const BencodeView entry : document->root().list("list")) entries += entry.is_dict() ? 1 : 0;
    return entries;
  }
  /// Codes of the reasons of the whole, one after another.
  std::string reasons() {
    const auto document = bencode_decode(results.at(query(QueryKind::health)), bencode_own_limits);
    std::string codes;
    for (const BencodeView reason : document->root().list("reasons")) codes += std::string(codes.empty() ? "" : " ") + std::string(reason.text_or("code", ""));
    return codes;
  }
  /// How often this stands in `asked`.
  [[nodiscard]] std::size_t times(std::string_view word) const { return static_cast<std::size_t>(std::ranges::count(asked, word)); }

  Config config_;
  Disk disk;
  std::map<std::uint32_t, Bytes> sources;
  std::unique_ptr<Engine> engine;
  Instant now = Instant{} + seconds(1);
  bool hold = false;
  std::uint64_t capacity_bytes = ~0ULL;     // of content and journals together
  Duration flush_time{};                    // that a flush takes
  std::uint64_t unknown_from = ~0ULL;       // blobs from this number on are listed without a size
  /// What a command ends with instead of being carried out.
  std::function<std::optional<StoreStatus>(const Asked&)> fault;
  std::vector<std::string> asked;           // "write 1", "flush", …, "ready" in between
  std::optional<Error> ready;
  std::map<std::uint32_t, Error> ends;
  std::map<std::uint32_t, Bytes> results;
  std::map<std::pair<Subject, std::string>, Bytes> snapshots;
  std::vector<std::string> gone;

 private:
  void start() {
    engine = std::make_unique<Engine>(config_, 7 + ++lives_);
    ready.reset();
    snapshots.clear();
    take(in::WallClock{1'800'000'000'000 + now.us / 1'000});
    Bytes listing;
    for (const auto& [blob, bytes] : disk) Writer(listing).u32le(blob).u64le(blob >= unknown_from ? ~0ULL : bytes.size());
    give(in::StoreOpened{listing});
  }

  void take(const Input& input) {
    engine->handle(now, input);
    while (const auto output = engine->poll()) {
      if (!store(*output)) note(*output);
    }
  }

  void note(const Output& output) {
    if (const auto* o = std::get_if<out::Ready>(&output)) {
      ready = o->error;
      asked.emplace_back("ready");
    }
    if (const auto* o = std::get_if<out::Completed>(&output)) {
      ends[o->request.value] = o->error;
      results[o->request.value] = to_bytes(o->result);
    }
    if (const auto* o = std::get_if<out::Changed>(&output)) {
      const auto document = bencode_decode(o->payload, bencode_own_limits);
      snapshots[{o->subject, std::string(document->root().text_or("id", ""))}] = to_bytes(o->payload);
    }
    if (const auto* o = std::get_if<out::Gone>(&output)) {
      gone.push_back(hex_of(o->id));
    }
    if (const auto* o = std::get_if<out::ReleaseSource>(&output)) sources.erase(o->source.value);
  }

  /// Takes note of a store command.
  bool store(const Output& output) {
    using K = Asked::Kind;
    Asked a;
    const auto with_blob = [](std::string_view word, BlobId blob) { return std::string(word) + " " + std::to_string(blob.value); };
    if (const auto* o = std::get_if<out::StoreRead>(&output)) {
      a = {K::read, o->op, o->blob, {}, o->offset, o->bytes, 0, {}};
      asked.push_back(with_blob("read", o->blob));
    } else if (const auto* w = std::get_if<out::StoreWrite>(&output)) {
      a = {K::write, w->op, w->blob, {}, w->offset, w->bytes.size(), 0, to_bytes(w->bytes)};
      asked.push_back(with_blob("write", w->blob));
    } else if (const auto* f = std::get_if<out::StoreFlush>(&output)) {
      a = {K::flush, f->op, {}, {}, 0, 0, 0, {}};
      asked.emplace_back("flush");
    } else if (const auto* d = std::get_if<out::StoreDelete>(&output)) {
      a = {K::remove, d->op, d->blob, {}, 0, 0, 0, {}};
      asked.push_back(with_blob("delete", d->blob));
    } else if (const auto* r = std::get_if<out::StoreReserve>(&output)) {
      a = {K::reserve, r->op, r->blob, {}, 0, r->bytes, 0, {}};
      asked.push_back(with_blob("reserve", r->blob));
    } else if (const auto* c = std::get_if<out::StoreCopy>(&output)) {
      a = {K::copy, c->op, c->blob, c->source, 0, c->bytes, 0, {}};
      asked.push_back(with_blob("copy", c->blob));
    } else if (const auto* h = std::get_if<out::HashPieces>(&output)) {
      a = {K::hash, h->op, h->blob, {}, 0, h->bytes, h->piece_bytes, {}};
      asked.emplace_back("hash");
    } else if (const auto* b = std::get_if<out::HashBytes>(&output)) {
      a = {K::hash_bytes, b->op, b->blob, {}, 0, b->bytes.size(), b->piece_bytes, to_bytes(b->bytes)};
      asked.emplace_back("hash");
    } else {
      return false;
    }
    queue_.push_back(std::move(a));
    return true;
  }

  [[nodiscard]] std::uint64_t used_bytes() const {
    std::uint64_t sum = 0;
    for (const auto& [blob, bytes] : disk) sum += bytes.size();
    return sum;
  }
  StoreStatus grow(BlobId blob, std::uint64_t end) {
    const auto it = disk.find(blob.value);
    const std::uint64_t size = it == disk.end() ? 0 : it->second.size();
    if (end > size && end - size > capacity_bytes - std::min(capacity_bytes, used_bytes())) return StoreStatus::full;
    Bytes& content = disk[blob.value];
    if (end > size) content.resize(static_cast<std::size_t>(end));
    return StoreStatus::ok;
  }
  StoreStatus put(BlobId blob, std::uint64_t offset, ByteSpan bytes) {
    if (const StoreStatus status = grow(blob, offset + bytes.size()); status != StoreStatus::ok) return status;
    std::ranges::copy(bytes, disk[blob.value].begin() + static_cast<std::ptrdiff_t>(offset));
    return StoreStatus::ok;
  }

  void carry_out(const Asked& a) {
    using K = Asked::Kind;
    const bool hashes = a.kind == K::hash || a.kind == K::hash_bytes;
    Bytes answer;
    StoreStatus status = StoreStatus::ok;
    if (const auto failed = fault ? fault(a) : std::nullopt) {
      status = *failed;
    } else if (a.kind == K::read || a.kind == K::hash || a.kind == K::copy) {
      const BlobId from = a.kind == K::copy ? a.from : a.blob;
      const auto& blobs = from.is_source() ? sources : disk;
      const auto it = blobs.find(from.value);
      if (it == blobs.end()) status = StoreStatus::not_found;
      else if (a.offset + a.bytes > it->second.size()) status = StoreStatus::lost;
      else answer = to_bytes(ByteSpan(it->second).subspan(static_cast<std::size_t>(a.offset), static_cast<std::size_t>(a.bytes)));
      if (a.kind == K::hash) answer = piece_hashes(answer, a.piece_bytes);
      if (a.kind == K::copy && status == StoreStatus::ok) status = put(a.blob, 0, std::exchange(answer, {}));
    } else if (a.kind == K::hash_bytes) {
      answer = piece_hashes(a.data, a.piece_bytes);
    } else if (a.kind == K::write) {
      status = put(a.blob, a.offset, a.data);
    } else if (a.kind == K::reserve) {
      status = grow(a.blob, a.bytes);
    } else if (a.kind == K::remove) {
      status = disk.erase(a.blob.value) > 0 ? StoreStatus::ok : StoreStatus::not_found;
    } else if (a.kind == K::flush) {
      now = now + flush_time;
    }
    if (status != StoreStatus::ok) answer.clear();
    hashes ? take(in::PiecesHashed{a.op, status, answer}) : take(in::StoreDone{a.op, status, answer});
  }

  static Bytes piece_hashes(ByteSpan bytes, std::uint32_t piece_bytes) {
    Bytes digests;
    for (std::size_t i = 0; i < bytes.size(); i += piece_bytes) {
      const Sha1Hash digest = sha1(bytes.subspan(i, std::min<std::size_t>(piece_bytes, bytes.size() - i)));
      digests.insert(digests.end(), digest.begin(), digest.end());
    }
    return digests;
  }

  std::deque<Asked> queue_;
  std::uint32_t last_request_ = 0;
  std::uint32_t last_source_ = 0x8000'0000U;
  std::uint64_t lives_ = 0;
};

}  // namespace samara::test
