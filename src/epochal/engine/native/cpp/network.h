// A feed-forward network and its training: state in by `load`, out by `store`, steps in between.
#pragma once

#include <cstdint>
#include <vector>

#include "adaptive_threads.h"
#include "data.h"
#include "graph_spec.h"
#include "kernels/kernels.h"
#include "layers/random.h"
#include "layout.h"
#include "loss.h"
#include "metrics.h"
#include "optimizer.h"
#include "sampler.h"
#include "step.h"

namespace epochal {

// What is written down of each step beside its loss, where somebody asks for it.
template <class T>
struct StepOutputs {
  T* predictions = nullptr;  // (steps, batch, outputs)
  float* norms = nullptr;    // (steps,) of the whole gradient, before it is clipped
};

// The learning rates of steps, and with `momenta` what takes the place of the optimizer's momentum
// or beta1.
struct Rates {
  const float* rates;
  const float* momenta = nullptr;
};

template <class T>
class Network {
 public:
  Network(GraphSpec spec, const Kernels<T>& kernels, int cores);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  const GraphSpec& spec() const { return spec_; }
  long outputs() const { return last().width; }
  // Values of a row's target.
  long targets() const { return outputs() / spec_.loss.likelihood.size; }
  std::vector<std::array<T, 2>>& totals() { return metrics_.totals; }

  // Row-major values of a parameter (slot -1) or of one of its optimizer's slots.
  void load(int parameter, int slot, const T* values) {
    optimizer_.weights(parameter).load(slot, values);
    prepared_ = false;
  }
  void store(int parameter, int slot, T* values) const {
    optimizer_.weights(parameter).store(slot, values);
  }

  int threads = 0;  // exactly so many; 0 for as many as pay
  std::int64_t iterations = 0;
  T u_product = 1;  // Nadam's
  std::vector<Seed> seeds;

  void train(const Data<T>& data, const Rates& rates, long start, long stop, float* losses,
             const StepOutputs<T>& outputs = {});
  void evaluate(const Data<T>& data, long start, long stop, const StepOutputs<T>& outputs = {});
  void predict(const Data<T>& data, long start, long stop, T* outputs);
  // The outputs (samples, rows, outputs) of all rows with dropout on, whatever the order says.
  void sample(const Data<T>& data, const SampleKeys& keys, T* outputs);
  // The gradients of one batch, row-major, for tests: as `train` has them before the optimizer.
  double gradients(const Data<T>& data, long number, const std::vector<T*>& out);

 private:
  const Tensor<T>& last() const { return layout_.layers.back()->out(); }
  void check_targets(const Data<T>& data) const;
  // For batches of so many rows, of which `at_once` go through the layers together.
  void reserve(long batch, long at_once);
  void prepare();
  Step<T> begin(const Worker& worker, const Data<T>& data) const;
  void move_to(Step<T>& step, const Data<T>& data, long number, long start,
               const StepOutputs<T>& outputs) const;
  void gather(const Step<T>& step, const Data<T>& data);
  void forward(Step<T>& step, const Data<T>& data);
  void backward(Step<T>& step);
  // Adds a batch to the metrics; its loss.
  double finish(long rows);
  double penalty() const;
  // The seeds as Keras leaves them behind steps.
  void advance_seeds(long steps, bool training);

  int useful_threads(long rows) const;
  // Runs work(worker, chunk) over all steps, of so many rows each, on as many threads as pay.
  template <class Work>
  void run(AdaptiveThreads& adaptive, long rows, long at_once, long start, long stop,
           const Work& work);

  const GraphSpec spec_;
  const Kernels<T>& kernels_;
  const int cores_;
  Layout<T> layout_;  // before there is room for weights: what does not fit is refused first
  const double operations_;
  Optimizer<T> optimizer_;
  Metrics<T> metrics_;
  Loss<T> loss_;
  std::vector<const RandomLayer<T>*> random_layers_;
  bool prepared_ = false;  // layers have seen the weights as they are
  long room_at_once_ = 0;  // rows that there is room for in the layers
  long room_ = 0;          // rows of a batch that there is room for
  AdaptiveThreads training_threads_, testing_threads_,
      predicting_threads_;  // each has its own pace
};

extern template class Network<float>;
extern template class Network<double>;

}  // namespace epochal
