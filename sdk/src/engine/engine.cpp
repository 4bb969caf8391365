// Owns: the contract: one input in, everything it causes into the outbox, in one total order.
#include "engine/core.hpp"

#include <algorithm>

namespace samara {
namespace {

/// The first handler that takes the type: makes std::visit exhaustive at compile time.
template <class... F>
struct Overload : F... {
  using F::operator()...;
};

constexpr OpOwner committer_owner{OpOwner::Kind::job, 1};

}  // namespace

Engine::Core::Core(const Config& chosen, std::uint64_t seed)
    : config(chosen),
      rng(seed),
      shared{config, rng, outbox, ops, TokenBucket(config.upload_bytes_per_second),
             TokenBucket(config.download_bytes_per_second), 0},
      signaller(config, rng, outbox),
      committer(outbox, ops, committer_owner, config.has_store) {}

void Engine::Core::handle(Instant at, const Input& input) {
  outbox.clear();
  now = at;
  std::visit(
      Overload{
          [&](const in::Tick&) {
            signaller.tick(now);
            for (auto& [id, slot] : slots) {
              const auto due = slot.torrent->deadline();
              if (due && *due <= now) slot.torrent->tick(now);
            }
            for (auto& [id, slot] : slots) drain(slot);
            check_unnamed();
          },
          [&](const in::WallClock& i) { set_wall_clock(i); },
          [&](const in::Network& i) {
            hold_seeding(i.metered ? ReasonCode::metered : i.hidden ? ReasonCode::paused : ReasonCode::none);
            signaller.network(now, i.online);
            touch_all();
          },
          [&](const in::SocketOpened& i) { signaller.socket_opened(now, i.socket); touch_all(); },
          [&](const in::SocketText& i) { signaller.socket_text(now, i.socket, i.utf8); },
          [&](const in::SocketClosed& i) { signaller.socket_closed(now, i.socket); touch_all(); },
          [&](const in::LocalSdp& i) { signaller.local_sdp(now, i.dial, as_text(i.sdp), i.gathering_complete); },
          [&](const in::DialProgress& i) { signaller.dial_progress(now, i.dial, i.stage, i.route); },
          [&](const in::DialFailed& i) { signaller.dial_failed(now, i.dial, i.why); },
          [&](const in::ChannelOpened& i) { channel_opened(i); },
          [&](const in::ChannelBytes& i) { channel_bytes(i); },
          [&](const in::ChannelBuffered& i) {
            const auto it = by_channel.find(i.channel);
            if (it == by_channel.end()) return;
            Slot& slot = *find_slot(it->second.first);
            slot.torrent->channel_buffered(now, it->second.second, i.bytes);
            drain(slot);
          },
          [&](const in::ChannelClosed& i) { channel_closed(i.channel); },
          [&](const in::StoreOpened& i) { store_opened(i.listing); },
          [&](const in::StoreDone& i) { store_done(i.op, i.status, i.bytes); },
          [&](const in::PiecesHashed& i) { store_done(i.op, i.status, i.hashes); },
          [&](const in::Save& i) { call_save(i); },
          [&](const in::Share& i) { call_share(i); },
          [&](const in::Receive& i) { call_receive(i); },
          [&](const in::Accept& i) { call_accept(i); },
          [&](const in::Control& i) { call_control(i); },
          [&](const in::UpdateItem& i) { call_update_item(i); },
          [&](const in::Provide& i) { call_provide(i); },
          [&](const in::Query& i) { call_query(i); },
          [&](const in::Abort& i) { abort(i.request); },
          [&](const in::Shutdown& i) { call_shutdown(i); },
          [&](const in::Playhead& i) { set_playhead(i); },
          [&](const in::Entropy& i) { add_entropy(i.bytes); },
          [&](const in::PasswordStretched& i) { password_stretched(i); },
          [&](const in::StoreRoom& i) { store_free_bytes = i.free_bytes; touch_state(); },
      },
      input);
  settle();
}

/// What every input may have caused: swarm needs, the journal, finished waits, snapshots for the host.
void Engine::Core::settle() {
  end_lost_links();
  check_tickets();
  if (have_waiting && committer.rested(now)) {
    have_waiting = false;
    for (auto& [id, slot] : slots) journal_have(slot);
  }
  if (expiry_due && *expiry_due <= now) check_expiry();
  stop_spoiled();
  reconsider_all();
  commit();
  reconsider_all();
  push_changes();
  if (!shutting_down.none()) finish_shutdown();
}

/// What waited for the last commit may have more to say.
void Engine::Core::commit() {
  if (!ready || read_only) return;
  committer.pump(now, catalogue);
  check_tickets();
  committer.pump(now, catalogue);
  confirmed();
}

void Engine::Core::reconsider_all() {
  for (std::size_t i = 0; i < to_reconsider.size(); ++i) bring_in_line(to_reconsider[i]);
  to_reconsider.clear();
}

std::optional<Instant> Engine::Core::deadline() const {
  std::optional<Instant> first;
  const auto consider = [&first](std::optional<Instant> t) {
    if (t && (!first || *t < *first)) first = t;
  };
  consider(signaller.deadline());
  for (const auto& [id, slot] : slots) consider(slot.torrent->deadline());
  for (const auto& [channel, waiting] : unnamed) consider(waiting.until);
  consider(committer.deadline());
  if (have_waiting) consider(committer.rested_at());
  consider(expiry_due);
  consider(changes_deadline());
  return first;
}

std::int64_t Engine::Core::unix_ms() const noexcept {
  return wall_offset_ms + now.us / 1000;
}

/// A public id: not 0, and below 2^63 so that every form can hold it.
std::uint64_t Engine::Core::fresh_id() {
  return 1 + rng.below((1ULL << 62));
}

Engine::Engine(const Config& config, std::uint64_t seed) : core_(std::make_unique<Core>(config, seed)) {}
Engine::~Engine() = default;

void Engine::handle(Instant now, const Input& input) noexcept {
  core_->handle(now, input);
}

std::optional<Output> Engine::poll() noexcept {
  return core_->outbox.poll();
}

std::optional<Instant> Engine::deadline() const noexcept {
  return core_->deadline();
}

}  // namespace samara
