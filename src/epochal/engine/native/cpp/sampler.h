// Monte-Carlo samples: the outputs with dropout and noise on, many times for each row.
#pragma once

#include <memory>
#include <vector>

#include "data.h"
#include "kernels/kernels.h"
#include "layers/layer.h"
#include "loss.h"
#include "step.h"

namespace epochal {

// What the random numbers of samples depend on: row r draws in sample s what a layer's words plus
// (first + r, s) say.
struct SampleKeys {
  std::uint32_t first = 0;  // the number of the first row
  long samples = 0;
  std::vector<Seed> words;  // of each random layer, in their order
};

// What is sampled: a chain of layers without branches.
template <class T>
struct SampledNetwork {
  const std::vector<std::unique_ptr<Layer<T>>>& layers;
  const Loss<T>& loss;
  const Kernels<T>& kernels;
};

// The outputs (samples, rows, outputs) of all rows, on up to `threads` threads of `cores` cores.
template <class T>
void draw_samples(const SampledNetwork<T>& network, const Data<T>& data, const SampleKeys& keys,
                  int threads, int cores, T* outputs);

}  // namespace epochal
