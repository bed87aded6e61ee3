// The softmax of a row, and the normalisation of columns over a batch.
#pragma once

#include "kernels/target-inl.h"
#include "kernels/vector_math-inl.h"

namespace epochal {
namespace {

double softmax(const Real* z, Real* p, long count) {
  Real largest = z[0];
  for (long i = 1; i < count; i++) largest = z[i] > largest ? z[i] : largest;
  for (long i = 0; i < count; i++) p[i] = exp_of(z[i] - largest);
  Real sum = 0;
  double exact = 0;
  for (long i = 0; i < count; i++) {
    sum += p[i];
    exact += double(p[i]);
  }
  for (long i = 0; i < count; i++) p[i] /= sum;
  return double(largest) + ::log(exact);
}

void moments(const Real* __restrict x, long ld, long rows, long width, Real* __restrict mean,
             Real* __restrict variance) {
  const Real share = Real(1) / Real(rows);
  for (long c = 0; c < width; c++) mean[c] = variance[c] = 0;
  for (long b = 0; b < rows; b++)
    for (long c = 0; c < width; c++) mean[c] += x[b * ld + c];
  for (long c = 0; c < width; c++) mean[c] *= share;
  for (long b = 0; b < rows; b++)
    for (long c = 0; c < width; c++) {
      const Real off = x[b * ld + c] - mean[c];
      variance[c] += off * off;
    }
  for (long c = 0; c < width; c++) variance[c] *= share;
}

void normalise(const Real* __restrict x, long ld, long rows, long width,
               const Real* __restrict mean, const Real* __restrict inverse,
               const Real* __restrict gamma, const Real* __restrict beta, Real* __restrict normal,
               Real* __restrict y, long ldy) {
  for (long b = 0; b < rows; b++)
    for (long c = 0; c < width; c++) {
      const Real n = (x[b * ld + c] - mean[c]) * inverse[c];
      normal[b * ldy + c] = n;
      y[b * ldy + c] = n * gamma[c] + beta[c];
    }
}

void normalise_sums(const Real* __restrict dy, long ldy, const Real* __restrict normal, long ld,
                    long rows, long width, Real* __restrict sum, Real* __restrict sum_normal) {
  for (long c = 0; c < width; c++) sum[c] = sum_normal[c] = 0;
  for (long b = 0; b < rows; b++)
    for (long c = 0; c < width; c++) {
      sum[c] += dy[b * ldy + c];
      sum_normal[c] += dy[b * ldy + c] * normal[b * ld + c];
    }
}

void normalise_backward(const Real* __restrict dy, long ldy, const Real* __restrict normal, long ld,
                        long rows, long width, const Real* __restrict factor,
                        const Real* __restrict a, const Real* __restrict b, Real* __restrict dx) {
  for (long r = 0; r < rows; r++)
    for (long c = 0; c < width; c++)
      dx[r * ldy + c] = factor[c] * (dy[r * ldy + c] - a[c] - normal[r * ld + c] * b[c]);
}

}  // namespace
}  // namespace epochal
