// The product of a convolution whose output has few channels, as the gradient of an image of three:
// vectors lie along what is summed, not along the channels, most of which would be padding.
#pragma once

#include "kernels/products-inl.h"
#include "kernels/target-inl.h"

namespace epochal {
namespace {

constexpr long MOST_DOT_CHANNELS = WIDE ? 8 : 4;

// Pixels of a block, so that all its sums stay in registers.
constexpr long dot_pixels(long channels) {
  return WIDE ? (channels == 1 ? 16 : 24 / channels) : (channels == 1 ? 6 : 8 / channels);
}

inline Real total_of(Vector parts) {
  Real sum = 0;
  for (long l = 0; l < VL; l++) sum += parts[l];
  return sum;
}

#if defined(__AVX512F__)
// Adds the halves of each 2 * SIZE lanes: those of a stand in the lower half then, those of b in
// the upper one.
template <int SIZE>
inline Vector fold(Vector a, Vector b) {
  alignas(64) int other[16];
  unsigned upper = 0;
  EPOCHAL_UNROLL
  for (int l = 0; l < 16; l++) {
    upper |= (l / SIZE % 2) << l;
    other[l] = l / SIZE % 2 ? 16 + l - SIZE : l + SIZE;
  }
  return _mm512_mask_blend_ps((unsigned short)upper, a, b) +
         _mm512_permutex2var_ps(a, _mm512_load_si512(other), b);
}

// The sum of each of 16 vectors.
inline Vector totals(const Vector* v) {
  Vector a[8], b[4];
  EPOCHAL_UNROLL
  for (int i = 0; i < 8; i++) a[i] = fold<8>(v[i], v[i + 8]);
  EPOCHAL_UNROLL
  for (int i = 0; i < 4; i++) b[i] = fold<4>(a[i], a[i + 4]);
  return fold<1>(fold<2>(b[0], b[2]), fold<2>(b[1], b[3]));
}

template <int COUNT>
inline void put_totals(const Vector (&sums)[COUNT], Real* out) {
  constexpr int full = (COUNT + 15) / 16 * 16;
  Vector all[full];
  EPOCHAL_UNROLL
  for (int i = 0; i < full; i++) all[i] = i < COUNT ? sums[i] : Vector{};
  EPOCHAL_UNROLL
  for (int i = 0; i < full; i += 16) store_first(out + i, totals(all + i), COUNT - i);
}
#else
template <int COUNT>
inline void put_totals(const Vector (&sums)[COUNT], Real* out) {
  EPOCHAL_UNROLL
  for (int i = 0; i < COUNT; i++) out[i] = total_of(sums[i]);
}
#endif

template <int R, int C>
void dot_block(const Sweep& sweep, const Real* __restrict x, const Real* __restrict w,
               const Real* bias, bool relu, Real* __restrict out) {
  const long length = (sweep.run + LANE - 1) / LANE * LANE, whole = sweep.n_runs * length;
  const long step = sweep.column_step;
  Vector sums[R * C];
  EPOCHAL_UNROLL
  for (int i = 0; i < R * C; i++) sums[i] = Vector{};
  for (long i = 0; i < sweep.n_runs; i++) {
    const Real* inputs = x + sweep.runs[i];
    const Real* weights = w + i * length;
    for (long k = 0; k < length; k += VL) {
      Vector taps[C];
      EPOCHAL_UNROLL
      for (int c = 0; c < C; c++) taps[c] = load(weights + c * whole + k);
      EPOCHAL_UNROLL
      for (int r = 0; r < R; r++) {
        const Vector values = load(inputs + r * step + k);
        EPOCHAL_UNROLL
        for (int c = 0; c < C; c++) sums[r * C + c] += values * taps[c];
      }
    }
  }
  put_totals(sums, out);
  constexpr long totals = long(R) * C;
  for (long i = 0; bias && i < totals; i++) out[i] += bias[i % C];
  for (long i = 0; relu && i < totals; i++) out[i] = out[i] < 0 ? 0 : out[i];
}

template <int C>
void dot_rows(const Sweep& sweep, const Real* x, const Real* w, const Real* bias, bool relu,
              Real* out) {
  constexpr long most = dot_pixels(C);
  const long parts = (sweep.columns + most - 1) / most;
  for (long y = 0; y < sweep.rows; y++)
    for (long i = 0; i < parts; i++) {
      const long from = sweep.columns * i / parts, to = sweep.columns * (i + 1) / parts;
      with_rows<1, most>(to - from, [&]<int R> {
        dot_block<R, C>(sweep, x + y * sweep.row_step + from * sweep.column_step, w, bias, relu,
                        out + y * sweep.out_row_step + from * C);
      });
    }
}

bool prefers_dots(const Sweep& sweep, long channels) {
  return WIDE && channels <= MOST_DOT_CHANNELS && sweep.columns >= dot_pixels(channels) &&
         sweep.run >= VL && sweep.out_column_step == channels;
}

void convolve_dots(const Sweep& sweep, const Real* x, const Real* w, long channels,
                   const Real* bias, bool relu, Real* out) {
  switch (channels) {
    case 1: return dot_rows<1>(sweep, x, w, bias, relu, out);
    case 2: return dot_rows<2>(sweep, x, w, bias, relu, out);
    case 3: return dot_rows<3>(sweep, x, w, bias, relu, out);
    case 4: return dot_rows<4>(sweep, x, w, bias, relu, out);
    case 5: return dot_rows<5>(sweep, x, w, bias, relu, out);
    case 6: return dot_rows<6>(sweep, x, w, bias, relu, out);
    case 7: return dot_rows<7>(sweep, x, w, bias, relu, out);
    default: return dot_rows<8>(sweep, x, w, bias, relu, out);
  }
}

}  // namespace
}  // namespace epochal
