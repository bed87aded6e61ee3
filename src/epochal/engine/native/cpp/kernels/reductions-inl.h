// Sums of many numbers in double precision.
#pragma once

#include "kernels/target-inl.h"

namespace epochal {
namespace {

// The compiler may not take one sum out of order: sums over vectors are written as such, and
// kept in double precision.
using Wide [[gnu::vector_size(VL * sizeof(double))]] = double;
inline Wide widen(Vector value) { return __builtin_convertvector(value, Wide); }

inline double total(Wide parts) {
  double sum = 0;
  for (long l = 0; l < VL; l++) sum += parts[l];
  return sum;
}

inline double sum_of(const Real* values, long count) {
  Wide parts{};
  long i = 0;
  for (; i + VL <= count; i += VL) parts += widen(load(values + i));
  double sum = total(parts);
  for (; i < count; i++) sum += double(values[i]);
  return sum;
}

double penalise(const Real* __restrict w, Real* __restrict g, Real l1, Real l2, long count) {
  const Vector plus = Vector{} + Real(1), minus = -plus;
  Wide sizes{}, squares{};
  long i = 0;
  for (; i + VL <= count; i += VL) {
    const Vector a = load(w + i), sign = a < Vector{} ? minus : plus;  // at 0 as JAX has it
    const Wide wide = widen(a);
    sizes += widen(a * sign);
    squares += wide * wide;
    if (g) store(g + i, load(g + i) + (l1 * sign + Real(2) * l2 * a));
  }
  double size = total(sizes), square = total(squares);
  for (; i < count; i++) {
    const Real a = w[i], sign = a < 0 ? Real(-1) : Real(1);
    size += double(a * sign);
    square += double(a) * double(a);
    if (g) g[i] += l1 * sign + Real(2) * l2 * a;
  }
  return double(l1) * size + double(l2) * square;
}

double sum_of_squares(const Real* g, long count) {
  Wide even{}, odd{};
  long i = 0;
  for (; i + 2 * VL <= count; i += 2 * VL) {
    const Wide a = widen(load(g + i)), b = widen(load(g + i + VL));
    even += a * a;
    odd += b * b;
  }
  double sum = total(even + odd);
  for (; i < count; i++) sum += double(g[i]) * double(g[i]);
  return sum;
}

}  // namespace
}  // namespace epochal
