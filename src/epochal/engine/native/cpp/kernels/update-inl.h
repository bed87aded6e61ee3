// What an optimizer does to weights, given their gradient. Its slots are s0, s1, s2, as many as its
// method has.
#pragma once

#include "kernels/target-inl.h"
#include "kernels/vector_math-inl.h"

namespace epochal {
namespace {

inline void update_sgd(const UpdateRule<Real>& r, Real* __restrict w, const Real* __restrict g,
                       long count) {
  for (long i = 0; i < count; i++) w[i] -= g[i] * r.rate;
}

inline void update_momentum(const UpdateRule<Real>& r, Real* __restrict w, const Real* __restrict g,
                            Real* __restrict s0, long count) {
  for (long i = 0; i < count; i++) {
    s0[i] = s0[i] * r.momentum - g[i] * r.rate;
    w[i] += s0[i];
  }
}

inline void update_nesterov(const UpdateRule<Real>& r, Real* __restrict w, const Real* __restrict g,
                            Real* __restrict s0, long count) {
  for (long i = 0; i < count; i++) {
    const Real step = g[i] * r.rate;
    s0[i] = s0[i] * r.momentum - step;
    w[i] += s0[i] * r.momentum - step;
  }
}

inline void update_adam(const UpdateRule<Real>& r, Real* __restrict w, const Real* __restrict g,
                        Real* __restrict s0, Real* __restrict s1, long count) {
  for (long i = 0; i < count; i++) {
    const Real m = s0[i] + (g[i] - s0[i]) * r.one_minus_beta1;
    const Real v = s1[i] + (g[i] * g[i] - s1[i]) * r.one_minus_beta2;
    s0[i] = m;
    s1[i] = v;
    w[i] -= m * r.scale / (root(v) + r.epsilon);
  }
}

inline void update_amsgrad(const UpdateRule<Real>& r, Real* __restrict w, const Real* __restrict g,
                           Real* __restrict s0, Real* __restrict s1, Real* __restrict s2,
                           long count) {
  for (long i = 0; i < count; i++) {
    s0[i] += (g[i] - s0[i]) * r.one_minus_beta1;
    s1[i] += (g[i] * g[i] - s1[i]) * r.one_minus_beta2;
    s2[i] = s2[i] > s1[i] ? s2[i] : s1[i];
    w[i] -= s0[i] * r.scale / (root(s2[i]) + r.epsilon);
  }
}

inline void update_nadam(const UpdateRule<Real>& r, Real* __restrict w, const Real* __restrict g,
                         Real* __restrict s0, Real* __restrict s1, long count) {
  for (long i = 0; i < count; i++) {
    const Real m = s0[i] + (g[i] - s0[i]) * r.one_minus_beta1;
    const Real v = s1[i] + (g[i] * g[i] - s1[i]) * r.one_minus_beta2;
    s0[i] = m;
    s1[i] = v;
    w[i] -= (m * r.moment_scale + g[i] * r.gradient_scale) * r.rate /
            (root(v * r.variance_scale) + r.epsilon);
  }
}

inline void update_adamax(const UpdateRule<Real>& r, Real* __restrict w, const Real* __restrict g,
                          Real* __restrict s0, Real* __restrict s1, long count) {
  for (long i = 0; i < count; i++) {
    s0[i] += (g[i] - s0[i]) * r.one_minus_beta1;
    const Real faded = s1[i] * r.beta2, size = magnitude(g[i]);
    s1[i] = faded > size ? faded : size;
    w[i] -= r.rate * s0[i] / (r.scale * (s1[i] + r.epsilon));
  }
}

inline void update_rmsprop(const UpdateRule<Real>& r, Real* __restrict w, const Real* __restrict g,
                           Real* __restrict s0, Real* __restrict s1, Real* __restrict s2,
                           long count) {
  for (long i = 0; i < count; i++) {
    s0[i] = r.beta1 * s0[i] + r.one_minus_beta1 * (g[i] * g[i]);
    Real below = s0[i] + r.epsilon;
    if (r.centered) {
      s1[i] = r.beta1 * s1[i] + r.one_minus_beta1 * g[i];
      below = s0[i] - s1[i] * s1[i] + r.epsilon;
    }
    Real step = r.rate * g[i] / root(below);
    if (r.with_momentum) step = s2[i] = r.momentum * s2[i] + step;
    w[i] -= step;
  }
}

inline void update_adagrad(const UpdateRule<Real>& r, Real* __restrict w, const Real* __restrict g,
                           Real* __restrict s0, long count) {
  for (long i = 0; i < count; i++) {
    s0[i] += g[i] * g[i];
    w[i] -= r.rate * g[i] / root(s0[i] + r.epsilon);
  }
}

void update(const UpdateRule<Real>& rule, Real* w, const Real* g, Real* s0, Real* s1, Real* s2,
            long count) {
  const UpdateRule<Real> r = rule;  // in registers: nothing that is written can change it
  switch (r.method) {
    case Method::sgd: return update_sgd(r, w, g, count);
    case Method::momentum: return update_momentum(r, w, g, s0, count);
    case Method::nesterov: return update_nesterov(r, w, g, s0, count);
    case Method::adam:
      return r.amsgrad ? update_amsgrad(r, w, g, s0, s1, s2, count)
                       : update_adam(r, w, g, s0, s1, count);
    case Method::nadam: return update_nadam(r, w, g, s0, s1, count);
    case Method::adamax: return update_adamax(r, w, g, s0, s1, count);
    case Method::rmsprop: return update_rmsprop(r, w, g, s0, s1, s2, count);
    case Method::adagrad: return update_adagrad(r, w, g, s0, count);
  }
}

// w -= w * decay * rate, rounded as Keras rounds it.
void decay_weights(Real* w, Real decay, Real rate, long count) {
  for (long i = 0; i < count; i++) w[i] -= w[i] * decay * rate;
}

void clip(Real* g, Real limit, long count) {
  for (long i = 0; i < count; i++) g[i] = g[i] > limit ? limit : g[i] < -limit ? -limit : g[i];
}

void multiply_by(Real* w, Real factor, long count) {
  for (long i = 0; i < count; i++) w[i] *= factor;
}

}  // namespace
}  // namespace epochal
