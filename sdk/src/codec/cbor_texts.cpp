// Owns: the one CBOR shape that links carry: an array of text strings (RFC 8949 §4.2.1, deterministic).
// Refuses to know: every other CBOR type.
#include "codec/cbor_texts.hpp"

#include "base/assert.hpp"
#include "codec/cbor.hpp"
#include "codec/utf8.hpp"

namespace samara {
namespace {

// The count behind a head of this kind; nothing otherwise.
std::optional<std::uint64_t> read_count(Reader& reader, CborMajor major) noexcept {
  const auto head = cbor_read_head(reader);
  if (!head || head->major != major) return std::nullopt;
  return head->value;
}

}  // namespace

void cbor_write_texts(Bytes& out, std::span<const std::string> texts) {
  SAMARA_ASSERT(texts.size() <= 0xffff);
  Writer writer(out);
  cbor_write_head(writer, CborMajor::array, texts.size());
  for (const std::string& text : texts) cbor_write_text(writer, text);
}

std::optional<std::vector<std::string>> cbor_read_texts(ByteSpan bytes, std::uint32_t max_texts, bool* truncated) {
  if (truncated != nullptr) *truncated = false;
  Reader reader(bytes);
  const auto ends_early = [&] {
    if (!reader.ok() && truncated != nullptr) *truncated = true;
    return !reader.ok();
  };
  const auto count = read_count(reader, CborMajor::array);
  if (ends_early() || !count || *count > max_texts) return std::nullopt;
  std::vector<std::string> texts;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto length = read_count(reader, CborMajor::text);
    if (ends_early() || !length || *length > 0xffff) return std::nullopt;
    const std::string_view text = as_text(reader.take(static_cast<std::size_t>(*length)));
    if (ends_early() || !is_utf8(text)) return std::nullopt;
    texts.emplace_back(text);
  }
  if (reader.left() != 0) return std::nullopt;
  return texts;
}

}  // namespace samara
