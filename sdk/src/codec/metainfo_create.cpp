// Owns: making a torrent: names, geometry and bytes as create-torrent 6.1.3 makes them, so that the
// same content and options have the same infohash. Refuses to know: how content is hashed.
#include <algorithm>
#include <array>
#include <bit>

#include "base/checked.hpp"
#include "codec/bencode.hpp"
#include "codec/metainfo.hpp"
#include "codec/path_rules.hpp"
#include "codec/utf8.hpp"
#include "hash/sha1.hpp"
#include "samara/config.hpp"

namespace samara {
namespace {

using Path = std::vector<std::string>;

// Splits at `/` as JavaScript's split does, without the first part of an absolute path.
Path split_path(std::string_view name) {
  Path parts;
  if (name.starts_with('/')) name.remove_prefix(1);
  for (;;) {
    const std::size_t slash = name.find('/');
    parts.emplace_back(name.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    name.remove_prefix(slash + 1);
  }
}

std::vector<Path> split_paths(const CreateSpec& spec) {
  std::vector<Path> paths;
  paths.reserve(spec.files.size());
  for (const auto& [name, bytes] : spec.files) {
    paths.push_back(name.empty() ? Path{"Unknown File " + std::to_string(paths.size() + 1)} : split_path(name));
  }
  return paths;
}

// The first component that two or more paths share, each with something behind it; else "".
std::string common_prefix(const std::vector<Path>& paths) {
  if (paths.size() < 2) return "";
  for (const Path& path : paths) {
    if (path.size() < 2 || path.front() != paths.front().front()) return "";
  }
  return paths.front().front();
}

std::string torrent_name(const CreateSpec& spec, const std::vector<Path>& paths, const std::string& prefix) {
  if (spec.name && !spec.name->empty()) return *spec.name;
  if (!prefix.empty()) return prefix;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (!spec.files[i].first.empty()) return paths[i].back();
  }
  return "file";
}

bool is_allowed_name(std::string_view name) noexcept {
  if (name.empty() || name == "." || name == ".." || name.contains('\0')) return false;
  return name.size() <= limits::text_bytes_max && is_utf8(name);
}

Result<void> add_files(const CreateSpec& spec, std::vector<Path>& paths, bool drop_prefix, Metainfo& torrent) {
  for (std::size_t i = 0; i < paths.size(); ++i) {
    Path& path = paths[i];
    if (drop_prefix) path.erase(path.begin());
    const bool safe = std::ranges::all_of(path, [](const auto& part) { return is_safe_component(part); });
    if (torrent.multi_file && (!safe || path.size() > limits::path_depth_max)) {
      return usage_fault(Code::metainfo_bad_path, static_cast<std::uint32_t>(i));
    }
    const auto total = checked_add(torrent.bytes, spec.files[i].second);
    // bencode numbers are 64-bit and signed
    if (!total || *total > 0x7fff'ffff'ffff'ffffULL) return usage_fault(Code::metainfo_too_large);
    torrent.bytes = *total;
    torrent.files.push_back({std::move(path), spec.files[i].second, false});
  }
  if (!torrent.multi_file) torrent.files.front().path = {display_name(torrent.name)};
  return {};
}

void write_files(BencodeWriter& writer, const Metainfo& torrent) {
  writer.key("files").begin_list();
  for (const FileEntry& file : torrent.files) {
    writer.begin_dict().field("length", file.bytes).key("path").begin_list();
    for (const std::string& part : file.path) writer.string(part);
    writer.end_list().end_dict();
  }
  writer.end_list();
}

Bytes encode_info(const Metainfo& torrent) {
  Bytes out;
  BencodeWriter writer(out);
  writer.begin_dict();
  if (torrent.multi_file) {
    write_files(writer, torrent);
  } else {
    writer.field("length", torrent.bytes);
  }
  writer.field("name", torrent.name).field("piece length", torrent.piece_bytes).field("pieces", torrent.pieces);
  if (torrent.is_private) writer.field("private", *torrent.is_private);
  if (torrent.source) writer.field("source", *torrent.source);
  writer.end_dict();
  return out;
}

}  // namespace

std::uint32_t default_piece_bytes(std::uint64_t total_bytes) noexcept {
  // First content size of each doubling: ⌈16 KiB · 1024 · 2^k · √2⌉, which is where create-torrent's
  // 2^round(log2(bytes / 1024)) steps up. A table, because its floating point must not be repeated.
  static constexpr std::array<std::uint64_t, 8> steps{23'726'567,  47'453'133,  94'906'266,    189'812'532,
                                                      379'625'063, 759'250'125, 1'518'500'250, 3'037'000'500};
  const auto doublings = std::ranges::upper_bound(steps, total_bytes) - steps.begin();
  return limits::piece_bytes_min << static_cast<std::uint32_t>(doublings);
}

Result<Metainfo> plan_torrent(const CreateSpec& spec) {
  if (spec.files.empty()) return usage_fault(Code::metainfo_missing_field);
  if (spec.files.size() > limits::files_max) return usage_fault(Code::metainfo_too_many_files);
  auto paths = split_paths(spec);
  const std::string prefix = common_prefix(paths);
  Metainfo torrent;
  torrent.name = torrent_name(spec, paths, prefix);
  if (!is_allowed_name(torrent.name)) return usage_fault(Code::metainfo_bad_path);
  torrent.multi_file = spec.files.size() > 1;
  torrent.is_private = spec.is_private;
  torrent.source = spec.source;
  if (const auto added = add_files(spec, paths, !prefix.empty(), torrent); !added) {
    return std::unexpected(added.error());
  }
  torrent.piece_bytes = spec.piece_bytes != 0 ? spec.piece_bytes : default_piece_bytes(torrent.bytes);
  if (torrent.piece_bytes < limits::piece_bytes_min || torrent.piece_bytes > limits::piece_bytes_max ||
      !std::has_single_bit(torrent.piece_bytes)) {
    return usage_fault(Code::metainfo_bad_piece_length);
  }
  if (divide_up(torrent.bytes, torrent.piece_bytes) > limits::pieces_max) {
    return usage_fault(Code::metainfo_bad_piece_count);
  }
  return torrent;
}

Result<void> finish_torrent(Metainfo& torrent, Bytes piece_hashes) {
  if (piece_hashes.size() != std::size_t{torrent.piece_count()} * sizeof(Sha1Hash)) {
    return usage_fault(Code::metainfo_bad_piece_count);
  }
  torrent.pieces = std::move(piece_hashes);
  torrent.info = encode_info(torrent);
  torrent.info_hash = InfoHash{sha1(torrent.info)};
  return {};
}

Bytes encode_torrent_file(const Metainfo& torrent, std::span<const std::string> trackers,
                          std::span<const std::string> web_seeds, std::string_view comment,
                          std::int64_t created_unix_s) {
  Bytes out;
  BencodeWriter writer(out);
  writer.begin_dict();
  if (!trackers.empty()) {
    writer.field("announce", trackers.front()).key("announce-list").begin_list();
    for (const std::string& url : trackers) writer.begin_list().string(url).end_list();
    writer.end_list();
  }
  if (!comment.empty()) writer.field("comment", comment);
  if (created_unix_s != 0) writer.field("creation date", created_unix_s);
  writer.field("encoding", "UTF-8").key("info").raw(torrent.info);
  if (!web_seeds.empty()) {
    writer.key("url-list").begin_list();
    for (const std::string& url : web_seeds) writer.string(url);
    writer.end_list();
  }
  writer.end_dict();
  return out;
}

}  // namespace samara
