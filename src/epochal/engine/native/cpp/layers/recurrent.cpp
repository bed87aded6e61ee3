#include "layers/recurrent.h"

namespace epochal {
namespace {

constexpr long CHUNK = 64;  // rows of a product of which both sides stay in the cache
constexpr long MOST_BIASES = 2;

template <class T>
void copy(const T* from, T* to, long count) {
  std::memcpy(to, from, size_t(count) * sizeof(T));
}

}  // namespace

template <class T>
Trace<T>::Trace(const RecurrentForm& form, long steps, long rows, long features, long units)
    : x(steps * rows * stride(features)),
      gates(steps * rows * stride(form.gates * units)),
      inner(form.inner ? steps * rows * stride(form.gates * units) : 0),
      h((steps + 1) * rows * stride(units)),
      carry(form.carry ? (steps + 1) * rows * stride(units) : 0),
      shaped(form.carry ? steps * rows * stride(units) : 0),
      dh(rows * stride(units)),
      dcarry(form.carry ? rows * stride(units) : 0),
      dx(rows * stride(features)),
      kept(2 * rows * stride(units)) {}

template <class T>
long RecurrentLayer<T>::check(const std::vector<long>& widths) const {
  if (widths.size() == 2 && widths[1] != steps())
    throw InvalidGraph("graph: a mask does not fit its sequence");
  const long width = this->only({widths.begin(), widths.end() - (widths.size() == 2)});
  if (kernel_index() < 0 || recurrent_index() < 0)
    throw InvalidGraph("graph: a recurrent layer lacks a kernel");
  if (steps() < 1 || width % steps() || width / steps() != kernel().rows)
    throw InvalidGraph("graph: a sequence does not fit its layer");
  const long columns = recurrent().columns;
  if (columns / form_.gates != units() || columns % form_.gates || kernel().columns != columns)
    throw InvalidGraph("graph: the kernels of a recurrent layer do not fit together");
  if (bias_index() >= 0) {
    const Parameter& bias = parameter(bias_index());
    if (bias.rows != (form_.inner ? 2 : 1) || bias.columns != columns)
      throw InvalidGraph("graph: a bias does not fit its recurrent layer");
  }
  // The states of all steps are kept, whatever the output is.
  if (units() > MOST_COLUMNS / steps()) throw InvalidGraph("graph: a sequence is too long");
  return this->operation().sequences ? steps() * units() : units();
}

template <class T>
void RecurrentLayer<T>::reserve(long batch) {
  Layer<T>::reserve(batch);
  trace_ = trace_for(batch);
  gradients_ = Buffer<T>((features() + units() + MOST_BIASES) * padded(recurrent().columns));
  recurrent_transposed_ = Transposed<T>(units(), recurrent().columns);
  if (this->needs_input_gradient())
    kernel_transposed_ = Transposed<T>(features(), kernel().columns);
}

template <class T>
TraceRows<T> RecurrentLayer<T>::own_rows(const Step<T>& step) const {
  TraceRows<T> rows{.trace = trace_, .batch = step.rows, .from = step.rows, .to = 0};
  step.own_groups(step.rows, [&](long, long from, long to) {
    rows.from = std::min(rows.from, from);
    rows.to = std::max(rows.to, to);
  });
  rows.from = std::min(rows.from, rows.to);
  return rows;
}

template <class T>
void RecurrentLayer<T>::forward(const Step<T>& step) {
  run(own_rows(step), this->in().values.get(), this->out().values.get());
}

template <class T>
void RecurrentLayer<T>::infer(const T* x, T* y, long rows, T* /*scratch*/) const {
  const Trace<T> trace = trace_for(rows);
  run({.trace = trace, .batch = rows, .from = 0, .to = rows}, x, y);
}

template <class T>
void RecurrentLayer<T>::run(const TraceRows<T>& rows, const T* x, T* y) const {
  const long ldu = unit_stride(), ldy = this->out().ld;
  for (const Buffer<T>* state : {&rows.trace.h, form_.carry ? &rows.trace.carry : nullptr})
    if (state) std::fill_n(rows.at(*state, 0, ldu), rows.count() * ldu, T(0));
  for (long t = 0; t < steps(); t++) {
    enter(rows, t, x);
    advance(rows, t);
    each_masked(rows, t, [&](long b) {
      for (const Buffer<T>* state : {&rows.trace.h, form_.carry ? &rows.trace.carry : nullptr})
        if (state)
          copy(rows.at(*state, t, ldu) + b * ldu, rows.at(*state, t + 1, ldu) + b * ldu, ldu);
    });
    const bool sequences = this->operation().sequences;
    if (!sequences && t + 1 < steps()) continue;
    const T* h = rows.at(rows.trace.h, t + 1, ldu);
    T* to = y + rows.from * ldy + (sequences ? output_place(t) * units() : 0);
    for (long b = 0; b < rows.count(); b++) copy(h + b * ldu, to + b * ldy, units());
    each_masked(rows, t, [&](long b) {
      if (this->operation().zeros) std::fill_n(to + b * ldy, units(), T(0));
    });
  }
}

// What enters the gates at a step: from its input, and from the state before.
template <class T>
void RecurrentLayer<T>::enter(const TraceRows<T>& rows, long t, const T* x) const {
  const Trace<T>& trace = rows.trace;
  const long count = rows.count(), ldx = stride(features()), ldg = gate_stride();
  const long ldi = this->in().ld;
  T* input = rows.at(trace.x, t, ldx);
  const T* from = x + rows.from * ldi + input_place(t) * features();
  for (long b = 0; b < count; b++) copy(from + b * ldi, input + b * ldx, features());
  const T* h = rows.at(trace.h, t, unit_stride());
  const auto& kernel = panels(kernel_index());
  const auto& recurrent = panels(recurrent_index());
  for (size_t i = 0; i < kernel.size(); i++) {
    const long first = kernel[i].first, width = kernel[i].width;
    const T* bias = bias_index() < 0 ? nullptr : panels(bias_index())[i].weights;
    T* gates = rows.at(trace.gates, t, ldg) + first;
    this->kernels().multiply(input, ldx, count, kernel[i].weights, features(), width, bias, gates,
                             ldg);
    if (form_.inner)
      this->kernels().multiply(h, unit_stride(), count, recurrent[i].weights, units(), width,
                               bias ? bias + width : nullptr, rows.at(trace.inner, t, ldg) + first,
                               ldg);
    else
      this->kernels().multiply_add(h, unit_stride(), count, recurrent[i].weights, units(), width,
                                   gates, ldg);
  }
}

template <class T>
bool RecurrentLayer<T>::trains() const {
  const Optimizer<T>& optimizer = this->optimizer();
  return optimizer.trains(kernel_index()) || optimizer.trains(recurrent_index()) ||
         optimizer.trains(bias_index());
}

template <class T>
void RecurrentLayer<T>::backward(const Step<T>& step) {
  if (!this->needs_input_gradient() && !trains()) return;
  recurrent_transposed_.take(step, panels(recurrent_index()));
  if (this->needs_input_gradient()) kernel_transposed_.take(step, panels(kernel_index()));
  step.wait();
  run_back(own_rows(step));
}

template <class T>
void RecurrentLayer<T>::run_back(const TraceRows<T>& rows) const {
  const Trace<T>& trace = rows.trace;
  const long ldu = unit_stride(), ldg = gate_stride();
  T* dh = rows.at(trace.dh, 0, ldu);
  std::fill_n(dh, rows.count() * ldu, T(0));
  if (form_.carry) std::fill_n(rows.at(trace.dcarry, 0, ldu), rows.count() * ldu, T(0));
  for (long t = steps() - 1; t >= 0; t--) {
    add_output_gradient(rows, t);
    pass_by_masked(rows, t, true);
    retreat(rows, t);
    pass_by_masked(rows, t, false);
    if (this->needs_input_gradient()) leave(rows, t);
    if (t == 0) break;
    const T* dz = rows.at(form_.inner ? trace.inner : trace.gates, t, ldg);
    recurrent_transposed_.each_panel([&](const T* weights, const Span& span) {
      this->kernels().multiply_add(dz, ldg, rows.count(), weights, recurrent().columns, span.width,
                                   dh + span.first, ldu);
    });
  }
}

// The state of a masked step is that before it: its gradient passes by the gates.
template <class T>
void RecurrentLayer<T>::pass_by_masked(const TraceRows<T>& rows, long t, bool before) const {
  const Trace<T>& trace = rows.trace;
  const long ldu = unit_stride(), ldg = gate_stride();
  each_masked(rows, t, [&](long b) {
    T *dh = rows.at(trace.dh, 0, ldu) + b * ldu,
      *kept = rows.at(trace.kept, 0, 2 * ldu) + 2 * b * ldu;
    T* dcarry = form_.carry ? rows.at(trace.dcarry, 0, ldu) + b * ldu : nullptr;
    if (before) {
      copy(dh, kept, ldu);
      if (dcarry) copy(dcarry, kept + ldu, ldu);
      return;
    }
    copy(kept, dh, ldu);
    if (dcarry) copy(kept + ldu, dcarry, ldu);
    std::fill_n(rows.at(trace.gates, t, ldg) + b * ldg, ldg, T(0));
    if (form_.inner) std::fill_n(rows.at(trace.inner, t, ldg) + b * ldg, ldg, T(0));
  });
}

template <class T>
void RecurrentLayer<T>::add_output_gradient(const TraceRows<T>& rows, long t) const {
  const bool sequences = this->operation().sequences;
  if (!sequences && t + 1 < steps()) return;
  const long ldu = unit_stride(), ldy = this->out().ld;
  const T* dy =
      this->out().gradient.get() + rows.from * ldy + (sequences ? output_place(t) * units() : 0);
  T* dh = rows.at(rows.trace.dh, 0, ldu);
  for (long b = 0; b < rows.count(); b++) {
    if (this->operation().zeros && is_masked(rows, t, b)) continue;
    this->kernels().add(dh + b * ldu, dy + b * ldy, dh + b * ldu, units());
  }
}

// The gradient of a step's input.
template <class T>
void RecurrentLayer<T>::leave(const TraceRows<T>& rows, long t) const {
  const long ldx = stride(features()), ldi = this->in().ld;
  const T* dz = rows.at(rows.trace.gates, t, gate_stride());
  T* dx = rows.at(rows.trace.dx, 0, ldx);
  kernel_transposed_.each_panel([&](const T* weights, const Span& span) {
    this->kernels().multiply(dz, gate_stride(), rows.count(), weights, kernel().columns, span.width,
                             nullptr, dx + span.first, ldx);
  });
  T* to = this->input_gradient() + rows.from * ldi + input_place(t) * features();
  for (long b = 0; b < rows.count(); b++) copy(dx + b * ldx, to + b * ldi, features());
}

template <class T>
void RecurrentLayer<T>::update(const Step<T>& step) {
  if (!trains()) return;
  const long rows = features() + units() + MOST_BIASES;
  step.own_spans(spans_of(recurrent().columns), [&](const Span& span, size_t panel) {
    T* kernel = gradients_.get() + span.first * rows;
    T* recurrent = kernel + features() * span.width;
    T* bias = recurrent + units() * span.width;
    std::fill_n(kernel, rows * span.width, T(0));
    for (long r = 0; r < steps() * step.rows; r += CHUNK)
      add_gradients(r, std::min(CHUNK, steps() * step.rows - r), span, {kernel, recurrent, bias});
    stage(step, kernel_index(), span, panel, kernel);
    stage(step, recurrent_index(), span, panel, recurrent);
    stage(step, bias_index(), span, panel, bias);
  });
}

// Adds what some rows of the trace give, of the columns of a panel, while they are in the cache.
template <class T>
void RecurrentLayer<T>::add_gradients(long from, long count, const Span& span,
                                      const Gradients& to) const {
  const long ldx = stride(features()), ldu = unit_stride(), ldg = gate_stride();
  const Kernels<T>& kernels = this->kernels();
  const T* entered = trace_.gates.get() + from * ldg + span.first;
  const T* inner = form_.inner ? trace_.inner.get() + from * ldg + span.first : entered;
  kernels.weight_gradient(trace_.x.get() + from * ldx, ldx, entered, ldg, count, to.kernel,
                          features(), span.width, T(1), true);
  kernels.weight_gradient(trace_.h.get() + from * ldu, ldu, inner, ldg, count, to.recurrent,
                          units(), span.width, T(1), true);
  if (bias_index() < 0) return;
  alignas(64) T sums[PANEL_WIDTH];
  for (long row = 0; row < parameter(bias_index()).rows; row++) {
    kernels.sum_rows(row ? inner : entered, ldg, count, sums, span.width);
    kernels.add(to.bias + row * span.width, sums, to.bias + row * span.width, span.width);
  }
}

// Hands the gradient of a panel on, in pieces that stay in the cache.
template <class T>
void RecurrentLayer<T>::stage(const Step<T>& step, int index, const Span& span, size_t panel,
                              T* gradient) const {
  Optimizer<T>& optimizer = this->optimizer();
  if (!optimizer.trains(index)) return;
  const long rows = parameter(index).rows, width = span.width;
  for (long k = 0; k < rows; k += CHUNK)
    optimizer.stage_update(step.update, index, panel, k * width, gradient + k * width,
                           std::min(CHUNK, rows - k) * width);
  optimizer.end_update(index, panel);
}

template struct Trace<float>;
template struct Trace<double>;
template class RecurrentLayer<float>;
template class RecurrentLayer<double>;

}  // namespace epochal
