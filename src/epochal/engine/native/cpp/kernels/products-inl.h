// The products of a dense layer: with its weights, and the gradients of weights and inputs.
#pragma once

#include <utility>

#include "kernels/target-inl.h"

namespace epochal {
namespace {

constexpr long MOST_VECTORS = WIDE ? 4 : 2;  // columns of a block of sums, in vectors
constexpr long DEPTH = 96;                   // rows of weights that stay in the first cache

// Rows that a block of `vectors` columns may have, so that all its sums stay in registers.
constexpr long most_rows(long vectors) {
  return WIDE ? (vectors == 4 ? 6 : vectors == 3 ? 8 : 12) : 6;
}

// The sums go on from `start`, whose rows are `lds` apart; from zero where it is null.
template <int R, int V>
void multiply_block(const Real* __restrict x, long ldx, const Real* __restrict w, long ldw,
                    long inner, const Real* start, long lds, Real* out, long ldo) {
  Vector sums[R][V];
  EPOCHAL_UNROLL
  for (int r = 0; r < R; r++) {
    EPOCHAL_UNROLL
    for (int v = 0; v < V; v++) sums[r][v] = start ? load(start + r * lds + v * VL) : Vector{};
  }
  for (long k = 0; k < inner; k++) {
    Vector row[V];
    EPOCHAL_UNROLL
    for (int v = 0; v < V; v++) row[v] = load(w + k * ldw + v * VL);
    EPOCHAL_UNROLL
    for (int r = 0; r < R; r++) {
      const Real value = x[r * ldx + k];
      EPOCHAL_UNROLL
      for (int v = 0; v < V; v++) sums[r][v] += row[v] * value;
    }
  }
  EPOCHAL_UNROLL
  for (int r = 0; r < R; r++) {
    EPOCHAL_UNROLL
    for (int v = 0; v < V; v++) store(out + r * ldo + v * VL, sums[r][v]);
  }
}

template <int R, int V>
void weight_gradient_block(const Real* __restrict x, long ldx, const Real* __restrict dz, long ldz,
                           long rows, Real* __restrict g, long ldg, Real scale, bool add) {
  Vector sums[R][V];
  EPOCHAL_UNROLL
  for (int r = 0; r < R; r++) {
    EPOCHAL_UNROLL
    for (int v = 0; v < V; v++) {
      sums[r][v] = Vector{};
      __builtin_prefetch(g + r * ldg + v * VL, 1);  // there when the sums are complete
    }
  }
  for (long b = 0; b < rows; b++) {
    Vector row[V];
    EPOCHAL_UNROLL
    for (int v = 0; v < V; v++) row[v] = load(dz + b * ldz + v * VL);
    EPOCHAL_UNROLL
    for (int r = 0; r < R; r++) {
      const Real value = x[b * ldx + r];
      EPOCHAL_UNROLL
      for (int v = 0; v < V; v++) sums[r][v] += row[v] * value;
    }
  }
  EPOCHAL_UNROLL
  for (int r = 0; r < R; r++) {
    EPOCHAL_UNROLL
    for (int v = 0; v < V; v++) {
      Real* to = g + r * ldg + v * VL;
      store(to, add ? load(to) + sums[r][v] * scale : sums[r][v] * scale);
    }
  }
}

template <int R, int V>
void input_gradient_block(const Panel<Real>* panels, long n_panels, long from,
                          const Real* __restrict dzt, Real* __restrict out) {
  Vector sums[R][V];
  EPOCHAL_UNROLL
  for (int r = 0; r < R; r++) {
    EPOCHAL_UNROLL
    for (int v = 0; v < V; v++) sums[r][v] = Vector{};
  }
  for (long p = 0; p < n_panels; p++) {
    const long width = panels[p].width;
    const Real* __restrict w = panels[p].weights + from * width;
    const Real* __restrict z = dzt + panels[p].first * BLOCK;
    for (long j = 0; j < panels[p].used; j++) {
      Vector row[V];
      EPOCHAL_UNROLL
      for (int v = 0; v < V; v++) row[v] = load(z + j * BLOCK + v * VL);
      EPOCHAL_UNROLL
      for (int r = 0; r < R; r++) {
        const Real value = w[r * width + j];
        EPOCHAL_UNROLL
        for (int v = 0; v < V; v++) sums[r][v] += row[v] * value;
      }
    }
  }
  EPOCHAL_UNROLL
  for (int r = 0; r < R; r++) {
    EPOCHAL_UNROLL
    for (int v = 0; v < V; v++) store(out + r * BLOCK + v * VL, sums[r][v]);
  }
}

// Calls block.operator()<R>() with R = rows, from 1 to MOST.
template <int V, long MOST = most_rows(V), class Block>
inline void with_rows(long rows, const Block& block) {
  const auto call = [&]<int R> {
    if constexpr (R <= MOST) block.template operator()<R>();
  };
  switch (rows) {
    case 1: return call.template operator()<1>();
    case 2: return call.template operator()<2>();
    case 3: return call.template operator()<3>();
    case 4: return call.template operator()<4>();
    case 5: return call.template operator()<5>();
    case 6: return call.template operator()<6>();
    case 7: return call.template operator()<7>();
    case 8: return call.template operator()<8>();
    case 9: return call.template operator()<9>();
    case 10: return call.template operator()<10>();
    case 11: return call.template operator()<11>();
    case 12: return call.template operator()<12>();
    case 13: return call.template operator()<13>();
    case 14: return call.template operator()<14>();
    case 15: return call.template operator()<15>();
    default: return call.template operator()<16>();
  }
}

// Calls block.operator()<V>() with V = vectors, from 1 to MOST_VECTORS. Where registers are few
// there are always two, as a lane has an even number of vectors there.
template <class Block>
inline void with_vectors(long vectors, const Block& block) {
  if constexpr (WIDE) {
    switch (vectors) {
      case 4: return block.template operator()<4>();
      case 3: return block.template operator()<3>();
      case 2: return block.template operator()<2>();
      default: return block.template operator()<1>();
    }
  } else {
    block.template operator()<2>();
  }
}

// Cuts `total` into equal parts of at most `most`: the size of the part that begins here.
inline long part(long total, long most) {
  const long parts = (total + most - 1) / most;
  return parts ? (total + parts - 1) / parts : 0;
}

// Where several blocks read the same weights, these are taken a few rows at a time, which stay in
// the first cache, while the next ones come into the second.
template <int V>
void multiply_columns(const Real* x, long ldx, long rows, const Real* w, long ldw, long inner,
                      const Real* bias, Real* out, long ldo, bool add) {
  const long most = part(rows, most_rows(V));
  const long depth = most < rows ? DEPTH : inner;
  for (long k = 0; k < inner; k += depth) {
    const bool goes_on = add || k > 0;
    const long deep = inner - k < depth ? inner - k : depth;
    const long left = inner - k - deep, ahead = left < depth ? left : depth;
    for (long r = 0; r < rows; r += most) {
      const long count = rows - r < most ? rows - r : most;
      Real* to = out + r * ldo;
      for (long i = ahead * r / rows; i < ahead * (r + count) / rows; i++)
        for (int v = 0; v < V; v++) __builtin_prefetch(w + (k + depth + i) * ldw + v * VL, 0, 2);
      with_rows<V>(count, [&]<int R> {
        multiply_block<R, V>(x + r * ldx + k, ldx, w + k * ldw, ldw, deep, goes_on ? to : bias,
                             goes_on ? ldo : 0, to, ldo);
      });
    }
  }
}

void multiply_panel(const Real* x, long ldx, long rows, const Real* w, long inner, long width,
                    const Real* bias, Real* out, long ldo, bool add) {
  for (long c = 0; c < width;) {
    const long vectors = (width - c) / VL < MOST_VECTORS ? (width - c) / VL : MOST_VECTORS;
    const Real* b = bias ? bias + c : nullptr;
    with_vectors(vectors, [&]<int V> {
      multiply_columns<V>(x, ldx, rows, w + c, width, inner, b, out + c, ldo, add);
    });
    c += vectors * VL;
  }
}

void multiply(const Real* x, long ldx, long rows, const Real* w, long inner, long width,
              const Real* bias, Real* out, long ldo) {
  multiply_panel(x, ldx, rows, w, inner, width, bias, out, ldo, false);
}

void multiply_add(const Real* x, long ldx, long rows, const Real* w, long inner, long width,
                  Real* out, long ldo) {
  multiply_panel(x, ldx, rows, w, inner, width, nullptr, out, ldo, true);
}

template <int V>
void weight_gradient_columns(const Real* x, long ldx, const Real* dz, long ldz, long rows, Real* g,
                             long ldg, long count, Real scale, bool add) {
  const long most = part(count, most_rows(V));
  for (long k = 0; k < count; k += most) {
    const long size = count - k < most ? count - k : most;
    with_rows<V>(size, [&]<int R> {
      weight_gradient_block<R, V>(x + k, ldx, dz, ldz, rows, g + k * ldg, ldg, scale, add);
    });
  }
}

void weight_gradient(const Real* x, long ldx, const Real* dz, long ldz, long rows, Real* g,
                     long count, long width, Real scale, bool add) {
  for (long c = 0; c < width;) {
    const long vectors = (width - c) / VL < MOST_VECTORS ? (width - c) / VL : MOST_VECTORS;
    with_vectors(vectors, [&]<int V> {
      weight_gradient_columns<V>(x, ldx, dz + c, ldz, rows, g + c, width, count, scale, add);
    });
    c += vectors * VL;
  }
}

template <int V>
void input_gradient_samples(const Panel<Real>* panels, long n_panels, long from, long count,
                            const Real* dzt, Real* out) {
  const long most = part(count, most_rows(V));
  for (long k = 0; k < count; k += most) {
    const long size = count - k < most ? count - k : most;
    with_rows<V>(size, [&]<int R> {
      input_gradient_block<R, V>(panels, n_panels, from + k, dzt, out + k * BLOCK);
    });
  }
}

void input_gradient(const Panel<Real>* panels, long n_panels, long from, long count,
                    const Real* dzt, long samples, Real* out) {
  constexpr int vectors = BLOCK / VL < 2 ? 1 : 2;
  for (long s = 0; s < samples; s += vectors * VL) {
    if (WIDE && samples - s <= VL) {
      input_gradient_samples<1>(panels, n_panels, from, count, dzt + s, out + s);
    } else {
      input_gradient_samples<vectors>(panels, n_panels, from, count, dzt + s, out + s);
    }
  }
}

// The lower (0) or upper (1) halves of two vectors, one element of each in turn.
template <int HALF, int... I>
inline Vector interleave(Vector a, Vector b, std::integer_sequence<int, I...>) {
#if defined(__clang__)
  return __builtin_shufflevector(a, b, (HALF * VL / 2 + I / 2 + I % 2 * VL)...);
#else
  return __builtin_shuffle(a, b, decltype(a < b){(HALF * VL / 2 + I / 2 + I % 2 * VL)...});
#endif
}

// dst (VL, VL) = the transpose of the first `rows` rows of src, and of zeros: those of dst that
// there are.
inline void transpose_tile(const Real* src, long lds, long rows, Real* dst, long ldd, long there) {
  constexpr std::make_integer_sequence<int, int(VL)> places{};
  Vector tile[VL], mixed[VL];
  EPOCHAL_UNROLL
  for (long i = 0; i < VL; i++) tile[i] = i < rows ? load(src + i * lds) : Vector{};
  EPOCHAL_UNROLL
  for (long stage = 1; stage < VL; stage *= 2) {
    EPOCHAL_UNROLL
    for (long i = 0; i < VL; i++) mixed[i] = tile[i];
    EPOCHAL_UNROLL
    for (long i = 0; i < VL / 2; i++) {
      tile[2 * i] = interleave<0>(mixed[i], mixed[i + VL / 2], places);
      tile[2 * i + 1] = interleave<1>(mixed[i], mixed[i + VL / 2], places);
    }
  }
  EPOCHAL_UNROLL
  for (long i = 0; i < VL; i++)
    if (i < there) store(dst + i * ldd, tile[i]);
}

void to_columns(const Real* src, long ld, long rows, long columns, Real* dst) {
  for (long b = 0; b < rows; b += VL)
    for (long j = 0; j < columns; j += VL)
      transpose_tile(src + b * ld + j, ld, rows - b, dst + j * BLOCK + b, BLOCK, VL);
}

void from_columns(const Real* src, long rows, long columns, Real* dst, long ld) {
  for (long b = 0; b < rows; b += VL)
    for (long j = 0; j < columns; j += VL)
      transpose_tile(src + j * BLOCK + b, BLOCK, VL, dst + b * ld + j, ld, rows - b);
}

}  // namespace
}  // namespace epochal
