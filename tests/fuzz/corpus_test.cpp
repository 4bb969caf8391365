// the corpus of the fuzzers: every file of tests/fuzz/corpus is asked again, natively and in wasm. What a fuzzer once
// found stays there, so that it is never found again.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/promises.hpp"

using namespace samara;

namespace {

std::vector<std::filesystem::path> files_of(std::string_view target) {
  std::vector<std::filesystem::path> files;
  const std::filesystem::path folder = std::filesystem::path(SAMARA_SOURCE_DIR) / "tests/fuzz/corpus" / target;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("every input of the fuzzers' corpus keeps its parser's promise") {
  for (const fuzz::Promise& promise : fuzz::promises()) {
    const auto files = files_of(promise.name);
    CHECK(files.size() >= 3);
    for (const auto& file : files) {
      const std::string input = read(file);
      CAPTURE(file.string());
      CHECK(promise.kept(as_bytes(input)));
    }
  }
}
