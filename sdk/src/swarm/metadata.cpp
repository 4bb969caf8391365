// Owns: the scheduling and assembly of metadata.hpp.
#include "swarm/metadata.hpp"

#include <algorithm>
#include <cstring>

#include "base/checked.hpp"
#include "base/sort.hpp"

namespace samara {

std::uint32_t MetadataFetch::parts() const noexcept {
  return static_cast<std::uint32_t>(divide_up(size_, limits::metadata_piece_bytes));
}

void MetadataFetch::offer(LinkId link, std::optional<std::uint32_t> size) {
  Source& source = sources_[link];
  if (size && (*size == 0 || *size > limits::metadata_bytes_max)) size.reset();
  if (size) source.size = size;
  source.rejects = 0;
  source.rest_until = {};
  if (size_ == 0) choose_size();
}

void MetadataFetch::remove(LinkId link) {
  sources_.erase(link);
  // A size that nobody stands for any more must not keep the others waiting.
  if (size_ == 0) return;
  const bool backed = std::ranges::any_of(sources_, [&](const auto& pair) { return pair.second.size == size_; });
  if (!backed) {
    size_ = 0;
    choose_size();
  }
}

void MetadataFetch::begin(std::uint32_t size) {
  size_ = size;
  bytes_.clear();
  given_by_.assign(parts(), LinkId{});
  missing_ = parts();
}

// The size most links tell that can be asked; one that turned out wrong only when there is no other.
void MetadataFetch::choose_size() {
  std::map<std::uint32_t, std::uint32_t> votes;
  for (const auto& [link, source] : sources_) {
    if (source.size && now_ >= source.rest_until) ++votes[*source.size];
  }
  std::uint32_t best = 0;
  std::uint32_t best_votes = 0;
  for (const auto& [size, count] : votes) {
    const std::uint32_t weight = failed_sizes_.contains(size) ? 1 : 1 + count * 2;
    if (weight > best_votes) {
      best = size;
      best_votes = weight;
    }
  }
  if (best != 0) begin(best);
}

// True when every link that stands for the size has fallen silent or rejects.
bool MetadataFetch::stuck() const noexcept {
  return std::ranges::none_of(sources_, [&](const auto& pair) {
    const Source& source = pair.second;
    return source.size == size_ && (!source.asked.empty() || now_ >= source.rest_until);
  });
}

bool MetadataFetch::may_ask(const Source& source, Instant now) const noexcept {
  return now >= source.rest_until && source.asked.size() < limits::metadata_outstanding_max;
}

void MetadataFetch::expire(Instant now) {
  for (auto& [link, source] : sources_) {
    const auto dropped = std::erase_if(source.asked, [&](const auto& pair) {
      return now >= pair.second + milliseconds(limits::metadata_timeout_ms);
    });
    if (dropped > 0) source.rest_until = now + milliseconds(limits::metadata_retry_ms);
  }
}

// The link with the least to do, those that lied last. Alone: one link for all parts.
LinkId MetadataFetch::choose_link(Instant now) {
  if (alone_ && !alone_link_.none()) {
    const auto it = sources_.find(alone_link_);
    if (it != sources_.end() && it->second.size == size_ && now >= it->second.rest_until) {
      return may_ask(it->second, now) ? alone_link_ : LinkId{};
    }
    begin(size_);  // parts of the one that stopped answering are not mixed with another's
  }
  LinkId chosen{};
  const Source* best = nullptr;
  for (const auto& [link, source] : sources_) {
    if (source.size != size_ || !may_ask(source, now)) continue;
    const bool better = best == nullptr || (best->lied && !source.lied) ||
                        (best->lied == source.lied && source.asked.size() < best->asked.size());
    if (!better) continue;
    chosen = link;
    best = &source;
  }
  if (alone_) alone_link_ = chosen;
  return chosen;
}

std::vector<MetadataFetch::Ask> MetadataFetch::plan(Instant now) {
  std::vector<Ask> asks;
  now_ = now;
  expire(now);
  if (size_ == 0 || stuck()) choose_size();
  std::set<std::uint32_t> asked;
  for (const auto& [link, source] : sources_) {
    if (source.size != size_) continue;
    for (const auto& [piece, at] : source.asked) asked.insert(piece);
  }
  const auto ask = [&](LinkId link, Source& source, std::uint32_t piece) {
    source.asked.emplace(piece, now);
    asks.push_back({link, piece});
  };
  // Links that tell no size may have it all the same: the answer to part 0 tells it.
  for (auto& [link, source] : sources_) {
    if (!source.size && source.asked.empty() && may_ask(source, now)) ask(link, source, 0);
  }
  for (std::uint32_t piece = 0; size_ != 0 && piece < parts(); ++piece) {
    if (!given_by_[piece].none() || asked.contains(piece)) continue;
    const LinkId chosen = choose_link(now);
    if (chosen.none()) break;
    ask(chosen, sources_[chosen], piece);
  }
  return asks;
}

bool MetadataFetch::data(Instant now, LinkId link, std::uint32_t piece, std::uint32_t total, ByteSpan bytes) {
  const auto it = sources_.find(link);
  if (it == sources_.end() || it->second.asked.erase(piece) == 0) return false;
  Source& source = it->second;
  if (total == 0 || total > limits::metadata_bytes_max) {
    source.rest_until = now + milliseconds(limits::metadata_rest_ms);
    return false;
  }
  source.size = total;
  source.rejects = 0;
  if (size_ == 0) begin(total);
  if (total != size_ || piece >= parts() || !given_by_[piece].none()) return false;
  if (alone_ && link != alone_link_) return false;
  const std::uint32_t offset = piece * limits::metadata_piece_bytes;
  if (bytes.size() != std::min(limits::metadata_piece_bytes, size_ - offset)) return false;
  if (bytes_.empty()) bytes_.resize(size_);
  std::memcpy(bytes_.data() + offset, bytes.data(), bytes.size());
  given_by_[piece] = link;
  return --missing_ == 0;
}

void MetadataFetch::rejected(Instant now, LinkId link, std::uint32_t piece) {
  const auto it = sources_.find(link);
  if (it == sources_.end() || it->second.asked.erase(piece) == 0) return;
  Source& source = it->second;
  if (++source.rejects < limits::metadata_rejects_max) {
    source.rest_until = now + milliseconds(limits::metadata_retry_ms);
    return;
  }
  source.rejects = 0;
  source.rest_until = now + milliseconds(limits::metadata_rest_ms);
}

std::vector<LinkId> MetadataFetch::failed() {
  std::vector<LinkId> givers = given_by_;
  sort(std::span(givers));
  givers.erase(std::ranges::unique(givers).begin(), givers.end());
  for (auto& [link, source] : sources_) {
    if (std::ranges::find(givers, link) != givers.end()) source.lied = true;
    source.asked.clear();
  }
  if (failed_sizes_.size() >= limits::links_per_torrent_max) failed_sizes_.clear();
  failed_sizes_.insert(size_);
  size_ = 0;
  bytes_ = {};
  alone_ = true;
  alone_link_ = {};
  choose_size();
  return givers;
}

std::optional<Instant> MetadataFetch::deadline(Instant now) const noexcept {
  std::optional<Instant> at;
  const auto sooner = [&](Instant t) {
    if (!at || t < *at) at = t;
  };
  for (const auto& [link, source] : sources_) {
    for (const auto& [piece, asked] : source.asked) sooner(asked + milliseconds(limits::metadata_timeout_ms));
    if (source.rest_until > now) sooner(source.rest_until);
  }
  return at;
}

bool MetadataFetch::promising(Instant now) const noexcept {
  return std::ranges::any_of(sources_, [&](const auto& pair) {
    return pair.second.size.has_value() && now >= pair.second.rest_until;
  });
}

}  // namespace samara
