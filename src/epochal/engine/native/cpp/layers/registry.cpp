#include "layers/registry.h"

#include <algorithm>

namespace epochal {
namespace {

// Constant before anything runs, so that kinds may join in any order.
constinit const LayerKind* first_kind = nullptr;

}  // namespace

LayerKind::LayerKind(const char* name, LayerFactory<float> in_float,
                     LayerFactory<double> in_double) noexcept
    : name_(name), in_float_(in_float), in_double_(in_double), next_(first_kind) {
  first_kind = this;
}

template <>
LayerFactory<float> LayerKind::factory<float>() const {
  return in_float_;
}

template <>
LayerFactory<double> LayerKind::factory<double>() const {
  return in_double_;
}

template <class T>
std::unique_ptr<Layer<T>> make_layer(const Operation& operation,
                                     const Environment<T>& environment) {
  for (const LayerKind* kind = first_kind; kind; kind = kind->next())
    if (operation.kind == kind->name()) return kind->factory<T>()(operation, environment);
  throw InvalidGraph("graph: unknown operation '" + operation.kind + "'");
}

template std::unique_ptr<Layer<float>> make_layer(const Operation&, const Environment<float>&);
template std::unique_ptr<Layer<double>> make_layer(const Operation&, const Environment<double>&);

std::vector<std::string> layer_kinds() {
  std::vector<std::string> names;
  for (const LayerKind* kind = first_kind; kind; kind = kind->next())
    names.emplace_back(kind->name());
  std::ranges::sort(names);
  return names;
}

}  // namespace epochal
