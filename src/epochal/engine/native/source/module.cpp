// The door to Python: descriptions and arrays are checked here, and the GIL is let go while steps run.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <map>
#include <mutex>
#include <optional>

#include "network.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace epochal {
namespace {

template <class E>
E one_of(const std::map<std::string, E>& known, const nb::handle& name, const char* what) {
  const auto found = known.find(nb::cast<std::string>(name));
  if (found == known.end()) throw Wrong(std::string("chain: unknown ") + what);
  return found->second;
}

const std::map<std::string, Activation> ACTIVATION_NAMES = {
    {"relu", Activation::relu}, {"relu6", Activation::relu6}, {"leaky_relu", Activation::leaky_relu},
    {"elu", Activation::elu}, {"celu", Activation::celu}, {"selu", Activation::selu},
    {"tanh", Activation::tanh}, {"sigmoid", Activation::sigmoid},
    {"exponential", Activation::exponential}, {"softplus", Activation::softplus},
    {"silu", Activation::silu}, {"gelu", Activation::gelu}, {"gelu_tanh", Activation::gelu_tanh},
    {"softsign", Activation::softsign}, {"hard_sigmoid", Activation::hard_sigmoid},
    {"log_sigmoid", Activation::log_sigmoid}, {"hard_silu", Activation::hard_silu},
    {"hard_tanh", Activation::hard_tanh}, {"mish", Activation::mish},
    {"squareplus", Activation::squareplus}, {"soft_shrink", Activation::soft_shrink},
    {"hard_shrink", Activation::hard_shrink}, {"tanh_shrink", Activation::tanh_shrink},
    {"sparse_plus", Activation::sparse_plus}, {"sparse_sigmoid", Activation::sparse_sigmoid},
    {"bounded_relu", Activation::bounded_relu}, {"threshold", Activation::threshold}};
const std::map<std::string, Kind> KINDS = {
    {"dense", Kind::dense}, {"activation", Kind::activation}, {"prelu", Kind::prelu},
    {"rescale", Kind::rescale}, {"standardise", Kind::standardise}, {"add", Kind::add},
    {"multiply", Kind::multiply}, {"concatenate", Kind::concatenate}, {"dropout", Kind::dropout},
    {"alpha_dropout", Kind::alpha_dropout}, {"gaussian_dropout", Kind::gaussian_dropout},
    {"gaussian_noise", Kind::gaussian_noise}, {"batch_norm", Kind::batch_norm},
    {"layer_norm", Kind::layer_norm}, {"rms_norm", Kind::rms_norm}, {"unit_norm", Kind::unit_norm},
    {"softmax", Kind::softmax}, {"log_softmax", Kind::log_softmax},
    {"activity", Kind::activity}};
const std::map<std::string, Constraint> CONSTRAINTS = {{"none", Constraint::none},
                                                       {"max_norm", Constraint::max_norm},
                                                       {"unit_norm", Constraint::unit_norm},
                                                       {"non_negative", Constraint::non_negative}};
const std::map<std::string, Link> LINKS = {
    {"none", Link::none}, {"softmax", Link::softmax}, {"sigmoid", Link::sigmoid}};
const std::map<std::string, Loss> LOSSES = {
    {"sparse_categorical", Loss::sparse_categorical}, {"categorical", Loss::categorical},
    {"binary", Loss::binary}, {"mse", Loss::mse}, {"mae", Loss::mae},
    {"huber", Loss::huber}, {"log_cosh", Loss::log_cosh}};
const std::map<std::string, Measure> MEASURES = {
    {"sparse_accuracy", Measure::sparse_accuracy}, {"accuracy", Measure::accuracy},
    {"binary_accuracy", Measure::binary_accuracy}, {"mse", Measure::mse}, {"mae", Measure::mae}};
const std::map<std::string, Method> METHODS = {
    {"sgd", Method::sgd},     {"momentum", Method::momentum}, {"nesterov", Method::nesterov},
    {"adam", Method::adam},   {"nadam", Method::nadam},       {"adamax", Method::adamax},
    {"rmsprop", Method::rmsprop}, {"adagrad", Method::adagrad}};

Parameter parameter_of(const nb::dict& from) {
  Parameter p;
  p.rows = nb::cast<long>(from["rows"]);
  p.columns = nb::cast<long>(from["columns"]);
  p.trainable = nb::cast<bool>(from["trainable"]);
  p.decayed = nb::cast<bool>(from["decayed"]);
  p.l1 = nb::cast<double>(from["l1"]);
  p.l2 = nb::cast<double>(from["l2"]);
  p.constraint = one_of(CONSTRAINTS, from["constraint"], "constraint");
  p.limit = nb::cast<double>(from["limit"]);
  p.rate = nb::cast<double>(from["rate"]);
  p.slots = nb::cast<int>(from["slots"]);
  p.masked = nb::cast<int>(from["mask"]) >= 0;
  p.averaged = nb::cast<int>(from["average"]) >= 0;
  p.summed = nb::cast<int>(from["sum"]) >= 0;
  return p;
}

Operation operation_of(const nb::dict& from) {
  Operation op;
  op.kind = one_of(KINDS, from["kind"], "operation");
  if (op.kind == Kind::activation) op.activation = one_of(ACTIVATION_NAMES, from["activation"], "activation");
  op.number = nb::cast<double>(from["number"]);
  op.largest = nb::cast<double>(from["largest"]);
  op.threshold = nb::cast<double>(from["threshold"]);
  op.l1 = nb::cast<double>(from["l1"]);
  op.l2 = nb::cast<double>(from["l2"]);
  op.momentum = nb::cast<double>(from["momentum"]);
  op.moving = nb::cast<bool>(from["moving"]);
  op.seed = nb::cast<int>(from["seed"]);
  op.always = nb::cast<bool>(from["always"]);
  op.parameters = nb::cast<std::array<int, 4>>(from["parameters"]);
  op.inputs = nb::cast<std::vector<int>>(from["inputs"]);
  op.factor = nb::cast<std::vector<double>>(from["factor"]);
  op.offset = nb::cast<std::vector<double>>(from["offset"]);
  return op;
}

Description description_of(const nb::dict& from) {
  Description d;
  d.inputs = nb::cast<std::vector<long>>(from["inputs"]);
  for (nb::handle p : nb::cast<nb::list>(from["parameters"])) d.parameters.push_back(parameter_of(nb::cast<nb::dict>(p)));
  for (nb::handle o : nb::cast<nb::list>(from["operations"])) d.operations.push_back(operation_of(nb::cast<nb::dict>(o)));
  d.seeds = nb::cast<int>(from["seeds"]);
  if (d.seeds < 0 || d.seeds > 100000) throw Wrong("chain: the number of seeds is out of range");
  d.link = one_of(LINKS, from["link"], "link");
  d.linked_outputs = nb::cast<bool>(from["linked_outputs"]);
  d.loss = one_of(LOSSES, from["loss"], "loss");
  d.delta = nb::cast<double>(from["delta"]);
  d.smoothing = nb::cast<double>(from["smoothing"]);
  d.mean = nb::cast<bool>(from["mean"]);
  for (nb::handle each : nb::cast<nb::list>(from["metrics"])) {
    const nb::dict m = nb::cast<nb::dict>(each);
    d.metrics.push_back({one_of(MEASURES, m["measure"], "metric"), nb::cast<bool>(m["weighted"]),
                         nb::cast<double>(m["threshold"])});
  }
  d.method = one_of(METHODS, from["method"], "optimizer");
  d.momentum = nb::cast<double>(from["momentum"]);
  d.beta1 = nb::cast<double>(from["beta1"]);
  d.beta2 = nb::cast<double>(from["beta2"]);
  d.epsilon = nb::cast<double>(from["epsilon"]);
  d.decay = nb::cast<double>(from["decay"]);
  d.centered = nb::cast<bool>(from["centered"]);
  d.amsgrad = nb::cast<bool>(from["amsgrad"]);
  d.clip_value = nb::cast<double>(from["clip_value"]);
  d.clip_norm = nb::cast<double>(from["clip_norm"]);
  d.clip_global_norm = nb::cast<double>(from["clip_global_norm"]);
  d.accumulation = nb::cast<int>(from["accumulation"]);
  d.average_momentum = nb::cast<double>(from["average_momentum"]);
  d.overwriting = nb::cast<int>(from["overwriting"]);
  return d;
}

// The fastest table that this processor can run, or the one that is asked for by name.
const Kernels<float>& table(const std::string& name, const float*) {
#if defined(__x86_64__)
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  if (avx512 && (name.empty() || name == "avx512")) return kernels_avx512();
  if (avx2 && (name.empty() || name == "avx2")) return kernels_avx2();
#endif
  if (name.empty() || name == "baseline") return kernels_baseline();
  throw Wrong("this processor has no kernels '" + name + "'");
}

const Kernels<double>& table(const std::string&, const double*) { return kernels_double(); }

template <class T>
using Array = nb::ndarray<const T, nb::c_contig, nb::device::cpu>;
template <class T>
using Writable = nb::ndarray<T, nb::c_contig, nb::device::cpu>;
using Any = nb::ndarray<nb::ro, nb::c_contig, nb::device::cpu>;
using Rows = std::vector<Any>;  // of each input
using Order = nb::ndarray<const std::int32_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

template <class T>
class Door {
 public:
  Door(const nb::dict& description, int cores, const std::string& kernels)
      : kernels_(table(kernels, static_cast<const T*>(nullptr))),
        network_(description_of(description), kernels_, cores) {}

  std::string kernels() const { return kernels_.name; }

  void load(int parameter, int slot, const Array<T>& values) {
    fits(parameter, slot, values.size());
    alone([&] { network_.load(parameter, slot, values.data()); });
  }
  void store(int parameter, int slot, const Writable<T>& values) {
    fits(parameter, slot, values.size());
    alone([&] { network_.store(parameter, slot, values.data()); });
  }

  int threads() { return alone([&] { return network_.threads; }); }
  void set_threads(int threads) {
    if (threads < 0 || threads > 1024) throw Wrong("there can be 1 to 1024 threads, or 0 for as many as pay");
    alone([&] { network_.threads = threads; });
  }
  std::int64_t iterations() { return alone([&] { return network_.iterations; }); }
  void set_iterations(std::int64_t n) { alone([&] { network_.iterations = n; }); }
  T u_product() { return alone([&] { return network_.u_product; }); }
  void set_u_product(T value) { alone([&] { network_.u_product = value; }); }
  auto seeds() { return alone([&] { return network_.seeds; }); }
  void set_seeds(const std::vector<std::array<std::uint32_t, 2>>& seeds) {
    alone([&] {
      if (seeds.size() != network_.seeds.size()) throw Wrong("there must be one seed for each dropout");
      network_.seeds = seeds;
    });
  }
  auto totals() { return alone([&] { return network_.totals; }); }
  void set_totals(const std::vector<std::array<T, 2>>& totals) {
    alone([&] {
      if (totals.size() != network_.totals.size()) throw Wrong("there must be a sum and a count for the loss and each metric");
      network_.totals = totals;
    });
  }

  void train(const Rows& x, const nb::object& y, const nb::object& weights, const Order& order,
             const Array<float>& rates, long start, long stop, const Writable<float>& losses,
             const nb::object& momenta, const nb::object& predictions, const nb::object& norms) {
    Held held;
    const Data<T> data = data_of(x, y, weights, order, stop, held);
    if (long(rates.size()) < stop) throw Wrong("there must be a rate for each step");
    if (long(losses.size()) < stop - start) throw Wrong("there must be room for each step's loss");
    std::optional<Array<float>> each;  // held while the steps run
    if (!momenta.is_none()) each = nb::cast<Array<float>>(momenta);
    if (each && long(each->size()) < stop) throw Wrong("there must be a momentum for each step");
    const auto room = room_of<T>(predictions, (stop - start) * data.batch * network_.outputs());
    const auto measured = room_of<float>(norms, stop - start);
    const Noted<T> noted{room ? room->data() : nullptr, measured ? measured->data() : nullptr};
    const nb::gil_scoped_release released;
    const std::lock_guard<std::mutex> one_at_a_time(lock_);
    network_.train(data, rates.data(), each ? each->data() : nullptr, start, stop, losses.data(), noted);
  }

  void evaluate(const Rows& x, const nb::object& y, const nb::object& weights, const Order& order,
                long start, long stop, const nb::object& predictions) {
    Held held;
    const Data<T> data = data_of(x, y, weights, order, stop, held);
    const auto room = room_of<T>(predictions, (stop - start) * data.batch * network_.outputs());
    const nb::gil_scoped_release released;
    const std::lock_guard<std::mutex> one_at_a_time(lock_);
    network_.evaluate(data, start, stop, {room ? room->data() : nullptr, nullptr});
  }

  void predict(const Rows& x, const Order& order, long start, long stop, const Writable<T>& outputs) {
    Held held;
    const Data<T> data = data_of(x, nb::none(), nb::none(), order, stop, held);
    if (long(outputs.size()) < stop * data.batch * network_.outputs()) throw Wrong("there must be room for the outputs");
    const nb::gil_scoped_release released;
    const std::lock_guard<std::mutex> one_at_a_time(lock_);
    network_.predict(data, start, stop, outputs.data());
  }

  void sample(const Rows& x, std::uint32_t first, long samples,
              const std::vector<std::array<std::uint32_t, 2>>& keys, const Writable<T>& outputs) {
    const Data<T> data = rows_of(x);
    // Divided, as the product of what is asked for may be too large for a number.
    if (samples < 1 || samples > long(outputs.size()) / data.rows / network_.outputs())
      throw Wrong("there must be room for the outputs of each sample");
    const nb::gil_scoped_release released;
    const std::lock_guard<std::mutex> one_at_a_time(lock_);
    network_.sample(data, {first, samples, keys}, outputs.data());
  }

  double gradients(const Rows& x, const nb::object& y, const nb::object& weights, const Order& order,
                   long step, const std::vector<Writable<T>>& out) {
    Held held;
    const Data<T> data = data_of(x, y, weights, order, step + 1, held);
    std::vector<T*> to;
    const auto& parameters = network_.description().parameters;
    for (size_t i = 0; i < out.size(); i++) {
      if (i >= parameters.size() || long(out[i].size()) != parameters[i].rows * parameters[i].columns)
        throw Wrong("there must be room for each parameter's gradient");
      to.push_back(out[i].data());
    }
    return alone([&] { return network_.gradients(data, step, to); });
  }

 private:
  // Waits for whatever runs on the network in another thread, which may take long: so the GIL is
  // let go meanwhile. What is done then is short, and keeps it.
  template <class F>
  auto alone(const F& f) {
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
  static std::optional<Writable<E>> room_of(const nb::object& array, long size) {
    if (array.is_none()) return std::nullopt;
    const auto room = nb::cast<Writable<E>>(array);
    if (long(room.size()) < size) throw Wrong("there must be room for what is noted of each step");
    return room;
  }

  void fits(int parameter, int slot, size_t size) const {
    const auto& parameters = network_.description().parameters;
    if (parameter < 0 || size_t(parameter) >= parameters.size()) throw Wrong("there is no such parameter");
    const Parameter& p = parameters[size_t(parameter)];
    if (slot < -1 || slot >= p.all_slots()) throw Wrong("there is no such slot");
    if (long(size) != p.rows * p.columns) throw Wrong("an array does not fit its parameter");
  }

  static Type type_of(const Any& x) {
    if (x.dtype() == nb::dtype<float>()) return Type::float32;
    if (x.dtype() == nb::dtype<double>()) return Type::float64;
    if (x.dtype() == nb::dtype<std::uint8_t>()) return Type::uint8;
    if (x.dtype() == nb::dtype<std::int32_t>()) return Type::int32;
    throw Wrong("the rows must be float32, float64, uint8 or int32");
  }

  Data<T> rows_of(const Rows& x) const {
    const Description& d = network_.description();
    Data<T> data;
    if (x.size() != d.inputs.size()) throw Wrong("there must be rows for each input of the chain");
    data.rows = x[0].ndim() ? long(x[0].shape(0)) : 0;
    for (size_t i = 0; i < x.size(); i++) {
      if (data.rows < 1 || x[i].ndim() < 1 || long(x[i].shape(0)) != data.rows || long(x[i].size()) != data.rows * d.inputs[i])
        throw Wrong("the rows do not fit the chain's input");
      data.x.push_back({x[i].data(), type_of(x[i])});
    }
    return data;
  }

  Data<T> data_of(const Rows& x, const nb::object& y, const nb::object& weights, const Order& order,
                  long stop, Held& held) const {
    const Description& d = network_.description();
    Data<T> data = rows_of(x);
    if (!y.is_none() && d.loss == Loss::sparse_categorical) {
      held.labels = nb::cast<Array<std::int32_t>>(y);
      if (long(held.labels->size()) != data.rows) throw Wrong("there must be one label for each row");
      data.labels = held.labels->data();
    } else if (!y.is_none()) {
      held.targets = nb::cast<Array<T>>(y);
      if (long(held.targets->size()) != data.rows * network_.outputs()) throw Wrong("the targets do not fit the outputs");
      data.targets = held.targets->data();
    }
    if (!weights.is_none()) {
      held.weights = nb::cast<Array<T>>(weights);
      if (long(held.weights->size()) != data.rows) throw Wrong("there must be one weight for each row");
      data.weights = held.weights->data();
    }
    data.order = order.data();
    data.batch = long(order.shape(1));
    if (stop > long(order.shape(0))) throw Wrong("the steps go beyond the order");
    return data;
  }

  const Kernels<T>& kernels_;
  Network<T> network_;
  std::mutex lock_;
};

template <class T>
void bind(nb::module_& m, const char* name) {
  using D = Door<T>;
  nb::class_<D>(m, name)
      .def(nb::init<const nb::dict&, int, const std::string&>(), "description"_a, "cores"_a, "kernels"_a = "")
      .def_prop_ro("kernels", &D::kernels)
      .def_prop_rw("threads", &D::threads, &D::set_threads)
      .def_prop_rw("iterations", &D::iterations, &D::set_iterations)
      .def_prop_rw("u_product", &D::u_product, &D::set_u_product)
      .def_prop_rw("seeds", &D::seeds, &D::set_seeds)
      .def_prop_rw("totals", &D::totals, &D::set_totals)
      .def("load", &D::load, "parameter"_a, "slot"_a, "values"_a)
      .def("store", &D::store, "parameter"_a, "slot"_a, "values"_a)
      .def("train", &D::train, "x"_a, "y"_a.none(), "weights"_a.none(), "order"_a, "rates"_a, "start"_a,
           "stop"_a, "losses"_a, "momenta"_a.none() = nb::none(), "predictions"_a.none() = nb::none(),
           "norms"_a.none() = nb::none())
      .def("evaluate", &D::evaluate, "x"_a, "y"_a.none(), "weights"_a.none(), "order"_a, "start"_a, "stop"_a,
           "predictions"_a.none() = nb::none())
      .def("predict", &D::predict, "x"_a, "order"_a, "start"_a, "stop"_a, "outputs"_a)
      .def("sample", &D::sample, "x"_a, "first"_a, "samples"_a, "keys"_a, "outputs"_a)
      .def("gradients", &D::gradients, "x"_a, "y"_a.none(), "weights"_a.none(), "order"_a, "step"_a, "out"_a);
}

}  // namespace
}  // namespace epochal

NB_MODULE(_native, m) {
  epochal::bind<float>(m, "Network");
  epochal::bind<double>(m, "Network64");
}
