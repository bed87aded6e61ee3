#include "graph_spec.h"

namespace epochal {
namespace {

[[noreturn]] void fail(const std::string& what) { throw InvalidGraph("graph: " + what); }

void check_inputs(const GraphSpec& graph) {
  if (graph.inputs.empty() || graph.inputs.size() > 10000) fail("there must be an input");
  for (const long width : graph.inputs)
    if (width < 1 || width > MOST_COLUMNS) fail("the input must have at least one column");
  if (graph.operations.empty() || graph.operations.size() > 100000)
    fail("there must be operations");
  if (graph.seeds < 0 || graph.seeds > 100000) fail("the number of seeds is out of range");
}

int slots_of(const OptimizerSpec& optimizer) {
  switch (optimizer.method) {
    case Method::sgd: return 0;
    case Method::momentum:
    case Method::nesterov:
    case Method::adagrad: return 1;
    case Method::adam: return optimizer.amsgrad ? 3 : 2;
    case Method::nadam:
    case Method::adamax: return 2;
    case Method::rmsprop: return 3;
  }
  fail("unknown optimizer");
}

void check_parameters(const GraphSpec& graph) {
  const int slots = slots_of(graph.optimizer);
  for (const Parameter& p : graph.parameters) {
    if (p.rows < 1 || p.columns < 1 || p.rows > MOST_COLUMNS || p.columns > MOST_COLUMNS ||
        p.rows > MOST_COLUMNS * 16 / p.columns)
      fail("a parameter's shape is out of range");
    if (p.slots < 0 || p.slots > 3) fail("a parameter has at most three slots");
    if (p.trainable && p.slots != slots) fail("a trained parameter has the wrong number of slots");
    if (p.trainable && p.summed != (graph.optimizer.accumulation > 1))
      fail("gradients are summed up where they are accumulated");
  }
}

void check_optimizer(const OptimizerSpec& optimizer) {
  if (optimizer.accumulation < 1) fail("gradients must be accumulated over at least one step");
  if (optimizer.overwriting < 0)
    fail("weights cannot be overwritten after a negative number of updates");
}

// Whether a distribution of the family has so many parameters.
bool has_size(const LikelihoodSpec& of) {
  switch (of.family) {
    case Family::none:
    case Family::poisson: return of.size == 1;
    case Family::gaussian:
    case Family::negative_binomial: return of.size == 2;
    case Family::student_t: return of.size == 3;
    case Family::quantiles: return of.size >= 1 && size_t(of.size) == of.levels.size();
    case Family::gaussian_mixture: return of.size >= 3 && of.size % 3 == 0;
  }
  return false;
}

void check_likelihood(const LikelihoodSpec& of, bool is_one) {
  if ((of.family != Family::none) != is_one) fail("a likelihood needs a family of distributions");
  if (!has_size(of)) fail("a distribution has the wrong number of parameters");
}

void check_loss(const GraphSpec& graph) {
  const LossSpec& loss = graph.loss;
  check_likelihood(loss.likelihood, loss.kind == LossKind::likelihood);
  const bool sparse = loss.kind == LossKind::sparse_categorical;
  if ((sparse || loss.kind == LossKind::categorical) != (loss.link == Link::softmax))
    fail("a categorical loss needs a softmax");
  if ((loss.kind == LossKind::binary) != (loss.link == Link::sigmoid))
    fail("a binary loss needs a sigmoid");
  for (const MetricSpec& metric : graph.metrics) {
    check_likelihood(metric.likelihood, metric.kind == MetricKind::likelihood);
    if (metric.likelihood.family != loss.likelihood.family ||
        metric.likelihood.size != loss.likelihood.size)
      fail("the metrics of a distribution are of those that the loss is of");
    if (is_of_labels(metric.kind) && !sparse) fail("a sparse metric needs labels");
    if (!is_of_labels(metric.kind) && sparse) fail("only sparse metrics can be had from labels");
  }
}

}  // namespace

std::vector<int> inputs_of(const GraphSpec& graph, size_t i) {
  const std::vector<int>& given = graph.operations[i].inputs;
  return given.empty() ? std::vector<int>{int(i) - 1} : given;
}

void check(const GraphSpec& graph) {
  check_inputs(graph);
  check_optimizer(graph.optimizer);
  check_parameters(graph);
  check_loss(graph);
}

const Window& checked_window(const Operation& operation, long width, bool turned) {
  if (!operation.window) fail("a window is missing");
  const Window& w = *operation.window;
  constexpr long most = 1 << 20;  // whatever is added up or multiplied in pairs stays a number
  for (const long size :
       {w.height, w.width, w.channels, w.filters, w.kernel_height, w.kernel_width, w.stride_height,
        w.stride_width, w.dilation_height, w.dilation_width, w.groups})
    if (size < 1 || size > most) fail("a window's sizes are out of range");
  for (const long padding : {w.top, w.bottom, w.left, w.right})
    if (padding < 0 || padding > most) fail("a window's padding is out of range");
  if (w.height * w.width > MOST_COLUMNS / w.channels) fail("a window's input is too wide");
  if ((w.kernel_height - 1) * w.dilation_height >= w.height + w.top + w.bottom ||
      (w.kernel_width - 1) * w.dilation_width >= w.width + w.left + w.right)
    fail("a window is larger than its input");
  if (w.out_height() * w.out_width() > MOST_COLUMNS / w.filters)
    fail("a window's output is too wide");
  const long inputs = w.height * w.width * w.channels;
  if (width != (turned ? w.out_height() * w.out_width() * w.filters : inputs))
    fail("a window does not fit its input");
  if (w.channels % w.groups || w.filters % w.groups) fail("a window's groups are not equal");
  return w;
}

void check_vector(const GraphSpec& graph, int index, long width) {
  if (index < 0 || size_t(index) >= graph.parameters.size()) fail("a parameter is missing");
  const Parameter& p = graph.parameters[size_t(index)];
  if (p.rows != 1 || p.columns != width) fail("a vector does not fit its layer");
  if (p.constraint == Constraint::max_norm || p.constraint == Constraint::unit_norm)
    fail("the norm of a vector cannot be constrained");
}

void check_optional_vector(const GraphSpec& graph, int index, long width) {
  if (index >= 0) check_vector(graph, index, width);
}

}  // namespace epochal
