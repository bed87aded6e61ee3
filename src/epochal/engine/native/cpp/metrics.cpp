#include "metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "likelihood.h"

namespace epochal {
namespace {

template <class T>
long largest(const T* values, long count) {
  long best = 0;
  for (long c = 1; c < count; c++)
    if (values[c] > values[best]) best = c;
  return best;
}

// Keras' epsilon: probabilities are kept so far from 0 and 1.
template <class T>
T clipped(T probability) {
  return std::clamp(probability, T(1e-7), T(1) - T(1e-7));
}

template <class T>
T binary_crossentropy(const T* p, const T* y, long count) {
  T sum = 0;
  for (long c = 0; c < count; c++)
    sum -= y[c] * std::log(clipped(p[c])) + (1 - y[c]) * std::log(1 - clipped(p[c]));
  return sum / T(count);
}

template <class T>
T categorical_crossentropy(const T* p, const T* y, long count) {
  const T total = std::accumulate(p, p + count, T(0));
  T sum = 0;
  for (long c = 0; c < count; c++)
    if (y[c] != 0) sum -= y[c] * std::log(clipped(p[c] / total));
  return sum;
}

// A label that is no class is a row of zeros.
template <class T>
T sparse_categorical_crossentropy(const T* p, std::int32_t label, long count) {
  if (label < 0 || label >= count) return 0;
  return -std::log(clipped(p[label] / std::accumulate(p, p + count, T(0))));
}

template <class T>
T likelihood(const LikelihoodSpec& spec, const T* p, const T* y, long count) {
  const long targets = count / spec.size;
  double sum = 0;
  for (long i = 0; i < targets; i++)
    sum += likelihood_loss<T>(spec, double(y[i]), p + i * spec.size, 0, nullptr);
  return T(sum / double(targets));
}

template <class T>
T measure_targets(const MetricSpec& metric, const T* p, const T* y, long n) {
  T sum = 0;
  switch (metric.kind) {
    case MetricKind::accuracy: return T(largest(p, n) == largest(y, n));
    case MetricKind::categorical_crossentropy: return categorical_crossentropy(p, y, n);
    case MetricKind::binary_crossentropy: return binary_crossentropy(p, y, n);
    case MetricKind::likelihood: return likelihood(metric.likelihood, p, y, n);
    case MetricKind::binary_accuracy:
      for (long c = 0; c < n; c++) sum += T(T(p[c] > T(metric.threshold)) == y[c]);
      break;
    case MetricKind::mse:
      for (long c = 0; c < n; c++) sum += (p[c] - y[c]) * (p[c] - y[c]);
      break;
    case MetricKind::mae:
      for (long c = 0; c < n; c++) sum += std::abs(p[c] - y[c]);
      break;
    case MetricKind::sparse_accuracy:
    case MetricKind::sparse_categorical_crossentropy: break;  // of labels, measured before
  }
  return sum / T(n);
}

}  // namespace

template <class T>
Metrics<T>::Metrics(const std::vector<MetricSpec>& specs, long outputs)
    : totals(specs.size() + 1), specs_(specs), outputs_(outputs) {}

template <class T>
void Metrics<T>::reserve(long batch) {
  capacity_ = batch;
  weights_.assign(size_t(batch), 1);
  measures_.assign(size_t(batch) * specs_.size(), 0);
}

template <class T>
void Metrics<T>::measure_row(long b, const T* p, const Data<T>& data, long row, T weight) {
  weights_[size_t(b)] = weight;
  for (size_t m = 0; m < specs_.size(); m++)
    measures_[m * size_t(capacity_) + size_t(b)] = measure(specs_[m], p, data, row);
}

template <class T>
T Metrics<T>::measure(const MetricSpec& metric, const T* p, const Data<T>& data, long row) const {
  const long n = outputs_;
  if (metric.kind == MetricKind::sparse_accuracy) return T(largest(p, n) == data.labels[row]);
  if (metric.kind == MetricKind::sparse_categorical_crossentropy)
    return sparse_categorical_crossentropy(p, data.labels[row], n);
  return measure_targets(metric, p, data.targets_of(row, n / metric.likelihood.size), n);
}

template <class T>
void Metrics<T>::sum_metrics(long rows, double loss) {
  totals[0][0] += T(loss) * T(rows);
  totals[0][1] += T(rows);
  for (size_t m = 0; m < specs_.size(); m++) {
    double value = 0, weight = 0;
    for (long b = 0; b < rows; b++) {
      const double share = specs_[m].weighted ? double(weights_[size_t(b)]) : 1.0;
      value += share * double(measures_[m * size_t(capacity_) + size_t(b)]);
      weight += share;
    }
    totals[m + 1][0] += T(value);
    totals[m + 1][1] += T(weight);
  }
}

template class Metrics<float>;
template class Metrics<double>;

}  // namespace epochal
