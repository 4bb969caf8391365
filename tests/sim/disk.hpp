// Owns: storage of a simulated device: what is written, what of it is durable, and faults on demand.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>

#include "samara/bytes.hpp"
#include "samara/input.hpp"

namespace samara::sim {

class Disk {
 public:
  std::map<std::uint32_t, Bytes> written;   // what reads see
  std::map<std::uint32_t, Bytes> durable;   // what a crash leaves
  std::uint64_t capacity_bytes = 1ULL << 40;
  std::optional<std::uint64_t> fail_at;     // this command, counted from 0, fails
  StoreStatus fail_with = StoreStatus::failed;
  std::uint64_t commands = 0;

  StoreStatus write(std::uint32_t blob, std::uint64_t offset, ByteSpan bytes) {
    if (const auto fault = next_fault()) return *fault;
    if (used() + bytes.size() > capacity_bytes) return StoreStatus::full;
    Bytes& content = written[blob];
    content.resize(std::max<std::size_t>(content.size(), static_cast<std::size_t>(offset) + bytes.size()));
    std::copy(bytes.begin(), bytes.end(), content.begin() + static_cast<std::ptrdiff_t>(offset));
    return StoreStatus::ok;
  }
  StoreStatus read(std::uint32_t blob, std::uint64_t offset, std::uint32_t bytes, Bytes& out) {
    if (const auto fault = next_fault()) return *fault;
    const auto it = written.find(blob);
    if (it == written.end() || offset + bytes > it->second.size()) return StoreStatus::not_found;
    const auto begin = it->second.begin() + static_cast<std::ptrdiff_t>(offset);
    out.assign(begin, begin + bytes);
    return StoreStatus::ok;
  }
  StoreStatus flush() {
    if (const auto fault = next_fault()) return *fault;
    durable = written;
    return StoreStatus::ok;
  }
  StoreStatus remove(std::uint32_t blob) {
    if (const auto fault = next_fault()) return *fault;
    return written.erase(blob) > 0 ? StoreStatus::ok : StoreStatus::not_found;
  }
  /// Everything that was not flushed is gone.
  void crash() { written = durable; }

 private:
  std::optional<StoreStatus> next_fault() {
    if (fail_at && commands++ == *fail_at) return fail_with;
    if (!fail_at) ++commands;
    return std::nullopt;
  }
  [[nodiscard]] std::uint64_t used() const {
    std::uint64_t sum = 0;
    for (const auto& [blob, bytes] : written) sum += bytes.size();
    return sum;
  }
};

}  // namespace samara::sim
