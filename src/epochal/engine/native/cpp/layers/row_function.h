// Functions of a row, or of each of its parts, without weights: what their kinds share.
#pragma once

#include <vector>

#include "layers/layer.h"

namespace epochal {

template <class T>
class RowFunctionLayer : public Layer<T> {
 public:
  using Layer<T>::Layer;

  long check(const std::vector<long>& widths) const override {
    this->parts_of(this->only(widths));
    return widths[0];
  }
  Partition partition(const std::vector<Partition>&) const override { return Partition::rows; }
  bool needs_output() const override { return true; }

  void reserve(long batch) override {
    Layer<T>::reserve(batch);
    kept_ = Buffer<T>(batch * parts());
  }

  void forward(const Step<T>& step) override {
    const Tensor<T>&in = this->in(), &out = this->out();
    step.own_images([&](long b) {
      for (long i = 0; i < parts(); i++)
        kept_[b * parts() + i] = map(in.values.get() + b * in.ld + i * part(),
                                     out.values.get() + b * out.ld + i * part(), part());
    });
  }

  void backward(const Step<T>& step) override {
    if (!this->needs_input_gradient()) return;
    const Tensor<T>&in = this->in(), &out = this->out();
    step.own_images([&](long b) {
      for (long i = 0; i < parts(); i++) {
        const long from = b * in.ld + i * part(), at = b * out.ld + i * part();
        derive(in.values.get() + from, out.values.get() + at, kept_[b * parts() + i],
               out.gradient.get() + at, this->input_gradient() + from, part());
      }
    });
  }

  void infer(const T* x, T* y, long rows, T* /*scratch*/) const override {
    for (long b = 0; b < rows; b++)
      for (long i = 0; i < parts(); i++)
        map(x + b * this->in().ld + i * part(), y + b * this->out().ld + i * part(), part());
  }

 protected:
  // One part of a row. What `map` returns, `derive` is given beside the input x and the output y.
  virtual T map(const T* x, T* y, long width) const = 0;
  virtual void derive(const T* x, const T* y, T kept, const T* dy, T* dx, long width) const = 0;

 private:
  long parts() const { return this->parts_of(this->out().width); }
  long part() const { return this->out().width / parts(); }

  Buffer<T> kept_;  // of each part of each row
};

}  // namespace epochal
