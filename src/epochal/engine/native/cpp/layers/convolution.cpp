// Convolutions over images. Parameters: kernel, bias. Numbers: the window.
//
// The kernel has a row for each of kernel_height * kernel_width * channels / groups, and a column
// for each filter. Threads share images. The gradients of the weights are summed over each group of
// images, then over the groups in order.
#include "layers/layer.h"
#include "layers/registry.h"

namespace epochal {
namespace {

template <class T>
class ConvolutionLayer final : public Layer<T> {
 public:
  using Layer<T>::Layer;

  long check(const std::vector<long>& widths) const override {
    const Window& w = checked_window(this->operation(), this->only(widths));
    if (kernel_index() < 0) throw InvalidGraph("graph: a kernel is missing");
    const Parameter& kernel = this->graph().parameters[size_t(kernel_index())];
    if (w.kernel_height * w.kernel_width > MOST_COLUMNS ||
        kernel.rows != w.kernel_height * w.kernel_width * (w.channels / w.groups) ||
        kernel.columns != w.filters)
      throw InvalidGraph("graph: a kernel does not fit its window");
    check_optional_vector(this->graph(), bias_index(), w.filters);
    return w.out_height() * w.out_width() * w.filters;
  }
  Partition partition(const std::vector<Partition>&) const override { return Partition::rows; }
  double operations() const override {
    return Layer<T>::operations() * double(window().out_height() * window().out_width());
  }

  void reserve(long batch) override {
    Layer<T>::reserve(batch);
    kernel_sums_ = Buffer<T>(row_groups(batch) * kernel_size());
    bias_sums_ = Buffer<T>(row_groups(batch) * padded(window().filters));
  }

  void forward(const Step<T>& step) override {
    const Tensor<T>&in = this->in(), &out = this->out();
    step.own_images(
        [&](long b) { convolve(in.values.get() + b * in.ld, out.values.get() + b * out.ld); });
  }

  void backward(const Step<T>& step) override {
    const Tensor<T>&in = this->in(), &out = this->out();
    step.own_groups(step.rows, [&](long group, long from, long to) {
      T* kernel_sum = kernel_sums_.get() + group * kernel_size();
      T* bias_sum = bias_sums_.get() + group * padded(window().filters);
      std::fill_n(kernel_sum, kernel_size(), T(0));
      std::fill_n(bias_sum, padded(window().filters), T(0));
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
    step.own_spans(spans_of(window().filters), [&](const Span& span, size_t i) {
      T* sum = bias_sums_.get() + span.first;
      this->add_groups(step.rows, sum, padded(window().filters), span.width);
      this->optimizer().update_vector(step.update, bias_index(), i, sum, span.width);
    });
  }

  void infer(const T* x, T* y, long rows, T* /*scratch*/) const override {
    for (long b = 0; b < rows; b++) convolve(x + b * this->in().ld, y + b * this->out().ld);
  }

 private:
  int kernel_index() const { return this->operation().parameters[0]; }
  int bias_index() const { return this->operation().parameters[1]; }
  const Window& window() const { return *this->operation().window; }
  long kernel_size() const {
    const Weights<T>& kernel = this->optimizer().weights(kernel_index());
    return kernel.offsets.back() + kernel.size(kernel.panels.size() - 1);
  }

  // f(output, input, kernel row): for each place of the output and each tap of the kernel there the
  // offset of the output's first filter, of the input's first channel, and of the kernel's row.
  template <class F>
  void each_tap(const F& f) const {
    const Window& w = window();
    for (long oy = 0; oy < w.out_height(); oy++)
      for (long ox = 0; ox < w.out_width(); ox++)
        for (long ky = 0; ky < w.kernel_height; ky++)
          for (long kx = 0; kx < w.kernel_width; kx++) {
            const long y = oy * w.stride_height + ky * w.dilation_height - w.top;
            const long x = ox * w.stride_width + kx * w.dilation_width - w.left;
            if (y < 0 || y >= w.height || x < 0 || x >= w.width) continue;
            f((oy * w.out_width() + ox) * w.filters, (y * w.width + x) * w.channels,
              (ky * w.kernel_width + kx) * (w.channels / w.groups));
          }
  }

  // f(channel, filter, count, weights): for each channel and the neighbouring filters of a panel
  // that take it, the offset of their weights, those of the kernel's row `row` and on.
  template <class F>
  void each_run(long row, const F& f) const {
    const Window& w = window();
    const Weights<T>& kernel = this->optimizer().weights(kernel_index());
    const long channels = w.channels / w.groups, filters = w.filters / w.groups;
    for (size_t p = 0; p < kernel.panels.size(); p++) {
      const Panel<T>& panel = kernel.panels[p];
      for (long from = panel.first; from < panel.first + panel.used;) {
        const long group = from / filters;
        const long to = std::min((group + 1) * filters, panel.first + panel.used);
        for (long k = 0; k < channels; k++)
          f(group * channels + k, from, to - from,
            kernel.offsets[p] + (row + k) * panel.width + from - panel.first);
        from = to;
      }
    }
  }

  void convolve(const T* x, T* y) const {
    const Window& w = window();
    const T* weights = this->optimizer().values(kernel_index());
    const T* bias = this->optimizer().values(bias_index());
    for (long i = 0; i < w.out_height() * w.out_width(); i++)
      for (long f = 0; f < w.filters; f++) y[i * w.filters + f] = bias ? bias[f] : T(0);
    each_tap([&](long output, long input, long row) {
      each_run(row, [&](long channel, long filter, long count, long at) {
        const T value = x[input + channel];
        for (long f = 0; f < count; f++) y[output + filter + f] += value * weights[at + f];
      });
    });
  }

  void add_weight_gradients(const T* x, const T* dy, T* kernel_sum, T* bias_sum) const {
    const Window& w = window();
    for (long i = 0; i < w.out_height() * w.out_width(); i++)
      for (long f = 0; f < w.filters; f++) bias_sum[f] += dy[i * w.filters + f];
    each_tap([&](long output, long input, long row) {
      each_run(row, [&](long channel, long filter, long count, long at) {
        const T value = x[input + channel];
        for (long f = 0; f < count; f++) kernel_sum[at + f] += value * dy[output + filter + f];
      });
    });
  }

  // The gradient of one image of the input.
  void derive(const T* dy, T* dx) const {
    const T* weights = this->optimizer().values(kernel_index());
    std::fill_n(dx, this->in().width, T(0));
    each_tap([&](long output, long input, long row) {
      each_run(row, [&](long channel, long filter, long count, long at) {
        T sum = 0;
        for (long f = 0; f < count; f++) sum += dy[output + filter + f] * weights[at + f];
        dx[input + channel] += sum;
      });
    });
  }

  Buffer<T> kernel_sums_, bias_sums_;  // of each group of images: the gradients
};

const RegisterLayer<ConvolutionLayer> convolution("convolution");

}  // namespace
}  // namespace epochal
