// Owns: the field-by-field correspondence of records.def, both ways.
#include "abi/records.hpp"

#include <algorithm>

#include "base/writer.hpp"
#include "codec/bencode.hpp"
#include "codec/share_link.hpp"

namespace samara::abi {
namespace {

template <class... F>
struct Overload : F... {
  using F::operator()...;
};

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
    case InKind::network: return in::Network{a != 0};
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
    default: return std::nullopt;
  }
}

std::optional<Input> decode_call(InKind kind, std::uint32_t handle, std::uint32_t a, ByteSpan payload) {
  const RequestId request{handle};
  switch (kind) {
    case InKind::store_opened: return in::StoreOpened{payload};
    case InKind::store_done:
    case InKind::pieces_hashed: {
      const auto status = enumerator(a, StoreStatus::not_found);
      if (!status) return std::nullopt;
      if (kind == InKind::store_done) return in::StoreDone{{handle}, *status, payload};
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
      const auto query = enumerator(a, QueryKind::torrent_file);
      if (!query) return std::nullopt;
      return in::Query{request, *query, payload};
    }
    case InKind::abort: return in::Abort{request};
    case InKind::shutdown: return in::Shutdown{request};
    default: return std::nullopt;
  }
}

EncodedOutput plain(OutKind kind, std::uint32_t handle, ByteSpan payload = {}) {
  return {kind, 0, handle, 0, 0, payload, static_cast<std::uint32_t>(payload.size())};
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

EncodedOutput encode_output(const Output& output, std::vector<Bytes>& scratch) {
  using K = OutKind;
  return std::visit(
      Overload{
          [](const out::Ready& o) {
            EncodedOutput r = plain(K::ready, 0);
            r.flags = static_cast<std::uint16_t>(o.error.code);
            return r;
          },
          [](const out::OpenSocket& o) { return plain(K::open_socket, o.socket.value, as_bytes(o.url)); },
          [](const out::SendText& o) { return plain(K::send_text, o.socket.value, as_bytes(o.utf8)); },
          [](const out::CloseSocket& o) { return plain(K::close_socket, o.socket.value); },
          [](const out::MakeOffer& o) { return plain(K::make_offer, o.dial.value); },
          [](const out::MakeAnswer& o) { return plain(K::make_answer, o.dial.value, as_bytes(o.offer_sdp)); },
          [](const out::ApplyAnswer& o) { return plain(K::apply_answer, o.dial.value, as_bytes(o.answer_sdp)); },
          [](const out::CloseDial& o) { return plain(K::close_dial, o.dial.value); },
          [](const out::SendBytes& o) { return plain(K::send_bytes, o.channel.value, o.bytes); },
          [](const out::StoreRead& o) { return EncodedOutput{K::store_read, 0, o.op.value, o.blob.value, o.offset, {}, o.bytes}; },
          [](const out::StoreWrite& o) {
            return EncodedOutput{K::store_write, 0, o.op.value, o.blob.value, o.offset, o.bytes,
                                 static_cast<std::uint32_t>(o.bytes.size())};
          },
          [](const out::StoreFlush& o) { return plain(K::store_flush, o.op.value); },
          [](const out::StoreDelete& o) { return EncodedOutput{K::store_delete, 0, o.op.value, o.blob.value, 0, {}, 0}; },
          [&](const out::StoreCopy& o) {
            return EncodedOutput{K::store_copy, 0, o.op.value, o.source.value, o.bytes, keep_u32(scratch, o.blob.value), 4};
          },
          [&](const out::HashPieces& o) {
            return EncodedOutput{K::hash_pieces, 0, o.op.value, o.blob.value, o.bytes, keep_u32(scratch, o.piece_bytes), 4};
          },
          [](const out::ReleaseSource& o) { return plain(K::release_source, o.source.value); },
          [](const out::Completed& o) {
            return EncodedOutput{K::completed, static_cast<std::uint16_t>(o.error.code), o.request.value, o.error.detail, 0,
                                 o.result, static_cast<std::uint32_t>(o.result.size())};
          },
          [](const out::Changed& o) {
            EncodedOutput r = plain(K::changed, 0, o.payload);
            r.a = static_cast<std::uint32_t>(o.subject);
            return r;
          },
          [&](const out::Gone& o) {
            EncodedOutput r = plain(K::gone, 0, keep_text(scratch, hex64(o.id)));
            r.a = static_cast<std::uint32_t>(o.subject);
            return r;
          },
          [&](const out::Log& o) {
            std::string text(o.area);
            text.append(" ").append(o.code);
            EncodedOutput r = plain(K::log, 0, keep_text(scratch, text));
            r.a = static_cast<std::uint32_t>(o.level);
            r.b = o.detail;
            return r;
          },
      },
      output);
}

}  // namespace samara::abi
