// The softmax of a row, and the normalisation of columns over a batch.
#pragma once

#include "kernels/products-inl.h"
#include "kernels/reductions-inl.h"
#include "kernels/target-inl.h"
#include "kernels/vector_math-inl.h"

namespace epochal {
namespace {

double softmax(const Real* z, Real* p, long count) {
  Real largest = z[0];
  for (long i = 1; i < count; i++) largest = z[i] > largest ? z[i] : largest;
  for (long i = 0; i < count; i++) p[i] = exp_of(z[i] - largest);
  Real sum = 0;
  double exact = 0;
  for (long i = 0; i < count; i++) {
    sum += p[i];
    exact += double(p[i]);
  }
  for (long i = 0; i < count; i++) p[i] /= sum;
  return double(largest) + ::log(exact);
}

double sigmoid_loss(const Real* z, const Real* y, Real smoothing, Real scale, long count, Real* p,
                    Real* dz) {
  constexpr long block = 128;
  Real targets[block], losses[block];
  const Real kept = 1 - smoothing, moved = Real(0.5) * smoothing;
  double sum = 0;
  for (long first = 0; first < count; first += block) {
    const long n = count - first < block ? count - first : block;
    for (long i = 0; i < n; i++) targets[i] = y[first + i] * kept + moved;
    for (long i = 0; i < n; i++) {
      const Real a = z[first + i];
      // The first difference is exactly 0 where the larger one of two classes is right.
      const Real linear = (a > 0 ? a : Real(0)) - a * targets[i];
      losses[i] = linear + log1p_of(exp_of(-magnitude(a)));
    }
    for (long i = 0; i < n; i++) p[first + i] = sigmoid_of(z[first + i]);
    for (long i = 0; dz && i < n; i++) dz[first + i] = (p[first + i] - targets[i]) * scale;
    sum += sum_of(losses, n);
  }
  return sum;
}

// Of each column the sum over rows of f(row, vector), in parts that need not wait for each other.
template <int PARTS, int V, class F>
inline void sum_over_rows(long rows, Vector (&total)[V], const F& f) {
  Vector parts[PARTS][V] = {};
  long r = 0;
  for (; r + PARTS <= rows; r += PARTS) {
    EPOCHAL_UNROLL
    for (int p = 0; p < PARTS; p++) {
      EPOCHAL_UNROLL
      for (int v = 0; v < V; v++) parts[p][v] += f(r + p, v);
    }
  }
  for (; r < rows; r++) {
    EPOCHAL_UNROLL
    for (int v = 0; v < V; v++) parts[0][v] += f(r, v);
  }
  EPOCHAL_UNROLL
  for (int v = 0; v < V; v++) {
    total[v] = parts[0][v];
    EPOCHAL_UNROLL
    for (int p = 1; p < PARTS; p++) total[v] += parts[p][v];
  }
}

// f.operator()<V>(first column) for blocks of so many vectors.
template <class F>
inline void each_block_of_columns(long width, const F& f) {
  for (long c = 0; c < width;) {
    const long left = (width - c + LANE - 1) / LANE * (LANE / VL);
    const long vectors = left < MOST_VECTORS ? left : MOST_VECTORS;
    with_vectors(vectors, [&]<int V> { f.template operator()<V>(c); });
    c += vectors * VL;
  }
}

void moments(const Real* __restrict x, long ld, long rows, long width, Real* __restrict mean,
             Real* __restrict variance) {
  const Real share = Real(1) / Real(rows);
  each_block_of_columns(width, [&]<int V>(long c) {
    Vector centre[V], spread[V];
    sum_over_rows<4>(rows, centre, [&](long r, int v) { return load(x + r * ld + c + v * VL); });
    EPOCHAL_UNROLL
    for (int v = 0; v < V; v++) centre[v] *= share;
    sum_over_rows<4>(rows, spread, [&](long r, int v) {
      const Vector off = load(x + r * ld + c + v * VL) - centre[v];
      return off * off;
    });
    EPOCHAL_UNROLL
    for (int v = 0; v < V; v++) {
      store_first(mean + c + v * VL, centre[v], width - c - v * VL);
      store_first(variance + c + v * VL, spread[v] * share, width - c - v * VL);
    }
  });
}

// Where the values take the place of x, they are read there.
template <bool KEPT, bool ALIASED>
inline void normalise_columns(const Real* __restrict x, long ld, long rows, long width,
                              const Real* __restrict mean, const Real* __restrict inverse,
                              const Real* __restrict gamma, const Real* __restrict beta,
                              Real* __restrict normal, Real* __restrict y, long ldy) {
  for (long b = 0; b < rows; b++)
    for (long c = 0; c < width; c++) {
      const Real n = ((ALIASED ? y[b * ldy + c] : x[b * ld + c]) - mean[c]) * inverse[c];
      if constexpr (KEPT) normal[b * ldy + c] = n;
      y[b * ldy + c] = n * gamma[c] + beta[c];
    }
}

void normalise(const Real* x, long ld, long rows, long width, const Real* mean, const Real* inverse,
               const Real* gamma, const Real* beta, Real* normal, Real* y, long ldy) {
  const auto go = x == y
                      ? (normal ? normalise_columns<true, true> : normalise_columns<false, true>)
                      : (normal ? normalise_columns<true, false> : normalise_columns<false, false>);
  go(x, ld, rows, width, mean, inverse, gamma, beta, normal, y, ldy);
}

void normalise_sums(const Real* __restrict dy, long ldy, const Real* __restrict normal, long ld,
                    long rows, long width, Real* __restrict sum, Real* __restrict sum_normal) {
  each_block_of_columns(width, [&]<int V>(long c) {
    Vector plain[V], weighted[V];
    const auto slope = [&](long r, int v) { return load(dy + r * ldy + c + v * VL); };
    sum_over_rows<4>(rows, plain, slope);
    sum_over_rows<4>(rows, weighted, [&](long r, int v) {
      return slope(r, v) * load(normal + r * ld + c + v * VL);
    });
    EPOCHAL_UNROLL
    for (int v = 0; v < V; v++) {
      store_first(sum + c + v * VL, plain[v], width - c - v * VL);
      store_first(sum_normal + c + v * VL, weighted[v], width - c - v * VL);
    }
  });
}

template <bool ALIASED>
inline void derive_columns(const Real* __restrict dy, long ldy, const Real* __restrict normal,
                           long ld, long rows, long width, const Real* __restrict factor,
                           const Real* __restrict a, const Real* __restrict b,
                           Real* __restrict dx) {
  for (long r = 0; r < rows; r++)
    for (long c = 0; c < width; c++) {
      const Real slope = ALIASED ? dx[r * ldy + c] : dy[r * ldy + c];
      dx[r * ldy + c] = factor[c] * (slope - a[c] - normal[r * ld + c] * b[c]);
    }
}

void normalise_backward(const Real* dy, long ldy, const Real* normal, long ld, long rows,
                        long width, const Real* factor, const Real* a, const Real* b, Real* dx) {
  const auto go = dy == dx ? derive_columns<true> : derive_columns<false>;
  go(dy, ldy, normal, ld, rows, width, factor, a, b, dx);
}

}  // namespace
}  // namespace epochal
