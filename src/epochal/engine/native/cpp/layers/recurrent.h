// Recurrent layers over sequences (steps, features): LSTM, GRU, and the simple one.
//
// A thread takes its rows through all steps of time by itself. Each step's products are with the
// rows that the thread owns, and lie one after the other in time, so that the gradients of the
// weights are single products over all steps and rows: a thread takes those of the columns that it
// owns, behind a barrier.
//
// A second input may be the mask (steps) of the first: where it is zero the state stays as it is.
//
// Parameters: kernel (features, gates * units), recurrent kernel (units, gates * units), bias (1 or
// 2, gates * units), which may be left out.
#pragma once

#include <vector>

#include "layers/layer.h"
#include "layers/transposed.h"

namespace epochal {

// What a kind of recurrent layer has.
struct RecurrentForm {
  long gates;
  bool inner;  // what enters from the state stays apart from what enters from the input
  bool carry;  // there is a second state
};

// What a recurrent layer keeps of each step of time, of the rows of a batch: one step's rows behind
// the other's. Of `h` and `carry` the first is what they are before the first step.
template <class T>
struct Trace {
  Trace() = default;
  Trace(const RecurrentForm& form, long steps, long rows, long features, long units);

  Buffer<T> x;               // the inputs, in the order in which they are read
  Buffer<T> gates, inner;    // what enters them, what leaves them, the gradients of what entered
  Buffer<T> h, carry;        // the state behind each step
  Buffer<T> shaped;          // the activation of the carry
  Buffer<T> dh, dcarry, dx;  // of the step that the backward pass has come to
  Buffer<T> kept;            // dh and dcarry of masked rows
};

// Rows `from` to `to` of a batch of so many.
template <class T>
struct TraceRows {
  const Trace<T>& trace;
  long batch, from, to;

  long count() const { return to - from; }
  T* at(const Buffer<T>& buffer, long step, long ld) const {
    return buffer.get() + (step * batch + from) * ld;
  }
};

template <class T>
class RecurrentLayer : public Layer<T> {
 public:
  RecurrentLayer(const Operation& operation, const Environment<T>& environment,
                 const RecurrentForm& form)
      : Layer<T>(operation, environment), form_(form) {}

  long check(const std::vector<long>& widths) const override;
  Partition partition(const std::vector<Partition>&) const override { return Partition::rows; }
  bool goes_by_groups() const override { return false; }
  double operations() const override { return double(steps()) * Layer<T>::operations(); }
  void reserve(long batch) override;
  void forward(const Step<T>& step) override;
  void backward(const Step<T>& step) override;
  void update(const Step<T>& step) override;
  void infer(const T* x, T* y, long rows, T* scratch) const override;

 protected:
  // From what enters the gates at a step to the state behind it.
  virtual void advance(const TraceRows<T>& rows, long t) const = 0;
  // From the gradient of the state behind a step, `dh`, to those of what entered the gates, and to
  // what of `dh` passes them by.
  virtual void retreat(const TraceRows<T>& rows, long t) const = 0;

  long units() const { return recurrent().rows; }
  long unit_stride() const { return stride(units()); }
  long gate_stride() const { return stride(recurrent().columns); }

 private:
  const Parameter& parameter(int index) const { return this->graph().parameters[size_t(index)]; }
  int kernel_index() const { return this->operation().parameters[0]; }
  int recurrent_index() const { return this->operation().parameters[1]; }
  int bias_index() const { return this->operation().parameters[2]; }
  const Parameter& kernel() const { return parameter(kernel_index()); }
  const Parameter& recurrent() const { return parameter(recurrent_index()); }
  const std::vector<Panel<T>>& panels(int index) const {
    return this->optimizer().weights(index).panels;
  }
  long steps() const { return this->operation().steps; }
  long features() const { return kernel().rows; }

  // Where step t reads its input, and where its output stands among the outputs.
  long input_place(long t) const { return this->operation().backwards ? steps() - 1 - t : t; }
  long output_place(long t) const { return this->operation().flipped ? steps() - 1 - t : t; }

  // Whether the mask, a second input (steps), is zero for one of these rows at step t.
  bool is_masked(const TraceRows<T>& rows, long t, long b) const {
    if (this->inputs().size() < 2) return false;
    const Tensor<T>& mask = *this->inputs()[1].tensor;
    return mask.values[(rows.from + b) * mask.ld + input_place(t)] == T(0);
  }
  // f(row of these) for each masked one.
  template <class F>
  void each_masked(const TraceRows<T>& rows, long t, const F& f) const {
    for (long b = 0; b < rows.count(); b++)
      if (is_masked(rows, t, b)) f(b);
  }
  void pass_by_masked(const TraceRows<T>& rows, long t, bool before) const;

  Trace<T> trace_for(long batch) const { return {form_, steps(), batch, features(), units()}; }
  TraceRows<T> own_rows(const Step<T>& step) const;
  void run(const TraceRows<T>& rows, const T* x, T* y) const;
  void enter(const TraceRows<T>& rows, long t, const T* x) const;
  void run_back(const TraceRows<T>& rows) const;
  void add_output_gradient(const TraceRows<T>& rows, long t) const;
  void leave(const TraceRows<T>& rows, long t) const;

  bool trains() const;
  // Of the columns of one panel.
  struct Gradients {
    T *kernel, *recurrent, *bias;
  };
  void add_gradients(long from, long count, const Span& span, const Gradients& to) const;
  void stage(const Step<T>& step, int index, const Span& span, size_t panel, T* gradient) const;

  const RecurrentForm form_;
  Trace<T> trace_;
  Buffer<T> gradients_;  // of kernel, recurrent kernel and bias: one panel behind the other
  Transposed<T> kernel_transposed_, recurrent_transposed_;
};

extern template class RecurrentLayer<float>;
extern template class RecurrentLayer<double>;

}  // namespace epochal
