// Owns: the one CBOR shape that links carry: an array of text strings (RFC 8949 §4.2.1, deterministic).
// Refuses to know: every other CBOR type.
#include "codec/cbor_texts.hpp"

#include "base/assert.hpp"
#include "base/reader.hpp"
#include "base/writer.hpp"
#include "codec/utf8.hpp"

namespace samara {
namespace {

constexpr std::uint8_t text_major = 3;
constexpr std::uint8_t array_major = 4;

void write_head(Writer& writer, std::uint8_t major, std::size_t count) {
  SAMARA_ASSERT(count <= 0xffff);
  const auto head = static_cast<std::uint8_t>(major << 5);
  if (count < 24) {
    writer.u8(static_cast<std::uint8_t>(head | count));
  } else if (count < 256) {
    writer.u8(head | 24U).u8(static_cast<std::uint8_t>(count));
  } else {
    writer.u8(head | 25U).u16be(static_cast<std::uint16_t>(count));
  }
}

// The count behind a head of this major type in its shortest form; nothing otherwise.
std::optional<std::uint32_t> read_head(Reader& reader, std::uint8_t major) {
  const std::uint8_t head = reader.u8();
  if ((head >> 5) != major) return std::nullopt;
  const std::uint8_t info = head & 31U;
  if (info < 24) return info;
  const bool wide = info == 25;
  if (!wide && info != 24) return std::nullopt;
  const std::uint32_t count = wide ? reader.u16be() : reader.u8();
  if (reader.ok() && count < (wide ? 256U : 24U)) return std::nullopt;
  return count;
}

}  // namespace

void cbor_write_texts(Bytes& out, std::span<const std::string> texts) {
  Writer writer(out);
  write_head(writer, array_major, texts.size());
  for (const std::string& text : texts) {
    write_head(writer, text_major, text.size());
    writer.text(text);
  }
}

std::optional<std::vector<std::string>> cbor_read_texts(ByteSpan bytes, std::uint32_t max_texts, bool* truncated) {
  if (truncated != nullptr) *truncated = false;
  Reader reader(bytes);
  const auto ends_early = [&] {
    if (!reader.ok() && truncated != nullptr) *truncated = true;
    return !reader.ok();
  };
  const auto count = read_head(reader, array_major);
  if (ends_early() || !count || *count > max_texts) return std::nullopt;
  std::vector<std::string> texts;
  for (std::uint32_t i = 0; i < *count; ++i) {
    const auto length = read_head(reader, text_major);
    if (ends_early() || !length) return std::nullopt;
    const std::string_view text = as_text(reader.take(*length));
    if (ends_early() || !is_utf8(text)) return std::nullopt;
    texts.emplace_back(text);
  }
  if (reader.left() != 0) return std::nullopt;
  return texts;
}

}  // namespace samara
