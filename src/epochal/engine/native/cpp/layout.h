// From a specification to layers and the tensors between them.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "layers/layer.h"
#include "tensor.h"

namespace epochal {

// Neighbouring layers, which a thread goes through with one group of rows after another, so that
// what one layer writes is still in cache where the next reads it.
struct Run {
  size_t first, last;  // the last one not included
  bool waits;          // for what other threads may be writing
};

template <class T>
struct Layout {
  std::deque<Tensor<T>> tensors;  // of the inputs, then of the operations; they never move
  std::vector<std::unique_ptr<Layer<T>>> layers;  // of each operation, in order
  std::vector<Run> forward, backward;
};

// Throws InvalidGraph where an operation does not fit in.
template <class T>
Layout<T> lay_out(const Environment<T>& environment);

}  // namespace epochal
