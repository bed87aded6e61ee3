// Convolutions of each channel by itself: vectors lie along the channels.
#pragma once

#include "kernels/convolution-inl.h"
#include "kernels/target-inl.h"

namespace epochal {
namespace {

constexpr long DEPTHWISE_PIXELS = WIDE ? 8 : 4, DEPTHWISE_TAPS = WIDE ? 9 : 5;

template <int R, int V>
void depthwise_block(const Sweep& sweep, const Real* __restrict x, const Real* __restrict w,
                     long width, const Ends& ends, Real* __restrict out, const long (&to)[R]) {
  Vector sums[R][V];
  begin_sums(sums, ends);
  const long step = sweep.column_step;
  for (long i = 0; i < sweep.n_runs; i++) {
    const Real* inputs = x + sweep.runs[i];
    EPOCHAL_UNROLL
    for (int v = 0; v < V; v++) {
      const Vector tap = load(w + i * width + v * VL);
      EPOCHAL_UNROLL
      for (int r = 0; r < R; r++) sums[r][v] += load(inputs + r * step + v * VL) * tap;
    }
  }
  end_sums(sums, ends, out, to);
}

void depthwise(const Sweep& sweep, const Real* x, const Real* w, long width, long used,
               const Real* bias, bool relu, Real* out) {
  for (long c = 0; c < width; c += 2 * VL) {
    const bool pair = c + VL < width;
    const long left = used - c;
    const auto columns = [&]<int V> {
      const Ends ends{
          .bias = bias ? bias + c : nullptr, .relu = relu, .used = left < V * VL ? left : V * VL};
      each_row_block<V, DEPTHWISE_PIXELS>(
          sweep, x + c, out + c, [&]<int R>(const Real* from, Real* into, const long (&to)[R]) {
            depthwise_block<R, V>(sweep, from, w + c, width, ends, into, to);
          });
    };
    if (pair)
      columns.template operator()<2>();
    else
      columns.template operator()<1>();
  }
}

template <int R>
void depthwise_gradient_block(const Sweep& sweep, const Real* __restrict x, const long* runs,
                              const Real* __restrict dy, Real* __restrict g, long width, bool add) {
  Vector sums[R];
  EPOCHAL_UNROLL
  for (int r = 0; r < R; r++) sums[r] = add ? load(g + r * width) : Vector{};
  for (long y = 0; y < sweep.rows; y++) {
    const Real* inputs[R];
    EPOCHAL_UNROLL
    for (int r = 0; r < R; r++) inputs[r] = x + y * sweep.row_step + runs[r];
    const Real* out = dy + y * sweep.out_row_step;
    for (long c = 0, at = 0; c < sweep.columns; c++, at += sweep.column_step) {
      const Vector value = load(out + c * sweep.out_column_step);
      EPOCHAL_UNROLL
      for (int r = 0; r < R; r++) sums[r] += load(inputs[r] + at) * value;
    }
  }
  EPOCHAL_UNROLL
  for (int r = 0; r < R; r++) store(g + r * width, sums[r]);
}

void depthwise_gradient(const Sweep& sweep, const Real* x, const Real* dy, Real* g, long width,
                        bool add) {
  const long most = part(sweep.n_runs, DEPTHWISE_TAPS);
  for (long c = 0; c < width; c += VL)
    for (long i = 0; i < sweep.n_runs; i += most)
      with_rows<1, DEPTHWISE_TAPS>(sweep.n_runs - i < most ? sweep.n_runs - i : most, [&]<int R> {
        depthwise_gradient_block<R>(sweep, x + c, sweep.runs + i, dy + c, g + i * width + c, width,
                                    add);
      });
}

}  // namespace
}  // namespace epochal
