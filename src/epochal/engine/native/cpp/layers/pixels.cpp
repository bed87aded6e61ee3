// What moves the pixels of an image: padding with zeros, cropping, and repetition. Numbers: the
// window, whose other sizes are 1. Threads share images.
#include "layers/layer.h"
#include "layers/registry.h"

namespace epochal {
namespace {

template <class T>
class PixelsLayer : public Layer<T> {
 public:
  using Layer<T>::Layer;

  long check(const std::vector<long>& widths) const override {
    const Window& w = checked_window(this->operation(), this->only(widths));
    if (w.filters != w.channels) throw InvalidGraph("graph: pixels keep their channels");
    if (out_height() < 1 || out_width() < 1 ||
        out_height() > MOST_COLUMNS / w.channels / out_width())
      throw InvalidGraph("graph: an image's size is out of range");
    return out_height() * out_width() * w.channels;
  }
  Partition partition(const std::vector<Partition>&) const override { return Partition::rows; }

  void forward(const Step<T>& step) override {
    const Tensor<T>&in = this->in(), &out = this->out();
    step.own_images(
        [&](long b) { move(in.values.get() + b * in.ld, out.values.get() + b * out.ld); });
  }

  void backward(const Step<T>& step) override {
    if (!this->needs_input_gradient()) return;
    const Tensor<T>&in = this->in(), &out = this->out();
    step.own_images([&](long b) {
      const T* dy = out.gradient.get() + b * out.ld;
      T* dx = this->input_gradient() + b * in.ld;
      std::fill_n(dx, in.width, T(0));
      each_pixel([&](long to, long from) {
        if (from >= 0) this->kernels().add(dx + from, dy + to, dx + from, window().channels);
      });
    });
  }

  void infer(const T* x, T* y, long rows, T* /*scratch*/) const override {
    for (long b = 0; b < rows; b++) move(x + b * this->in().ld, y + b * this->out().ld);
  }

 protected:
  virtual long out_height() const = 0;
  virtual long out_width() const = 0;
  // The row and the column of the input that one of the output is taken from, if it has such.
  virtual long row_of(long y) const = 0;
  virtual long column_of(long x) const = 0;

  using Layer<T>::window;

 private:
  // f(to, from) for each pixel: its offset in the output and in the input, -1 where it is zero.
  template <class F>
  void each_pixel(const F& f) const {
    const Window& w = window();
    for (long y = 0; y < out_height(); y++)
      for (long x = 0; x < out_width(); x++) {
        const long row = row_of(y), column = column_of(x);
        const bool inside = row >= 0 && row < w.height && column >= 0 && column < w.width;
        f((y * out_width() + x) * w.channels, inside ? (row * w.width + column) * w.channels : -1);
      }
  }

  void move(const T* x, T* y) const {
    const long channels = window().channels;
    each_pixel([&](long to, long from) {
      if (from >= 0)
        std::copy_n(x + from, channels, y + to);
      else
        std::fill_n(y + to, channels, T(0));
    });
  }
};

template <class T>
class ZeroPaddingLayer final : public PixelsLayer<T> {
 public:
  using PixelsLayer<T>::PixelsLayer;

 protected:
  long out_height() const override {
    const Window& w = this->window();
    return w.height + w.top + w.bottom;
  }
  long out_width() const override {
    const Window& w = this->window();
    return w.width + w.left + w.right;
  }
  long row_of(long y) const override { return y - this->window().top; }
  long column_of(long x) const override { return x - this->window().left; }
};

// The window's padding is what is cut away.
template <class T>
class CroppingLayer final : public PixelsLayer<T> {
 public:
  using PixelsLayer<T>::PixelsLayer;

 protected:
  long out_height() const override {
    const Window& w = this->window();
    return w.height - w.top - w.bottom;
  }
  long out_width() const override {
    const Window& w = this->window();
    return w.width - w.left - w.right;
  }
  long row_of(long y) const override { return y + this->window().top; }
  long column_of(long x) const override { return x + this->window().left; }
};

// Each pixel many times: the window's stride is how often.
template <class T>
class UpSamplingLayer final : public PixelsLayer<T> {
 public:
  using PixelsLayer<T>::PixelsLayer;

 protected:
  long out_height() const override {
    const Window& w = this->window();
    return w.height * w.stride_height;
  }
  long out_width() const override {
    const Window& w = this->window();
    return w.width * w.stride_width;
  }
  long row_of(long y) const override { return y / this->window().stride_height; }
  long column_of(long x) const override { return x / this->window().stride_width; }
};

const RegisterLayer<ZeroPaddingLayer> zero_padding("zero_padding");
const RegisterLayer<CroppingLayer> cropping("cropping");
const RegisterLayer<UpSamplingLayer> up_sampling("up_sampling");

}  // namespace
}  // namespace epochal
