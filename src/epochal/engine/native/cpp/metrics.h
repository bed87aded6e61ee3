// Running sums of the loss and of metrics over batches.
#pragma once

#include <array>
#include <vector>

#include "data.h"
#include "graph_spec.h"

namespace epochal {

template <class T>
class Metrics {
 public:
  Metrics(const std::vector<MetricSpec>& specs, long outputs);

  void reserve(long batch);
  // Row `b` of the batch, which is `row` of the data, with its prediction p and its weight.
  void measure_row(long b, const T* p, const Data<T>& data, long row, T weight);
  // Adds a batch of so many rows to the sums.
  void sum_metrics(long rows, double loss);

  std::vector<std::array<T, 2>> totals;  // of the loss, then of the metrics: sum and count

 private:
  T measure(const MetricSpec& metric, const T* p, const Data<T>& data, long row) const;

  const std::vector<MetricSpec>& specs_;
  const long outputs_;
  long capacity_ = 0;
  std::vector<T> measures_;  // (metrics, batch)
  std::vector<T> weights_;   // (batch,)
};

extern template class Metrics<float>;
extern template class Metrics<double>;

}  // namespace epochal
