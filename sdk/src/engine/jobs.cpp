// Owns: calls that take several store commands, from the first command to the answer.
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

void Engine::Core::job_done(std::uint32_t id, StoreOp op, StoreStatus status, ByteSpan bytes) {
  const auto it = jobs.find(id);
  if (it == jobs.end()) return;
  Job& job = it->second;
  if (job.kind == Job::Kind::recover) {
    jobs.erase(it);
    journal_read(status, bytes);
    return;
  }
  if (status != StoreStatus::ok) {
    Code code = status == StoreStatus::full ? Code::storage_full : Code::storage_lost;
    // Reading the app's own Blob failed: it was changed or is gone.
    if (job.stage == Job::Stage::hashing || job.stage == Job::Stage::sealing) code = Code::source_changed;
    fail_job(job, Error{code, Fault::environment, 0});
    return;
  }
  if (job.stage == Job::Stage::sealing) return seal_step(job, op, bytes);
  switch (job.kind) {
    case Job::Kind::save: save_step(job); break;
    case Job::Kind::share: share_step(job, bytes); break;
    case Job::Kind::provide: provide_hashed(job, bytes); break;
    case Job::Kind::copy_received: save_step(job); break;
    case Job::Kind::recover:
    case Job::Kind::update:
    case Job::Kind::unlock:
    case Job::Kind::drop: break;
  }
}

/// Ends a job that cannot be finished: whatever it had made is taken back.
void Engine::Core::fail_job(Job& job, Error error) {
  const auto node = jobs.extract(job.id);
  const Job& gone = node.mapped();
  if (!gone.request.none()) fail(gone.request, error, gone.why);
  free_blob(gone.source);
  if (gone.stage == Job::Stage::committing) {
    if (gone.kind == Job::Kind::save && catalogue.items.erase(gone.item.id) > 0) {
      committer.append(JournalKind::item_gone, encode_gone(gone.item.id.value), false);
    }
    if (gone.kind == Job::Kind::share) stop_share(gone.share.id);
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
  switch (done.kind) {
    case Job::Kind::save: {
      free_blob(done.source);
      const auto item = catalogue.items.find(done.item.id);
      if (item == catalogue.items.end()) {
        fail(done.request, Error{Code::aborted, Fault::usage, 0});
        return;
      }
      push_item(item->second);
      complete(done.request, item_payload(item->second));
      break;
    }
    case Job::Kind::share: {
      const auto share = catalogue.shares.find(done.share.id);
      if (share == catalogue.shares.end()) {
        fail(done.request, Error{Code::aborted, Fault::usage, 0});
        return;
      }
      complete(done.request, share_payload(share->second));
      touch(done.share.id);
      break;
    }
    case Job::Kind::update: finish_update(done); break;
    case Job::Kind::drop:
      free_blob(done.blob);
      complete_empty(done.request);
      break;
    case Job::Kind::provide:
    case Job::Kind::copy_received:
    case Job::Kind::unlock:
    case Job::Kind::recover: break;
  }
  touch_state();
}

}  // namespace samara
