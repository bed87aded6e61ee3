// From a specification to layers and the tensors between them.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "layers/layer.h"
#include "tensor.h"

namespace epochal {

template <class T>
struct Layout {
  std::deque<Tensor<T>> tensors;  // of the inputs, then of the operations; they never move
  std::vector<std::unique_ptr<Layer<T>>> layers;  // of each operation, in order
  // Of each layer: whether it reads, forward and backward, what other threads may be writing.
  std::vector<bool> waits_forward, waits_backward;
};

// Throws InvalidGraph where an operation does not fit in.
template <class T>
Layout<T> lay_out(const Environment<T>& environment);

}  // namespace epochal
