// What layers have in common that take a number of its own for each column.
#pragma once

#include "layers/layer.h"

namespace epochal {

// Parameters: the numbers.
template <class T>
class ColumnNumbersLayer : public Layer<T> {
 public:
  using Layer<T>::Layer;

  long check(const std::vector<long>& widths) const override {
    const long width = this->only(widths);
    check_vector(this->graph(), index(), width);
    return width;
  }
  Partition partition(const std::vector<Partition>&) const override { return Partition::columns; }

  void forward(const Step<T>& step) override {
    const Tensor<T>&in = this->in(), &out = this->out();
    step.own_spans(out.spans, [&](const Span& span, size_t) {
      for (long b = 0; b < step.rows; b++)
        apply(in.values.get() + b * in.ld + span.first, numbers() + span.first,
              out.values.get() + b * out.ld + span.first, span.width);
    });
  }

  void backward(const Step<T>& step) override {
    step.own_spans(this->out().spans, [&](const Span& span, size_t i) {
      alignas(64) T sums[PANEL_WIDTH];
      derive(step, span, sums);
      this->optimizer().update_vector(step.update, index(), i, sums, span.width);
    });
  }

  void infer(const T* x, T* y, long rows, T* /*scratch*/) const override {
    const Tensor<T>&in = this->in(), &out = this->out();
    for (long b = 0; b < rows; b++)
      apply(x + b * in.ld, numbers(), y + b * out.ld, padded(out.width));
  }

 protected:
  const T* numbers() const { return this->optimizer().values(index()); }

  virtual void apply(const T* x, const T* numbers, T* y, long count) const = 0;
  // The gradient of the input's columns, where that is needed, and `sums` of the numbers'.
  virtual void derive(const Step<T>& step, const Span& span, T* sums) const = 0;

 private:
  int index() const { return this->operation().parameters[0]; }
};

}  // namespace epochal
