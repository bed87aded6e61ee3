// What several layers' outputs become together: sums, products, and one beside the other.
#include "layers/layer.h"
#include "layers/registry.h"

namespace epochal {
namespace {

constexpr long PIECE = 1024;  // elements of a gradient that are still in cache when they are added

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
      step.own_elements(out, [&](long at, long count) {
        this->accumulate_gradient(input, at, out.gradient.get() + at, count);
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
      step.own_elements(out, [&](long at, long count) {
        alignas(64) T product[PIECE];
        for (long from = at; from < at + count; from += PIECE) {
          const long size = std::min(PIECE, at + count - from);
          this->kernels().multiply_elements(other + from, out.gradient.get() + from, product, size);
          this->accumulate_gradient(input, from, product, size);
        }
      });
    }
  }
};

// The larger of two elements, or the smaller. Where both are equal each has half of the gradient,
// as JAX has it.
template <class T>
class ExtremeLayer : public ElementwiseMerge<T> {
 public:
  ExtremeLayer(const Operation& operation, const Environment<T>& environment, bool largest)
      : ElementwiseMerge<T>(operation, environment), largest_(largest) {}

  void forward(const Step<T>& step) override {
    const T *a = values(0), *b = values(1);
    T* out = this->out().values.get();
    step.own_elements(this->out(), [&](long at, long count) {
      for (long i = at; i < at + count; i++) out[i] = is_ahead(b[i], a[i]) ? b[i] : a[i];
    });
  }

  void backward(const Step<T>& step) override {
    const T* dy = this->out().gradient.get();
    for (size_t i = 0; i < 2; i++) {
      const Input<T>& input = this->inputs()[i];
      if (!input.needs_gradient) continue;
      const T *own = values(i), *other = values(1 - i);
      step.own_elements(this->out(), [&](long at, long count) {
        alignas(64) T share[PIECE];
        for (long from = at; from < at + count; from += PIECE) {
          const long size = std::min(PIECE, at + count - from);
          for (long j = 0; j < size; j++) {
            const T one = own[from + j], two = other[from + j];
            share[j] = dy[from + j] * (one == two ? T(0.5) : T(is_ahead(one, two)));
          }
          this->accumulate_gradient(input, from, share, size);
        }
      });
    }
  }

 private:
  bool is_ahead(T one, T two) const { return largest_ ? one > two : one < two; }
  const T* values(size_t input) const { return this->inputs()[input].tensor->values.get(); }

  const bool largest_;
};

template <class T>
class MaximumLayer final : public ExtremeLayer<T> {
 public:
  MaximumLayer(const Operation& operation, const Environment<T>& environment)
      : ExtremeLayer<T>(operation, environment, true) {}
};

template <class T>
class MinimumLayer final : public ExtremeLayer<T> {
 public:
  MinimumLayer(const Operation& operation, const Environment<T>& environment)
      : ExtremeLayer<T>(operation, environment, false) {}
};

// An image, and numbers of its channels that it is multiplied by, as squeeze-and-excitation does.
template <class T>
class ScaleChannelsLayer final : public MergeLayer<T> {
 public:
  using MergeLayer<T>::MergeLayer;

  long check(const std::vector<long>& widths) const override {
    if (widths.size() != 2)
      throw InvalidGraph("graph: an operation has the wrong number of inputs");
    if (widths[1] < 1 || widths[0] % widths[1])
      throw InvalidGraph("graph: there must be a number of each channel of an image");
    return widths[0];
  }
  Partition partition(const std::vector<Partition>&) const override { return Partition::rows; }

  void reserve(long batch) override { room_ = Buffer<T>(batch * 2 * factors().ld); }

  void forward(const Step<T>& step) override {
    const Tensor<T>& out = this->out();
    step.own_images([&](long b) {
      each_pixel(b, [&](long at) {
        this->kernels().multiply_elements(factor(b), image().values.get() + at,
                                          out.values.get() + at, channels());
      });
    });
  }

  void backward(const Step<T>& step) override {
    const T* dy = this->out().gradient.get();
    const Input<T>&of_image = this->inputs()[0], &of_factors = this->inputs()[1];
    step.own_images([&](long b) {
      T *product = room_.get() + b * 2 * factors().ld, *sums = product + factors().ld;
      if (of_image.needs_gradient)
        each_pixel(b, [&](long at) {
          this->kernels().multiply_elements(factor(b), dy + at, product, channels());
          this->accumulate_gradient(of_image, at, product, channels());
        });
      if (!of_factors.needs_gradient) return;
      std::fill_n(sums, channels(), T(0));
      each_pixel(b, [&](long at) {
        this->kernels().multiply_elements(image().values.get() + at, dy + at, product, channels());
        this->kernels().add(sums, product, sums, channels());
      });
      this->accumulate_gradient(of_factors, b * factors().ld, sums, channels());
    });
  }

 private:
  const Tensor<T>& image() const { return *this->inputs()[0].tensor; }
  const Tensor<T>& factors() const { return *this->inputs()[1].tensor; }
  long channels() const { return factors().width; }
  const T* factor(long b) const { return factors().values.get() + b * factors().ld; }

  // f(offset of its first channel) for each pixel of an image.
  template <class F>
  void each_pixel(long b, const F& f) const {
    for (long at = 0; at < image().width; at += channels()) f(b * image().ld + at);
  }

  Buffer<T> room_;  // of each row: a product, and sums of them
};

// Of the parts of a row, as many in each input. Numbers: `part`, the columns of a part of the
// output. Where threads share columns, these change hands here.
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
    const long parts = this->parts_of(width);
    for (const long each : widths)
      if (each % parts) throw InvalidGraph("graph: parts do not fit what is concatenated");
    return width;
  }
  Partition partition(const std::vector<Partition>& inputs) const override {
    return this->operation().part ? Partition::rows : MergeLayer<T>::partition(inputs);
  }
  bool reads_all_columns() const override { return this->out().partition == Partition::columns; }

  void forward(const Step<T>& step) override {
    const Tensor<T>& out = this->out();
    each_part([&](const Input<T>& input, long from, long to, long size) {
      const Tensor<T>& in = *input.tensor;
      step.own_pieces(out, [&](long b, const Span& span) {
        const long first = std::max(span.first, to);
        const long last = std::min(span.first + span.used, to + size);
        if (first < last)
          std::memcpy(out.values.get() + b * out.ld + first,
                      in.values.get() + b * in.ld + from + first - to,
                      size_t(last - first) * sizeof(T));
      });
    });
  }

  void backward(const Step<T>& step) override {
    const Tensor<T>& out = this->out();
    each_part([&](const Input<T>& input, long from, long to, long size) {
      if (!input.needs_gradient) return;
      const Tensor<T>& in = *input.tensor;
      const auto pass = [&](long b, long column, long count) {
        this->accumulate_gradient(input, b * in.ld + column,
                                  out.gradient.get() + b * out.ld + to + column - from, count);
      };
      if (out.partition == Partition::rows)
        return step.own_images([&](long b) { pass(b, from, size); });
      step.own_spans(in.spans, [&](const Span& span, size_t) {
        for (long b = 0; b < step.rows; b++) pass(b, span.first, span.used);
      });
    });
  }

 private:
  // f(input, from, to, size) for each part of each input: which columns of it become which.
  template <class F>
  void each_part(const F& f) const {
    const long parts = this->parts_of(this->out().width);
    long to = 0;
    for (long part = 0; part < parts; part++)
      for (const Input<T>& input : this->inputs()) {
        const long size = input.tensor->width / parts;
        f(input, part * size, to, size);
        to += size;
      }
  }
};

const RegisterLayer<AddLayer> add("add");
const RegisterLayer<MultiplyLayer> multiply("multiply");
const RegisterLayer<MaximumLayer> maximum("maximum");
const RegisterLayer<MinimumLayer> minimum("minimum");
const RegisterLayer<ScaleChannelsLayer> scale_channels("scale_channels");
const RegisterLayer<ConcatenateLayer> concatenate("concatenate");

}  // namespace
}  // namespace epochal
