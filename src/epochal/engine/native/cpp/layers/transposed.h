// The transpose of a matrix of weights, in panels: a product with it reads it row by row.
#pragma once

#include <vector>

#include "buffer.h"
#include "step.h"
#include "tensor.h"

namespace epochal {

template <class T>
class Transposed {
 public:
  Transposed() = default;
  // Of a matrix (rows, columns).
  Transposed(long rows, long columns)
      : inner_(columns), spans_(spans_of(rows)), values_(padded(rows) * columns) {}

  // Takes this thread's part of the matrix over; others may read it behind a barrier.
  void take(const Step<T>& step, const std::vector<Panel<T>>& matrix) const {
    step.own_spans(spans_, [&](const Span& span, size_t) {
      T* to = values_.get() + span.first * inner_;
      for (const Panel<T>& panel : matrix)
        for (long c = 0; c < panel.used; c++)
          for (long r = 0; r < span.used; r++)
            to[(panel.first + c) * span.width + r] =
                panel.weights[(span.first + r) * panel.width + c];
    });
  }

  // f(weights, span) for each of its panels (inner, width).
  template <class F>
  void each_panel(const F& f) const {
    for (const Span& span : spans_) f(values_.get() + span.first * inner_, span);
  }

  long inner() const { return inner_; }

 private:
  long inner_ = 0;
  std::vector<Span> spans_;
  Buffer<T> values_;
};

}  // namespace epochal
