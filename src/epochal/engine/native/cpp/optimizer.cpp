#include "optimizer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace epochal {
namespace {

constexpr long PENALTY_ROWS = 32;  // rows of a panel whose penalty is summed in one go

double sum_of(const std::vector<double>& parts) {
  double sum = 0;
  for (const double part : parts) sum += part;
  return sum;
}

// The moving average of weights, which take its place from time to time.
template <class T>
void average(const UpdateStep<T>& step, T* values, T* averages, long count) {
  const T keep = step.average_momentum, add = T(1) - keep;
  for (long i = 0; i < count; i++) {
    averages[i] = keep * averages[i] + add * values[i];
    if (step.overwriting) values[i] = averages[i];
  }
}

}  // namespace

template <class T>
Optimizer<T>::Optimizer(const GraphSpec& graph, const Kernels<T>& kernels)
    : spec_(graph.optimizer), kernels_(kernels) {
  for (const Parameter& p : graph.parameters)
    weights_.emplace_back(p, p.trainable && spec_.clips_norms());
}

template <class T>
UpdateRule<T> Optimizer<T>::rule_at(std::int64_t update, T rate, const float* momentum,
                                    T& u_product) const {
  const Method method = spec_.method;
  const bool means = method == Method::adam || method == Method::nadam || method == Method::adamax;
  const double beta1 = momentum && means ? *momentum : spec_.beta1;
  const T b1 = T(beta1), b2 = T(spec_.beta2);
  // Nadam subtracts in the weights' precision, the others before they round to it.
  const bool late = method == Method::nadam;
  UpdateRule<T> rule{
      .method = method,
      .rate = rate,
      .momentum = T(momentum && !means ? *momentum : spec_.momentum),
      .beta1 = b1,
      .beta2 = b2,
      .one_minus_beta1 = late ? T(1) - b1 : T(1 - beta1),
      .one_minus_beta2 = late ? T(1) - b2 : T(1 - spec_.beta2),
      .epsilon = T(spec_.epsilon),
      .centered = spec_.centered,
      .amsgrad = spec_.amsgrad,
      .with_momentum = spec_.momentum > 0,
  };
  const T t = T(update + 1);
  const T left1 = T(1) - std::pow(b1, t), left2 = T(1) - std::pow(b2, t);
  if (method == Method::adam) rule.scale = rate * std::sqrt(left2) / left1;
  if (method == Method::adamax) rule.scale = left1;
  if (method == Method::nadam) {
    const T u = b1 * (T(1) - T(0.5) * std::pow(T(0.96), t));
    const T next = b1 * (T(1) - T(0.5) * std::pow(T(0.96), t + T(1)));
    u_product *= u;
    rule.moment_scale = next / (T(1) - u_product * next);
    rule.gradient_scale = (T(1) - u) / (T(1) - u_product);
    rule.variance_scale = T(1) / left2;
  }
  return rule;
}

// While gradients are only accumulated nothing else moves: an update counts as one iteration.
template <class T>
UpdateStep<T> Optimizer<T>::begin_step(std::int64_t iteration, T rate, const float* momentum,
                                       T& u_product) const {
  const std::int64_t update = iteration / spec_.accumulation;
  UpdateStep<T> step;
  step.updating = (iteration + 1) % spec_.accumulation == 0;
  T moved = u_product;
  step.rule = rule_at(update, rate, momentum, moved);
  if (step.updating) u_product = moved;
  step.average_momentum = update == 0 ? T(0) : T(spec_.average_momentum);
  step.overwriting = spec_.overwriting > 0 && (update + 1) % spec_.overwriting == 0;
  return step;
}

template <class T>
bool Optimizer<T>::adds_gradient(const UpdateStep<T>& step, int parameter) const {
  const Parameter& p = weights(parameter).spec;
  return !step.measures_gradients && !step.keeps_gradients && spec_.method == Method::sgd &&
         !spec_.clips_norms() && spec_.clip_value <= 0 && p.l1 == 0 && p.l2 == 0 &&
         p.all_slots() == 0 && (!p.decayed || spec_.decay == 0);
}

template <class T>
void Optimizer<T>::stage_update(const UpdateStep<T>& step, int parameter, size_t panel, long offset,
                                T* gradient, long count) {
  Weights<T>& weights = this->weights(parameter);
  const Parameter& p = weights.spec;
  const long at = weights.offsets[panel] + offset;
  if (offset == 0) weights.penalties[panel] = weights.squares[panel] = weights.measured[panel] = 0;
  if (p.l1 != 0 || p.l2 != 0) add_penalty(weights, panel, at, gradient, count);
  if (step.measures_gradients) weights.measured[panel] += kernels_.sum_of_squares(gradient, count);
  if (p.summed && !step.keeps_gradients) accumulate(step, weights, at, gradient, count);
  if (spec_.clips_norms()) {
    weights.squares[panel] += kernels_.sum_of_squares(gradient, count);
    std::memcpy(weights.gradient.get() + at, gradient, size_t(count) * sizeof(T));
    return;
  }
  if (spec_.clip_value > 0) kernels_.clip(gradient, T(spec_.clip_value), count);
  apply_update(step, weights, at, gradient, count);
}

template <class T>
void Optimizer<T>::add_penalty(Weights<T>& weights, size_t panel, long at, T* gradient,
                               long count) const {
  const Parameter& p = weights.spec;
  weights.penalties[panel] +=
      kernels_.penalise(weights.values.get() + at, gradient, T(p.l1), T(p.l2), count);
  const Panel<T>& columns = weights.panels[panel];
  for (long r = 0; r < count; r += columns.width)  // |0| has a slope, but padding stays zero
    for (long c = columns.used; c < columns.width; c++) gradient[r + c] = 0;
}

// Adds to the gradients of the steps before; at an update, the gradient becomes their mean.
template <class T>
void Optimizer<T>::accumulate(const UpdateStep<T>& step, Weights<T>& weights, long at, T* gradient,
                              long count) const {
  T* sum = weights.slots[size_t(weights.spec.sum())].get() + at;
  const T steps = T(spec_.accumulation);
  for (long i = 0; i < count; i++) {
    const T total = gradient[i] + sum[i];
    gradient[i] = total / steps;
    sum[i] = step.updating ? T(0) : total;
  }
}

template <class T>
void Optimizer<T>::apply_update(const UpdateStep<T>& step, Weights<T>& weights, long at,
                                T* gradient, long count) const {
  const Parameter& p = weights.spec;
  T* values = weights.values.get() + at;
  const auto slot = [&](int s) {
    return s < p.slots ? weights.slots[size_t(s)].get() + at : nullptr;
  };
  if (step.updating) {
    UpdateRule<T> rule = step.rule;
    rule.rate *= T(p.rate);
    if (rule.method == Method::adam) rule.scale *= T(p.rate);
    if (p.decayed && spec_.decay != 0)
      kernels_.decay_weights(values, T(spec_.decay), rule.rate, count);
    kernels_.update(rule, values, gradient, slot(0), slot(1), slot(2), count);
  }
  if (p.averaged) average(step, values, weights.slots[size_t(p.average())].get() + at, count);
  if (!p.masked) return;
  const T* mask = weights.slots[size_t(p.mask())].get() + at;
  for (long i = 0; i < count; i++) values[i] = mask[i] > 0 ? values[i] : T(0);
}

template <class T>
void Optimizer<T>::end_update(int parameter, size_t panel) {
  if (!spec_.clips_norms()) weights(parameter).constrain(panel);
}

template <class T>
void Optimizer<T>::update_vector(const UpdateStep<T>& step, int parameter, size_t panel,
                                 T* gradient, long count) {
  if (!trains(parameter)) return;
  // Sums over pixels reach beyond the channels, and the norm of a gradient is of all that is there.
  std::fill(gradient + weights(parameter).panels[panel].used, gradient + count, T(0));
  stage_update(step, parameter, panel, 0, gradient, count);
  end_update(parameter, panel);
}

template <class T>
void Optimizer<T>::apply_clipped(const Worker& worker, const UpdateStep<T>& step) {
  worker.wait();
  double global = 0;
  for (const Weights<T>& weights : weights_)
    if (weights.spec.trainable) global += sum_of(weights.squares);
  global = std::sqrt(global);
  const bool each_alone = spec_.clip_norm > 0;
  const double limit = each_alone ? spec_.clip_norm : spec_.clip_global_norm;
  for (Weights<T>& weights : weights_) {
    if (!weights.spec.trainable) continue;
    const double norm = each_alone ? std::sqrt(sum_of(weights.squares)) : global;
    const double factor =
        std::isfinite(norm) ? limit / norm : std::numeric_limits<double>::quiet_NaN();
    for (auto p = size_t(worker.thread); p < weights.panels.size(); p += size_t(worker.threads)) {
      T* gradient = weights.gradient.get() + weights.offsets[p];
      if (step.updating && !(norm <= limit))
        kernels_.multiply_by(gradient, T(factor), weights.size(p));
      apply_update(step, weights, weights.offsets[p], gradient, weights.size(p));
      weights.constrain(p);
    }
  }
}

template <class T>
double Optimizer<T>::gradient_norm() const {
  double squares = 0;
  for (const Weights<T>& weights : weights_)
    if (weights.spec.trainable)
      for (const double part : weights.measured) squares += part;
  return std::sqrt(squares);
}

template <class T>
void Optimizer<T>::refresh_penalties() {
  for (Weights<T>& weights : weights_) {
    const Parameter& p = weights.spec;
    const bool penalised = p.l1 != 0 || p.l2 != 0;
    for (size_t s = 0; s < weights.panels.size(); s++) {
      const Panel<T>& panel = weights.panels[s];
      weights.penalties[s] = 0;
      for (long r = 0; penalised && r < p.rows; r += PENALTY_ROWS)
        weights.penalties[s] +=
            kernels_.penalise(panel.weights + r * panel.width, nullptr, T(p.l1), T(p.l2),
                              std::min(PENALTY_ROWS, p.rows - r) * panel.width);
    }
  }
}

template class Optimizer<float>;
template class Optimizer<double>;

}  // namespace epochal
