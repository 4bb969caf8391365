// Owns: what a device was promised to keep, what is found on it after a crash, and whether the one keeps the other.
// Refuses to know: how the crash came about.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "codec/hex.hpp"
#include "codec/metainfo.hpp"
#include "sim/world.hpp"
#include "store/catalogue.hpp"
#include "store/committer.hpp"
#include "store/journal.hpp"

namespace samara::sim {

/// maybe: asked for and not answered yet, so either is right.
enum class Kept : std::uint8_t { no, maybe, yes };

struct Promise {
  Kept kept = Kept::maybe;
  std::vector<std::string> titles;   // of items: each of these is right; empty: any
  std::string state;              // of shares, empty: any
  bool leaving = false;           // it was asked to go
};

/// Items by the name of their first file, shares by URL, transfers by infohash in hex.
struct Truth {
  std::map<std::string, Promise> items;
  std::map<std::string, Promise> shares;
  std::map<std::string, Promise> transfers;
  bool no_room = false;   // a removal that cannot be written down for want of room gives the bytes up first
};

/// The right bytes of everything that may be found, by the same keys.
using Contents = std::map<std::string, Bytes>;

struct FoundItem {
  std::string name;
  std::string title;
  std::string infohash;   // empty: saved here
  bool right = false;     // its bytes are
};

struct FoundShare {
  std::string url;
  std::string state;
  bool right = false;
};

struct FoundTransfer {
  std::string infohash;
  std::string id;
  std::string state;
  std::vector<std::pair<std::size_t, std::size_t>> have;   // verified byte ranges
  std::int64_t verified = 0;
  bool metadata = false;
  bool right = false;   // every verified range is
  std::size_t missed = 0;   // after a start: 16 KiB that are right in the store and do not count as verified
};

/// What a device says and has right after a start.
struct Found {
  std::string error = "never ready";   // empty: ready
  std::vector<FoundItem> items;
  std::vector<FoundShare> shares;
  std::vector<FoundTransfer> transfers;
  std::vector<std::uint32_t> strays;   // content blobs that nobody remembers
  std::size_t journals = 0;
  std::size_t hashed = 0;   // commands that read what needs no look: all content but pieces that the journal does not know
};

/// What the newest whole journal among these blobs says.
inline Catalogue remembered_in(const Blobs& blobs) {
  Bytes best;
  std::uint32_t generation = 0;
  for (const auto& [blob, content] : blobs) {
    if (!is_journal(BlobId{blob})) continue;
    const auto journal = read_journal(content.get());
    if (!journal || !journal->complete || journal->stamp.generation <= generation) continue;
    generation = journal->stamp.generation;
    best = content.get();
  }
  Catalogue catalogue;
  const auto journal = read_journal(best);
  if (!journal) return catalogue;
  for (const JournalRecord& record : journal->records) catalogue.apply(record);
  return catalogue;
}

/// True when every piece that this read touches is of a transfer, and not known to be stored.
inline bool is_in_doubt(const Catalogue& catalogue, const out::StoreRead& read) {
  for (const auto& [id, transfer] : catalogue.transfers) {
    if (transfer.blob != read.blob || transfer.info.empty()) continue;
    const auto metainfo = parse_info(transfer.info, transfer.info_hash);
    if (!metainfo || read.bytes == 0) return false;
    const auto last = static_cast<std::uint32_t>((read.offset + read.bytes - 1) / metainfo->piece_bytes);
    for (auto piece = static_cast<std::uint32_t>(read.offset / metainfo->piece_bytes); piece <= last; ++piece) {
      if (piece < transfer.have.size() && transfer.have.test(piece)) return false;
    }
    return true;
  }
  return false;
}

inline const FoundTransfer* transfer_of(const Found& found, const std::string& infohash) {
  const auto it = std::find_if(found.transfers.begin(), found.transfers.end(), [&](const FoundTransfer& t) { return t.infohash == infohash; });
  return it == found.transfers.end() ? nullptr : &*it;
}

/// Asks a running device for everything.
inline void look(World& world, NodeId node, const Contents& contents, Found& found) {
  std::set<std::uint32_t> remembered;
  const Blobs& disk = world.disk(node).written;
  const auto rows = [&](QueryKind kind, const std::function<void(const BencodeView&)>& row) {
    const auto document = bencode_decode(world.answer(node, world.query(node, kind))->result, bencode_own_limits);
    for (const BencodeView entry : document->root().list("list")) {
      remembered.insert(static_cast<std::uint32_t>(entry.integer_or("blob", 0)));
      row(entry);
    }
  };
  const auto equals = [&](const BencodeView& row, const std::string& key, std::size_t start, std::size_t end) {
    const auto blob = disk.find(static_cast<std::uint32_t>(row.integer_or("blob", 0)));
    const auto right = contents.find(key);
    if (blob == disk.end() || right == contents.end() || end > blob->second.size() || end > right->second.size()) return false;
    const auto from = static_cast<std::ptrdiff_t>(start);
    return std::equal(right->second.begin() + from, right->second.begin() + static_cast<std::ptrdiff_t>(end), blob->second.get().begin() + from);
  };
  rows(QueryKind::items, [&](const BencodeView& row) {
    FoundItem item{"", std::string(row.text_or("name", "")), hex_encode(row.string_or("infohash", {})), false};
    for (const BencodeView file : row.list("files")) {
      if (item.name.empty()) item.name = file.text_or("name", "");
    }
    const auto size = static_cast<std::size_t>(row.integer_or("size", 0));
    item.right = contents.contains(item.name) && contents.at(item.name).size() == size && equals(row, item.name, 0, size);
    found.items.push_back(std::move(item));
  });
  rows(QueryKind::shares, [&](const BencodeView& row) {
    FoundShare share{std::string(row.text_or("url", "")), std::string(row.text_or("state", "")), false};
    const bool away = share.state == "source-needed";
    share.right = contents.contains(share.url) && (away || equals(row, share.url, 0, contents.at(share.url).size()));
    found.shares.push_back(std::move(share));
  });
  rows(QueryKind::transfers, [&](const BencodeView& row) {
    FoundTransfer transfer{hex_encode(row.string_or("infohash", {})), std::string(row.text_or("id", "")), std::string(row.text_or("state", "")),
                           {}, row.integer_or("verified", 0), row.find("metadata").has_value(), true};
    std::optional<std::size_t> start;
    for (const BencodeView number : row.list("have")) {
      const auto value = static_cast<std::size_t>(number.integer().value_or(0));
      if (!start) {
        start = value;
        continue;
      }
      transfer.have.emplace_back(*start, value);
      transfer.right = transfer.right && equals(row, transfer.infohash, *start, value);
      start.reset();
    }
    const std::size_t size = contents.contains(transfer.infohash) ? contents.at(transfer.infohash).size() : 0;
    for (std::size_t at = 0; at < size; at += limits::block_bytes) {
      const std::size_t end = std::min<std::size_t>(size, at + limits::block_bytes);
      const bool counts = std::ranges::any_of(transfer.have, [&](const auto& range) { return range.first <= at && end <= range.second; });
      transfer.missed += !counts && equals(row, transfer.infohash, at, end) ? 1 : 0;
    }
    found.transfers.push_back(std::move(transfer));
  });
  for (const auto& [blob, bytes] : disk) {
    if (is_journal(BlobId{blob})) ++found.journals;
    else if (!remembered.contains(blob)) found.strays.push_back(blob);
  }
}

/// Starts a device on these blobs, away from any network, and asks it for everything.
[[nodiscard]] inline Found find_all(const Blobs& blobs, const Contents& contents, const Config& config, std::uint64_t seed) {
  World world(seed);
  world.traced = false;
  const NodeId node = world.add_node(config, Disk(blobs));
  const Catalogue known = remembered_in(blobs);
  Found found;
  bool ready = false;
  world.watch = [&](NodeId, const Output& output) {
    if (const auto* told = std::get_if<out::Ready>(&output)) {
      ready = true;
      found.error = told->error.code == Code::ok ? "" : to_string(told->error.code);
    }
    const auto* read = std::get_if<out::StoreRead>(&output);
    const bool content = read != nullptr && !is_journal(read->blob) && !is_in_doubt(known, *read);
    found.hashed += content || std::holds_alternative<out::HashPieces>(output) || std::holds_alternative<out::HashBytes>(output) ? 1 : 0;
  };
  world.start(node);
  world.run_until([&] { return ready; }, seconds(5));
  if (!found.error.empty()) return found;
  world.run_for(milliseconds(50));
  look(world, node, contents, found);
  return found;
}

/// True when these ranges hold all of those.
inline bool holds(const std::vector<std::pair<std::size_t, std::size_t>>& all, const std::vector<std::pair<std::size_t, std::size_t>>& part) {
  return std::all_of(part.begin(), part.end(), [&](const auto& range) {
    return std::any_of(all.begin(), all.end(), [&](const auto& wide) { return wide.first <= range.first && range.second <= wide.second; });
  });
}

template <class Rows, class Key>
void judge_presence(std::vector<std::string>& wrong, const std::string& what, const std::map<std::string, Promise>& promises,
                    const Rows& rows, const Key& key) {
  std::map<std::string, int> count;
  for (const auto& row : rows) {
    ++count[key(row)];
    const auto promise = promises.find(key(row));
    if (promise == promises.end() || promise->second.kept == Kept::no) wrong.push_back(what + " that must not be there: " + key(row));
  }
  for (const auto& [name, times] : count) {
    if (times > 1) wrong.push_back(what + " twice: " + name);
  }
  for (const auto& [name, promise] : promises) {
    if (promise.kept == Kept::yes && !count.contains(name)) wrong.push_back(what + " gone: " + name);
  }
}

/// What is not as it must be, in words; empty when all is well. `surely` is what was found when nothing survived that was not
/// flushed: whatever else survives can only add to it.
[[nodiscard]] inline std::vector<std::string> judge(const Found& found, const Truth& truth, const Found* surely = nullptr) {
  std::vector<std::string> wrong;
  if (!found.error.empty()) return {"does not open: " + found.error};
  judge_presence(wrong, "item", truth.items, found.items, [](const FoundItem& item) { return item.name; });
  judge_presence(wrong, "share", truth.shares, found.shares, [](const FoundShare& share) { return share.url; });
  judge_presence(wrong, "transfer", truth.transfers, found.transfers, [](const FoundTransfer& transfer) { return transfer.infohash; });
  for (const FoundItem& item : found.items) {
    const auto promise = truth.items.find(item.name);
    const bool given_up = truth.no_room && promise != truth.items.end() && promise->second.leaving;
    if (!item.right && !given_up) wrong.push_back("wrong bytes of item " + item.name);
    const bool titled = promise == truth.items.end() || promise->second.titles.empty() || std::ranges::contains(promise->second.titles, item.title);
    if (!titled) wrong.push_back("wrong title of item " + item.name + ": " + item.title);
    if (!item.infohash.empty() && transfer_of(found, item.infohash) != nullptr) wrong.push_back("both item and transfer: " + item.name);
  }
  for (const FoundShare& share : found.shares) {
    if (!share.right) wrong.push_back("wrong bytes of share " + share.url);
    const auto promise = truth.shares.find(share.url);
    if (promise != truth.shares.end() && !promise->second.state.empty() && promise->second.state != share.state) {
      wrong.push_back("share is " + share.state + ": " + share.url);
    }
  }
  for (const FoundTransfer& transfer : found.transfers) {
    if (!transfer.right) wrong.push_back("wrong bytes under the bits of " + transfer.infohash);
    if (transfer.missed > 0) wrong.push_back(std::to_string(transfer.missed) + " pieces are there and would be fetched again, of " + transfer.infohash);
    if (!transfer.have.empty() && !transfer.metadata) wrong.push_back("bits without metadata of " + transfer.infohash);
  }
  for (const std::uint32_t blob : found.strays) wrong.push_back("nobody remembers blob " + std::to_string(blob));
  if (found.journals != 1) wrong.push_back(std::to_string(found.journals) + " journals");
  if (found.hashed != 0) wrong.push_back("content that is known was read or hashed again");
  if (surely == nullptr) return wrong;
  for (const FoundTransfer& before : surely->transfers) {
    const bool is_item = std::any_of(found.items.begin(), found.items.end(), [&](const FoundItem& item) { return item.infohash == before.infohash; });
    const FoundTransfer* now = transfer_of(found, before.infohash);
    if (now == nullptr && !is_item) wrong.push_back("transfer lost: " + before.infohash);
    if (now != nullptr && !holds(now->have, before.have)) wrong.push_back("bits lost of " + before.infohash);
  }
  return wrong;
}

}  // namespace samara::sim
