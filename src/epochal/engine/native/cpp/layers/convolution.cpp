// Convolutions and transposed convolutions. Parameters: kernel, bias. Numbers: the window.
//
// The kernel has a row for each of kernel_height * kernel_width * channels / groups, and a column
// for each filter. A transposed convolution has the window of the convolution that it turns round:
// its input is that one's output. Threads share images.
#include "layers/convolution_product.h"
#include "layers/layer.h"
#include "layers/registry.h"

namespace epochal {
namespace {

constexpr long CHUNK_ROWS = 32;        // of a panel, updated in one go
constexpr long MOST_ROUTES = 1 << 16;  // of the way back

// There is a route for each pixel of a stride, and each is asked which taps it meets.
bool has_few_routes(const Window& w) {
  const long rows = std::min(w.stride_height, w.height);
  const long columns = std::min(w.stride_width, w.width);
  return rows * columns <= MOST_ROUTES &&
         rows * w.kernel_height + columns * w.kernel_width <= MOST_COLUMNS;
}

// Room for framed images, of which only what is inside is ever written.
template <class T>
class Frames {
 public:
  void reserve(const Frame& frame, long count) {
    frame_ = frame;
    room_ = Buffer<T>(count * frame.size() + LANE);
  }
  bool is_empty() const { return !room_.get(); }
  T* at(long number) const { return room_.get() + number * frame_.size(); }
  // f(offset in an image, its place, count) for each row of pixels of the image `number`.
  template <class F>
  void each_row(long number, const F& f) const {
    const long count = frame_.width * frame_.channels;
    for (long y = 0; y < frame_.height; y++)
      f(y * count, at(number) + frame_.inside() + y * frame_.row(), count);
  }

 private:
  Frame frame_;
  Buffer<T> room_;
};

template <class T>
class ConvolutionLayer : public Layer<T> {
 public:
  ConvolutionLayer(const Operation& operation, const Environment<T>& environment, bool transposed)
      : Layer<T>(operation, environment), transposed_(transposed) {}

  long check(const std::vector<long>& widths) const override;
  Partition partition(const std::vector<Partition>&) const override { return Partition::rows; }
  double operations() const override {
    const Window& w = window();
    return Layer<T>::operations() * double(w.out_height() * w.out_width());
  }
  bool needs_output() const override { return relu_; }
  bool takes_over(const Operation& next) override {
    relu_ = next.kind == "activation" && next.activation == "relu";
    return derives_relu_ = relu_;
  }

  void leave_derivative() override { derives_relu_ = false; }

  void reserve(long batch) override;
  void prepare(const Step<T>& step) override;
  void forward(const Step<T>& step) override;
  void backward(const Step<T>& step) override;
  void update(const Step<T>& step) override;
  void infer(const T* x, T* y, long rows, T* scratch) const override;

 protected:
  void initialize() override;

 private:
  int kernel_index() const { return this->operation().parameters[0]; }
  int bias_index() const { return this->operation().parameters[1]; }
  using Layer<T>::window;
  long out_channels() const { return transposed_ ? window().channels : window().filters; }
  bool frames_gradients() const {
    return derives_relu_ ||
           ((transposed_ || this->needs_input_gradient()) && !backward_.frame().is_bare());
  }
  const T* framed_gradient(long b, long slot) const;
  // Of a group without images: a small batch has such.
  void clear_gradients(long group) const {
    const long width = padded(out_channels());
    gradient_.clear(group);
    std::fill_n(bias_sums_.get() + group * width, width, T(0));
  }
  void add_bias_gradient(long group, bool begins, const T* dy) const;
  const T* framed_input(long b) const;

  const bool transposed_;
  bool relu_ = false;          // of the operation behind
  bool derives_relu_ = false;  // and its derivative, unless a layer behind has seen to that
  ConvolutionProduct<T> forward_, backward_;
  ConvolutionGradient<T> gradient_;
  Frames<T> inputs_;            // of each image of the batch, where they need room around them
  Frame gradient_frame_;        // in which the gradient of an image of the output stands
  Frames<T> output_gradients_;  // of one image of each thread, where they need it
  Buffer<T> bias_sums_;
};

template <class T>
long ConvolutionLayer<T>::check(const std::vector<long>& widths) const {
  const Window& w = checked_window(this->operation(), this->only(widths), transposed_);
  if (kernel_index() < 0) throw InvalidGraph("graph: a kernel is missing");
  const Parameter& kernel = this->graph().parameters[size_t(kernel_index())];
  if (w.kernel_height * w.kernel_width > MOST_COLUMNS ||
      kernel.rows != w.kernel_height * w.kernel_width * (w.channels / w.groups) ||
      kernel.columns != w.filters)
    throw InvalidGraph("graph: a kernel does not fit its window");
  check_optional_vector(this->graph(), bias_index(), out_channels());
  if (wide_frame(w).size() > MOST_COLUMNS) throw InvalidGraph("graph: a window is padded too much");
  if (!has_few_routes(w)) throw InvalidGraph("graph: a window's strides are too large");
  if (widening(w).frame.size() > MOST_COLUMNS)
    throw InvalidGraph("graph: the gradient of a window is too wide");
  if (transposed_) return w.height * w.width * w.channels;
  return w.out_height() * w.out_width() * w.filters;
}

template <class T>
void ConvolutionLayer<T>::initialize() {
  const Window& w = window();
  const bool biased = bias_index() >= 0;
  const Direction there = transposed_ ? Direction::widening : Direction::narrowing;
  const Direction back = transposed_ ? Direction::narrowing : Direction::widening;
  forward_ = ConvolutionProduct<T>(w, there, biased, this->kernels());
  backward_ = ConvolutionProduct<T>(w, back, false, this->kernels());
  gradient_frame_ = backward_.frame();
  if (!frames_gradients()) gradient_frame_ = bare(gradient_frame_);
  gradient_ =
      ConvolutionGradient<T>(w, transposed_ ? forward_.frame() : gradient_frame_, this->kernels());
}

template <class T>
void ConvolutionLayer<T>::reserve(long batch) {
  Layer<T>::reserve(batch);
  const long groups = row_groups(batch);
  if (!forward_.frame().is_bare()) inputs_.reserve(forward_.frame(), batch);
  if (frames_gradients()) output_gradients_.reserve(gradient_frame_, groups);
  gradient_.reserve(groups);
  bias_sums_ = Buffer<T>(groups * padded(out_channels()));
}

template <class T>
void ConvolutionLayer<T>::prepare(const Step<T>& step) {
  const Weights<T>& kernel = this->optimizer().weights(kernel_index());
  forward_.pack(step, kernel, this->optimizer().values(bias_index()));
  if (step.training && this->needs_input_gradient()) backward_.pack(step, kernel, nullptr);
}

template <class T>
const T* ConvolutionLayer<T>::framed_input(long b) const {
  return inputs_.is_empty() ? this->in().values.get() + b * this->in().ld : inputs_.at(b);
}

template <class T>
void ConvolutionLayer<T>::forward(const Step<T>& step) {
  const Tensor<T>&in = this->in(), &out = this->out();
  step.own_images([&](long b) {
    const T* x = in.values.get() + b * in.ld;
    if (!inputs_.is_empty())
      inputs_.each_row(b, [&](long at, T* to, long count) { std::copy_n(x + at, count, to); });
    forward_.apply(framed_input(b), relu_, out.values.get() + b * out.ld);
  });
}

template <class T>
void ConvolutionLayer<T>::backward(const Step<T>& step) {
  const Tensor<T>&in = this->in(), &out = this->out();
  const bool trains_kernel = this->optimizer().trains(kernel_index());
  const long slot = row_groups(step.rows) * step.thread / step.threads;  // its own
  step.own_groups(step.rows, [&](long group, long from, long to) {
    if (from == to) clear_gradients(group);
    for (long b = from; b < to; b++) {
      const T* dy = out.gradient.get() + b * out.ld;
      if (!output_gradients_.is_empty()) dy = framed_gradient(b, slot);
      const T* x = framed_input(b);
      if (trains_kernel)
        gradient_.add(group, b == from, transposed_ ? dy : x, transposed_ ? x : dy);
      add_bias_gradient(group, b == from, dy);
      if (this->needs_input_gradient())
        backward_.apply(dy, false, this->input_gradient() + b * in.ld);
    }
  });
}

// The gradient of an image of the output, behind the ReLU, with room around it.
template <class T>
const T* ConvolutionLayer<T>::framed_gradient(long b, long slot) const {
  const Tensor<T>& out = this->out();
  const T *y = out.values.get() + b * out.ld, *dy = out.gradient.get() + b * out.ld;
  const Curve<T> relu{.kind = Activation::relu};
  output_gradients_.each_row(slot, [&](long at, T* to, long count) {
    if (derives_relu_)
      this->kernels().activate_backward(relu, y + at, dy + at, to, count);
    else
      std::copy_n(dy + at, count, to);
  });
  return output_gradients_.at(slot);
}

// The bias' gradient is that of weights which meet an input of 1 at every pixel.
template <class T>
void ConvolutionLayer<T>::add_bias_gradient(long group, bool begins, const T* dy) const {
  if (!this->optimizer().trains(bias_index())) return;
  const Frame& frame = gradient_frame_;
  const long first = 0;
  const Sweep sweep{.rows = frame.height,
                    .columns = frame.width,
                    .out_row_step = frame.row(),
                    .out_column_step = frame.channels,
                    .runs = &first,
                    .n_runs = 1,
                    .run = 1};
  const T one = 1;
  const long width = padded(out_channels());
  this->kernels().convolve_gradient(sweep, &one, dy + frame.inside(),
                                    bias_sums_.get() + group * width, width, !begins);
}

template <class T>
void ConvolutionLayer<T>::update(const Step<T>& step) {
  Optimizer<T>& optimizer = this->optimizer();
  const long groups = row_groups(step.rows);
  if (optimizer.trains(kernel_index())) {
    const Weights<T>& kernel = optimizer.weights(kernel_index());
    alignas(64) T chunk[CHUNK_ROWS * PANEL_WIDTH];
    step.own_spans(spans_of(kernel.spec.columns), [&](const Span& span, size_t i) {
      std::fill_n(chunk, CHUNK_ROWS * span.width, T(0));
      for (long k = 0; k < kernel.spec.rows; k += CHUNK_ROWS) {
        const long count = std::min(CHUNK_ROWS, kernel.spec.rows - k);
        gradient_.sum(groups, kernel.panels[i], k, count, chunk);
        optimizer.stage_update(step.update, kernel_index(), i, k * span.width, chunk,
                               count * span.width);
      }
      optimizer.end_update(kernel_index(), i);
    });
  }
  if (!optimizer.trains(bias_index())) return;
  step.own_spans(spans_of(out_channels()), [&](const Span& span, size_t i) {
    T* sum = bias_sums_.get() + span.first;
    this->add_groups(step.rows, sum, padded(out_channels()), span.width);
    optimizer.update_vector(step.update, bias_index(), i, sum, span.width);
  });
}

template <class T>
void ConvolutionLayer<T>::infer(const T* x, T* y, long rows, T* /*scratch*/) const {
  const Tensor<T>&in = this->in(), &out = this->out();
  Frames<T> framed;
  if (!forward_.frame().is_bare()) framed.reserve(forward_.frame(), 1);
  for (long b = 0; b < rows; b++) {
    const T* image = x + b * in.ld;
    if (!framed.is_empty())
      framed.each_row(0, [&](long at, T* to, long count) { std::copy_n(image + at, count, to); });
    forward_.apply(framed.is_empty() ? image : framed.at(0), relu_, y + b * out.ld);
  }
}

template <class T>
class ForwardConvolution final : public ConvolutionLayer<T> {
 public:
  ForwardConvolution(const Operation& operation, const Environment<T>& environment)
      : ConvolutionLayer<T>(operation, environment, false) {}
};

template <class T>
class TransposedConvolution final : public ConvolutionLayer<T> {
 public:
  TransposedConvolution(const Operation& operation, const Environment<T>& environment)
      : ConvolutionLayer<T>(operation, environment, true) {}
};

const RegisterLayer<ForwardConvolution> convolution("convolution");
const RegisterLayer<TransposedConvolution> transposed_convolution("transposed_convolution");

}  // namespace
}  // namespace epochal
