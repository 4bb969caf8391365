// Owns: several Signallers in one virtual time, with trackers that relay as the reference server does
// (offer i to the i-th of the other members in random order, no queue) and a host that makes connections.
// Refuses to know: what travels over an open channel.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>

#include "codec/tracker_json.hpp"
#include "unit/signal_rig.hpp"

namespace samara::signal_test {

class World {
 public:
  explicit World(std::uint64_t seed = 11) : rng_(seed) {}

  struct Link {
    DialId dial;
    TorrentId torrent;
    std::size_t other;
  };
  struct Node {
    std::size_t index;
    std::unique_ptr<Rig> rig;
    std::map<DialId, std::pair<std::string, std::string>> connections;  // our name, the other side's
    std::vector<Link> links;
    bool alive = true;
    int opened = 0;        // channels, ever
    int most_connections = 0;
  };

  std::int64_t gather_ms = 2;             // until the first host candidate
  std::int64_t gathering_complete_ms = 100;
  std::int64_t connect_ms = 5;            // from both descriptions to the channel
  std::function<bool(std::size_t, std::size_t)> reachable = [](std::size_t, std::size_t) { return true; };
  std::vector<Node> nodes;
  Instant now = Instant{} + seconds(1);
  int spins = 0;  // ticks that left a deadline that is already there

  std::size_t node(const Config& config = {}) {
    const std::size_t index = nodes.size();
    nodes.push_back({index, std::make_unique<Rig>(config, 1'000 + rng_.next() % 100'000), {}, {}, true, 0, 0});
    return index;
  }

  void add(std::size_t at, const SwarmNeed& need, std::vector<std::string> urls = {"ws://127.0.0.1:1"},
           std::uint32_t torrent = 1) {
    Rig& rig = sync(at);
    rig.add(torrent, need, std::move(urls));
    settle(at);
  }
  void update(std::size_t at, const SwarmNeed& need, std::uint32_t torrent = 1) {
    sync(at).update(torrent, need);
    settle(at);
  }
  /// The device is gone without a word.
  void kill(std::size_t at) {
    nodes[at].alive = false;
    for (auto& [url, server] : servers_) std::erase_if(server.members, [&](const Member& m) { return m.node == at; });
    for (Node& other : nodes) {
      if (!other.alive) continue;
      std::vector<DialId> gone;
      for (const Link& link : other.links) {
        if (link.other == at) gone.push_back(link.dial);
      }
      for (const DialId dial : gone) lose(other.index, dial);
    }
  }
  /// The engine ends a link.
  void kill_link(std::size_t at, DialId dial) {
    input(at, [&](Signaller& s, Instant when) { s.release(when, dial); });
  }
  /// Some link of this node breaks on both sides.
  void drop_link(std::size_t at) {
    if (!nodes[at].links.empty()) kill_link(at, nodes[at].links.front().dial);
  }
  void network(std::size_t at, bool online) {
    input(at, [&](Signaller& s, Instant when) { s.network(when, online); });
  }
  void tracker_down(const std::string& url) {
    servers_[url].up = false;
    servers_[url].members.clear();
    for (Node& n : nodes) {
      for (const auto& [socket, where] : std::map(sockets_[n.index])) {
        if (where != url || !n.alive) continue;
        sockets_[n.index].erase(socket);
        input(n.index, [id = socket](Signaller& s, Instant when) { s.socket_closed(when, id); });
      }
    }
  }
  void tracker_up(const std::string& url) { servers_[url].up = true; }

  [[nodiscard]] bool linked(std::size_t a, std::size_t b) const {
    return std::ranges::any_of(nodes[a].links, [&](const Link& l) { return l.other == b; });
  }
  /// Runs until `done` or for `ms`; the virtual ms it took, or nothing.
  std::optional<std::int64_t> until(const std::function<bool()>& done, std::int64_t ms) {
    const Instant begin = now;
    while (!done()) {
      if (!step(begin + milliseconds(ms))) return std::nullopt;
    }
    return (now - begin).us / 1'000;
  }
  void pass(std::int64_t ms) {
    until([] { return false; }, ms);
  }

 private:
  struct Member {
    std::size_t node;
    SocketId socket;
    PeerId id;
    InfoHash hash;
    bool complete;
  };
  struct Server {
    bool up = true;
    std::vector<Member> members;
  };

  Rig& sync(std::size_t at) {
    nodes[at].rig->now = now;
    return *nodes[at].rig;
  }
  void after(std::int64_t ms, std::function<void()> what) { queue_.emplace(now + milliseconds(ms), std::move(what)); }
  /// Links that are up are never silent, and those named as lost are ended.
  void input(std::size_t at, const std::function<void(Signaller&, Instant)>& call) {
    Rig& rig = sync(at);
    for (const Link& link : nodes[at].links) rig.signaller.heard(now, link.dial);
    rig.give([&](Signaller& s) { call(s, now); });
    while (const auto lost = rig.signaller.take_lost()) rig.release(*lost);
    settle(at);
  }

  /// The next event or deadline, if it comes by `limit`.
  bool step(Instant limit) {
    std::optional<Instant> next;
    std::optional<std::size_t> ticked;
    if (!queue_.empty()) next = queue_.begin()->first;
    for (const Node& n : nodes) {
      const auto due = n.alive ? n.rig->signaller.deadline() : std::nullopt;
      if (due && (!next || *due < *next)) {
        next = due;
        ticked = n.index;
      }
    }
    if (!next || *next > limit) {
      now = limit;
      return false;
    }
    now = std::max(now, *next);
    if (ticked) {
      input(*ticked, [](Signaller& s, Instant at) { s.tick(at); });
      const auto due = nodes[*ticked].rig->signaller.deadline();
      if (due && *due <= now) ++spins;
    } else {
      auto what = std::move(queue_.begin()->second);
      queue_.erase(queue_.begin());
      what();
    }
    return true;
  }

  /// Carries out what a node asked for.
  void settle(std::size_t at) {
    Node& n = nodes[at];
    n.most_connections = std::max(n.most_connections, static_cast<int>(n.rig->signaller.connections()));
    while (n.rig->looked < n.rig->records.size()) {
      const Record r = n.rig->records[n.rig->looked++];
      switch (r.kind) {
        case Record::Kind::open_socket: open_socket(at, r.socket, r.text); break;
        case Record::Kind::text:
          after(1, [this, at, r] { on_text(at, r.socket, r.text); });
          break;
        case Record::Kind::close_socket:
          after(1, [this, at, r] { forget(at, r.socket); });
          break;
        case Record::Kind::make_offer: make_connection(at, r.dial, "", true); break;
        case Record::Kind::make_answer: make_connection(at, r.dial, name_in(r.text), false); break;
        case Record::Kind::apply_answer:
          n.connections[r.dial].second = name_in(r.text);
          after(connect_ms, [this, at, r] { try_connect(at, r.dial); });
          break;
        case Record::Kind::close_dial: close_dial(at, r.dial); break;
        default: break;
      }
    }
  }

  void open_socket(std::size_t at, SocketId socket, const std::string& url) {
    after(2, [this, at, socket, url] {
      if (!nodes[at].alive) return;
      const bool up = servers_[url].up;
      if (up) sockets_[at][socket] = url;
      input(at, [&](Signaller& s, Instant when) { up ? s.socket_opened(when, socket) : s.socket_closed(when, socket); });
    });
  }
  void forget(std::size_t at, SocketId socket) {
    const auto it = sockets_[at].find(socket);
    if (it == sockets_[at].end()) return;
    std::erase_if(servers_[it->second].members, [&](const Member& m) { return m.node == at && m.socket == socket; });
    sockets_[at].erase(it);
  }

  void deliver(std::size_t at, SocketId socket, const std::string& frame) {
    after(1, [this, at, socket, frame] {
      if (!nodes[at].alive || !sockets_[at].contains(socket)) return;
      input(at, [&](Signaller& s, Instant when) { s.socket_text(when, socket, as_bytes(frame)); });
    });
  }

  void on_text(std::size_t at, SocketId socket, const std::string& frame) {
    const auto where = sockets_[at].find(socket);
    if (where == sockets_[at].end() || !nodes[at].alive) return;
    Server& server = servers_[where->second];
    const auto hash = json_id<InfoHash>(frame, "info_hash");
    const auto self = json_id<PeerId>(frame, "peer_id");
    if (frame.contains("\"to_peer_id\"")) {
      const auto to = json_id<PeerId>(frame, "to_peer_id");
      for (const Member& m : server.members) {
        if (m.id != to || m.hash != hash) continue;
        deliver(m.node, m.socket,
                relayed("answer", hash, self, json_id<OfferId>(frame, "offer_id"), json_text(frame, "sdp")));
        return;
      }
      return;
    }
    std::erase_if(server.members, [&](const Member& m) { return m.id == self && m.hash == hash; });
    if (json_text(frame, "event") == "stopped") return;
    server.members.push_back({at, socket, self, hash, frame.contains("\"left\":0,")});
    std::uint32_t complete = 0;
    std::vector<Member> others;
    std::uint32_t all = 0;
    for (const Member& m : server.members) {
      if (m.hash != hash) continue;
      ++all;
      if (m.complete) ++complete;
      if (m.id != self) others.push_back(m);
    }
    deliver(at, socket, reply_frame(hash, complete, all - complete));
    for (const OfferRow& row : offers_in(frame)) {
      if (others.empty()) break;
      const auto pick = others.begin() + static_cast<std::ptrdiff_t>(rng_.below(others.size()));
      deliver(pick->node, pick->socket, relayed("offer", hash, self, row.id, row.sdp));
      others.erase(pick);
    }
  }

  static std::string name_in(const std::string& sdp) {
    const std::size_t at = sdp.find("a=ice-ufrag:") + 12;
    return sdp.substr(at, sdp.find('\r', at) - at);
  }
  void make_connection(std::size_t at, DialId dial, const std::string& other, bool offer) {
    const std::string name = "n" + std::to_string(at) + "x" + std::to_string(dial.value) + "x";
    nodes[at].connections[dial] = {name, other};
    owners_[name] = {at, dial};
    describe(gather_ms, at, dial, name, offer, false);
    describe(gathering_complete_ms, at, dial, name, offer, true);
    if (!offer) after(gather_ms + connect_ms, [this, at, dial] { try_connect(at, dial); });
  }
  void describe(std::int64_t ms, std::size_t at, DialId dial, const std::string& name, bool offer, bool complete) {
    after(ms, [this, at, dial, name, offer, complete] {
      if (!nodes[at].alive || !nodes[at].connections.contains(dial)) return;
      input(at, [&](Signaller& s, Instant when) { s.local_sdp(when, dial, make_sdp(name, offer), complete); });
    });
  }
  void close_dial(std::size_t at, DialId dial) {
    const auto connection = nodes[at].connections.extract(dial);
    if (std::erase_if(nodes[at].links, [&](const Link& link) { return link.dial == dial; }) == 0) return;
    const auto [other, other_dial] = owners_.at(connection.mapped().second);
    after(1, [this, other, other_dial] { lose(other, other_dial); });
  }
  void lose(std::size_t at, DialId dial) {
    const auto it = std::ranges::find(nodes[at].links, dial, &Link::dial);
    if (it == nodes[at].links.end() || !nodes[at].alive) return;
    nodes[at].links.erase(it);
    input(at, [&](Signaller& s, Instant when) { s.release(when, dial); });
  }

  /// Both sides exist and name each other: the channel opens on both.
  void try_connect(std::size_t at, DialId dial) {
    const auto mine = nodes[at].connections.find(dial);
    if (!nodes[at].alive || mine == nodes[at].connections.end()) return;
    const auto owner = owners_.find(mine->second.second);
    if (owner == owners_.end()) return;
    const auto [other, other_dial] = owner->second;
    const auto theirs = nodes[other].connections.find(other_dial);
    if (!nodes[other].alive || theirs == nodes[other].connections.end()) return;
    if (theirs->second.second != mine->second.first || !reachable(at, other)) return;
    const bool here = open_channel(at, dial, other);
    const bool there = open_channel(other, other_dial, at);
    if (here != there) here ? lose(at, dial) : lose(other, other_dial);  // one side has closed it
  }
  bool open_channel(std::size_t at, DialId dial, std::size_t other) {
    Rig& rig = sync(at);
    const auto dialled = rig.give([&](Signaller& s) { return s.channel_opened(now, dial); });
    if (dialled) {
      ++nodes[at].opened;
      nodes[at].links.push_back({dial, dialled->torrent, other});
    }
    settle(at);
    return dialled.has_value();
  }

  Rng rng_;
  std::multimap<Instant, std::function<void()>> queue_;
  std::map<std::string, Server> servers_;
  std::map<std::size_t, std::map<SocketId, std::string>> sockets_;
  std::map<std::string, std::pair<std::size_t, DialId>> owners_;
};

}  // namespace samara::signal_test
