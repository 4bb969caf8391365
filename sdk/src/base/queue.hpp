// Owns: a first-in-first-out queue in one piece of memory, in place of std::deque: its users are short, and each
// std::deque costs a kilobyte of download. Refuses to know: what waits in it.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace samara {

/// Items in the order pushed. Iterators are pointers, valid until the next push, pop or erase.
template <class T>
class Queue {
 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  void push_back(T item) { items_.push_back(std::move(item)); }
  void push_front(T item) {
    if (first_ == 0) {
      items_.insert(items_.begin(), std::move(item));
    } else {
      items_[--first_] = std::move(item);
    }
  }
  void pop_front() {
    // The hole in front is closed when it is as long as the rest, so that a pop costs one move in the mean.
    ++first_;
    if (first_ < size()) return;
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  iterator erase(const_iterator at) {
    const auto index = at - items_.data();
    items_.erase(items_.begin() + index);
    return items_.data() + index;
  }
  void clear() noexcept {
    items_.clear();
    first_ = 0;
  }

  [[nodiscard]] bool empty() const noexcept { return first_ == items_.size(); }
  [[nodiscard]] std::size_t size() const noexcept { return items_.size() - first_; }
  [[nodiscard]] T& front() noexcept { return items_[first_]; }
  [[nodiscard]] const T& front() const noexcept { return items_[first_]; }
  [[nodiscard]] T& back() noexcept { return items_.back(); }
  [[nodiscard]] iterator begin() noexcept { return items_.data() + first_; }
  [[nodiscard]] iterator end() noexcept { return items_.data() + items_.size(); }
  [[nodiscard]] const_iterator begin() const noexcept { return items_.data() + first_; }
  [[nodiscard]] const_iterator end() const noexcept { return items_.data() + items_.size(); }

 private:
  std::vector<T> items_;
  std::size_t first_ = 0;
};

}  // namespace samara
