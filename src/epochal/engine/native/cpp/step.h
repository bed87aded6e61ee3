// What a thread knows of the step that it has a part in.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "data.h"
#include "kernels/kernels.h"
#include "tensor.h"
#include "threads.h"

namespace epochal {

using Seed = std::array<std::uint32_t, 2>;

// One of the threads that run a step together: thread 0 to threads - 1.
struct Worker {
  int thread, threads;
  Barrier* barrier;
  long group = -1;  // of rows, while it goes through several layers with that one alone

  void wait() const { barrier->wait(); }

  // f(span, number) for each of the spans that this thread owns, which are neighbours.
  template <class F>
  void own_spans(const std::vector<Span>& spans, const F& f) const {
    for (size_t i = first_span(spans, thread); i < first_span(spans, thread + 1); i++)
      f(spans[i], i);
  }
  size_t first_span(const std::vector<Span>& spans, int thread) const {
    return spans.size() * size_t(thread) / size_t(threads);
  }

  // f(row) for this thread's share of the rows, where nobody minds which they are.
  template <class F>
  void own_rows(long rows, const F& f) const {
    for (long b = first_row(rows, thread); b < first_row(rows, thread + 1); b++) f(b);
  }
  long first_row(long rows, int of) const { return rows * of / threads; }

  // f(number, from, to) for each of the groups of rows that this thread owns, or for the one that
  // it is at.
  template <class F>
  void own_groups(long rows, const F& f) const {
    const long groups = row_groups(rows);
    const long first = group < 0 ? groups * thread / threads : group;
    const long last = group < 0 ? groups * (thread + 1) / threads : group + 1;
    for (long g = first; g < last; g++) f(g, rows * g / groups, rows * (g + 1) / groups);
  }

  // f() at each of these groups.
  template <class F>
  void at_own_groups(long rows, const F& f) {
    own_groups(rows, [&](long number, long, long) {
      group = number;
      f();
      group = -1;
    });
  }
};

// What the optimizer does at a step.
template <class T>
struct UpdateStep {
  UpdateRule<T> rule;
  bool updating = true;  // false while gradients are only accumulated
  bool overwriting = false;
  T average_momentum = 0;
  bool measures_gradients = false;  // their norm is asked for
  bool keeps_gradients = false;     // they are asked for themselves: nothing is updated
};

template <class T>
struct Step : Worker {
  explicit Step(const Worker& worker) : Worker(worker) {}

  long rows = 0;                        // of the batch, or of a piece of it
  long first = 0;                       // of them: its place in the batch
  const std::int32_t* order = nullptr;  // (rows,) which rows of the data they are
  long number = 0;                      // of this step, from the first of the call on
  bool training = false;
  const std::vector<Seed>* seeds = nullptr;  // as they are before the first step
  T* predictions = nullptr;                  // where those of this step are asked for
  UpdateStep<T> update;
  mutable RowsAhead<T> ahead;  // this thread's rows of the next step

  // For where another step follows: its rows come behind this one's.
  void look_ahead(const Data<T>& data) {
    const std::int32_t* next = order + rows;
    ahead = {data, next + first_row(rows, thread), next + first_row(rows, thread + 1)};
  }

  // f(row) for each of the rows that this thread owns of a tensor that is shared by rows.
  template <class F>
  void own_images(const F& f) const {
    this->own_groups(rows, [&](long, long from, long to) {
      for (long b = from; b < to; b++) f(b);
    });
  }

  // f(row, span) over the rows and the columns that a thread owns.
  template <class F>
  void own_pieces(const Tensor<T>& tensor, const F& f) const {
    if (tensor.partition == Partition::rows) {
      const Span whole{.first = 0, .width = padded(tensor.width), .used = tensor.width};
      return own_images([&](long b) { f(b, whole); });
    }
    this->own_spans(tensor.spans, [&](const Span& span, size_t) {
      for (long b = 0; b < rows; b++) f(b, span);
    });
  }

  // f(offset, count) over the elements that a thread owns, in long pieces.
  template <class F>
  void own_elements(const Tensor<T>& tensor, Partition partition, const F& f) const {
    if (threads == 1 && this->group < 0) return f(0, rows * tensor.ld);
    if (partition == Partition::rows)
      return this->own_groups(
          rows, [&](long, long from, long to) { f(from * tensor.ld, (to - from) * tensor.ld); });
    const std::vector<Span>& spans = tensor.spans;
    const size_t from = first_span(spans, thread), to = first_span(spans, thread + 1);
    if (from == to) return;
    const long first = spans[from].first, width = spans[to - 1].first + spans[to - 1].width - first;
    for (long b = 0; b < rows; b++) f(b * tensor.ld + first, width);
  }
  template <class F>
  void own_elements(const Tensor<T>& tensor, const F& f) const {
    own_elements(tensor, tensor.partition, f);
  }
};

}  // namespace epochal
