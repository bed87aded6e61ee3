// A layer: what one kind of operation does to a batch, forward and backward.
//
// A file below `layers/` holds one family: for each kind a class, and a `RegisterLayer` that gives
// it its name. Nothing else has to know of it. The steps of a network call, on each thread at once:
//
//   forward(step) of each layer;  then backward:  begin_backward, backward, update(step) of each.
//
// What a thread computes from what it owns needs no barrier (see `tensor.h`). A layer says how its
// output is shared (`partition`), and a barrier stands before it where an input is shared
// otherwise, or where it reads what other threads own (`reads_all_columns`).
#pragma once

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "graph_spec.h"
#include "kernels/kernels.h"
#include "optimizer.h"
#include "step.h"
#include "tensor.h"

namespace epochal {

// What all layers of a network share.
template <class T>
struct Environment {
  const GraphSpec& graph;
  const Kernels<T>& kernels;
  Optimizer<T>& optimizer;
};

// One of the tensors that a layer reads. Going backward, the first layer that has a gradient for it
// writes it, and the others add to it.
template <class T>
struct Input {
  Tensor<T>* tensor;
  bool needs_gradient;
  bool accumulates;  // another layer has written the gradient before
};

template <class T>
class Layer {
 public:
  Layer(const Operation& operation, const Environment<T>& environment)
      : operation_(operation), environment_(environment) {}
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  // The columns of the output, given those of each input. Throws InvalidGraph where they, or the
  // operation's numbers and parameters, do not fit.
  virtual long check(const std::vector<long>& widths) const = 0;

  // How threads share the output, and what is computed for it: as the first input, unless the layer
  // needs it otherwise. Rows where inputs are shared in both ways.
  virtual Partition partition(const std::vector<Partition>& inputs) const {
    const bool by_rows = std::ranges::count(inputs, Partition::rows) > 0;
    return by_rows ? Partition::rows : Partition::columns;
  }
  // The floating-point operations that a row takes in a step of training, about.
  virtual double operations() const {
    double weights = 0;
    for (const int p : operation_.parameters)
      if (p >= 0)
        weights += double(graph().parameters[size_t(p)].rows) *
                   double(graph().parameters[size_t(p)].columns);
    return 6 * weights;
  }

  // Whether the backward pass reads the output: then no other layer may overwrite it.
  virtual bool needs_output() const { return false; }
  // Whether the output may take the place of the input.
  virtual bool can_overwrite_input() const { return false; }
  // Whether each column of the output, and of the input's gradient, depends on all of the other: a
  // barrier then stands before `forward` and `backward`, which go by columns.
  virtual bool reads_all_columns() const { return false; }

  // Whether `forward` and `backward` need something of every row: a barrier stands before them, and
  // before that `begin_forward` and `begin_backward` see to each group's share.
  virtual bool needs_all_rows() const { return false; }
  // Whether the passes treat one group of rows after another, so that a thread may go through
  // several layers with one group before it begins the next.
  virtual bool goes_by_groups() const { return out().partition == Partition::rows; }

  void connect(std::vector<Input<T>> inputs, Tensor<T>& output) {
    inputs_ = std::move(inputs);
    output_ = &output;
    initialize();
  }
  // Makes room for a batch of so many rows.
  virtual void reserve(long batch) {
    if (inputs_[0].accumulates) staged_ = Buffer<T>(batch * in().ld);
  }

  // Whether the layer does to its output what `next` would do, so that nothing is left of that.
  virtual bool takes_over(const Operation& /*next*/) { return false; }
  // Whether the layer can give the gradient of what a ReLU takes in place of that of its own input,
  // which is what the ReLU gives. Once asked, it does so; and the ReLU's layer is told.
  virtual bool derives_relu() { return false; }
  virtual void leave_derivative() {}

  // Called once a step of training, before the barrier at its beginning, and else where weights
  // have changed: what is to be made of them.
  virtual void prepare(const Step<T>& /*step*/) {}
  // What stands before the barrier of a layer that needs all rows.
  virtual void begin_forward(const Step<T>& /*step*/) {}
  virtual void forward(const Step<T>& step) = 0;
  // What stands before the barrier of a layer that reads all columns or needs all rows.
  virtual void begin_backward(const Step<T>& /*step*/) {}
  virtual void backward(const Step<T>& step) = 0;
  // What stands behind the next barrier after `backward`, when no thread reads the layer's weights
  // any more.
  virtual void update(const Step<T>& /*step*/) {}

  // The outputs y of some rows x, on one thread, without drawing and without training. There is
  // `scratch` for rows + 1 rows of the widest tensor. x and y are the same where the input can be
  // overwritten.
  virtual void infer(const T* x, T* y, long rows, T* /*scratch*/) const {
    std::memcpy(y, x, size_t(rows * in().ld) * sizeof(T));
  }

  // What is added to the loss, in parts.
  virtual std::span<const double> penalties() const { return {}; }

  // Adds what `backward` wrote, where another layer had written the input's gradient before.
  void add_staged_gradient(const Step<T>& step) const {
    if (!staged_.get()) return;
    step.own_elements(in(), gradient_partition(), [&](long at, long count) {
      accumulate_gradient(inputs_[0], at, staged_.get() + at, count);
    });
  }

  // How threads share the gradients of the inputs while this layer writes them.
  Partition gradient_partition() const {
    return reads_all_columns() ? Partition::columns : out().partition;
  }

  const Tensor<T>& in() const { return *inputs_[0].tensor; }
  const Tensor<T>& out() const { return *output_; }
  const std::vector<Input<T>>& inputs() const { return inputs_; }

 protected:
  // Called once, when the tensors are known.
  virtual void initialize() {}

  const Operation& operation() const { return operation_; }
  const GraphSpec& graph() const { return environment_.graph; }
  const Kernels<T>& kernels() const { return environment_.kernels; }
  Optimizer<T>& optimizer() const { return environment_.optimizer; }

  bool needs_input_gradient() const { return inputs_[0].needs_gradient; }
  // Where a layer of one input writes its gradient.
  T* input_gradient() const {
    return staged_.get() ? staged_.get() : inputs_[0].tensor->gradient.get();
  }
  void accumulate_gradient(const Input<T>& to, long at, const T* gradient, long count) const {
    T* into = to.tensor->gradient.get() + at;
    if (to.accumulates)
      kernels().add(into, gradient, into, count);
    else
      std::memcpy(into, gradient, size_t(count) * sizeof(T));
  }

  // The geometry of a layer over images.
  const Window& window() const {
    if (!operation_.window) throw InvalidGraph("graph: an operation lacks its window");
    return *operation_.window;
  }

  // How many parts a row of so many columns has.
  long parts_of(long width) const {
    const long part = operation_.part ? operation_.part : width;
    if (part < 1 || width < part || width % part)
      throw InvalidGraph("graph: parts do not fit a row");
    return width / part;
  }

  // Adds to `sums` of the first group of rows those of the others: they lie `distance` apart.
  void add_groups(long rows, T* sums, long distance, long count) const {
    for (long g = 1; g < row_groups(rows); g++)
      kernels().add(sums, sums + g * distance, sums, count);
  }

  // The width of a layer's only input.
  static long only(const std::vector<long>& widths) {
    if (widths.size() != 1)
      throw InvalidGraph("graph: an operation has the wrong number of inputs");
    return widths[0];
  }

 private:
  const Operation& operation_;
  const Environment<T> environment_;
  std::vector<Input<T>> inputs_;
  Tensor<T>* output_ = nullptr;
  Buffer<T> staged_;  // the input's gradient before it is added
};

}  // namespace epochal
