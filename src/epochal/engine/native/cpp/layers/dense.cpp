#include "layers/dense.h"

#include "layers/registry.h"

namespace epochal {
namespace {

constexpr long CHUNK_ROWS = 48;  // rows of a gradient that are still in cache when they are used

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
const std::vector<Panel<T>>& DenseLayer<T>::panels() const {
  return this->optimizer().weights(kernel_index()).panels;
}

template <class T>
void DenseLayer<T>::reserve(long batch) {
  Layer<T>::reserve(batch);
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
  step.own_spans(out.spans, [&](const Span& span, size_t i) {
    this->kernels().multiply(in.values.get(), in.ld, step.rows, panels[i].weights, in.width,
                             span.width, bias ? bias + span.first : nullptr,
                             out.values.get() + span.first, out.ld);
  });
}

// The gradient of the output in both orders, so that its product with the weights reads rows too.
template <class T>
void DenseLayer<T>::begin_backward(const Step<T>& step) {
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
  for (long q = 0; q * BLOCK < step.rows; q++) {
    const long samples = std::min(BLOCK, step.rows - q * BLOCK);
    step.own_spans(in.spans, [&](const Span& span, size_t) {
      T* scratch = scratch_.get() + span.first * BLOCK;
      this->kernels().input_gradient(panels.data(), long(panels.size()), span.first, span.used,
                                     transposed_.get() + q * padded(out.width) * BLOCK, samples,
                                     scratch);
      this->kernels().from_columns(scratch, samples, span.used,
                                   this->input_gradient() + q * BLOCK * in.ld + span.first, in.ld);
    });
  }
}

template <class T>
void DenseLayer<T>::update(const Step<T>& step) {
  const Tensor<T>& out = this->out();
  const bool trains_kernel = this->optimizer().trains(kernel_index());
  const bool trains_bias = this->optimizer().trains(bias_index());
  alignas(64) T chunk[CHUNK_ROWS * PANEL_WIDTH];
  step.own_spans(out.spans, [&](const Span& span, size_t i) {
    const T* dz = out.gradient.get() + span.first;
    if (trains_kernel) update_kernel(step, span, i, dz, chunk);
    if (!trains_bias) return;
    this->kernels().sum_rows(dz, out.ld, step.rows, chunk, span.width);
    this->optimizer().update_vector(step.update, bias_index(), i, chunk, span.width);
  });
}

template <class T>
void DenseLayer<T>::update_kernel(const Step<T>& step, const Span& span, size_t panel, const T* dz,
                                  T* chunk) const {
  const Tensor<T>&in = this->in(), &out = this->out();
  const Kernels<T>& kernels = this->kernels();
  Optimizer<T>& optimizer = this->optimizer();
  const bool in_place = optimizer.adds_gradient(step.update, kernel_index());
  const T scale = in_place ? -optimizer.learning_rate(step.update, kernel_index()) : T(1);
  for (long k = 0; k < in.width; k += CHUNK_ROWS) {
    const long count = std::min(CHUNK_ROWS, in.width - k);
    T* gradient = in_place ? panels()[panel].weights + k * span.width : chunk;
    kernels.weight_gradient(in.values.get() + k, in.ld, dz, out.ld, step.rows, gradient, count,
                            span.width, scale, in_place);
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
