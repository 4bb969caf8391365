// How calls of the API end when something is wrong: the public error codes of docs/errors.md and the caps on what a
// caller passes of docs/limits.md.
#include <doctest/doctest.h>

#include <set>

#include "store/journal.hpp"
#include "unit/docs_host.hpp"

using namespace samara;
using namespace samara::test;

namespace {

constexpr std::uint32_t source = 0x8000'0001;

std::string spec_of(std::string_view key, std::size_t bytes) {
  Bytes spec;
  BencodeWriter out(spec);
  out.begin_dict();
  if (key < "files") out.field(key, std::string(bytes, 'x'));
  out.key("files").begin_list().begin_dict().field("name", "memo.webm").field("size", 10).field("type", "audio/webm");
  out.end_dict().end_list();
  if (key > "files") out.field(key, std::string(bytes, 'x'));
  out.end_dict();
  return std::string(as_text(spec));
}

const std::string memo = spec_of("", 0).erase(1, 4);  // without the empty key

std::string saved_with(std::string_view key, std::size_t bytes) {
  Host host;
  return host.call<in::Save>(spec_of(key, bytes), source);
}

}  // namespace

TEST_CASE("too-large: a caller's texts, description, app meta and thumbnail end at their limits") {
  CHECK(saved_with("name", limits::text_bytes_max) == "ok");
  CHECK(saved_with("name", limits::text_bytes_max + 1) == "too-large");
  CHECK(saved_with("type", limits::text_bytes_max + 1) == "too-large");
  CHECK(saved_with("description", limits::description_bytes_max) == "ok");
  CHECK(saved_with("description", limits::description_bytes_max + 1) == "too-large");
  CHECK(saved_with("meta", limits::app_meta_bytes_max) == "ok");
  CHECK(saved_with("meta", limits::app_meta_bytes_max + 1) == "too-large");
  CHECK(saved_with("thumbnail", limits::app_meta_bytes_max + 1) == "too-large");
}

TEST_CASE("too-large: a list of more files than a torrent may have") {
  Bytes spec;
  BencodeWriter out(spec);
  out.begin_dict().key("files").begin_list();
  for (std::uint32_t i = 0; i <= limits::files_max; ++i) out.begin_dict().field("name", "a").field("size", 1).end_dict();
  out.end_list().end_dict();
  Host host;
  CHECK(host.call<in::Save>(as_text(spec), source) == "too-large");
}

TEST_CASE("bencode_own_tokens_max: a spec of a million tokens is metadata-invalid, never a crash") {
  std::string spec = "d4:metal";
  for (std::uint32_t i = 0; i < limits::bencode_own_tokens_max; ++i) spec += "0:";
  Host host;
  CHECK(host.call<in::Save>(spec + "ee", source) == "metadata-invalid");
}

TEST_CASE("not-found: items, shares and transfers that are not there") {
  Host host;
  constexpr std::string_view nobody = "0123456789abcdef";
  CHECK(host.control(CallVerb::remove, "item", nobody) == "not-found");
  CHECK(host.control(CallVerb::stop, "share", nobody) == "not-found");
  CHECK(host.control(CallVerb::pause, "transfer", nobody) == "not-found");
  CHECK(host.call<in::UpdateItem>("d2:id16:0123456789abcdefe") == "not-found");
  CHECK(host.call<in::Provide>("d5:filesle2:id16:0123456789abcdefe", source) == "not-found");
  CHECK(host.call<in::Accept>("d2:id16:0123456789abcdefe") == "not-found");
}

TEST_CASE("unsupported: chosen files, a sealed share without entropy and things that cannot be controlled") {
  Host host;
  CHECK(host.call<in::Share>("d7:encrypti1e5:filesld4:name1:a4:sizei1eeee", source) == "unsupported");
  CHECK(std::string(as_text(host.results[host.last_request])).find("entropy") != std::string::npos);
  CHECK(host.call<in::Receive>("d5:filesli0ee4:link40:" + std::string(40, 'a') + "e") == "unsupported");
  CHECK(host.control(CallVerb::pause, "item", "0123456789abcdef") == "unsupported");
  CHECK(host.call<in::Save>("d5:fileslee", source) == "unsupported");
}

TEST_CASE("bad-link, newer-link and metadata-invalid end receive() with a why") {
  Host host;
  CHECK(host.call<in::Receive>("d4:link5:helloe") == "bad-link");
  CHECK(as_text(host.results[host.last_request]) == "d6:detaili2e3:why10:not-a-linke");
  const std::string newer = "https://a.example/#s9." + std::string(71, 'A');
  CHECK(host.call<in::Receive>("d4:link" + std::to_string(newer.size()) + ":" + newer + "e") == "newer-link");
  CHECK(host.call<in::Receive>("d7:torrent3:d1:e") == "metadata-invalid");
  CHECK(std::string(as_text(host.results[host.last_request])).find("bencode-truncated") != std::string::npos);
}

TEST_CASE("torrents_max: one receive() more is refused, and nothing is thrown away for it") {
  Config config = host_config();
  config.trackers.clear();
  Host host(config);
  const auto receive = [&](std::uint32_t n) {
    std::string hash(40, '0');
    for (std::size_t i = 0; i < 8; ++i) hash[i] = static_cast<char>('a' + ((n >> (2 * i)) & 3U));
    const std::string ended = host.call<in::Receive>("d4:link40:" + hash + "e");
    // Paused, so that nothing is told of it again and again.
    const auto document = bencode_decode(host.results[host.last_request], bencode_own_limits);
    if (ended == "ok") host.control(CallVerb::pause, "transfer", document->root().text_or("id", ""));
    host.now = host.now + milliseconds(200);
    return ended;
  };
  for (std::uint32_t n = 0; n < limits::torrents_max; ++n) REQUIRE(receive(n) == "ok");
  CHECK(receive(limits::torrents_max) == "refused");
  CHECK(receive(5) == "ok");  // the same link is the same work
}

TEST_CASE("storage-lost: a store that cannot write fails the call; storage-full when it has no room") {
  Host host;
  host.status = StoreStatus::failed;
  CHECK(host.call<in::Save>(memo, source) == "storage-lost");
  host.status = StoreStatus::full;
  CHECK(host.call<in::Save>(memo, source) == "storage-full");
  host.status = StoreStatus::ok;
  for (int i = 0; i < 40; ++i) host.tick(100);  // the journal is tried again after 2 s
  CHECK(host.call<in::Save>(memo, source) == "ok");
}

TEST_CASE("storage-full: the cap of the whole store counts what is there") {
  Config config = host_config();
  config.store_bytes_max = 25;
  Host host(config);
  CHECK(host.call<in::Save>(memo, source) == "ok");
  CHECK(host.call<in::Save>(memo, source) == "ok");
  CHECK(host.call<in::Save>(memo, source) == "storage-full");
}

TEST_CASE("source-changed: bytes that cannot be read while they are hashed end share()") {
  Host host;
  CHECK(host.call<in::Share>(memo, source) == "pending");
  REQUIRE(host.hashed.size() == 1);
  host.give(in::PiecesHashed{host.hashed[0].op, StoreStatus::lost, {}});
  CHECK(host.ended() == "source-changed");
}

TEST_CASE("aborted: giving up a call ends it once") {
  Host host;
  CHECK(host.call<in::Share>(memo, source) == "pending");
  host.give(in::Abort{{host.last_request}});
  CHECK(host.ended() == "aborted");
  host.give(in::PiecesHashed{host.hashed[0].op, StoreStatus::ok, Bytes(20, 1)});
  CHECK(host.ended() == "aborted");
}

TEST_CASE("newer-store: a journal of a later format is opened by nobody and nothing is deleted") {
  Bytes journal;
  append_journal_header(journal, 1);
  journal[4] = journal_format_version + 1;
  Bytes listing;
  Writer(listing).u32le(2).u64le(journal.size()).u32le(16).u64le(1'000);
  Host host(host_config(), false);
  host.blobs[2] = journal;
  std::size_t changes = 0;
  host.watch = [&](const Output& output) {
    changes += std::holds_alternative<out::StoreDelete>(output) || std::holds_alternative<out::StoreWrite>(output) ? 1 : 0;
  };
  host.give(in::StoreOpened{listing});
  CHECK(to_string(host.ready.code) == "newer-store");
  CHECK(changes == 0);
}

TEST_CASE("store-failed: a journal that cannot be read may be the newest: storage-lost, and nothing is written") {
  Bytes listing;
  Writer(listing).u32le(1).u64le(100).u32le(2).u64le(100).u32le(17).u64le(1'000);
  Host host(host_config(), false);
  host.status = StoreStatus::failed;
  std::string told;
  std::size_t commands = 0;
  host.watch = [&](const Output& output) {
    if (const auto* o = std::get_if<out::Log>(&output); o != nullptr && o->level == LogLevel::warn) told = o->code;
    commands += std::holds_alternative<out::StoreDelete>(output) || std::holds_alternative<out::StoreWrite>(output) ||
                std::holds_alternative<out::StoreReserve>(output) || std::holds_alternative<out::StoreFlush>(output) ? 1 : 0;
  };
  host.give(in::StoreOpened{listing});
  for (int i = 0; i < 50; ++i) host.tick(100);
  CHECK(told == "store-failed");
  CHECK(to_string(host.ready.code) == "storage-lost");
  CHECK(commands == 0);
}

TEST_CASE("journal-corrupt: a journal that is not ours is told and stays, with all content, and another one begins") {
  const std::set<std::uint32_t> listed{2, 16};
  Bytes listing;
  Writer(listing).u32le(2).u64le(100).u32le(16).u64le(1'000);
  Host host(host_config(), false);
  std::string told;
  std::size_t changes = 0;  // of what was there
  host.watch = [&](const Output& output) {
    if (const auto* o = std::get_if<out::Log>(&output); o != nullptr && o->level == LogLevel::warn) told = o->code;
    if (const auto* o = std::get_if<out::StoreDelete>(&output); o != nullptr && listed.contains(o->blob.value)) ++changes;
    if (const auto* o = std::get_if<out::StoreWrite>(&output); o != nullptr && listed.contains(o->blob.value)) ++changes;
  };
  host.blobs[2] = Bytes(100, 'x');
  host.give(in::StoreOpened{listing});
  CHECK(told == "journal-corrupt");
  CHECK(to_string(host.ready.code) == "ok");
  CHECK(host.call<in::Save>("d5:filesld4:name9:memo.webm4:sizei10eeee", 0x8000'0001) == "ok");
  CHECK(changes == 0);
}
