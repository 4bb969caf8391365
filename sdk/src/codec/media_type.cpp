// Owns: the file name of a blob that has a media type but no name.
// Refuses to know: content. The type is a word of the caller.
#include <array>
#include <string>
#include <utility>

#include "codec/metainfo.hpp"
#include "codec/text_case.hpp"

namespace samara {
namespace {

using Extension = std::pair<std::string_view, std::string_view>;

// IANA names and what browsers' recorders and file pickers report, in no order that matters.
constexpr std::array<Extension, 50> extensions{{
    {"audio/webm", "webm"},        {"audio/ogg", "ogg"},          {"audio/opus", "opus"},
    {"audio/mpeg", "mp3"},         {"audio/mp3", "mp3"},          {"audio/mp4", "m4a"},
    {"audio/x-m4a", "m4a"},        {"audio/m4a", "m4a"},          {"audio/aac", "aac"},
    {"audio/wav", "wav"},          {"audio/x-wav", "wav"},        {"audio/wave", "wav"},
    {"audio/flac", "flac"},        {"audio/x-flac", "flac"},      {"audio/aiff", "aiff"},
    {"audio/midi", "mid"},         {"audio/3gpp", "3gp"},         {"audio/amr", "amr"},
    {"video/webm", "webm"},        {"video/mp4", "mp4"},          {"video/ogg", "ogv"},
    {"video/quicktime", "mov"},    {"video/x-matroska", "mkv"},   {"video/x-msvideo", "avi"},
    {"video/mpeg", "mpg"},         {"video/3gpp", "3gp"},         {"image/png", "png"},
    {"image/jpeg", "jpg"},         {"image/gif", "gif"},          {"image/webp", "webp"},
    {"image/avif", "avif"},        {"image/heic", "heic"},        {"image/svg+xml", "svg"},
    {"image/bmp", "bmp"},          {"image/tiff", "tiff"},        {"image/x-icon", "ico"},
    {"text/plain", "txt"},         {"text/html", "html"},         {"text/css", "css"},
    {"text/csv", "csv"},           {"text/markdown", "md"},       {"text/javascript", "js"},
    {"text/vtt", "vtt"},           {"text/xml", "xml"},           {"application/json", "json"},
    {"application/pdf", "pdf"},    {"application/zip", "zip"},    {"application/gzip", "gz"},
    {"application/xml", "xml"},    {"application/wasm", "wasm"},
}};

// The type without parameters and blanks, in lower case.
std::string essence(std::string_view media_type) {
  std::string out;
  for (const char c : media_type.substr(0, media_type.find(';'))) {
    if (c == ' ' || c == '\t') continue;
    out.push_back(ascii_lower(c));
  }
  return out;
}

}  // namespace

std::string default_file_name(std::string_view media_type) {
  const std::string wanted = essence(media_type);
  for (const auto& [type, extension] : extensions) {
    if (type == wanted) return "file." + std::string(extension);
  }
  return "file";
}

}  // namespace samara
