// Owns: every error code of the engine, its public spelling, and whose fault it is.
// A code without a test that brings it about goes.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

namespace samara {

/// Whose fault: a stranger's (score, drop), the environment's (retry, report), the caller's (refuse).
enum class Fault : std::uint8_t { remote, environment, usage };

// X(enumerator, public spelling). The first block is the public ErrorCode of the JS API; the rest are
// protocol violations that only drop a peer or a frame and are seen in logs.
#define SAMARA_ERROR_CODES(X)                                   \
  X(ok, "ok")                                                   \
  X(aborted, "aborted")                                         \
  X(bad_link, "bad-link")                                       \
  X(newer_link, "newer-link")                                   \
  X(unsupported, "unsupported")                                 \
  X(password_needed, "password-needed")                         \
  X(wrong_password, "wrong-password")                           \
  X(wrong_key, "wrong-key")                                     \
  X(refused, "refused")                                         \
  X(too_large, "too-large")                                     \
  X(storage_full, "storage-full")                               \
  X(storage_lost, "storage-lost")                               \
  X(source_changed, "source-changed")                           \
  X(metadata_invalid, "metadata-invalid")                       \
  X(bad_share, "bad-share")                                     \
  X(newer_store, "newer-store")                                 \
  X(expired, "expired")                                         \
  X(not_found, "not-found")                                     \
  X(closed, "closed")                                           \
  /* bencode, metainfo, paths */                                \
  X(bencode_truncated, "bencode-truncated")                     \
  X(bencode_syntax, "bencode-syntax")                           \
  X(bencode_integer, "bencode-integer")                         \
  X(bencode_key_order, "bencode-key-order")                     \
  X(bencode_too_deep, "bencode-too-deep")                       \
  X(bencode_too_many_tokens, "bencode-too-many-tokens")         \
  X(bencode_trailing_bytes, "bencode-trailing-bytes")           \
  X(metainfo_missing_field, "metainfo-missing-field")           \
  X(metainfo_bad_length, "metainfo-bad-length")                 \
  X(metainfo_bad_piece_length, "metainfo-bad-piece-length")     \
  X(metainfo_bad_piece_count, "metainfo-bad-piece-count")       \
  X(metainfo_too_many_files, "metainfo-too-many-files")         \
  X(metainfo_too_large, "metainfo-too-large")                   \
  X(metainfo_bad_path, "metainfo-bad-path")                     \
  X(metainfo_hash_mismatch, "metainfo-hash-mismatch")           \
  /* signalling */                                              \
  X(tracker_frame_too_large, "tracker-frame-too-large")         \
  X(tracker_json_invalid, "tracker-json-invalid")               \
  X(tracker_json_too_deep, "tracker-json-too-deep")             \
  X(tracker_field_invalid, "tracker-field-invalid")             \
  X(tracker_foreign_torrent, "tracker-foreign-torrent")         \
  X(tracker_offer_quota, "tracker-offer-quota")                 \
  X(sdp_too_large, "sdp-too-large")                             \
  X(sdp_invalid, "sdp-invalid")                                 \
  X(sdp_forbidden_media, "sdp-forbidden-media")                 \
  /* peer wire */                                               \
  X(handshake_invalid, "handshake-invalid")                     \
  X(handshake_wrong_torrent, "handshake-wrong-torrent")         \
  X(handshake_timeout, "handshake-timeout")                     \
  X(self_connection, "self-connection")                         \
  X(duplicate_peer, "duplicate-peer")                           \
  X(channel_refused, "channel-refused")                         \
  X(frame_too_large, "frame-too-large")                         \
  X(frame_bad_length, "frame-bad-length")                       \
  X(frame_timeout, "frame-timeout")                             \
  X(too_many_unknown_messages, "too-many-unknown-messages")     \
  X(fast_not_negotiated, "fast-not-negotiated")                 \
  X(bitfield_bad_size, "bitfield-bad-size")                     \
  X(bitfield_spare_bits, "bitfield-spare-bits")                 \
  X(bitfield_repeated, "bitfield-repeated")                     \
  X(have_out_of_range, "have-out-of-range")                     \
  X(request_out_of_range, "request-out-of-range")               \
  X(request_too_long, "request-too-long")                       \
  X(request_flood, "request-flood")                             \
  X(piece_not_requested, "piece-not-requested")                 \
  X(piece_bad_hash, "piece-bad-hash")                           \
  X(peer_banned, "peer-banned")                                 \
  X(extended_invalid, "extended-invalid")                       \
  X(extended_too_many_handshakes, "extended-too-many-handshakes") \
  X(extended_id_remapped, "extended-id-remapped")               \
  X(metadata_bad_size, "metadata-bad-size")                     \
  X(metadata_bad_piece, "metadata-bad-piece")                   \
  X(metadata_flood, "metadata-flood")                           \
  X(link_idle, "link-idle")                                     \
  /* host and store */                                          \
  X(connection_failed, "connection-failed")                     \
  X(store_failed, "store-failed")                               \
  X(journal_corrupt, "journal-corrupt")

enum class Code : std::uint16_t {
#define SAMARA_ENUMERATOR(name, text) name,
  SAMARA_ERROR_CODES(SAMARA_ENUMERATOR)
#undef SAMARA_ENUMERATOR
};

/// The kebab-case spelling that users, logs and docs/errors.md use. Static storage.
[[nodiscard]] constexpr std::string_view to_string(Code code) noexcept {
  switch (code) {
#define SAMARA_SPELLING(name, text) \
  case Code::name:                  \
    return text;
    SAMARA_ERROR_CODES(SAMARA_SPELLING)
#undef SAMARA_SPELLING
  }
  return "ok";
}

/// Why something failed. `detail` is a small number or position whose meaning the code's comment or
/// the failing function gives; 0 when there is nothing to add.
struct Error {
  Code code = Code::ok;
  Fault fault = Fault::remote;
  std::uint32_t detail = 0;
  constexpr bool operator==(const Error&) const = default;
};

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] constexpr std::unexpected<Error> remote_fault(Code code, std::uint32_t detail = 0) {
  return std::unexpected(Error{code, Fault::remote, detail});
}
[[nodiscard]] constexpr std::unexpected<Error> environment_fault(Code code, std::uint32_t detail = 0) {
  return std::unexpected(Error{code, Fault::environment, detail});
}
[[nodiscard]] constexpr std::unexpected<Error> usage_fault(Code code, std::uint32_t detail = 0) {
  return std::unexpected(Error{code, Fault::usage, detail});
}

}  // namespace samara

/// Returns the error of a Result from the enclosing function, or goes on with the value.
/// The only control-flow macro of the project.
#define SAMARA_TRY(name, expression)                                    \
  auto name##_result = (expression);                                    \
  if (!name##_result) return std::unexpected(name##_result.error());    \
  auto& name = *name##_result
