// What the gates of recurrent layers do at one step of time, row by row. The gates stand one beside
// the other in Keras' order; each pass turns them, in place, into what the next one needs.
#pragma once

#include "kernels/activation_functions-inl.h"
#include "kernels/target-inl.h"

namespace epochal {
namespace {

// Calls call.operator()<A>() with the activation A of the state: those that recurrent layers know.
template <class Call>
inline void with_state_activation(Activation kind, const Call& call) {
  if (kind == Activation::relu) return call.template operator()<ReLU>();
  call.template operator()<Tanh>();
}

// Two sigmoids by one division: it takes longer than all the rest.
struct Sigmoids {
  Real first, second;
};

inline Sigmoids sigmoids(Real a, Real b) {
  // Beyond, a sigmoid is 0 or 1 to rounding, and the product of two would leave float's range.
  const Real limit = 40;
  a = a < -limit ? -limit : a;
  b = b < -limit ? -limit : b;
  const Real under_a = Real(1) + exp_of(-a), under_b = Real(1) + exp_of(-b);
  const Real inverse = Real(1) / (under_a * under_b);
  return {.first = inverse * under_b, .second = inverse * under_a};
}

template <class A>
inline void lstm_row(const Curve<Real>& curve, long units, Real* __restrict in,
                     Real* __restrict forget, Real* __restrict candidate, Real* __restrict out,
                     const Real* __restrict carry_before, Real* __restrict carry,
                     Real* __restrict shaped, Real* __restrict h) {
  const Curve<Real> f = curve;
  for (long u = 0; u < units; u++) {
    const Sigmoids pair = sigmoids(in[u], forget[u]);
    const Real g = A::value(candidate[u], f), o = sigmoid_of(out[u]);
    const Real sum = pair.second * carry_before[u] + pair.first * g;
    const Real shape = A::value(sum, f);
    in[u] = pair.first;
    forget[u] = pair.second;
    candidate[u] = g;
    out[u] = o;
    carry[u] = sum;
    shaped[u] = shape;
    h[u] = o * shape;
  }
}

// gates (rows, 4 * units): what enters input, forget, candidate and output, then what leaves them.
void lstm_forward(Activation kind, long rows, long units, Real* gates, long ldg,
                  const Real* carry_before, Real* carry, Real* shaped, Real* h, long ld) {
  with_state_activation(kind, [&]<class A> {
    for (long b = 0; b < rows; b++) {
      Real* row = gates + b * ldg;
      lstm_row<A>({.kind = kind}, units, row, row + units, row + 2 * units, row + 3 * units,
                  carry_before + b * ld, carry + b * ld, shaped + b * ld, h + b * ld);
    }
  });
}

template <class A>
inline void lstm_row_backward(const Curve<Real>& curve, long units, Real* __restrict in,
                              Real* __restrict forget, Real* __restrict candidate,
                              Real* __restrict out, const Real* __restrict carry_before,
                              const Real* __restrict shaped, Real* __restrict dh,
                              Real* __restrict dc) {
  const Curve<Real> f = curve;
  for (long u = 0; u < units; u++) {
    const Real i = in[u], r = forget[u], g = candidate[u], o = out[u];
    const Real sum = dc[u] + dh[u] * o * A::slope(shaped[u], f);
    in[u] = sum * g * (i * (Real(1) - i));
    forget[u] = sum * carry_before[u] * (r * (Real(1) - r));
    candidate[u] = sum * i * A::slope(g, f);
    out[u] = dh[u] * shaped[u] * (o * (Real(1) - o));
    dc[u] = sum * r;
    dh[u] = 0;
  }
}

// gates: as they left `lstm_forward`, then the gradients of what entered. dh: the gradient of the
// output, then what of it passes the gates by, which is nothing. dc: of the carry, then of the one
// before.
void lstm_backward(Activation kind, long rows, long units, Real* gates, long ldg,
                   const Real* carry_before, const Real* shaped, Real* dh, Real* dc, long ld) {
  with_state_activation(kind, [&]<class A> {
    for (long b = 0; b < rows; b++) {
      Real* row = gates + b * ldg;
      lstm_row_backward<A>({.kind = kind}, units, row, row + units, row + 2 * units,
                           row + 3 * units, carry_before + b * ld, shaped + b * ld, dh + b * ld,
                           dc + b * ld);
    }
  });
}

template <class A>
inline void gru_row(const Curve<Real>& curve, long units, Real* __restrict update,
                    Real* __restrict reset, Real* __restrict candidate,
                    const Real* __restrict inner, const Real* __restrict before,
                    Real* __restrict h) {
  const Curve<Real> f = curve;
  for (long u = 0; u < units; u++) {
    const Sigmoids pair = sigmoids(update[u] + inner[u], reset[u] + inner[units + u]);
    const Real g = A::value(candidate[u] + pair.second * inner[2 * units + u], f);
    update[u] = pair.first;
    reset[u] = pair.second;
    candidate[u] = g;
    h[u] = pair.first * before[u] + (Real(1) - pair.first) * g;
  }
}

// gates (rows, 3 * units): what enters update, reset and candidate from the input, then what leaves
// them; `inner` (rows, 3 * units): what enters from the state, as it stays.
void gru_forward(Activation kind, long rows, long units, Real* gates, const Real* inner, long ldg,
                 const Real* state_before, Real* h, long ld) {
  with_state_activation(kind, [&]<class A> {
    for (long b = 0; b < rows; b++) {
      Real* row = gates + b * ldg;
      gru_row<A>({.kind = kind}, units, row, row + units, row + 2 * units, inner + b * ldg,
                 state_before + b * ld, h + b * ld);
    }
  });
}

template <class A>
inline void gru_row_backward(const Curve<Real>& curve, long units, Real* __restrict update,
                             Real* __restrict reset, Real* __restrict candidate,
                             Real* __restrict inner_update, Real* __restrict inner_reset,
                             Real* __restrict inner_candidate, const Real* __restrict before,
                             Real* __restrict dh) {
  const Curve<Real> f = curve;
  for (long u = 0; u < units; u++) {
    const Real z = update[u], r = reset[u], g = candidate[u];
    const Real dg = dh[u] * (Real(1) - z) * A::slope(g, f);
    const Real dr = dg * inner_candidate[u] * (r * (Real(1) - r));
    const Real dz = dh[u] * (before[u] - g) * (z * (Real(1) - z));
    update[u] = dz;
    inner_update[u] = dz;
    reset[u] = dr;
    inner_reset[u] = dr;
    candidate[u] = dg;
    inner_candidate[u] = dg * r;
    dh[u] *= z;
  }
}

// gates and inner: as `gru_forward` left them, then the gradients of what entered. dh: the gradient
// of the output, then what of it passes the gates by to the state before.
void gru_backward(Activation kind, long rows, long units, Real* gates, Real* inner, long ldg,
                  const Real* state_before, Real* dh, long ld) {
  with_state_activation(kind, [&]<class A> {
    for (long b = 0; b < rows; b++) {
      Real *row = gates + b * ldg, *inner_row = inner + b * ldg;
      gru_row_backward<A>({.kind = kind}, units, row, row + units, row + 2 * units, inner_row,
                          inner_row + units, inner_row + 2 * units, state_before + b * ld,
                          dh + b * ld);
    }
  });
}

}  // namespace
}  // namespace epochal
