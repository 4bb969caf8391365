// Owns: the exported C functions and the two byte regions they share with the host: inputs in, records
// out. One engine per wasm instance. Refuses to know: what records mean (records.cpp does).
#include "samara/abi.h"

#include <memory>
#include <vector>

#include "abi/records.hpp"
#include "crypto/keys.hpp"
#include "hash/sha1.hpp"
#include "samara/engine.hpp"

#ifdef __EMSCRIPTEN__
#define SAMARA_EXPORT(name) __attribute__((export_name(#name), used))
#else
#define SAMARA_EXPORT(name)
#endif

namespace {

using namespace samara;

struct Instance {
  std::unique_ptr<Engine> engine;
  Bytes input;
  std::vector<samara_record> records;
  std::vector<Bytes> scratch;
};

Instance& instance() {
  static Instance the_one;
  return the_one;
}

/// Addresses fit in 32 bits in wasm; natively only the low half is told and nobody uses it.
std::uint32_t address(const void* p) noexcept {
  return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(p));
}

ByteSpan payload(std::uint32_t bytes) {
  const Bytes& input = instance().input;
  return ByteSpan(input).first(std::min<std::size_t>(bytes, input.size()));
}

void add_record(const abi::EncodedOutput& output) {
  instance().records.push_back({sizeof(samara_record), static_cast<std::uint16_t>(output.kind), output.flags, output.handle,
                                output.a, output.b, output.payload.empty() ? 0 : address(output.payload.data()),
                                output.payload_bytes});
}

/// Forgets what the last call put out; a password may have been among it.
void forget_records() {
  Instance& self = instance();
  for (Bytes& kept : self.scratch) wipe(kept);
  self.records.clear();
  self.scratch.clear();
}

/// Inputs that bring secrets: links, passwords, random bytes.
bool is_secret(abi::InKind kind) noexcept {
  using K = abi::InKind;
  return kind == K::entropy || kind == K::password_stretched || kind == K::share || kind == K::receive || kind == K::control;
}

std::uint32_t one_record(Bytes bytes) {
  Instance& self = instance();
  forget_records();
  self.scratch.push_back(std::move(bytes));
  const ByteSpan kept = self.scratch.back();
  add_record({abi::OutKind{}, 0, 0, 0, 0, kept, static_cast<std::uint32_t>(kept.size())});
  return 1;
}

}  // namespace

extern "C" {

SAMARA_EXPORT(samara_reserve) std::uint32_t samara_reserve(std::uint32_t bytes) {
  Bytes& input = instance().input;
  if (input.size() < bytes) input.resize(bytes);
  return address(input.data());
}

SAMARA_EXPORT(samara_create)
std::uint32_t samara_create(std::uint32_t seed_low, std::uint32_t seed_high, std::uint32_t config_bytes) {
  const std::uint64_t seed = (std::uint64_t{seed_high} << 32) | seed_low;
  instance().engine = std::make_unique<Engine>(abi::decode_config(payload(config_bytes)), seed);
  return 1;
}

SAMARA_EXPORT(samara_handle)
std::uint32_t samara_handle(std::uint32_t kind, std::uint32_t handle, std::uint32_t a, double b, std::uint32_t payload_bytes,
                            double now_us) {
  Instance& self = instance();
  const auto input = abi::decode_input(kind, handle, a, b, payload(payload_bytes));
  if (!self.engine || !input) return 0xffff'ffffU;
  forget_records();
  self.engine->handle(Instant{static_cast<std::int64_t>(now_us)}, *input);
  while (const auto output = self.engine->poll()) add_record(abi::encode_output(*output, self.scratch));
  if (is_secret(static_cast<abi::InKind>(kind))) wipe(MutByteSpan(self.input).first(std::min<std::size_t>(payload_bytes, self.input.size())));
  return static_cast<std::uint32_t>(self.records.size());
}

SAMARA_EXPORT(samara_records) std::uint32_t samara_records(void) {
  return address(instance().records.data());
}

SAMARA_EXPORT(samara_deadline_us) double samara_deadline_us(void) {
  const auto& engine = instance().engine;
  const auto deadline = engine ? engine->deadline() : std::nullopt;
  return deadline ? static_cast<double>(deadline->us) : -1.0;
}

SAMARA_EXPORT(samara_inspect) std::uint32_t samara_inspect(std::uint32_t payload_bytes) {
  return one_record(abi::inspect_link(payload(payload_bytes)));
}

SAMARA_EXPORT(samara_sha1) std::uint32_t samara_sha1(std::uint32_t payload_bytes, std::uint32_t piece_bytes) {
  Bytes digests;
  ByteSpan left = payload(payload_bytes);
  while (piece_bytes > 0 && !left.empty()) {
    const ByteSpan piece = left.first(std::min<std::size_t>(piece_bytes, left.size()));
    const Sha1Hash digest = sha1(piece);
    digests.insert(digests.end(), digest.begin(), digest.end());
    left = left.subspan(piece.size());
  }
  return one_record(std::move(digests));
}

}  // extern "C"
