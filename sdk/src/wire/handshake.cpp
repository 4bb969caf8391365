// Owns: the bytes of the handshake.
#include "wire/handshake.hpp"

#include <algorithm>
#include <string_view>

#include "base/reader.hpp"
#include "base/writer.hpp"
#include "samara/config.hpp"

namespace samara {
namespace {

constexpr std::string_view protocol = "\x13" "BitTorrent protocol";
constexpr std::size_t reserved_bytes = 8;
constexpr std::size_t extended_byte = 5;
constexpr std::uint8_t extended_bit = 0x10;
constexpr std::size_t fast_byte = 7;
constexpr std::uint8_t fast_bit = 0x04;
// "-SM0001-" and 6 bytes of the engine's run id; the other 6 differ per socket.
constexpr std::string_view own_client = "-SM";
constexpr std::size_t run_id_end = 14;

bool starts_with(const PeerId& id, std::string_view text) noexcept {
  return as_text(id.bytes).starts_with(text);
}

}  // namespace

void append_handshake(Bytes& out, const InfoHash& info_hash, const PeerId& self) {
  std::array<std::uint8_t, reserved_bytes> reserved{};
  reserved[extended_byte] = extended_bit;
  reserved[fast_byte] = fast_bit;
  Writer(out).text(protocol).bytes(reserved).bytes(info_hash.bytes).bytes(self.bytes);
}

Result<Handshake> decode_handshake(ByteSpan bytes) {
  if (bytes.size() != limits::handshake_bytes) {
    return remote_fault(Code::handshake_invalid, static_cast<std::uint32_t>(bytes.size()));
  }
  Reader reader(bytes);
  const ByteSpan name = reader.take(protocol.size());
  const auto [wrong, expected] = std::ranges::mismatch(name, as_bytes(protocol));
  if (wrong != name.end()) {
    return remote_fault(Code::handshake_invalid, static_cast<std::uint32_t>(wrong - name.begin()));
  }
  const ByteSpan reserved = reader.take(reserved_bytes);
  Handshake handshake;
  handshake.extended = (reserved[extended_byte] & extended_bit) != 0;
  handshake.fast = (reserved[fast_byte] & fast_bit) != 0;
  std::ranges::copy(reader.take(handshake.info_hash.bytes.size()), handshake.info_hash.bytes.begin());
  std::ranges::copy(reader.take(handshake.peer_id.bytes.size()), handshake.peer_id.bytes.begin());
  return handshake;
}

Result<void> check_handshake(const Handshake& theirs, const InfoHash& info_hash, const PeerId& self) {
  if (theirs.info_hash != info_hash) return remote_fault(Code::handshake_wrong_torrent);
  if (same_engine(self, theirs.peer_id)) return remote_fault(Code::self_connection);
  return {};
}

bool same_engine(const PeerId& self, const PeerId& other) noexcept {
  if (!starts_with(self, own_client)) return self == other;
  return std::equal(self.bytes.begin(), self.bytes.begin() + run_id_end, other.bytes.begin());
}

}  // namespace samara
