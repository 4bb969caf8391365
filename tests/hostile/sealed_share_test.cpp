// Sealed shares made by a stranger who knows the key and breaks one rule each: the receiver names it, keeps nothing.
#include "base/writer.hpp"
#include "codec/share_link.hpp"
#include "codec/share_meta.hpp"
#include "sim/story.hpp"
#include "vectors/share_v1.hpp"

using namespace samara;
using namespace samara::sim;

namespace {

const Key32 secret = Key32::from(Bytes(32, 0x42)).value();

ShareMeta memo_meta(std::uint64_t bytes) {
  ShareMeta meta;
  meta.title = "Memo";
  meta.files.push_back({"memo.webm", "audio/webm", bytes});
  return meta;
}

/// What is sealed, so that a test can break it before, and the ciphertext, so that it can break it after.
struct Forgery {
  Bytes meta = encode_share_meta(memo_meta(60'000)).value();
  Bytes content = vectors::lcg(1, 60'000);
  std::uint32_t meta_length = static_cast<std::uint32_t>(meta.size());
  std::uint64_t extra_padding = 0;
  Bytes body;
  void (*after)(Bytes& sealed) = nullptr;
  std::string name = sealed_torrent_name(secret);

  void fill() {
    Writer(body).u32le(meta_length).bytes(meta).bytes(content);
    body.resize(static_cast<std::size_t>(padme(body.size()) + extra_padding));
  }
  [[nodiscard]] Bytes sealed() const {
    Bytes out = vectors::seal_all(ChunkSeal(secret, SealGeometry{body.size(), 16'384}), body);
    if (after != nullptr) after(out);
    return out;
  }
};

struct Verdict {
  std::string code;
  std::string why;
  std::size_t blobs = 0;
};

/// A stranger offers the forgery as the ordinary torrent that it is; who has the link opens it.
Verdict receive_forgery(Forgery forgery) {
  if (forgery.body.empty()) forgery.fill();
  World world(700);
  const NodeId stranger = launch(world);
  const NodeId receiver = launch(world);
  const Shared shared = share_now(world, stranger, forgery.sealed(), forgery.name);
  const auto link = parse_share_link(shared.magnet).front();
  const std::string url = format_sealed_url("https://memos.example/", link.magnet, secret.bytes(), false);
  const std::string transfer = receive_now(world, receiver, url);
  world.run_until([&] { return world.text_of(receiver, Subject::transfer, transfer, "state") == "failed"; }, seconds(20));
  world.run_for(seconds(2));
  Verdict verdict;
  const Bytes snapshot = world.snapshot(receiver, Subject::transfer, transfer);
  const auto shown = bencode_decode(snapshot, bencode_own_limits);
  const auto error = shown->root().find("error");
  verdict.code = error ? error->text_or("code", "") : "none";
  verdict.why = error ? error->text_or("why", "") : "";
  for (const auto& [blob, bytes] : world.disk(receiver).written) verdict.blobs += blob > 15 ? 1 : 0;  // not journals
  return verdict;
}

void check_bad(Forgery forgery, std::string_view why) {
  CAPTURE(why);
  const Verdict verdict = receive_forgery(std::move(forgery));
  CHECK(verdict.code == "bad-share");
  CHECK(verdict.why == why);
  CHECK(verdict.blobs == 0);
}

}  // namespace

TEST_CASE("a forgery that breaks no rule is received: the cases below differ from it in one thing each") {
  CHECK(receive_forgery({}).code == "none");
}

TEST_CASE("bad-share: chunks that verify by hash and do not open") {
  Forgery first;
  first.after = [](Bytes& sealed) { sealed[10] ^= 1; };
  check_bad(std::move(first), "chunk");
  Forgery later;
  later.after = [](Bytes& sealed) { sealed[3 * 16'384 + 5] ^= 1; };
  check_bad(std::move(later), "chunk");
  Forgery swapped;
  swapped.after = [](Bytes& sealed) { std::swap_ranges(sealed.begin() + 16'384, sealed.begin() + 32'768, sealed.begin() + 32'768); };
  check_bad(std::move(swapped), "chunk");
}

TEST_CASE("bad-share: lengths that no share has") {
  Forgery cut;
  cut.after = [](Bytes& sealed) { sealed.resize(sealed.size() - 1); };
  check_bad(std::move(cut), "length");
  Forgery stub;
  stub.after = [](Bytes& sealed) { sealed.resize(16'384 * 2 + 16); };
  check_bad(std::move(stub), "length");
}

TEST_CASE("bad-share: meta that is too long, malformed, of wrong types or lacks what it must have") {
  Forgery endless;
  endless.meta_length = 0xffff'ffffU;
  check_bad(std::move(endless), "meta-too-long");
  Forgery over;
  over.meta_length = limits::share_meta_bytes_max + 1;
  check_bad(std::move(over), "meta-too-long");
  Forgery beyond;  // within the cap, beyond the body
  beyond.meta_length = 100'000;
  check_bad(std::move(beyond), "meta-too-long");
  Forgery garbled;
  garbled.meta[0] = 0xff;
  check_bad(std::move(garbled), "meta-syntax");
  Forgery trailing;
  trailing.meta.push_back(0);
  trailing.meta_length += 1;
  check_bad(std::move(trailing), "meta-syntax");
  Forgery numbered;
  numbered.meta = {0xa2, 0x61, 'f', 0x01, 0x61, 'n', 0x61, 'x'};
  numbered.meta_length = 8;
  check_bad(std::move(numbered), "meta-type");
  Forgery nameless;
  nameless.meta = {0xa0};
  nameless.meta_length = 1;
  check_bad(std::move(nameless), "meta-missing");
}

TEST_CASE("bad-share: file names with path tricks") {
  for (const std::string name : {"../a.webm", "/etc/a", "a//b", "a\\b.", "..", ""}) {
    CAPTURE(name);
    Forgery tricky;
    // {f: [{n: name, s: 60000, t: ""}], n: "x"} by hand: our writer refuses such names.
    Bytes meta{0xa2, 0x61, 'f', 0x81, 0xa3, 0x61, 'n', static_cast<std::uint8_t>(0x60 + name.size())};
    meta.insert(meta.end(), name.begin(), name.end());
    const Bytes rest{0x61, 's', 0x19, 0xea, 0x60, 0x61, 't', 0x60, 0x61, 'n', 0x61, 'x'};
    meta.insert(meta.end(), rest.begin(), rest.end());
    tricky.meta = meta;
    tricky.meta_length = static_cast<std::uint32_t>(meta.size());
    check_bad(std::move(tricky), "path");
  }
}

TEST_CASE("bad-share: a thumbnail over the cap") {
  Forgery large;
  ShareMeta meta = memo_meta(60'000);
  meta.thumbnail = Bytes(limits::thumbnail_bytes_max, 1);
  large.meta = encode_share_meta(meta).value();
  // One byte more by hand: `h` comes right before `n`, its length is the two bytes before its content.
  const auto n = large.meta.end() - 7;  // 61 6e 64 M e m o
  large.meta.insert(n, 1);
  const Bytes key{0x61, 'h', 0x59};
  const auto head = std::search(large.meta.begin(), large.meta.end(), key.begin(), key.end());
  REQUIRE(head != large.meta.end());
  ++*(head + 4);
  large.meta_length = static_cast<std::uint32_t>(large.meta.size());
  check_bad(std::move(large), "thumbnail");
}

TEST_CASE("bad-share: meta that lies about sizes, padding that is not zero") {
  Forgery fewer;
  fewer.meta = encode_share_meta(memo_meta(40'000)).value();
  fewer.meta_length = static_cast<std::uint32_t>(fewer.meta.size());
  check_bad(std::move(fewer), "sizes");
  Forgery more;
  more.meta = encode_share_meta(memo_meta(12'000'000'000)).value();
  more.meta_length = static_cast<std::uint32_t>(more.meta.size());
  check_bad(std::move(more), "sizes");
  Forgery dirty;
  dirty.fill();
  REQUIRE(dirty.body.back() == 0);
  dirty.body.back() = 1;
  check_bad(std::move(dirty), "padding");
}

TEST_CASE("wrong-key: the torrent is not the one that belongs to the key") {
  Forgery renamed;
  renamed.name = "aaaaaaaaaaaaaaaa";
  const Verdict verdict = receive_forgery(std::move(renamed));
  CHECK(verdict.code == "wrong-key");
  CHECK(verdict.blobs == 0);
}
