// The extension `_native`.
#include <nanobind/nanobind.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "kernels/dispatch.h"
#include "layers/registry.h"
#include "python/py_network.h"

using namespace nanobind::literals;

namespace epochal {
namespace {

template <class T>
void bind(nb::module_& m, const char* name) {
  using N = PyNetwork<T>;
  nb::class_<N>(m, name)
      .def(nb::init<const nb::dict&, int, const std::string&>(), "graph"_a, "cores"_a,
           "kernels"_a = "")
      .def_prop_ro("kernels", &N::kernels)
      .def_prop_rw("threads", &N::threads, &N::set_threads)
      .def_prop_rw("iterations", &N::iterations, &N::set_iterations)
      .def_prop_rw("u_product", &N::u_product, &N::set_u_product)
      .def_prop_rw("seeds", &N::seeds, &N::set_seeds)
      .def_prop_rw("totals", &N::totals, &N::set_totals)
      .def("load", &N::load, "parameter"_a, "slot"_a, "values"_a)
      .def("store", &N::store, "parameter"_a, "slot"_a, "values"_a)
      .def("train", &N::train, "x"_a, "y"_a.none(), "weights"_a.none(), "order"_a, "rates"_a,
           "start"_a, "stop"_a, "losses"_a, "momenta"_a.none() = nb::none(),
           "predictions"_a.none() = nb::none(), "norms"_a.none() = nb::none())
      .def("evaluate", &N::evaluate, "x"_a, "y"_a.none(), "weights"_a.none(), "order"_a, "start"_a,
           "stop"_a, "predictions"_a.none() = nb::none())
      .def("predict", &N::predict, "x"_a, "order"_a, "start"_a, "stop"_a, "outputs"_a)
      .def("sample", &N::sample, "x"_a, "first"_a, "samples"_a, "keys"_a, "outputs"_a)
      .def("gradients", &N::gradients, "x"_a, "y"_a.none(), "weights"_a.none(), "order"_a, "step"_a,
           "out"_a);
}

// For tests: of each table of kernels how many functions it has, and how many of them are missing.
nb::dict kernel_tables() {
  nb::dict tables;
  for (const TableSummary& table : summarise_tables())
    tables[table.name.c_str()] = nb::make_tuple(table.functions, table.missing);
  return tables;
}

}  // namespace
}  // namespace epochal

NB_MODULE(_native, m) {
  // A process that ends does not collect its cycles first: networks in them are no leaks.
  nanobind::set_leak_warnings(false);
  epochal::bind<float>(m, "Network");
  epochal::bind<double>(m, "Network64");
  m.def("layer_kinds", &epochal::layer_kinds);
  m.def("kernel_tables", &epochal::kernel_tables);
}
