// Functions of a row, or of each of its parts, without weights: the softmax, its logarithm, and
// division by the norm. Numbers: `part`.
#include <cmath>

#include "layers/layer.h"
#include "layers/registry.h"

namespace epochal {
namespace {

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
        const long at = b * out.ld + i * part();
        derive(out.values.get() + at, kept_[b * parts() + i], out.gradient.get() + at,
               this->input_gradient() + b * in.ld + i * part(), part());
      }
    });
  }

  void infer(const T* x, T* y, long rows, T* /*scratch*/) const override {
    for (long b = 0; b < rows; b++)
      for (long i = 0; i < parts(); i++)
        map(x + b * this->in().ld + i * part(), y + b * this->out().ld + i * part(), part());
  }

 protected:
  // One part of a row. What `map` returns, `derive` is given beside the output y.
  virtual T map(const T* x, T* y, long width) const = 0;
  virtual void derive(const T* y, T kept, const T* dy, T* dx, long width) const = 0;

 private:
  long parts() const { return this->parts_of(this->out().width); }
  long part() const { return this->out().width / parts(); }

  Buffer<T> kept_;  // of each part of each row
};

template <class T>
class SoftmaxLayer final : public RowFunctionLayer<T> {
 public:
  using RowFunctionLayer<T>::RowFunctionLayer;

 protected:
  T map(const T* x, T* y, long width) const override {
    this->kernels().softmax(x, y, width);
    return T(0);
  }

  void derive(const T* y, T /*kept*/, const T* dy, T* dx, long width) const override {
    T sum = 0;
    for (long c = 0; c < width; c++) sum += dy[c] * y[c];
    for (long c = 0; c < width; c++) dx[c] = y[c] * (dy[c] - sum);
  }
};

template <class T>
class LogSoftmaxLayer final : public RowFunctionLayer<T> {
 public:
  using RowFunctionLayer<T>::RowFunctionLayer;

 protected:
  T map(const T* x, T* y, long width) const override {
    const T largest = *std::max_element(x, x + width);
    T sum = 0;
    for (long c = 0; c < width; c++) sum += std::exp(x[c] - largest);
    const T log_sum = std::log(sum);
    for (long c = 0; c < width; c++) y[c] = x[c] - largest - log_sum;
    return T(0);
  }

  void derive(const T* y, T /*kept*/, const T* dy, T* dx, long width) const override {
    T sum = 0;
    for (long c = 0; c < width; c++) sum += dy[c];
    for (long c = 0; c < width; c++) dx[c] = dy[c] - std::exp(y[c]) * sum;
  }
};

// Division by the row's L2 norm.
template <class T>
class UnitNormLayer final : public RowFunctionLayer<T> {
 public:
  using RowFunctionLayer<T>::RowFunctionLayer;

 protected:
  T map(const T* x, T* y, long width) const override {
    T sum = 0;
    for (long c = 0; c < width; c++) sum += x[c] * x[c];
    const T inverse = std::min(T(1) / std::sqrt(sum), T(1e12));  // as Keras bounds it
    for (long c = 0; c < width; c++) y[c] = x[c] * inverse;
    return inverse;
  }

  void derive(const T* y, T inverse, const T* dy, T* dx, long width) const override {
    T sum = 0;
    for (long c = 0; c < width; c++) sum += dy[c] * y[c];
    for (long c = 0; c < width; c++) dx[c] = inverse * (dy[c] - y[c] * sum);
  }
};

const RegisterLayer<SoftmaxLayer> softmax("softmax");
const RegisterLayer<LogSoftmaxLayer> log_softmax("log_softmax");
const RegisterLayer<UnitNormLayer> unit_norm("unit_norm");

}  // namespace
}  // namespace epochal
