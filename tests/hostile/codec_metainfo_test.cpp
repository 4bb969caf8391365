// Hostile torrents: rows 21, 22 and 23 of the list of hostile inputs.
#include <doctest/doctest.h>

#include <string>

#include "codec/metainfo.hpp"
#include "codec/path_rules.hpp"
#include "hash/sha1.hpp"
#include "samara/config.hpp"

using namespace samara;

namespace {

std::string text(std::string_view value) { return std::to_string(value.size()) + ":" + std::string(value); }

struct Info {
  std::string content = "6:lengthi1e";
  std::string name = text("n");
  std::string piece_length = "i16384e";
  std::string pieces = text(std::string(20, 'x'));

  [[nodiscard]] std::string encode() const {
    return "d" + content + "4:name" + name + "12:piece length" + piece_length + "6:pieces" + pieces + "e";
  }
};

Code code_of(std::string_view info) {
  const auto torrent = parse_info(as_bytes(info));
  REQUIRE_FALSE(torrent);
  CHECK(torrent.error().fault == Fault::remote);
  return torrent.error().code;
}

Code code_of(const Info& info) { return code_of(info.encode()); }

std::string file(std::string_view length, std::string_view path_list) {
  return "d6:length" + std::string(length) + "4:path" + std::string(path_list) + "e";
}

Code code_of_path(std::string_view component) {
  Info info;
  info.content = "5:filesl" + file("i1e", "l1:a" + text(component) + "e") + "e";
  const auto torrent = parse_info(as_bytes(info.encode()));
  return torrent ? Code::ok : torrent.error().code;
}

}  // namespace

TEST_CASE("metadata that is not what its hash says is refused before it is parsed") {
  const std::string good = Info().encode();
  InfoHash hash{sha1(as_bytes(good))};
  CHECK(parse_info(as_bytes(good), hash));
  hash.bytes[19] ^= 1;
  CHECK(parse_info(as_bytes(good), hash).error().code == Code::metainfo_hash_mismatch);
  CHECK(parse_info(as_bytes("garbage"), hash).error().code == Code::metainfo_hash_mismatch);
}

TEST_CASE("lengths that cannot be are refused") {
  for (const char* length : {"i-4e", "i-1e", "1:5", "le"}) {
    CHECK(code_of(Info{.content = "6:length" + std::string(length)}) == Code::metainfo_bad_length);
  }
  const std::string huge = "i9223372036854775807e";
  CHECK(code_of(Info{.content = "5:filesl" + file(huge, "l1:ae") + file(huge, "l1:be") + file(huge, "l1:ce") + "e"}) ==
        Code::metainfo_bad_length);
  CHECK(code_of(Info{.content = "5:filesl" + file("i-1e", "l1:ae") + "e"}) == Code::metainfo_bad_length);
}

TEST_CASE("a huge length with one piece hash is refused without allocating for it") {
  CHECK(code_of(Info{.content = "6:lengthi1000000000000000e"}) == Code::metainfo_bad_piece_count);
  CHECK(code_of(Info{.content = "6:lengthi9223372036854775807e"}) == Code::metainfo_bad_piece_count);
  CHECK(code_of(Info{.content = "6:lengthi16385e"}) == Code::metainfo_bad_piece_count);
  CHECK(code_of(Info{.content = "6:lengthi0e"}) == Code::metainfo_bad_piece_count);
  CHECK(code_of(Info{.pieces = text(std::string(19, 'x'))}) == Code::metainfo_bad_piece_count);
  CHECK(code_of(Info{.pieces = text(std::string(40, 'x'))}) == Code::metainfo_bad_piece_count);
  CHECK(code_of(Info{.pieces = "0:"}) == Code::metainfo_bad_piece_count);
  CHECK(code_of(Info{.pieces = "i1e"}) == Code::metainfo_bad_piece_count);
}

TEST_CASE("more than 65 536 pieces are refused, exactly as many pass") {
  Info info;
  info.content = "6:lengthi1073741824e";
  info.pieces = text(std::string(std::size_t{65'536} * 20, 'x'));
  CHECK(parse_info(as_bytes(info.encode())));
  info.content = "6:lengthi1073741825e";
  info.pieces = text(std::string(std::size_t{65'537} * 20, 'x'));
  CHECK(code_of(info) == Code::metainfo_bad_piece_count);
}

TEST_CASE("a piece length is a power of two of 16 KiB to 16 MiB") {
  for (const char* length : {"i0e", "i-1e", "i1e", "i8192e", "i16383e", "i20000e", "i33554432e", "i1152921504606846976e",
                             "i9223372036854775807e", "1:x"}) {
    CHECK_MESSAGE(code_of(Info{.piece_length = length}) == Code::metainfo_bad_piece_length, length);
  }
  CHECK(parse_info(as_bytes(Info{.piece_length = "i16777216e"}.encode())));
}

TEST_CASE("missing fields and wrong shapes are refused") {
  CHECK(code_of("de") == Code::metainfo_missing_field);
  CHECK(code_of("le") == Code::metainfo_missing_field);
  CHECK(code_of("i1e") == Code::metainfo_missing_field);
  CHECK(code_of("d6:lengthi1e4:name1:ne") == Code::metainfo_missing_field);
  CHECK(code_of(Info{.content = "5:filesle"}) == Code::metainfo_missing_field);
  CHECK(code_of(Info{.content = "5:filesde"}) == Code::metainfo_missing_field);
  CHECK(code_of(Info{.content = "5:filesli1ee"}) == Code::metainfo_missing_field);
  CHECK(code_of(Info{.content = "5:filesldee"}) == Code::metainfo_missing_field);
  CHECK(code_of("d4:name1:n12:piece lengthi16384e6:pieces0:e") == Code::metainfo_missing_field);
  CHECK(code_of("d6:lengthi1e4:name") == Code::bencode_truncated);
  CHECK(code_of("d4:name1:n6:lengthi1ee") == Code::bencode_key_order);
}

TEST_CASE("paths that mean another place are refused") {
  for (const std::string_view component : {std::string_view(""), std::string_view("."), std::string_view(".."),
                                           std::string_view("a/b"), std::string_view("..\\x"), std::string_view("/"),
                                           std::string_view("a\0b", 3)}) {
    CHECK(code_of_path(component) == Code::metainfo_bad_path);
  }
  CHECK(code_of(Info{.content = "5:filesl" + file("i1e", "le") + "e"}) == Code::metainfo_bad_path);
  CHECK(code_of(Info{.content = "5:filesl" + file("i1e", "1:a") + "e"}) == Code::metainfo_bad_path);
  CHECK(code_of(Info{.content = "5:filesl" + file("i1e", "li1ee") + "e"}) == Code::metainfo_bad_path);
  std::string deep = "l";
  for (int i = 0; i < 33; ++i) deep += "1:a";
  CHECK(code_of(Info{.content = "5:filesl" + file("i1e", deep + "e") + "e"}) == Code::metainfo_bad_path);
  for (const std::string_view name : {std::string_view(""), std::string_view("."), std::string_view(".."),
                                      std::string_view("a\0", 2)}) {
    CHECK(code_of(Info{.name = text(name)}) == Code::metainfo_bad_path);
  }
  CHECK(code_of(Info{.name = "i1e"}) == Code::metainfo_bad_path);
}

TEST_CASE("odd names are kept and only shown in a safe form") {
  for (const std::string_view component : {"CON", "a:b", "<img src=x onerror=alert(1)>", "\xe2\x80\xae" "txt.exe", "\xff\xfe",
                                           "C:", "a\nb", "-rf", "__proto__"}) {
    CHECK(code_of_path(component) == Code::ok);
    CHECK(is_safe_component(display_name(component)));
  }
  Info info;
  info.content = "5:filesl" + file("i1e", "l" + text(std::string(5'000, 'x')) + "e") + "e";
  info.name = text(std::string(50'000, '\xff'));
  const auto torrent = parse_info(as_bytes(info.encode()));
  REQUIRE(torrent);
  CHECK(torrent->files[0].path[0].size() == limits::path_component_bytes_max);
  CHECK(torrent->name.size() <= limits::text_bytes_max);
}

TEST_CASE("more than 4 096 files are refused") {
  std::string files;
  for (int i = 0; i < 4'096; ++i) files += file("i0e", "l1:ae");
  Info info{.content = "5:filesl" + files + "e", .pieces = "0:"};
  CHECK(parse_info(as_bytes(info.encode())));
  info.content = "5:filesl" + files + file("i0e", "l1:ae") + "e";
  CHECK(code_of(info) == Code::metainfo_too_many_files);
}

TEST_CASE("metadata above 4 MiB and torrent files above 5 MiB are refused unread") {
  const std::string large(limits::metainfo_bytes_max + 1, 'l');
  CHECK(code_of(std::string_view(large)) == Code::metainfo_too_large);
  CHECK(parse_torrent(as_bytes(large)).error().code == Code::metainfo_too_large);
}

TEST_CASE("the torrent file around the metadata is as hostile") {
  CHECK(parse_torrent(as_bytes("de")).error().code == Code::metainfo_missing_field);
  CHECK(parse_torrent(as_bytes("d4:info1:xe")).error().code == Code::metainfo_missing_field);
  CHECK(parse_torrent(as_bytes("d4:infodee")).error().code == Code::metainfo_missing_field);
  CHECK(parse_torrent(as_bytes("i1e")).error().code == Code::metainfo_missing_field);
  // Inside the info dictionary order is enforced although the outer keys are read in any order.
  const std::string unsorted = "d4:name1:n6:lengthi1e12:piece lengthi16384e6:pieces" + text(std::string(20, 'x')) + "e";
  CHECK(parse_torrent(as_bytes("d4:info" + unsorted + "e")).error().code == Code::bencode_key_order);
  std::string urls;
  for (int i = 0; i < 5'000; ++i) urls += text("u" + std::to_string(i));
  const auto torrent =
      parse_torrent(as_bytes("d13:announce-listll" + urls.substr(0) + "ee4:info" + Info().encode() + "8:url-listl" +
                             urls + "ee"));
  REQUIRE(torrent);
  CHECK(torrent->trackers.size() == limits::torrent_trackers_max);
  CHECK(torrent->web_seeds.size() == limits::torrent_trackers_max);
}
