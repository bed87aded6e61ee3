// Layer and root-mean-square normalisation: of each row, or of each of its parts. The gradients of
// gamma and beta are by columns, and are taken behind a barrier.
#include "layers/layer.h"
#include "layers/registry.h"

namespace epochal {
namespace {

// Parameters: gamma, beta; either may be left out. Numbers: epsilon, `part`.
template <class T>
class RowNormLayer : public Layer<T> {
 public:
  RowNormLayer(const Operation& operation, const Environment<T>& environment, bool centred)
      : Layer<T>(operation, environment), centred_(centred) {}

  long check(const std::vector<long>& widths) const override {
    const long width = this->only(widths), part = width / this->parts_of(width);
    check_optional_vector(this->graph(), gamma_index(), part);
    check_optional_vector(this->graph(), beta_index(), part);
    if (!(this->operation().number >= 0)) throw InvalidGraph("graph: epsilon must not be negative");
    return width;
  }
  Partition partition(const std::vector<Partition>&) const override { return Partition::rows; }

  void reserve(long batch) override {
    Layer<T>::reserve(batch);
    normal_ = Buffer<T>(batch * this->out().ld + LANE);
    inverse_ = Buffer<T>(batch * parts());
  }

  void forward(const Step<T>& step) override {
    const Tensor<T>&in = this->in(), &out = this->out();
    step.own_images([&](long b) {
      for (long i = 0; i < parts(); i++) {
        const long at = b * out.ld + i * part();
        inverse_[b * parts() + i] = normalise(in.values.get() + b * in.ld + i * part(),
                                              normal_.get() + at, out.values.get() + at);
      }
    });
  }

  void backward(const Step<T>& step) override {
    if (!this->needs_input_gradient()) return;
    const Tensor<T>&in = this->in(), &out = this->out();
    step.own_images([&](long b) {
      for (long i = 0; i < parts(); i++) {
        const long at = b * out.ld + i * part();
        derive(out.gradient.get() + at, normal_.get() + at, inverse_[b * parts() + i],
               this->input_gradient() + b * in.ld + i * part());
      }
    });
  }

  void update(const Step<T>& step) override {
    const int gamma = gamma_index(), beta = beta_index();
    if (!this->optimizer().trains(gamma) && !this->optimizer().trains(beta)) return;
    step.own_spans(spans_of(part()), [&](const Span& span, size_t i) {
      alignas(64) T sum[PANEL_WIDTH], sum_normal[PANEL_WIDTH];
      sum_columns(step.rows, span, sum, sum_normal);
      this->optimizer().update_vector(step.update, gamma, i, sum_normal, span.width);
      this->optimizer().update_vector(step.update, beta, i, sum, span.width);
    });
  }

  void infer(const T* x, T* y, long rows, T* scratch) const override {
    for (long b = 0; b < rows; b++)
      for (long i = 0; i < parts(); i++)
        normalise(x + b * this->in().ld + i * part(), scratch, y + b * this->out().ld + i * part());
  }

 private:
  int gamma_index() const { return this->operation().parameters[0]; }
  int beta_index() const { return this->operation().parameters[1]; }
  long parts() const { return this->parts_of(this->out().width); }
  long part() const { return this->out().width / parts(); }

  // Of columns of a part, over all parts of all rows: the sums of the gradient, and of its product
  // with the normalised values.
  void sum_columns(long rows, const Span& span, T* sum, T* sum_normal) const {
    const Tensor<T>& out = this->out();
    const T *dy = out.gradient.get() + span.first, *normal = normal_.get() + span.first;
    if (parts() == 1)
      return this->kernels().normalise_sums(dy, out.ld, normal, out.ld, rows, span.width, sum,
                                            sum_normal);
    std::fill_n(sum, PANEL_WIDTH, T(0));
    std::fill_n(sum_normal, PANEL_WIDTH, T(0));
    alignas(64) T of_row[PANEL_WIDTH], of_row_normal[PANEL_WIDTH];
    for (long b = 0; b < rows; b++) {
      this->kernels().normalise_sums(dy + b * out.ld, part(), normal + b * out.ld, part(), parts(),
                                     span.used, of_row, of_row_normal);
      this->kernels().add(sum, of_row, sum, span.used);
      this->kernels().add(sum_normal, of_row_normal, sum_normal, span.used);
    }
  }

  // One part; returns 1 / deviation.
  T normalise(const T* x, T* normal, T* y) const {
    return this->kernels().normalise_row(x, this->optimizer().values(gamma_index()),
                                         this->optimizer().values(beta_index()), part(), centred_,
                                         T(this->operation().number), normal, y);
  }

  // The gradient of one part of the input.
  void derive(const T* dy, const T* normal, T inverse, T* dx) const {
    this->kernels().normalise_row_backward(dy, normal, this->optimizer().values(gamma_index()),
                                           part(), centred_, inverse, dx);
  }

  const bool centred_;
  Buffer<T> normal_;   // the normalised values of the batch
  Buffer<T> inverse_;  // of each part of each row: 1 / deviation
};

template <class T>
class LayerNormLayer final : public RowNormLayer<T> {
 public:
  LayerNormLayer(const Operation& operation, const Environment<T>& environment)
      : RowNormLayer<T>(operation, environment, true) {}
};

template <class T>
class RMSNormLayer final : public RowNormLayer<T> {
 public:
  RMSNormLayer(const Operation& operation, const Environment<T>& environment)
      : RowNormLayer<T>(operation, environment, false) {}
};

const RegisterLayer<LayerNormLayer> layer_norm("layer_norm");
const RegisterLayer<RMSNormLayer> rms_norm("rms_norm");

}  // namespace
}  // namespace epochal
