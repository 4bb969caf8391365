// Owns: deriving states and reasons from what was measured: sockets, replies, dials, links, the store.
#include "engine/reasons.hpp"

#include <algorithm>

#include "engine/core.hpp"

namespace samara {

std::string_view to_string(ReasonCode code) noexcept {
  switch (code) {
    case ReasonCode::none: return "";
    case ReasonCode::offline: return "offline";
    case ReasonCode::trackers_unreachable: return "trackers-unreachable";
    case ReasonCode::no_one_has_it: return "no-one-has-it";
    case ReasonCode::sender_left: return "sender-left";
    case ReasonCode::cannot_connect: return "cannot-connect";
    case ReasonCode::local_network_blocked: return "local-network-blocked";
    case ReasonCode::choked: return "choked";
    case ReasonCode::paused: return "paused";
    case ReasonCode::storage_full: return "storage-full";
    case ReasonCode::source_needed: return "source-needed";
    case ReasonCode::metered: return "metered";
    case ReasonCode::expired: return "expired";
    case ReasonCode::storage_low: return "storage-low";
  }
  return "";
}

std::string_view action_for(ReasonCode code) noexcept {
  switch (code) {
    case ReasonCode::no_one_has_it:
    case ReasonCode::sender_left: return "ask-sender";
    case ReasonCode::cannot_connect: return "add-turn";
    case ReasonCode::local_network_blocked: return "allow-local-network";
    case ReasonCode::storage_low:
    case ReasonCode::storage_full: return "free-space";
    case ReasonCode::source_needed: return "provide-source";
    default: return "";
  }
}

/// Why a torrent that wants data gets none; nothing while it is still being tried or bytes move.
std::optional<Reason> Engine::Core::swarm_reason(Slot& slot) {
  if (!signaller.online()) return because(ReasonCode::offline);
  const auto links = slot.torrent->links();
  const bool linked = std::any_of(links.begin(), links.end(), [](const LinkView& l) { return l.handshaken; });
  if (linked) {
    const auto useful = std::count_if(links.begin(), links.end(), [](const LinkView& l) { return l.useful; });
    const bool choked = std::all_of(links.begin(), links.end(), [](const LinkView& l) { return !l.useful || l.choking_us; });
    if (slot.torrent->metainfo() == nullptr) return std::nullopt;
    if (useful == 0) return because(ReasonCode::sender_left, "peers", static_cast<std::int64_t>(links.size()));
    if (choked) return because(ReasonCode::choked, "peers", static_cast<std::int64_t>(useful));
    return std::nullopt;
  }
  const SwarmView view = signaller.view(slot.id);
  if (view.trackers_connected == 0) {
    const auto trackers = signaller.trackers();
    const bool any_down = std::any_of(trackers.begin(), trackers.end(),
                                      [](const TrackerView& t) { return t.state == TrackerView::State::down; });
    if (!any_down && view.trackers > 0) return std::nullopt;  // still connecting for the first time
    return because(ReasonCode::trackers_unreachable, "trackers", view.trackers);
  }
  if (!view.announced) return std::nullopt;
  if (view.failures > 0 && view.others > 0) {
    const bool blocked = view.last_failure == DialFailure::local_network_blocked;
    const ReasonCode code = blocked ? ReasonCode::local_network_blocked : ReasonCode::cannot_connect;
    return because(code, "attempts", view.failures);
  }
  if (view.others == 0) return because(slot.had_links ? ReasonCode::sender_left : ReasonCode::no_one_has_it);
  return std::nullopt;
}

namespace {

/// Stamps a reason with the time its code was first seen for this subject.
std::optional<Reason> since(std::map<std::uint64_t, std::pair<ReasonCode, std::int64_t>>& known, std::uint64_t subject,
                            std::optional<Reason> reason, std::int64_t unix_ms) {
  if (!reason) {
    known.erase(subject);
    return reason;
  }
  auto& entry = known[subject];
  if (entry.first != reason->code) entry = {reason->code, unix_ms};
  reason->since_ms = entry.second;
  return reason;
}

}  // namespace

std::optional<Reason> Engine::Core::transfer_reason(const TransferState& transfer) {
  std::optional<Reason> reason;
  Slot* slot = find_slot(transfer.torrent);
  if (transfer.phase == TransferPhase::failed) return std::nullopt;
  if (transfer.record.paused) {
    reason = because(ReasonCode::paused);
  } else if (transfer.phase == TransferPhase::storing && committer.trouble() != StoreStatus::ok) {
    reason = because(ReasonCode::storage_full);
  } else if (transfer.phase == TransferPhase::running && !transfer.asking && transfer.lock == Code::ok && slot != nullptr) {
    reason = swarm_reason(*slot);
  }
  return since(reason_since, transfer.record.id.value, reason, unix_ms());
}

std::string_view Engine::Core::transfer_state(const TransferState& transfer, bool has_reason) {
  if (transfer.phase == TransferPhase::failed) return "failed";
  if (transfer.phase == TransferPhase::done) return "done";
  if (transfer.record.paused) return "paused";
  if (transfer.lock != Code::ok) return "locked";
  if (transfer.asking) return "waiting";
  if (transfer.phase == TransferPhase::storing) return "receiving";
  if (transfer.checking) return "starting";
  if (has_reason) return "waiting";
  Slot* slot = find_slot(transfer.torrent);
  if (slot == nullptr) return "starting";
  if (slot->torrent->served() || slot->torrent->download_rate(now) > 0) return "receiving";
  const SwarmView view = signaller.view(slot->id);
  return view.dials > 0 || !slot->connections.empty() ? "connecting" : "finding";
}

std::optional<Reason> Engine::Core::share_reason(const ShareRecord& record) {
  std::optional<Reason> reason;
  const auto state = shares.find(record.id);
  Slot* slot = state == shares.end() ? nullptr : find_slot(state->second.torrent);
  if (expired(record.seal)) {
    reason = because(ReasonCode::expired);
  } else if (slot == nullptr || slot->blob.none()) {
    const bool changed = state != shares.end() && state->second.changed;
    reason = because(ReasonCode::source_needed, {}, 0, changed ? to_string(Code::source_changed) : "");
  } else if (record.paused || held != ReasonCode::none) {
    reason = because(record.paused ? ReasonCode::paused : held);
  } else if (!signaller.online()) {
    reason = because(ReasonCode::offline);
  } else if (slot->connections.empty()) {
    const auto found = swarm_reason(*slot);
    if (found && found->code == ReasonCode::trackers_unreachable) reason = found;
  }
  return since(reason_since, record.id.value, reason, unix_ms());
}

std::string_view Engine::Core::share_state(const ShareRecord& record) {
  const auto state = shares.find(record.id);
  Slot* slot = state == shares.end() ? nullptr : find_slot(state->second.torrent);
  if (expired(record.seal)) return "expired";
  if (slot == nullptr || slot->blob.none()) return "source-needed";
  if (record.paused || held != ReasonCode::none) return "paused";
  const auto links = slot->torrent->links();
  const bool linked = std::any_of(links.begin(), links.end(), [](const LinkView& l) { return l.handshaken; });
  return linked ? "serving" : "waiting";
}

/// Reasons that concern the whole: health().reasons and SamaraState.reasons.
std::vector<Reason> Engine::Core::state_reasons() {
  std::vector<Reason> reasons;
  const auto add = [&](std::uint64_t subject, bool holds, const Reason& because_of) {
    std::optional<Reason> reason;
    if (holds) reason = because_of;
    reason = since(reason_since, subject, reason, unix_ms());
    if (reason) reasons.push_back(*reason);
  };
  const auto trackers = signaller.trackers();
  const bool none_up = !trackers.empty() && std::all_of(trackers.begin(), trackers.end(), [](const TrackerView& t) {
    return t.state == TrackerView::State::down;
  });
  // Subjects 1 … 4 are the engine's own: public ids are random and never that small in practice.
  add(1, !signaller.online(), because(ReasonCode::offline));
  add(2, signaller.online() && none_up, because(ReasonCode::trackers_unreachable));
  add(3, committer.trouble() != StoreStatus::ok, because(ReasonCode::storage_full));
  add(4, storage_low(), because(ReasonCode::storage_low, "free", static_cast<std::int64_t>(store_free_bytes.value_or(0))));
  return reasons;
}

}  // namespace samara
