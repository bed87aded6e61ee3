// How fast the native engine's products are, each beside libxsmm's code for the same shape.
//
// Prints one line a shape: rows, inputs and outputs of a dense layer, then GFLOPS of its product
// with the weights, of the gradient of its inputs, and of the update of its weights: ours and
// libxsmm's in turn (0 where it has none). The first line is the processor's peak, from sums that
// never leave the registers. A speed is the best of many runs: what disturbs them only slows.
#include "kernels/kernels.h"

#include <libxsmm.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

using namespace epochal;

namespace {

constexpr double SECONDS = 0.05;  // for each measurement

template <class Run>
double gigaflops(double operations, const Run& run) {
  using Clock = std::chrono::steady_clock;
  double best = 1e9, spent = 0;
  while (spent < SECONDS) {
    const auto began = Clock::now();
    run();
    const double took = std::chrono::duration<double>(Clock::now() - began).count();
    spent += took;
    best = took < best ? took : best;
  }
  return operations / best / 1e9;
}

long padded(long columns) { return (columns + LANE - 1) / LANE * LANE; }
long stride(long columns) { return (padded(columns) / LANE | 1) * LANE; }

float* numbers(long count) {
  auto* to = static_cast<float*>(std::aligned_alloc(64, size_t(padded(count)) * sizeof(float)));
  for (long i = 0; i < padded(count); i++) to[i] = float(std::rand()) / float(RAND_MAX) - 0.5f;
  return to;
}

const Kernels<float>& fastest() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw"))
    return kernels_avx512();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return kernels_avx2();
#endif
  return kernels_baseline();
}

// c (n, m) = a (k, m) and b (n, k), as libxsmm's column-major order has it.
double theirs(int m, int n, int k, int lda, int ldb, int ldc, const float* a, const float* b,
              float* c, int flags, float beta) {
  const float alpha = 1;
  const int prefetch = LIBXSMM_PREFETCH_NONE;
  const auto product =
      libxsmm_smmdispatch(m, n, k, &lda, &ldb, &ldc, &alpha, &beta, &flags, &prefetch);
  if (!product) return 0;
  return gigaflops(2.0 * m * n * k, [&] { product(a, b, c); });
}

// As `Network` cuts a layer's columns.
std::vector<Panel<float>> panels_of(float* weights, long inputs, long outputs) {
  const long lanes = padded(outputs) / LANE;
  long count = (lanes + 3) / 4;
  if (lanes > 1) count += count % 2;
  std::vector<Panel<float>> panels;
  for (long i = 0, first = 0; i < count; i++) {
    const long width = (lanes / count + (i < lanes % count)) * LANE;
    panels.push_back({weights + first * inputs, first, width,
                      width < outputs - first ? width : outputs - first});
    first += width;
  }
  return panels;
}

void measure(const Kernels<float>& ours, long rows, long inputs, long outputs) {
  const long ldx = stride(inputs), ldo = stride(outputs), width = padded(outputs);
  const long blocks = (rows + BLOCK - 1) / BLOCK;
  float *weights = numbers(inputs * width), *x = numbers(rows * ldx), *dz = numbers(rows * ldo);
  float *bias = numbers(width), *transposed = numbers(blocks * width * BLOCK),
        *dx = numbers(blocks * ldx * BLOCK);
  const auto panels = panels_of(weights, inputs, outputs);
  const double operations = 2.0 * double(rows) * double(inputs) * double(outputs);
  const double forward = gigaflops(operations, [&] {
    for (const auto& p : panels)
      ours.multiply(x, ldx, rows, p.weights, inputs, p.width, bias + p.first, dz + p.first, ldo);
  });
  const double backward = gigaflops(operations, [&] {
    for (long q = 0; q < blocks; q++)
      ours.input_gradient(
          panels.data(), long(panels.size()), 0, inputs, transposed + q * width * BLOCK,
          rows - q * BLOCK < BLOCK ? rows - q * BLOCK : BLOCK, dx + q * ldx * BLOCK);
  });
  const double update = gigaflops(operations, [&] {
    for (const auto& p : panels)
      ours.weight_gradient(x, ldx, dz + p.first, ldo, rows, p.weights, inputs, p.width, -1e-9f,
                           true);
  });
  const int m = int(outputs), n = int(rows), k = int(inputs), block = int(BLOCK);
  std::printf("%ld %ld %ld %.1f %.1f %.1f %.1f %.1f %.1f\n", rows, inputs, outputs,  //
              forward, theirs(m, n, k, int(width), int(ldx), int(ldo), weights, x, dz, 0, 0),
              backward,
              theirs(block, k, m, block, int(width), block, transposed, weights, dx, 0, 0), update,
              theirs(m, k, n, int(ldo), int(ldx), int(width), dz, x, weights,
                     LIBXSMM_GEMM_FLAG_TRANS_B, 1));
  std::fflush(stdout);
  for (float* each : {weights, x, dz, bias, transposed, dx}) std::free(each);
}

// Products of tiny matrices that lie in the first cache: what the units of a core can do at most.
double peak(const Kernels<float>& ours) {
  const long rows = 24, inner = 64, width = 64;
  float *x = numbers(rows * 80), *w = numbers(inner * width), *out = numbers(rows * 80);
  return gigaflops(2.0 * rows * inner * width * 100, [&] {
    for (int i = 0; i < 100; i++) ours.multiply(x, 80, rows, w, inner, width, nullptr, out, 80);
  });
}

}  // namespace

int main() {
  libxsmm_init();
  const Kernels<float>& ours = fastest();
  std::printf("%s %.1f\n", ours.name, peak(ours));
  const long shapes[][2] = {{784, 300}, {300, 100}, {100, 10}, {3072, 100}, {100, 100}};
  for (const long rows : {32L, 128L, 512L})
    for (const auto& shape : shapes) measure(ours, rows, shape[0], shape[1]);
}
