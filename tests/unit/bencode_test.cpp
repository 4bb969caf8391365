// bencode: what the decoder gives, and that the writer's output is what it takes.
#include <doctest/doctest.h>

#include <array>
#include <string>

#include "base/rng.hpp"
#include "codec/bencode.hpp"

using namespace samara;

namespace {

Bytes bytes_of(std::string_view text) { return to_bytes(as_bytes(text)); }

// A random document of bounded size; the writer's own rules keep it canonical.
void write_random(Rng& rng, BencodeWriter& writer, int depth) {
  switch (rng.below(depth > 0 ? 4 : 2)) {
    case 0: writer.integer(static_cast<std::int64_t>(rng.next())); return;
    case 1: writer.string(std::string(static_cast<std::size_t>(rng.below(12)), 'x')); return;
    case 2:
      writer.begin_list();
      for (std::uint64_t i = rng.below(4); i > 0; --i) write_random(rng, writer, depth - 1);
      writer.end_list();
      return;
    default:
      writer.begin_dict();
      for (std::uint64_t i = 0, n = rng.below(4); i < n; ++i) {
        writer.key(std::string(1, static_cast<char>('a' + i)));
        write_random(rng, writer, depth - 1);
      }
      writer.end_dict();
  }
}

// Writes a view again, by its types alone.
void copy(BencodeView view, BencodeWriter& writer) {
  if (const auto number = view.integer()) {
    writer.integer(*number);
  } else if (const auto string = view.string()) {
    writer.string(*string);
  } else if (view.is_list()) {
    writer.begin_list();
    for (const BencodeView item : view.list()) copy(item, writer);
    writer.end_list();
  } else {
    writer.begin_dict();
    for (const auto [key, value] : view.dict()) {
      writer.key(key);
      copy(value, writer);
    }
    writer.end_dict();
  }
}

}  // namespace

TEST_CASE("values are read by type and key") {
  const Bytes input = bytes_of("d1:ai-42e4:listl0:i7ed1:xi1eee4:text5:helloe");
  const auto document = bencode_decode(input);
  REQUIRE(document);
  const BencodeView root = document->root();
  CHECK(root.is_dict());
  CHECK(root.integer_or("a", 0) == -42);
  CHECK(root.integer_or("b", 9) == 9);
  CHECK(root.integer_or("text", 9) == 9);
  CHECK(root.text_or("text", "") == "hello");
  CHECK(root.flag("a"));
  CHECK_FALSE(root.find("missing"));
  CHECK(document->bytes_used() == input.size());
  CHECK(document->token_count() == 12);
  std::size_t items = 0;
  for (const BencodeView item : root.list("list")) {
    if (items == 0) CHECK(item.text() == "");
    if (items == 1) CHECK(item.integer() == 7);
    if (items == 2) CHECK(item.integer_or("x", 0) == 1);
    ++items;
  }
  CHECK(items == 3);
}

TEST_CASE("raw gives the exact bytes of every kind of value") {
  const Bytes input = bytes_of("d1:ai-42e1:bl0:i7ee1:cde1:d3:xyze");
  const auto document = bencode_decode(input);
  REQUIRE(document);
  const auto raw = [&](std::string_view key) { return as_text(document->root().find(key)->raw()); };
  CHECK(raw("a") == "i-42e");
  CHECK(raw("b") == "l0:i7ee");
  CHECK(raw("c") == "de");
  CHECK(raw("d") == "3:xyz");
  CHECK(equal(document->root().raw(), input));
}

TEST_CASE("a view of nothing answers no to everything") {
  const BencodeView nothing;
  CHECK_FALSE(nothing.is_dict());
  CHECK_FALSE(nothing.integer());
  CHECK_FALSE(nothing.string());
  CHECK_FALSE(nothing.find("x"));
  CHECK(nothing.list().empty());
  CHECK(nothing.dict("x").empty());
  CHECK(nothing.raw().empty());
  CHECK(BencodeDocument().root().raw().empty());
}

TEST_CASE("views stay valid when the document moves") {
  const Bytes input = bytes_of("d1:ai1ee");
  auto document = bencode_decode(input);
  REQUIRE(document);
  const BencodeView root = document->root();
  const BencodeDocument moved = std::move(*document);
  CHECK(root.integer_or("a", 0) == 1);
  CHECK(moved.root().integer_or("a", 0) == 1);
}

TEST_CASE("integers cover exactly 64 bits") {
  CHECK(bencode_decode(as_bytes("i9223372036854775807e"))->root().integer() == 9223372036854775807);
  CHECK(bencode_decode(as_bytes("i-9223372036854775808e"))->root().integer() == -9223372036854775807 - 1);
  CHECK(bencode_decode(as_bytes("i9223372036854775808e")).error().code == Code::bencode_integer);
  CHECK(bencode_decode(as_bytes("i-9223372036854775809e")).error().code == Code::bencode_integer);
  CHECK(bencode_decode(as_bytes("i0e"))->root().integer() == 0);
}

TEST_CASE("what follows the value is refused, or counted when the caller expects it") {
  const Bytes input = bytes_of("d1:ai1eePAYLOAD");
  CHECK(bencode_decode(input).error() == Error{Code::bencode_trailing_bytes, Fault::remote, 8});
  const auto document = bencode_decode(input, {}, true);
  REQUIRE(document);
  CHECK(document->bytes_used() == 8);
  CHECK(as_text(document->root().raw()) == "d1:ai1ee");
}

TEST_CASE("without key order the first of a key counts") {
  const Bytes input = bytes_of("d1:bi1e1:ai2e1:bi3ee");
  CHECK(bencode_decode(input).error().code == Code::bencode_key_order);
  BencodeLimits bounds;
  bounds.any_key_order = true;
  const auto document = bencode_decode(input, bounds);
  REQUIRE(document);
  CHECK(document->root().integer_or("b", 0) == 1);
  CHECK(document->root().integer_or("a", 0) == 2);
}

TEST_CASE("the writer takes every type by its own name") {
  Bytes out;
  const Bytes blob{0, 255};
  const std::string name = "n";
  BencodeWriter(out)
      .begin_dict()
      .field("bool", true)
      .field("bytes", blob)
      .field("digest", std::array<std::uint8_t, 2>{1, 2})
      .field("int", -5)
      .field("list", "text")
      .field("name", name)
      .field("u64", std::uint64_t{7})
      .field("view", std::string_view("v"))
      .key("zlist")
      .begin_list()
      .integer(1)
      .raw(as_bytes("i2e"))
      .end_list()
      .end_dict();
  const auto document = bencode_decode(out);
  REQUIRE(document);
  const BencodeView root = document->root();
  CHECK(root.flag("bool"));
  CHECK(equal(root.string_or("bytes", {}), blob));
  CHECK(root.string_or("digest", {}).size() == 2);
  CHECK(root.integer_or("int", 0) == -5);
  CHECK(root.text_or("list", "") == "text");
  CHECK(root.text_or("name", "") == "n");
  CHECK(root.integer_or("u64", 0) == 7);
}

TEST_CASE("decode then encode is the identity on canonical documents") {
  constexpr std::uint64_t seed = 42;
  CAPTURE(seed);
  Rng rng(seed);
  for (int round = 0; round < 300; ++round) {
    Bytes first;
    BencodeWriter writer(first);
    write_random(rng, writer, 5);
    const auto document = bencode_decode(first);
    REQUIRE(document);
    Bytes second;
    BencodeWriter again(second);
    copy(document->root(), again);
    REQUIRE(first == second);
  }
}
