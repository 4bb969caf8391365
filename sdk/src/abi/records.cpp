// Owns: the field-by-field correspondence of records.def, both ways.
#include "abi/records.hpp"

#include <string>

#include "base/assert.hpp"
#include "base/writer.hpp"

namespace samara::abi {
namespace {

/// The enumerator with this number, if it is at most `last`.
template <class E>
std::optional<E> enumerator(std::uint32_t number, E last) {
  if (number > static_cast<std::uint32_t>(last)) return std::nullopt;
  return static_cast<E>(number);
}

std::uint64_t whole(double value) noexcept {
  constexpr double limit = 9'007'199'254'740'992.0;  // 2^53
  return value > 0 && value < limit ? static_cast<std::uint64_t>(value) : 0;
}

std::optional<Input> decode_network(InKind kind, std::uint32_t handle, std::uint32_t a, double b, ByteSpan payload) {
  const auto b_low = static_cast<std::uint32_t>(whole(b));
  switch (kind) {
    case InKind::tick: return in::Tick{};
    case InKind::wall_clock: return in::WallClock{static_cast<std::int64_t>(whole(b))};
    case InKind::network: return in::Network{(a & 1U) != 0, (a & 2U) != 0, (a & 4U) != 0};
    case InKind::socket_opened: return in::SocketOpened{{handle}};
    case InKind::socket_text: return in::SocketText{{handle}, payload};
    case InKind::socket_closed: return in::SocketClosed{{handle}};
    case InKind::local_sdp: return in::LocalSdp{{handle}, payload, a != 0};
    case InKind::dial_progress: {
      const auto stage = enumerator(a, DialStage::dtls_connected);
      const auto route = enumerator(b_low, Route::relay);
      if (!stage || !route) return std::nullopt;
      return in::DialProgress{{handle}, *stage, *route};
    }
    case InKind::dial_failed: {
      const auto why = enumerator(a, DialFailure::local_network_blocked);
      if (!why) return std::nullopt;
      return in::DialFailed{{handle}, *why};
    }
    case InKind::channel_opened: return in::ChannelOpened{{handle}, {a}, b_low};
    case InKind::channel_bytes: return in::ChannelBytes{{handle}, payload};
    case InKind::channel_buffered: return in::ChannelBuffered{{handle}, a};
    case InKind::channel_closed: return in::ChannelClosed{{handle}};
    case InKind::playhead: return in::Playhead{{handle}, whole(b)};
    case InKind::entropy: return in::Entropy{payload};
    case InKind::store_room: return in::StoreRoom{whole(b)};
    default: return std::nullopt;
  }
}

std::optional<Input> decode_call(InKind kind, std::uint32_t handle, std::uint32_t a, ByteSpan payload) {
  const RequestId request{handle};
  switch (kind) {
    case InKind::store_opened: return in::StoreOpened{payload};
    case InKind::store_done:
    case InKind::pieces_hashed:
    case InKind::password_stretched: {
      const auto status = enumerator(a, StoreStatus::not_found);
      if (!status) return std::nullopt;
      if (kind == InKind::store_done) return in::StoreDone{{handle}, *status, payload};
      if (kind == InKind::password_stretched) return in::PasswordStretched{{handle}, *status, payload};
      return in::PiecesHashed{{handle}, *status, payload};
    }
    case InKind::save: return in::Save{request, {a}, payload};
    case InKind::share: return in::Share{request, {a}, payload};
    case InKind::receive: return in::Receive{request, payload};
    case InKind::accept: return in::Accept{request, payload};
    case InKind::control: {
      const auto verb = enumerator(a, CallVerb::remove);
      if (!verb) return std::nullopt;
      return in::Control{request, *verb, payload};
    }
    case InKind::update_item: return in::UpdateItem{request, payload};
    case InKind::provide: return in::Provide{request, {a}, payload};
    case InKind::query: {
      const auto query = enumerator(a, QueryKind::read_export);
      if (!query) return std::nullopt;
      return in::Query{request, *query, payload};
    }
    case InKind::abort: return in::Abort{request};
    case InKind::shutdown: return in::Shutdown{request};
    default: return std::nullopt;
  }
}

/// The fields that most records have; payload_bytes is the payload's.
EncodedOutput record(OutKind kind, std::uint32_t handle, ByteSpan payload = {}, std::uint32_t a = 0, std::uint64_t b = 0) {
  return {kind, 0, handle, a, b, payload, static_cast<std::uint32_t>(payload.size())};
}

ByteSpan keep(std::vector<Bytes>& scratch, Bytes bytes) {
  scratch.push_back(std::move(bytes));
  return scratch.back();
}

ByteSpan keep_u32(std::vector<Bytes>& scratch, std::uint32_t value) {
  Bytes bytes;
  Writer(bytes).u32le(value);
  return keep(scratch, std::move(bytes));
}

ByteSpan keep_text(std::vector<Bytes>& scratch, std::string_view text) {
  return keep(scratch, to_bytes(as_bytes(text)));
}

std::string hex64(std::uint64_t id) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = 16; i > 0; --i, id >>= 4) text[i - 1] = digits[id & 15U];
  return text;
}

}  // namespace

std::optional<Input> decode_input(std::uint32_t kind, std::uint32_t handle, std::uint32_t a, double b, ByteSpan payload) {
  if (kind > 0xffffU) return std::nullopt;
  const auto known = static_cast<InKind>(kind);
  if (auto input = decode_network(known, handle, a, b, payload)) return input;
  return decode_call(known, handle, a, payload);
}

namespace {

std::optional<EncodedOutput> encode_network(const Output& output) {
  using K = OutKind;
  if (const auto* o = std::get_if<out::SendBytes>(&output)) return record(K::send_bytes, o->channel.value, o->bytes);
  if (const auto* o = std::get_if<out::OpenSocket>(&output)) return record(K::open_socket, o->socket.value, as_bytes(o->url));
  if (const auto* o = std::get_if<out::SendText>(&output)) return record(K::send_text, o->socket.value, as_bytes(o->utf8));
  if (const auto* o = std::get_if<out::CloseSocket>(&output)) return record(K::close_socket, o->socket.value);
  if (const auto* o = std::get_if<out::MakeOffer>(&output)) return record(K::make_offer, o->dial.value, {}, o->gives);
  if (const auto* o = std::get_if<out::MakeAnswer>(&output)) return record(K::make_answer, o->dial.value, as_bytes(o->offer_sdp), o->gives);
  if (const auto* o = std::get_if<out::ApplyAnswer>(&output)) {
    return record(K::apply_answer, o->dial.value, as_bytes(o->answer_sdp));
  }
  if (const auto* o = std::get_if<out::OpenChannel>(&output)) return record(K::open_channel, o->dial.value, {}, o->gives, o->over.value);
  if (const auto* o = std::get_if<out::CloseDial>(&output)) return record(K::close_dial, o->dial.value);
  if (const auto* o = std::get_if<out::CloseChannel>(&output)) return record(K::close_channel, o->channel.value);
  return std::nullopt;
}

std::optional<EncodedOutput> encode_store(const Output& output, std::vector<Bytes>& scratch) {
  using K = OutKind;
  if (const auto* o = std::get_if<out::StoreRead>(&output)) {
    EncodedOutput read = record(K::store_read, o->op.value, {}, o->blob.value, o->offset);
    read.payload_bytes = o->bytes;
    return read;
  }
  if (const auto* o = std::get_if<out::StoreWrite>(&output)) {
    return record(K::store_write, o->op.value, o->bytes, o->blob.value, o->offset);
  }
  if (const auto* o = std::get_if<out::StoreFlush>(&output)) return record(K::store_flush, o->op.value);
  if (const auto* o = std::get_if<out::StoreReserve>(&output)) return record(K::store_reserve, o->op.value, {}, o->blob.value, o->bytes);
  if (const auto* o = std::get_if<out::StoreDelete>(&output)) return record(K::store_delete, o->op.value, {}, o->blob.value);
  if (const auto* o = std::get_if<out::StoreCopy>(&output)) {
    return record(K::store_copy, o->op.value, keep_u32(scratch, o->blob.value), o->source.value, o->bytes);
  }
  if (const auto* o = std::get_if<out::HashPieces>(&output)) {
    return record(K::hash_pieces, o->op.value, keep_u32(scratch, o->piece_bytes), o->blob.value, o->bytes);
  }
  if (const auto* o = std::get_if<out::HashBytes>(&output)) {
    EncodedOutput hash = record(K::hash_bytes, o->op.value, o->bytes, o->blob.value, o->total_bytes);
    hash.flags = static_cast<std::uint16_t>(std::countr_zero(o->piece_bytes));
    return hash;
  }
  if (const auto* o = std::get_if<out::StretchPassword>(&output)) {
    Bytes both = to_bytes(o->salt);
    both.insert(both.end(), o->password.begin(), o->password.end());
    return record(K::stretch_password, o->op.value, keep(scratch, std::move(both)));
  }
  if (const auto* o = std::get_if<out::ReleaseSource>(&output)) return record(K::release_source, o->source.value);
  return std::nullopt;
}

std::optional<EncodedOutput> encode_api(const Output& output, std::vector<Bytes>& scratch) {
  using K = OutKind;
  if (const auto* o = std::get_if<out::Ready>(&output)) {
    EncodedOutput ready = record(K::ready, 0);
    ready.flags = static_cast<std::uint16_t>(o->error.code);
    return ready;
  }
  if (const auto* o = std::get_if<out::Completed>(&output)) {
    EncodedOutput done = record(K::completed, o->request.value, o->result, o->error.detail);
    done.flags = static_cast<std::uint16_t>(o->error.code);
    return done;
  }
  if (const auto* o = std::get_if<out::Changed>(&output)) {
    return record(K::changed, 0, o->payload, static_cast<std::uint32_t>(o->subject));
  }
  if (const auto* o = std::get_if<out::Gone>(&output)) {
    return record(K::gone, 0, keep_text(scratch, hex64(o->id)), static_cast<std::uint32_t>(o->subject));
  }
  if (const auto* o = std::get_if<out::Log>(&output)) {
    std::string text(o->area);
    text.append(" ").append(o->code);
    return record(K::log, 0, keep_text(scratch, text), static_cast<std::uint32_t>(o->level), o->detail);
  }
  return std::nullopt;
}

}  // namespace

EncodedOutput encode_output(const Output& output, std::vector<Bytes>& scratch) {
  if (const auto network = encode_network(output)) return *network;
  if (const auto store = encode_store(output, scratch)) return *store;
  const auto api = encode_api(output, scratch);
  SAMARA_ASSERT(api.has_value());  // every output is one of the three
  return *api;
}

}  // namespace samara::abi
