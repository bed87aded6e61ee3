// What a file of kernels is compiled for, its vectors, and how they are loaded and stored.
//
// A `kernels_*.cpp` defines the two macros before it includes `kernels-inl.h`; each file that ends
// in
// `-inl.h` is a part of that one, compiled once for each instruction set. An editor that opens one
// of them by itself sees the baseline.
//
// Nothing in these files may use a function of the standard library that is a template or inline:
// the linker would keep one copy for all processors, perhaps one that this processor cannot run.
// For the same reason everything is local to the including file.
#pragma once

#ifndef EPOCHAL_REAL
#define EPOCHAL_REAL float
#define EPOCHAL_VECTOR_BYTES 16
#endif

// The loop is unrolled, so that what it indexes stays in registers.
#define EPOCHAL_UNROLL _Pragma("GCC unroll 32")

#include "kernels/kernels.h"

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace epochal {
namespace {

using Real = EPOCHAL_REAL;
constexpr long VECTOR_BYTES = EPOCHAL_VECTOR_BYTES;

using Vector [[gnu::vector_size(VECTOR_BYTES)]] = Real;
using Unaligned [[gnu::vector_size(VECTOR_BYTES), gnu::aligned(sizeof(Real)), gnu::may_alias]] =
    Real;
constexpr long VL = VECTOR_BYTES / long(sizeof(Real));
constexpr bool WIDE = VECTOR_BYTES == 64;  // 32 registers of 16 floats, else 16 registers

inline Vector load(const Real* from) { return *reinterpret_cast<const Unaligned*>(from); }
inline void store(Real* to, Vector value) { *reinterpret_cast<Unaligned*>(to) = value; }

// The first `count` elements alone, where there are fewer than a vector's.
inline void store_first(Real* to, Vector value, long count) {
  if (count >= VL) return store(to, value);
#if defined(__AVX512F__)
  const unsigned short mask = count > 0 ? (1u << count) - 1 : 0;
  _mm512_mask_storeu_ps(to, mask, value);
#else
  for (long l = 0; l < VL; l++)
    if (l < count) to[l] = value[l];
#endif
}

inline float root(float x) { return __builtin_sqrtf(x); }
inline double root(double x) { return __builtin_sqrt(x); }

}  // namespace
}  // namespace epochal
