// Vectors looked up by index. An input's columns are indices, and its output has a vector for each.
//
// The gradient of the table is dense for the optimizer, as in Keras: Adam moves every vector at
// every step. It is never whole in memory: the indices of a batch are sorted into chunks of the
// table, and a chunk's gradient is used while it is in the cache.
#include <cmath>
#include <limits>

#include "layers/layer.h"
#include "layers/registry.h"

namespace epochal {
namespace {

constexpr long CHUNK_ROWS = 64;
constexpr long MOST_ROWS = 1L << 24;  // indices are exact in float32

// Parameters: the table (indices, columns).
template <class T>
class EmbeddingLayer final : public Layer<T> {
 public:
  using Layer<T>::Layer;

  long check(const std::vector<long>& widths) const override {
    const long width = this->only(widths);
    if (table_index() < 0) throw InvalidGraph("graph: an embedding has no table");
    if (table().rows > MOST_ROWS) throw InvalidGraph("graph: a table has too many rows");
    if (table().columns > MOST_COLUMNS / width) throw InvalidGraph("graph: a sequence is too long");
    return width * table().columns;
  }
  bool goes_by_groups() const override { return false; }
  Partition partition(const std::vector<Partition>& /*inputs*/) const override {
    return Partition::rows;
  }
  // An update of the whole table takes about as long as this for some rows.
  double operations() const override {
    return 6 * double(this->out().width) + double(table().rows) * double(table().columns) / 4;
  }

  void reserve(long batch) override {
    Layer<T>::reserve(batch);
    const long chunks = (table().rows + CHUNK_ROWS - 1) / CHUNK_ROWS;
    sorted_ = Buffer<long>(batch * this->in().width);
    starts_ = Buffer<long>(chunks + 2);
  }

  void forward(const Step<T>& step) override {
    step.own_images([&](long b) {
      look_up(this->in().values.get() + b * this->in().ld,
              this->out().values.get() + b * this->out().ld);
    });
  }

  void backward(const Step<T>& step) override {
    if (step.thread == 0 && this->optimizer().trains(table_index())) sort(step.rows);
  }

  void update(const Step<T>& step) override {
    if (!this->optimizer().trains(table_index())) return;
    step.own_spans(spans_of(table().columns),
                   [&](const Span& span, size_t panel) { update_panel(step, span, panel); });
  }

  void infer(const T* x, T* y, long rows, T* /*scratch*/) const override {
    for (long b = 0; b < rows; b++) look_up(x + b * this->in().ld, y + b * this->out().ld);
  }

 private:
  int table_index() const { return this->operation().parameters[0]; }
  const Parameter& table() const { return this->graph().parameters[size_t(table_index())]; }

  // As JAX has it: a negative index counts from the end, and one that is not there is -1.
  long row_of(T index) const {
    const T rows = T(table().rows);
    if (!(index > -rows - T(1) && index < rows)) return -1;
    const long whole = long(index);
    return whole < 0 ? whole + table().rows : whole;
  }

  void look_up(const T* x, T* y) const {
    const long columns = table().columns;
    for (long t = 0; t < this->in().width; t++) {
      const long row = row_of(x[t]);
      for (const Panel<T>& panel : this->optimizer().weights(table_index()).panels) {
        T* to = y + t * columns + panel.first;
        if (row < 0)
          std::fill_n(to, panel.used, std::numeric_limits<T>::quiet_NaN());
        else
          std::memcpy(to, panel.weights + row * panel.width, size_t(panel.used) * sizeof(T));
      }
    }
  }

  // f(place, row of the table) for each index of a batch that is there, in order.
  template <class F>
  void each_index(long rows, const F& f) const {
    const Tensor<T>& in = this->in();
    for (long b = 0; b < rows; b++)
      for (long t = 0; t < in.width; t++)
        if (const long row = row_of(in.values[b * in.ld + t]); row >= 0) f(b * in.width + t, row);
  }

  // Behind it, chunk c of the table has the places sorted_[starts_[c]:starts_[c + 1]].
  void sort(long rows) const {
    const long chunks = (table().rows + CHUNK_ROWS - 1) / CHUNK_ROWS;
    std::fill_n(starts_.get(), chunks + 2, 0L);
    each_index(rows, [&](long, long row) { starts_[row / CHUNK_ROWS + 2]++; });
    for (long c = 2; c < chunks + 2; c++) starts_[c] += starts_[c - 1];
    each_index(rows,
               [&](long place, long row) { sorted_[starts_[row / CHUNK_ROWS + 1]++] = place; });
  }

  void update_panel(const Step<T>& step, const Span& span, size_t panel) const {
    Optimizer<T>& optimizer = this->optimizer();
    const bool only_where_used = optimizer.adds_gradient(step.update, table_index());
    alignas(64) T gradient[CHUNK_ROWS * PANEL_WIDTH];
    for (long first = 0, c = 0; first < table().rows; first += CHUNK_ROWS, c++) {
      if (only_where_used && starts_[c] == starts_[c + 1]) continue;
      const long count = std::min(CHUNK_ROWS, table().rows - first) * span.width;
      std::fill_n(gradient, count, T(0));
      for (long i = starts_[c]; i < starts_[c + 1]; i++)
        add_place(sorted_[i], first, span, gradient);
      optimizer.stage_update(step.update, table_index(), panel, first * span.width, gradient,
                             count);
    }
    optimizer.end_update(table_index(), panel);
  }

  // Adds the gradient of the vector at one place of the output.
  void add_place(long place, long first, const Span& span, T* gradient) const {
    const Tensor<T>&in = this->in(), &out = this->out();
    const long b = place / in.width, t = place % in.width;
    const long row = row_of(in.values[b * in.ld + t]);
    const T* dy = out.gradient.get() + b * out.ld + t * table().columns + span.first;
    T* to = gradient + (row - first) * span.width;
    this->kernels().add(to, dy, to, span.used);
  }

  Buffer<long> sorted_, starts_;
};

const RegisterLayer<EmbeddingLayer> embedding("embedding");

}  // namespace
}  // namespace epochal
