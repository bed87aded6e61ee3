#include "layers/dense.h"

#include <cstring>

#include "layers/registry.h"

namespace epochal {
namespace {

constexpr long CHUNK_ROWS = 48;  // rows of a gradient that are still in cache when they are used
// Larger batches are taken so many rows at a time, as these stay in the second cache while all the
// weights go by: a multiple of the rows of each block of sums (6, 8 and 12).
constexpr long FORWARD_ROWS = 144;
constexpr long BACKWARD_BLOCKS = 4;  // the same going backward, in blocks of samples
constexpr long GRADIENT_ROWS = 64;   // rows of input and output that stay in the first cache
// From so many rows on, the factors of the weights' gradient are copied to where they are read.
constexpr long MANY_ROWS = 256;

const RegisterLayer<DenseLayer> dense("dense");

}  // namespace

template <class T>
long DenseLayer<T>::check(const std::vector<long>& widths) const {
  const GraphSpec& graph = this->graph();
  if (kernel_index() < 0) throw InvalidGraph("graph: a kernel is missing");
  const Parameter& kernel = graph.parameters[size_t(kernel_index())];
  if (kernel.rows != this->only(widths))
    throw InvalidGraph("graph: a kernel does not fit its input");
  check_optional_vector(graph, bias_index(), kernel.columns);
  return kernel.columns;
}

template <class T>
long DenseLayer<T>::chunks() const {
  return (this->in().width + CHUNK_ROWS - 1) / CHUNK_ROWS;
}

template <class T>
bool DenseLayer<T>::gathers_factors(const Step<T>& step) const {
  return step.rows >= MANY_ROWS && input_chunks_.get();
}

template <class T>
const std::vector<Panel<T>>& DenseLayer<T>::panels() const {
  return this->optimizer().weights(kernel_index()).panels;
}

template <class T>
void DenseLayer<T>::reserve(long batch) {
  Layer<T>::reserve(batch);
  if (batch >= MANY_ROWS && this->optimizer().trains(kernel_index())) {
    input_chunks_ = Buffer<T>(chunks() * batch * CHUNK_ROWS);
    output_panels_ = Buffer<T>(batch * padded(this->out().width));
  }
  if (!this->needs_input_gradient()) return;
  const long blocks = (batch + BLOCK - 1) / BLOCK;
  transposed_ = Buffer<T>(blocks * padded(this->out().width) * BLOCK);
  scratch_ = Buffer<T>(padded(this->in().width) * BLOCK);
}

template <class T>
void DenseLayer<T>::forward(const Step<T>& step) {
  const Tensor<T>&in = this->in(), &out = this->out();
  const auto& panels = this->panels();
  const T* bias = this->bias();
  for (long b = 0; b < step.rows; b += FORWARD_ROWS)
    step.own_spans(out.spans, [&](const Span& span, size_t i) {
      this->kernels().multiply(in.values.get() + b * in.ld, in.ld,
                               std::min(FORWARD_ROWS, step.rows - b), panels[i].weights, in.width,
                               span.width, bias ? bias + span.first : nullptr,
                               out.values.get() + b * out.ld + span.first, out.ld);
    });
}

// The gradient of the output in both orders, so that its product with the weights reads rows too.
template <class T>
void DenseLayer<T>::begin_backward(const Step<T>& step) {
  if (gathers_factors(step)) gather_input(step);
  if (!this->needs_input_gradient()) return;
  const Tensor<T>& out = this->out();
  for (long q = 0; q * BLOCK < step.rows; q++)
    step.own_spans(out.spans, [&](const Span& span, size_t) {
      this->kernels().to_columns(out.gradient.get() + q * BLOCK * out.ld + span.first, out.ld,
                                 std::min(BLOCK, step.rows - q * BLOCK), span.used,
                                 transposed_.get() + (q * padded(out.width) + span.first) * BLOCK);
    });
}

template <class T>
void DenseLayer<T>::backward(const Step<T>& step) {
  if (!this->needs_input_gradient()) return;
  const Tensor<T>&in = this->in(), &out = this->out();
  const auto& panels = this->panels();
  const long blocks = (step.rows + BLOCK - 1) / BLOCK;
  for (long first = 0; first < blocks; first += BACKWARD_BLOCKS)
    step.own_spans(in.spans, [&](const Span& span, size_t) {
      T* scratch = scratch_.get() + span.first * BLOCK;
      for (long q = first; q < std::min(first + BACKWARD_BLOCKS, blocks); q++) {
        const long samples = std::min(BLOCK, step.rows - q * BLOCK);
        this->kernels().input_gradient(panels.data(), long(panels.size()), span.first, span.used,
                                       transposed_.get() + q * padded(out.width) * BLOCK, samples,
                                       scratch);
        this->kernels().from_columns(scratch, samples, span.used,
                                     this->input_gradient() + q * BLOCK * in.ld + span.first,
                                     in.ld);
      }
    });
}

// Rows that lie far apart are read a few columns at a time: each chunk of them is put together.
template <class T>
void DenseLayer<T>::gather_input(const Step<T>& step) {
  const Tensor<T>& in = this->in();
  const long from = chunks() * step.thread / step.threads;
  const long to = chunks() * (step.thread + 1) / step.threads;
  for (long b = 0; b < step.rows; b++)
    for (long c = from; c < to; c++)
      std::memcpy(input_chunks_.get() + (c * step.rows + b) * CHUNK_ROWS,
                  in.values.get() + b * in.ld + c * CHUNK_ROWS,
                  size_t(std::min(CHUNK_ROWS, in.ld - c * CHUNK_ROWS)) * sizeof(T));
}

template <class T>
void DenseLayer<T>::update(const Step<T>& step) {
  const Tensor<T>& out = this->out();
  const bool trains_kernel = this->optimizer().trains(kernel_index());
  const bool trains_bias = this->optimizer().trains(bias_index());
  alignas(64) T chunk[CHUNK_ROWS * PANEL_WIDTH];
  step.own_spans(out.spans, [&](const Span& span, size_t i) {
    const T* dz = out.gradient.get() + span.first;
    if (trains_kernel) update_kernel(step, span, i, chunk);
    if (!trains_bias) return;
    this->kernels().sum_rows(dz, out.ld, step.rows, chunk, span.width);
    this->optimizer().update_vector(step.update, bias_index(), i, chunk, span.width);
  });
}

template <class T>
void DenseLayer<T>::update_kernel(const Step<T>& step, const Span& span, size_t panel, T* chunk) {
  const Tensor<T>&in = this->in(), &out = this->out();
  Optimizer<T>& optimizer = this->optimizer();
  const bool in_place = optimizer.adds_gradient(step.update, kernel_index());
  const T scale = in_place ? -optimizer.learning_rate(step.update, kernel_index()) : T(1);
  const T* dz = out.gradient.get() + span.first;
  const bool gathers = gathers_factors(step);
  T* gathered = gathers ? output_panels_.get() + span.first * step.rows : nullptr;
  for (long b = 0; gathers && b < step.rows; b++)
    std::memcpy(gathered + b * span.width, dz + b * out.ld, size_t(span.width) * sizeof(T));
  for (long k = 0; k < in.width; k += CHUNK_ROWS) {
    const long count = std::min(CHUNK_ROWS, in.width - k);
    T* gradient = in_place ? panels()[panel].weights + k * span.width : chunk;
    const auto add_product = [&](const T* x, long ldx, const T* y, long ldy, long rows, bool add) {
      this->kernels().weight_gradient(x, ldx, y, ldy, rows, gradient, count, span.width, scale,
                                      add);
    };
    if (!gathers) add_product(in.values.get() + k, in.ld, dz, out.ld, step.rows, in_place);
    for (long b = 0; gathers && b < step.rows; b += GRADIENT_ROWS)
      add_product(input_chunks_.get() + k * step.rows + b * CHUNK_ROWS, CHUNK_ROWS,
                  gathered + b * span.width, span.width, std::min(GRADIENT_ROWS, step.rows - b),
                  in_place || b > 0);
    if (!in_place)
      optimizer.stage_update(step.update, kernel_index(), panel, k * span.width, chunk,
                             count * span.width);
    step.ahead.fetch_one();
  }
  optimizer.end_update(kernel_index(), panel);
}

template <class T>
void DenseLayer<T>::infer(const T* x, T* y, long rows, T* /*scratch*/) const {
  multiply(x, y, rows, bias());
}

template <class T>
void DenseLayer<T>::multiply(const T* x, T* y, long rows, const T* bias) const {
  const Tensor<T>&in = this->in(), &out = this->out();
  for (const Panel<T>& panel : panels())
    this->kernels().multiply(x, in.ld, rows, panel.weights, in.width, panel.width,
                             bias ? bias + panel.first : nullptr, y + panel.first, out.ld);
}

template class DenseLayer<float>;
template class DenseLayer<double>;

}  // namespace epochal
