// Functions of each element alone: activations with their numbers, and the PReLU with its slopes.
#include <string>

#include "kernels/activations.h"
#include "layers/column_numbers.h"
#include "layers/layer.h"
#include "layers/registry.h"

namespace epochal {
namespace {

const ActivationInfo& find_activation(const std::string& name) {
  for (const ActivationInfo& info : ACTIVATIONS)
    if (info.name == name) return info;
  throw InvalidGraph("graph: unknown activation '" + name + "'");
}

// Numbers: `number`, `largest`, `threshold`, as the activation has them.
template <class T>
class ActivationLayer final : public Layer<T> {
 public:
  ActivationLayer(const Operation& operation, const Environment<T>& environment)
      : Layer<T>(operation, environment),
        info_(find_activation(operation.activation)),
        curve_{.kind = info_.kind,
               .number = T(operation.number),
               .largest = T(operation.largest),
               .threshold = T(operation.threshold)} {}

  long check(const std::vector<long>& widths) const override { return this->only(widths); }
  bool needs_output() const override { return true; }
  bool can_overwrite_input() const override { return !info_.needs_input; }

  void forward(const Step<T>& step) override {
    const Tensor<T>&in = this->in(), &out = this->out();
    step.own_elements(out, [&](long at, long count) {
      this->kernels().activate(curve_, in.values.get() + at, out.values.get() + at, count);
    });
  }

  void backward(const Step<T>& step) override {
    if (!this->needs_input_gradient()) return;
    const Tensor<T>& out = this->out();
    const T* values = (info_.needs_input ? this->in() : out).values.get();
    step.own_elements(out, [&](long at, long count) {
      this->kernels().activate_backward(curve_, values + at, out.gradient.get() + at,
                                        this->input_gradient() + at, count);
    });
  }

  void infer(const T* x, T* y, long rows, T* /*scratch*/) const override {
    this->kernels().activate(curve_, x, y, rows * this->in().ld);
  }

 private:
  const ActivationInfo& info_;
  const Curve<T> curve_;
};

// The numbers are alpha, the slope of each column below 0.
template <class T>
class PReLULayer final : public ColumnNumbersLayer<T> {
 public:
  using ColumnNumbersLayer<T>::ColumnNumbersLayer;

 protected:
  void apply(const T* x, const T* numbers, T* y, long count) const override {
    this->kernels().prelu(x, numbers, y, count);
  }

  void derive(const Step<T>& step, const Span& span, T* sums) const override {
    const Tensor<T>&in = this->in(), &out = this->out();
    this->kernels().prelu_backward(
        in.values.get() + span.first, out.gradient.get() + span.first, out.ld, step.rows,
        span.width, this->numbers() + span.first,
        this->needs_input_gradient() ? this->input_gradient() + span.first : nullptr, sums);
  }
};

// One slope for each channel of an image. Numbers: `part`, which is the number of channels.
template <class T>
class ImagePReLULayer final : public Layer<T> {
 public:
  using Layer<T>::Layer;

  long check(const std::vector<long>& widths) const override {
    const long width = this->only(widths);
    check_vector(this->graph(), alpha_index(), width / this->parts_of(width));
    return width;
  }
  Partition partition(const std::vector<Partition>&) const override { return Partition::rows; }

  void reserve(long batch) override {
    Layer<T>::reserve(batch);
    sums_ = Buffer<T>(batch * channels());
  }

  void forward(const Step<T>& step) override {
    step.own_images([&](long b) {
      infer(this->in().values.get() + b * this->in().ld,
            this->out().values.get() + b * this->out().ld, 1, nullptr);
    });
  }

  void backward(const Step<T>& step) override {
    const Tensor<T>&in = this->in(), &out = this->out();
    step.own_images([&](long b) {
      this->kernels().prelu_backward(
          in.values.get() + b * in.ld, out.gradient.get() + b * out.ld, channels(), pixels(),
          channels(), alpha(),
          this->needs_input_gradient() ? this->input_gradient() + b * in.ld : nullptr,
          sums_.get() + b * channels());
    });
  }

  void update(const Step<T>& step) override {
    step.own_spans(spans_of(channels()), [&](const Span& span, size_t i) {
      alignas(64) T sum[PANEL_WIDTH] = {};
      for (long b = 0; b < step.rows; b++)
        this->kernels().add(sum, sums_.get() + b * channels() + span.first, sum, span.used);
      this->optimizer().update_vector(step.update, alpha_index(), i, sum, span.width);
    });
  }

  void infer(const T* x, T* y, long rows, T* /*scratch*/) const override {
    for (long b = 0; b < rows; b++)
      for (long i = 0; i < pixels(); i++)
        this->kernels().prelu(x + b * this->in().ld + i * channels(), alpha(),
                              y + b * this->out().ld + i * channels(), channels());
  }

 private:
  int alpha_index() const { return this->operation().parameters[0]; }
  const T* alpha() const { return this->optimizer().values(alpha_index()); }
  long pixels() const { return this->parts_of(this->out().width); }
  long channels() const { return this->out().width / pixels(); }

  Buffer<T> sums_;  // of each image and channel: the slope's gradient
};

const RegisterLayer<ImagePReLULayer> image_prelu("image_prelu");
const RegisterLayer<ActivationLayer> activation("activation");
const RegisterLayer<PReLULayer> prelu("prelu");

}  // namespace
}  // namespace epochal
