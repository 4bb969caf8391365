// Owns: the scripted life of one device: what it is asked, and what it was promised by each answer, at the moment of the answer.
// Refuses to know: crashes and faults; whoever lets them happen watches through `on_output`.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "sim/story.hpp"
#include "sim/truth.hpp"

namespace samara::sim {

inline constexpr std::string_view transfer_name = "arriving.webm";
/// A transfer of that many pieces of the smallest size; the last one is short.
inline constexpr std::size_t bytes_of_pieces(std::size_t pieces) { return pieces * 16'384 - 5'000; }
inline constexpr std::size_t picture_bytes = 60'000;                 // of updates that make the journal long


/// A device that shares one content by copy, kept as its disk: any world can start it from there.
struct Sender {
  Bytes content;
  std::string name;
  std::string url;
  std::string infohash;
  Blobs disk;
};

inline Sender make_sender(const Bytes& content, std::string_view name) {
  World world(5);
  const NodeId node = launch(world);
  const Shared shared = share_now(world, node, content, std::string(name), true);
  const Bytes snapshot = world.snapshot(node, Subject::share, shared.id);
  const auto document = bencode_decode(snapshot, bencode_own_limits);
  world.run_for(seconds(1));
  return {content, std::string(name), shared.url, hex_encode(document->root().string_or("infohash", {})), world.disk(node).durable};
}

class Life {
 public:
  /// Of everything the device puts out, before it is carried out.
  std::function<void(const Output&)> on_output;
  Truth truth;
  Contents contents;
  std::vector<std::string> refusals;   // codes of calls that failed, in order
  std::uint32_t silent = 0;            // calls that had no answer in time
  std::vector<std::uint64_t> removals; // store commands that had gone before each of them

  Life(World& world, const Sender& sender) : world_(world), sender_(sender), copied_(make_sender(lcg_bytes(33, 20'000), "copied.txt")) {
    contents = {{"first.webm", lcg_bytes(30, 3'000)}, {"second.webm", lcg_bytes(31, 2'000)}, {"third.webm", lcg_bytes(32, 1'500)},
                {"last.webm", lcg_bytes(34, 700)},    {copied_.url, copied_.content},       {sender.name, sender.content},
                {sender.infohash, sender.content}};
    Config slow = phone();
    slow.upload_bytes_per_second = 60'000;
    const NodeId other = world.add_node(slow, Disk(sender.disk));
    device_ = world.add_node(phone());
    world.watch = [this](NodeId node, const Output& output) {
      if (node != device_) return;
      listen(output);
      if (on_output) on_output(output);
    };
    world.start(other);
  }
  [[nodiscard]] NodeId device() const { return device_; }
  [[nodiscard]] const std::string& transfer() const { return transfer_; }
  [[nodiscard]] bool done() const { return done_; }

  /// What a call that failed had made is taken back: from some time after the failure on it must not be there.
  void settle() {
    for (const std::string& name : refused_) truth.items[name].kept = Kept::no;
    if (share_refused_) truth.shares[copied_.url].kept = Kept::no;
  }

  /// The whole story: everything a store is used for, while a transfer comes in. Without `pictures` it is a good deal cheaper,
  /// and the journal never gets so long that it is compacted.
  void live(bool pictures = true) {
    world_.start(device_);
    world_.run_for(milliseconds(50));
    save("first.webm", true);
    save("second.webm", true);
    share_copy();
    receive();
    until_verified(10);
    update("first.webm", "First, renamed", {}, false);
    remove("second.webm", true);
    until_verified(25);
    save("third.webm", false);
    update("first.webm", "First, again", {}, true);
    until_verified(40);
    first_picture_ = world_.disk(device_).commands;
    for (std::uint32_t i = 0; pictures && i < 12 && compactions_ == 0; ++i) {
      update("first.webm", "Picture " + std::to_string(i), lcg_bytes(40 + i, picture_bytes), true);
    }
    update("first.webm", "Small again", Bytes(1), true);
    after_pictures_ = world_.disk(device_).commands;
    finish();
    update(sender_.name, "Arrived", {}, true);
    save("last.webm", true);
    remove("first.webm", true);
    world_.run_for(seconds(3));
  }
  [[nodiscard]] std::uint32_t compactions() const { return compactions_; }
  /// The store commands that made the journal long and short again: from, and up to.
  [[nodiscard]] std::uint64_t first_picture() const { return first_picture_; }
  [[nodiscard]] std::uint64_t after_pictures() const { return after_pictures_; }

 private:
  static constexpr Duration patience = seconds(150);   // a slow command takes a minute

  using Then = std::function<void(const Error&, const Bytes&)>;

  /// Makes a call and, when asked to, waits for its end.
  void call(bool wait, const std::function<std::uint32_t()>& make, Then then) {
    const std::uint32_t request = ++last_request_;
    open_[request] = std::move(then);
    REQUIRE(make() == request);
    if (!wait) return;
    until([&] { return !open_.contains(request); }, patience);
    silent += open_.contains(request) ? 1 : 0;
  }

  /// Runs on; whatever stopped the transfer is tried again.
  void until(const std::function<bool()>& holds, Duration at_most) {
    const Instant end = world_.now() + at_most;
    while (!holds() && world_.now() < end) {
      world_.run_until([&] { return holds() || failed_; }, std::min(seconds(1), end - world_.now()));
      if (!std::exchange(failed_, false)) continue;
      world_.run_for(seconds(1));
      call(false, [&] { return world_.control(device_, CallVerb::resume, "transfer", transfer_); }, [](const Error&, const Bytes&) {});
    }
  }
  void until_verified(std::size_t percent) {
    const auto bytes = static_cast<std::int64_t>(sender_.content.size() * percent / 100);
    until([&] { return done_ || world_.number_of(device_, Subject::transfer, transfer_, "verified") >= bytes; }, patience);
  }
  void finish() {
    until([&] { return done_; }, patience);
  }

  void save(const std::string& name, bool wait) {
    truth.items[name].titles = {name};
    call(wait, [&] { return world_.save(device_, contents.at(name), name); }, [this, name](const Error& error, const Bytes& result) {
      if (!succeeded(error)) {
        refused_.push_back(name);
        return;
      }
      ids_[name] = text_in(result, "id");
      truth.items[name].kept = Kept::yes;
    });
  }
  void update(const std::string& name, const std::string& title, const Bytes& picture, bool wait) {
    if (!ids_.contains(name)) return;   // it could not be saved
    truth.items[name].titles.push_back(title);
    call(wait, [&] { return world_.update_item(device_, ids_[name], title, picture); }, [this, name, title](const Error& error, const Bytes&) {
      auto& titles = truth.items[name].titles;   // those given before this one are past
      if (succeeded(error)) titles.erase(titles.begin(), std::ranges::find(titles, title));
    });
  }
  void remove(const std::string& name, bool wait) {
    if (!ids_.contains(name)) return;
    removals.push_back(world_.disk(device_).commands);
    truth.items[name].leaving = true;
    if (truth.items[name].kept == Kept::yes) truth.items[name].kept = Kept::maybe;
    call(wait, [&] { return world_.control(device_, CallVerb::remove, "item", ids_[name]); }, [this, name](const Error& error, const Bytes&) {
      if (succeeded(error)) truth.items[name].kept = Kept::no;
    });
  }
  void share_copy() {
    truth.shares[copied_.url].state = "waiting";
    call(true, [&] { return world_.share(device_, copied_.content, copied_.name, true); }, [this](const Error& error, const Bytes&) {
      share_refused_ = !succeeded(error);
      if (!share_refused_) truth.shares[copied_.url].kept = Kept::yes;
    });
  }
  void receive() {
    truth.items[sender_.name].titles = {sender_.name};
    truth.transfers[sender_.infohash];
    call(true, [&] { return world_.receive(device_, sender_.url); }, [this](const Error& error, const Bytes& result) {
      if (succeeded(error)) transfer_ = text_in(result, "id");
    });
  }

  bool succeeded(const Error& error) {
    if (error.code == Code::ok) return true;
    refusals.emplace_back(to_string(error.code));
    return false;
  }

  void listen(const Output& output) {
    if (const auto* completed = std::get_if<out::Completed>(&output)) {
      if (completed->request.value > last_request_) return;   // somebody else looks at the device
      const auto node = open_.extract(completed->request.value);
      REQUIRE_FALSE(node.empty());
      node.mapped()(completed->error, to_bytes(completed->result));
    } else if (const auto* changed = std::get_if<out::Changed>(&output); changed != nullptr && changed->subject == Subject::transfer) {
      listen_to_transfer(to_bytes(changed->payload));
    } else if (const auto* removed = std::get_if<out::StoreDelete>(&output)) {
      compactions_ += is_journal(removed->blob) ? 1 : 0;
    }
  }
  void listen_to_transfer(const Bytes& payload) {
    const std::string state = text_in(payload, "state");
    failed_ = failed_ || state == "failed";
    if (state != "done" || done_) return;
    done_ = true;
    truth.transfers[sender_.infohash].kept = Kept::no;
    truth.items[sender_.name].kept = Kept::yes;
    const auto document = bencode_decode(payload, bencode_own_limits);
    if (const auto item = document->root().find("item")) ids_[sender_.name] = item->text_or("id", "");
  }

  World& world_;
  const Sender& sender_;
  Sender copied_;
  NodeId device_ = 0;
  std::uint32_t last_request_ = 0;
  std::map<std::uint32_t, Then> open_;
  std::map<std::string, std::string> ids_;
  std::vector<std::string> refused_;   // items whose save() failed
  bool share_refused_ = false;
  std::string transfer_;
  std::uint32_t compactions_ = 0;
  std::uint64_t first_picture_ = 0;
  std::uint64_t after_pictures_ = 0;
  bool failed_ = false;
  bool done_ = false;
};

}  // namespace samara::sim
