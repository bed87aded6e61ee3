#include "description.h"

namespace epochal {

void check(const Description& d) {
  const auto wrong = [](const std::string& what) { throw Wrong("chain: " + what); };
  constexpr long MOST = 1L << 26;
  if (d.inputs.empty() || d.inputs.size() > 10000) wrong("there must be an input");
  for (long width : d.inputs)
    if (width < 1 || width > MOST) wrong("the input must have at least one column");
  if (d.accumulation < 1) wrong("gradients must be accumulated over at least one step");
  if (d.overwriting < 0) wrong("weights cannot be overwritten after a negative number of updates");
  if (d.operations.empty() || d.operations.size() > 100000) wrong("there must be operations");
  for (const Parameter& p : d.parameters) {
    if (p.rows < 1 || p.columns < 1 || p.rows > MOST || p.columns > MOST || p.rows > MOST * 16 / p.columns)
      wrong("a parameter's shape is out of range");
    if (p.slots < 0 || p.slots > 3) wrong("a parameter has at most three slots");
    if (p.trainable && p.summed != (d.accumulation > 1)) wrong("gradients are summed up where they are accumulated");
  }
  const auto vector_of = [&](int index, long width, bool needed) {
    if (index < 0 && !needed) return;
    if (index < 0 || size_t(index) >= d.parameters.size()) wrong("a parameter is missing");
    const Parameter& p = d.parameters[size_t(index)];
    if (p.rows != 1 || p.columns != width) wrong("a vector does not fit its layer");
    if (p.constraint == Constraint::max_norm || p.constraint == Constraint::unit_norm)
      wrong("the norm of a vector cannot be constrained");
  };
  std::vector<long> widths;  // of each operation's output
  std::vector<int> uses(d.parameters.size()), used(d.operations.size());
  for (size_t i = 0; i < d.operations.size(); i++) {
    const Operation& op = d.operations[i];
    std::vector<long> from;
    for (int source : inputs_of(d, i)) {
      if (source >= int(i) || source < -long(d.inputs.size())) wrong("an operation takes what is not there");
      from.push_back(source < 0 ? d.inputs[size_t(-1 - source)] : widths[size_t(source)]);
      if (source >= 0) used[size_t(source)]++;
    }
    long width = from[0];
    const bool pair = op.kind == Kind::add || op.kind == Kind::multiply;
    if (op.kind != Kind::concatenate && from.size() != (pair ? 2 : 1))
      wrong("an operation has the wrong number of inputs");
    for (int p : op.parameters) {
      if (p < 0) continue;
      if (size_t(p) >= uses.size()) wrong("an operation takes a parameter that is not there");
      if (uses[size_t(p)]++) wrong("a parameter is used twice");
    }
    switch (op.kind) {
      case Kind::dense: {
        const int k = op.parameters[0];
        if (k < 0 || size_t(k) >= d.parameters.size()) wrong("a kernel is missing");
        if (d.parameters[size_t(k)].rows != width) wrong("a kernel does not fit its input");
        width = d.parameters[size_t(k)].columns;
        vector_of(op.parameters[1], width, false);
        break;
      }
      case Kind::activation:
        if (int(op.activation) < 0 || int(op.activation) >= ACTIVATIONS) wrong("unknown activation");
        break;
      case Kind::add:
      case Kind::multiply:
        if (from[1] != width) wrong("what is added or multiplied must have one width");
        break;
      case Kind::concatenate:
        for (size_t j = 1; j < from.size(); j++)
          if ((width += from[j]) > MOST) wrong("a concatenation is too wide");
        break;
      case Kind::prelu: vector_of(op.parameters[0], width, true); break;
      case Kind::rescale:
      case Kind::standardise:
        for (const auto* numbers : {&op.factor, &op.offset})
          if (numbers->size() != 1 && long(numbers->size()) != width)
            wrong("there must be a factor and an offset for each column, or one for all");
        break;
      case Kind::gaussian_noise:
        if (op.seed < 0 || op.seed >= d.seeds) wrong("a seed is missing");
        if (!(op.number > 0)) wrong("the deviation of noise must be positive");
        break;
      case Kind::dropout:
      case Kind::alpha_dropout:
      case Kind::gaussian_dropout:
        if (op.seed < 0 || op.seed >= d.seeds) wrong("a seed is missing");
        if (!(op.number > 0 && op.number < 1)) wrong("a dropout rate must lie between 0 and 1");
        break;
      case Kind::batch_norm:
        vector_of(op.parameters[2], width, true);
        vector_of(op.parameters[3], width, true);
        [[fallthrough]];
      case Kind::layer_norm:
      case Kind::rms_norm:
        vector_of(op.parameters[0], width, false);
        vector_of(op.parameters[1], width, false);
        if (!(op.number >= 0)) wrong("epsilon must not be negative");
        break;
      case Kind::unit_norm:
      case Kind::softmax:
      case Kind::log_softmax:
      case Kind::activity: break;
      default: wrong("unknown operation");
    }
    widths.push_back(width);
  }
  for (size_t i = 0; i + 1 < used.size(); i++)
    if (!used[i]) wrong("an operation's output is not used");
  if (used.back()) wrong("the last operation's output is used");
  const bool categorical = d.loss == Loss::sparse_categorical || d.loss == Loss::categorical;
  if (categorical != (d.link == Link::softmax)) wrong("a categorical loss needs a softmax");
  if ((d.loss == Loss::binary) != (d.link == Link::sigmoid)) wrong("a binary loss needs a sigmoid");
  const int needed = d.method == Method::sgd ? 0
                     : d.method == Method::momentum || d.method == Method::nesterov ||
                             d.method == Method::adagrad ? 1
                     : d.method == Method::rmsprop || (d.method == Method::adam && d.amsgrad) ? 3 : 2;
  if (int(d.method) < 0 || int(d.method) > int(Method::adagrad)) wrong("unknown optimiser");
  for (const Parameter& p : d.parameters)
    if (p.trainable && p.slots != needed) wrong("a trained parameter has the wrong number of slots");
  for (const Metric& m : d.metrics)
    if (m.measure == Measure::sparse_accuracy && d.loss != Loss::sparse_categorical)
      wrong("sparse accuracy needs labels");
    else if (m.measure != Measure::sparse_accuracy && d.loss == Loss::sparse_categorical)
      wrong("only sparse accuracy can be had from labels");
}

}  // namespace epochal
