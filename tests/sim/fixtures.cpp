// Owns: reading what is under tests/fixtures.
#include "sim/fixtures.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace samara::sim {
namespace {

using Json = nlohmann::json;

constexpr const char* root = SAMARA_SOURCE_DIR "/tests/fixtures";

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return to_bytes(as_bytes(text));
}

Fixture read_fixture(const std::filesystem::path& folder) {
  Fixture fixture;
  fixture.name = folder.filename().string();
  const Bytes text = read_file(folder / "manifest.json");
  const Json manifest = Json::parse(as_text(text));
  fixture.journal_version = manifest.at("journal_version").get<std::uint16_t>();
  const Json reserved = manifest.value("reserved", Json::object());
  for (const auto& [number, file] : manifest.at("blobs").items()) {
    const auto blob = static_cast<std::uint32_t>(std::stoul(number));
    Bytes bytes = read_file(folder / file.get<std::string>());
    if (reserved.contains(number)) bytes.resize(reserved.at(number).get<std::size_t>());
    fixture.disk.emplace(blob, Content(std::move(bytes)));
  }
  fixture.expect = manifest.at("expect");
  for (const Json& item : fixture.expect.at("items")) {
    const std::string name = item.at("files").at(0).at(0);
    fixture.truth.items[name] = {Kept::yes, {item.at("name").get<std::string>()}, "", false};
    fixture.contents[name] = content_of(item);
  }
  for (const Json& share : fixture.expect.at("shares")) {
    fixture.truth.shares[share.at("url")] = {Kept::yes, {}, share.at("state"), false};
    fixture.contents[share.at("url")] = content_of(share);
  }
  for (const Json& transfer : fixture.expect.at("transfers")) {
    fixture.truth.transfers[transfer.at("infohash")] = {Kept::yes, {}, "", false};
    fixture.contents[transfer.at("infohash")] = content_of(transfer);
  }
  return fixture;
}

}  // namespace

Bytes content_of(const Json& row) {
  const Json& content = row.at("content");
  return lcg_bytes(content.at("lcg").get<std::uint32_t>(), content.at("bytes").get<std::size_t>());
}

Bytes fixture_file(const std::string& name) { return read_file(std::filesystem::path(root) / name); }

std::vector<Fixture> fixtures() {
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  std::vector<Fixture> all;
  for (const auto& folder : folders) all.push_back(read_fixture(folder));
  return all;
}

}  // namespace samara::sim
