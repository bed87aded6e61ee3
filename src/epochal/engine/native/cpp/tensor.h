// How the values of a batch lie in memory, and how their columns are shared between threads.
//
// Columns are cut into spans, and a thread owns every span whose number is its own modulo the
// number of threads. What a thread computes from columns that it owns needs no waiting; what needs
// all columns of a row stands behind a barrier. No sum is ever split between threads: the results
// do not depend on how many there are.
#pragma once

#include <algorithm>
#include <vector>

#include "buffer.h"
#include "kernels/kernels.h"

namespace epochal {

struct Span {
  long first, width, used;  // as of a panel
};

inline long padded(long count) { return (count + LANE - 1) / LANE * LANE; }

// A distance between rows that is no multiple of a large power of two: such rows would fight for
// the same lines of the cache.
inline long stride(long width) { return (padded(width) / LANE | 1) * LANE; }

inline std::vector<Span> spans_of(long width) {
  const long lanes = padded(width) / LANE;
  long count = (lanes + 3) / 4;
  if (lanes > 1) count += count % 2;  // an even number: two threads have equal shares
  std::vector<Span> spans;
  for (long i = 0, first = 0; i < count; i++) {
    const long size = (lanes / count + (i < lanes % count)) * LANE;
    spans.push_back({.first = first, .width = size, .used = std::min(size, width - first)});
    first += size;
  }
  return spans;
}

// What an operation gives for each row of a batch, and the gradient of the loss with respect to it.
template <class T>
struct Tensor {
  explicit Tensor(long columns) : width(columns), ld(stride(columns)), spans(spans_of(columns)) {}

  void reserve(long batch) {
    values = Buffer<T>(batch * ld);
    gradient = Buffer<T>(batch * ld);
  }

  long width, ld;
  std::vector<Span> spans;
  Buffer<T> values, gradient;  // (batch, ld)
};

}  // namespace epochal
