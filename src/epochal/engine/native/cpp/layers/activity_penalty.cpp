// A penalty on the values themselves, its mean over the batch: they pass as they are.
#include <cmath>

#include "layers/layer.h"
#include "layers/registry.h"

namespace epochal {
namespace {

// l1 * |x| + l2 * x^2. Numbers: `l1` and `l2`.
template <class T>
class ActivityPenaltyLayer final : public Layer<T> {
 public:
  using Layer<T>::Layer;

  long check(const std::vector<long>& widths) const override { return this->only(widths); }
  bool needs_output() const override { return true; }

  void forward(const Step<T>& step) override {
    const Tensor<T>&in = this->in(), &out = this->out();
    const double l1 = this->operation().l1, l2 = this->operation().l2;
    const auto sum = [&](size_t i, long from, long to, const Span& span) {
      double sizes = 0, squares = 0;
      for (long b = from; b < to; b++)
        for (long c = span.first; c < span.first + span.used; c++) {
          const T value = in.values[b * in.ld + c];
          out.values[b * out.ld + c] = value;
          sizes += std::abs(double(value));
          squares += double(value) * double(value);
        }
      penalties_[i] = (l1 * sizes + l2 * squares) / double(step.rows);
    };
    if (out.partition == Partition::columns)
      return step.own_spans(out.spans,
                            [&](const Span& span, size_t i) { sum(i, 0, step.rows, span); });
    const Span whole{.first = 0, .width = padded(out.width), .used = out.width};
    step.own_groups(step.rows, [&](long group, long from, long to) {
      sum(size_t(group), from, to, whole);
      if (to == step.rows) std::fill(penalties_.begin() + group + 1, penalties_.end(), 0.0);
    });
  }

  void backward(const Step<T>& step) override {
    if (!this->needs_input_gradient()) return;
    const Tensor<T>& out = this->out();
    T* gradient = this->input_gradient();
    const T l1 = T(this->operation().l1 / double(step.rows));
    const T l2 = T(2 * this->operation().l2 / double(step.rows));
    step.own_pieces(out, [&](long b, const Span& span) {
      for (long at = b * out.ld + span.first; at < b * out.ld + span.first + span.used; at++) {
        const T x = out.values[at];
        gradient[at] = out.gradient[at] + (x < 0 ? -l1 : l1) + l2 * x;  // at 0 as JAX has it
      }
    });
  }

  std::span<const double> penalties() const override { return penalties_; }

 protected:
  void initialize() override {
    const Tensor<T>& out = this->out();
    penalties_.resize(out.partition == Partition::columns ? out.spans.size() : MOST_ROW_GROUPS);
  }

 private:
  std::vector<double> penalties_;  // of each span, or group of rows
};

const RegisterLayer<ActivityPenaltyLayer> activity("activity");

}  // namespace
}  // namespace epochal
