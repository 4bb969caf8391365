// Owns: the info dictionary of BEP 3 and the .torrent file around it: reading with every check, and
// making one that has the infohash create-torrent 6.1.3 would give.
// Refuses to know: content bytes and where they are kept.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "samara/bytes.hpp"
#include "samara/error.hpp"
#include "samara/ids.hpp"

namespace samara {

/// One file of a torrent, in torrent order.
struct FileEntry {
  std::vector<std::string> path;  ///< Components without separators; a single file: its shown name alone.
  std::uint64_t bytes = 0;
  bool pad = false;               ///< Filler between files (BEP 47): never shown or kept.
};

struct Metainfo {
  InfoHash info_hash;
  std::string name;                 ///< UTF-8, may hold anything else: show display_name(name).
  std::uint64_t bytes = 0;          ///< Of all files, pad files included.
  std::uint32_t piece_bytes = 0;
  std::vector<FileEntry> files;     ///< Never empty.
  bool multi_file = false;
  std::optional<bool> is_private;   ///< Set when the key is there: it is part of the infohash.
  std::optional<std::string> source;  ///< info.source: part of the infohash too.
  Bytes pieces;                     ///< 20 bytes per piece.
  Bytes info;                       ///< The info dictionary, exactly.
  std::vector<std::string> trackers;   ///< From a .torrent: unfiltered, without duplicates, tiers flattened.
  std::vector<std::string> web_seeds;  ///< From a .torrent: unfiltered.
  std::string comment;
  std::int64_t creation_unix_s = 0;    ///< 0: not said.

  [[nodiscard]] std::uint32_t piece_count() const noexcept;
  /// Length of one piece in bytes; the last may be shorter. index < piece_count().
  [[nodiscard]] std::uint32_t piece_length(PieceIndex index) const noexcept;
  /// The hash of one piece. index < piece_count() and pieces are there.
  [[nodiscard]] Sha1Hash piece_hash(PieceIndex index) const noexcept;
};

/// Reads an info dictionary received from a peer. Errors: metainfo_hash_mismatch first, then the
/// bencode_* and metainfo_* codes.
[[nodiscard]] Result<Metainfo> parse_info(ByteSpan info_dict, const InfoHash& expected);
/// The same for bytes that are trusted to be what they say; the infohash is computed.
[[nodiscard]] Result<Metainfo> parse_info(ByteSpan info_dict);

/// Reads a .torrent file. The info dictionary must be canonical; the outer keys may be unsorted, as
/// in real files. Malformed optional outer fields are ignored.
[[nodiscard]] Result<Metainfo> parse_torrent(ByteSpan file);

/// What a torrent is to be made of, in the words of create-torrent.
struct CreateSpec {
  std::optional<std::string> name{};                          ///< opts.name
  std::vector<std::pair<std::string, std::uint64_t>> files{}; ///< File name (may hold `/`, may be empty) and bytes.
  bool list_input = false;                ///< The caller had a list. One element is a single file all the same.
  std::optional<bool> is_private{};       ///< Written whenever set, also as 0.
  std::optional<std::string> source{};    ///< info.source
  std::uint32_t piece_bytes = 0;          ///< 0: default_piece_bytes of the total
};

/// create-torrent's piece length for that many content bytes, capped at piece_bytes_created_max.
[[nodiscard]] std::uint32_t default_piece_bytes(std::uint64_t total_bytes) noexcept;

/// "file" plus the extension of a media type ("audio/webm;codecs=opus" → "file.webm"); "file" alone
/// when the type is unknown.
[[nodiscard]] std::string default_file_name(std::string_view media_type);
/// The media type that a file name's extension stands for, or empty: plain torrents carry no types.
[[nodiscard]] std::string media_type_of(std::string_view file_name);

/// Names, lengths and geometry of the torrent to be made; pieces, info and info_hash are still empty.
/// Errors (fault usage): metainfo_missing_field (no files), _too_many_files, _bad_path, _too_large,
/// _bad_piece_length, _bad_piece_count.
[[nodiscard]] Result<Metainfo> plan_torrent(const CreateSpec& spec);

/// Completes a planned torrent with its piece hashes (20 bytes each, in order): fills pieces, info and
/// info_hash. Errors (fault usage): metainfo_bad_piece_count.
[[nodiscard]] Result<void> finish_torrent(Metainfo& torrent, Bytes piece_hashes);

/// A .torrent file in create-torrent's layout: announce and one tier per tracker, comment, creation
/// date (0: left out), encoding, info, url-list. The torrent must be complete.
[[nodiscard]] Bytes encode_torrent_file(const Metainfo& torrent, std::span<const std::string> trackers = {},
                                        std::span<const std::string> web_seeds = {}, std::string_view comment = {},
                                        std::int64_t created_unix_s = 0);

}  // namespace samara
