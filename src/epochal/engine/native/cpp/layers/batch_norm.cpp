// Batch normalisation: of each column, over the batch in training and else by moving statistics.
#include "layers/batch_norm.h"

#include "layers/registry.h"

namespace epochal {
namespace {

// Of each column.
template <class T>
class BatchNormLayer final : public StatisticsLayer<T> {
 public:
  using StatisticsLayer<T>::StatisticsLayer;

  long check(const std::vector<long>& widths) const override {
    this->check_channels(this->only(widths));
    return widths[0];
  }
  Partition partition(const std::vector<Partition>&) const override { return Partition::columns; }

  void reserve(long batch) override {
    Layer<T>::reserve(batch);
    normal_ = Buffer<T>(batch * this->out().ld);
    mean_ = Buffer<T>(padded(this->out().width));
    variance_ = Buffer<T>(padded(this->out().width));
    inverse_ = Buffer<T>(padded(this->out().width));
  }

  void forward(const Step<T>& step) override {
    const Tensor<T>&in = this->in(), &out = this->out();
    const bool of_batch = this->of_batch(step);
    T* normal = this->keeps_normal(step) ? normal_.get() : nullptr;
    step.own_spans(out.spans, [&](const Span& span, size_t) {
      const long f = span.first;
      if (of_batch) {
        this->kernels().moments(in.values.get() + f, in.ld, step.rows, span.width, mean_.get() + f,
                                variance_.get() + f);
        this->move_statistics(f, span.width, mean_.get() + f, variance_.get() + f);
      }
      this->normalise({.x = in.values.get() + f,
                       .ld = in.ld,
                       .rows = step.rows,
                       .first = f,
                       .width = span.width,
                       .normal = normal ? normal + f : nullptr,
                       .y = out.values.get() + f,
                       .ldy = out.ld},
                      (of_batch ? mean_.get() : this->moving_mean()) + f,
                      (of_batch ? variance_.get() : this->moving_variance()) + f,
                      inverse_.get() + f);
    });
  }

  void backward(const Step<T>& step) override {
    const Tensor<T>& out = this->out();
    step.own_spans(out.spans, [&](const Span& span, size_t i) {
      alignas(64) T sum[PANEL_WIDTH], sum_normal[PANEL_WIDTH];
      this->kernels().normalise_sums(out.gradient.get() + span.first, out.ld,
                                     normal_.get() + span.first, out.ld, step.rows, span.width, sum,
                                     sum_normal);
      if (this->needs_input_gradient()) derive(step, span, sum, sum_normal);
      this->optimizer().update_vector(step.update, this->gamma_index(), i, sum_normal, span.width);
      this->optimizer().update_vector(step.update, this->beta_index(), i, sum, span.width);
    });
  }

  void infer(const T* x, T* y, long rows, T* scratch) const override {
    T* inverse = scratch;
    for (const Span& span : this->out().spans)
      this->normalise({.x = x + span.first,
                       .ld = this->in().ld,
                       .rows = rows,
                       .first = span.first,
                       .width = span.width,
                       .normal = nullptr,
                       .y = y + span.first,
                       .ldy = this->out().ld},
                      this->moving_mean() + span.first, this->moving_variance() + span.first,
                      inverse + span.first);
  }

 private:
  // The gradient of the input; the batch's own statistics depend on it too.
  void derive(const Step<T>& step, const Span& span, const T* sum, const T* sum_normal) const {
    const Tensor<T>& out = this->out();
    const bool moving = this->operation().moving;
    const long f = span.first;
    alignas(64) T factor[PANEL_WIDTH], a[PANEL_WIDTH], b[PANEL_WIDTH];
    for (long c = 0; c < span.width; c++) {
      factor[c] = (this->gamma() ? this->gamma()[f + c] : T(1)) * inverse_[f + c];
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
