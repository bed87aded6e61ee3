// What a network is made from: a chain in numbers, and the check that it is one.
#pragma once

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels.h"

namespace epochal {

struct Wrong : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

enum class Constraint : int { none, max_norm, unit_norm, non_negative };

struct Parameter {
  long rows = 1, columns = 1;  // a vector has one row
  bool trainable = true, decayed = false;
  double l1 = 0, l2 = 0;
  Constraint constraint = Constraint::none;
  double limit = 0;
  double rate = 1;  // the part of the learning rate that it takes
  // Of the optimiser; behind them those of the mask, of the average, and of the gradients that are
  // summed up, where there are such.
  int slots = 0;
  bool masked = false, averaged = false, summed = false;
  int mask() const { return slots; }
  int average() const { return slots + int(masked); }
  int sum() const { return slots + int(masked) + int(averaged); }
  int all_slots() const { return slots + int(masked) + int(averaged) + int(summed); }
};

enum class Kind : int {
  dense, activation, prelu, rescale, standardise, add, multiply, concatenate,
  dropout, alpha_dropout, gaussian_dropout, gaussian_noise,  // draw random numbers in training
  batch_norm,
  layer_norm, rms_norm, unit_norm, softmax, log_softmax,     // of each row
  activity,                                                  // a penalty on the values themselves
};

inline bool draws(Kind kind) { return kind >= Kind::dropout && kind <= Kind::gaussian_noise; }

struct Operation {
  Kind kind = Kind::dense;
  Activation activation = Activation::relu;
  double number = 0;     // of an activation's curve, rate of a dropout, epsilon of a normalisation
  double largest = 0, threshold = 0;  // of an activation's curve
  double l1 = 0, l2 = 0;  // of an activity penalty
  double momentum = 0;   // of the moving statistics
  bool moving = false;   // a normalisation that uses the moving statistics while training too
  int seed = -1;
  bool always = false;  // whether it draws when it is not trained too
  // The operations whose outputs it takes: -1 is the chain's first input, -2 the second. None means
  // the operation before.
  std::vector<int> inputs;
  std::array<int, 4> parameters{-1, -1, -1, -1};  // kernel, bias | gamma, beta, mean, variance | alpha
  // x * factor + offset, or (x - offset) * factor: of each column, or one for all
  std::vector<double> factor, offset;
};

enum class Link : int { none, softmax, sigmoid };
enum class Loss : int { sparse_categorical, categorical, binary, mse, mae, huber, log_cosh };
enum class Measure : int { sparse_accuracy, accuracy, binary_accuracy, mse, mae };

struct Metric {
  Measure measure = Measure::mse;
  bool weighted = false;
  double threshold = 0.5;
};

struct Description {
  std::vector<long> inputs;  // columns of each
  std::vector<Parameter> parameters;
  std::vector<Operation> operations;
  int seeds = 0;
  Link link = Link::none;
  bool linked_outputs = true;  // else the link is the loss's alone, and the outputs are its inputs
  Loss loss = Loss::mse;
  double delta = 1, smoothing = 0;  // huber; cross-entropies
  bool mean = true;                 // else the sum over a batch
  std::vector<Metric> metrics;
  Method method = Method::sgd;
  double momentum = 0, beta1 = 0, beta2 = 0, epsilon = 1e-7, decay = 0;
  bool centered = false, amsgrad = false;
  double clip_value = 0, clip_norm = 0, clip_global_norm = 0;
  int accumulation = 1;  // steps whose mean gradient makes one update
  double average_momentum = 0;  // of the weights' moving averages
  int overwriting = 0;  // after so many updates the weights become their averages; 0 is never
};

// The operations that operation `i` takes its inputs from, as in `Operation::inputs`.
inline std::vector<int> inputs_of(const Description& d, size_t i) {
  const std::vector<int>& given = d.operations[i].inputs;
  return given.empty() ? std::vector<int>{int(i) - 1} : given;
}

// Throws Wrong where the parts do not fit together. Whatever passes can be run.
void check(const Description& description);

}  // namespace epochal
