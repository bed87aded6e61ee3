// What several layers' outputs become together: sums, products, and one beside the other.
#include "layers/layer.h"
#include "layers/registry.h"

namespace epochal {
namespace {

// A layer of several inputs: it adds to their gradients itself, so that nothing is staged.
template <class T>
class MergeLayer : public Layer<T> {
 public:
  using Layer<T>::Layer;

  void reserve(long /*batch*/) override {}
};

// Of two tensors of one width, element by element. Both sides' columns have one owner.
template <class T>
class ElementwiseMerge : public MergeLayer<T> {
 public:
  using MergeLayer<T>::MergeLayer;

  long check(const std::vector<long>& widths) const override {
    if (widths.size() != 2)
      throw InvalidGraph("graph: an operation has the wrong number of inputs");
    if (widths[0] != widths[1])
      throw InvalidGraph("graph: what is added or multiplied must have one width");
    return widths[0];
  }
};

template <class T>
class AddLayer final : public ElementwiseMerge<T> {
 public:
  using ElementwiseMerge<T>::ElementwiseMerge;

  void forward(const Step<T>& step) override {
    const Tensor<T>& out = this->out();
    const T* a = this->inputs()[0].tensor->values.get();
    const T* b = this->inputs()[1].tensor->values.get();
    step.own_elements(out, [&](long at, long count) {
      this->kernels().add(a + at, b + at, out.values.get() + at, count);
    });
  }

  void backward(const Step<T>& step) override {
    const Tensor<T>& out = this->out();
    for (const Input<T>& input : this->inputs()) {
      if (!input.needs_gradient) continue;
      step.own_spans(out.spans, [&](const Span& span, size_t) {
        for (long b = 0; b < step.rows; b++) {
          const long at = b * out.ld + span.first;
          this->accumulate_gradient(input, at, out.gradient.get() + at, span.width);
        }
      });
    }
  }
};

template <class T>
class MultiplyLayer final : public ElementwiseMerge<T> {
 public:
  using ElementwiseMerge<T>::ElementwiseMerge;

  void forward(const Step<T>& step) override {
    const Tensor<T>& out = this->out();
    const T* a = this->inputs()[0].tensor->values.get();
    const T* b = this->inputs()[1].tensor->values.get();
    step.own_elements(out, [&](long at, long count) {
      this->kernels().multiply_elements(a + at, b + at, out.values.get() + at, count);
    });
  }

  void backward(const Step<T>& step) override {
    const Tensor<T>& out = this->out();
    for (size_t i = 0; i < 2; i++) {
      const Input<T>& input = this->inputs()[i];
      if (!input.needs_gradient) continue;
      const T* other = this->inputs()[1 - i].tensor->values.get();
      step.own_spans(out.spans, [&](const Span& span, size_t) {
        alignas(64) T product[PANEL_WIDTH];
        for (long b = 0; b < step.rows; b++) {
          const long at = b * out.ld + span.first;
          this->kernels().multiply_elements(other + at, out.gradient.get() + at, product,
                                            span.width);
          this->accumulate_gradient(input, at, product, span.width);
        }
      });
    }
  }
};

// Columns change hands between threads here, so there is a barrier before.
template <class T>
class ConcatenateLayer final : public MergeLayer<T> {
 public:
  using MergeLayer<T>::MergeLayer;

  long check(const std::vector<long>& widths) const override {
    long width = 0;
    for (const long each : widths) {
      width += each;
      if (width > MOST_COLUMNS) throw InvalidGraph("graph: a concatenation is too wide");
    }
    return width;
  }

  void forward(const Step<T>& step) override {
    const Tensor<T>& out = this->out();
    step.wait();
    step.own_spans(out.spans, [&](const Span& span, size_t) {
      long first = 0;
      for (const Input<T>& input : this->inputs()) {
        const Tensor<T>& in = *input.tensor;
        const long from = std::max(span.first, first);
        const long to = std::min(span.first + span.used, first + in.width);
        for (long b = 0; from < to && b < step.rows; b++)
          std::memcpy(out.values.get() + b * out.ld + from,
                      in.values.get() + b * in.ld + from - first, size_t(to - from) * sizeof(T));
        first += in.width;
      }
    });
  }

  void backward(const Step<T>& step) override {
    const Tensor<T>& out = this->out();
    step.wait();
    long first = 0;
    for (const Input<T>& input : this->inputs()) {
      const Tensor<T>& in = *input.tensor;
      if (input.needs_gradient)
        step.own_spans(in.spans, [&](const Span& span, size_t) {
          for (long b = 0; b < step.rows; b++)
            this->accumulate_gradient(input, b * in.ld + span.first,
                                      out.gradient.get() + b * out.ld + first + span.first,
                                      span.used);
        });
      first += in.width;
    }
  }
};

const RegisterLayer<AddLayer> add("add");
const RegisterLayer<MultiplyLayer> multiply("multiply");
const RegisterLayer<ConcatenateLayer> concatenate("concatenate");

}  // namespace
}  // namespace epochal
