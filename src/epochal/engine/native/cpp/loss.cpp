#include "loss.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "likelihood.h"

namespace epochal {
namespace {

// The loss of one error, and its derivative by the prediction.
template <class T>
struct Term {
  T value, slope;
};

template <class T>
Term<T> squared(T e) {
  return {.value = e * e, .slope = 2 * e};
}

template <class T>
Term<T> absolute(T e) {
  return {.value = std::abs(e), .slope = e > 0 ? T(1) : T(-1)};  // at 0 as JAX has it
}

template <class T>
Term<T> huber(T e, T delta) {
  const T size = std::abs(e);
  if (size <= delta) return {.value = T(0.5) * e * e, .slope = e};
  return {.value = delta * size - T(0.5) * delta * delta, .slope = e > 0 ? delta : -delta};
}

template <class T>
Term<T> log_cosh(T e) {
  const T size = std::abs(e);
  return {.value = size + std::log1p(std::exp(-2 * size)) - T(0.69314718055994530942),
          .slope = std::tanh(e)};
}

}  // namespace

template <class T>
Loss<T>::Loss(const LossSpec& spec, long outputs, const Kernels<T>& kernels)
    : spec_(spec), outputs_(outputs), kernels_(kernels) {
  if (outputs % spec.likelihood.size)
    throw InvalidGraph("graph: the parameters of a distribution do not fit the outputs");
}

template <class T>
void Loss<T>::predict_row(const T* z, T* p) const {
  const Link link = spec_.linked_outputs ? spec_.link : Link::none;
  switch (link) {
    case Link::softmax: kernels_.softmax(z, p, outputs_); return;
    case Link::sigmoid: return kernels_.activate({.kind = Activation::sigmoid}, z, p, outputs_);
    case Link::none: std::memcpy(p, z, size_t(outputs_) * sizeof(T));
  }
}

template <class T>
void Loss<T>::compute_rows(const Step<T>& step, const Data<T>& data, const Tensor<T>& last,
                           Metrics<T>& metrics) {
  step.own_rows(step.rows, [&](long b) {
    const long row = step.order[b];
    const T weight = data.weights ? data.weights[row] : T(1);
    T* p = predictions_.get() + b * last.ld;
    row_losses_[size_t(step.first + b)] =
        compute({.z = last.values.get() + b * last.ld,
                 .data = data,
                 .number = row,
                 .scale = spec_.mean ? weight / T(step.rows) : weight,
                 .p = p,
                 .dz = step.training ? last.gradient.get() + b * last.ld : nullptr}) *
        double(weight);
    if (step.predictions)
      std::memcpy(step.predictions + (step.first + b) * outputs_, p, size_t(outputs_) * sizeof(T));
    metrics.measure_row(step.first + b, p, data, row, weight);
  });
}

template <class T>
double Loss<T>::compute(const Row& row) const {
  const T delta = T(spec_.delta);
  double loss = 0;
  switch (spec_.kind) {
    case LossKind::sparse_categorical: loss = sparse_categorical(row); break;
    case LossKind::categorical: loss = categorical(row); break;
    case LossKind::binary: loss = binary(row); break;
    case LossKind::mse: loss = of_errors(row, squared<T>); break;
    case LossKind::mae: loss = of_errors(row, absolute<T>); break;
    case LossKind::huber: loss = of_errors(row, [delta](T e) { return huber(e, delta); }); break;
    case LossKind::log_cosh: loss = of_errors(row, log_cosh<T>); break;
    case LossKind::likelihood: loss = likelihood(row); break;
  }
  if (spec_.link != Link::none && !spec_.linked_outputs)
    std::memcpy(row.p, row.z, size_t(outputs_) * sizeof(T));
  return loss;
}

template <class T>
template <class Term>
double Loss<T>::of_errors(const Row& row, const Term& term) const {
  const T* y = row.data.targets_of(row.number, outputs_);
  double loss = 0;
  for (long c = 0; c < outputs_; c++) {
    row.p[c] = row.z[c];
    const auto [value, slope] = term(row.z[c] - y[c]);
    loss += double(value);
    if (row.dz) row.dz[c] = slope * row.scale / T(outputs_);
  }
  return loss / double(outputs_);
}

template <class T>
double Loss<T>::sparse_categorical(const Row& row) const {
  const double log_sum = kernels_.softmax(row.z, row.p, outputs_);
  const std::int32_t label = row.data.labels[row.number];
  const bool known = label >= 0 && label < outputs_;  // another one has no part in the loss
  for (long c = 0; row.dz && c < outputs_; c++)
    row.dz[c] = known ? (row.p[c] - T(c == label)) * row.scale : T(0);
  return known ? log_sum - double(row.z[label]) : 0.0;
}

template <class T>
double Loss<T>::categorical(const Row& row) const {
  const double log_sum = kernels_.softmax(row.z, row.p, outputs_);
  const T* y = row.data.targets_of(row.number, outputs_);
  const double smoothing = spec_.smoothing;
  const auto smooth = [&](long c) {
    return T(double(y[c]) * (1 - smoothing) + smoothing / double(outputs_));
  };
  double loss = 0;
  T total = 0;
  for (long c = 0; c < outputs_; c++) {
    total += smooth(c);
    loss += double(smooth(c)) * (log_sum - double(row.z[c]));
  }
  for (long c = 0; row.dz && c < outputs_; c++)
    row.dz[c] = (row.p[c] * total - smooth(c)) * row.scale;
  return loss;
}

template <class T>
double Loss<T>::binary(const Row& row) const {
  const T* y = row.data.targets_of(row.number, outputs_);
  const T scale = row.scale / T(outputs_);
  return kernels_.sigmoid_loss(row.z, y, T(spec_.smoothing), scale, outputs_, row.p, row.dz) /
         double(outputs_);
}

template <class T>
double Loss<T>::likelihood(const Row& row) const {
  std::memcpy(row.p, row.z, size_t(outputs_) * sizeof(T));
  const long size = spec_.likelihood.size, count = outputs_ / size;
  const T* y = row.data.targets_of(row.number, count);
  double loss = 0;
  for (long i = 0; i < count; i++)
    loss +=
        likelihood_loss(spec_.likelihood, double(y[i]), row.z + i * size,
                        double(row.scale) / double(count), row.dz ? row.dz + i * size : nullptr);
  return loss / double(count);
}

template <class T>
double Loss<T>::total(long rows, double penalty) const {
  double sum = 0;
  for (long b = 0; b < rows; b++) sum += row_losses_[size_t(b)];
  return (spec_.mean ? sum / double(rows) : sum) + penalty;
}

template class Loss<float>;
template class Loss<double>;

}  // namespace epochal
