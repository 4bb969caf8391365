// Every reason that the engine gives, brought about: docs/errors.md names these cases.
#include <doctest/doctest.h>

#include "codec/metainfo.hpp"
#include "hostile/fake_peer.hpp"
#include "sim/story.hpp"
#include "unit/docs_host.hpp"
#include "unit/signal_rig.hpp"

using namespace samara;
using namespace samara::sim;

namespace {

std::string code_in(const Bytes& payload) {
  const auto document = bencode_decode(payload, bencode_own_limits);
  if (!document) return "";
  const auto reason = document->root().find("reason");
  return reason ? std::string(reason->text_or("code", "")) : "";
}

std::string reason_of(World& world, NodeId node, const std::string& transfer) {
  return code_in(world.snapshot(node, Subject::transfer, transfer));
}

bool becomes(World& world, NodeId node, const std::string& transfer, std::string_view code, Duration at_most) {
  return world.run_until([&] { return reason_of(world, node, transfer) == code; }, at_most);
}

/// An engine whose socket, dials and latest reason of a transfer a test can see.
struct Listener {
  Listener() {
    host.watch = [this](const Output& output) {
      if (const auto* o = std::get_if<out::OpenSocket>(&output)) socket = o->socket;
      if (const auto* o = std::get_if<out::SendText>(&output)) frame = o->utf8;
      if (const auto* o = std::get_if<out::MakeOffer>(&output)) dials.push_back(o->dial);
      if (const auto* o = std::get_if<out::Changed>(&output); o != nullptr && o->subject == Subject::transfer) {
        reason = code_in(to_bytes(o->payload));
      }
    };
  }
  /// The tracker's socket opens and the first offer goes out; the offer.
  signal_test::OfferRow announce_offer() {
    host.give(in::SocketOpened{socket});
    REQUIRE_FALSE(dials.empty());
    const std::string sdp = signal_test::make_sdp("near", true);
    host.give(in::LocalSdp{dials[0], as_bytes(sdp), true});
    for (int i = 0; i < 10; ++i) host.tick(20);
    const auto rows = signal_test::offers_in(frame);
    REQUIRE(rows.size() == 1);
    return rows[0];
  }
  test::Host host;
  SocketId socket;
  std::vector<DialId> dials;
  std::string frame;   // the latest to the tracker
  std::string reason;
};

Config slow_phone(std::uint64_t bytes_per_second) {
  Config config = phone();
  config.upload_bytes_per_second = bytes_per_second;
  return config;
}

}  // namespace

TEST_CASE("reason no-one-has-it: announced, and the tracker counts nobody else") {
  World world(31);
  const NodeId node = launch(world);
  const std::string transfer = receive_now(world, node, std::string(40, 'a'));
  CHECK(becomes(world, node, transfer, "no-one-has-it", seconds(5)));
}

TEST_CASE("reason offline: the host said so; paused: the caller did") {
  World world(32);
  const NodeId node = launch(world);
  const std::string transfer = receive_now(world, node, std::string(40, 'a'));
  world.set_online(node, false);
  CHECK(becomes(world, node, transfer, "offline", seconds(1)));
  world.set_online(node, true);
  CHECK(becomes(world, node, transfer, "no-one-has-it", seconds(10)));
  world.control(node, CallVerb::pause, "transfer", transfer);
  CHECK(becomes(world, node, transfer, "paused", seconds(1)));
}

TEST_CASE("reason trackers-unreachable: no tracker could be opened") {
  World world(33);
  const NodeId node = launch(world);
  world.restart_tracker(seconds(60));
  const std::string transfer = receive_now(world, node, std::string(40, 'a'));
  CHECK(becomes(world, node, transfer, "trackers-unreachable", seconds(5)));
  CHECK(becomes(world, node, transfer, "no-one-has-it", seconds(120)));
}

TEST_CASE("reason cannot-connect: somebody is there and connections to it fail") {
  World world(34);
  const NodeId sender = launch(world);
  const NodeId receiver = launch(world);
  world.block_pair(sender, receiver);
  const Shared shared = share_now(world, sender, lcg_bytes(1, 50'000), "memo.webm");
  const std::string transfer = receive_now(world, receiver, shared.url);
  CHECK(becomes(world, receiver, transfer, "cannot-connect", seconds(40)));
}

TEST_CASE("reason sender-left: it was linked, and now nobody is there") {
  World world(35);
  const NodeId sender = launch(world, slow_phone(50'000));
  const NodeId receiver = launch(world);
  const Shared shared = share_now(world, sender, lcg_bytes(1, 2'000'000), "memo.webm");
  const std::string transfer = receive_now(world, receiver, shared.url);
  REQUIRE(world.run_until([&] { return world.number_of(receiver, Subject::transfer, transfer, "verified") > 0; }, seconds(20)));
  world.crash(sender);
  CHECK(becomes(world, receiver, transfer, "sender-left", seconds(60)));
}

TEST_CASE("reason choked: the one peer that has everything does not unchoke us") {
  CreateSpec spec;
  spec.files = {{"memo.webm", 50'000}};
  Metainfo metainfo = plan_torrent(spec).value();
  REQUIRE(finish_torrent(metainfo, Bytes(std::size_t{20} * metainfo.piece_count(), 1)).has_value());
  Listener listener;
  test::Host& host = listener.host;
  Bytes receive;
  BencodeWriter(receive).begin_dict().field("torrent", encode_torrent_file(metainfo, {}, {}, "", 0)).end_dict();
  REQUIRE(host.call<in::Receive>(as_text(receive)) == "ok");
  const signal_test::OfferRow offer = listener.announce_offer();
  const std::string answer =
      signal_test::relayed("answer", metainfo.info_hash, signal_test::peer("-WW0300-stranger1234"), offer.id, signal_test::make_sdp("faraway", false));
  host.give(in::SocketText{listener.socket, as_bytes(answer)});
  host.give(in::ChannelOpened{{1}, listener.dials[0], 65'536});
  test::FakePeer says;
  says.handshake(metainfo.info_hash, signal_test::peer("-WW0300-stranger1234")).webtorrent_extended_handshake().have_all();
  host.give(in::ChannelBytes{{1}, says.script()});
  for (int i = 0; i < 10; ++i) host.tick(100);
  CHECK(listener.reason == "choked");
}

TEST_CASE("reason source-needed: a referenced share after a restart") {
  World world(37);
  const NodeId node = launch(world);
  const Shared shared = share_now(world, node, lcg_bytes(2, 50'000), "a.webm");
  world.crash(node);
  world.start(node);
  world.run_for(milliseconds(200));
  CHECK(code_in(world.snapshot(node, Subject::share, shared.id)) == "source-needed");
}

TEST_CASE("reason storage-full: the journal cannot be written; it goes when it can") {
  World world(38);
  const NodeId node = launch(world);
  const auto state_reason = [&] {
    const Bytes state = world.snapshot(node, Subject::state, "");
    const auto document = bencode_decode(state, bencode_own_limits);
    std::string codes;
    if (document) {
      for (const BencodeView reason : document->root().list("reasons")) codes += reason.text_or("code", "");
    }
    return codes;
  };
  const std::uint32_t saved = world.save(node, lcg_bytes(1, 500), "memo.webm");
  world.run_for(seconds(3));
  world.disk(node).capacity_bytes = 0;
  // More than what is reserved ahead of the journal's end.
  world.update_item(node, text_in(world.answer(node, saved)->result, "id"), "Memo", Bytes(limits::app_meta_bytes_max, 'x'));
  CHECK(world.run_until([&] { return state_reason() == "storage-full"; }, seconds(10)));
  world.disk(node).capacity_bytes = 1ULL << 40;
  CHECK(world.run_until([&] { return state_reason().empty(); }, seconds(10)));
}

TEST_CASE("reason local-network-blocked: the browser keeps the connection from the local network") {
  Listener listener;
  test::Host& host = listener.host;
  REQUIRE(host.call<in::Receive>("d4:link40:" + std::string(40, 'a') + "e") == "ok");
  listener.announce_offer();
  InfoHash hash;
  hash.bytes.fill(0xaa);
  const std::string reply = signal_test::reply_frame(hash, 1, 1);
  host.give(in::SocketText{listener.socket, as_bytes(reply)});
  host.give(in::DialFailed{listener.dials[0], DialFailure::local_network_blocked});
  for (int i = 0; i < 10; ++i) host.tick(100);
  CHECK(listener.reason == "local-network-blocked");
}
