// From gradients to weights: penalties, clipping, decay, the method's update, constraints.
#pragma once

#include <cstdint>
#include <vector>

#include "graph_spec.h"
#include "kernels/kernels.h"
#include "step.h"
#include "weights.h"

namespace epochal {

template <class T>
class Optimizer {
 public:
  Optimizer(const GraphSpec& graph, const Kernels<T>& kernels);

  std::vector<Weights<T>>& weights() { return weights_; }
  const std::vector<Weights<T>>& weights() const { return weights_; }
  Weights<T>& weights(int parameter) { return weights_[size_t(parameter)]; }
  const Weights<T>& weights(int parameter) const { return weights_[size_t(parameter)]; }
  // The values of a parameter; null where there is none (-1).
  const T* values(int parameter) const {
    return parameter < 0 ? nullptr : weights(parameter).values.get();
  }
  bool trains(int parameter) const { return parameter >= 0 && weights(parameter).spec.trainable; }

  // What happens at a step. A `momentum` takes the place of the specification's momentum or beta1;
  // `u_product` is Nadam's running product, which an update carries on.
  UpdateStep<T> begin_step(std::int64_t iteration, T rate, const float* momentum,
                           T& u_product) const;

  // Whether the update of a parameter is its gradient times a number, added to the weights.
  bool adds_gradient(const UpdateStep<T>& step, int parameter) const;
  T learning_rate(const UpdateStep<T>& step, int parameter) const {
    return step.rule.rate * T(weights(parameter).spec.rate);
  }

  // Takes a finished piece of a parameter's gradient, `count` elements from `offset` of a panel: it
  // is used at once, or kept until its norm is known.
  void stage_update(const UpdateStep<T>& step, int parameter, size_t panel, long offset,
                    T* gradient, long count);
  // After the last piece of a panel.
  void end_update(int parameter, size_t panel);
  // The whole gradient of a panel of a vector, where there is one and it is trained.
  void update_vector(const UpdateStep<T>& step, int parameter, size_t panel, T* gradient,
                     long count);
  // After a barrier, where norms are clipped: every gradient is complete.
  void apply_clipped(const Worker& worker, const UpdateStep<T>& step);

  // After a step: the L2 norm of all gradients as one vector, before they are clipped.
  double gradient_norm() const;
  // Computes the penalties of weights that stay as they are, while testing.
  void refresh_penalties();

 private:
  UpdateRule<T> rule_at(std::int64_t update, T rate, const float* momentum, T& u_product) const;
  void add_penalty(Weights<T>& weights, size_t panel, long at, T* gradient, long count) const;
  void accumulate(const UpdateStep<T>& step, Weights<T>& weights, long at, T* gradient,
                  long count) const;
  void apply_update(const UpdateStep<T>& step, Weights<T>& weights, long at, T* gradient,
                    long count) const;

  const OptimizerSpec& spec_;
  const Kernels<T>& kernels_;
  std::vector<Weights<T>> weights_;  // of each parameter
};

extern template class Optimizer<float>;
extern template class Optimizer<double>;

}  // namespace epochal
