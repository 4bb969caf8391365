// Owns: one engine with a host that answers every store command at once, as a test tells it, and keeps what is said.
// Refuses to know: peers; for whole swarms there is sim/world.hpp.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/writer.hpp"
#include "codec/bencode.hpp"
#include "samara/engine.hpp"

namespace samara::test {

inline Config host_config() {
  Config config;
  config.trackers = {"ws://127.0.0.1:8000"};
  config.share_base = "https://memos.example/share/";
  return config;
}

struct Host {
  explicit Host(const Config& config = host_config(), bool opens = true) : engine(config, 3) {
    give(in::WallClock{1'800'000'000'000});
    if (opens) give(in::StoreOpened{});
  }

  void give(const Input& input) {
    take(input);
    while (!answers.empty()) {
      const auto answer = std::move(answers.front());
      answers.pop_front();
      take(in::StoreDone{answer.first, answer.second.empty() ? status : StoreStatus::ok, answer.second});
    }
  }
  /// The public spelling of how a call with this spec ended; "pending" while it has not.
  template <class Call>
  std::string call(std::string_view spec, std::uint32_t source = 0) {
    const RequestId request{++last_request};
    if constexpr (requires { Call{}.source; }) {
      give(Call{.request = request, .source = {source}, .spec = as_bytes(spec)});
    } else {
      give(Call{.request = request, .spec = as_bytes(spec)});
    }
    return ended();
  }
  std::string control(CallVerb verb, std::string_view what, std::string_view id) {
    Bytes spec;
    BencodeWriter(spec).begin_dict().field("id", id).field("what", what).end_dict();
    give(in::Control{{++last_request}, verb, spec});
    return ended();
  }
  [[nodiscard]] std::string ended() const {
    const auto it = ends.find(last_request);
    return it == ends.end() ? "pending" : std::string(to_string(it->second.code));
  }
  void tick(std::int64_t ms) {
    now = now + milliseconds(ms);
    give(in::Tick{});
  }

  Engine engine;
  Instant now = Instant{} + seconds(1);
  StoreStatus status = StoreStatus::ok;             // of what is answered from now on
  bool silent = false;                              // answer no command
  std::map<std::uint32_t, Error> ends;
  std::map<std::uint32_t, Bytes> results;
  std::uint32_t last_request = 0;
  std::function<void(const Output&)> watch;
  std::map<std::uint32_t, Bytes> blobs;             // what StoreRead gives
  Error ready{};

 private:
  void take(const Input& input) {
    engine.handle(now, input);
    while (const auto output = engine.poll()) {
      if (watch) watch(*output);
      note(*output);
    }
  }
  void note(const Output& output) {
    if (const auto* o = std::get_if<out::Ready>(&output)) ready = o->error;
    if (const auto* o = std::get_if<out::Completed>(&output)) {
      ends[o->request.value] = o->error;
      results[o->request.value] = to_bytes(o->result);
    }
    if (silent) return;
    if (const auto* o = std::get_if<out::StoreRead>(&output)) answers.emplace_back(o->op, blobs[o->blob.value]);
    if (const auto* o = std::get_if<out::StoreWrite>(&output)) answers.emplace_back(o->op, Bytes{});
    if (const auto* o = std::get_if<out::StoreReserve>(&output)) answers.emplace_back(o->op, Bytes{});
    if (const auto* o = std::get_if<out::StoreFlush>(&output)) answers.emplace_back(o->op, Bytes{});
    if (const auto* o = std::get_if<out::StoreDelete>(&output)) answers.emplace_back(o->op, Bytes{});
    if (const auto* o = std::get_if<out::StoreCopy>(&output)) answers.emplace_back(o->op, Bytes{});
    if (const auto* o = std::get_if<out::HashPieces>(&output)) hashed.push_back(*o);
  }

 public:
  std::vector<out::HashPieces> hashed;              // not answered: the test does, or does not

 private:
  std::deque<std::pair<StoreOp, Bytes>> answers;
};

}  // namespace samara::test
