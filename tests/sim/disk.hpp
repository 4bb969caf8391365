// Owns: storage of a simulated device: what is written, what of it is durable, what a crash may leave, and faults on demand.
// Refuses to know: engines, and when anything happens: the host says when a flush is done.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>

#include "base/rng.hpp"
#include "samara/bytes.hpp"
#include "samara/input.hpp"

namespace samara::sim {

/// The bytes of one blob, shared by all copies of a disk until one of them writes: sweeps copy disks thousands of times.
class Content {
 public:
  Content() : bytes_(std::make_shared<Bytes>()) {}
  explicit Content(Bytes bytes) : bytes_(std::make_shared<Bytes>(std::move(bytes))) {}
  operator const Bytes&() const { return *bytes_; }   // NOLINT: it is what it holds
  [[nodiscard]] std::size_t size() const { return bytes_->size(); }
  [[nodiscard]] const Bytes& get() const { return *bytes_; }
  /// To be written to.
  Bytes& own() {
    if (bytes_.use_count() > 1) bytes_ = std::make_shared<Bytes>(*bytes_);
    return *bytes_;
  }

 private:
  std::shared_ptr<Bytes> bytes_;
};

using Blobs = std::map<std::uint32_t, Content>;

/// What one store command did: until a flush covers it, a crash may keep it, lose it or tear it.
struct Change {
  enum class Kind : std::uint8_t { write, reserve, remove } kind = Kind::write;
  std::uint64_t number = 0;   // 1, 2, 3 … over the disk's whole life
  std::uint32_t blob = 0;
  std::uint64_t offset = 0;   // reserve: the size
  std::shared_ptr<const Bytes> bytes;
};

enum class Fate : std::uint8_t { gone, whole, torn };

/// The unit of tearing: what every disk writes whole or not at all. Larger units (pages of 4 KiB, rows of 16 or 256 KiB)
/// are aligned runs of it, so what they may leave is among what these may leave.
inline constexpr std::size_t sector_bytes = 512;

inline void land(Blobs& blobs, const Change& change) {
  if (change.kind == Change::Kind::remove) {
    blobs.erase(change.blob);
    return;
  }
  Bytes& content = blobs[change.blob].own();
  const std::size_t written = change.bytes ? change.bytes->size() : 0;
  const auto end = static_cast<std::size_t>(change.offset) + written;
  if (content.size() < end) content.resize(end);
  if (written > 0) std::copy(change.bytes->begin(), change.bytes->end(), content.begin() + static_cast<std::ptrdiff_t>(change.offset));
}

/// Some sectors of a write land, any of them. The blob may have grown to the write's whole length all the same: a file's
/// size and its bytes are written apart, and what is missing then reads as zeros.
inline void land_torn(Blobs& blobs, const Change& change, Rng& rng) {
  if (change.kind != Change::Kind::write || !change.bytes || change.bytes->empty()) return;
  Bytes& content = blobs[change.blob].own();
  const auto offset = static_cast<std::size_t>(change.offset);
  const std::size_t end = offset + change.bytes->size();
  if (rng.below(2) == 0) content.resize(std::max(content.size(), end));
  const bool in_order = rng.below(2) == 0;   // all up to some place, else here and there
  const std::size_t stop = offset + static_cast<std::size_t>(rng.below(change.bytes->size() + 1));
  for (std::size_t at = offset; at < end;) {
    const std::size_t next = std::min(end, (at / sector_bytes + 1) * sector_bytes);
    if (in_order ? next <= stop : rng.below(2) == 0) {
      content.resize(std::max(content.size(), next));
      const auto from = change.bytes->begin() + static_cast<std::ptrdiff_t>(at - offset);
      std::copy(from, from + static_cast<std::ptrdiff_t>(next - at), content.begin() + static_cast<std::ptrdiff_t>(at));
    }
    at = next;
  }
}

/// What goes wrong with one store command.
enum class Trouble : std::uint8_t {
  none,
  failed,        // nothing happens and it says so
  short_write,   // half of it lands and it says that it failed
  full,
  lost,
  slow,          // done, a minute late
  twice,         // done, and said twice
  unanswered,    // done, and never said
};

class Disk {
 public:
  Blobs written;   // what reads see
  Blobs durable;   // what a crash surely leaves
  std::uint64_t capacity_bytes = 1ULL << 40;
  std::optional<std::uint64_t> trouble_at;   // this command, counted from 0 …
  Trouble trouble = Trouble::failed;         // … has this
  std::uint64_t commands = 0;

  Disk() = default;
  /// As found after a crash or in a fixture.
  explicit Disk(const Blobs& found) : written(found), durable(found) {}

  /// Counts one command of the engine; what the host has to let go wrong with it.
  Trouble next() { return commands++ == trouble_at ? trouble : Trouble::none; }

  StoreStatus write(std::uint32_t blob, std::uint64_t offset, ByteSpan bytes) {
    const auto end = offset + bytes.size();
    const auto it = written.find(blob);
    const std::uint64_t size = it == written.end() ? 0 : it->second.size();
    if (end > size && used() + (end - size) > capacity_bytes) return StoreStatus::full;
    change({Change::Kind::write, 0, blob, offset, std::make_shared<const Bytes>(to_bytes(bytes))});
    return StoreStatus::ok;
  }
  StoreStatus reserve(std::uint32_t blob, std::uint64_t bytes) {
    const auto it = written.find(blob);
    const std::uint64_t size = it == written.end() ? 0 : it->second.size();
    if (bytes > size && used() + (bytes - size) > capacity_bytes) return StoreStatus::full;
    change({Change::Kind::reserve, 0, blob, bytes, nullptr});
    return StoreStatus::ok;
  }
  StoreStatus read(std::uint32_t blob, std::uint64_t offset, std::uint32_t bytes, Bytes& out) const {
    const auto it = written.find(blob);
    if (it == written.end()) return StoreStatus::not_found;
    if (offset + bytes > it->second.size()) return StoreStatus::lost;
    const auto begin = it->second.get().begin() + static_cast<std::ptrdiff_t>(offset);
    out.assign(begin, begin + bytes);
    return StoreStatus::ok;
  }
  StoreStatus remove(std::uint32_t blob) {
    if (written.contains(blob)) change({Change::Kind::remove, 0, blob, 0, nullptr});
    return StoreStatus::ok;
  }
  /// Number of the last change so far: a flush that begins now makes everything up to it durable when it is done.
  [[nodiscard]] std::uint64_t mark() const { return last_; }
  void flushed(std::uint64_t mark) {
    while (!pending_.empty() && pending_.front().number <= mark) {
      land(durable, pending_.front());
      pending_.pop_front();
    }
  }
  StoreStatus flush() {
    flushed(last_);
    return StoreStatus::ok;
  }
  /// Changes that a crash may keep, lose or tear, oldest first.
  [[nodiscard]] const std::deque<Change>& pending() const { return pending_; }
  /// What is left when each of them meets its fate.
  [[nodiscard]] Blobs left(const std::vector<Fate>& fates, Rng& rng) const {
    Blobs blobs = durable;
    for (std::size_t i = 0; i < fates.size(); ++i) {
      if (fates[i] == Fate::whole) land(blobs, pending_[i]);
      if (fates[i] == Fate::torn) land_torn(blobs, pending_[i], rng);
    }
    return blobs;
  }
  /// A crash after which nothing is left but what was flushed.
  void crash() {
    written = durable;
    pending_.clear();
  }

 private:
  void change(Change change) {
    change.number = ++last_;
    land(written, change);
    pending_.push_back(std::move(change));
  }
  [[nodiscard]] std::uint64_t used() const {
    std::uint64_t sum = 0;
    for (const auto& [blob, bytes] : written) sum += bytes.size();
    return sum;
  }

  std::deque<Change> pending_;
  std::uint64_t last_ = 0;
};

}  // namespace samara::sim
