// The specification of a graph from what `describe` in Python makes of it.
#pragma once

#include <nanobind/nanobind.h>

#include "graph_spec.h"

namespace epochal {

GraphSpec graph_from_dict(const nanobind::dict& from);

}  // namespace epochal
