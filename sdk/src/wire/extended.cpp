// Owns: the dictionary of the extended handshake, written and read.
#include "wire/extended.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "base/checked.hpp"
#include "codec/bencode.hpp"
#include "samara/config.hpp"

namespace samara {
namespace {

constexpr std::string_view own_client_name = "Samara/0.1";

/// A stranger's text cut to what can be shown anywhere: printable ASCII, the rest as '?'.
std::string printable(std::string_view text) {
  std::string shown(text.substr(0, limits::client_name_bytes_max));
  std::ranges::replace_if(shown, [](char c) { return c < ' ' || c > '~'; }, '?');
  return shown;
}

/// The integer under `key`, nothing when there is no such key; another type is an error.
Result<std::optional<std::int64_t>> optional_integer(const BencodeView& dict, std::string_view key, Code otherwise) {
  const auto value = dict.find(key);
  if (!value) return std::nullopt;
  const auto number = value->integer();
  if (!number) return remote_fault(otherwise);
  return number;
}

}  // namespace

void append_extended_handshake(Bytes& out, std::uint32_t metadata_bytes) {
  const std::size_t start = begin_extended(out, extended_id_handshake);
  BencodeWriter writer(out);
  writer.begin_dict().key("m").begin_dict();
  writer.field("lt_donthave", extended_id_lt_donthave).field("sm_channels", extended_id_sm_channels);
  writer.field("ut_metadata", extended_id_ut_metadata).end_dict();
  if (metadata_bytes != 0) writer.field("metadata_size", metadata_bytes);
  writer.field("reqq", limits::request_queue_max).field("v", own_client_name).end_dict();
  end_frame(out, start);
}

void ExtendedState::assume_own_number() noexcept {
  ut_metadata_.id = extended_id_ut_metadata;
  assumed_ = true;
}

Result<said::Extended> ExtendedState::on_handshake(ByteSpan payload) {
  if (std::exchange(assumed_, false)) ut_metadata_ = {};
  if (++handshakes_ > limits::extended_handshakes_max) {
    return remote_fault(Code::extended_too_many_handshakes, handshakes_);
  }
  SAMARA_TRY(document, bencode_decode(payload));
  const BencodeView root = document.root();
  if (!root.is_dict()) return remote_fault(Code::extended_invalid);
  said::Extended said;

  if (const auto m = root.find("m")) {
    if (!m->is_dict()) return remote_fault(Code::extended_invalid);
    if (const auto mapped = map(ut_metadata_, *m, "ut_metadata"); !mapped) return std::unexpected(mapped.error());
    if (const auto mapped = map(lt_donthave_, *m, "lt_donthave"); !mapped) return std::unexpected(mapped.error());
    if (const auto mapped = map(sm_channels_, *m, "sm_channels"); !mapped) return std::unexpected(mapped.error());
  }
  said.channels = sm_channels_.id != 0 && !sm_channels_.disabled;
  SAMARA_TRY(metadata_bytes, optional_integer(root, "metadata_size", Code::metadata_bad_size));
  if (metadata_bytes.value_or(0) != 0) {  // some clients say 0 while they have none
    if (const auto known = learn_metadata_bytes(*metadata_bytes); !known) return std::unexpected(known.error());
    said.metadata_bytes = metadata_bytes_;
  }
  SAMARA_TRY(queue, optional_integer(root, "reqq", Code::extended_invalid));
  if (queue.value_or(0) != 0) {
    said.request_queue = checked_cast<std::uint32_t>(*queue);
    if (!said.request_queue) return remote_fault(Code::extended_invalid);
  }
  if (const auto client = root.find("v")) {
    const auto text = client->text();
    if (!text) return remote_fault(Code::extended_invalid);
    client_ = printable(*text);
    said.client = client_;
  }
  return said;
}

Result<void> ExtendedState::map(Mapped& extension, const BencodeView& m, std::string_view name) {
  SAMARA_TRY(number, optional_integer(m, name, Code::extended_invalid));
  if (!number) return {};  // a later handshake need not repeat it
  const auto id = checked_cast<std::uint8_t>(*number);
  if (!id) return remote_fault(Code::extended_invalid);
  extension.disabled = *id == 0;
  if (*id == 0) return {};
  if (extension.id != 0 && extension.id != *id) return remote_fault(Code::extended_id_remapped, *id);
  extension.id = *id;
  return {};
}

Result<void> ExtendedState::learn_metadata_bytes(std::int64_t bytes) {
  if (bytes < 1 || bytes > limits::metadata_bytes_max) return remote_fault(Code::metadata_bad_size);
  const auto size = static_cast<std::uint32_t>(bytes);
  if (metadata_bytes_ != 0 && metadata_bytes_ != size) return remote_fault(Code::metadata_bad_size, size);
  metadata_bytes_ = size;
  return {};
}

}  // namespace samara
