// Elementary functions of one number, without branches or calls, so that loops over them become
// vector code. See `target-inl.h`.
#pragma once

#include <math.h>

namespace epochal {
namespace {

constexpr double SELU_SCALE = 1.0507009873554804934193349852946;
constexpr double SELU_ALPHA = 1.6732632423543772848170429916717;

// The parts of x = n ln 2 + r: 2^n exactly, and r in [-0.35, 0.35].
struct Reduced {
  float r, power;
  float power2;  // power * power2 = 2^n: two factors, so that neither leaves float's range
};

inline float bits_to_float(int bits) { return __builtin_bit_cast(float, bits); }

inline Reduced reduce(float x) {
  const float shifted = x * 1.44269504088896341f + 12582912.0f;  // rounds to whole numbers
  const float n = shifted - 12582912.0f;
  const int whole = __builtin_bit_cast(int, shifted) - 0x4B400000;
  const int half = whole >> 1;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  return {.r = r,
          .power = bits_to_float((half + 127) << 23),
          .power2 = bits_to_float((whole - half + 127) << 23)};
}

// exp(r) - 1 - r on the reduced range (Cephes, expf).
inline float above_linear(float r) {
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  return p * r * r;
}

inline float exp_of(float x) {
  float bounded = x > 89.0f ? 89.0f : x;
  bounded = bounded < -104.0f ? -104.0f : bounded;  // a NaN passes both
  const Reduced parts = reduce(bounded);
  return (above_linear(parts.r) + parts.r + 1.0f) * parts.power * parts.power2;
}

// exp(x) - 1 for x <= 0, exact near 0.
inline float expm1_of(float x) {
  const float bounded = x < -30.0f ? -30.0f : x;
  const Reduced parts = reduce(bounded);
  const float power = parts.power * parts.power2;
  return power * (above_linear(parts.r) + parts.r) + (power - 1.0f);
}

// log(1 + f) - f between sqrt(1/2) and sqrt(2) (Cephes, logf).
inline float log_tail(float f) {
  const float square = f * f;
  float p = 7.0376836292e-2f;
  p = p * f - 1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f - 1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f - 1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f - 2.4999993993e-1f;
  p = p * f + 3.3333331174e-1f;
  return p * f * square - 0.5f * square;
}

// log(1 + x) for 0 <= x <= 1, with the argument kept apart from 1.
inline float log1p_of(float x) {
  const bool large = x > 0.41421356f;
  const float f = large ? (x - 1.0f) * 0.5f : x;  // (1 + x) / 2 = 1 + f
  const float tail = log_tail(f);
  return large ? (tail + f) + 0.693147180559945f : tail + f;
}

// log(x) for normal positive numbers: the same polynomial around the nearest power of two.
inline float log_of(float x) {
  const int bits = __builtin_bit_cast(int, x);
  const int exponent = (bits - 0x3F3504F3) >> 23;  // of x / sqrt(1/2)
  const float f = bits_to_float(bits - exponent * (1 << 23)) - 1.0f;
  return (log_tail(f) + f) + float(exponent) * 0.693147180559945f;
}

// A rational approximation that is exact to float32 on [-4, 4], and 1 beyond.
inline float erf_of(float x) {
  float b = x > 4.0f ? 4.0f : x;
  b = b < -4.0f ? -4.0f : b;
  const float s = b * b;
  float p = -2.72614225801306e-10f;
  p = p * s + 2.77068142495902e-08f;
  p = p * s - 2.10102402082508e-06f;
  p = p * s - 5.69250639462346e-05f;
  p = p * s - 7.34990630326855e-04f;
  p = p * s - 2.95459980854025e-03f;
  p = p * s - 1.60960333262415e-02f;
  float q = -1.45660718464996e-05f;
  q = q * s - 2.13374055278905e-04f;
  q = q * s - 1.68282697438203e-03f;
  q = q * s - 7.37332916720468e-03f;
  q = q * s - 1.42647390514189e-02f;
  return b * p / q;
}

inline double exp_of(double x) { return ::exp(x); }
inline double expm1_of(double x) { return ::expm1(x); }
inline double log1p_of(double x) { return ::log1p(x); }
inline double erf_of(double x) { return ::erf(x); }

template <class T>
inline T magnitude(T x) {
  return x < 0 ? -x : x;
}

template <class T>
inline T tanh_of(T x) {
  const T e = expm1_of(T(-2) * magnitude(x));
  const T t = -e / (T(2) + e);
  return x < 0 ? -t : t;
}

template <class T>
inline T sigmoid_of(T x) {
  return T(1) / (T(1) + exp_of(-x));
}

template <class T>
inline T softplus_of(T x) {
  return (x > 0 ? x : T(0)) + log1p_of(exp_of(-magnitude(x)));
}

}  // namespace
}  // namespace epochal
