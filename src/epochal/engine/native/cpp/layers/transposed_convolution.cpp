// Transposed convolutions over images: what a convolution does to gradients. Parameters: kernel,
// bias. Numbers: the window of the convolution that leads from the output back to the input.
//
// The kernel has a row for each of kernel_height * kernel_width * channels of the output, and a
// column for each channel of the input. Threads share images; gradients of the weights are summed
// over groups of them, as those of a convolution are.
#include "layers/layer.h"
#include "layers/registry.h"

namespace epochal {
namespace {

template <class T>
class TransposedConvolutionLayer final : public Layer<T> {
 public:
  using Layer<T>::Layer;

  long check(const std::vector<long>& widths) const override {
    if (!this->operation().window) throw InvalidGraph("graph: a window is missing");
    const Window& given = window();
    const long most = MOST_COLUMNS;
    if (given.height < 1 || given.width < 1 || given.channels < 1 || given.height > most ||
        given.width > most / given.height || given.channels > most / (given.height * given.width))
      throw InvalidGraph("graph: a window's sizes are out of range");
    const long width = given.height * given.width * given.channels;
    const Window& w = checked_window(this->operation(), width);
    if (w.groups != 1) throw InvalidGraph("graph: a transposed convolution has no groups");
    if (w.out_height() * w.out_width() * w.filters != this->only(widths))
      throw InvalidGraph("graph: a window does not fit its input");
    if (kernel_index() < 0) throw InvalidGraph("graph: a kernel is missing");
    const Parameter& kernel = this->graph().parameters[size_t(kernel_index())];
    if (w.kernel_height * w.kernel_width > MOST_COLUMNS ||
        kernel.rows != w.kernel_height * w.kernel_width * w.channels || kernel.columns != w.filters)
      throw InvalidGraph("graph: a kernel does not fit its window");
    check_optional_vector(this->graph(), bias_index(), w.channels);
    return width;
  }
  Partition partition(const std::vector<Partition>&) const override { return Partition::rows; }
  double operations() const override {
    return Layer<T>::operations() * double(window().out_height() * window().out_width());
  }

  void reserve(long batch) override {
    Layer<T>::reserve(batch);
    kernel_sums_ = Buffer<T>(row_groups(batch) * kernel_size());
    bias_sums_ = Buffer<T>(row_groups(batch) * padded(window().channels));
  }

  void forward(const Step<T>& step) override {
    const Tensor<T>&in = this->in(), &out = this->out();
    step.own_images(
        [&](long b) { spread(in.values.get() + b * in.ld, out.values.get() + b * out.ld); });
  }

  void backward(const Step<T>& step) override {
    const Tensor<T>&in = this->in(), &out = this->out();
    step.own_groups(step.rows, [&](long group, long from, long to) {
      T* kernel_sum = kernel_sums_.get() + group * kernel_size();
      T* bias_sum = bias_sums_.get() + group * padded(window().channels);
      std::fill_n(kernel_sum, kernel_size(), T(0));
      std::fill_n(bias_sum, padded(window().channels), T(0));
      for (long b = from; b < to; b++) {
        const T* dy = out.gradient.get() + b * out.ld;
        add_weight_gradients(in.values.get() + b * in.ld, dy, kernel_sum, bias_sum);
        if (this->needs_input_gradient()) derive(dy, this->input_gradient() + b * in.ld);
      }
    });
  }

  void update(const Step<T>& step) override {
    if (this->optimizer().trains(kernel_index())) {
      const Weights<T>& kernel = this->optimizer().weights(kernel_index());
      step.own_spans(spans_of(window().filters), [&](const Span&, size_t i) {
        T* sum = kernel_sums_.get() + kernel.offsets[i];
        this->add_groups(step.rows, sum, kernel_size(), kernel.size(i));
        this->optimizer().stage_update(step.update, kernel_index(), i, 0, sum, kernel.size(i));
        this->optimizer().end_update(kernel_index(), i);
      });
    }
    step.own_spans(spans_of(window().channels), [&](const Span& span, size_t i) {
      T* sum = bias_sums_.get() + span.first;
      this->add_groups(step.rows, sum, padded(window().channels), span.width);
      this->optimizer().update_vector(step.update, bias_index(), i, sum, span.width);
    });
  }

  void infer(const T* x, T* y, long rows, T* /*scratch*/) const override {
    for (long b = 0; b < rows; b++) spread(x + b * this->in().ld, y + b * this->out().ld);
  }

 private:
  int kernel_index() const { return this->operation().parameters[0]; }
  int bias_index() const { return this->operation().parameters[1]; }
  const Window& window() const { return *this->operation().window; }
  long kernel_size() const {
    const Weights<T>& kernel = this->optimizer().weights(kernel_index());
    return kernel.offsets.back() + kernel.size(kernel.panels.size() - 1);
  }

  // f(input, output, count, weights): for each pixel of the input, each tap of the kernel and each
  // channel of the output there, the offsets of the input's channels in a panel, of the output's
  // channel, and of their weights.
  template <class F>
  void each_run(const F& f) const {
    const Window& w = window();
    const Weights<T>& kernel = this->optimizer().weights(kernel_index());
    for (long iy = 0; iy < w.out_height(); iy++)
      for (long ix = 0; ix < w.out_width(); ix++)
        for (long ky = 0; ky < w.kernel_height; ky++)
          for (long kx = 0; kx < w.kernel_width; kx++) {
            const long y = iy * w.stride_height + ky * w.dilation_height - w.top;
            const long x = ix * w.stride_width + kx * w.dilation_width - w.left;
            if (y < 0 || y >= w.height || x < 0 || x >= w.width) continue;
            for (size_t p = 0; p < kernel.panels.size(); p++)
              for (long c = 0; c < w.channels; c++)
                f((iy * w.out_width() + ix) * w.filters + kernel.panels[p].first,
                  (y * w.width + x) * w.channels + c, kernel.panels[p].used,
                  kernel.offsets[p] +
                      ((ky * w.kernel_width + kx) * w.channels + c) * kernel.panels[p].width);
          }
  }

  void spread(const T* x, T* y) const {
    const Window& w = window();
    const T* weights = this->optimizer().values(kernel_index());
    const T* bias = this->optimizer().values(bias_index());
    for (long i = 0; i < w.height * w.width; i++)
      for (long c = 0; c < w.channels; c++) y[i * w.channels + c] = bias ? bias[c] : T(0);
    each_run([&](long input, long output, long count, long at) {
      T sum = 0;
      for (long f = 0; f < count; f++) sum += x[input + f] * weights[at + f];
      y[output] += sum;
    });
  }

  void add_weight_gradients(const T* x, const T* dy, T* kernel_sum, T* bias_sum) const {
    const Window& w = window();
    for (long i = 0; i < w.height * w.width; i++)
      for (long c = 0; c < w.channels; c++) bias_sum[c] += dy[i * w.channels + c];
    each_run([&](long input, long output, long count, long at) {
      for (long f = 0; f < count; f++) kernel_sum[at + f] += x[input + f] * dy[output];
    });
  }

  // The gradient of one image of the input.
  void derive(const T* dy, T* dx) const {
    const T* weights = this->optimizer().values(kernel_index());
    std::fill_n(dx, this->in().width, T(0));
    each_run([&](long input, long output, long count, long at) {
      for (long f = 0; f < count; f++) dx[input + f] += dy[output] * weights[at + f];
    });
  }

  Buffer<T> kernel_sums_, bias_sums_;  // of each group of images: the gradients
};

const RegisterLayer<TransposedConvolutionLayer> transposed_convolution("transposed_convolution");

}  // namespace
}  // namespace epochal
