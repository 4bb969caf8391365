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

// IANA names and what browsers' recorders and file pickers report. The first type of an extension is
// what a file with that name is taken for: containers that hold either are named after what apps of
// this kind record most, sound for webm and ogg, pictures for mp4. The first extension of a type names
// a nameless blob.
constexpr std::array<Extension, 45> extensions{{
    {"audio/webm", "webm"},        {"audio/ogg", "ogg"},          {"audio/ogg", "opus"},
    {"audio/opus", "opus"},        {"audio/mpeg", "mp3"},         {"audio/mp3", "mp3"},
    {"audio/mp4", "m4a"},          {"audio/x-m4a", "m4a"},        {"audio/aac", "aac"},
    {"audio/wav", "wav"},          {"audio/x-wav", "wav"},        {"audio/wave", "wav"},
    {"audio/flac", "flac"},        {"audio/x-flac", "flac"},      {"audio/aiff", "aiff"},
    {"audio/3gpp", "3gp"},         {"video/webm", "webm"},        {"video/mp4", "mp4"},
    {"video/ogg", "ogv"},          {"video/quicktime", "mov"},    {"video/x-matroska", "mkv"},
    {"video/x-msvideo", "avi"},    {"video/mpeg", "mpg"},         {"image/png", "png"},
    {"image/jpeg", "jpg"},         {"image/jpeg", "jpeg"},        {"image/gif", "gif"},
    {"image/webp", "webp"},        {"image/avif", "avif"},        {"image/heic", "heic"},
    {"image/svg+xml", "svg"},      {"image/bmp", "bmp"},          {"image/tiff", "tiff"},
    {"text/plain", "txt"},         {"text/html", "html"},         {"text/css", "css"},
    {"text/csv", "csv"},           {"text/markdown", "md"},       {"text/javascript", "js"},
    {"text/vtt", "vtt"},           {"application/json", "json"},  {"application/pdf", "pdf"},
    {"application/zip", "zip"},    {"application/xml", "xml"},    {"application/wasm", "wasm"},
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

std::string media_type_of(std::string_view file_name) {
  const std::size_t dot = file_name.rfind('.');
  if (dot == std::string_view::npos) return {};
  std::string wanted;
  for (const char c : file_name.substr(dot + 1)) wanted.push_back(ascii_lower(c));
  for (const auto& [type, extension] : extensions) {
    if (extension == wanted) return std::string(type);
  }
  return {};
}

}  // namespace samara
