// A network as Python sees it: arrays are checked here, and the GIL is let go while steps run.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/dispatch.h"
#include "network.h"
#include "python/graph_from_dict.h"

namespace epochal {

namespace nb = nanobind;

template <class T>
using Array = nb::ndarray<const T, nb::c_contig, nb::device::cpu>;
template <class T>
using Writable = nb::ndarray<T, nb::c_contig, nb::device::cpu>;
using Untyped = nb::ndarray<nb::ro, nb::c_contig, nb::device::cpu>;
using Rows = std::vector<Untyped>;  // of each input
using Order = nb::ndarray<const std::int32_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

inline void require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

template <class T>
class PyNetwork {
 public:
  PyNetwork(const nb::dict& graph, int cores, const std::string& kernels)
      : kernels_(kernels_for<T>(kernels)), network_(graph_from_dict(graph), kernels_, cores) {}

  std::string kernels() const { return kernels_.name; }

  void load(int parameter, int slot, const Array<T>& values) {
    check_fits(parameter, slot, values.size());
    exclusively([&] { network_.load(parameter, slot, values.data()); });
  }
  void store(int parameter, int slot, const Writable<T>& values) {
    check_fits(parameter, slot, values.size());
    exclusively([&] { network_.store(parameter, slot, values.data()); });
  }

  int threads() {
    return exclusively([&] { return network_.threads; });
  }
  void set_threads(int threads) {
    require(threads >= 0 && threads <= 1024,
            "there can be 1 to 1024 threads, or 0 for as many as pay");
    exclusively([&] { network_.threads = threads; });
  }
  std::int64_t iterations() {
    return exclusively([&] { return network_.iterations; });
  }
  void set_iterations(std::int64_t n) {
    exclusively([&] { network_.iterations = n; });
  }
  T u_product() {
    return exclusively([&] { return network_.u_product; });
  }
  void set_u_product(T value) {
    exclusively([&] { network_.u_product = value; });
  }
  auto seeds() {
    return exclusively([&] { return network_.seeds; });
  }
  void set_seeds(const std::vector<Seed>& seeds) {
    exclusively([&] {
      require(seeds.size() == network_.seeds.size(), "there must be one seed for each dropout");
      network_.seeds = seeds;
    });
  }
  auto totals() {
    return exclusively([&] { return network_.totals(); });
  }
  void set_totals(const std::vector<std::array<T, 2>>& totals) {
    exclusively([&] {
      require(totals.size() == network_.totals().size(),
              "there must be a sum and a count for the loss and each metric");
      network_.totals() = totals;
    });
  }

  void train(const Rows& x, const nb::object& y, const nb::object& weights, const Order& order,
             const Array<float>& rates, long start, long stop, const Writable<float>& losses,
             const nb::object& momenta, const nb::object& predictions, const nb::object& norms) {
    Held held;
    const Data<T> data = data_of(x, y, weights, order, stop, held);
    require(long(rates.size()) >= stop, "there must be a rate for each step");
    require(long(losses.size()) >= stop - start, "there must be room for each step's loss");
    std::optional<Array<float>> each;  // held while the steps run
    if (!momenta.is_none()) each = nb::cast<Array<float>>(momenta);
    require(!each || long(each->size()) >= stop, "there must be a momentum for each step");
    const auto room = room_for<T>(predictions, (stop - start) * data.batch * network_.outputs());
    const auto measured = room_for<float>(norms, stop - start);
    const StepOutputs<T> outputs{.predictions = room ? room->data() : nullptr,
                                 .norms = measured ? measured->data() : nullptr};
    const nb::gil_scoped_release released;
    const std::scoped_lock one_at_a_time(lock_);
    network_.train(data, {.rates = rates.data(), .momenta = each ? each->data() : nullptr}, start,
                   stop, losses.data(), outputs);
  }

  void evaluate(const Rows& x, const nb::object& y, const nb::object& weights, const Order& order,
                long start, long stop, const nb::object& predictions) {
    Held held;
    const Data<T> data = data_of(x, y, weights, order, stop, held);
    const auto room = room_for<T>(predictions, (stop - start) * data.batch * network_.outputs());
    const nb::gil_scoped_release released;
    const std::scoped_lock one_at_a_time(lock_);
    network_.evaluate(data, start, stop, {.predictions = room ? room->data() : nullptr});
  }

  void predict(const Rows& x, const Order& order, long start, long stop,
               const Writable<T>& outputs) {
    Held held;
    const Data<T> data = data_of(x, nb::none(), nb::none(), order, stop, held);
    require(long(outputs.size()) >= stop * data.batch * network_.outputs(),
            "there must be room for the outputs");
    const nb::gil_scoped_release released;
    const std::scoped_lock one_at_a_time(lock_);
    network_.predict(data, start, stop, outputs.data());
  }

  void sample(const Rows& x, std::uint32_t first, long samples, const std::vector<Seed>& keys,
              const Writable<T>& outputs) {
    const Data<T> data = rows_of(x);
    // Divided, as the product of what is asked for may be too large for a number.
    require(samples >= 1 && samples <= long(outputs.size()) / data.rows / network_.outputs(),
            "there must be room for the outputs of each sample");
    const nb::gil_scoped_release released;
    const std::scoped_lock one_at_a_time(lock_);
    network_.sample(data, {.first = first, .samples = samples, .words = keys}, outputs.data());
  }

  double gradients(const Rows& x, const nb::object& y, const nb::object& weights,
                   const Order& order, long step, const std::vector<Writable<T>>& out) {
    Held held;
    // Before one is added to it: the largest number has none after it.
    require(step < long(order.shape(0)), "the steps go beyond the order");
    const Data<T> data = data_of(x, y, weights, order, step + 1, held);
    std::vector<T*> to;
    const auto& parameters = network_.spec().parameters;
    for (size_t i = 0; i < out.size(); i++) {
      require(i < parameters.size() &&
                  long(out[i].size()) == parameters[i].rows * parameters[i].columns,
              "there must be room for each parameter's gradient");
      to.push_back(out[i].data());
    }
    return exclusively([&] { return network_.gradients(data, step, to); });
  }

 private:
  // Waits for whatever runs on the network in another thread, which may take long: so the GIL is
  // let go meanwhile. What is done then is short, and keeps it.
  template <class F>
  auto exclusively(const F& f) {
    std::unique_lock<std::mutex> one_at_a_time(lock_, std::try_to_lock);
    if (!one_at_a_time.owns_lock()) {
      const nb::gil_scoped_release released;
      one_at_a_time.lock();
    }
    return f();
  }

  struct Held {  // what a Data points into
    std::optional<Array<std::int32_t>> labels;
    std::optional<Array<T>> targets, weights;
  };

  template <class E>
  static std::optional<Writable<E>> room_for(const nb::object& array, long size) {
    if (array.is_none()) return std::nullopt;
    auto room = nb::cast<Writable<E>>(array);
    require(long(room.size()) >= size, "there must be room for what is written of each step");
    return room;
  }

  void check_fits(int parameter, int slot, size_t size) const {
    const auto& parameters = network_.spec().parameters;
    require(parameter >= 0 && size_t(parameter) < parameters.size(), "there is no such parameter");
    const Parameter& p = parameters[size_t(parameter)];
    require(slot >= -1 && slot < p.all_slots(), "there is no such slot");
    require(long(size) == p.rows * p.columns, "an array does not fit its parameter");
  }

  static DataType type_of(const Untyped& x) {
    if (x.dtype() == nb::dtype<float>()) return DataType::float32;
    if (x.dtype() == nb::dtype<double>()) return DataType::float64;
    if (x.dtype() == nb::dtype<std::uint8_t>()) return DataType::uint8;
    if (x.dtype() == nb::dtype<std::int32_t>()) return DataType::int32;
    throw std::invalid_argument("the rows must be float32, float64, uint8 or int32");
  }

  Data<T> rows_of(const Rows& x) const {
    const GraphSpec& spec = network_.spec();
    Data<T> data;
    require(x.size() == spec.inputs.size(), "there must be rows for each input of the graph");
    data.rows = x[0].ndim() ? long(x[0].shape(0)) : 0;
    for (size_t i = 0; i < x.size(); i++) {
      require(data.rows >= 1 && x[i].ndim() >= 1 && long(x[i].shape(0)) == data.rows &&
                  long(x[i].size()) == data.rows * spec.inputs[i],
              "the rows do not fit the graph's input");
      data.x.push_back({.values = x[i].data(), .type = type_of(x[i]), .columns = spec.inputs[i]});
    }
    return data;
  }

  Data<T> data_of(const Rows& x, const nb::object& y, const nb::object& weights, const Order& order,
                  long stop, Held& held) const {
    const GraphSpec& spec = network_.spec();
    Data<T> data = rows_of(x);
    if (!y.is_none() && spec.loss.kind == LossKind::sparse_categorical) {
      held.labels = nb::cast<Array<std::int32_t>>(y);
      require(long(held.labels->size()) == data.rows, "there must be one label for each row");
      data.labels = held.labels->data();
    } else if (!y.is_none()) {
      held.targets = nb::cast<Array<T>>(y);
      require(long(held.targets->size()) == data.rows * network_.targets(),
              "the targets do not fit the outputs");
      data.targets = held.targets->data();
    }
    if (!weights.is_none()) {
      held.weights = nb::cast<Array<T>>(weights);
      require(long(held.weights->size()) == data.rows, "there must be one weight for each row");
      data.weights = held.weights->data();
    }
    data.order = order.data();
    data.batch = long(order.shape(1));
    require(stop <= long(order.shape(0)), "the steps go beyond the order");
    return data;
  }

  const Kernels<T>& kernels_;
  Network<T> network_;
  std::mutex lock_;
};

}  // namespace epochal
