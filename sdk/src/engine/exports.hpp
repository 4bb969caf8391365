// Owns: the head of an export (docs/storage.md, "Export"): the records of items whose content follows it, and what a record
// that a stranger may have made must be to be taken. Refuses to know: the library, and how content gets in and out.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "samara/bytes.hpp"
#include "samara/error.hpp"
#include "store/catalogue.hpp"

namespace samara {

/// What is wrong with an export (Error::detail of metadata_invalid); `to_string` gives params.why.
enum class ExportWhy : std::uint32_t {
  none,
  not_an_export,   ///< it does not start like one
  truncated,       ///< the file is not as long as its head says
  head_too_large,  ///< above export_head_bytes_max
  too_many_items,  ///< above items_max
  record,          ///< something that no item can be: texts, counts or times out of their limits
  sizes,           ///< an item's files, its torrent and its bytes in the file do not agree
};
/// Static storage, kebab-case; empty for another number.
[[nodiscard]] std::string_view to_string(ExportWhy why) noexcept;

/// One item of an export: its record borrows the head, its content is at `offset` of the file.
struct ExportEntry {
  ItemId id;
  ByteSpan record;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

struct ExportContent {
  std::uint64_t need_bytes = 0;      // not 0: that much of the file's beginning is wanted to say more
  std::vector<ExportEntry> entries;
};

/// The head of an export of these items. Error (usage): too_large when it exceeds export_head_bytes_max.
[[nodiscard]] Result<Bytes> encode_export_head(const std::vector<const ItemRecord*>& items);

/// Reads the head of a file of `file_bytes`, of which `beginning` is there. Errors (remote): newer_store, metadata_invalid
/// with an ExportWhy, bencode_*.
[[nodiscard]] Result<ExportContent> read_export(ByteSpan beginning, std::uint64_t file_bytes);

/// The item that a record of an export describes, without a blob; what came as a torrent has one that agrees with it. Errors
/// (remote): metadata_invalid with an ExportWhy, bencode_*, metainfo_*.
[[nodiscard]] Result<ItemRecord> read_item_record(ByteSpan record);

}  // namespace samara
