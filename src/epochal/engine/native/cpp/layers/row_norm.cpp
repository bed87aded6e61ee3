// Layer and root-mean-square normalisation: of each row. The gradients of gamma and beta are by
// columns, and are taken behind a barrier.
#include <cmath>

#include "layers/layer.h"
#include "layers/registry.h"

namespace epochal {
namespace {

// Parameters: gamma, beta; either may be left out. Numbers: epsilon.
template <class T>
class RowNormLayer : public Layer<T> {
 public:
  RowNormLayer(const Operation& operation, const Environment<T>& environment, bool centred)
      : Layer<T>(operation, environment), centred_(centred) {}

  long check(const std::vector<long>& widths) const override {
    const long width = this->only(widths);
    check_optional_vector(this->graph(), gamma_index(), width);
    check_optional_vector(this->graph(), beta_index(), width);
    if (!(this->operation().number >= 0)) throw InvalidGraph("graph: epsilon must not be negative");
    return width;
  }

  void reserve(long batch) override {
    Layer<T>::reserve(batch);
    normal_ = Buffer<T>(batch * this->out().ld);
    inverse_ = Buffer<T>(batch);
  }

  void forward(const Step<T>& step) override {
    const Tensor<T>&in = this->in(), &out = this->out();
    step.wait();
    step.own_rows(step.rows, [&](long b) {
      inverse_[b] = normalise(in.values.get() + b * in.ld, normal_.get() + b * out.ld,
                              out.values.get() + b * out.ld);
    });
    step.wait();
  }

  void backward(const Step<T>& step) override {
    const Tensor<T>& out = this->out();
    step.wait();
    if (this->needs_input_gradient()) step.own_rows(step.rows, [&](long b) { derive(b); });
    step.wait();
    step.own_spans(out.spans, [&](const Span& span, size_t i) {
      alignas(64) T sum[PANEL_WIDTH], sum_normal[PANEL_WIDTH];
      this->kernels().normalise_sums(out.gradient.get() + span.first, out.ld,
                                     normal_.get() + span.first, out.ld, step.rows, span.width, sum,
                                     sum_normal);
      this->optimizer().update_vector(step.update, gamma_index(), i, sum_normal, span.width);
      this->optimizer().update_vector(step.update, beta_index(), i, sum, span.width);
    });
  }

  void infer(const T* x, T* y, long rows, T* scratch) const override {
    for (long b = 0; b < rows; b++)
      normalise(x + b * this->in().ld, scratch, y + b * this->out().ld);
  }

 private:
  int gamma_index() const { return this->operation().parameters[0]; }
  int beta_index() const { return this->operation().parameters[1]; }

  // One row; returns 1 / deviation.
  T normalise(const T* x, T* normal, T* y) const {
    const long width = this->out().width;
    const T* gamma = this->optimizer().values(gamma_index());
    const T* beta = this->optimizer().values(beta_index());
    T mean = 0, variance = 0;
    for (long c = 0; centred_ && c < width; c++) mean += x[c];
    mean /= T(width);
    for (long c = 0; c < width; c++) variance += (x[c] - mean) * (x[c] - mean);
    const T inverse = T(1) / std::sqrt(variance / T(width) + T(this->operation().number));
    for (long c = 0; c < width; c++) {
      normal[c] = (x[c] - mean) * inverse;
      y[c] = normal[c] * (gamma ? gamma[c] : T(1)) + (beta ? beta[c] : T(0));
    }
    return inverse;
  }

  // The gradient of one row of the input.
  void derive(long b) const {
    const Tensor<T>&in = this->in(), &out = this->out();
    const long width = out.width;
    const T* gamma = this->optimizer().values(gamma_index());
    const T* dy = out.gradient.get() + b * out.ld;
    const T* normal = normal_.get() + b * out.ld;
    T* dx = this->input_gradient() + b * in.ld;
    T sum = 0, sum_normal = 0;
    for (long c = 0; c < width; c++) {
      const T g = dy[c] * (gamma ? gamma[c] : T(1));
      sum += g;
      sum_normal += g * normal[c];
    }
    sum = centred_ ? sum / T(width) : T(0);
    sum_normal /= T(width);
    for (long c = 0; c < width; c++) {
      const T g = dy[c] * (gamma ? gamma[c] : T(1));
      dx[c] = inverse_[b] * (g - sum - normal[c] * sum_normal);
    }
  }

  const bool centred_;
  Buffer<T> normal_;   // the normalised values of the batch
  Buffer<T> inverse_;  // of each row: 1 / deviation
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
