// What an optimizer does to weights, given their gradient. Its slots are s0, s1, s2, as many as its
// method has. Counts are multiples of LANE.
#pragma once

#include "kernels/roots-inl.h"
#include "kernels/target-inl.h"

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

// The moving averages of the gradient and of its square, after that gradient.
struct Moments {
  Vector mean, square;
};

inline Moments follow(const UpdateRule<Real>& r, Vector g, Real* s0, Real* s1) {
  const Vector m = load(s0), v = load(s1);
  const Moments moved{.mean = m + (g - m) * r.one_minus_beta1,
                      .square = v + (g * g - v) * r.one_minus_beta2};
  store(s0, moved.mean);
  store(s1, moved.square);
  return moved;
}

inline void update_adam(const UpdateRule<Real>& r, Real* __restrict w, const Real* __restrict g,
                        Real* __restrict s0, Real* __restrict s1, long count) {
  for (long i = 0; i < count; i += VL) {
    const Moments now = follow(r, load(g + i), s0 + i, s1 + i);
    store(w + i, load(w + i) - now.mean * r.scale / (root(now.square) + r.epsilon));
  }
}

inline void update_amsgrad(const UpdateRule<Real>& r, Real* __restrict w, const Real* __restrict g,
                           Real* __restrict s0, Real* __restrict s1, Real* __restrict s2,
                           long count) {
  for (long i = 0; i < count; i += VL) {
    const Moments now = follow(r, load(g + i), s0 + i, s1 + i);
    const Vector before = load(s2 + i), largest = before > now.square ? before : now.square;
    store(s2 + i, largest);
    store(w + i, load(w + i) - now.mean * r.scale / (root(largest) + r.epsilon));
  }
}

inline void update_nadam(const UpdateRule<Real>& r, Real* __restrict w, const Real* __restrict g,
                         Real* __restrict s0, Real* __restrict s1, long count) {
  for (long i = 0; i < count; i += VL) {
    const Vector slope = load(g + i);
    const Moments now = follow(r, slope, s0 + i, s1 + i);
    const Vector ahead = (now.mean * r.moment_scale + slope * r.gradient_scale) * r.rate;
    store(w + i, load(w + i) - ahead / (root(now.square * r.variance_scale) + r.epsilon));
  }
}

inline void update_adamax(const UpdateRule<Real>& r, Real* __restrict w, const Real* __restrict g,
                          Real* __restrict s0, Real* __restrict s1, long count) {
  for (long i = 0; i < count; i += VL) {
    const Vector slope = load(g + i), before = load(s0 + i);
    const Vector m = before + (slope - before) * r.one_minus_beta1;
    const Vector faded = load(s1 + i) * r.beta2, size = slope < Real(0) ? -slope : slope;
    const Vector largest = faded > size ? faded : size;
    store(s0 + i, m);
    store(s1 + i, largest);
    store(w + i, load(w + i) - r.rate * m / (r.scale * (largest + r.epsilon)));
  }
}

inline void update_rmsprop(const UpdateRule<Real>& r, Real* __restrict w, const Real* __restrict g,
                           Real* __restrict s0, Real* __restrict s1, Real* __restrict s2,
                           long count) {
  for (long i = 0; i < count; i += VL) {
    const Vector slope = load(g + i);
    const Vector square = r.beta1 * load(s0 + i) + r.one_minus_beta1 * (slope * slope);
    store(s0 + i, square);
    Vector below = square + r.epsilon;
    if (r.centered) {
      const Vector mean = r.beta1 * load(s1 + i) + r.one_minus_beta1 * slope;
      store(s1 + i, mean);
      below = square - mean * mean + r.epsilon;
    }
    Vector step = over_root(r.rate * slope, below);
    if (r.with_momentum) {
      step = r.momentum * load(s2 + i) + step;
      store(s2 + i, step);
    }
    store(w + i, load(w + i) - step);
  }
}

inline void update_adagrad(const UpdateRule<Real>& r, Real* __restrict w, const Real* __restrict g,
                           Real* __restrict s0, long count) {
  for (long i = 0; i < count; i += VL) {
    const Vector slope = load(g + i), sum = load(s0 + i) + slope * slope;
    store(s0 + i, sum);
    store(w + i, load(w + i) - over_root(r.rate * slope, sum + r.epsilon));
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
