// The loss of each row, its prediction, and the gradient of what the last layer returned.
#pragma once

#include <vector>

#include "buffer.h"
#include "data.h"
#include "graph_spec.h"
#include "kernels/kernels.h"
#include "metrics.h"
#include "step.h"

namespace epochal {

template <class T>
class Loss {
 public:
  Loss(const LossSpec& spec, long outputs, const Kernels<T>& kernels);

  bool of_labels() const { return spec_.kind == LossKind::sparse_categorical; }
  // Room for so many rows that go through the layers together, and for the losses of a batch.
  void reserve_rows(long rows, long ld) { predictions_ = Buffer<T>(rows * ld); }
  void reserve_batch(long rows) { row_losses_.assign(size_t(rows), 0); }

  // The prediction of what the last layer returned for one row.
  void predict_row(const T* z, T* p) const;

  // A thread's rows of a batch, or of a piece of one: losses, gradients where it trains, and what
  // the metrics measure.
  void compute_rows(const Step<T>& step, const Data<T>& data, const Tensor<T>& last,
                    Metrics<T>& metrics);
  // Of a batch of so many rows, when all of them are computed.
  double total(long rows, double penalty) const;

 private:
  struct Row {
    const T* z;  // what the last layer returned
    const Data<T>& data;
    long number;  // of the row in the data
    T scale;      // of the gradient
    T* p;         // becomes the prediction
    T* dz;        // becomes the gradient, where it is not null
  };

  // The loss of one row before its weight.
  double compute(const Row& row) const;
  double sparse_categorical(const Row& row) const;
  double categorical(const Row& row) const;
  double binary(const Row& row) const;
  double likelihood(const Row& row) const;
  template <class Term>
  double of_errors(const Row& row, const Term& term) const;

  const LossSpec& spec_;
  const long outputs_;
  const Kernels<T>& kernels_;
  Buffer<T> predictions_;           // (rows at once, ld)
  std::vector<double> row_losses_;  // (batch,)
};

extern template class Loss<float>;
extern template class Loss<double>;

}  // namespace epochal
