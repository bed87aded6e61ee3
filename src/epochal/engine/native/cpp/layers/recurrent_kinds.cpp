// The kinds of recurrent layers. Their activations: `recurrent-inl.h` has those that gates are
// computed with, a sigmoid beside them.
#include "kernels/activations.h"
#include "layers/recurrent.h"
#include "layers/registry.h"

namespace epochal {
namespace {

// The activation of the state of a layer with gates.
Activation state_activation(const std::string& name) {
  if (name == "tanh") return Activation::tanh;
  if (name == "relu") return Activation::relu;
  throw InvalidGraph("graph: the state of a recurrent layer has no activation '" + name + "'");
}

// One whose derivative is had from its output.
Activation plain_activation(const std::string& name) {
  for (const ActivationInfo& info : ACTIVATIONS)
    if (info.name == name && !info.needs_input) return info.kind;
  throw InvalidGraph("graph: a recurrent layer has no activation '" + name + "'");
}

template <class T>
class LstmLayer final : public RecurrentLayer<T> {
 public:
  LstmLayer(const Operation& operation, const Environment<T>& environment)
      : RecurrentLayer<T>(operation, environment, {.gates = 4, .inner = false, .carry = true}),
        activation_(state_activation(operation.activation)) {}

 private:
  void advance(const TraceRows<T>& rows, long t) const override {
    const Trace<T>& trace = rows.trace;
    const long ldg = this->gate_stride(), ld = this->unit_stride();
    this->kernels().lstm_forward(activation_, rows.count(), this->units(),
                                 rows.at(trace.gates, t, ldg), ldg, rows.at(trace.carry, t, ld),
                                 rows.at(trace.carry, t + 1, ld), rows.at(trace.shaped, t, ld),
                                 rows.at(trace.h, t + 1, ld), ld);
  }

  void retreat(const TraceRows<T>& rows, long t) const override {
    const Trace<T>& trace = rows.trace;
    const long ldg = this->gate_stride(), ld = this->unit_stride();
    this->kernels().lstm_backward(activation_, rows.count(), this->units(),
                                  rows.at(trace.gates, t, ldg), ldg, rows.at(trace.carry, t, ld),
                                  rows.at(trace.shaped, t, ld), rows.at(trace.dh, 0, ld),
                                  rows.at(trace.dcarry, 0, ld), ld);
  }

  const Activation activation_;
};

// With the reset gate behind the product with the recurrent kernel, as Keras has it by default.
template <class T>
class GruLayer final : public RecurrentLayer<T> {
 public:
  GruLayer(const Operation& operation, const Environment<T>& environment)
      : RecurrentLayer<T>(operation, environment, {.gates = 3, .inner = true, .carry = false}),
        activation_(state_activation(operation.activation)) {}

 private:
  void advance(const TraceRows<T>& rows, long t) const override {
    const Trace<T>& trace = rows.trace;
    const long ldg = this->gate_stride(), ld = this->unit_stride();
    this->kernels().gru_forward(activation_, rows.count(), this->units(),
                                rows.at(trace.gates, t, ldg), rows.at(trace.inner, t, ldg), ldg,
                                rows.at(trace.h, t, ld), rows.at(trace.h, t + 1, ld), ld);
  }

  void retreat(const TraceRows<T>& rows, long t) const override {
    const Trace<T>& trace = rows.trace;
    const long ldg = this->gate_stride(), ld = this->unit_stride();
    this->kernels().gru_backward(activation_, rows.count(), this->units(),
                                 rows.at(trace.gates, t, ldg), rows.at(trace.inner, t, ldg), ldg,
                                 rows.at(trace.h, t, ld), rows.at(trace.dh, 0, ld), ld);
  }

  const Activation activation_;
};

// Numbers: `number`, as the activation has it.
template <class T>
class SimpleRnnLayer final : public RecurrentLayer<T> {
 public:
  SimpleRnnLayer(const Operation& operation, const Environment<T>& environment)
      : RecurrentLayer<T>(operation, environment, {.gates = 1, .inner = false, .carry = false}),
        curve_{.kind = plain_activation(operation.activation), .number = T(operation.number)} {}

 private:
  void advance(const TraceRows<T>& rows, long t) const override {
    const long ld = this->unit_stride();
    const T* gates = rows.at(rows.trace.gates, t, ld);
    T* h = rows.at(rows.trace.h, t + 1, ld);
    for (long b = 0; b < rows.count(); b++)
      this->kernels().activate(curve_, gates + b * ld, h + b * ld, this->units());
  }

  void retreat(const TraceRows<T>& rows, long t) const override {
    const long ld = this->unit_stride();
    const T* h = rows.at(rows.trace.h, t + 1, ld);
    T* dh = rows.at(rows.trace.dh, 0, ld);
    T* gates = rows.at(rows.trace.gates, t, ld);
    for (long b = 0; b < rows.count(); b++)
      this->kernels().activate_backward(curve_, h + b * ld, dh + b * ld, gates + b * ld,
                                        this->units());
    std::fill_n(dh, rows.count() * ld, T(0));
  }

  const Curve<T> curve_;
};

const RegisterLayer<LstmLayer> lstm("lstm");
const RegisterLayer<GruLayer> gru("gru");
const RegisterLayer<SimpleRnnLayer> simple_rnn("simple_rnn");

}  // namespace
}  // namespace epochal
