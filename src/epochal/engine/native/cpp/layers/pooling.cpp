// Poolings of images: of each channel the largest value, or the mean, of what lies in the window.
// Numbers: the window, which has as many filters as channels. Threads share images.

#include "layers/layer.h"
#include "layers/registry.h"

namespace epochal {
namespace {

template <class T>
class PoolingLayer : public Layer<T> {
 public:
  using Layer<T>::Layer;

  long check(const std::vector<long>& widths) const override {
    const Window& w = checked_window(this->operation(), this->only(widths));
    if (w.filters != w.channels || w.groups != 1)
      throw InvalidGraph("graph: a pooling keeps its channels");
    if (w.dilation_height != 1 || w.dilation_width != 1)
      throw InvalidGraph("graph: a pooling has no dilation");
    if (std::max(w.top, w.bottom) >= w.kernel_height || std::max(w.left, w.right) >= w.kernel_width)
      throw InvalidGraph("graph: a pooling's window would be empty");
    return w.out_height() * w.out_width() * w.channels;
  }
  Partition partition(const std::vector<Partition>&) const override { return Partition::rows; }
  double operations() const override {
    const Window& w = window();
    return 2.0 * double(this->out().width) * double(w.kernel_height * w.kernel_width);
  }

  void forward(const Step<T>& step) override {
    const Tensor<T>&in = this->in(), &out = this->out();
    step.own_images(
        [&](long b) { pool(in.values.get() + b * in.ld, out.values.get() + b * out.ld); });
  }

  void backward(const Step<T>& step) override {
    if (!this->needs_input_gradient()) return;
    const Tensor<T>&in = this->in(), &out = this->out();
    step.own_images([&](long b) {
      T* dx = this->input_gradient() + b * in.ld;
      if (!meets_each_once()) std::fill_n(dx, in.width, T(0));
      derive(in.values.get() + b * in.ld, out.gradient.get() + b * out.ld, dx);
    });
  }

  void infer(const T* x, T* y, long rows, T* /*scratch*/) const override {
    for (long b = 0; b < rows; b++) pool(x + b * this->in().ld, y + b * this->out().ld);
  }

 protected:
  // One image; `derive` adds to dx, which is zero, or writes it where windows meet each pixel once.
  virtual void pool(const T* x, T* y) const = 0;
  virtual void derive(const T* x, const T* dy, T* dx) const = 0;

  using Layer<T>::window;

  bool meets_each_once() const {
    const Window& w = window();
    return w.stride_height == w.kernel_height && w.stride_width == w.kernel_width &&
           w.out_height() * w.kernel_height == w.height &&
           w.out_width() * w.kernel_width == w.width;
  }

  // The part of the window that lies inside the image.
  struct Place {
    long output;                    // offset of the output's first channel
    long top, bottom, left, right;  // rows and columns of the input, the last ones not included
    long count() const { return (bottom - top) * (right - left); }
  };

  template <class F>
  void each_place(const F& f) const {
    const Window& w = window();
    for (long oy = 0; oy < w.out_height(); oy++)
      for (long ox = 0; ox < w.out_width(); ox++) {
        const long y = oy * w.stride_height - w.top, x = ox * w.stride_width - w.left;
        f(Place{.output = (oy * w.out_width() + ox) * w.channels,
                .top = std::max(y, 0L),
                .bottom = std::min(y + w.kernel_height, w.height),
                .left = std::max(x, 0L),
                .right = std::min(x + w.kernel_width, w.width)});
      }
  }

  // f(offset of the first channel) for each pixel of a place, row by row.
  template <class F>
  void each_pixel(const Place& place, const F& f) const {
    for (long y = place.top; y < place.bottom; y++)
      for (long x = place.left; x < place.right; x++)
        f((y * window().width + x) * window().channels);
  }
};

// The gradient goes to the first of the largest values, as JAX has it.
template <class T>
class MaxPoolingLayer final : public PoolingLayer<T> {
 public:
  using PoolingLayer<T>::PoolingLayer;

  bool derives_relu() override { return derives_relu_ = true; }

 protected:
  void pool(const T* x, T* y) const override { this->kernels().max_pool(this->window(), x, y); }

  void derive(const T* x, const T* dy, T* dx) const override {
    this->kernels().max_pool_backward(this->window(), x, dy, dx, !this->meets_each_once(),
                                      derives_relu_);
  }

 private:
  bool derives_relu_ = false;
};

// Of what lies inside the image: padding does not count.
template <class T>
class AveragePoolingLayer final : public PoolingLayer<T> {
 public:
  using PoolingLayer<T>::PoolingLayer;

 protected:
  void pool(const T* x, T* y) const override { this->kernels().average_pool(this->window(), x, y); }

  void derive(const T* /*x*/, const T* dy, T* dx) const override {
    this->kernels().average_pool_backward(this->window(), dy, dx, !this->meets_each_once());
  }
};

// The largest value of the whole image. The gradient is shared by all that are equal, as JAX has
// it.
template <class T>
class GlobalMaxPoolingLayer final : public PoolingLayer<T> {
 public:
  using PoolingLayer<T>::PoolingLayer;

  long check(const std::vector<long>& widths) const override {
    const long width = PoolingLayer<T>::check(widths);
    if (width != this->window().channels)
      throw InvalidGraph("graph: a global pooling's window is the whole image");
    return width;
  }

 protected:
  void pool(const T* x, T* y) const override {
    const long channels = this->window().channels;
    std::copy_n(x, channels, y);
    this->each_place([&](const auto& place) {
      this->each_pixel(place, [&](long at) {
        for (long c = 0; c < channels; c++) y[c] = x[at + c] > y[c] ? x[at + c] : y[c];
      });
    });
  }

  void derive(const T* x, const T* dy, T* dx) const override {
    const long channels = this->window().channels;
    this->each_place([&](const auto& place) {
      for (long c = 0; c < channels; c++) {
        T largest = x[c];
        long count = 0;
        this->each_pixel(place, [&](long at) {
          count = x[at + c] > largest ? 1 : count + (x[at + c] == largest);
          largest = std::max(x[at + c], largest);
        });
        const T each = dy[c] / T(count);
        this->each_pixel(place, [&](long at) { dx[at + c] = x[at + c] == largest ? each : T(0); });
      }
    });
  }
};

const RegisterLayer<MaxPoolingLayer> max_pooling("max_pooling");
const RegisterLayer<AveragePoolingLayer> average_pooling("average_pooling");
const RegisterLayer<GlobalMaxPoolingLayer> global_max_pooling("global_max_pooling");

}  // namespace
}  // namespace epochal
