// Sums, products and scalings of elements, and sums of rows.
#pragma once

#include "kernels/target-inl.h"

namespace epochal {
namespace {

// Multiplication and addition are one operation where the processor has it, as in XLA's programs.
void rescale(const Real* x, const Real* factor, const Real* offset, Real* y, long count) {
  for (long i = 0; i < count; i++) y[i] = x[i] * factor[i] + offset[i];
}

void standardise(const Real* x, const Real* factor, const Real* offset, Real* y, long count) {
  for (long i = 0; i < count; i++) y[i] = (x[i] - offset[i]) * factor[i];
}

void add(const Real* a, const Real* b, Real* sum, long count) {
  for (long i = 0; i < count; i++) sum[i] = a[i] + b[i];
}

void multiply_elements(const Real* mask, const Real* dy, Real* dx, long count) {
  for (long i = 0; i < count; i++) dx[i] = dy[i] * mask[i];
}

void sum_rows(const Real* __restrict dz, long ld, long rows, Real* __restrict sums, long width) {
  for (long c = 0; c < width; c++) sums[c] = 0;
  for (long b = 0; b < rows; b++)
    for (long c = 0; c < width; c++) sums[c] += dz[b * ld + c];
}

}  // namespace
}  // namespace epochal
