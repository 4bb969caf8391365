// Owns: sorting in place. One small template, because each use of std::sort costs four kilobytes of download.
// Refuses to know: what is sorted. Not stable: give it a total order, then the result is the same everywhere.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <utility>

namespace samara {

/// Heap sort, n log n in the worst case. `less` is a strict total order.
template <class T, class Less = std::less<>>
void sort(std::span<T> items, Less less = {}) {
  std::size_t unsorted = items.size();  // behind it: the largest, in order
  std::size_t root = unsorted / 2;      // behind it: heaps
  while (unsorted > 1) {
    if (root > 0) {
      --root;
    } else {
      std::swap(items[0], items[--unsorted]);
    }
    for (std::size_t parent = root, child = 0; (child = 2 * parent + 1) < unsorted; parent = child) {
      if (child + 1 < unsorted && less(items[child], items[child + 1])) ++child;
      if (!less(items[parent], items[child])) break;
      std::swap(items[parent], items[child]);
    }
  }
}

}  // namespace samara
