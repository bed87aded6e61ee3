// Heads of `epochal.layers.heads`: any numbers as the parameters of a distribution, those of each
// target by themselves. Numbers: `part`, the parameters of one.
#include <cmath>

#include "layers/registry.h"
#include "layers/row_function.h"

namespace epochal {
namespace {

constexpr double LEAST = 1e-6;        // a variance, scale, rate or dispersion
constexpr double LARGEST_LOG = 20.0;  // of a rate

// What is above 0: the softplus, with its slope.
template <class T>
T positive(T x) {
  return std::max(x, T(0)) + std::log1p(std::exp(-std::abs(x))) + T(LEAST);
}

template <class T>
T positive_slope(T x) {
  return T(1) / (T(1) + std::exp(-x));
}

// An exponential that is bounded smoothly.
template <class T>
T rate(T x) {
  return std::exp(T(LARGEST_LOG) * std::tanh(x / T(LARGEST_LOG))) + T(LEAST);
}

template <class T>
T rate_slope(T x) {
  const T bounded = std::tanh(x / T(LARGEST_LOG));
  return std::exp(T(LARGEST_LOG) * bounded) * (T(1) - bounded * bounded);
}

// A head whose distributions have so many parameters; 0 stands for any number.
template <class T, long Size>
class HeadLayer : public RowFunctionLayer<T> {
 public:
  using RowFunctionLayer<T>::RowFunctionLayer;

  long check(const std::vector<long>& widths) const override {
    const long part = this->operation().part;
    if (part < 1 || (Size && part != Size))
      throw InvalidGraph("graph: a head has the wrong number of parameters");
    return RowFunctionLayer<T>::check(widths);
  }
};

// Mean and variance.
template <class T>
class GaussianHeadLayer final : public HeadLayer<T, 2> {
 public:
  using HeadLayer<T, 2>::HeadLayer;

 protected:
  T map(const T* x, T* y, long /*width*/) const override {
    y[0] = x[0];
    y[1] = positive(x[1]);
    return T(0);
  }

  void derive(const T* x, const T* /*y*/, T /*kept*/, const T* dy, T* dx,
              long /*width*/) const override {
    dx[0] = dy[0];
    dx[1] = dy[1] * positive_slope(x[1]);
  }
};

// Location, scale, degrees of freedom.
template <class T>
class StudentTHeadLayer final : public HeadLayer<T, 3> {
 public:
  using HeadLayer<T, 3>::HeadLayer;

 protected:
  T map(const T* x, T* y, long /*width*/) const override {
    y[0] = x[0];
    y[1] = positive(x[1]);
    y[2] = T(2.01) + T(10) * positive(x[2]);
    return T(0);
  }

  void derive(const T* x, const T* /*y*/, T /*kept*/, const T* dy, T* dx,
              long /*width*/) const override {
    dx[0] = dy[0];
    dx[1] = dy[1] * positive_slope(x[1]);
    dx[2] = dy[2] * T(10) * positive_slope(x[2]);
  }
};

// Quantiles, each the one below plus what is above 0.
template <class T>
class QuantileHeadLayer final : public HeadLayer<T, 0> {
 public:
  using HeadLayer<T, 0>::HeadLayer;

 protected:
  T map(const T* x, T* y, long width) const override {
    y[0] = x[0];
    for (long c = 1; c < width; c++) y[c] = y[c - 1] + positive(x[c]);
    return T(0);
  }

  void derive(const T* x, const T* /*y*/, T /*kept*/, const T* dy, T* dx,
              long width) const override {
    T above = 0;  // a step moves all quantiles from it on
    for (long c = width - 1; c > 0; c--) {
      above += dy[c];
      dx[c] = above * positive_slope(x[c]);
    }
    dx[0] = above + dy[0];
  }
};

// Weights, means, variances.
template <class T>
class GaussianMixtureHeadLayer final : public HeadLayer<T, 0> {
 public:
  using HeadLayer<T, 0>::HeadLayer;

  long check(const std::vector<long>& widths) const override {
    if (this->operation().part % 3)
      throw InvalidGraph("graph: a head has the wrong number of parameters");
    return HeadLayer<T, 0>::check(widths);
  }

 protected:
  T map(const T* x, T* y, long width) const override {
    const long count = width / 3;
    this->kernels().softmax(x, y, count);
    for (long c = count; c < 2 * count; c++) y[c] = x[c];
    for (long c = 2 * count; c < width; c++) y[c] = positive(x[c]);
    return T(0);
  }

  void derive(const T* x, const T* y, T /*kept*/, const T* dy, T* dx, long width) const override {
    const long count = width / 3;
    T sum = 0;
    for (long c = 0; c < count; c++) sum += dy[c] * y[c];
    for (long c = 0; c < count; c++) dx[c] = y[c] * (dy[c] - sum);
    for (long c = count; c < 2 * count; c++) dx[c] = dy[c];
    for (long c = 2 * count; c < width; c++) dx[c] = dy[c] * positive_slope(x[c]);
  }
};

template <class T>
class PoissonHeadLayer final : public HeadLayer<T, 1> {
 public:
  using HeadLayer<T, 1>::HeadLayer;

 protected:
  T map(const T* x, T* y, long /*width*/) const override {
    y[0] = rate(x[0]);
    return T(0);
  }

  void derive(const T* x, const T* /*y*/, T /*kept*/, const T* dy, T* dx,
              long /*width*/) const override {
    dx[0] = dy[0] * rate_slope(x[0]);
  }
};

// Mean and dispersion.
template <class T>
class NegativeBinomialHeadLayer final : public HeadLayer<T, 2> {
 public:
  using HeadLayer<T, 2>::HeadLayer;

 protected:
  T map(const T* x, T* y, long /*width*/) const override {
    y[0] = rate(x[0]);
    y[1] = T(1e-3) + positive(x[1]);
    return T(0);
  }

  void derive(const T* x, const T* /*y*/, T /*kept*/, const T* dy, T* dx,
              long /*width*/) const override {
    dx[0] = dy[0] * rate_slope(x[0]);
    dx[1] = dy[1] * positive_slope(x[1]);
  }
};

const RegisterLayer<GaussianHeadLayer> gaussian("gaussian_head");
const RegisterLayer<StudentTHeadLayer> student_t("student_t_head");
const RegisterLayer<QuantileHeadLayer> quantiles("quantiles_head");
const RegisterLayer<GaussianMixtureHeadLayer> gaussian_mixture("gaussian_mixture_head");
const RegisterLayer<PoissonHeadLayer> poisson("poisson_head");
const RegisterLayer<NegativeBinomialHeadLayer> negative_binomial("negative_binomial_head");

}  // namespace
}  // namespace epochal
