// A parameter in memory, with what the optimizer keeps of it.
#pragma once

#include <vector>

#include "buffer.h"
#include "graph_spec.h"
#include "kernels/kernels.h"

namespace epochal {

template <class T>
class Weights {
 public:
  Weights(const Parameter& spec, bool keeps_gradient);

  // Row-major values of the parameter (slot -1) or of one of the optimizer's slots.
  void load(int slot, const T* values);
  void store(int slot, T* values) const;
  void store_gradient(T* values) const;

  // Makes the columns of a panel what the parameter's constraint asks for.
  void constrain(size_t panel);

  // The elements that a panel has in memory, padding included.
  long size(size_t panel) const { return spec.rows * panels[panel].width; }

  const Parameter& spec;
  std::vector<Panel<T>> panels;  // of the values
  std::vector<long> offsets;     // of each panel in all that follows
  Buffer<T> values, gradient;    // the gradient only where it is kept until it is complete
  std::vector<Buffer<T>> slots;
  // Of each panel: the penalty, and the sum of the squares of its gradient: before it is clipped,
  // and as it came.
  std::vector<double> penalties, squares, measured;

 private:
  void scale_columns(const Panel<T>& panel);
};

extern template class Weights<float>;
extern template class Weights<double>;

}  // namespace epochal
