// Square roots of vectors, and what is divided by them.
#pragma once

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#include "kernels/target-inl.h"

namespace epochal {
namespace {

// A root occupies one of the two multiplying units for some twenty cycles. With AVX-512 there is an
// estimate of 14 bits that takes two, and a Newton step makes it exact to a unit or two in the last
// place. Where that step has no meaning, at zeros, infinities and NaNs, the estimate stays: there
// it is the exact result.
#if defined(__AVX512F__)
constexpr float SMALLEST = 1.17549435e-38f, LARGEST = 3.40282347e38f;

inline Vector inverse_root(Vector x) {
  const Vector estimate = _mm512_rsqrt14_ps(x);
  const Vector refined = estimate + estimate * (0.5f - 0.5f * x * estimate * estimate);
  return (x >= SMALLEST) & (x <= LARGEST) ? refined : estimate;
}

inline Vector root(Vector x) {
  const Vector least = x > SMALLEST ? x : Vector{} + SMALLEST;
  return x * inverse_root(least < LARGEST ? least : Vector{} + LARGEST);
}

inline Vector over_root(Vector a, Vector x) { return a * inverse_root(x); }
#else
inline Vector root(Vector x) {
  EPOCHAL_UNROLL
  for (long l = 0; l < VL; l++) x[l] = root(x[l]);
  return x;
}

inline Vector over_root(Vector a, Vector x) { return a / root(x); }
#endif

}  // namespace
}  // namespace epochal
