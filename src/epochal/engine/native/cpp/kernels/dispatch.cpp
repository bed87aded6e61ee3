#include "kernels/dispatch.h"

#include <cstring>

#include "graph_spec.h"

namespace epochal {
namespace {

template <class T>
TableSummary summarise(const Kernels<T>& table) {
  using Function = void (*)();
  constexpr size_t functions = (sizeof(table) - sizeof(table.name)) / sizeof(Function);
  Function each[functions];
  std::memcpy(static_cast<void*>(each), reinterpret_cast<const char*>(&table) + sizeof(table.name),
              sizeof(each));
  TableSummary summary{.name = table.name, .functions = int(functions)};
  for (const Function function : each) summary.missing += function == nullptr;
  return summary;
}

}  // namespace

template <>
const Kernels<float>& kernels_for<float>(const std::string& name) {
#if defined(__x86_64__)
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw");
  if (avx512 && (name.empty() || name == "avx512")) return kernels_avx512();
  if (avx2 && (name.empty() || name == "avx2")) return kernels_avx2();
#endif
  if (name.empty() || name == "baseline") return kernels_baseline();
  throw std::invalid_argument("this processor has no kernels '" + name + "'");
}

template <>
const Kernels<double>& kernels_for<double>(const std::string&) {
  return kernels_double();
}

std::vector<TableSummary> summarise_tables() {
  return {
      summarise(kernels_baseline()),
#if defined(__x86_64__)
      summarise(kernels_avx2()),
      summarise(kernels_avx512()),
#endif
      summarise(kernels_double()),
  };
}

}  // namespace epochal
