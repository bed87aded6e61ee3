#include "python/graph_from_dict.h"

#include <nanobind/stl/array.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <map>

namespace nb = nanobind;

namespace epochal {
namespace {

template <class E>
using Names = std::map<std::string, E>;

template <class E>
E named(const Names<E>& names, const nb::handle& name, const char* what) {
  const auto found = names.find(nb::cast<std::string>(name));
  if (found == names.end()) throw InvalidGraph(std::string("graph: unknown ") + what);
  return found->second;
}

Constraint constraint_from(const nb::handle& name) {
  static const Names<Constraint> names = {
      {"none", Constraint::none},
      {"max_norm", Constraint::max_norm},
      {"unit_norm", Constraint::unit_norm},
      {"non_negative", Constraint::non_negative},
  };
  return named(names, name, "constraint");
}

Link link_from(const nb::handle& name) {
  static const Names<Link> names = {
      {"none", Link::none},
      {"softmax", Link::softmax},
      {"sigmoid", Link::sigmoid},
  };
  return named(names, name, "link");
}

LossKind loss_from(const nb::handle& name) {
  static const Names<LossKind> names = {
      {"sparse_categorical", LossKind::sparse_categorical},
      {"categorical", LossKind::categorical},
      {"binary", LossKind::binary},
      {"mse", LossKind::mse},
      {"mae", LossKind::mae},
      {"huber", LossKind::huber},
      {"log_cosh", LossKind::log_cosh},
      {"likelihood", LossKind::likelihood},
  };
  return named(names, name, "loss");
}

MetricKind metric_from(const nb::handle& name) {
  static const Names<MetricKind> names = {
      {"sparse_accuracy", MetricKind::sparse_accuracy},
      {"accuracy", MetricKind::accuracy},
      {"binary_accuracy", MetricKind::binary_accuracy},
      {"sparse_categorical_crossentropy", MetricKind::sparse_categorical_crossentropy},
      {"categorical_crossentropy", MetricKind::categorical_crossentropy},
      {"binary_crossentropy", MetricKind::binary_crossentropy},
      {"mse", MetricKind::mse},
      {"mae", MetricKind::mae},
      {"likelihood", MetricKind::likelihood},
  };
  return named(names, name, "metric");
}

Family family_from(const nb::handle& name) {
  static const Names<Family> names = {
      {"gaussian", Family::gaussian},   {"student_t", Family::student_t},
      {"quantiles", Family::quantiles}, {"gaussian_mixture", Family::gaussian_mixture},
      {"poisson", Family::poisson},     {"negative_binomial", Family::negative_binomial},
  };
  return named(names, name, "family of distributions");
}

Method method_from(const nb::handle& name) {
  static const Names<Method> names = {
      {"sgd", Method::sgd},         {"momentum", Method::momentum}, {"nesterov", Method::nesterov},
      {"adam", Method::adam},       {"nadam", Method::nadam},       {"adamax", Method::adamax},
      {"rmsprop", Method::rmsprop}, {"adagrad", Method::adagrad},
  };
  return named(names, name, "optimizer");
}

Parameter parameter_from(const nb::dict& from) {
  return {
      .rows = nb::cast<long>(from["rows"]),
      .columns = nb::cast<long>(from["columns"]),
      .trainable = nb::cast<bool>(from["trainable"]),
      .decayed = nb::cast<bool>(from["decayed"]),
      .l1 = nb::cast<double>(from["l1"]),
      .l2 = nb::cast<double>(from["l2"]),
      .constraint = constraint_from(from["constraint"]),
      .limit = nb::cast<double>(from["limit"]),
      .rate = nb::cast<double>(from["rate"]),
      .slots = nb::cast<int>(from["slots"]),
      .masked = nb::cast<int>(from["mask"]) >= 0,
      .averaged = nb::cast<int>(from["average"]) >= 0,
      .summed = nb::cast<int>(from["sum"]) >= 0,
  };
}

std::optional<Window> window_from(const nb::handle& from) {
  if (from.is_none()) return std::nullopt;
  const auto sizes = nb::cast<nb::dict>(from);
  const auto size = [&](const char* name) { return nb::cast<long>(sizes[name]); };
  return Window{
      .height = size("height"),
      .width = size("width"),
      .channels = size("channels"),
      .filters = size("filters"),
      .kernel_height = size("kernel_height"),
      .kernel_width = size("kernel_width"),
      .stride_height = size("stride_height"),
      .stride_width = size("stride_width"),
      .dilation_height = size("dilation_height"),
      .dilation_width = size("dilation_width"),
      .top = size("top"),
      .bottom = size("bottom"),
      .left = size("left"),
      .right = size("right"),
      .groups = size("groups"),
  };
}

Operation operation_from(const nb::dict& from) {
  return {
      .kind = nb::cast<std::string>(from["kind"]),
      .activation = nb::cast<std::string>(from["activation"]),
      .number = nb::cast<double>(from["number"]),
      .largest = nb::cast<double>(from["largest"]),
      .threshold = nb::cast<double>(from["threshold"]),
      .l1 = nb::cast<double>(from["l1"]),
      .l2 = nb::cast<double>(from["l2"]),
      .momentum = nb::cast<double>(from["momentum"]),
      .moving = nb::cast<bool>(from["moving"]),
      .seed = nb::cast<int>(from["seed"]),
      .always = nb::cast<bool>(from["always"]),
      .inputs = nb::cast<std::vector<int>>(from["inputs"]),
      .parameters = nb::cast<std::array<int, 4>>(from["parameters"]),
      .factor = nb::cast<std::vector<double>>(from["factor"]),
      .offset = nb::cast<std::vector<double>>(from["offset"]),
      .window = window_from(from["window"]),
      .part = nb::cast<long>(from["part"]),
      .steps = nb::cast<long>(from["steps"]),
      .sequences = nb::cast<bool>(from["sequences"]),
      .backwards = nb::cast<bool>(from["backwards"]),
      .flipped = nb::cast<bool>(from["flipped"]),
      .zeros = nb::cast<bool>(from["zeros"]),
      .heads = nb::cast<long>(from["heads"]),
      .causal = nb::cast<bool>(from["causal"]),
  };
}

LikelihoodSpec likelihood_from(const nb::handle& from) {
  if (from.is_none()) return {};
  const auto values = nb::cast<nb::dict>(from);
  return {
      .family = family_from(values["family"]),
      .size = nb::cast<long>(values["size"]),
      .beta = nb::cast<double>(values["beta"]),
      .levels = nb::cast<std::vector<double>>(values["levels"]),
  };
}

LossSpec loss_spec_from(const nb::dict& from) {
  return {
      .kind = loss_from(from["loss"]),
      .link = link_from(from["link"]),
      .linked_outputs = nb::cast<bool>(from["linked_outputs"]),
      .delta = nb::cast<double>(from["delta"]),
      .smoothing = nb::cast<double>(from["smoothing"]),
      .mean = nb::cast<bool>(from["mean"]),
      .likelihood = likelihood_from(from["likelihood"]),
  };
}

MetricSpec metric_spec_from(const nb::dict& from) {
  return {
      .kind = metric_from(from["measure"]),
      .weighted = nb::cast<bool>(from["weighted"]),
      .threshold = nb::cast<double>(from["threshold"]),
      .likelihood = likelihood_from(from["likelihood"]),
  };
}

OptimizerSpec optimizer_spec_from(const nb::dict& from) {
  return {
      .method = method_from(from["method"]),
      .momentum = nb::cast<double>(from["momentum"]),
      .beta1 = nb::cast<double>(from["beta1"]),
      .beta2 = nb::cast<double>(from["beta2"]),
      .epsilon = nb::cast<double>(from["epsilon"]),
      .decay = nb::cast<double>(from["decay"]),
      .centered = nb::cast<bool>(from["centered"]),
      .amsgrad = nb::cast<bool>(from["amsgrad"]),
      .clip_value = nb::cast<double>(from["clip_value"]),
      .clip_norm = nb::cast<double>(from["clip_norm"]),
      .clip_global_norm = nb::cast<double>(from["clip_global_norm"]),
      .accumulation = nb::cast<int>(from["accumulation"]),
      .average_momentum = nb::cast<double>(from["average_momentum"]),
      .overwriting = nb::cast<int>(from["overwriting"]),
  };
}

template <class Spec>
std::vector<Spec> each_from(const nb::handle& list, Spec (*from)(const nb::dict&)) {
  std::vector<Spec> all;
  for (const nb::handle one : nb::cast<nb::list>(list))
    all.push_back(from(nb::cast<nb::dict>(one)));
  return all;
}

}  // namespace

GraphSpec graph_from_dict(const nb::dict& from) {
  return {
      .inputs = nb::cast<std::vector<long>>(from["inputs"]),
      .parameters = each_from(from["parameters"], parameter_from),
      .operations = each_from(from["operations"], operation_from),
      .seeds = nb::cast<int>(from["seeds"]),
      .loss = loss_spec_from(from),
      .metrics = each_from(from["metrics"], metric_spec_from),
      .optimizer = optimizer_spec_from(from),
  };
}

}  // namespace epochal
