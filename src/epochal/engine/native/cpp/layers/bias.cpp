// A number of its own added to each column, as embedded positions are to the steps of a sequence.
#include "layers/layer.h"
#include "layers/registry.h"

namespace epochal {
namespace {

// Parameters: the numbers.
template <class T>
class BiasLayer final : public Layer<T> {
 public:
  using Layer<T>::Layer;

  long check(const std::vector<long>& widths) const override {
    const long width = this->only(widths);
    check_vector(this->graph(), index(), width);
    return width;
  }
  Partition partition(const std::vector<Partition>&) const override { return Partition::columns; }

  void forward(const Step<T>& step) override {
    const Tensor<T>&in = this->in(), &out = this->out();
    step.own_spans(out.spans, [&](const Span& span, size_t) {
      for (long b = 0; b < step.rows; b++)
        this->kernels().add(in.values.get() + b * in.ld + span.first, numbers() + span.first,
                            out.values.get() + b * out.ld + span.first, span.width);
    });
  }

  void backward(const Step<T>& step) override {
    const Tensor<T>&in = this->in(), &out = this->out();
    step.own_spans(out.spans, [&](const Span& span, size_t i) {
      const T* dy = out.gradient.get() + span.first;
      for (long b = 0; this->needs_input_gradient() && b < step.rows; b++)
        std::memcpy(this->input_gradient() + b * in.ld + span.first, dy + b * out.ld,
                    size_t(span.width) * sizeof(T));
      alignas(64) T sums[PANEL_WIDTH];
      this->kernels().sum_rows(dy, out.ld, step.rows, sums, span.width);
      this->optimizer().update_vector(step.update, index(), i, sums, span.width);
    });
  }

  void infer(const T* x, T* y, long rows, T* /*scratch*/) const override {
    const Tensor<T>&in = this->in(), &out = this->out();
    for (long b = 0; b < rows; b++)
      this->kernels().add(x + b * in.ld, numbers(), y + b * out.ld, padded(out.width));
  }

 private:
  int index() const { return this->operation().parameters[0]; }
  const T* numbers() const { return this->optimizer().values(index()); }
};

const RegisterLayer<BiasLayer> bias("bias");

}  // namespace
}  // namespace epochal
