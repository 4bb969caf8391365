// Owns: calls that take several store commands, from the first command to the answer.
#include <algorithm>

#include "engine/core.hpp"

namespace samara {

Job& Engine::Core::new_job(Job::Kind kind, RequestId request) {
  const std::uint32_t id = ++last_job;
  Job& job = jobs[id];
  job.kind = kind;
  job.id = id;
  job.request = request;
  return job;
}

/// The same call again, while it is being carried out: it gets the same answer. False when it is not.
bool Engine::Core::join(Job::Kind kind, std::uint64_t id, RequestId request, BlobId source) {
  for (auto& [number, job] : jobs) {
    if (job.kind != kind || (kind == Job::Kind::save ? job.item.id.value : job.share.id.value) != id) continue;
    job.also.push_back(request);
    free_blob(source);
    return true;
  }
  return false;
}

/// Only when nobody else waits for it does the work end.
void Engine::Core::abort(RequestId request) {
  constexpr Error aborted{Code::aborted, Fault::usage, 0};
  for (auto& [id, job] : jobs) {
    const auto joined = std::ranges::find(job.also, request);
    if (joined == job.also.end() && job.request != request) continue;
    if (job.also.empty() && job.kind != Job::Kind::drop) return fail_job(job, aborted);
    if (job.also.empty()) {
      job.request = {};  // what is being removed goes all the same
    } else if (joined == job.also.end()) {
      job.request = job.also.back();
      job.also.pop_back();
    } else {
      job.also.erase(joined);
    }
    return fail(request, aborted);
  }
}

void Engine::Core::job_done(std::uint32_t id, StoreOp op, StoreStatus status, ByteSpan bytes) {
  const auto it = jobs.find(id);
  if (it == jobs.end()) return;
  Job& job = it->second;
  if (job.kind == Job::Kind::recover) {
    jobs.erase(it);
    journal_read(status, bytes);
    return;
  }
  if (job.stage == Job::Stage::leaving) {
    jobs.erase(it);
    return room_made();
  }
  if (job.kind == Job::Kind::check) return check_step(job, op, status, bytes);
  if (status == StoreStatus::full && wait_for_room(job)) return;
  if (job.kind == Job::Kind::reserve) return reserved(job, status);
  if (status != StoreStatus::ok) {
    Code code = status == StoreStatus::full ? Code::storage_full : Code::storage_lost;
    // Reading the app's own Blob failed: it was changed or is gone.
    if (job.stage == Job::Stage::hashing || job.stage == Job::Stage::sealing) code = Code::source_changed;
    fail_job(job, Error{code, Fault::environment, 0});
    return;
  }
  if (job.stage == Job::Stage::sealing) return seal_step(job, op, bytes);
  switch (job.kind) {
    case Job::Kind::save: save_step(job, bytes); break;
    case Job::Kind::share: share_step(job, bytes); break;
    case Job::Kind::provide: provide_hashed(job, bytes); break;
    case Job::Kind::copy_received: copied(job); break;
    case Job::Kind::recover:
    case Job::Kind::reserve:
    case Job::Kind::check:
    case Job::Kind::update:
    case Job::Kind::go_on:
    case Job::Kind::unlock:
    case Job::Kind::drop: break;
  }
}

/// Ends a job that cannot be finished: whatever it had made is taken back.
void Engine::Core::fail_job(Job& job, Error error) {
  const auto node = jobs.extract(job.id);
  const Job& gone = node.mapped();
  fail(gone.request, error, gone.why);
  for (const RequestId also : gone.also) fail(also, error, gone.why);
  free_blob(gone.source);
  if (gone.stage == Job::Stage::committing) {
    if (gone.kind == Job::Kind::save && catalogue.items.erase(gone.item.id) > 0) {
      drop_blob(gone.item.blob, committer.append(JournalKind::item_gone, encode_gone(gone.item.id.value), false));
    }
    if (gone.kind == Job::Kind::share && !gone.reused) stop_share(gone.share.id);
  }
  if (gone.kind != Job::Kind::drop) free_blob(gone.blob);
  if (gone.kind == Job::Kind::copy_received) {
    const auto transfer = transfers.find(gone.transfer);
    if (transfer != transfers.end()) fail_transfer(transfer->second, error);
  }
  touch_state();
}

/// The journal holds what the job made: the caller may now be told.
void Engine::Core::finish_job(Job& job) {
  const auto node = jobs.extract(job.id);
  const Job& done = node.mapped();
  const auto answer = [&](bool there, auto payload) {
    for (const RequestId also : done.also) there ? complete(also, payload()) : fail(also, Error{Code::aborted, Fault::usage, 0});
    there ? complete(done.request, payload()) : fail(done.request, Error{Code::aborted, Fault::usage, 0});
  };
  switch (done.kind) {
    case Job::Kind::save: {
      free_blob(done.source);
      const auto item = catalogue.items.find(done.item.id);
      const bool there = item != catalogue.items.end();
      if (there) push_item(item->second);
      answer(there, [&] { return item_payload(item->second); });
      if (there) serve_item(item->second);
      break;
    }
    case Job::Kind::share: {
      const auto share = catalogue.shares.find(done.share.id);
      answer(share != catalogue.shares.end(), [&] { return share_payload(share->second); });
      touch(done.share.id);
      break;
    }
    case Job::Kind::update: finish_update(done); break;
    default: break;
  }
  touch_state();
}

}  // namespace samara
