// The products of a convolution: with its weights, and the gradient of its weights.
//
// Nothing gathers patches. What a pixel takes lies in runs of neighbouring elements, one for each
// row of the window, and both products read them where they are.
#pragma once

#include "kernels/products-inl.h"
#include "kernels/target-inl.h"

namespace epochal {
namespace {

// The pixels of a sweep in order, and where the inputs and outputs of each begin.
class Pixels {
 public:
  Pixels(const Sweep& sweep, long first)
      : sweep_(sweep),
        column_(first % sweep.columns),
        in_(first / sweep.columns * sweep.row_step + column_ * sweep.column_step),
        out_(first / sweep.columns * sweep.out_row_step + column_ * sweep.out_column_step) {}

  long in() const { return in_; }
  long out() const { return out_; }
  void advance() {
    in_ += sweep_.column_step;
    out_ += sweep_.out_column_step;
    if (++column_ < sweep_.columns) return;
    column_ = 0;
    in_ += sweep_.row_step - sweep_.columns * sweep_.column_step;
    out_ += sweep_.out_row_step - sweep_.columns * sweep_.out_column_step;
  }

 private:
  const Sweep& sweep_;
  long column_, in_, out_;
};

// What a sum starts from, and what is done with it.
struct Ends {
  const Real* bias;  // may be null
  bool relu;
  long used;  // columns that are stored
};

template <int R, int V>
inline void begin_sums(Vector (&sums)[R][V], const Ends& ends) {
  EPOCHAL_UNROLL
  for (int v = 0; v < V; v++) {
    const Vector start = ends.bias ? load(ends.bias + v * VL) : Vector{};
    EPOCHAL_UNROLL
    for (int r = 0; r < R; r++) sums[r][v] = start;
  }
}

template <int R, int V>
inline void end_sums(Vector (&sums)[R][V], const Ends& ends, Real* out, const long (&at)[R]) {
  if (ends.relu) {
    EPOCHAL_UNROLL
    for (int r = 0; r < R; r++) {
      EPOCHAL_UNROLL
      for (int v = 0; v < V; v++) sums[r][v] = sums[r][v] < Vector{} ? Vector{} : sums[r][v];
    }
  }
  if (ends.used == V * VL) {
    EPOCHAL_UNROLL
    for (int r = 0; r < R; r++) {
      EPOCHAL_UNROLL
      for (int v = 0; v < V; v++) store(out + at[r] + v * VL, sums[r][v]);
    }
  } else {
    EPOCHAL_UNROLL
    for (int r = 0; r < R; r++) {
      EPOCHAL_UNROLL
      for (int v = 0; v < V; v++) store_first(out + at[r] + v * VL, sums[r][v], ends.used - v * VL);
    }
  }
}

// Pixels of a block in one row, and rows of a block of the weights' gradient.
constexpr long most_pixels(long vectors) {
  return WIDE && vectors == 1 ? 16 : vectors == 1 ? 12 : most_rows(vectors);
}

// How the inputs of a block's pixels lie: each where it happens to be, or side by side in one row.
enum class Place { anywhere, row };

template <int R, int V, Place PLACE>
void convolve_block(const Sweep& sweep, const Real* __restrict x, const long (&from)[R],
                    const Real* __restrict w, long ldw, const Ends& ends, Real* __restrict out,
                    const long (&to)[R]) {
  Vector sums[R][V];
  begin_sums(sums, ends);
  const long step = sweep.column_step;
  for (long i = 0; i < sweep.n_runs; i++) {
    const Real* inputs[R];
    EPOCHAL_UNROLL
    for (int r = 0; r < R; r++) inputs[r] = x + from[r] + sweep.runs[i];
    for (long k = 0; k < sweep.run; k++, w += ldw) {
      Vector row[V];
      EPOCHAL_UNROLL
      for (int v = 0; v < V; v++) row[v] = load(w + v * VL);
      EPOCHAL_UNROLL
      for (int r = 0; r < R; r++) {
        const Real value = PLACE == Place::row ? inputs[0][r * step + k] : inputs[r][k];
        EPOCHAL_UNROLL
        for (int v = 0; v < V; v++) sums[r][v] += row[v] * value;
      }
    }
  }
  end_sums(sums, ends, out, to);
}

// One channel: the weights of a run stay in registers, and each input is read once for all of them.
template <int R, int V, int RUN>
void convolve_taps(const Sweep& sweep, const Real* __restrict x, const Real* __restrict w, long ldw,
                   const Ends& ends, Real* __restrict out, const long (&to)[R]) {
  Vector sums[R][V];
  begin_sums(sums, ends);
  for (long i = 0; i < sweep.n_runs; i++, w += RUN * ldw) {
    Vector taps[RUN][V];
    EPOCHAL_UNROLL
    for (int k = 0; k < RUN; k++) {
      EPOCHAL_UNROLL
      for (int v = 0; v < V; v++) taps[k][v] = load(w + k * ldw + v * VL);
    }
    const Real* inputs = x + sweep.runs[i];
    EPOCHAL_UNROLL
    for (int j = 0; j < R + RUN - 1; j++) {
      const Vector value = Vector{} + inputs[j];
      EPOCHAL_UNROLL
      for (int k = 0; k < RUN; k++) {
        if (j - k < 0 || j - k >= R) continue;
        EPOCHAL_UNROLL
        for (int v = 0; v < V; v++) sums[j - k][v] += taps[k][v] * value;
      }
    }
  }
  end_sums(sums, ends, out, to);
}

template <int V>
void convolve_anywhere(const Sweep& sweep, const Real* x, const Real* w, long ldw, const Ends& ends,
                       Real* out) {
  constexpr long fitting = V == 1 ? 8 : 6;  // the place of each takes a register too
  const long count = sweep.rows * sweep.columns, most = part(count, fitting);
  Pixels pixels(sweep, 0);
  for (long p = 0; p < count; p += most) {
    with_rows<V, fitting>(count - p < most ? count - p : most, [&]<int R> {
      long from[R] = {}, to[R] = {};
      for (int r = 0; r < R; r++, pixels.advance()) {
        from[r] = pixels.in();
        to[r] = pixels.out();
      }
      convolve_block<R, V, Place::anywhere>(sweep, x, from, w, ldw, ends, out, to);
    });
  }
}

template <int V, long MOST, class Block>
void each_row_block(const Sweep& sweep, const Real* x, Real* out, const Block& block) {
  const long size = part(sweep.columns, MOST);
  for (long y = 0; y < sweep.rows; y++)
    for (long c = 0; c < sweep.columns; c += size)
      with_rows<V, MOST>(sweep.columns - c < size ? sweep.columns - c : size, [&]<int R> {
        long to[R] = {};
        for (int r = 0; r < R; r++) to[r] = r * sweep.out_column_step;
        block.template operator()<R>(x + y * sweep.row_step + c * sweep.column_step,
                                     out + y * sweep.out_row_step + c * sweep.out_column_step, to);
      });
}

template <int V, int RUN>
void convolve_single(const Sweep& sweep, const Real* x, const Real* w, long ldw, const Ends& ends,
                     Real* out) {
  constexpr long most = V == 1 ? 16 : 30 / V - RUN;
  each_row_block<V, most>(sweep, x, out,
                          [&]<int R>(const Real* from, Real* into, const long (&to)[R]) {
                            convolve_taps<R, V, RUN>(sweep, from, w, ldw, ends, into, to);
                          });
}

template <int V>
void convolve_columns(const Sweep& sweep, const Real* x, const Real* w, long ldw, const Ends& ends,
                      Real* out) {
  if (WIDE && sweep.column_step == 1) {
    if (sweep.run == 3 && V < 4) return convolve_single<V, 3>(sweep, x, w, ldw, ends, out);
    if (sweep.run == 5 && V < 3) return convolve_single<V, 5>(sweep, x, w, ldw, ends, out);
  }
  if (V < MOST_VECTORS && part(sweep.columns, most_pixels(V)) * V >= 8)
    return each_row_block<V, most_pixels(V)>(
        sweep, x, out, [&]<int R>(const Real* from, Real* into, const long (&to)[R]) {
          const long zeros[R] = {};
          convolve_block<R, V, Place::row>(sweep, from, zeros, w, ldw, ends, into, to);
        });
  convolve_anywhere<V>(sweep, x, w, ldw, ends, out);
}

void convolve(const Sweep& sweep, const Real* x, const Real* w, long width, long used,
              const Real* bias, bool relu, Real* out) {
  for (long c = 0; c < width;) {
    const long vectors = (width - c) / VL < MOST_VECTORS ? (width - c) / VL : MOST_VECTORS;
    with_vectors(vectors, [&]<int V> {
      const long left = used - c < V * VL ? used - c : V * VL;
      convolve_columns<V>(sweep, x, w + c, width, {bias ? bias + c : nullptr, relu, left}, out + c);
    });
    c += vectors * VL;
  }
}

// Rows of the gradient: R neighbours of each of S runs, so many elements apart.
template <int S, int R, int V>
void convolve_gradient_block(const Sweep& sweep, const Real* __restrict x, const long (&from)[S],
                             const Real* __restrict dy, Real* __restrict g, long width, bool add) {
  Vector sums[S][R][V];
  EPOCHAL_UNROLL
  for (int s = 0; s < S; s++) {
    EPOCHAL_UNROLL
    for (int r = 0; r < R; r++) {
      EPOCHAL_UNROLL
      for (int v = 0; v < V; v++)
        sums[s][r][v] = add ? load(g + (s * R + r) * width + v * VL) : Vector{};
    }
  }
  for (long y = 0; y < sweep.rows; y++) {
    const Real* inputs[S];
    EPOCHAL_UNROLL
    for (int s = 0; s < S; s++) inputs[s] = x + y * sweep.row_step + from[s];
    const Real* out = dy + y * sweep.out_row_step;
    for (long c = 0; c < sweep.columns; c++) {
      Vector row[V];
      EPOCHAL_UNROLL
      for (int v = 0; v < V; v++) row[v] = load(out + v * VL);
      EPOCHAL_UNROLL
      for (int s = 0; s < S; s++) {
        EPOCHAL_UNROLL
        for (int r = 0; r < R; r++) {
          const Real value = inputs[s][r];
          EPOCHAL_UNROLL
          for (int v = 0; v < V; v++) sums[s][r][v] += row[v] * value;
        }
        inputs[s] += sweep.column_step;
      }
      out += sweep.out_column_step;
    }
  }
  EPOCHAL_UNROLL
  for (int s = 0; s < S; s++) {
    EPOCHAL_UNROLL
    for (int r = 0; r < R; r++) {
      EPOCHAL_UNROLL
      for (int v = 0; v < V; v++) store(g + (s * R + r) * width + v * VL, sums[s][r][v]);
    }
  }
}

template <int V>
void convolve_gradient_columns(const Sweep& sweep, const Real* x, const Real* dy, Real* g,
                               long width, bool add) {
  if (WIDE && V < 4 && sweep.n_runs == 3 && sweep.run == 3) {
    const long from[3] = {sweep.runs[0], sweep.runs[1], sweep.runs[2]};
    return convolve_gradient_block<3, 3, V>(sweep, x, from, dy, g, width, add);
  }
  const long most = part(sweep.run, most_pixels(V));
  for (long i = 0; i < sweep.n_runs; i++)
    for (long k = 0; k < sweep.run; k += most)
      with_rows<V, most_pixels(V)>(sweep.run - k < most ? sweep.run - k : most, [&]<int R> {
        const long from[1] = {sweep.runs[i] + k};
        convolve_gradient_block<1, R, V>(sweep, x, from, dy, g + (i * sweep.run + k) * width, width,
                                         add);
      });
}

void convolve_gradient(const Sweep& sweep, const Real* x, const Real* dy, Real* g, long width,
                       bool add) {
  for (long c = 0; c < width;) {
    const long vectors = (width - c) / VL < MOST_VECTORS ? (width - c) / VL : MOST_VECTORS;
    with_vectors(vectors,
                 [&]<int V> { convolve_gradient_columns<V>(sweep, x, dy + c, g + c, width, add); });
    c += vectors * VL;
  }
}

}  // namespace
}  // namespace epochal
