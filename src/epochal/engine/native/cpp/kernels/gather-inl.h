// Sums over a few rows of a matrix: what a dropout takes away from a product, or leaves of it.
#pragma once

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#include "kernels/random-inl.h"
#include "kernels/target-inl.h"

namespace epochal {
namespace {

#if defined(__AVX512F__)
using Words [[gnu::vector_size(64)]] = unsigned;

long select_dropped(const int* __restrict places, const float* __restrict values, long count,
                    unsigned word0, unsigned word1, unsigned dropped, bool kept,
                    int* __restrict out_places, float* __restrict out_values) {
  const unsigned one = mix(word0 * 0x9E3779B9u + word1);
  const unsigned two = mix(word1 ^ mix(word0 + 0x85EBCA6Bu));
  const __m512i limit = _mm512_set1_epi32(int(dropped));
  long chosen = 0;
  for (long i = 0; i < count; i += 16) {
    const __mmask16 there = count - i < 16 ? __mmask16((1u << (count - i)) - 1) : __mmask16(0xFFFF);
    const __m512i place = _mm512_maskz_loadu_epi32(there, places + i);
    const __m512 value = _mm512_maskz_loadu_ps(there, values + i);
    const Words words = mix(mix((Words)place + one) ^ two);
    const __mmask16 keep = _mm512_cmpge_epu32_mask((__m512i)words, limit);
    const auto wanted = __mmask16(there & (kept ? keep : __mmask16(~keep)));
    _mm512_storeu_si512(out_places + chosen, _mm512_maskz_compress_epi32(wanted, place));
    _mm512_storeu_ps(out_values + chosen, _mm512_maskz_compress_ps(wanted, value));
    chosen += __builtin_popcount(wanted);
  }
  return chosen;
}
#else
long select_dropped(const int* __restrict places, const Real* __restrict values, long count,
                    unsigned word0, unsigned word1, unsigned dropped, bool kept,
                    int* __restrict out_places, Real* __restrict out_values) {
  const unsigned one = mix(word0 * 0x9E3779B9u + word1);
  const unsigned two = mix(word1 ^ mix(word0 + 0x85EBCA6Bu));
  constexpr long piece = 64;
  bool keep[piece];
  long chosen = 0;
  for (long from = 0; from < count; from += piece) {
    const long size = count - from < piece ? count - from : piece;
    for (long i = 0; i < size; i++)
      keep[i] = mix(mix(unsigned(places[from + i]) + one) ^ two) >= dropped;
    for (long i = 0; i < size; i++) {
      out_places[chosen] = places[from + i];
      out_values[chosen] = values[from + i];
      chosen += keep[i] == kept;
    }
  }
  return chosen;
}
#endif

template <int V>
void gather_block(const Real* __restrict w, long ldw, const int* __restrict places,
                  const Real* __restrict values, long count, const Real* start,
                  Real* __restrict out) {
  Vector sums[V];
  EPOCHAL_UNROLL
  for (int v = 0; v < V; v++) sums[v] = load(start + v * VL);
  for (long i = 0; i < count; i++) {
    const Real* row = w + long(places[i]) * ldw;
    EPOCHAL_UNROLL
    for (int v = 0; v < V; v++) sums[v] += load(row + v * VL) * values[i];
  }
  EPOCHAL_UNROLL
  for (int v = 0; v < V; v++) store(out + v * VL, sums[v]);
}

void gather_rows(const Real* w, long width, const int* places, const Real* values, long count,
                 const Real* start, Real* out) {
  for (long c = 0; c < width;) {
    const long left = (width - c) / VL;
    switch (left < 4 ? left : 4) {
      case 4: gather_block<4>(w + c, width, places, values, count, start + c, out + c); break;
      case 3: gather_block<3>(w + c, width, places, values, count, start + c, out + c); break;
      case 2: gather_block<2>(w + c, width, places, values, count, start + c, out + c); break;
      default: gather_block<1>(w + c, width, places, values, count, start + c, out + c);
    }
    c += (left < 4 ? left : 4) * VL;
  }
}

}  // namespace
}  // namespace epochal
