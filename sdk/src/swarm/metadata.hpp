// Owns: fetching the info dictionary from peers (BEP 9): one assembly per torrent whatever the number
// of links, who was asked for which part, and who is left alone for a while.
// Refuses to know: messages, what the bytes mean.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "samara/bytes.hpp"
#include "samara/config.hpp"
#include "samara/ids.hpp"
#include "samara/time.hpp"

namespace samara {

class MetadataFetch {
 public:
  /// The link can be asked. `size` if it said one; a second call renews it and forgets old rejects.
  void offer(LinkId link, std::optional<std::uint32_t> size);
  void remove(LinkId link);

  struct Ask {
    LinkId link;
    std::uint32_t piece = 0;
  };
  /// What to ask now, spread over the links. Also gives up what is overdue.
  [[nodiscard]] std::vector<Ask> plan(Instant now);

  /// A part came. True when all parts are here: see bytes().
  [[nodiscard]] bool data(Instant now, LinkId link, std::uint32_t piece, std::uint32_t total, ByteSpan bytes);
  void rejected(Instant now, LinkId link, std::uint32_t piece);
  /// The bytes did not match. Starts over, with another size if one is known; returns who gave parts.
  [[nodiscard]] std::vector<LinkId> failed();

  [[nodiscard]] ByteSpan bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::optional<Instant> deadline(Instant now) const noexcept;
  /// Some link says it has the metadata and is not resting.
  [[nodiscard]] bool promising(Instant now) const noexcept;

 private:
  struct Source {
    std::optional<std::uint32_t> size;
    std::map<std::uint32_t, Instant> asked;  // piece → when
    Instant rest_until{};
    std::uint32_t rejects = 0;
    bool lied = false;                       // gave parts of something that did not match
  };
  [[nodiscard]] std::uint32_t parts() const noexcept;
  void begin(std::uint32_t size);
  void choose_size();
  [[nodiscard]] bool stuck() const noexcept;
  void expire(Instant now);
  [[nodiscard]] bool may_ask(const Source& source, Instant now) const noexcept;
  [[nodiscard]] LinkId choose_link(Instant now);

  Instant now_{};                            // of the last plan()
  std::map<LinkId, Source> sources_;
  Bytes bytes_;                              // allocated when the first part arrives
  std::uint32_t size_ = 0;                   // 0: not decided
  std::vector<LinkId> given_by_;             // per part; none: missing
  std::uint32_t missing_ = 0;
  bool alone_ = false;                       // after a failure: all parts from one link, so that it can be blamed
  LinkId alone_link_{};
  std::set<std::uint32_t> failed_sizes_;     // tried and wrong, at most one per link
};

}  // namespace samara
