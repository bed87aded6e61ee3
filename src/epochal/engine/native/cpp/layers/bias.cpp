// A number of its own added to each column, as embedded positions are to the steps of a sequence.
#include "layers/column_numbers.h"
#include "layers/registry.h"

namespace epochal {
namespace {

template <class T>
class BiasLayer final : public ColumnNumbersLayer<T> {
 public:
  using ColumnNumbersLayer<T>::ColumnNumbersLayer;

 protected:
  void apply(const T* x, const T* numbers, T* y, long count) const override {
    this->kernels().add(x, numbers, y, count);
  }

  void derive(const Step<T>& step, const Span& span, T* sums) const override {
    const Tensor<T>&in = this->in(), &out = this->out();
    const T* dy = out.gradient.get() + span.first;
    for (long b = 0; this->needs_input_gradient() && b < step.rows; b++)
      std::memcpy(this->input_gradient() + b * in.ld + span.first, dy + b * out.ld,
                  size_t(span.width) * sizeof(T));
    this->kernels().sum_rows(dy, out.ld, step.rows, sums, span.width);
  }
};

const RegisterLayer<BiasLayer> bias("bias");

}  // namespace
}  // namespace epochal
