// Functions of a row: the softmax, its logarithm, and division by the norm. Numbers: `part`.
#include "layers/row_function.h"

#include <cmath>

#include "layers/registry.h"

namespace epochal {
namespace {

template <class T>
class SoftmaxLayer final : public RowFunctionLayer<T> {
 public:
  using RowFunctionLayer<T>::RowFunctionLayer;

 protected:
  T map(const T* x, T* y, long width) const override {
    this->kernels().softmax(x, y, width);
    return T(0);
  }

  void derive(const T* /*x*/, const T* y, T /*kept*/, const T* dy, T* dx,
              long width) const override {
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

  void derive(const T* /*x*/, const T* y, T /*kept*/, const T* dy, T* dx,
              long width) const override {
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

  void derive(const T* /*x*/, const T* y, T inverse, const T* dy, T* dx,
              long width) const override {
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
