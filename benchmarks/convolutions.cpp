// How fast the native engine's convolutions are.
//
// Prints one line for each shape and number of threads: the numbers of the shape, the threads, then
// GFLOPS of the product with the weights (bias and ReLU included), of the gradient of the inputs,
// and of the gradient of the weights. The first line names the kernels and gives the speed of the
// same code on matrices that lie in the first cache. A speed is the best of many runs.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "kernels/dispatch.h"
#include "layers/convolution_product.h"
#include "threads.h"

using namespace epochal;

namespace {

constexpr double SECONDS = 0.15;  // for each measurement
constexpr long BATCH = 32;

void fill(Buffer<float>& buffer, long count) {
  for (long i = 0; i < count; i++) buffer[i] = float(std::rand()) / float(RAND_MAX) - 0.5f;
}

Buffer<float> numbers(long count) {
  Buffer<float> buffer(count + LANE);
  fill(buffer, count);
  return buffer;
}

// GFLOPS of run(image) for all images of a batch, which threads share.
template <class Run>
double gigaflops(int threads, double operations, const Run& run) {
  using Clock = std::chrono::steady_clock;
  double best = 1e9;
  bool done = false;
  side_by_side(threads, threads, [&](int thread, int count, Barrier& barrier) {
    double spent = 0;
    while (!done) {
      barrier.wait();
      const auto began = Clock::now();
      for (long b = BATCH * thread / count; b < BATCH * (thread + 1) / count; b++) run(b, thread);
      barrier.wait();
      if (thread == 0) {
        const double took = std::chrono::duration<double>(Clock::now() - began).count();
        spent += took;
        best = std::min(best, took);
        done = spent > SECONDS;
      }
      barrier.wait();
    }
  });
  return operations / best / 1e9;
}

void measure(const Kernels<float>& kernels, const Window& w) {
  const Parameter parameter{.rows = w.kernel_height * w.kernel_width * w.channels / w.groups,
                            .columns = w.filters};
  Weights<float> weights(parameter, false);
  fill(weights.values, padded(parameter.columns) * parameter.rows);
  const Buffer<float> bias = numbers(w.filters);
  ConvolutionProduct<float> forward(w, Direction::narrowing, true, kernels);
  ConvolutionProduct<float> backward(w, Direction::widening, false, kernels);
  ConvolutionGradient<float> gradient(w, backward.frame(), kernels);
  Barrier alone(1);
  const Worker worker{.thread = 0, .threads = 1, .barrier = &alone};
  forward.pack(worker, weights, bias.get());
  backward.pack(worker, weights, nullptr);
  gradient.reserve(8);
  const long wide = forward.frame().size(), narrow = backward.frame().size();
  const long in = w.height * w.width * w.channels, out = w.out_height() * w.out_width() * w.filters;
  const Buffer<float> x = numbers(BATCH * wide), dy = numbers(BATCH * narrow);
  const Buffer<float> y = numbers(BATCH * out), dx = numbers(BATCH * in);
  const double operations = 2.0 * BATCH * double(out) * double(parameter.rows);
  for (const int threads : {1, 2}) {
    const double product = gigaflops(threads, operations, [&](long b, int) {
      forward.apply(x.get() + b * wide, true, y.get() + b * out);
    });
    const double input = gigaflops(threads, operations, [&](long b, int) {
      backward.apply(dy.get() + b * narrow, false, dx.get() + b * in);
    });
    const double weight = gigaflops(threads, operations, [&](long b, int) {
      gradient.add(b / 4, b % 4 == 0, x.get() + b * wide, dy.get() + b * narrow);
    });
    std::printf("%ld %ld %ld %ld %ld %ld %ld %ld %ld %d %.1f %.1f %.1f\n", w.channels, w.filters,
                w.height, w.width, w.kernel_height, w.stride_height, w.top, w.dilation_height,
                w.groups, threads, product, input, weight);
    std::fflush(stdout);
  }
}

// Products of tiny matrices that lie in the first cache: what the units of a core can do at most.
double peak(const Kernels<float>& kernels) {
  const long rows = 24, inner = 64, width = 64;
  const Buffer<float> x = numbers(rows * 80), w = numbers(inner * width), out = numbers(rows * 80);
  const double operations = 2.0 * rows * inner * width * BATCH;
  return gigaflops(1, operations, [&](long, int) {
    kernels.multiply(x.get(), 80, rows, w.get(), inner, width, nullptr, out.get(), 80);
  });
}

Window window_of(char** sizes) {
  const auto size = [&](int i) { return std::atol(sizes[i]); };
  Window w{.height = size(2), .width = size(3), .channels = size(0), .filters = size(1)};
  w.kernel_height = w.kernel_width = size(4);
  w.stride_height = w.stride_width = size(5);
  w.dilation_height = w.dilation_width = size(7);
  w.groups = size(8);
  if (size(6)) {  // as Keras pads
    const auto pad = [&](long length, long& before, long& behind) {
      const long outputs = (length + size(5) - 1) / size(5);
      const long total =
          std::max(0L, (outputs - 1) * size(5) + (size(4) - 1) * size(7) + 1 - length);
      before = total / 2;
      behind = total - before;
    };
    pad(w.height, w.top, w.bottom);
    pad(w.width, w.left, w.right);
  }
  return w;
}

}  // namespace

// The name of the kernels ("" for the fastest), then nine numbers a shape: channels, filters,
// height, width, kernel, stride, whether it is padded, dilation, groups.
int main(int count, char** arguments) {
  const Kernels<float>& kernels = kernels_for<float>(count > 1 ? arguments[1] : "");
  std::printf("%s %.1f\n", kernels.name, peak(kernels));
  for (int i = 2; i + 9 <= count; i += 9) measure(kernels, window_of(arguments + i));
}
