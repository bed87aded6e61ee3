// What a network is made from, in names and numbers: the counterpart of the graph in Python.
#pragma once

#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/window.h"

namespace epochal {

struct InvalidGraph : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

// The most columns of a tensor or a parameter.
constexpr long MOST_COLUMNS = 64L * 1024 * 1024;

enum class Constraint : int { none, max_norm, unit_norm, non_negative };

struct Parameter {
  long rows = 1, columns = 1;  // a vector has one row
  bool trainable = true, decayed = false;
  double l1 = 0, l2 = 0;
  Constraint constraint = Constraint::none;
  double limit = 0;
  double rate = 1;  // the part of the learning rate that it takes
  // Of the optimizer; behind them those of the mask, of the average, and of the gradients that are
  // summed up, where there are such.
  int slots = 0;
  bool masked = false, averaged = false, summed = false;
  int mask() const { return slots; }
  int average() const { return slots + int(masked); }
  int sum() const { return slots + int(masked) + int(averaged); }
  int all_slots() const { return slots + int(masked) + int(averaged) + int(summed); }
};

// One thing that is done to the values of a batch. Which of the numbers count depends on the kind:
// each stands in the file of its layer, below `layers/`.
struct Operation {
  std::string kind;
  std::string activation;
  double number = 0;                  // of an activation, rate of a dropout, epsilon of a norm
  double largest = 0, threshold = 0;  // of an activation
  double l1 = 0, l2 = 0;              // of an activity penalty
  double momentum = 0;                // of the moving statistics
  bool moving = false;  // a normalisation that uses the moving statistics while training too
  int seed = -1;
  bool always = false;  // whether it draws when it is not trained too
  // The operations whose outputs it takes: -1 is the graph's first input, -2 the second. None means
  // the operation before.
  std::vector<int> inputs;
  std::array<int, 4> parameters{-1, -1, -1, -1};
  std::vector<double> factor, offset;  // of each column, or one for all
  std::optional<Window> window;        // over images
  long part = 0;  // columns of the parts that a row is treated in, each by itself; 0: the whole row
  long steps = 0;          // of a sequence
  bool sequences = false;  // a recurrent layer's output is that of each step, else of the last
  bool backwards = false;  // the last step comes first
  bool flipped = false;    // of outputs: the last step's stands first
  bool zeros = false;      // outputs of masked steps are zeros
  long heads = 0;          // of attention
  bool causal = false;     // no step attends to later ones
};

enum class Link : int { none, softmax, sigmoid };
enum class LossKind : int {
  sparse_categorical,
  categorical,
  binary,
  mse,
  mae,
  huber,
  log_cosh,
  likelihood,
};
enum class MetricKind : int {
  sparse_accuracy,
  accuracy,
  binary_accuracy,
  sparse_categorical_crossentropy,
  categorical_crossentropy,
  binary_crossentropy,
  mse,
  mae,
  likelihood,
};
enum class Family : int {
  none,
  gaussian,
  student_t,
  quantiles,
  gaussian_mixture,
  poisson,
  negative_binomial,
};

inline bool is_of_labels(MetricKind kind) {
  return kind == MetricKind::sparse_accuracy || kind == MetricKind::sparse_categorical_crossentropy;
}

// The loss of a target of which a distribution is predicted.
struct LikelihoodSpec {
  Family family = Family::none;
  long size = 1;               // parameters of a distribution: outputs for each target
  double beta = 0;             // gaussian: the power of the variance that rows are weighted by
  std::vector<double> levels;  // of quantiles
};

struct LossSpec {
  LossKind kind = LossKind::mse;
  Link link = Link::none;
  bool linked_outputs = true;       // else the link is the loss's alone, the outputs its inputs
  double delta = 1, smoothing = 0;  // huber; cross-entropies
  bool mean = true;                 // else the sum over a batch
  LikelihoodSpec likelihood;
};

struct MetricSpec {
  MetricKind kind = MetricKind::mse;
  bool weighted = false;
  double threshold = 0.5;
  LikelihoodSpec likelihood;
};

struct OptimizerSpec {
  Method method = Method::sgd;
  double momentum = 0, beta1 = 0, beta2 = 0, epsilon = 1e-7, decay = 0;
  bool centered = false, amsgrad = false;
  double clip_value = 0, clip_norm = 0, clip_global_norm = 0;
  int accumulation = 1;         // steps whose mean gradient makes one update
  double average_momentum = 0;  // of the weights' moving averages
  int overwriting = 0;          // after so many updates the weights become their averages; 0: never

  // Whether gradients must be complete before any of them is used.
  bool clips_norms() const { return clip_norm > 0 || clip_global_norm > 0; }
};

struct GraphSpec {
  std::vector<long> inputs;  // columns of each
  std::vector<Parameter> parameters;
  std::vector<Operation> operations;
  int seeds = 0;
  LossSpec loss;
  std::vector<MetricSpec> metrics;
  OptimizerSpec optimizer;
};

// The operations that operation `i` takes its inputs from, as in `Operation::inputs`.
std::vector<int> inputs_of(const GraphSpec& graph, size_t i);

// Throws InvalidGraph where inputs, parameters, loss, metrics and optimizer do not fit together.
// The operations are checked by their layers, in `lay_out`; whatever passes both can be run.
void check(const GraphSpec& graph);

// For the layers' own checks: the window of an operation over images of `width` columns. Throws
// InvalidGraph where there is none, or one that does not fit.
// A `turned` one is gone through from its output to its input.
const Window& checked_window(const Operation& operation, long width, bool turned = false);
// The same: an error unless parameter `index` is a vector of `width` elements.
void check_vector(const GraphSpec& graph, int index, long width);
// The same of a vector that may be left out.
void check_optional_vector(const GraphSpec& graph, int index, long width);

}  // namespace epochal
