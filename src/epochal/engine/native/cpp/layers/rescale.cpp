// Columns moved and scaled by constants. Numbers: `factor`, `offset`: for each column, or for all.
#include "layers/layer.h"
#include "layers/registry.h"

namespace epochal {
namespace {

// A number for each column, padding included.
template <class T>
Buffer<T> for_each_column(const std::vector<double>& numbers, long width, T padding) {
  Buffer<T> all(padded(width));
  for (long c = 0; c < padded(width); c++)
    all[c] = c >= width ? padding : T(numbers[numbers.size() == 1 ? 0 : size_t(c)]);
  return all;
}

template <class T>
class ScalingLayer : public Layer<T> {
 public:
  using Layer<T>::Layer;

  long check(const std::vector<long>& widths) const override {
    const long width = this->only(widths);
    for (const auto* numbers : {&this->operation().factor, &this->operation().offset})
      if (numbers->size() != 1 && long(numbers->size()) != width)
        throw InvalidGraph("graph: there must be a factor and an offset for each column, or one");
    return width;
  }
  bool can_overwrite_input() const override { return true; }

  void forward(const Step<T>& step) override {
    const Tensor<T>&in = this->in(), &out = this->out();
    step.own_pieces(out, [&](long b, const Span& span) {
      scale(in.values.get() + b * in.ld + span.first, factor_.get() + span.first,
            offset_.get() + span.first, out.values.get() + b * out.ld + span.first, span.width);
    });
  }

  void backward(const Step<T>& step) override {
    if (!this->needs_input_gradient()) return;
    const Tensor<T>&in = this->in(), &out = this->out();
    step.own_pieces(out, [&](long b, const Span& span) {
      this->kernels().multiply_elements(
          factor_.get() + span.first, out.gradient.get() + b * out.ld + span.first,
          this->input_gradient() + b * in.ld + span.first, span.width);
    });
  }

  void infer(const T* x, T* y, long rows, T* /*scratch*/) const override {
    const Tensor<T>&in = this->in(), &out = this->out();
    for (long b = 0; b < rows; b++)
      scale(x + b * in.ld, factor_.get(), offset_.get(), y + b * out.ld, out.width);
  }

 protected:
  void initialize() override {
    factor_ = for_each_column(this->operation().factor, this->out().width, T(1));
    offset_ = for_each_column(this->operation().offset, this->out().width, T(0));
  }
  virtual void scale(const T* x, const T* factor, const T* offset, T* y, long count) const = 0;

 private:
  Buffer<T> factor_, offset_;  // of each column
};

// x * factor + offset
template <class T>
class RescaleLayer final : public ScalingLayer<T> {
 public:
  using ScalingLayer<T>::ScalingLayer;

 protected:
  void scale(const T* x, const T* factor, const T* offset, T* y, long count) const override {
    this->kernels().rescale(x, factor, offset, y, count);
  }
};

// (x - offset) * factor
template <class T>
class StandardiseLayer final : public ScalingLayer<T> {
 public:
  using ScalingLayer<T>::ScalingLayer;

 protected:
  void scale(const T* x, const T* factor, const T* offset, T* y, long count) const override {
    this->kernels().standardise(x, factor, offset, y, count);
  }
};

const RegisterLayer<RescaleLayer> rescale("rescale");
const RegisterLayer<StandardiseLayer> standardise("standardise");

}  // namespace
}  // namespace epochal
