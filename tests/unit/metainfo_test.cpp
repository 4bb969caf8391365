// metainfo: infohash parity with create-torrent, and what is read out of real torrents.
#include <doctest/doctest.h>

#include "codec/bencode.hpp"
#include "codec/hex.hpp"
#include "codec/metainfo.hpp"
#include "codec/path_rules.hpp"
#include "hash/sha1.hpp"
#include "samara/config.hpp"
#include "vectors/create_torrent.hpp"
#include "vectors/lcg.hpp"

using namespace samara;

namespace {

using vectors::lcg;

Bytes hash_pieces(ByteSpan content, std::uint32_t piece_bytes) {
  Bytes hashes;
  for (std::size_t at = 0; at < content.size(); at += piece_bytes) {
    const auto hash = sha1(content.subspan(at, std::min<std::size_t>(piece_bytes, content.size() - at)));
    hashes.insert(hashes.end(), hash.begin(), hash.end());
  }
  return hashes;
}

Metainfo make(const vectors::CreateCase& test) {
  CreateSpec spec;
  spec.name = test.name;
  spec.is_private = test.is_private;
  spec.source = test.source;
  spec.piece_bytes = test.piece_bytes;
  Bytes content;
  for (const auto& file : test.files) {
    const Bytes bytes = file.lcg_bytes > 0 ? lcg(file.lcg_seed, file.lcg_bytes) : to_bytes(as_bytes(file.text));
    spec.files.emplace_back(file.name, bytes.size());
    content.insert(content.end(), bytes.begin(), bytes.end());
  }
  auto torrent = plan_torrent(spec);
  REQUIRE(torrent);
  REQUIRE(finish_torrent(*torrent, hash_pieces(content, torrent->piece_bytes)));
  return std::move(*torrent);
}

Metainfo plan(CreateSpec spec) {
  auto torrent = plan_torrent(spec);
  REQUIRE(torrent);
  return std::move(*torrent);
}

// An info dictionary of one 1-byte file, with keys the caller adds before "length" and after "pieces".
Bytes info_with(std::string_view before, std::string_view after, std::string_view name = "4:name") {
  std::string text = "d" + std::string(before) + "6:lengthi1e4:name" + std::string(name) +
                     "12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaa" + std::string(after) + "e";
  return to_bytes(as_bytes(text));
}

}  // namespace

TEST_CASE("the same content and options have create-torrent's infohash") {
  CHECK(hex_encode(ByteSpan(lcg(1, 40'000)).first(8)) == "3c5e81b40c5ec68e");
  for (const auto& test : vectors::create_cases) {
    CAPTURE(test.title);
    const Metainfo made = make(test);
    CHECK(hex_encode(made.info_hash.bytes) == test.info_hash);
    const auto read = parse_info(made.info, made.info_hash);
    REQUIRE(read);
    CHECK(read->name == made.name);
    CHECK(read->bytes == made.bytes);
    CHECK(read->multi_file == made.multi_file);
    CHECK(read->is_private == made.is_private);
    CHECK(read->source == made.source);
    CHECK(read->pieces == made.pieces);
    REQUIRE(read->files.size() == made.files.size());
    for (std::size_t i = 0; i < made.files.size(); ++i) CHECK(read->files[i].path == made.files[i].path);
  }
}

TEST_CASE("piece hashes are create-torrent's") {
  const Metainfo made = make(vectors::create_cases[1]);
  CHECK(hex_encode(made.piece_hash(PieceIndex{0})) == "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed");
}

TEST_CASE("the piece length steps where create-torrent's does and stops at 4 MiB") {
  struct Step {
    std::uint64_t from;
    std::uint32_t piece_bytes;
  };
  for (const Step step : {Step{23'726'567, 32'768}, Step{47'453'133, 65'536}, Step{94'906'266, 131'072},
                          Step{189'812'532, 262'144}, Step{379'625'063, 524'288}, Step{759'250'125, 1'048'576},
                          Step{1'518'500'250, 2'097'152}, Step{3'037'000'500, 4'194'304}}) {
    CHECK(default_piece_bytes(step.from) == step.piece_bytes);
    CHECK(default_piece_bytes(step.from - 1) == step.piece_bytes / 2);
  }
  CHECK(default_piece_bytes(0) == 16'384);
  CHECK(default_piece_bytes(~std::uint64_t{0}) == limits::piece_bytes_created_max);
}

TEST_CASE("names follow create-torrent") {
  CHECK(plan({.files = {{"a/b.webm", 1}}, .list_input = true}).name == "b.webm");
  CHECK_FALSE(plan({.files = {{"a/b.webm", 1}}, .list_input = true}).multi_file);
  CHECK(plan({.files = {{"", 1}, {"x.txt", 1}}}).name == "x.txt");
  CHECK(plan({.files = {{"", 1}, {"x.txt", 1}}}).files[0].path == std::vector<std::string>{"Unknown File 1"});
  CHECK(plan({.files = {{"", 1}}}).name == "file");
  CHECK(plan({.name = "", .files = {{"x", 1}}}).name == "x");
  const Metainfo folder = plan({.files = {{"/d/e/a", 1}, {"d/b", 1}}});
  CHECK(folder.name == "d");
  CHECK(folder.files[0].path == std::vector<std::string>{"e", "a"});
  CHECK(folder.files[1].path == std::vector<std::string>{"b"});
  const Metainfo mixed = plan({.files = {{"d/a", 1}, {"e/b", 1}}});
  CHECK(mixed.name == "a");
  CHECK(mixed.files[1].path == std::vector<std::string>{"e", "b"});
  CHECK(plan({.name = "mine", .files = {{"d/a", 1}, {"d/b", 1}}}).files[0].path == std::vector<std::string>{"a"});
}

TEST_CASE("a nameless blob is named by its media type") {
  CHECK(default_file_name("audio/webm;codecs=opus") == "file.webm");
  CHECK(default_file_name(" Audio/MPEG ; x=y") == "file.mp3");
  CHECK(default_file_name("image/jpeg") == "file.jpg");
  CHECK(default_file_name("text/plain;charset=utf-8") == "file.txt");
  CHECK(default_file_name("application/x-unknown") == "file");
  CHECK(default_file_name("") == "file");
}

TEST_CASE("what cannot be made is refused as the caller's fault") {
  const auto code = [](const CreateSpec& spec) {
    const auto torrent = plan_torrent(spec);
    REQUIRE_FALSE(torrent);
    CHECK(torrent.error().fault == Fault::usage);
    return torrent.error().code;
  };
  CHECK(code({}) == Code::metainfo_missing_field);
  CHECK(code({.files = {{"a/../b", 1}, {"c", 1}}}) == Code::metainfo_bad_path);
  CHECK(code({.files = {{"a//b", 1}, {"c", 1}}}) == Code::metainfo_bad_path);
  CHECK(code({.name = "..", .files = {{"c", 1}}}) == Code::metainfo_bad_path);
  CHECK(code({.files = {{"c", 1}}, .piece_bytes = 20'000}) == Code::metainfo_bad_piece_length);
  CHECK(code({.files = {{"c", 1}}, .piece_bytes = 8'192}) == Code::metainfo_bad_piece_length);
  CHECK(code({.files = {{"c", 1ULL << 62}}}) == Code::metainfo_bad_piece_count);
  CHECK(code({.files = {{"a", ~0ULL}, {"b", 1}}}) == Code::metainfo_too_large);
  CHECK(code({.files = std::vector<std::pair<std::string, std::uint64_t>>(4'097, {"a", 1})}) ==
        Code::metainfo_too_many_files);
  Metainfo torrent = plan({.files = {{"c", 20'000}}});
  CHECK(finish_torrent(torrent, Bytes(20)).error().code == Code::metainfo_bad_piece_count);
}

TEST_CASE("an empty source is a torrent of length 0 without pieces") {
  Metainfo torrent = plan({.files = {{"e.txt", 0}}});
  REQUIRE(finish_torrent(torrent, {}));
  const auto read = parse_info(torrent.info);
  REQUIRE(read);
  CHECK(read->bytes == 0);
  CHECK(read->piece_count() == 0);
}

TEST_CASE("a written .torrent has create-torrent's layout and reads back") {
  const Metainfo made = make(vectors::create_cases[11]);
  const std::vector<std::string> trackers{"wss://a.example", "wss://b.example"};
  const std::vector<std::string> seeds{"https://c.example/x"};
  const Bytes file = encode_torrent_file(made, trackers, seeds, "hi", 1'700'000'000);
  const std::string head = "d8:announce15:wss://a.example13:announce-listll15:wss://a.exampleel15:wss://b.exampleee"
                           "7:comment2:hi13:creation datei1700000000e8:encoding5:UTF-84:infod5:files";
  CHECK(as_text(file).starts_with(head));
  const auto read = parse_torrent(file);
  REQUIRE(read);
  CHECK(read->info_hash == made.info_hash);
  CHECK(read->trackers == trackers);
  CHECK(read->web_seeds == seeds);
  CHECK(read->comment == "hi");
  CHECK(read->creation_unix_s == 1'700'000'000);
  CHECK(read->piece_length(PieceIndex{2}) == 40'000 - 2 * 16'384);
  const auto bare = parse_torrent(encode_torrent_file(made));
  REQUIRE(bare);
  CHECK(bare->trackers.empty());
}

TEST_CASE("real .torrent files: unsorted outer keys, a single url-list, repeated trackers, odd fields") {
  const Bytes info = info_with("", "");
  std::string file = "d8:url-list9:http://x/4:info" + std::string(as_text(info)) +
                     "8:announce5:udp:a13:announce-listll5:udp:aeli5eel5:wss:bee13:creation date3:now7:comment1:\xff" "e";
  const auto read = parse_torrent(as_bytes(file));
  REQUIRE(read);
  CHECK(read->trackers == std::vector<std::string>{"udp:a", "wss:b"});
  CHECK(read->web_seeds == std::vector<std::string>{"http://x/"});
  CHECK(read->creation_unix_s == 0);
  CHECK(read->comment == "\xef\xbf\xbd");
  CHECK(read->info_hash.bytes == sha1(info));
}

TEST_CASE("unknown keys of the info dictionary are kept, for they are part of the infohash") {
  const Bytes info = info_with("4:attr1:x", "7:privatei1e6:source2:VM5:x-keyle");
  const auto read = parse_info(info);
  REQUIRE(read);
  CHECK(read->info == info);
  CHECK(read->is_private == true);
  CHECK(read->source == "VM");
  CHECK(read->info_hash.bytes == sha1(info));
}

TEST_CASE("pad files are flagged, empty files are files") {
  const std::string text =
      "d5:filesld6:lengthi1e4:pathl1:aeed4:attr1:p6:lengthi5e4:pathl4:.pad1:5eed6:lengthi7e4:pathl4:.pad1:7ee"
      "d6:lengthi0e4:pathl1:d1:eeee4:name1:n12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaae";
  const auto read = parse_info(as_bytes(text));
  REQUIRE(read);
  REQUIRE(read->files.size() == 4);
  CHECK_FALSE(read->files[0].pad);
  CHECK(read->files[1].pad);
  CHECK(read->files[2].pad);
  CHECK(read->files[3].bytes == 0);
  CHECK(read->files[3].path == std::vector<std::string>{"d", "e"});
  CHECK(read->bytes == 13);
}

TEST_CASE("a torrent's name may hold anything that is only shown") {
  const auto read = parse_info(info_with("", "", "9:../x\\y/zb"));
  REQUIRE(read);
  CHECK(read->name == "../x\\y/zb");
  CHECK(read->files[0].path == std::vector<std::string>{".._x_y_zb"});
}

TEST_CASE("display names are fit to be shown and saved anywhere") {
  CHECK(display_name("Memo.webm") == "Memo.webm");
  CHECK(display_name("M\xc3\xa9mo \xe2\x98\x82 1+1 & a.webm") == "M\xc3\xa9mo \xe2\x98\x82 1+1 & a.webm");
  CHECK(display_name("../../etc/passwd") == ".._.._etc_passwd");
  CHECK(display_name("a\\b:c*d?e\"f<g>h|i") == "a_b_c_d_e_f_g_h_i");
  CHECK(display_name(std::string_view("a\0b\nc", 5)) == "a_b_c");
  CHECK(display_name("invoice\xe2\x80\xaegpj.exe") == "invoice_gpj.exe");
  CHECK(display_name("CON") == "_CON");
  CHECK(display_name("nul.txt") == "_nul.txt");
  CHECK(display_name("com1.a.b") == "_com1.a.b");
  CHECK(display_name("console") == "console");
  CHECK(display_name("a\xff") == "a\xef\xbf\xbd");
  CHECK(display_name("name. . ") == "name");
  CHECK(display_name("...") == "file");
  CHECK(display_name("") == "file");
  CHECK(display_name("  x") == "x");
  const std::string long_name(5'000, 'x');
  CHECK(display_name(long_name).size() == limits::path_component_bytes_max);
  std::string wide;
  for (int i = 0; i < 200; ++i) wide += "\xe2\x98\x82";
  CHECK(display_name(wide).size() == 255);
  CHECK(is_safe_component("a b.txt"));
  for (const std::string_view bad : {std::string_view(""), std::string_view("."), std::string_view(".."),
                                     std::string_view("a/b"), std::string_view("a\\b"), std::string_view("a\0b", 3),
                                     std::string_view("\xff"), std::string_view(long_name)}) {
    CHECK_FALSE(is_safe_component(bad));
  }
}
