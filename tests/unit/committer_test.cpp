// The commit cycle by itself: when the next commit of what can wait may come, and in which order answers count.
#include <doctest/doctest.h>

#include "samara/config.hpp"
#include "store/catalogue.hpp"
#include "store/committer.hpp"

using namespace samara;

namespace {

struct Rig {
  Rig() {
    committer.begin();
    pump();
    answer_all();
  }

  Outbox outbox;
  StoreOps ops;
  Catalogue catalogue;
  Committer committer{outbox, ops, {OpOwner::Kind::job, 1}, true};
  Instant now = Instant{} + seconds(5);
  std::vector<StoreOp> open;    // of the committer, not answered yet

  void pump() {
    committer.pump(now, catalogue);
    while (const auto output = outbox.poll()) {
      if (const auto* o = std::get_if<out::StoreFlush>(&*output)) open.push_back(o->op);
      if (const auto* o = std::get_if<out::StoreWrite>(&*output)) open.push_back(o->op);
      if (const auto* o = std::get_if<out::StoreDelete>(&*output)) open.push_back(o->op);
    }
  }
  bool answer(StoreOp op, StoreStatus status = StoreStatus::ok) {
    const auto owner = ops.finish(op);
    return owner && owner->id == 1 && committer.store_done(now, op, status);
  }
  void answer_all(StoreStatus status = StoreStatus::ok) {
    for (const StoreOp op : std::exchange(open, {})) answer(op, status);
  }
  /// One commit whose flushes take that long.
  void commit(Duration each, bool after_content = false) {
    committer.append(JournalKind::have, as_bytes("de"), after_content);
    do {
      pump();
      now = now + each;
      answer_all();
    } while (!committer.idle());
  }
};

}  // namespace

TEST_CASE("journal_pace_min_ms: commits of what can wait come at once when the last one is over and rested") {
  Rig rig;
  rig.now = rig.now + seconds(1);
  CHECK(rig.committer.rested(rig.now));
  rig.committer.append(JournalKind::have, as_bytes("de"), false);
  rig.pump();
  CHECK_FALSE(rig.committer.rested(rig.now));
  CHECK_FALSE(rig.committer.rested_at().has_value());
  rig.answer_all();
  CHECK_FALSE(rig.committer.rested(rig.now));
  CHECK(rig.committer.rested_at() == rig.now + milliseconds(limits::journal_pace_min_ms));
}

TEST_CASE("commits take at most a sixteenth of the time: the rest after one is fifteen times what its flushes took") {
  Rig rig;
  rig.commit(milliseconds(5));
  CHECK(rig.committer.rested_at() == rig.now + milliseconds(75));
  rig.commit(milliseconds(5), true);   // two flushes: content, then journal
  CHECK(rig.committer.rested_at() == rig.now + milliseconds(150));
  // What somebody waits for does not wait for the rest.
  rig.committer.append(JournalKind::item, as_bytes("de"), false);
  rig.pump();
  CHECK(rig.open.size() == 2);
}

TEST_CASE("journal_pace_max_ms: the rest has an end: a flush of an hour was a device that slept") {
  Rig rig;
  rig.commit(seconds(3'600));
  CHECK(rig.committer.rested_at() == rig.now + milliseconds(limits::journal_pace_max_ms));
}

TEST_CASE("a flush makes nothing durable before the write under it is answered, whichever comes first") {
  Rig rig;
  const Ticket ticket = rig.committer.append(JournalKind::item, as_bytes("de"), false);
  rig.pump();
  const auto open = std::exchange(rig.open, {});
  REQUIRE(open.size() == 2);
  rig.answer(open[1]);
  CHECK(rig.committer.durable() < ticket);
  SUBCASE("and it was written") {
    CHECK(rig.answer(open[0]));
    CHECK(rig.committer.durable() == ticket);
  }
  SUBCASE("and it was not") {
    CHECK(rig.answer(open[0], StoreStatus::full));
    CHECK(rig.committer.durable() < ticket);
    CHECK(rig.committer.failed(ticket));
    CHECK(rig.committer.trouble() == StoreStatus::full);
  }
}

TEST_CASE("a failure is told until the next try, and trouble until one has succeeded") {
  Rig rig;
  const Ticket ticket = rig.committer.append(JournalKind::item, as_bytes("de"), false);
  rig.pump();
  rig.answer_all(StoreStatus::lost);
  CHECK(rig.committer.failed(ticket));
  rig.pump();
  CHECK(rig.open.empty());   // not before the time
  CHECK(rig.committer.failed(ticket));
  rig.committer.retry();
  rig.pump();
  CHECK_FALSE(rig.committer.failed(ticket));
  CHECK(rig.committer.trouble() == StoreStatus::lost);
  rig.answer_all();
  CHECK(rig.committer.durable() == ticket);
  CHECK(rig.committer.trouble() == StoreStatus::ok);
}
