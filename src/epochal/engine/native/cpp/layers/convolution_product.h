// The products of a convolution: over images one way or the other, and the gradient of its weights.
#pragma once

#include <algorithm>
#include <vector>

#include "buffer.h"
#include "kernels/kernels.h"
#include "layers/convolution_routes.h"
#include "step.h"
#include "weights.h"

namespace epochal {

enum class Direction { narrowing, widening };

// Some neighbouring filters of one group, at most those of a panel, in one route.
struct Slice {
  size_t route = 0;
  long group = 0, first = 0, width = 0, used = 0;
  bool dots = false;  // as `convolve_dots` has it
  long weights = 0;   // where its weights begin
  long bias = 0;      // and its bias
};

// A convolution from its framed input to its output, or back. Its weights are packed for that once
// a step.
template <class T>
class ConvolutionProduct {
 public:
  ConvolutionProduct() = default;
  ConvolutionProduct(const Window& window, Direction direction, bool biased,
                     const Kernels<T>& kernels);

  const Frame& frame() const { return routes_.frame; }

  // A thread's share of packing. There must be a barrier before `apply`.
  void pack(const Worker& worker, const Weights<T>& kernel, const T* bias);
  // All of the output (height, width, channels) of one image; with a ReLU where one is wanted.
  void apply(const T* framed, bool relu, T* out) const;

 private:
  void add_slices(size_t route);
  void pack_weights(const Slice& slice, const Weights<T>& kernel, long first, long last) const;

  const Kernels<T>* kernels_ = nullptr;
  Window window_;
  Direction direction_ = Direction::narrowing;
  bool biased_ = false;
  long taken_ = 0, given_ = 0;  // channels of a group that a tap takes, and that it gives
  Routes routes_;
  std::vector<Slice> slices_;
  Buffer<T> weights_, bias_;
};

// The gradient of the weights, summed over each group of images.
template <class T>
class ConvolutionGradient {
 public:
  ConvolutionGradient() = default;
  // `outputs` is the frame in which the gradient of the narrow side comes.
  ConvolutionGradient(const Window& window, const Frame& outputs, const Kernels<T>& kernels);

  void reserve(long groups) { sums_ = Buffer<T>(groups * size_); }
  void clear(long group) const { std::fill_n(sums_.get() + group * size_, size_, T(0)); }
  // Adds an image to the sums of a group, or begins them with it.
  void add(long group, bool begins, const T* wide, const T* narrow) const;
  // Rows `from` and on of a panel of the weights, summed over the groups in order.
  void sum(long groups, const Panel<T>& panel, long from, long count, T* to) const;

 private:
  const Kernels<T>* kernels_ = nullptr;
  Window window_;
  Routes routes_;
  std::vector<Slice> slices_;
  long size_ = 0;  // of the sums of a group
  Buffer<T> sums_;
};

extern template class ConvolutionProduct<float>;
extern template class ConvolutionProduct<double>;
extern template class ConvolutionGradient<float>;
extern template class ConvolutionGradient<double>;

}  // namespace epochal
