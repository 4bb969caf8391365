// Owns: the storage of one simulated peer: journals byte for byte (disk.hpp), content only as the set of blocks that were
// written. Refuses to know: when a command is done, and whether what was written was right.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/bitfield.hpp"
#include "base/rng.hpp"
#include "samara/config.hpp"
#include "sim/disk.hpp"

namespace samara::sim {

class SwarmDisk {
 public:
  static constexpr std::uint32_t first_content_blob = 16;   // those below are journals
  static constexpr std::uint32_t unit_bytes = limits::block_bytes;

  Disk journals;

  [[nodiscard]] static bool is_content(BlobId blob) { return blob.value >= first_content_blob; }

  void reserve(BlobId blob, std::uint64_t bytes) {
    Held& held = content_[blob.value];
    if (held.bytes >= bytes) return;
    held.bytes = bytes;
    Bitfield grown(static_cast<std::uint32_t>((bytes + unit_bytes - 1) / unit_bytes));
    for (std::uint32_t i = 0; i < held.units.size(); ++i) {
      if (held.units.test(i)) grown.set(i);
    }
    held.units = std::move(grown);
  }
  /// Number of units that were there already; a write that does not begin and end at units is taken as larger than it is.
  std::uint32_t wrote(BlobId blob, std::uint64_t offset, std::uint64_t bytes) {
    reserve(blob, offset + bytes);
    Held& held = content_[blob.value];
    std::uint32_t again = 0;
    for (std::uint64_t i = offset / unit_bytes; i * unit_bytes < offset + bytes; ++i) {
      const auto unit = static_cast<std::uint32_t>(i);
      if (held.units.set(unit)) {
        unflushed_.push_back({blob.value, unit});
      } else {
        ++again;
      }
    }
    return again;
  }
  [[nodiscard]] bool has(BlobId blob, std::uint64_t offset, std::uint64_t bytes) const {
    const auto it = content_.find(blob.value);
    if (it == content_.end() || offset + bytes > it->second.bytes) return false;
    for (std::uint64_t i = offset / unit_bytes; i * unit_bytes < offset + bytes; ++i) {
      if (!it->second.units.test(static_cast<std::uint32_t>(i))) return false;
    }
    return true;
  }
  [[nodiscard]] bool known(BlobId blob) const { return content_.contains(blob.value); }
  /// Some content blob holds these bytes.
  [[nodiscard]] bool has_anywhere(std::uint64_t offset, std::uint64_t bytes) const {
    for (const auto& [blob, held] : content_) {
      if (has({blob}, offset, bytes)) return true;
    }
    return false;
  }
  /// Units of the fullest content blob.
  [[nodiscard]] std::uint32_t units() const {
    std::uint32_t most = 0;
    for (const auto& [blob, held] : content_) most = std::max(most, held.units.count());
    return most;
  }
  void remove(BlobId blob) {
    content_.erase(blob.value);
    std::erase_if(unflushed_, [&](const Unit& unit) { return unit.blob == blob.value; });
  }
  [[nodiscard]] std::uint64_t mark() const { return flushed_ + unflushed_.size(); }
  void flushed(std::uint64_t mark) {
    if (mark <= flushed_) return;
    const auto count = std::min<std::uint64_t>(mark - flushed_, unflushed_.size());
    unflushed_.erase(unflushed_.begin(), unflushed_.begin() + static_cast<std::ptrdiff_t>(count));
    flushed_ += count;
  }
  /// The process is gone: of what was not flushed, any part stays.
  void crash(Rng& rng) {
    journals.crash();
    for (const Unit& unit : unflushed_) {
      if (rng.below(2) == 0) content_[unit.blob].units.reset(unit.unit);
    }
    flushed_ += unflushed_.size();
    unflushed_.clear();
  }
  /// Blobs and sizes, as a host lists them: journals first.
  [[nodiscard]] std::vector<std::pair<std::uint32_t, std::uint64_t>> listing() const {
    std::vector<std::pair<std::uint32_t, std::uint64_t>> all;
    for (const auto& [blob, bytes] : journals.written) all.emplace_back(blob, bytes.size());
    for (const auto& [blob, held] : content_) all.emplace_back(blob, held.bytes);
    return all;
  }

 private:
  struct Held {
    std::uint64_t bytes = 0;
    Bitfield units;
  };
  struct Unit {
    std::uint32_t blob;
    std::uint32_t unit;
  };
  std::map<std::uint32_t, Held> content_;
  std::vector<Unit> unflushed_;
  std::uint64_t flushed_ = 0;
};

}  // namespace samara::sim
