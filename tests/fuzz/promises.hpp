// Owns: what every parser of strangers' bytes promises for any input, as one function each. The fuzzers, their corpus
// in git and the random tests all ask these. Refuses to know: where the input comes from.
#pragma once

#include <span>
#include <string_view>

#include "samara/bytes.hpp"

namespace samara::fuzz {

/// False when the parser did not keep its promise. `name` is also that of the corpus folder.
struct Promise {
  std::string_view name;
  bool (*kept)(ByteSpan input);
};

/// Views stay inside the input; numbers of values and positions within the limits.
bool keeps_bencode(ByteSpan input);
/// A torrent that is taken has consistent sizes; made again, it has the same infohash.
bool keeps_metainfo(ByteSpan input);
/// An entry has a problem, or a normalized form that reads the same; the forms we write read the same.
bool keeps_link(ByteSpan input);
/// Only usable URLs come out, and the magnet that is written reads the same.
bool keeps_magnet(ByteSpan input);
/// Meta that is taken is within its limits and is written to bytes that read the same.
bool keeps_meta(ByteSpan input);
/// CBOR that is stepped over ends inside the input; text lists are written back byte for byte.
bool keeps_cbor(ByteSpan input);
/// A frame that is taken is within its limits.
bool keeps_tracker(ByteSpan input);
/// A description that passes is plain text and passes again unchanged.
bool keeps_sdp(ByteSpan input);
/// Names that are shown are safe; repairs and escapes come to rest.
bool keeps_texts(ByteSpan input);

/// All of them.
std::span<const Promise> promises();

}  // namespace samara::fuzz
