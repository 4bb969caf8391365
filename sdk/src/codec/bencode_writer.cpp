// Owns: writing canonical bencode (BEP 3). Refuses to know: which keys mean what.
#include <charconv>

#include "base/assert.hpp"
#include "codec/bencode.hpp"

namespace samara {

void BencodeWriter::require_positive(std::int64_t value) const noexcept { SAMARA_ASSERT(value >= 0); }

void BencodeWriter::before_value() noexcept {
  if (depth_ == 0) return;
  Frame& frame = frames_[depth_ - 1];
  SAMARA_ASSERT(!frame.dict || frame.wants_value);
  frame.wants_value = false;
}

void BencodeWriter::number(std::uint64_t value) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out_.insert(out_.end(), digits.data(), end);
}

BencodeWriter& BencodeWriter::integer(std::int64_t value) {
  before_value();
  out_.push_back('i');
  if (value < 0) out_.push_back('-');
  const auto bits = static_cast<std::uint64_t>(value);
  number(value < 0 ? 0 - bits : bits);
  out_.push_back('e');
  return *this;
}

BencodeWriter& BencodeWriter::string(ByteSpan value) {
  before_value();
  number(value.size());
  out_.push_back(':');
  out_.insert(out_.end(), value.begin(), value.end());
  return *this;
}

BencodeWriter& BencodeWriter::raw(ByteSpan value) {
  SAMARA_ASSERT(!value.empty());
  before_value();
  out_.insert(out_.end(), value.begin(), value.end());
  return *this;
}

BencodeWriter& BencodeWriter::begin(bool dict) {
  before_value();
  SAMARA_ASSERT(depth_ < frames_.size());
  frames_[depth_++] = Frame{.dict = dict};
  out_.push_back(dict ? 'd' : 'l');
  return *this;
}

BencodeWriter& BencodeWriter::end(bool dict) {
  SAMARA_ASSERT(depth_ > 0);
  const Frame& frame = frames_[--depth_];
  SAMARA_ASSERT(frame.dict == dict && !frame.wants_value);
  out_.push_back('e');
  return *this;
}

BencodeWriter& BencodeWriter::begin_list() { return begin(false); }
BencodeWriter& BencodeWriter::end_list() { return end(false); }
BencodeWriter& BencodeWriter::begin_dict() { return begin(true); }
BencodeWriter& BencodeWriter::end_dict() { return end(true); }

BencodeWriter& BencodeWriter::key(std::string_view name) {
  SAMARA_ASSERT(depth_ > 0);
  Frame& frame = frames_[depth_ - 1];
  SAMARA_ASSERT(frame.dict && !frame.wants_value);
  const ByteSpan written(out_);
  SAMARA_ASSERT(!frame.has_key || as_text(written.subspan(frame.key_offset, frame.key_bytes)) < name);
  number(name.size());
  out_.push_back(':');
  frame.key_offset = out_.size();
  frame.key_bytes = name.size();
  frame.has_key = true;
  frame.wants_value = true;
  const ByteSpan bytes = as_bytes(name);
  out_.insert(out_.end(), bytes.begin(), bytes.end());
  return *this;
}

}  // namespace samara
