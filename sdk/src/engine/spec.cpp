// Owns: the checks on what a caller passes.
#include "engine/spec.hpp"

#include <charconv>

#include "base/checked.hpp"
#include "codec/metainfo.hpp"
#include "samara/config.hpp"

namespace samara {

std::uint64_t parse_id(std::string_view hex) noexcept {
  std::uint64_t id = 0;
  if (hex.size() != 16) return 0;
  const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), id, 16);
  return error == std::errc{} && end == hex.data() + hex.size() ? id : 0;
}

std::string format_id(std::uint64_t id) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = 16; i > 0; --i, id >>= 4) text[i - 1] = digits[id & 15U];
  return text;
}

Result<std::vector<StoredFile>> read_spec_files(const BencodeView& spec) {
  std::vector<StoredFile> files;
  std::uint64_t sum = 0;
  for (const BencodeView file : spec.list("files")) {
    if (files.size() == limits::files_max) return usage_fault(Code::too_large, limits::files_max);
    const std::int64_t size = file.integer_or("size", -1);
    if (size < 0) return usage_fault(Code::unsupported);
    const auto grown = checked_add(sum, static_cast<std::uint64_t>(size));
    if (!grown) return usage_fault(Code::too_large);
    sum = *grown;
    std::string name(file.text_or("name", ""));
    std::string type(file.text_or("type", ""));
    if (type.empty()) type = spec.text_or("type", "");
    if (name.size() > limits::text_bytes_max || type.size() > limits::text_bytes_max) return usage_fault(Code::too_large);
    if (name.empty()) name = default_file_name(type);
    files.push_back({std::move(name), std::move(type), static_cast<std::uint64_t>(size)});
  }
  return files;
}

Result<Describe> read_spec_describe(const BencodeView& spec) {
  Describe d = read_describe(spec);
  const bool texts_fit = d.name.size() <= limits::text_bytes_max && d.type.size() <= limits::text_bytes_max &&
                         d.description.size() <= limits::description_bytes_max;
  const bool extras_fit = d.meta.size() <= limits::app_meta_bytes_max && d.thumbnail.size() <= limits::app_meta_bytes_max;
  if (!texts_fit || !extras_fit) return usage_fault(Code::too_large);
  return d;
}

std::vector<std::string> read_spec_texts(const BencodeView& spec, std::string_view key) {
  std::vector<std::string> texts;
  for (const BencodeView item : spec.list(key)) {
    if (const auto text = item.text()) texts.emplace_back(*text);
  }
  return texts;
}

std::uint64_t total_bytes(const std::vector<StoredFile>& files) noexcept {
  std::uint64_t sum = 0;
  for (const auto& file : files) sum += file.bytes;
  return sum;
}

}  // namespace samara
