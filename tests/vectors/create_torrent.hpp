// Infohashes that create-torrent 6.1.3 gives, by running it. Content is text, or bytes of the linear
// congruential generator x = x·1664525 + 1013904223 mod 2^32, byte = x >> 24, started at the seed.
// Inputs were Files and Blobs. (An empty Buffer gives other hashes there: create-torrent reads it as
// one zero byte, f47a36d00232b1bb4a81fa4fcfef1265972b9b87 for the first of the empty cases below.)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace samara::vectors {

struct File {
  std::string name;
  std::string text;            // the content, unless bytes is set
  std::uint32_t lcg_seed = 0;
  std::uint32_t lcg_bytes = 0;
};

struct CreateCase {
  std::string_view title;
  std::vector<File> files;
  std::string_view info_hash;
  std::optional<std::string> name = std::nullopt;
  std::optional<bool> is_private = std::nullopt;
  std::optional<std::string> source = std::nullopt;
  std::uint32_t piece_bytes = 0;
};

inline const std::vector<CreateCase> create_cases{
    {"one byte", {{"a.txt", "a"}}, "7e60028086e70f7ef5cd05c10856badfc9a3183e"},
    {"hello", {{"hello.webm", "hello world"}}, "d9441d16fd6bfdc196541724d334d7f153e9fa46"},
    {"private 0", {{"hello.webm", "hello world"}}, "63d3e378b1fd5fb6f9aed376c9d9638bf6f280ad", std::nullopt, false},
    {"private 1", {{"hello.webm", "hello world"}}, "a5fd8e9ca4f9806291a212cb559e1ad39319b17e", std::nullopt, true},
    {"source", {{"hello.webm", "hello world"}}, "7fab94ea8c4c2a5addc9e266a49d921ca1ebfc2b", std::nullopt,
     std::nullopt, "VM"},
    {"a chosen name is kept as it is", {{"x", "hello world"}}, "9b5d0067d62d1d8b824a8887b327d8e58c7f4857",
     "M\xc3\xa9mo \xe2\x98\x82 1+1 & a/b.webm"},
    {"a file name loses its folders", {{"M\xc3\xa9mo \xe2\x98\x82 1+1 & a/b.webm", "hello world"}},
     "f72753c885e025145ba1d269c761d998ec8fccdb"},
    {"three pieces", {{"memo.webm", "", 1, 40'000}}, "e5534f514b37eae4c22656e8e694009c7135f4be"},
    {"exactly a piece", {{"memo.webm", "", 7, 16'384}}, "9d274f3619467320470e958637d65ffe06cb1a54"},
    {"a piece and a byte", {{"memo.webm", "", 7, 16'385}}, "b019894cd00a7f08baf5c737f04d5348d59493b2"},
    {"64 pieces", {{"memo.webm", "", 7, 1'048'576}}, "6e77bc2aaf76fd48d76033ccf659af5167850ef1"},
    {"two files", {{"one.bin", "", 1, 20'000}, {"two.bin", "", 2, 20'000}},
     "c6c19d3f34c456f4d233069c8e993e824031c7fa", "pair"},
    {"a common folder names the torrent", {{"dir/b.bin", "", 1, 10}, {"dir/a.bin", "", 2, 10}},
     "681bdaa356149e9d96cc686afbd5917a0f9eb9f8"},
    {"without one the first file does", {{"b.bin", "", 1, 10}, {"a.bin", "", 2, 10}},
     "9686a78a382552c06a0161ff956243e5afec8b2a"},
    {"an empty file among others", {{"b.bin", ""}, {"a.bin", "", 2, 10}},
     "a487600bc1417101553604f2f27bc4a83fe22087", "z"},
    {"an empty file alone", {{"e.txt", ""}}, "8ace41b21ea1f11c1879b16445c4835a8a67a095"},
    {"three files, two folders", {{"d/a", "", 1, 5}, {"d/e/b", "", 2, 6}, {"d/c", "", 3, 7}},
     "16f567096b8c3b7805371ea4735b9d7b26433944"},
    {"folders differ", {{"d/a", "", 1, 5}, {"e/b", "", 2, 6}}, "3a1caae4a0331948f6a1abb8255d00ee0249d100"},
    {"one in a folder, one not", {{"d/a", "", 1, 5}, {"b", "", 2, 6}}, "a260baafa3f926ac9594fe1f04fbedb562ffb570"},
    {"one not, one in a folder", {{"b", "", 2, 6}, {"d/a", "", 1, 5}}, "3ec4623fe833634bf940ba6290cc8199e661af50"},
    {"a list of one in folders", {{"d/e/a.txt", "", 1, 5}}, "ba9cb63ebfe4fa93a3f3e9df5a21bedc41d4fdae"},
    {"absolute paths", {{"/d/a", "", 1, 5}, {"/d/b", "", 2, 6}}, "a83a6d9bbd0b8e318ee59796e6e009397661b907"},
    {"a chosen name with a common folder", {{"d/a", "", 1, 5}, {"d/b", "", 2, 6}},
     "6333a774d661b8695a1577164d500a2b4d5ee2e2", "mine"},
    {"an empty name is none", {{"x.txt", "", 1, 5}}, "d9dcdf4337374345e0c815773bd5a4cb9e7ee696", ""},
    {"files across a piece border", {{"a", "", 1, 16'000}, {"b", "", 2, 16'000}, {"c", "", 3, 1}},
     "cd4f8f55862853b6d56fc165537ba1439b67448b", "n"},
    {"a larger piece", {{"memo.webm", "", 7, 100'000}}, "5c1f6f2cd7d2c66707ff7d2c5f0c9c8bf8e7e0d2", std::nullopt,
     std::nullopt, std::nullopt, 65'536},
};

}  // namespace samara::vectors
