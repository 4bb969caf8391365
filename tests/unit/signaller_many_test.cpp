// Hundreds of torrents at one tracker: how many announces go out per second, after a (re)connect and in the long run.
#include <doctest/doctest.h>

#include <map>
#include <set>

#include "unit/signal_rig.hpp"

using namespace samara;
using namespace samara::signal_test;
using Kind = Record::Kind;

namespace {

constexpr std::uint32_t many = 500;
constexpr std::int64_t interval_ms = 120'000;  // what reply_frame() names
constexpr std::int64_t burst_ms = 4'000;       // time in which all of them are announced
constexpr std::size_t burst_per_second_max = 200;
constexpr std::size_t steady_per_second_max = 5;

/// One signaller with many torrents, and trackers that answer everything as long as they are up.
struct Crowd {
  struct Sent {
    Instant at;
    InfoHash hash;
    bool offers;
    SocketId socket;
  };

  explicit Crowd(std::uint64_t seed = 1) : rig({}, seed) {}

  Rig rig;
  bool up = true;
  std::size_t seen = 0;
  std::vector<Sent> sent;
  std::vector<SocketId> sockets;  // open now

  void add_complete(std::uint32_t first, std::uint32_t last, const std::vector<std::string>& urls = {std::string(Rig::local_url)}) {
    for (std::uint32_t i = first; i <= last; ++i) rig.add(i, complete_need(), urls);
  }
  void add_hungry(std::uint32_t first, std::uint32_t last) {
    for (std::uint32_t i = first; i <= last; ++i) rig.add(i, hungry_need());
  }
  /// Carries out what came out: sockets open, descriptions come, announces are answered.
  void answer() {
    for (; seen < rig.records.size(); ++seen) {
      const Record r = rig.records[seen];
      if (r.kind == Kind::open_socket && up) {
        sockets.push_back(r.socket);
        rig.opened(r.socket);
      } else if (r.kind == Kind::open_socket) {
        rig.give([&](Signaller& s) { s.socket_closed(rig.now, r.socket); });
      } else if (r.kind == Kind::make_offer) {
        rig.gathered(r.dial, true);
      } else if (r.kind == Kind::text) {
        const auto hash = json_id<InfoHash>(r.text, "info_hash");
        sent.push_back({r.at, hash, !offers_in(r.text).empty(), r.socket});
        rig.text(reply_frame(hash, 1, 0), r.socket);
      }
    }
  }
  void pass(std::int64_t ms, std::int64_t step_ms = 20) {
    for (std::int64_t passed = 0; passed < ms; passed += step_ms) {
      answer();
      rig.pass(step_ms);
    }
    answer();
  }
  void lose_sockets() {
    for (const SocketId socket : sockets) rig.give([&](Signaller& s) { s.socket_closed(rig.now, socket); });
    sockets.clear();
  }
  /// The most announces of one socket within any second since `from`.
  [[nodiscard]] std::size_t most_per_second(Instant from) const {
    std::map<SocketId, std::vector<Instant>> by_socket;
    for (const Sent& s : sent) {
      if (s.at >= from) by_socket[s.socket].push_back(s.at);
    }
    std::size_t most = 0;
    for (const auto& [socket, times] : by_socket) {
      std::size_t first = 0;
      for (std::size_t last = 0; last < times.size(); ++last) {
        while (times[last] - times[first] >= seconds(1)) ++first;
        most = std::max(most, last - first + 1);
      }
    }
    return most;
  }
  /// The longest time between two announces of one torrent that ended after `from`.
  [[nodiscard]] Duration longest_pause(Instant from) const {
    std::map<InfoHash, Instant> last;
    Duration longest{};
    for (const Sent& s : sent) {
      const auto it = last.find(s.hash);
      if (it != last.end() && s.at >= from) longest = std::max(longest, s.at - it->second);
      last[s.hash] = s.at;
    }
    return longest;
  }
  [[nodiscard]] std::size_t announced_since(Instant from) const {
    std::set<InfoHash> hashes;
    for (const Sent& s : sent) {
      if (s.at >= from) hashes.insert(s.hash);
    }
    return hashes.size();
  }
  [[nodiscard]] std::size_t count_between(Instant from, Instant to) const {
    return static_cast<std::size_t>(std::ranges::count_if(sent, [&](const Sent& s) { return s.at >= from && s.at < to; }));
  }
};

}  // namespace

TEST_CASE("500 shares in the long run: one announce without offers per torrent and interval, five per second at most") {
  Crowd crowd(1);
  crowd.add_complete(1, many);
  crowd.pass(burst_ms);
  const Instant steady = crowd.rig.now;
  crowd.pass(7 * 60'000, 200);
  CHECK(crowd.most_per_second(steady) <= steady_per_second_max);
  CHECK(crowd.longest_pause(steady) <= milliseconds(interval_ms * 12 / 10));
  const Instant fourth = steady + milliseconds(4 * 60'000);
  const std::size_t per_interval = crowd.count_between(fourth, fourth + milliseconds(interval_ms));
  CHECK(per_interval >= many);
  CHECK(per_interval <= many * 11 / 10);
  CHECK(std::ranges::none_of(crowd.sent, &Crowd::Sent::offers));
  CHECK(crowd.rig.all(Kind::make_offer).empty());
  CHECK(crowd.rig.all(Kind::open_socket).size() == 1);
}

TEST_CASE("500 shares after each of many reconnects: all announced within 4 s, 200 per second at most, then five") {
  Crowd crowd(7);
  crowd.add_complete(1, many);
  crowd.pass(burst_ms);
  for (const std::int64_t calm_ms : {1'000, 150'000}) {
    CAPTURE(calm_ms);
    crowd.pass(calm_ms, 100);
    const Instant lost = crowd.rig.now;
    crowd.lose_sockets();
    crowd.pass(burst_ms);
    CHECK(crowd.announced_since(lost) == many);
    CHECK(crowd.most_per_second(lost) <= burst_per_second_max);
    const Instant steady = crowd.rig.now;
    crowd.pass(130'000, 200);
    CHECK(crowd.most_per_second(steady) <= steady_per_second_max);
    CHECK(crowd.longest_pause(steady) <= milliseconds(interval_ms * 12 / 10));
  }
}

TEST_CASE("after a reconnect wanted torrents are announced first, with their offers") {
  Crowd crowd(8);
  crowd.add_complete(1, many);
  crowd.add_hungry(many + 1, many + 10);
  crowd.pass(60'000, 100);
  const Instant lost = crowd.rig.now;
  crowd.lose_sockets();
  crowd.pass(burst_ms);
  std::vector<Crowd::Sent> since;
  std::ranges::copy_if(crowd.sent, std::back_inserter(since), [&](const auto& s) { return s.at >= lost; });
  REQUIRE(since.size() > many);
  std::set<InfoHash> wanted;
  for (std::uint32_t i = many + 1; i <= many + 10; ++i) wanted.insert(hash_of(i));
  for (std::size_t i = 0; i < 10; ++i) CHECK(wanted.contains(since[i].hash));
  CHECK(std::ranges::any_of(since.begin(), since.begin() + 10, &Crowd::Sent::offers));
  CHECK(crowd.most_per_second(lost) <= burst_per_second_max);
}

TEST_CASE("100 wanted torrents do not announce more than 200 per second either, and none is forgotten") {
  Crowd crowd(9);
  crowd.add_hungry(1, 100);
  crowd.pass(40'000);
  CHECK(crowd.most_per_second({}) <= burst_per_second_max);
  CHECK(crowd.announced_since(crowd.rig.now - seconds(20)) == 100);
  CHECK(crowd.rig.signaller.connections() <= limits::peer_connections_max);
}

TEST_CASE("500 shares at three trackers that come and go: each hears of all, none more than its share") {
  Crowd crowd(10);
  const std::vector<std::string> urls{"ws://127.0.0.1:1", "ws://127.0.0.1:2", "ws://127.0.0.1:3"};
  crowd.add_complete(1, many, urls);
  crowd.pass(burst_ms);
  for (int round = 0; round < 2; ++round) {
    const SocketId lost = crowd.sockets[static_cast<std::size_t>(round) % crowd.sockets.size()];
    std::erase(crowd.sockets, lost);
    const Instant at = crowd.rig.now;
    crowd.rig.give([&](Signaller& s) { s.socket_closed(crowd.rig.now, lost); });
    crowd.pass(burst_ms);
    CHECK(crowd.most_per_second(at) <= burst_per_second_max);
    const Instant steady = crowd.rig.now;
    crowd.pass(60'000, 200);
    CHECK(crowd.most_per_second(steady) <= steady_per_second_max);
  }
  CHECK(crowd.sockets.size() == 3);
  for (const SocketId socket : crowd.sockets) {
    std::set<InfoHash> heard;
    for (const Crowd::Sent& s : crowd.sent) {
      if (s.socket == socket) heard.insert(s.hash);
    }
    CHECK(heard.size() == many);
  }
}

TEST_CASE("500 shares added one by one over ten minutes are spread as well") {
  Crowd crowd(11);
  for (std::uint32_t i = 1; i <= many; ++i) {
    crowd.add_complete(i, i);
    crowd.pass(i % 50 == 0 ? 60'000 : 20, i % 50 == 0 ? 100 : 20);
  }
  crowd.pass(300'000, 100);
  const Instant steady = crowd.rig.now;
  crowd.pass(600'000, 100);
  CHECK(crowd.most_per_second(steady) <= steady_per_second_max);
  CHECK(crowd.longest_pause(steady) <= milliseconds(interval_ms * 12 / 10));
}

TEST_CASE("500 shares after 6 h of sleep: a burst of 200 per second at most, then spread again, and no socket was given up") {
  Crowd crowd(12);
  crowd.add_complete(1, many);
  crowd.pass(150'000, 100);
  crowd.rig.sleep(6 * 3'600'000LL);
  const Instant woke = crowd.rig.now;
  crowd.pass(burst_ms);
  CHECK(crowd.announced_since(woke) == many);
  CHECK(crowd.most_per_second(woke) <= burst_per_second_max);
  const Instant steady = crowd.rig.now;
  crowd.pass(400'000, 100);
  CHECK(crowd.most_per_second(steady) <= steady_per_second_max);
  CHECK(crowd.longest_pause(steady) <= milliseconds(interval_ms * 12 / 10));
  CHECK(crowd.rig.all(Kind::close_socket).empty());
  CHECK(crowd.rig.all(Kind::open_socket).size() == 1);
}

TEST_CASE("500 shares with timers rounded up to 60 s: each is announced before trackers forget it") {
  Crowd crowd(13);
  crowd.add_complete(1, many);
  crowd.pass(burst_ms);
  for (int minute = 0; minute < 20; ++minute) {
    crowd.rig.now = Instant{} + seconds(60 * (minute + 1));
    crowd.rig.give([&](Signaller& s) { s.tick(crowd.rig.now); });
    // Replies come at once; what they let go is all that happens until the next minute.
    for (int i = 0; i < 400; ++i) {
      const std::size_t before = crowd.seen;
      crowd.rig.now = crowd.rig.now + milliseconds(20);
      crowd.answer();
      if (crowd.seen == before) break;
    }
  }
  CHECK(crowd.longest_pause({}) < milliseconds(interval_ms * 3 / 2));
  const Instant shown = crowd.rig.now;  // the page is
  crowd.pass(400'000, 100);
  CHECK(crowd.longest_pause(shown) < milliseconds(interval_ms * 3 / 2));
  CHECK(crowd.most_per_second(shown) <= burst_per_second_max);
  CHECK(crowd.most_per_second(shown + seconds(240)) <= steady_per_second_max);
  CHECK(crowd.count_between(Instant{} + seconds(599), Instant{} + seconds(1'199)) <= many * 11 / 2);  // 5 of them in 600 s
  CHECK(crowd.rig.all(Kind::close_socket).empty());
  CHECK(crowd.rig.all(Kind::open_socket).size() == 1);
}

TEST_CASE("timers that come seconds late do not make a reconnect say more than 200 in a second") {
  for (const std::int64_t late_ms : {900, 1'100, 3'000}) {
    CAPTURE(late_ms);
    Crowd crowd(14);
    crowd.add_complete(1, many);
    crowd.pass(burst_ms);
    crowd.pass(60'000, 100);
    const Instant lost = crowd.rig.now;
    crowd.lose_sockets();
    for (int tick = 0; tick < 20; ++tick) {
      crowd.answer();
      crowd.rig.sleep(late_ms);
    }
    CHECK(crowd.announced_since(lost) >= 300);
    CHECK(crowd.most_per_second(lost) <= burst_per_second_max);
  }
}
