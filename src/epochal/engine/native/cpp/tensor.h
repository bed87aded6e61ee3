// How the values of a batch lie in memory, and how they are shared between threads.
//
// Threads share a tensor by its columns or by its rows. Columns are cut into spans, and a thread
// owns neighbouring spans. Rows are cut into groups, as many as the size of the batch alone says,
// and a thread owns neighbouring groups. What a thread computes from what it owns needs no waiting;
// what needs more stands behind a barrier. Sums over rows are taken of each group, and then over
// the groups in order. No sum is ever split between threads: the results do not depend on how many
// there are.
#pragma once

#include <algorithm>
#include <vector>

#include "buffer.h"
#include "kernels/kernels.h"

namespace epochal {

enum class Partition : int { columns, rows };

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

// How many groups the rows of a batch are cut into.
constexpr long MOST_ROW_GROUPS = 32;
inline long row_groups(long rows) { return std::clamp(rows / 4, 8L, MOST_ROW_GROUPS); }

// What an operation gives for each row of a batch, and the gradient of the loss with respect to it.
template <class T>
struct Tensor {
  Tensor(long columns, Partition shared)
      : width(columns), ld(stride(columns)), partition(shared), spans(spans_of(columns)) {}

  // Vectors of channels may reach beyond the last pixel.
  void reserve(long batch) {
    values = Buffer<T>(batch * ld + LANE);
    gradient = Buffer<T>(batch * ld + LANE);
  }

  long width, ld;
  Partition partition;
  std::vector<Span> spans;
  Buffer<T> values, gradient;  // (batch, ld)
};

}  // namespace epochal
