// Scaled dot-product attention of several heads (Vaswani et al., "Attention Is All You Need",
// 2017), in two layers: the weights that each step of a sequence gives to the steps of another, and
// the values' sums with these weights. What lies between, such as dropout, is a layer of its own.
//
// A head of a sequence is a matrix (steps, columns) whose rows lie `heads` times as far apart. Its
// products want whole panels: each group of rows has room to put a matrix together.
#include "layers/layer.h"
#include "layers/registry.h"

namespace epochal {
namespace {

// Some columns of all steps of a sequence.
template <class T>
struct Head {
  T* values;
  long steps, columns, ld;
};

template <class T>
class AttentionLayer : public Layer<T> {
 public:
  using Layer<T>::Layer;

  Partition partition(const std::vector<Partition>&) const override { return Partition::rows; }

  void reserve(long batch) override {
    const long keys = key_steps(), width = padded(columns());
    const long matrix = std::max(steps() * stride(std::max(keys, width)), keys * width);
    room_ = matrix + std::max(width * BLOCK, keys * std::min(width, PANEL_WIDTH));
    scratch_ = Buffer<T>(row_groups(batch) * room_);
  }

 protected:
  long heads() const { return this->operation().heads; }
  long steps() const { return this->operation().steps; }
  // The steps of what is attended to, and the columns of a head.
  virtual long key_steps() const = 0;
  virtual long columns() const = 0;

  void check_numbers(const std::vector<long>& widths) const {
    if (widths.size() != 2)
      throw InvalidGraph("graph: an operation has the wrong number of inputs");
    if (heads() < 1 || steps() < 1 || heads() > widths[0] / steps() ||
        widths[0] % (heads() * steps()))
      throw InvalidGraph("graph: heads do not fit what attends");
  }

  // Of all heads, as they are put together.
  void check_size(long rows, long columns) const {
    if (rows > MOST_COLUMNS / stride(columns) / heads())
      throw InvalidGraph("graph: a sequence is too long");
  }

  // f(row, head, scratch) for each head of this thread's rows. There is room for two matrices.
  template <class F>
  void each_head(const Step<T>& step, const F& f) const {
    step.own_groups(step.rows, [&](long group, long from, long to) {
      T* scratch = scratch_.get() + group * room_;
      for (long b = from; b < to; b++)
        for (long h = 0; h < heads(); h++) f(b, h, scratch);
    });
  }

  // A head of a row of an input: of its values, or of its gradient.
  static Head<T> head_of(const Tensor<T>& tensor, const Buffer<T>& numbers, long row, long head,
                         long steps, long columns) {
    const long ld = tensor.width / steps;
    return {numbers.get() + row * tensor.ld + head * columns, steps, columns, ld};
  }

  // out (rows, head's steps) = x (rows, head's columns) . head', for x whose rows are ldx apart.
  void multiply_transposed(const T* x, long ldx, long rows, const Head<T>& head, T* panel, T* out,
                           long ldo) const {
    for (long s = 0; s < head.steps; s += BLOCK) {
      const long count = std::min(BLOCK, head.steps - s);
      this->kernels().to_columns(head.values + s * head.ld, head.ld, count, head.columns, panel);
      const long width = padded(count);
      if (width < BLOCK) pack(panel, BLOCK, head.columns, width, width, panel);
      this->kernels().multiply(x, ldx, rows, panel, head.columns, width, nullptr, out + s, ldo);
    }
  }

  // out (rows, head's columns) = x (rows, head's steps) . head
  void multiply(const T* x, long ldx, long rows, const Head<T>& head, T* panel, T* out,
                long ldo) const {
    for (long c = 0; c < head.columns; c += PANEL_WIDTH) {
      const long used = std::min(PANEL_WIDTH, head.columns - c), width = padded(used);
      pack(head.values + c, head.ld, head.steps, used, width, panel);
      this->kernels().multiply(x, ldx, rows, panel, head.steps, width, nullptr, out + c, ldo);
    }
  }

  // Rows of so many columns, one behind the other, each filled up with zeros to `width`.
  static void pack(const T* from, long ld, long rows, long columns, long width, T* to) {
    for (long r = 0; r < rows; r++) {
      std::memmove(to + r * width, from + r * ld, size_t(columns) * sizeof(T));
      std::fill(to + r * width + columns, to + (r + 1) * width, T(0));
    }
  }

  // Adds a matrix to the gradient of an input, or writes it there.
  void pass(const Input<T>& input, const T* from, long ldf, const Head<T>& to) const {
    for (long s = 0; s < to.steps; s++) {
      T* into = to.values + s * to.ld;
      if (input.accumulates)
        this->kernels().add(into, from + s * ldf, into, to.columns);
      else
        std::memcpy(into, from + s * ldf, size_t(to.columns) * sizeof(T));
    }
  }

 private:
  long room_ = 0;  // of a group of rows
  Buffer<T> scratch_;
};

// Of each head (steps, key steps): the softmax of its queries' products with its keys.
// Inputs: queries (steps, heads * columns), keys (key steps, heads * columns).
// Numbers: `heads`, `steps` of the queries, `number`, the factor of the products; `causal`: a step
// gives no weight to what comes behind it.
template <class T>
class AttentionWeightsLayer final : public AttentionLayer<T> {
 public:
  using AttentionLayer<T>::AttentionLayer;

  long check(const std::vector<long>& widths) const override {
    this->check_numbers(widths);
    const long width = widths[0] / this->steps();
    if (widths[1] % width) throw InvalidGraph("graph: keys do not fit their queries");
    const long keys = widths[1] / width;
    this->check_size(this->steps(), keys);
    this->check_size(std::max(this->steps(), keys), width / this->heads());
    return this->heads() * this->steps() * keys;
  }
  double operations() const override { return 6.0 * double(this->out().width) * double(columns()); }
  bool needs_output() const override { return true; }

  void forward(const Step<T>& step) override {
    const long rows = this->steps(), count = this->key_steps(), ld = stride(count);
    this->each_head(step, [&](long b, long h, T* scratch) {
      T *scores = scratch, *panel = scratch + rows * ld;
      const Head<T> q = queries(b, h, false);
      this->multiply_transposed(q.values, q.ld, rows, keys(b, h, false), panel, scores, ld);
      T* out = this->out().values.get() + b * this->out().ld + h * rows * count;
      for (long r = 0; r < rows; r++) {
        this->kernels().attend(scores + r * ld, seen(r), count, factor());
        std::memcpy(out + r * count, scores + r * ld, size_t(count) * sizeof(T));
      }
    });
  }

  void backward(const Step<T>& step) override {
    const Tensor<T>& out = this->out();
    const long rows = this->steps(), count = this->key_steps();
    this->each_head(step, [&](long b, long h, T* scratch) {
      const long at = b * out.ld + h * rows * count;
      T* slopes = out.gradient.get() + at;  // of the weights, and then of the scores
      for (long r = 0; r < rows; r++)
        this->kernels().attend_backward(out.values.get() + at + r * count, slopes + r * count,
                                        seen(r), count, factor());
      give_queries(b, h, slopes, scratch);
      give_keys(b, h, slopes, scratch);
    });
  }

 protected:
  long columns() const override { return this->in().width / this->steps() / this->heads(); }
  long key_steps() const override {
    return this->inputs()[1].tensor->width / (this->heads() * columns());
  }

 private:
  T factor() const { return T(this->operation().number); }
  // How many keys the query of a step sees.
  long seen(long step) const {
    return this->operation().causal ? std::min(step + 1, this->key_steps()) : this->key_steps();
  }
  Head<T> of(size_t input, long steps, long row, long head, bool gradient) const {
    const Tensor<T>& tensor = *this->inputs()[input].tensor;
    return this->head_of(tensor, gradient ? tensor.gradient : tensor.values, row, head, steps,
                         columns());
  }
  Head<T> queries(long row, long head, bool gradient) const {
    return of(0, this->steps(), row, head, gradient);
  }
  Head<T> keys(long row, long head, bool gradient) const {
    return of(1, this->key_steps(), row, head, gradient);
  }

  void give_queries(long row, long head, const T* slopes, T* scratch) const {
    const Input<T>& input = this->inputs()[0];
    if (!input.needs_gradient) return;
    const long ld = stride(columns());
    this->multiply(slopes, this->key_steps(), this->steps(), keys(row, head, false),
                   scratch + this->steps() * ld, scratch, ld);
    this->pass(input, scratch, ld, queries(row, head, true));
  }

  void give_keys(long row, long head, const T* slopes, T* scratch) const {
    const Input<T>& input = this->inputs()[1];
    if (!input.needs_gradient) return;
    const Head<T> q = queries(row, head, false);
    const long width = padded(columns());
    this->kernels().weight_gradient(slopes, this->key_steps(), q.values, q.ld, this->steps(),
                                    scratch, this->key_steps(), width, T(1), false);
    this->pass(input, scratch, width, keys(row, head, true));
  }
};

// Of each head (steps, columns): the sums of its values, each with its weight.
// Inputs: weights (heads, steps, value steps), values (value steps, heads * columns).
// Numbers: `heads`, `steps` of the weights.
template <class T>
class AttentionValuesLayer final : public AttentionLayer<T> {
 public:
  using AttentionLayer<T>::AttentionLayer;

  long check(const std::vector<long>& widths) const override {
    this->check_numbers(widths);
    const long steps = widths[0] / (this->heads() * this->steps());
    if (widths[1] % (steps * this->heads()))
      throw InvalidGraph("graph: values do not fit their weights");
    const long width = widths[1] / steps;
    this->check_size(this->steps(), steps);
    this->check_size(std::max(this->steps(), steps), width / this->heads());
    return this->steps() * width;
  }
  double operations() const override { return 6.0 * double(this->in().width) * double(columns()); }

  void forward(const Step<T>& step) override {
    const long ld = stride(this->columns());
    this->each_head(step, [&](long b, long h, T* scratch) {
      this->multiply(weights(b, h, false), this->key_steps(), this->steps(), values(b, h, false),
                     scratch + this->steps() * ld, scratch, ld);
      const Head<T> to = sums(b, h, false);
      for (long s = 0; s < to.steps; s++)
        std::memcpy(to.values + s * to.ld, scratch + s * ld, size_t(to.columns) * sizeof(T));
    });
  }

  void backward(const Step<T>& step) override {
    this->each_head(step, [&](long b, long h, T* scratch) {
      const Head<T> slopes = sums(b, h, true);
      give_weights(b, h, slopes, scratch);
      give_values(b, h, slopes, scratch);
    });
  }

 protected:
  long key_steps() const override { return this->in().width / (this->heads() * this->steps()); }
  long columns() const override {
    return this->inputs()[1].tensor->width / (key_steps() * this->heads());
  }

 private:
  // (steps, value steps) of one head
  T* weights(long row, long head, bool gradient) const {
    const Tensor<T>& in = this->in();
    return (gradient ? in.gradient : in.values).get() + row * in.ld +
           head * this->steps() * this->key_steps();
  }
  Head<T> values(long row, long head, bool gradient) const {
    const Tensor<T>& in = *this->inputs()[1].tensor;
    return this->head_of(in, gradient ? in.gradient : in.values, row, head, this->key_steps(),
                         this->columns());
  }
  Head<T> sums(long row, long head, bool gradient) const {
    const Tensor<T>& out = this->out();
    return this->head_of(out, gradient ? out.gradient : out.values, row, head, this->steps(),
                         this->columns());
  }

  void give_weights(long row, long head, const Head<T>& slopes, T* scratch) const {
    const Input<T>& input = this->inputs()[0];
    if (!input.needs_gradient) return;
    const long ld = stride(this->key_steps()), steps = this->steps(), count = this->key_steps();
    this->multiply_transposed(slopes.values, slopes.ld, steps, values(row, head, false),
                              scratch + steps * ld, scratch, ld);
    this->pass(input, scratch, ld, {weights(row, head, true), steps, count, count});
  }

  void give_values(long row, long head, const Head<T>& slopes, T* scratch) const {
    const Input<T>& input = this->inputs()[1];
    if (!input.needs_gradient) return;
    const long width = padded(this->columns());
    this->kernels().weight_gradient(weights(row, head, false), this->key_steps(), slopes.values,
                                    slopes.ld, this->steps(), scratch, this->key_steps(), width,
                                    T(1), false);
    this->pass(input, scratch, width, values(row, head, true));
  }
};

const RegisterLayer<AttentionWeightsLayer> attention_weights("attention_weights");
const RegisterLayer<AttentionValuesLayer> attention_values("attention_values");

}  // namespace
}  // namespace epochal
