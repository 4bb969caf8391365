// Stories of sealed shares: what leaves a device, what arrives, and what is told apart when it does not open.
#include "codec/share_link.hpp"
#include "codec/share_meta.hpp"
#include "sim/story.hpp"

using namespace samara;
using namespace samara::sim;

namespace {

Shared take_share(World& world, NodeId node, std::uint32_t request) {
  REQUIRE(world.run_until([&] { return world.answer(node, request) != nullptr; }, seconds(10)));
  const Answer& answer = *world.answer(node, request);
  REQUIRE(to_string(answer.error.code) == "ok");
  return {text_in(answer.result, "id"), text_in(answer.result, "url"), text_in(answer.result, "magnet")};
}

Shared seal_now(World& world, NodeId node, const Bytes& content, const Say& say = {}) {
  return take_share(world, node, world.share_sealed(node, content, say));
}

std::string error_of(World& world, NodeId node, const std::string& transfer, std::string_view key = "code") {
  const Bytes snapshot = world.snapshot(node, Subject::transfer, transfer);
  const auto document = bencode_decode(snapshot, bencode_own_limits);
  const auto error = document ? document->root().find("error") : std::nullopt;
  return error ? std::string(error->text_or(key, "")) : "";
}

std::string open_link(World& world, NodeId node, const std::string& link, const std::string& password = "", bool ask = false) {
  const std::uint32_t request = world.receive(node, link, ask, password);
  REQUIRE(world.run_until([&] { return world.answer(node, request) != nullptr; }, seconds(1)));
  REQUIRE(to_string(world.answer(node, request)->error.code) == "ok");
  return text_in(world.answer(node, request)->result, "id");
}

std::size_t shares_at(World& world, NodeId node) {
  const std::uint32_t query = world.query(node, QueryKind::shares);
  const auto list = bencode_decode(world.answer(node, query)->result, bencode_own_limits);
  std::size_t count = 0;
  for ([[maybe_unused]] const BencodeView share : list->root().list("list")) ++count;
  return count;
}

std::string state_of(World& world, NodeId node, const std::string& transfer) {
  return world.text_of(node, Subject::transfer, transfer, "state");
}

/// Everything that a node ever sends to a socket or a channel.
struct Wiretap {
  Bytes heard;
  explicit Wiretap(World& world, std::optional<NodeId> only = {}) {
    world.watch = [this, only](NodeId node, const Output& output) {
      if (only && node != *only) return;
      ByteSpan bytes;
      if (const auto* text = std::get_if<out::SendText>(&output)) bytes = as_bytes(text->utf8);
      if (const auto* sent = std::get_if<out::SendBytes>(&output)) bytes = sent->bytes;
      heard.insert(heard.end(), bytes.begin(), bytes.end());
    };
  }
  [[nodiscard]] bool holds(ByteSpan part) const {
    return std::search(heard.begin(), heard.end(), part.begin(), part.end()) != heard.end();
  }
};

}  // namespace

TEST_CASE("a sealed memo arrives opened, with what its sender said about it") {
  World world(401);
  const NodeId sender = launch(world);
  const NodeId receiver = launch(world);
  const Bytes memo = lcg_bytes(1, 300'001);
  Say say;
  say.title = "A walk";
  say.description = "by the lake";
  say.created_ms = 1'700'000'000'123;
  say.duration_ms = 93'500;
  say.meta = {0xa1, 0x61, 'w', 0x82, 0x01, 0x02};
  say.thumbnail = lcg_bytes(9, 500);
  const Shared shared = seal_now(world, sender, memo, say);
  CHECK(shared.url.find("&k=") != std::string::npos);
  CHECK(shared.magnet.find("dn=") == std::string::npos);
  const std::string transfer = open_link(world, receiver, shared.url);
  REQUIRE(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(10)));
  CHECK(received_bytes(world, receiver, transfer) == memo);
  const Bytes snapshot = world.snapshot(receiver, Subject::transfer, transfer);
  const auto document = bencode_decode(snapshot, bencode_own_limits);
  REQUIRE(document);
  const auto item = document->root().find("item");
  REQUIRE(item);
  CHECK(item->text_or("name", "") == "A walk");
  CHECK(item->text_or("description", "") == "by the lake");
  CHECK(item->integer_or("created", 0) == 1'700'000'000'123);
  CHECK(item->integer_or("duration", 0) == 93'500);
  CHECK(equal(item->string_or("meta", {}), say.meta));
  CHECK(equal(item->string_or("thumbnail", {}), say.thumbnail));
  CHECK(item->integer_or("size", 0) == 300'001);
  CHECK(item->text_or("type", "") == "audio/webm");
  CHECK(world.number_of(receiver, Subject::transfer, transfer, "total") == 300'001);
}

TEST_CASE("nothing of the plaintext, the name or the type is in what any device sends") {
  World world(402);
  Wiretap tap(world);
  const NodeId sender = launch(world);
  const NodeId receiver = launch(world);
  const Bytes memo = lcg_bytes(2, 100'000);
  Say say;
  say.title = "Secret walk title";
  say.files = {{"private-recording.webm", memo.size()}};
  const Shared shared = seal_now(world, sender, memo, say);
  const std::string transfer = open_link(world, receiver, shared.url);
  REQUIRE(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(10)));
  REQUIRE(tap.heard.size() > memo.size());
  CHECK_FALSE(tap.holds(as_bytes("Secret walk")));
  CHECK_FALSE(tap.holds(as_bytes("private-recording")));
  CHECK_FALSE(tap.holds(as_bytes("audio/webm")));
  for (std::size_t at = 0; at + 16 <= memo.size(); at += 97) CHECK_FALSE(tap.holds(ByteSpan(memo).subspan(at, 16)));
}

TEST_CASE("what was received is sealed again for the next one, also after a restart") {
  World world(403);
  const NodeId sender = launch(world);
  const NodeId first = launch(world);
  const Bytes memo = lcg_bytes(3, 200'000);
  const Shared shared = seal_now(world, sender, memo);
  const std::string transfer = open_link(world, first, shared.url);
  REQUIRE(world.run_until([&] { return is_done(world, first, transfer); }, seconds(10)));
  world.crash(sender);
  world.run_for(seconds(1));
  world.crash(first);
  world.start(first);
  world.run_for(seconds(2));
  const NodeId second = launch(world);
  const std::string later = open_link(world, second, shared.url);
  REQUIRE(world.run_until([&] { return is_done(world, second, later); }, seconds(20)));
  CHECK(received_bytes(world, second, later) == memo);
}

TEST_CASE("sealed shares of every shape arrive whole") {
  const std::uint32_t meta_edge = 16'384 - 16 - 4 - 41;  // about where header and content end together at a chunk's edge
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{meta_edge}, std::size_t{meta_edge + 1}, std::size_t{65'536}, std::size_t{17'000'000}}) {
    CAPTURE(bytes);
    World world(404);
    world.rules.bytes_per_second = 200'000'000;
    const NodeId sender = launch(world);
    const NodeId receiver = launch(world);
    const Bytes memo = lcg_bytes(4, bytes);
    const Shared shared = seal_now(world, sender, memo);
    const std::string transfer = open_link(world, receiver, shared.url);
    REQUIRE(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(60)));
    CHECK(received_bytes(world, receiver, transfer) == memo);
  }
}

TEST_CASE("several files in one sealed link; the compact link opens too") {
  World world(405);
  const NodeId sender = launch(world);
  const NodeId receiver = launch(world);
  const Bytes all = lcg_bytes(5, 90'000);
  Say say;
  say.title = "Two days";
  say.files = {{"day 1/memo.webm", 60'000}, {"day 2/../memo.webm", 30'000}};
  const std::uint32_t request = world.share_sealed(sender, all, say);
  take_share(world, sender, request);
  const std::string transfer = open_link(world, receiver, text_in(world.answer(sender, request)->result, "compact_url"));
  REQUIRE(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(10)));
  CHECK(received_bytes(world, receiver, transfer) == all);
  const Bytes snapshot = world.snapshot(receiver, Subject::transfer, transfer);
  const auto shown = bencode_decode(snapshot, bencode_own_limits);
  const auto item = shown->root().find("item");
  REQUIRE(item);
  const auto files = item->list("files");
  std::vector<std::string> names;
  for (const BencodeView file : files) names.emplace_back(file.text_or("name", ""));
  REQUIRE(names.size() == 2);
  CHECK(names[0] == "day 1/memo.webm");
  CHECK(names[1].find("..") == std::string::npos);
}

TEST_CASE("the same key and bytes give the same link again, other bytes a new one and the old share ends") {
  World world(406);
  const NodeId sender = launch(world);
  const Bytes memo = lcg_bytes(6, 50'000);
  Say say;
  say.key = "memo-1";
  say.title = "One";
  const Shared first = seal_now(world, sender, memo, say);
  say.title = "Renamed";
  const Shared again = seal_now(world, sender, memo, say);
  CHECK(again.url == first.url);
  CHECK(again.id == first.id);
  Bytes edited = memo;
  edited[100] ^= 1;
  const Shared other = seal_now(world, sender, edited, say);
  CHECK(other.url != first.url);
  CHECK(shares_at(world, sender) == 1);
  say.key.clear();
  CHECK(seal_now(world, sender, edited, say).url != other.url);
}

TEST_CASE("a password is asked for, a wrong one is told, the right one opens without fetching again") {
  World world(407);
  const NodeId sender = launch(world);
  const NodeId receiver = launch(world);
  const Bytes memo = lcg_bytes(7, 400'000);
  Say say;
  say.password = "correct-horse";
  const Shared shared = seal_now(world, sender, memo, say);
  CHECK(shared.url.find("&p=1") != std::string::npos);
  const std::string transfer = open_link(world, receiver, shared.url);
  world.run_for(seconds(3));
  CHECK(state_of(world, receiver, transfer) == "locked");
  CHECK(error_of(world, receiver, transfer) == "password-needed");
  const std::uint64_t before = world.sent_bytes(sender);
  CHECK(before < 40'000);  // one piece of 16 KiB, the metadata and the protocol around them
  world.unlock(receiver, transfer, "wrong");
  world.run_for(milliseconds(100));
  CHECK(state_of(world, receiver, transfer) != "locked");
  REQUIRE(world.run_until([&] { return error_of(world, receiver, transfer) == "wrong-password"; }, milliseconds(400)));
  CHECK(state_of(world, receiver, transfer) == "locked");
  CHECK(world.sent_bytes(sender) < before + 2'000);
  world.unlock(receiver, transfer, "correct-horse");
  REQUIRE(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(10)));
  CHECK(received_bytes(world, receiver, transfer) == memo);
  CHECK(world.stretches(receiver) == 2);
  CHECK(world.sent_bytes(sender) < memo.size() + memo.size() / 8);
}

TEST_CASE("the password given with the link opens at once, and what came with it is served again after a restart") {
  World world(408);
  const NodeId sender = launch(world);
  const NodeId receiver = launch(world);
  const Bytes memo = lcg_bytes(8, 100'000);
  Say say;
  say.password = "pässwörd";
  const Shared shared = seal_now(world, sender, memo, say);
  const std::string transfer = open_link(world, receiver, shared.url, say.password);
  REQUIRE(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(10)));
  world.crash(sender);
  world.crash(receiver);
  world.start(receiver);
  world.run_for(seconds(1));
  const NodeId late = launch(world);
  const std::string second = open_link(world, late, shared.url, say.password);
  REQUIRE(world.run_until([&] { return is_done(world, late, second); }, seconds(20)));
  CHECK(received_bytes(world, late, second) == memo);
}

TEST_CASE("a locked transfer waits through a restart") {
  World world(409);
  const NodeId sender = launch(world);
  const NodeId receiver = launch(world);
  const Bytes memo = lcg_bytes(9, 60'000);
  Say say;
  say.password = "later";
  const Shared shared = seal_now(world, sender, memo, say);
  const std::string transfer = open_link(world, receiver, shared.url);
  world.run_for(seconds(2));
  world.crash(receiver);
  world.start(receiver);
  world.run_for(seconds(1));
  CHECK(state_of(world, receiver, transfer) == "locked");
  world.unlock(receiver, transfer, "later");
  REQUIRE(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(10)));
}

TEST_CASE("a key that belongs to another share ends in wrong-key before any piece is fetched") {
  World world(410);
  const NodeId sender = launch(world);
  const NodeId receiver = launch(world);
  const Shared shared = seal_now(world, sender, lcg_bytes(10, 100'000));
  auto link = parse_share_link(shared.url).front();
  link.secret[5] ^= 1;
  const std::string forged = format_sealed_url("https://memos.example/share/", link.magnet, link.secret, false);
  Wiretap tap(world, sender);
  const std::string transfer = open_link(world, receiver, forged);
  REQUIRE(world.run_until([&] { return state_of(world, receiver, transfer) == "failed"; }, seconds(10)));
  CHECK(error_of(world, receiver, transfer) == "wrong-key");
  CHECK(tap.heard.size() < 10'000);
  CHECK(world.disk(receiver).written.size() <= 2);  // journals alone
}

TEST_CASE("a source that changed between two serves: nothing of it leaves, the share waits for its bytes") {
  World world(411);
  world.rules.bytes_per_second = 50'000'000;
  const NodeId sender = launch(world);
  const NodeId first = launch(world);
  const Bytes memo = lcg_bytes(11, 6'000'000);  // more than the read cache keeps
  const Shared shared = seal_now(world, sender, memo);
  const std::string transfer = open_link(world, first, shared.url);
  REQUIRE(world.run_until([&] { return is_done(world, first, transfer); }, seconds(10)));
  world.crash(first);
  world.run_for(seconds(1));
  for (std::uint8_t& byte : world.last_source(sender)) byte ^= 0x55;
  Wiretap tap(world, sender);
  const NodeId second = launch(world);
  const std::string later = open_link(world, second, shared.url);
  REQUIRE(world.run_until([&] { return world.text_of(sender, Subject::share, shared.id, "state") == "source-needed"; }, seconds(90)));
  // What had stayed sealed in the cache may have been sent, of the new bytes nothing: no piece of theirs, whole or in part.
  CHECK(world.number_of(second, Subject::transfer, later, "verified") < 6'000'000);
  for (const std::string& code : world.log_codes(second)) CHECK(code != "piece-bad-hash");
  const Bytes snapshot = world.snapshot(sender, Subject::share, shared.id);
  const auto shown = bencode_decode(snapshot, bencode_own_limits);
  const auto reason = shown->root().find("reason");
  REQUIRE(reason);
  CHECK(reason->text_or("code", "") == "source-needed");
  CHECK(reason->text_or("why", "") == "source-changed");
  // Other bytes are refused, the right ones bring it back.
  const std::uint32_t wrong = world.provide(sender, shared.id, lcg_bytes(99, 6'000'000));
  REQUIRE(world.run_until([&] { return world.answer(sender, wrong) != nullptr; }, seconds(2)));
  CHECK(world.answer(sender, wrong)->error.code == Code::source_changed);
  const std::uint32_t right = world.provide(sender, shared.id, memo);
  REQUIRE(world.run_until([&] { return world.answer(sender, right) != nullptr; }, seconds(2)));
  CHECK(world.answer(sender, right)->error.code == Code::ok);
  REQUIRE(world.run_until([&] { return is_done(world, second, later); }, seconds(90)));
  CHECK(received_bytes(world, second, later) == memo);
}

TEST_CASE("at its date a share stops being announced and served, and opening the link gives expired") {
  World world(412);
  const NodeId sender = launch(world);
  const NodeId receiver = launch(world);
  const Bytes memo = lcg_bytes(12, 50'000);
  Say say;
  say.expires_ms = world.unix_ms() + 60'000;
  const Shared shared = seal_now(world, sender, memo, say);
  const std::string transfer = open_link(world, receiver, shared.url);
  REQUIRE(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(10)));
  world.run_for(seconds(61));
  CHECK(world.text_of(sender, Subject::share, shared.id, "state") == "expired");
  CHECK(world.connections(sender) == 0);
  CHECK(world.connections(receiver) == 0);
  Wiretap tap(world);
  const NodeId late = launch(world);
  const std::string nothing = open_link(world, late, shared.url);
  world.run_for(seconds(20));
  CHECK_FALSE(is_done(world, late, nothing));
  // Who holds it, as sender or as recipient, is told at once.
  for (const NodeId holder : {sender, receiver}) {
    const std::uint32_t request = world.receive(holder, shared.url);
    world.run_for(seconds(1));
    const bool refused = world.answer(holder, request)->error.code == Code::expired;
    const std::string id = refused ? "" : text_in(world.answer(holder, request)->result, "id");
    CHECK((refused || error_of(world, holder, id) == "expired"));
  }
  const std::uint32_t again = world.share_sealed(sender, memo, say);
  world.run_for(seconds(1));
  CHECK(world.answer(sender, again)->error.code == Code::expired);
}

TEST_CASE("a date that passes while the device sleeps holds when it wakes; who still serves cannot make it open") {
  World world(413);
  const NodeId sender = launch(world);
  const NodeId behind = launch(world);
  const Bytes memo = lcg_bytes(13, 50'000);
  Say say;
  say.expires_ms = world.unix_ms() + 3'600'000;
  const Shared shared = seal_now(world, sender, memo, say);
  const std::string transfer = open_link(world, behind, shared.url);
  REQUIRE(world.run_until([&] { return is_done(world, behind, transfer); }, seconds(10)));
  world.set_clock(behind, -30 * 86'400'000LL);  // a clock that is a month late goes on seeding
  world.sleep_all(seconds(7'200));
  world.set_clock(sender, 0);
  world.run_for(seconds(1));
  CHECK(world.text_of(sender, Subject::share, shared.id, "state") == "expired");
  const NodeId late = launch(world);
  const std::string opened = open_link(world, late, shared.url);
  REQUIRE(world.run_until([&] { return state_of(world, late, opened) == "failed"; }, seconds(60)));
  CHECK(error_of(world, late, opened) == "expired");
  CHECK(world.disk(late).written.size() <= 2);
}

TEST_CASE("stop ends a sealed share for good") {
  World world(414);
  const NodeId sender = launch(world);
  const Shared shared = seal_now(world, sender, lcg_bytes(14, 50'000));
  world.control(sender, CallVerb::stop, "share", shared.id);
  world.run_for(seconds(2));
  const NodeId late = launch(world);
  const std::string nothing = open_link(world, late, shared.url);
  world.run_for(seconds(20));
  CHECK(state_of(world, late, nothing) == "waiting");
  CHECK(world.connections(sender) == 0);
  world.crash(sender);
  world.start(sender);
  world.run_for(seconds(20));
  CHECK_FALSE(is_done(world, late, nothing));
}

TEST_CASE("a sealed item is shared without a copy, and reseals from the store after a restart") {
  World world(415);
  const NodeId sender = launch(world);
  const Bytes memo = lcg_bytes(15, 150'000);
  const std::uint32_t saved = world.save(sender, memo, "Walk.webm");
  REQUIRE(world.run_until([&] { return world.answer(sender, saved) != nullptr; }, seconds(2)));
  const std::string item = text_in(world.answer(sender, saved)->result, "id");
  const std::size_t blobs = world.disk(sender).written.size();
  Say say;
  say.key = "k";
  const Shared shared = take_share(world, sender, world.share_item(sender, item, say));
  CHECK(world.disk(sender).written.size() == blobs);
  world.run_for(seconds(1));
  world.crash(sender);
  world.start(sender);
  world.run_for(seconds(1));
  CHECK(take_share(world, sender, world.share_item(sender, item, say)).url == shared.url);
  const NodeId receiver = launch(world);
  const std::string transfer = open_link(world, receiver, shared.url);
  REQUIRE(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(10)));
  CHECK(received_bytes(world, receiver, transfer) == memo);
}

TEST_CASE("one's own sealed link opens from the share at hand") {
  World world(416);
  const NodeId sender = launch(world);
  const Bytes memo = lcg_bytes(16, 70'000);
  Say say;
  say.title = "Mine";
  say.password = "x";
  const Shared shared = seal_now(world, sender, memo, say);
  const std::string transfer = open_link(world, sender, shared.url);
  REQUIRE(world.run_until([&] { return is_done(world, sender, transfer); }, seconds(5)));
  CHECK(received_bytes(world, sender, transfer) == memo);
}

TEST_CASE("a bare magnet gets the ciphertext, can serve it alone, and gives way to the key") {
  World world(417);
  const NodeId sender = launch(world);
  const NodeId blind = launch(world);
  const Bytes memo = lcg_bytes(17, 120'000);
  const Shared shared = seal_now(world, sender, memo);
  const std::string held = open_link(world, blind, shared.magnet);
  REQUIRE(world.run_until([&] { return is_done(world, blind, held); }, seconds(10)));
  const Bytes ciphertext = received_bytes(world, blind, held);
  CHECK(ciphertext.size() > memo.size());
  world.crash(sender);
  world.run_for(seconds(1));
  const NodeId receiver = launch(world);
  const std::string transfer = open_link(world, receiver, shared.url);
  REQUIRE(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(20)));
  CHECK(received_bytes(world, receiver, transfer) == memo);
  const std::string keyed = open_link(world, blind, shared.url);
  REQUIRE(world.run_until([&] { return is_done(world, blind, keyed); }, seconds(20)));
  CHECK(received_bytes(world, blind, keyed) == memo);
}

TEST_CASE("metadata of a sealed share is known after its first piece, and accept is asked with it") {
  World world(418);
  const NodeId sender = launch(world);
  const NodeId receiver = launch(world);
  Say say;
  say.title = "Long";
  const Shared shared = seal_now(world, sender, lcg_bytes(18, 1'000'000), say);
  const std::string transfer = open_link(world, receiver, shared.url, "", true);
  REQUIRE(world.run_until([&] { return world.number_of(receiver, Subject::transfer, transfer, "asking") == 1; }, seconds(5)));
  CHECK(world.number_of(receiver, Subject::transfer, transfer, "total") == 1'000'000);
  CHECK(world.sent_bytes(sender) < 40'000);
  world.accept(receiver, transfer, true);
  REQUIRE(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(10)));
}

TEST_CASE("a sealed transfer cut off anywhere goes on where it was") {
  World world(419);
  world.rules.bytes_per_second = 400'000;
  const NodeId sender = launch(world);
  const NodeId receiver = launch(world);
  const Bytes memo = lcg_bytes(19, 900'000);
  const Shared shared = seal_now(world, sender, memo);
  const std::string transfer = open_link(world, receiver, shared.url);
  for (int cut = 0; cut < 6; ++cut) {
    world.run_for(milliseconds(350 + 90 * cut));
    if (is_done(world, receiver, transfer)) break;
    world.crash(receiver);
    world.start(receiver);
  }
  REQUIRE(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(30)));
  CHECK(received_bytes(world, receiver, transfer) == memo);
}

TEST_CASE("a password that cannot be stretched fails the share and leaves the transfer locked") {
  World world(420);
  const NodeId sender = launch(world);
  const NodeId receiver = launch(world);
  Say say;
  say.password = "p";
  const Shared shared = seal_now(world, sender, lcg_bytes(20, 1'000), say);
  world.rules.stretching_fails = true;
  const std::uint32_t failed = world.share_sealed(sender, lcg_bytes(21, 1'000), say);
  const std::string transfer = open_link(world, receiver, shared.url, "p");
  world.run_for(seconds(2));
  REQUIRE(world.answer(sender, failed) != nullptr);
  CHECK(world.answer(sender, failed)->error.code == Code::unsupported);
  CHECK(text_in(world.answer(sender, failed)->result, "why") == "argon2");
  CHECK(state_of(world, receiver, transfer) == "locked");
  world.rules.stretching_fails = false;
  world.unlock(receiver, transfer, "p");
  REQUIRE(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(10)));
}

TEST_CASE("a key of zeros is no key: the ciphertext is not taken for the content") {
  World world(422);
  const NodeId sender = launch(world);
  const NodeId receiver = launch(world);
  const Shared shared = seal_now(world, sender, lcg_bytes(24, 1'000));
  const auto link = parse_share_link(shared.url).front();
  const std::uint32_t request = world.receive(receiver, format_sealed_url("https://memos.example/", link.magnet, Bytes(32, 0), false));
  world.run_for(seconds(1));
  CHECK(world.answer(receiver, request)->error.code == Code::bad_link);
  CHECK(text_in(world.answer(receiver, request)->result, "why") == "bad-secret");
}

TEST_CASE("the same key, bytes and password give the same link; another password or date a new one") {
  World world(423);
  const NodeId sender = launch(world);
  const Bytes memo = lcg_bytes(25, 40'000);
  Say say;
  say.key = "k";
  say.password = "one";
  const Shared first = seal_now(world, sender, memo, say);
  CHECK(seal_now(world, sender, memo, say).url == first.url);
  say.password = "two";
  const Shared second = seal_now(world, sender, memo, say);
  CHECK(second.url != first.url);
  CHECK(shares_at(world, sender) == 1);
  say.expires_ms = world.unix_ms() + 3'600'000;
  CHECK(seal_now(world, sender, memo, say).url != second.url);
  CHECK(shares_at(world, sender) == 1);
}

TEST_CASE("passwords are stretched one at a time") {
  World world(424);
  const NodeId sender = launch(world);
  std::vector<Instant> begun;
  world.watch = [&](NodeId, const Output& output) {
    if (std::get_if<out::StretchPassword>(&output) != nullptr) begun.push_back(world.now());
  };
  std::vector<std::uint32_t> requests;
  for (std::uint32_t i = 0; i < 4; ++i) {
    Say say;
    say.password = "p" + std::to_string(i);
    requests.push_back(world.share_sealed(sender, lcg_bytes(30 + i, 100), say));
  }
  REQUIRE(world.run_until([&] { return std::ranges::all_of(requests, [&](std::uint32_t r) { return world.answer(sender, r) != nullptr; }); }, seconds(5)));
  static_assert(limits::password_stretches_max == 1);
  REQUIRE(begun.size() == requests.size());
  for (std::size_t i = 1; i < begun.size(); ++i) CHECK(begun[i] >= begun[i - 1] + world.rules.stretching);
  for (const std::uint32_t request : requests) CHECK(world.answer(sender, request)->error.code == Code::ok);
}

TEST_CASE("what a caller says beyond the limits of a sealed share is refused by name") {
  World world(425);
  const NodeId sender = launch(world);
  const auto refused = [&](const Say& say) {
    const std::uint32_t request = world.share_sealed(sender, lcg_bytes(26, 100), say);
    world.run_for(seconds(1));
    const Answer& answer = *world.answer(sender, request);
    return std::string(to_string(answer.error.code)) + " " + text_in(answer.result, "why");
  };
  Say picture;
  picture.thumbnail = Bytes(limits::thumbnail_bytes_max + 1);
  CHECK(refused(picture) == "too-large thumbnail");
  Say crowd;
  for (std::uint32_t i = 0; i <= limits::share_meta_files_max; ++i) crowd.files.emplace_back("f" + std::to_string(i), i == 0 ? 100 : 0);
  CHECK(refused(crowd) == "too-large files");
  Say odd;
  odd.meta = {0x01};
  CHECK(refused(odd) == "bad-share meta-syntax");
  Say wordy;
  wordy.password = std::string(limits::password_bytes_max + 1, 'x');
  CHECK(refused(wordy) == "too-large ");
  Say late;
  late.expires_ms = world.unix_ms() - 1;
  CHECK(refused(late) == "expired ");
}

TEST_CASE("the link opened again after a failure goes on with what failed") {
  World world(426);
  const NodeId sender = launch(world);
  const NodeId receiver = launch(world);
  const Bytes memo = lcg_bytes(27, 400'000);
  const Shared shared = seal_now(world, sender, memo);
  world.disk(receiver).capacity_bytes = 150'000;
  const std::string transfer = open_link(world, receiver, shared.url);
  REQUIRE(world.run_until([&] { return state_of(world, receiver, transfer) == "failed"; }, seconds(10)));
  CHECK(error_of(world, receiver, transfer) == "storage-full");
  world.disk(receiver).capacity_bytes = 1ULL << 40;
  const std::string again = open_link(world, receiver, shared.url);
  CHECK(again == transfer);
  REQUIRE(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(20)));
  CHECK(received_bytes(world, receiver, transfer) == memo);
}

TEST_CASE("a password longer than any sender's is wrong without being stretched") {
  World world(427);
  const NodeId sender = launch(world);
  const NodeId receiver = launch(world);
  Say say;
  say.password = "short";
  const Shared shared = seal_now(world, sender, lcg_bytes(28, 1'000), say);
  const std::string transfer = open_link(world, receiver, shared.url, std::string(limits::password_bytes_max + 1, 'x'));
  world.run_for(seconds(2));
  CHECK(error_of(world, receiver, transfer) == "wrong-password");
  CHECK(world.stretches(receiver) == 0);
}

TEST_CASE("an item's picture that no share takes stays behind, and the item is shared all the same") {
  World world(428);
  const NodeId sender = launch(world);
  const NodeId receiver = launch(world);
  const Bytes memo = lcg_bytes(29, 1'000);
  const std::uint32_t saved = world.save(sender, memo, "Walk.webm");
  REQUIRE(world.run_until([&] { return world.answer(sender, saved) != nullptr; }, seconds(2)));
  const std::string item = text_in(world.answer(sender, saved)->result, "id");
  world.give_picture(sender, item, Bytes(limits::thumbnail_bytes_max + 1, 7));
  world.run_for(seconds(1));
  const Shared shared = take_share(world, sender, world.share_item(sender, item));
  const std::string transfer = open_link(world, receiver, shared.url);
  REQUIRE(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(10)));
  CHECK(received_bytes(world, receiver, transfer) == memo);
  const Bytes snapshot = world.snapshot(receiver, Subject::transfer, transfer);
  const auto shown = bencode_decode(snapshot, bencode_own_limits);
  CHECK_FALSE(shown->root().find("item")->find("thumbnail"));
}
