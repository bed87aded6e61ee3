// From a specification to layers and the tensors between them.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "layers/layer.h"
#include "tensor.h"

namespace epochal {

// A pass of a layer, or what stands before the barrier of one that has its own.
struct Stage {
  size_t layer;
  bool begins;
};

// Stages without a barrier between them: a thread goes through them with one group of rows after
// another, so that what one writes is still in cache where the next reads it.
struct Run {
  std::vector<Stage> stages;
  bool waits;  // at a barrier, for what other threads may be writing
};

template <class T>
struct Layout {
  // The floating-point operations that a row takes in a step of training, about.
  double operations() const;
  // The parts of a step of so many rows that threads can share.
  long parts(long rows) const;

  std::deque<Tensor<T>> tensors;  // of the inputs, then of the operations; they never move
  std::vector<std::unique_ptr<Layer<T>>> layers;  // of each operation, in order
  std::vector<Run> forward, backward;             // the last layer comes first in a pass backward
};

// Throws InvalidGraph where an operation does not fit in.
template <class T>
Layout<T> lay_out(const Environment<T>& environment);

}  // namespace epochal
