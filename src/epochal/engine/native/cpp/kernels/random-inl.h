// Random numbers by element: what is drawn depends on the seed and the place alone.
#pragma once

#include "kernels/target-inl.h"
#include "kernels/vector_math-inl.h"

namespace epochal {
namespace {

// The same hash as `engine/xla/masks.py`, bit for bit.
template <class Word>  // one, or a vector of them
inline Word mix(Word x) {
  x = (x ^ (x >> 16)) * 0x7FEB352Du;
  x = (x ^ (x >> 15)) * 0x846CA68Bu;
  return x ^ (x >> 16);
}

void dropout(const Real* __restrict x, Real* __restrict y, Real* __restrict mask, long count,
             unsigned first, unsigned word0, unsigned word1, unsigned dropped, Real scale) {
  const unsigned one = mix(word0 * 0x9E3779B9u + word1);
  const unsigned two = mix(word1 ^ mix(word0 + 0x85EBCA6Bu));
  for (long i = 0; i < count; i++) {
    const bool keep = mix(mix(first + unsigned(i) + one) ^ two) >= dropped;
    mask[i] = keep ? scale : Real(0);
    y[i] = keep ? x[i] * scale : Real(0);
  }
}

void alpha_dropout(const Real* __restrict x, Real* __restrict y, Real* __restrict mask, long count,
                   unsigned first, unsigned word0, unsigned word1, Real rate) {
  const unsigned one = mix(word0 * 0x9E3779B9u + word1);
  const unsigned two = mix(word1 ^ mix(word0 + 0x85EBCA6Bu));
  const auto limit = Real(-SELU_SCALE * SELU_ALPHA);
  const Real scale = Real(1) / root((Real(1) - rate) * (Real(1) + rate * limit * limit));
  const Real offset = -scale * limit * rate;
  const auto bound = float(rate);  // the other engine compares float32 numbers in steps of 2^-24
  for (long i = 0; i < count; i++) {
    const auto word = int(mix(mix(first + unsigned(i) + one) ^ two) >> 8);
    const bool keep = float(word) * 5.9604644775390625e-8f >= bound;
    mask[i] = keep ? scale : Real(0);
    y[i] = scale * (keep ? x[i] : limit) + offset;
  }
}

// A standard normal number from a word: the inverse of its distribution function (Giles,
// "Approximating the erfinv function", 2010). Its 23 bits are those of `engine/xla/masks.py`; the
// numbers are the same to float32's rounding, as XLA computes the polynomials in its own way.
inline float normal_of(unsigned word) {
  const float u = float(int(word >> 9) * 2 - 8388607) * 1.1920928955078125e-7f;
  const float w = -log_of((1.0f - u) * (1.0f + u));
  const float a = w - 2.5f, b = __builtin_sqrtf(w) - 3.0f;
  float p = 2.81022636e-08f;
  p = p * a + 3.43273939e-07f;
  p = p * a - 3.5233877e-06f;
  p = p * a - 4.39150654e-06f;
  p = p * a + 0.00021858087f;
  p = p * a - 0.00125372503f;
  p = p * a - 0.00417768164f;
  p = p * a + 0.246640727f;
  p = p * a + 1.50140941f;
  float q = -0.000200214257f;
  q = q * b + 0.000100950558f;
  q = q * b + 0.00134934322f;
  q = q * b - 0.00367342844f;
  q = q * b + 0.00573950773f;
  q = q * b - 0.0076224613f;
  q = q * b + 0.00943887047f;
  q = q * b + 1.00167406f;
  q = q * b + 2.83297682f;
  return 1.41421356237309505f * (w < 5.0f ? p : q) * u;
}

void gaussian_noise(const Real* __restrict x, Real* __restrict y, Real* __restrict mask, long count,
                    unsigned first, unsigned word0, unsigned word1, Real deviation, bool factor) {
  const unsigned one = mix(word0 * 0x9E3779B9u + word1);
  const unsigned two = mix(word1 ^ mix(word0 + 0x85EBCA6Bu));
  for (long i = 0; i < count; i++)
    mask[i] = Real(normal_of(mix(mix(first + unsigned(i) + one) ^ two))) * deviation;
  for (long i = 0; i < count; i++) {
    if (factor) mask[i] += Real(1);
    y[i] = factor ? x[i] * mask[i] : x[i] + mask[i];
  }
}

}  // namespace
}  // namespace epochal
