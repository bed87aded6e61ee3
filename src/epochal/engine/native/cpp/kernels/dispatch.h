// Which tables of kernels there are, and which this processor can run.
#pragma once

#include <string>
#include <vector>

#include "kernels/kernels.h"

namespace epochal {

// The fastest table that this processor can run, or the one that is asked for by name. There is one
// table in float64, for tests.
template <class T>
const Kernels<T>& kernels_for(const std::string& name);
template <>
const Kernels<float>& kernels_for<float>(const std::string& name);
template <>
const Kernels<double>& kernels_for<double>(const std::string& name);

// A table as a test sees it.
struct TableSummary {
  std::string name;
  int functions = 0;
  int missing = 0;  // of these, null pointers
};

// Every table that was compiled, whether or not this processor can run it.
std::vector<TableSummary> summarise_tables();

}  // namespace epochal
