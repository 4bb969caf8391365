// Owns: reading an info dictionary and a .torrent file with every check of BEP 3 and our limits.
// Refuses to know: content bytes and where they are kept.
#include "codec/metainfo.hpp"

#include <algorithm>
#include <bit>

#include "base/assert.hpp"
#include "base/checked.hpp"
#include "codec/bencode.hpp"
#include "codec/path_rules.hpp"
#include "codec/utf8.hpp"
#include "hash/sha1.hpp"
#include "samara/config.hpp"

namespace samara {
namespace {

constexpr std::size_t hash_bytes = sizeof(Sha1Hash);

// A component may be shown however odd it is, but never be one that means another place.
bool is_harmless_component(std::string_view component) noexcept {
  if (component.empty() || component == "." || component == "..") return false;
  return std::ranges::none_of(component, [](char c) { return c == '/' || c == '\\' || c == '\0'; });
}

std::string shown(std::string_view text, std::size_t bytes_max) {
  return std::string(utf8_prefix(utf8_repair(text.substr(0, bytes_max + 4)), bytes_max));
}

Result<std::uint64_t> length_of(BencodeView dict) {
  const auto value = dict.find("length");
  if (!value) return remote_fault(Code::metainfo_missing_field);
  const auto length = value->integer();
  if (!length || *length < 0) return remote_fault(Code::metainfo_bad_length);
  return static_cast<std::uint64_t>(*length);
}

Result<FileEntry> read_file(BencodeView dict) {
  if (!dict.is_dict()) return remote_fault(Code::metainfo_missing_field);
  SAMARA_TRY(length, length_of(dict));
  FileEntry file;
  file.bytes = length;
  for (const BencodeView part : dict.list("path")) {
    const auto component = part.text();
    if (!component || !is_harmless_component(*component)) return remote_fault(Code::metainfo_bad_path);
    if (file.path.size() >= limits::path_depth_max) return remote_fault(Code::metainfo_bad_path);
    file.path.push_back(shown(*component, limits::path_component_bytes_max));
  }
  if (file.path.empty()) return remote_fault(Code::metainfo_bad_path);
  file.pad = dict.text_or("attr", "").contains('p') || file.path.front() == ".pad";
  return file;
}

Result<void> read_files(BencodeView list, Metainfo& torrent) {
  torrent.multi_file = true;
  for (const BencodeView entry : list.list()) {
    if (torrent.files.size() >= limits::files_max) return remote_fault(Code::metainfo_too_many_files);
    SAMARA_TRY(file, read_file(entry));
    const auto total = checked_add(torrent.bytes, file.bytes);
    if (!total) return remote_fault(Code::metainfo_bad_length);
    torrent.bytes = *total;
    torrent.files.push_back(std::move(file));
  }
  if (torrent.files.empty()) return remote_fault(Code::metainfo_missing_field);
  return {};
}

Result<void> read_name(BencodeView info, Metainfo& torrent) {
  const auto value = info.find("name");
  if (!value) return remote_fault(Code::metainfo_missing_field);
  const auto name = value->text();
  // create-torrent writes a chosen name as it is, so separators are legal here; it is only ever shown.
  if (!name || name->empty() || *name == "." || *name == ".." || name->contains('\0')) {
    return remote_fault(Code::metainfo_bad_path);
  }
  torrent.name = shown(*name, limits::text_bytes_max);
  return {};
}

Result<void> read_content(BencodeView info, Metainfo& torrent) {
  if (const auto list = info.find("files")) {
    if (!list->is_list()) return remote_fault(Code::metainfo_missing_field);
    return read_files(*list, torrent);
  }
  SAMARA_TRY(length, length_of(info));
  torrent.bytes = length;
  torrent.files.push_back({{display_name(torrent.name)}, length, false});
  return {};
}

Result<void> read_pieces(BencodeView info, Metainfo& torrent) {
  const auto piece_length = info.find("piece length");
  const auto pieces = info.find("pieces");
  if (!piece_length || !pieces) return remote_fault(Code::metainfo_missing_field);
  const auto length = piece_length->integer();
  if (!length || *length < limits::piece_bytes_min || *length > limits::piece_bytes_max ||
      !std::has_single_bit(static_cast<std::uint64_t>(*length))) {
    return remote_fault(Code::metainfo_bad_piece_length);
  }
  torrent.piece_bytes = static_cast<std::uint32_t>(*length);
  const auto hashes = pieces->string();
  const std::uint64_t count = divide_up(torrent.bytes, torrent.piece_bytes);
  if (!hashes || count > limits::pieces_max || hashes->size() != count * hash_bytes) {
    return remote_fault(Code::metainfo_bad_piece_count);
  }
  torrent.pieces = to_bytes(*hashes);
  return {};
}

Result<Metainfo> read_info(ByteSpan info_dict, const InfoHash& info_hash) {
  if (info_dict.size() > limits::metadata_bytes_max) return remote_fault(Code::metainfo_too_large);
  SAMARA_TRY(document, bencode_decode(info_dict, bencode_metainfo_limits));
  const BencodeView info = document.root();
  if (!info.is_dict()) return remote_fault(Code::metainfo_missing_field);
  Metainfo torrent;
  torrent.info_hash = info_hash;
  if (const auto done = read_name(info, torrent); !done) return std::unexpected(done.error());
  if (const auto done = read_content(info, torrent); !done) return std::unexpected(done.error());
  if (const auto done = read_pieces(info, torrent); !done) return std::unexpected(done.error());
  if (const auto flag = info.find("private")) {
    if (const auto value = flag->integer()) torrent.is_private = *value != 0;
  }
  if (const auto source = info.find("source")) {
    if (const auto text = source->text()) torrent.source = std::string(*text);
  }
  torrent.info = to_bytes(info_dict);
  return torrent;
}

void add_once(std::vector<std::string>& list, std::optional<std::string_view> text) {
  if (!text || text->empty() || text->size() > limits::link_bytes_max || !is_utf8(*text)) return;
  if (list.size() >= limits::torrent_trackers_max || std::ranges::find(list, *text) != list.end()) return;
  list.emplace_back(*text);
}

// BEP 12: where announce-list is present, announce only repeats its first entry.
void read_trackers(BencodeView outer, Metainfo& torrent) {
  for (const BencodeView tier : outer.list("announce-list")) {
    for (const BencodeView url : tier.list()) add_once(torrent.trackers, url.text());
  }
  if (const auto announce = outer.find("announce")) add_once(torrent.trackers, announce->text());
}

// BEP 19: a string or a list.
void read_web_seeds(BencodeView outer, Metainfo& torrent) {
  const auto seeds = outer.find("url-list");
  if (!seeds) return;
  add_once(torrent.web_seeds, seeds->text());
  for (const BencodeView url : seeds->list()) add_once(torrent.web_seeds, url.text());
}

}  // namespace

std::uint32_t Metainfo::piece_count() const noexcept {
  return piece_bytes == 0 ? 0 : static_cast<std::uint32_t>(divide_up(bytes, piece_bytes));
}

std::uint32_t Metainfo::piece_length(PieceIndex index) const noexcept {
  SAMARA_ASSERT(index.value < piece_count());
  const std::uint64_t start = std::uint64_t{index.value} * piece_bytes;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(piece_bytes, bytes - start));
}

Sha1Hash Metainfo::piece_hash(PieceIndex index) const noexcept {
  const std::size_t start = std::size_t{index.value} * hash_bytes;
  SAMARA_ASSERT(start + hash_bytes <= pieces.size());
  Sha1Hash hash{};
  std::copy_n(pieces.data() + start, hash_bytes, hash.begin());
  return hash;
}

Result<Metainfo> parse_info(ByteSpan info_dict, const InfoHash& expected) {
  if (info_dict.size() > limits::metadata_bytes_max) return remote_fault(Code::metainfo_too_large);
  if (sha1(info_dict) != expected.bytes) return remote_fault(Code::metainfo_hash_mismatch);
  return read_info(info_dict, expected);
}

Result<Metainfo> parse_info(ByteSpan info_dict) {
  if (info_dict.size() > limits::metadata_bytes_max) return remote_fault(Code::metainfo_too_large);
  return read_info(info_dict, InfoHash{sha1(info_dict)});
}

Result<Metainfo> parse_torrent(ByteSpan file) {
  if (file.size() > limits::metainfo_bytes_max) return remote_fault(Code::metainfo_too_large);
  BencodeLimits bounds = bencode_metainfo_limits;
  bounds.any_key_order = true;
  SAMARA_TRY(document, bencode_decode(file, bounds));
  const BencodeView outer = document.root();
  const auto info = outer.find("info");
  if (!info || !info->is_dict()) return remote_fault(Code::metainfo_missing_field);
  SAMARA_TRY(torrent, parse_info(info->raw()));  // decodes it again, this time with sorted keys
  read_trackers(outer, torrent);
  read_web_seeds(outer, torrent);
  torrent.comment = shown(outer.text_or("comment", ""), limits::text_bytes_max);
  torrent.creation_unix_s = std::max<std::int64_t>(0, outer.integer_or("creation date", 0));
  return std::move(torrent);
}

}  // namespace samara
