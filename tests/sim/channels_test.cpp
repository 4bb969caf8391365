// Several torrents between the same two devices: one connection, and nobody learns an infohash by it.
#include <algorithm>
#include <map>
#include <set>

#include "sim/story.hpp"
#include "unit/signal_rig.hpp"

using namespace samara;
using namespace samara::sim;

namespace {

/// What the engines asked for and said, from now on.
struct Watch {
  explicit Watch(World& world) {
    world.watch = [this](NodeId node, const Output& output) {
      if (std::holds_alternative<out::MakeAnswer>(output)) ++answers;
      if (std::holds_alternative<out::OpenChannel>(output)) ++further[node];
      if (const auto* close = std::get_if<out::CloseChannel>(&output)) closed.insert({node, close->channel.value});
      const auto* send = std::get_if<out::SendBytes>(&output);
      if (send == nullptr) return;
      Bytes& all = said[{node, send->channel.value}];
      all.insert(all.end(), send->bytes.begin(), send->bytes.end());
    };
  }
  /// True when these bytes went out over any channel of this node.
  [[nodiscard]] bool told(NodeId node, ByteSpan what) const {
    return std::ranges::any_of(said, [&](const auto& entry) {
      return entry.first.first == node && !std::ranges::search(entry.second, what).empty();
    });
  }

  int answers = 0;
  std::map<NodeId, int> further;
  std::set<std::pair<NodeId, std::uint32_t>> closed;
  std::map<std::pair<NodeId, std::uint32_t>, Bytes> said;
};

/// The infohash that a magnet names.
Bytes hash_in(const std::string& magnet) {
  const std::string marker = "btih:";
  const std::string hex = magnet.substr(magnet.find(marker) + marker.size(), 40);
  Bytes hash;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    hash.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return hash;
}

Bytes handshake_for(const Bytes& hash, const std::string& peer_id) {
  Bytes bytes = to_bytes(as_bytes(std::string_view("\x13" "BitTorrent protocol")));
  bytes.resize(28);
  bytes.insert(bytes.end(), hash.begin(), hash.end());
  const ByteSpan id = as_bytes(peer_id);
  bytes.insert(bytes.end(), id.begin(), id.end());
  return bytes;
}

/// The peer id in the first handshake that this node sent.
std::string id_of(const Watch& watch, NodeId node) {
  for (const auto& [where, bytes] : watch.said) {
    if (where.first == node && bytes.size() >= 68) return {bytes.begin() + 48, bytes.begin() + 68};
  }
  return {};
}

/// A device that shares and one that receives.
struct Pair {
  World world;
  NodeId sender;
  NodeId receiver;
  explicit Pair(std::uint64_t seed, Config config = phone())
      : world(seed), sender(launch(world, config)), receiver(launch(world)) {}
};

Config uploading(std::uint32_t bytes_per_second) {
  Config config = phone();
  config.upload_bytes_per_second = bytes_per_second;
  return config;
}

/// A connection that lasts: the receiver is given `common` so slowly that it is there until the end of a case.
struct Lasting : Pair {
  Watch watch;
  Shared common;
  explicit Lasting(std::uint64_t seed)
      : Pair(seed, uploading(30'000)), watch(world), common(share_now(world, sender, lcg_bytes(1, 900'000), "a.webm")) {
    receive_now(world, receiver, common.url);
    REQUIRE(world.run_until([&] { return world.channels(sender) == 1; }, seconds(5)));
    world.run_for(seconds(1));
  }
  Shared secret() { return share_now(world, sender, lcg_bytes(2, 50'000), "b.webm"); }
};

}  // namespace

TEST_CASE("channels: eight shares between two devices, one connection, whatever came first") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    Pair p(seed);
    Watch watch(p.world);
    std::vector<Bytes> contents;
    std::vector<std::string> transfers;
    std::vector<Shared> shares;
    for (std::uint32_t i = 0; i < 8; ++i) {
      contents.push_back(lcg_bytes(i + 1, 60'000 + 7'000 * i));
      shares.push_back(share_now(p.world, p.sender, contents.back(), "memo.webm"));
    }
    for (const Shared& share : shares) transfers.push_back(receive_now(p.world, p.receiver, share.url));
    const auto done = [&] { return std::ranges::all_of(transfers, [&](const auto& t) { return is_done(p.world, p.receiver, t); }); };
    REQUIRE(p.world.run_until(done, seconds(10)));
    CHECK(watch.answers == 1);
    CHECK(watch.further[p.sender] == 7);
    CHECK(watch.further[p.receiver] == 0);
    for (std::size_t i = 0; i < transfers.size(); ++i) CHECK(received_bytes(p.world, p.receiver, transfers[i]) == contents[i]);
    p.world.run_for(seconds(3));  // offers that are of no use any more are closed too
    CHECK(p.world.connections(p.sender) == 1);
    CHECK(p.world.connections(p.receiver) == 1);
    CHECK(p.world.channels(p.receiver) == 0);  // nobody has anything for the other
    p.world.run_for(milliseconds(limits::channels_linger_ms));
    CHECK(p.world.connections(p.sender) == 0);
    CHECK(p.world.connections(p.receiver) == 0);
  }
}

TEST_CASE("channels_linger_ms: what is opened within 5 s of the last goes over the connection that is there") {
  Pair p(21);
  Watch watch(p.world);
  const Shared first = share_now(p.world, p.sender, lcg_bytes(1, 50'000), "a.webm");
  const Shared second = share_now(p.world, p.sender, lcg_bytes(2, 50'000), "b.webm");
  const Shared third = share_now(p.world, p.sender, lcg_bytes(3, 50'000), "c.webm");
  const auto receive = [&](const Shared& share) {
    const std::string transfer = receive_now(p.world, p.receiver, share.url);
    return p.world.run_until([&] { return is_done(p.world, p.receiver, transfer); }, seconds(5));
  };
  REQUIRE(receive(first));
  REQUIRE(p.world.run_until([&] { return p.world.channels(p.sender) == 0; }, seconds(4)));
  p.world.run_for(seconds(4));
  REQUIRE(receive(second));
  CHECK(watch.answers == 1);
  REQUIRE(p.world.run_until([&] { return p.world.channels(p.sender) == 0; }, seconds(4)));
  p.world.run_for(seconds(5) + milliseconds(100));
  CHECK(p.world.connections(p.sender) == 0);
  REQUIRE(receive(third));
  CHECK(watch.answers == 2);
}

TEST_CASE("channels: an infohash never leaks: who has one of two torrents hears nothing of the other over any channel") {
  Pair p(22);
  Watch watch(p.world);
  const Shared common = share_now(p.world, p.sender, lcg_bytes(1, 400'000), "a.webm");
  const Shared secret = share_now(p.world, p.sender, lcg_bytes(2, 50'000), "b.webm");
  const std::string transfer = receive_now(p.world, p.receiver, common.url);
  REQUIRE(p.world.run_until([&] { return is_done(p.world, p.receiver, transfer); }, seconds(10)));
  p.world.run_for(seconds(60));
  const NodeId third = launch(p.world);
  const std::string other = receive_now(p.world, third, secret.url);  // told to whoever asks for it, and to nobody else
  const std::string again = receive_now(p.world, third, common.url);
  REQUIRE(p.world.run_until([&] { return is_done(p.world, third, other) && is_done(p.world, third, again); }, seconds(20)));
  CHECK(watch.told(p.sender, hash_in(common.magnet)));
  CHECK(watch.told(p.sender, hash_in(secret.magnet)));
  CHECK_FALSE(watch.told(p.receiver, hash_in(secret.magnet)));
  CHECK(watch.further[p.receiver] == 0);
}

TEST_CASE("channels: an infohash never leaks: a forged offer with the run id of a connected device opens no channel to it") {
  Lasting p(27);
  const Shared secret = p.secret();
  InfoHash hash;
  std::ranges::copy(hash_in(secret.magnet), hash.bytes.begin());
  PeerId victim;
  std::ranges::copy(as_bytes(id_of(p.watch, p.receiver)), victim.bytes.begin());
  // The forger's own certificate, which is not the receiver's; the description leads nowhere in this world.
  const std::string sdp = signal_test::make_sdp("n1d900", true);
  p.world.tell_frame(p.sender, signal_test::relayed("offer", hash, victim, signal_test::offer_id(1), sdp));
  p.world.run_for(seconds(20));
  CHECK(p.watch.answers == 2);  // as any stranger's
  CHECK(p.watch.further.empty());
  CHECK_FALSE(p.watch.told(p.sender, hash_in(secret.magnet)));
}

TEST_CASE("channels: a channel for a torrent that is not served here is closed without a byte") {
  Lasting p(23);
  const Shared secret = p.secret();
  const std::string id = id_of(p.watch, p.receiver);
  const auto probed = [&](const Bytes& bytes) {
    const std::uint32_t channel = p.world.probe(p.sender);
    for (std::size_t at = 0; at < bytes.size(); at += 20) {
      p.world.probe_bytes(p.sender, channel, ByteSpan(bytes).subspan(at, std::min<std::size_t>(20, bytes.size() - at)));
    }
    p.world.run_for(seconds(1));
    const bool silent = !p.watch.said.contains({p.sender, channel});
    return std::pair{silent, p.watch.closed.contains({p.sender, channel})};
  };
  CHECK(probed(handshake_for(Bytes(20, 0x5a), id)) == std::pair{true, true});                    // unknown
  CHECK(probed(handshake_for(hash_in(secret.magnet), std::string(20, 'x'))) == std::pair{true, true});  // another's id
  CHECK(probed(handshake_for(hash_in(p.common.magnet), id)) == std::pair{true, true});             // linked already
  CHECK(probed(Bytes(68, 0x13)) == std::pair{true, true});                                      // no handshake
  CHECK(probed(Bytes(48, 0x13)) == std::pair{true, false});                                     // not named yet: it waits
  p.world.run_for(milliseconds(limits::handshake_timeout_ms));
  CHECK(p.watch.closed.size() == 5);                                                              // … for handshake_timeout_ms
  CHECK(probed(handshake_for(hash_in(secret.magnet), id)) == std::pair{false, false});          // it knows it: it is served
}

TEST_CASE("channels_per_connection_max and channel_unnamed_bytes_max: what nobody has named is little") {
  Lasting p(24);
  for (std::uint32_t i = 1; i < limits::channels_per_connection_max; ++i) CHECK(p.world.probe(p.sender) != 0);
  CHECK(p.watch.closed.empty());
  const std::uint32_t too_many = p.world.probe(p.sender);
  CHECK(p.watch.closed == std::set{std::pair{p.sender, too_many}});
  p.world.probe_bytes(p.sender, too_many - 2, Bytes(limits::channel_unnamed_bytes_max + 1, 0x13));
  CHECK(p.watch.closed.contains({p.sender, too_many - 2}));
  CHECK(p.world.channels(p.sender) >= limits::channels_per_connection_max - 1);
}

TEST_CASE("channels: stopping the share that a connection began with leaves the others running over it") {
  Pair p(25, uploading(100'000));
  Watch watch(p.world);
  const Shared first = share_now(p.world, p.sender, lcg_bytes(1, 2'000'000), "a.webm");
  const Bytes content = lcg_bytes(2, 500'000);
  const Shared second = share_now(p.world, p.sender, content, "b.webm");
  receive_now(p.world, p.receiver, first.url);
  REQUIRE(p.world.run_until([&] { return p.world.channels(p.sender) == 1; }, seconds(5)));
  const std::string transfer = receive_now(p.world, p.receiver, second.url);
  REQUIRE(p.world.run_until([&] { return p.world.number_of(p.receiver, Subject::transfer, transfer, "verified") > 0; }, seconds(10)));
  p.world.control(p.sender, CallVerb::stop, "share", first.id);
  REQUIRE(p.world.run_until([&] { return is_done(p.world, p.receiver, transfer); }, seconds(20)));
  CHECK(watch.answers == 1);
  CHECK(received_bytes(p.world, p.receiver, transfer) == content);
}

TEST_CASE("channels: a connection that is lost takes all its links along, and all come back") {
  Pair p(26, uploading(200'000));
  std::vector<std::string> transfers;
  for (std::uint32_t i = 0; i < 4; ++i) {
    transfers.push_back(receive_now(p.world, p.receiver, share_now(p.world, p.sender, lcg_bytes(i + 1, 300'000), "a.webm").url));
  }
  const auto begun = [&](const auto& t) { return p.world.number_of(p.receiver, Subject::transfer, t, "verified") > 0; };
  REQUIRE(p.world.run_until([&] { return std::ranges::all_of(transfers, begun); }, seconds(5)));
  p.world.cut(p.receiver);
  p.world.set_network(p.receiver, in::Network{false});
  p.world.run_for(seconds(1));
  p.world.set_network(p.receiver, in::Network{true});
  const auto done = [&] { return std::ranges::all_of(transfers, [&](const auto& t) { return is_done(p.world, p.receiver, t); }); };
  CHECK(p.world.run_until(done, seconds(30)));
  p.world.run_for(seconds(10));
  CHECK(p.world.channels(p.receiver) == 0);
}

TEST_CASE("channels: both offer at once, and both keep the same channel") {
  for (std::uint64_t seed = 100; seed < 130; ++seed) {
    CAPTURE(seed);
    World world(seed);
    const NodeId source = launch(world, uploading(60'000));
    const NodeId a = launch(world);
    const NodeId b = launch(world);
    const std::string first = receive_now(world, b, share_now(world, a, lcg_bytes(9, 3'000'000), "own.webm").url);
    world.rules.bytes_per_second = 400'000;  // the connection stays
    REQUIRE(world.run_until([&] { return world.channels(a) == 1 && world.number_of(b, Subject::transfer, first, "verified") > 0; }, seconds(5)));
    const Shared common = share_now(world, source, lcg_bytes(seed & 0xffU, 200'000), "memo.webm");
    Watch watch(world);
    const std::string at_a = receive_now(world, a, common.url);
    const std::string at_b = receive_now(world, b, common.url);
    REQUIRE(world.run_until([&] { return is_done(world, a, at_a) && is_done(world, b, at_b); }, seconds(30)));
    // One connection of each with the source, and none more between them.
    CHECK(watch.answers <= 2);
    CHECK(watch.further[a] + watch.further[b] >= 1);
  }
}
