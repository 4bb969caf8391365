// When what is complete may be served: the host holds it back while the network is metered or the page hidden.
#include "sim/story.hpp"

using namespace samara;
using namespace samara::sim;

namespace {

std::string reason_of(World& world, NodeId node, Subject subject, const std::string& id) {
  const Bytes snapshot = world.snapshot(node, subject, id);
  const auto document = bencode_decode(snapshot, bencode_own_limits);
  if (!document) return "";
  const auto reason = document->root().find("reason");
  return reason ? std::string(reason->text_or("code", "")) : "";
}

constexpr in::Network free_network{true, false, false};
constexpr in::Network metered_network{true, true, false};
constexpr in::Network hidden_page{true, false, true};

}  // namespace

TEST_CASE("reason metered: a share is neither announced nor served on a metered network, and goes on by itself") {
  World world(71);
  const NodeId sender = launch(world);
  const NodeId receiver = launch(world);
  world.set_network(sender, metered_network);
  const Bytes memo = lcg_bytes(1, 200'000);
  const Shared shared = share_now(world, sender, memo, "memo.webm");
  const std::string transfer = receive_now(world, receiver, shared.url);
  world.run_for(seconds(20));
  CHECK(world.text_of(sender, Subject::share, shared.id, "state") == "paused");
  CHECK(reason_of(world, sender, Subject::share, shared.id) == "metered");
  CHECK(reason_of(world, receiver, Subject::transfer, transfer) == "no-one-has-it");
  CHECK(world.sent_bytes(sender) == 0);
  world.set_network(sender, free_network);
  REQUIRE(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(5)));
  CHECK(world.text_of(sender, Subject::share, shared.id, "state") != "paused");
  CHECK(reason_of(world, sender, Subject::share, shared.id).empty());
}

TEST_CASE("a network that becomes metered ends the serving under way; a hidden page is paused") {
  World world(72);
  Config slow = phone();
  slow.upload_bytes_per_second = 50'000;
  const NodeId sender = launch(world, slow);
  const NodeId receiver = launch(world);
  const Shared shared = share_now(world, sender, lcg_bytes(2, 500'000), "memo.webm");
  const std::string transfer = receive_now(world, receiver, shared.url);
  REQUIRE(world.run_until([&] { return world.number_of(receiver, Subject::transfer, transfer, "verified") > 0; }, seconds(10)));
  world.set_network(sender, hidden_page);
  world.run_for(seconds(1));
  CHECK(reason_of(world, sender, Subject::share, shared.id) == "paused");
  CHECK(world.connections(sender) == 0);
  const std::uint64_t sent = world.sent_bytes(sender);
  world.set_network(sender, metered_network);
  CHECK(world.run_until([&] { return reason_of(world, sender, Subject::share, shared.id) == "metered"; }, seconds(1)));
  CHECK(reason_of(world, receiver, Subject::transfer, transfer) == "sender-left");
  CHECK(world.sent_bytes(sender) == sent);
  world.set_network(sender, free_network);
  CHECK(world.run_until([&] { return is_done(world, receiver, transfer); }, seconds(30)));
}

TEST_CASE("what one receives on a metered network still comes; it is served on only later") {
  World world(73);
  const NodeId sender = launch(world);
  const NodeId middle = launch(world);
  const NodeId last = launch(world);
  world.set_network(middle, metered_network);
  const Bytes memo = lcg_bytes(3, 300'000);
  const Shared shared = share_now(world, sender, memo, "memo.webm");
  const std::string first = receive_now(world, middle, shared.url);
  REQUIRE(world.run_until([&] { return is_done(world, middle, first); }, seconds(10)));
  world.crash(sender);
  const std::string second = receive_now(world, last, shared.url);
  world.run_for(seconds(60));
  CHECK_FALSE(is_done(world, last, second));
  world.set_network(middle, free_network);
  REQUIRE(world.run_until([&] { return is_done(world, last, second); }, seconds(20)));
  CHECK(received_bytes(world, last, second) == memo);
}

TEST_CASE("on a metered network nothing is served after a restart either") {
  World world(74);
  const NodeId sender = launch(world);
  const Shared shared = share_now(world, sender, lcg_bytes(4, 100'000), "memo.webm", true);
  world.crash(sender);
  world.start(sender);
  world.set_network(sender, metered_network);
  const NodeId receiver = launch(world);
  const std::string transfer = receive_now(world, receiver, shared.url);
  world.run_for(seconds(30));
  CHECK(reason_of(world, sender, Subject::share, shared.id) == "metered");
  CHECK(world.sent_bytes(sender) == 0);
}
