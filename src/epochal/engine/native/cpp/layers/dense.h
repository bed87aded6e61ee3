// Dense layers. Parameters: kernel, bias.
#pragma once

#include <vector>

#include "layers/layer.h"

namespace epochal {

template <class T>
class DenseLayer final : public Layer<T> {
 public:
  using Layer<T>::Layer;

  long check(const std::vector<long>& widths) const override;
  Partition partition(const std::vector<Partition>&) const override { return Partition::columns; }
  bool reads_all_columns() const override { return true; }
  void reserve(long batch) override;
  void forward(const Step<T>& step) override;
  void begin_backward(const Step<T>& step) override;
  void backward(const Step<T>& step) override;
  void update(const Step<T>& step) override;
  void infer(const T* x, T* y, long rows, T* scratch) const override;

  // For samples, which take the product apart.
  const std::vector<Panel<T>>& panels() const;
  const T* bias() const { return this->optimizer().values(bias_index()); }  // may be null
  void multiply(const T* x, T* y, long rows, const T* bias) const;

 private:
  int kernel_index() const { return this->operation().parameters[0]; }
  int bias_index() const { return this->operation().parameters[1]; }
  void update_kernel(const Step<T>& step, const Span& span, size_t panel, T* chunk);
  long chunks() const;
  bool gathers_factors(const Step<T>& step) const;
  void gather_input(const Step<T>& step);

  Buffer<T> transposed_;  // the gradient of the output: (columns, BLOCK) for each block of rows
  Buffer<T> scratch_;     // the transposed gradient of the input, of one block
  // Of large batches, the factors of the weights' gradient: chunks of the input's columns, each
  // (batch, columns of a chunk), and panels of the output's gradient, each (batch, width)
  Buffer<T> input_chunks_, output_panels_;
};

extern template class DenseLayer<float>;
extern template class DenseLayer<double>;

}  // namespace epochal
