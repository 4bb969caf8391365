// Owns: the meta of a sealed share: deterministic CBOR (RFC 8949 §4.2.1) of what the sender says about
// the content (docs/share-format.md). Refuses to know: keys, chunks, what an app's own meta means.
#include "codec/share_meta.hpp"

#include "base/assert.hpp"
#include "base/checked.hpp"
#include "codec/cbor.hpp"
#include "codec/path_rules.hpp"
#include "codec/utf8.hpp"
#include "samara/config.hpp"

namespace samara {
namespace {

constexpr std::int64_t time_ms_max = 8'640'000'000'000'000;  // what a Date can hold, before and after 1970
constexpr std::int64_t duration_s_max = 0xffff'ffff;  // far above any recording; milliseconds stay exact in a float

[[nodiscard]] std::unexpected<Error> bad(ShareWhy why) {
  return remote_fault(Code::bad_share, static_cast<std::uint32_t>(why));
}

[[nodiscard]] std::unexpected<Error> misused(Code code, ShareWhy why) {
  return usage_fault(code, static_cast<std::uint32_t>(why));
}

bool is_safe_path(std::string_view path) noexcept {
  for (std::uint32_t depth = 0; depth < limits::path_depth_max; ++depth) {
    const std::size_t slash = path.find('/');
    if (!is_safe_component(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
  return false;
}

std::optional<std::uint64_t> sum_of(const std::vector<ShareMetaFile>& files) noexcept {
  std::optional<std::uint64_t> sum = 0;
  for (const ShareMetaFile& file : files) {
    sum = checked_add(*sum, file.bytes);
    if (!sum) break;
  }
  return sum;
}

// ---- reading: the syntax of the whole was checked before, so only types and ranges are left ---

// The content of a text or byte string; nothing for another type.
std::optional<ByteSpan> read_string(Reader& reader, CborMajor major) noexcept {
  const auto head = cbor_read_head(reader);
  if (!head || head->major != major || head->value > reader.left()) return std::nullopt;
  return reader.take(static_cast<std::size_t>(head->value));
}

ShareWhy read_text(Reader& reader, std::size_t bytes_max, std::string& out) {
  const auto text = read_string(reader, CborMajor::text);
  if (!text || text->size() > bytes_max) return ShareWhy::meta_type;
  out.assign(as_text(*text));
  return ShareWhy::none;
}

ShareWhy read_time(Reader& reader, std::optional<std::int64_t>& out) noexcept {
  const auto head = cbor_read_head(reader);
  if (!head || head->value > std::uint64_t{time_ms_max}) return ShareWhy::meta_type;
  const auto number = static_cast<std::int64_t>(head->value);
  if (head->major == CborMajor::whole) {
    out = number;
  } else if (head->major == CborMajor::negative && number < time_ms_max) {
    out = -1 - number;
  } else {
    return ShareWhy::meta_type;
  }
  return ShareWhy::none;
}

ShareWhy read_duration(Reader& reader, std::optional<std::int64_t>& out) noexcept {
  const auto head = cbor_read_head(reader);
  if (!head) return ShareWhy::meta_type;
  if (head->major == CborMajor::whole) {
    if (head->value > std::uint64_t{duration_s_max}) return ShareWhy::meta_type;
    out = static_cast<std::int64_t>(head->value) * 1'000;
    return ShareWhy::none;
  }
  const bool is_float = head->major == CborMajor::simple && head->info >= 25;
  const double seconds = is_float ? cbor_float_value(*head) : -1;
  if (!(seconds >= 0 && seconds <= static_cast<double>(duration_s_max))) return ShareWhy::meta_type;  // nor a NaN
  out = static_cast<std::int64_t>(seconds * 1'000 + 0.5);
  return ShareWhy::none;
}

ShareWhy step_over(Reader& reader) noexcept {
  const bool fits = cbor_skip(reader, limits::share_meta_depth_max) == CborFault::none;
  return fits ? ShareWhy::none : ShareWhy::meta_syntax;
}

// A key of one letter; 0 for any other key, which we do not know.
char read_key(Reader& reader) noexcept {
  Reader ahead(reader);
  const auto text = read_string(ahead, CborMajor::text);
  if (step_over(reader) != ShareWhy::none || !text || text->size() != 1) return 0;
  return static_cast<char>(text->front());
}

ShareWhy read_file(Reader& reader, ShareMetaFile& file) {
  const auto map = cbor_read_head(reader);
  if (!map || map->major != CborMajor::map) return ShareWhy::meta_type;
  bool has_name = false;
  bool has_size = false;
  for (std::uint64_t i = 0; i < map->value; ++i) {
    ShareWhy why = ShareWhy::none;
    switch (read_key(reader)) {
      case 'n':
        why = read_text(reader, limits::share_meta_bytes_max, file.name);
        has_name = true;
        if (why == ShareWhy::none && !is_safe_path(file.name)) why = ShareWhy::path;
        break;
      case 's': {
        const auto size = cbor_read_head(reader);
        if (!size || size->major != CborMajor::whole) return ShareWhy::meta_type;
        file.bytes = size->value;
        has_size = true;
        break;
      }
      case 't': why = read_text(reader, limits::text_bytes_max, file.type); break;
      default: why = step_over(reader);
    }
    if (why != ShareWhy::none) return why;
  }
  return has_name && has_size ? ShareWhy::none : ShareWhy::meta_missing;
}

ShareWhy read_files(Reader& reader, std::vector<ShareMetaFile>& files) {
  const auto array = cbor_read_head(reader);
  if (!array || array->major != CborMajor::array) return ShareWhy::meta_type;
  if (array->value == 0 || array->value > limits::share_meta_files_max) return ShareWhy::files;
  files.resize(static_cast<std::size_t>(array->value));
  for (ShareMetaFile& file : files) {
    if (const ShareWhy why = read_file(reader, file); why != ShareWhy::none) return why;
  }
  return sum_of(files) ? ShareWhy::none : ShareWhy::sizes;
}

ShareWhy read_thumbnail(Reader& reader, Bytes& out) {
  const auto bytes = read_string(reader, CborMajor::bytes);
  if (!bytes) return ShareWhy::meta_type;
  if (bytes->size() > limits::thumbnail_bytes_max) return ShareWhy::thumbnail;
  out = to_bytes(*bytes);
  return ShareWhy::none;
}

ShareWhy read_app_meta(Reader& reader, Bytes& out) {
  Reader start(reader);
  if (step_over(reader) != ShareWhy::none) return ShareWhy::meta_syntax;
  const ByteSpan value = start.take(reader.position() - start.position());
  if (!is_app_meta(value)) return ShareWhy::meta_type;
  out = to_bytes(value);
  return ShareWhy::none;
}

ShareWhy read_field(char key, Reader& reader, ShareMeta& meta) {
  switch (key) {
    case 'a': return read_text(reader, limits::description_bytes_max, meta.description);
    case 'c': return read_time(reader, meta.created_ms);
    case 'd': return read_duration(reader, meta.duration_ms);
    case 'e': return read_time(reader, meta.expires_ms);
    case 'f': return read_files(reader, meta.files);
    case 'h': return read_thumbnail(reader, meta.thumbnail);
    case 'n': return read_text(reader, limits::text_bytes_max, meta.title);
    case 'x': return read_app_meta(reader, meta.app_meta);
    default: return step_over(reader);
  }
}

ShareWhy read_meta(ByteSpan cbor, ShareMeta& meta) {
  if (cbor.size() > limits::share_meta_bytes_max) return ShareWhy::meta_too_long;
  Reader whole(cbor);
  const CborFault fault = cbor_skip(whole, limits::share_meta_depth_max);
  if (fault == CborFault::too_deep) return ShareWhy::meta_too_deep;
  if (fault != CborFault::none || whole.left() != 0) return ShareWhy::meta_syntax;
  Reader reader(cbor);
  const auto map = cbor_read_head(reader);
  if (map->major != CborMajor::map) return ShareWhy::meta_syntax;
  bool has_title = false;
  for (std::uint64_t i = 0; i < map->value; ++i) {
    const char key = read_key(reader);
    if (const ShareWhy why = read_field(key, reader, meta); why != ShareWhy::none) return why;
    has_title = has_title || key == 'n';
  }
  return has_title && !meta.files.empty() ? ShareWhy::none : ShareWhy::meta_missing;
}

// ---- writing ---------------------------------------------------------------------------------

void write_key(Writer& writer, char key) { cbor_write_text(writer, {&key, 1}); }

void write_number(Writer& writer, std::int64_t number) {
  if (number >= 0) return cbor_write_head(writer, CborMajor::whole, static_cast<std::uint64_t>(number));
  cbor_write_head(writer, CborMajor::negative, static_cast<std::uint64_t>(-1 - number));
}

void write_text_field(Writer& writer, char key, std::string_view text) {
  write_key(writer, key);
  cbor_write_text(writer, text);
}

void write_time(Writer& writer, char key, const std::optional<std::int64_t>& time_ms) {
  if (!time_ms) return;
  write_key(writer, key);
  write_number(writer, *time_ms);
}

void write_duration(Writer& writer, const std::optional<std::int64_t>& duration_ms) {
  if (!duration_ms) return;
  write_key(writer, 'd');
  if (*duration_ms % 1'000 == 0) return write_number(writer, *duration_ms / 1'000);
  cbor_write_float(writer, static_cast<double>(*duration_ms) / 1'000);
}

void write_files(Writer& writer, const std::vector<ShareMetaFile>& files) {
  write_key(writer, 'f');
  cbor_write_head(writer, CborMajor::array, files.size());
  for (const ShareMetaFile& file : files) {
    cbor_write_head(writer, CborMajor::map, 3);
    write_text_field(writer, 'n', file.name);
    write_key(writer, 's');
    cbor_write_head(writer, CborMajor::whole, file.bytes);
    write_text_field(writer, 't', file.type);
  }
}

// Keys in the order of their bytes, which for one-letter keys is the alphabet's.
Bytes write_meta(const ShareMeta& meta) {
  Bytes out;
  Writer writer(out);
  const int optional_fields = !meta.description.empty() + meta.created_ms.has_value() + meta.duration_ms.has_value() +
                              meta.expires_ms.has_value() + !meta.thumbnail.empty() + !meta.app_meta.empty();
  cbor_write_head(writer, CborMajor::map, static_cast<std::uint64_t>(2 + optional_fields));
  if (!meta.description.empty()) write_text_field(writer, 'a', meta.description);
  write_time(writer, 'c', meta.created_ms);
  write_duration(writer, meta.duration_ms);
  write_time(writer, 'e', meta.expires_ms);
  write_files(writer, meta.files);
  if (!meta.thumbnail.empty()) {
    write_key(writer, 'h');
    cbor_write_head(writer, CborMajor::bytes, meta.thumbnail.size());
    writer.bytes(meta.thumbnail);
  }
  write_text_field(writer, 'n', meta.title);
  if (!meta.app_meta.empty()) {
    write_key(writer, 'x');
    writer.bytes(meta.app_meta);
  }
  return out;
}

bool in_range(const std::optional<std::int64_t>& value, std::int64_t least, std::int64_t most) noexcept {
  return !value || (*value >= least && *value <= most);
}

bool values_fit(const ShareMeta& meta) noexcept {
  for (const ShareMetaFile& file : meta.files) {
    if (file.type.size() > limits::text_bytes_max || !is_utf8(file.type)) return false;
  }
  return meta.title.size() <= limits::text_bytes_max && meta.description.size() <= limits::description_bytes_max &&
         is_utf8(meta.title) && is_utf8(meta.description) && in_range(meta.created_ms, -time_ms_max, time_ms_max) &&
         in_range(meta.expires_ms, -time_ms_max, time_ms_max) && in_range(meta.duration_ms, 0, duration_s_max * 1'000);
}

}  // namespace

std::uint64_t ShareMeta::content_bytes() const noexcept { return sum_of(files).value_or(0); }

std::string_view to_string(ShareWhy why) noexcept {
  switch (why) {
    case ShareWhy::none: return "";
    case ShareWhy::length: return "length";
    case ShareWhy::chunk: return "chunk";
    case ShareWhy::meta_too_long: return "meta-too-long";
    case ShareWhy::meta_syntax: return "meta-syntax";
    case ShareWhy::meta_too_deep: return "meta-too-deep";
    case ShareWhy::meta_type: return "meta-type";
    case ShareWhy::meta_missing: return "meta-missing";
    case ShareWhy::files: return "files";
    case ShareWhy::path: return "path";
    case ShareWhy::thumbnail: return "thumbnail";
    case ShareWhy::sizes: return "sizes";
    case ShareWhy::padding: return "padding";
  }
  return "";
}

Result<Bytes> encode_share_meta(const ShareMeta& meta) {
  if (meta.files.empty() || meta.files.size() > limits::share_meta_files_max) {
    return misused(Code::too_large, ShareWhy::files);
  }
  if (meta.thumbnail.size() > limits::thumbnail_bytes_max) return misused(Code::too_large, ShareWhy::thumbnail);
  if (!sum_of(meta.files)) return misused(Code::too_large, ShareWhy::sizes);
  for (const ShareMetaFile& file : meta.files) {
    if (!is_safe_path(file.name)) return misused(Code::bad_share, ShareWhy::path);
  }
  if (!values_fit(meta)) return misused(Code::bad_share, ShareWhy::meta_type);
  if (!meta.app_meta.empty() && !is_app_meta(meta.app_meta)) return misused(Code::bad_share, ShareWhy::meta_syntax);
  Bytes out = write_meta(meta);
  if (out.size() > limits::share_meta_bytes_max) return misused(Code::too_large, ShareWhy::meta_too_long);
  return out;
}

Result<ShareMeta> parse_share_meta(ByteSpan cbor) {
  ShareMeta meta;
  if (const ShareWhy why = read_meta(cbor, meta); why != ShareWhy::none) return bad(why);
  return meta;
}

bool is_app_meta(ByteSpan cbor) noexcept {
  if (cbor.empty() || cbor.size() > limits::share_meta_bytes_max || (cbor.front() >> 5) != 5) return false;
  Reader reader(cbor);
  return cbor_skip(reader, limits::share_meta_depth_max - 1, true) == CborFault::none && reader.left() == 0;
}

}  // namespace samara
