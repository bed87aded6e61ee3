// Of one row: its normalisation, and the softmax of its products.
#pragma once

#include "kernels/target-inl.h"
#include "kernels/vector_math-inl.h"

namespace epochal {
namespace {

// The sum of a row's elements: `vector` gives VL of them from a place on, `one` a single one.
template <class V, class S>
inline Real sum_of_row(long count, const V& vector, const S& one) {
  Vector even{}, odd{};
  long i = 0;
  for (; i + 2 * VL <= count; i += 2 * VL) {
    even += vector(i);
    odd += vector(i + VL);
  }
  for (; i + VL <= count; i += VL) even += vector(i);
  const Vector parts = even + odd;
  Real sum = 0;
  EPOCHAL_UNROLL
  for (long l = 0; l < VL; l++) sum += parts[l];
  for (; i < count; i++) sum += one(i);
  return sum;
}

Real normalise_row(const Real* __restrict x, const Real* gamma, const Real* beta, long count,
                   bool centred, Real epsilon, Real* __restrict normal, Real* __restrict y) {
  const Real share = Real(1) / Real(count);
  Real mean = 0;
  if (centred)
    mean = share *
           sum_of_row(count, [&](long i) { return load(x + i); }, [&](long i) { return x[i]; });
  const Real variance = share * sum_of_row(
                                    count,
                                    [&](long i) {
                                      const Vector off = load(x + i) - mean;
                                      return off * off;
                                    },
                                    [&](long i) { return (x[i] - mean) * (x[i] - mean); });
  const Real inverse = Real(1) / root(variance + epsilon);
  for (long i = 0; i < count; i++) normal[i] = (x[i] - mean) * inverse;
  for (long i = 0; i < count; i++) y[i] = normal[i];
  if (gamma)
    for (long i = 0; i < count; i++) y[i] *= gamma[i];
  if (beta)
    for (long i = 0; i < count; i++) y[i] += beta[i];
  return inverse;
}

void normalise_row_backward(const Real* __restrict dy, const Real* __restrict normal,
                            const Real* __restrict gamma, long count, bool centred, Real inverse,
                            Real* __restrict dx) {
  if (gamma)
    for (long i = 0; i < count; i++) dx[i] = dy[i] * gamma[i];
  else
    for (long i = 0; i < count; i++) dx[i] = dy[i];
  const Real share = Real(1) / Real(count);
  Real sum = 0;
  if (centred)
    sum = share *
          sum_of_row(count, [&](long i) { return load(dx + i); }, [&](long i) { return dx[i]; });
  const Real sum_normal =
      share * sum_of_row(
                  count, [&](long i) { return load(dx + i) * load(normal + i); },
                  [&](long i) { return dx[i] * normal[i]; });
  for (long i = 0; i < count; i++) dx[i] = inverse * (dx[i] - sum - normal[i] * sum_normal);
}

// There is room behind `count`, up to a whole vector.
void attend(Real* z, long count, long width, Real scale) {
  Real largest = z[0];
  for (long i = 1; i < count; i++) largest = z[i] > largest ? z[i] : largest;
  for (long i = 0; i < count; i++) z[i] = exp_of((z[i] - largest) * scale);
  for (long i = count; i < width; i++) z[i] = 0;
  const Real inverse =
      Real(1) /
      sum_of_row(count, [&](long i) { return load(z + i); }, [&](long i) { return z[i]; });
  for (long i = 0; i < count; i++) z[i] *= inverse;
}

void attend_backward(const Real* __restrict p, Real* __restrict dp, long count, long width,
                     Real scale) {
  const Real sum = sum_of_row(
      count, [&](long i) { return load(p + i) * load(dp + i); },
      [&](long i) { return p[i] * dp[i]; });
  for (long i = 0; i < count; i++) dp[i] = p[i] * (dp[i] - sum) * scale;
  for (long i = count; i < width; i++) dp[i] = 0;
}

}  // namespace
}  // namespace epochal
