// Activations of many elements, and the gradients of their inputs.
#pragma once

#include "kernels/activation_functions-inl.h"
#include "kernels/target-inl.h"

namespace epochal {
namespace {

// Calls call.operator()<A>() with the activation A of that kind.
template <class Call>
inline void with_activation(Activation kind, const Call& call) {
  switch (kind) {
    case Activation::relu: return call.template operator()<ReLU>();
    case Activation::relu6: return call.template operator()<ReLU6>();
    case Activation::leaky_relu: return call.template operator()<LeakyReLU>();
    case Activation::elu: return call.template operator()<ELU>();
    case Activation::celu: return call.template operator()<CELU>();
    case Activation::selu: return call.template operator()<SELU>();
    case Activation::tanh: return call.template operator()<Tanh>();
    case Activation::sigmoid: return call.template operator()<Sigmoid>();
    case Activation::exponential: return call.template operator()<Exponential>();
    case Activation::softplus: return call.template operator()<Softplus>();
    case Activation::silu: return call.template operator()<SiLU>();
    case Activation::gelu: return call.template operator()<GELU>();
    case Activation::gelu_tanh: return call.template operator()<GELUTanh>();
    case Activation::softsign: return call.template operator()<Softsign>();
    case Activation::hard_sigmoid: return call.template operator()<HardSigmoid>();
    case Activation::log_sigmoid: return call.template operator()<LogSigmoid>();
    case Activation::hard_silu: return call.template operator()<HardSiLU>();
    case Activation::hard_tanh: return call.template operator()<HardTanh>();
    case Activation::mish: return call.template operator()<Mish>();
    case Activation::squareplus: return call.template operator()<Squareplus>();
    case Activation::soft_shrink: return call.template operator()<SoftShrink>();
    case Activation::hard_shrink: return call.template operator()<HardShrink>();
    case Activation::tanh_shrink: return call.template operator()<TanhShrink>();
    case Activation::sparse_plus: return call.template operator()<SparsePlus>();
    case Activation::sparse_sigmoid: return call.template operator()<SparseSigmoid>();
    case Activation::bounded_relu: return call.template operator()<BoundedReLU>();
    case Activation::threshold: return call.template operator()<Threshold>();
  }
}

void activate(const Curve<Real>& curve, const Real* x, Real* y, long count) {
  with_activation(curve.kind, [&]<class A> {
    const Curve<Real> f = curve;  // in registers: nothing that is written can change it
    for (long i = 0; i < count; i++) y[i] = A::value(x[i], f);
  });
}

void activate_backward(const Curve<Real>& curve, const Real* value, const Real* dy, Real* dx,
                       long count) {
  with_activation(curve.kind, [&]<class A> {
    const Curve<Real> f = curve;
    for (long i = 0; i < count; i++) dx[i] = dy[i] * A::slope(value[i], f);
  });
}

void prelu(const Real* __restrict x, const Real* __restrict alpha, Real* __restrict y, long count) {
  for (long i = 0; i < count; i++) y[i] = x[i] > 0 ? x[i] : x[i] * alpha[i];
}

void prelu_backward(const Real* __restrict x, const Real* __restrict dy, long ld, long rows,
                    long width, const Real* __restrict alpha, Real* __restrict dx,
                    Real* __restrict sums) {
  const Real zero = 0;
  for (long c = 0; c < width; c++) sums[c] = 0;
  for (long b = 0; b < rows; b++)
    for (long c = 0; c < width; c++)
      sums[c] += x[b * ld + c] < 0 ? x[b * ld + c] * dy[b * ld + c] : zero;
  for (long b = 0; dx && b < rows; b++)
    for (long c = 0; c < width; c++) {
      const Real a = x[b * ld + c];
      dx[b * ld + c] = dy[b * ld + c] * (a > 0 ? Real(1) : a < 0 ? alpha[c] : zero);
    }
}

}  // namespace
}  // namespace epochal
