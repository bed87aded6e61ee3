// Batch normalisation: of each column, over the batch in training and else by moving statistics.
#include <cmath>

#include "layers/layer.h"
#include "layers/registry.h"

namespace epochal {
namespace {

template <class T>
void fill(T* numbers, T value) {
  std::fill_n(numbers, PANEL_WIDTH, value);
}

// Parameters: gamma, beta (either may be left out), moving mean, moving variance. Numbers: epsilon,
// `momentum`, and `moving` where the moving statistics are used in training too.
template <class T>
class BatchNormLayer final : public Layer<T> {
 public:
  using Layer<T>::Layer;

  long check(const std::vector<long>& widths) const override {
    const long width = this->only(widths);
    const auto [gamma, beta, mean, variance] = this->operation().parameters;
    check_vector(this->graph(), mean, width);
    check_vector(this->graph(), variance, width);
    check_optional_vector(this->graph(), gamma, width);
    check_optional_vector(this->graph(), beta, width);
    if (!(this->operation().number >= 0)) throw InvalidGraph("graph: epsilon must not be negative");
    return width;
  }

  void reserve(long batch) override {
    Layer<T>::reserve(batch);
    normal_ = Buffer<T>(batch * this->out().ld);
    mean_ = Buffer<T>(padded(this->out().width));
    variance_ = Buffer<T>(padded(this->out().width));
    inverse_ = Buffer<T>(padded(this->out().width));
  }

  void forward(const Step<T>& step) override {
    const Tensor<T>&in = this->in(), &out = this->out();
    const bool of_batch = step.training && !this->operation().moving;
    step.own_spans(out.spans, [&](const Span& span, size_t) {
      const long f = span.first;
      if (of_batch) {
        this->kernels().moments(in.values.get() + f, in.ld, step.rows, span.width, mean_.get() + f,
                                variance_.get() + f);
        move_statistics(span);
      }
      normalise(span, in.values.get(), step.rows, of_batch ? mean_.get() : moving_mean(),
                of_batch ? variance_.get() : moving_variance(), inverse_.get(), normal_.get(),
                out.values.get());
    });
  }

  void backward(const Step<T>& step) override {
    const Tensor<T>& out = this->out();
    const int gamma = this->operation().parameters[0], beta = this->operation().parameters[1];
    step.own_spans(out.spans, [&](const Span& span, size_t i) {
      alignas(64) T sum[PANEL_WIDTH], sum_normal[PANEL_WIDTH];
      this->kernels().normalise_sums(out.gradient.get() + span.first, out.ld,
                                     normal_.get() + span.first, out.ld, step.rows, span.width, sum,
                                     sum_normal);
      if (this->needs_input_gradient()) derive(step, span, sum, sum_normal);
      this->optimizer().update_vector(step.update, gamma, i, sum_normal, span.width);
      this->optimizer().update_vector(step.update, beta, i, sum, span.width);
    });
  }

  void infer(const T* x, T* y, long rows, T* scratch) const override {
    T* inverse = scratch + rows * this->out().ld;
    for (const Span& span : this->out().spans)
      normalise(span, x, rows, moving_mean(), moving_variance(), inverse, scratch, y);
  }

 private:
  const T* gamma() const { return this->optimizer().values(this->operation().parameters[0]); }
  const T* beta() const { return this->optimizer().values(this->operation().parameters[1]); }
  T* moving_mean() const { return moving(2); }
  T* moving_variance() const { return moving(3); }
  T* moving(size_t which) const {
    return this->optimizer().weights(this->operation().parameters[which]).values.get();
  }

  void move_statistics(const Span& span) {
    T *mean = moving_mean(), *variance = moving_variance();
    const T keep = T(this->operation().momentum);
    for (long c = span.first; c < span.first + span.width; c++) {
      mean[c] = mean[c] * keep + mean_[c] * (T(1) - keep);
      variance[c] = variance[c] * keep + variance_[c] * (T(1) - keep);
    }
  }

  void normalise(const Span& span, const T* x, long rows, const T* mean, const T* variance,
                 T* inverse, T* normal, T* y) const {
    const Tensor<T>&in = this->in(), &out = this->out();
    const long f = span.first;
    T ones[PANEL_WIDTH], zeros[PANEL_WIDTH];
    fill(ones, T(1));
    fill(zeros, T(0));
    const T epsilon = T(this->operation().number);
    for (long c = f; c < f + span.width; c++) inverse[c] = T(1) / std::sqrt(variance[c] + epsilon);
    this->kernels().normalise(x + f, in.ld, rows, span.width, mean + f, inverse + f,
                              gamma() ? gamma() + f : ones, beta() ? beta() + f : zeros, normal + f,
                              y + f, out.ld);
  }

  // The gradient of the input; the batch's own statistics depend on it too.
  void derive(const Step<T>& step, const Span& span, const T* sum, const T* sum_normal) const {
    const Tensor<T>& out = this->out();
    const bool moving = this->operation().moving;
    const long f = span.first;
    alignas(64) T factor[PANEL_WIDTH], a[PANEL_WIDTH], b[PANEL_WIDTH];
    for (long c = 0; c < span.width; c++) {
      factor[c] = (gamma() ? gamma()[f + c] : T(1)) * inverse_[f + c];
      a[c] = moving ? T(0) : sum[c] / T(step.rows);
      b[c] = moving ? T(0) : sum_normal[c] / T(step.rows);
    }
    this->kernels().normalise_backward(out.gradient.get() + f, out.ld, normal_.get() + f, out.ld,
                                       step.rows, span.width, factor, a, b,
                                       this->input_gradient() + f);
  }

  Buffer<T> normal_;                     // the normalised values of the batch
  Buffer<T> mean_, variance_, inverse_;  // of each column; 1 / deviation
};

const RegisterLayer<BatchNormLayer> batch_norm("batch_norm");

}  // namespace
}  // namespace epochal
