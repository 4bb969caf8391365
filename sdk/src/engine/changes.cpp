// Owns: what the host is told and how often: answers at once, snapshots at most ten times per second.
#include <algorithm>

#include "engine/core.hpp"

namespace samara {
namespace {

constexpr Duration change_interval = milliseconds(limits::change_interval_ms);
// While bytes move, or have just stopped moving, the rate is shown anew this often.
constexpr Duration rate_interval = milliseconds(500);

/// Codes that a caller of the API can meet; finer ones only stand in logs.
Code public_code(Code code) {
  if (code >= Code::bencode_truncated && code <= Code::metainfo_hash_mismatch) return Code::metadata_invalid;
  return code;
}

}  // namespace

void Engine::Core::complete(RequestId request, ByteSpan result) {
  if (request.none()) return;
  outbox.push(out::Completed{request, Error{}, outbox.arena().copy(result)});
}

void Engine::Core::complete_empty(RequestId request) {
  complete(request, as_bytes("de"));
}

void Engine::Core::fail(RequestId request, Error error, std::string_view why) {
  if (request.none()) return;
  Bytes params;
  BencodeWriter out(params);
  out.begin_dict();
  if (error.detail != 0) out.field("detail", error.detail);
  if (why.empty() && public_code(error.code) != error.code) why = to_string(error.code);
  if (!why.empty()) out.field("why", why);
  out.end_dict();
  error.code = public_code(error.code);
  outbox.push(out::Completed{request, error, outbox.arena().copy(ByteSpan(params))});
}

void Engine::Core::log(LogLevel level, std::string_view code, std::uint64_t detail) {
  outbox.log(level, "engine", code, detail);
}

/// Due now, or a tenth of a second after the last one; a later due moves forward.
void Engine::Core::mark(Pushed& pushed) const {
  const Instant due = pushed.last ? std::max(now, *pushed.last + change_interval) : now;
  if (!pushed.due || due < *pushed.due) pushed.due = due;
}

void Engine::Core::touch(ShareId id) {
  const auto it = shares.find(id);
  if (it == shares.end()) return;
  if (!it->second.pushed.due) dirty_shares.push_back(id);
  mark(it->second.pushed);
}

void Engine::Core::touch(TransferId id) {
  const auto it = transfers.find(id);
  if (it == transfers.end()) return;
  if (!it->second.pushed.due) dirty_transfers.push_back(id);
  mark(it->second.pushed);
}

void Engine::Core::touch_state() {
  mark(state_pushed);
}

/// What all reasons depend on has changed.
void Engine::Core::touch_all() {
  for (const auto& [id, share] : shares) touch(id);
  for (const auto& [id, transfer] : transfers) touch(id);
  touch_state();
}

void Engine::Core::push_transfer(TransferState& transfer, std::string_view state) {
  const Bytes payload = transfer_payload(transfer, true, state);
  outbox.push(out::Changed{Subject::transfer, outbox.arena().copy(ByteSpan(payload))});
  transfer.pushed.due.reset();
  transfer.pushed.last = now;
}

void Engine::Core::push_item(const ItemRecord& item) {
  outbox.push(out::Changed{Subject::item, outbox.arena().copy(ByteSpan(item_payload(item)))});
}

void Engine::Core::gone(Subject subject, std::uint64_t id) {
  outbox.push(out::Gone{subject, id});
}

void Engine::Core::push_changes() {
  std::erase_if(dirty_shares, [this](ShareId id) {
    const auto state = shares.find(id);
    const auto record = catalogue.shares.find(id);
    if (state == shares.end() || record == catalogue.shares.end() || !state->second.pushed.due) return true;
    Pushed& pushed = state->second.pushed;
    if (*pushed.due > now) return false;
    outbox.push(out::Changed{Subject::share, outbox.arena().copy(ByteSpan(share_payload(record->second)))});
    pushed.due.reset();
    pushed.last = now;
    Slot* slot = find_slot(state->second.torrent);
    if (slot == nullptr || slot->connections.empty()) return true;
    pushed.due = now + rate_interval;
    return false;
  });
  std::erase_if(dirty_transfers, [this](TransferId id) {
    const auto it = transfers.find(id);
    if (it == transfers.end() || !it->second.pushed.due) return true;
    if (*it->second.pushed.due > now) return false;
    push_transfer(it->second);
    if (it->second.phase != TransferPhase::running || it->second.record.paused) return true;
    it->second.pushed.due = now + rate_interval;  // reasons and rates change without an event
    return false;
  });
  if (ready && state_pushed.due && *state_pushed.due <= now) {
    outbox.push(out::Changed{Subject::state, outbox.arena().copy(ByteSpan(state_payload()))});
    state_pushed.due.reset();
    state_pushed.last = now;
  }
}

std::optional<Instant> Engine::Core::changes_deadline() const {
  std::optional<Instant> first = ready ? state_pushed.due : std::nullopt;
  const auto consider = [&first](const Pushed& pushed) {
    if (pushed.due && (!first || *pushed.due < *first)) first = pushed.due;
  };
  for (const ShareId id : dirty_shares) {
    if (const auto it = shares.find(id); it != shares.end()) consider(it->second.pushed);
  }
  for (const TransferId id : dirty_transfers) {
    if (const auto it = transfers.find(id); it != transfers.end()) consider(it->second.pushed);
  }
  return first;
}

}  // namespace samara
