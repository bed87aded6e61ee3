// How a chain is laid out in memory, and how its steps run on several threads.
//
// Every layer's columns are cut into spans, and a thread owns every span whose number is its own
// modulo the number of threads. What a thread computes from columns that it owns needs no waiting;
// a product needs all columns of its input, so there is a barrier before it. No sum is ever split
// between threads: the results do not depend on how many there are.
#include "network.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>

namespace epochal {
namespace {

constexpr long CHUNK = 32;     // rows of a gradient that are still in cache when they are used
constexpr long WIDEST = 64;    // columns of a panel
constexpr double WORTH_SHARING = 2e6;  // operations a step for each thread that joins in
constexpr double USUAL_SPEED = 1e11;   // operations a second of a core, until it is measured

long padded(long count) { return (count + LANE - 1) / LANE * LANE; }

// A distance between rows that is no multiple of a large power of two: such rows would fight for
// the same lines of the cache.
long stride(long width) { return (padded(width) / LANE | 1) * LANE; }

// The smallest word that keeps an element, where words are uniform.
unsigned lowest_kept(double rate) {
  return unsigned(std::min(std::nearbyint(rate * 4294967296.0), 4294967295.0));
}

}  // namespace

#include "layout.inc"
#include "dense.inc"
#include "elementwise.inc"
#include "merges.inc"
#include "norms.inc"
#include "losses.inc"
#include "optimizer.inc"
#include "sampling.inc"

template <class T>
Network<T>::Network(Description description, const Kernels<T>& kernels, int cores)
    : seeds(size_t(std::max(description.seeds, 0))),
      totals(description.metrics.size() + 1),
      description_(std::move(description)),
      kernels_(kernels),
      cores_(cores < 1 ? 1 : cores) {
  check(description_);
  add_stores();
  add_layers();
}

template <class T>
void Network<T>::load(int parameter, int slot, const T* values) {
  const Parameter& p = description_.parameters.at(size_t(parameter));
  Store& store = stores_[size_t(parameter)];
  T* to = slot < 0 ? store.values.get() : store.slots.at(size_t(slot)).get();
  for (size_t i = 0; i < store.panels.size(); i++) {
    const Panel<T>& panel = store.panels[i];
    for (long r = 0; r < p.rows; r++)
      std::memcpy(to + store.offsets[i] + r * panel.width, values + r * p.columns + panel.first,
                  size_t(panel.used) * sizeof(T));
  }
}

template <class T>
void Network<T>::store(int parameter, int slot, T* values) const {
  const Parameter& p = description_.parameters.at(size_t(parameter));
  const Store& store = stores_[size_t(parameter)];
  const T* from = slot < 0 ? store.values.get() : store.slots.at(size_t(slot)).get();
  for (size_t i = 0; i < store.panels.size(); i++) {
    const Panel<T>& panel = store.panels[i];
    for (long r = 0; r < p.rows; r++)
      std::memcpy(values + r * p.columns + panel.first, from + store.offsets[i] + r * panel.width,
                  size_t(panel.used) * sizeof(T));
  }
}

// Operations that a step of training takes, about.
template <class T>
double Network<T>::operations(long batch) const {
  double weights = 0;
  for (const Parameter& p : description_.parameters) weights += double(p.rows) * double(p.columns);
  return 6.0 * weights * double(batch);
}

template <class T>
int Network<T>::threads_for(long batch) const {
  size_t spans = 1;
  for (size_t i = description_.inputs.size(); i < tensors_.size(); i++) spans = std::max(spans, tensors_[i].spans.size());
  const double shares = std::min(operations(batch) / WORTH_SHARING, double(spans));
  return std::max(1, std::min(cores_, int(shares)));
}

template <class T>
void Network<T>::check_data(const Data<T>& data, long start, long stop, bool targets) const {
  if (start < 0 || stop < start) throw Wrong("the steps must be a range");
  if (data.batch < 1 || data.x.empty() || !data.order) throw Wrong("there must be rows");
  if (targets && !(description_.loss == Loss::sparse_categorical ? data.labels != nullptr
                                                                 : data.targets != nullptr))
    throw Wrong("there must be targets");
  for (long i = start * data.batch; i < stop * data.batch; i++)
    if (data.order[i] < 0 || data.order[i] >= data.rows) throw Wrong("the order names a row that is not there");
}

template <class T>
template <class F>
void Network<T>::own_spans(const Worker& w, const std::vector<Span>& spans, const F& f) const {
  for (size_t i = size_t(w.thread); i < spans.size(); i += size_t(w.threads)) f(spans[i], i);
}

// f(offset, count) over the elements of the columns that a thread owns, in long pieces.
template <class T>
template <class F>
void Network<T>::own_elements(const Worker& w, const Tensor& tensor, const F& f) const {
  if (w.threads == 1) return f(0, w.rows * tensor.ld);
  own_spans(w, tensor.spans, [&](const Span& span, size_t) {
    for (long b = 0; b < w.rows; b++) f(b * tensor.ld + span.first, span.width);
  });
}

template <class T>
void Network<T>::copy_row(const Data<T>& data, size_t input, long row, T* to) const {
  const long width = tensors_[input].width;
  const void* x = data.x[input].values;
  const auto copy = [&](const auto* from) {
    for (long c = 0; c < width; c++) to[c] = T(from[row * width + c]);
  };
  switch (data.x[input].type) {
    case Type::float32: copy(static_cast<const float*>(x)); break;
    case Type::float64: copy(static_cast<const double*>(x)); break;
    case Type::uint8: copy(static_cast<const std::uint8_t*>(x)); break;
    case Type::int32: copy(static_cast<const std::int32_t*>(x)); break;
  }
}

template <class T>
void Network<T>::gather(const Worker& w, const Data<T>& data) {
  for (size_t i = 0; i < data.x.size(); i++)
    for (long b = w.rows * w.thread / w.threads; b < w.rows * (w.thread + 1) / w.threads; b++)
      copy_row(data, i, w.order[b], tensors_[i].values.get() + b * tensors_[i].ld);
  w.barrier->wait();
}

// The prediction of what the last layer returned for one row.
template <class T>
void Network<T>::link(const T* z, T* y) const {
  const long width = last().width;
  const Link kind = description_.linked_outputs ? description_.link : Link::none;
  if (kind == Link::softmax) kernels_.softmax(z, y, width);
  else if (kind == Link::sigmoid) kernels_.activate({Activation::sigmoid}, z, y, width);
  else std::memcpy(y, z, size_t(width) * sizeof(T));
}

template <class T>
void Network<T>::forward(const Worker& w, const Data<T>& data) {
  gather(w, data);
  for (size_t i = 0; i < layers_.size(); i++) {
    const Operation& op = description_.operations[i];
    Layer& layer = layers_[i];
    const Tensor &in = tensors_[size_t(layer.in)], &out = tensors_[size_t(layer.out)];
    switch (op.kind) {
      case Kind::dense:
        if (i > 0) w.barrier->wait();
        dense_forward(w, op, layer);
        break;
      case Kind::activation:
        own_elements(w, out, [&](long at, long count) {
          kernels_.activate(curve_of(op), in.values.get() + at, out.values.get() + at, count);
        });
        break;
      case Kind::prelu: prelu_forward(w, op, layer); break;
      case Kind::add:
      case Kind::multiply: merge_forward(w, op, layer); break;
      case Kind::concatenate: concatenate_forward(w, layer); break;
      case Kind::rescale:
      case Kind::standardise: rescale_forward(w, op, layer); break;
      case Kind::dropout:
      case Kind::alpha_dropout:
      case Kind::gaussian_dropout:
      case Kind::gaussian_noise: drop_forward(w, op, layer); break;
      case Kind::batch_norm: norm_forward(w, op, layer); break;
      case Kind::layer_norm:
      case Kind::rms_norm: row_norm_forward(w, op, layer); break;
      case Kind::unit_norm:
      case Kind::softmax:
      case Kind::log_softmax: row_forward(w, op, layer); break;
      case Kind::activity: activity_forward(w, op, layer); break;
    }
  }
  w.barrier->wait();
}

// One barrier a layer: the update of a layer's weights waits for the next barrier, when no thread
// reads them any more.
template <class T>
void Network<T>::backward(const Worker& w) {
  int pending = -1;
  const auto settle = [&] {
    w.barrier->wait();
    if (pending >= 0) dense_update(w, description_.operations[size_t(pending)], layers_[size_t(pending)]);
    pending = -1;
  };
  for (int i = int(layers_.size()) - 1; i >= 0; i--) {
    const Operation& op = description_.operations[size_t(i)];
    Layer& layer = layers_[size_t(i)];
    const Tensor &in = tensors_[size_t(layer.in)], &out = tensors_[size_t(layer.out)];
    switch (op.kind) {
      case Kind::dense:
        dense_backward(w, op, layer);  // its first half: the gradient, transposed
        settle();
        if (layer.backward) {
          for (long q = 0; q * BLOCK < w.rows; q++) {
            const long samples = std::min(BLOCK, w.rows - q * BLOCK);
            const auto& panels = stores_[size_t(op.parameters[0])].panels;
            own_spans(w, in.spans, [&](const Span& span, size_t) {
              T* scratch = layer.scratch.get() + span.first * BLOCK;
              kernels_.backward(panels.data(), long(panels.size()), span.first, span.used,
                                layer.transposed.get() + q * padded(out.width) * BLOCK, samples, scratch);
              kernels_.from_columns(scratch, samples, span.used,
                                    derived(layer) + q * BLOCK * in.ld + span.first, in.ld);
            });
          }
        }
        pending = i;
        break;
      case Kind::activation:
        if (layer.backward) {
          const T* values = (needs_input(op.activation) ? in : out).values.get();
          own_elements(w, out, [&](long at, long count) {
            kernels_.derive(curve_of(op), values + at, out.gradient.get() + at,
                            derived(layer) + at, count);
          });
        }
        break;
      case Kind::prelu: prelu_backward(w, op, layer); break;
      case Kind::add:
      case Kind::multiply: merge_backward(w, op, layer); break;
      case Kind::concatenate: concatenate_backward(w, layer); break;
      case Kind::rescale:
      case Kind::standardise: rescale_backward(w, layer); break;
      case Kind::dropout:
      case Kind::alpha_dropout:
      case Kind::gaussian_dropout:
      case Kind::gaussian_noise: drop_backward(w, op, layer); break;
      case Kind::batch_norm: norm_backward(w, op, layer); break;
      case Kind::layer_norm:
      case Kind::rms_norm: row_norm_backward(w, op, layer); break;
      case Kind::unit_norm:
      case Kind::softmax:
      case Kind::log_softmax: row_backward(w, op, layer); break;
      case Kind::activity: activity_backward(w, op, layer); break;
    }
    const bool merges = op.kind == Kind::add || op.kind == Kind::multiply || op.kind == Kind::concatenate;
    if (layer.shares && !merges)
      own_elements(w, in, [&](long at, long count) {
        give(layer.sources[0], at, layer.share.get() + at, count);
      });
  }
  settle();
  if (whole_gradients() && !w.keep_gradients) apply_kept(w);
}

// Runs work(thread, threads, barrier, piece) over all steps, on as many threads as pay.
template <class T>
template <class Work>
void Network<T>::run(Crew& crew, long batch, long start, long stop, const Work& work) {
  const auto share = [&](int wanted, int cores, Piece& piece) {
    side_by_side(wanted, cores, [&](int thread, int threads, Barrier& barrier) {
      work(thread, threads, barrier, piece);
    });
  };
  if (threads > 0) {
    Piece whole(start, stop);
    return share(threads, std::numeric_limits<int>::max() / 2, whole);
  }
  crew.work(threads_for(batch), operations(batch) / USUAL_SPEED, start, stop,
            [&](int most, Piece& piece) { share(most, cores_, piece); });
}

// The seeds as Keras leaves them behind steps.
template <class T>
void Network<T>::advance_seeds(long steps, bool training) {
  for (const Operation& op : description_.operations)
    if (draws(op.kind) && (training || op.always)) seeds[size_t(op.seed)][1] += std::uint32_t(steps);
}

template <class T>
void Network<T>::train(const Data<T>& data, const float* rates, const float* momenta, long start, long stop,
                       float* losses, const Noted<T>& noted) {
  check_data(data, start, stop, true);
  make_room(data.batch);
  const auto iterations_before = iterations;
  T product_so_far = u_product;
  run(training_crew_, data.batch, start, stop,
      [&](int thread, int threads, Barrier& barrier, Piece& piece) {
    Worker w(thread, threads, &barrier);
    w.training = true;
    w.measure_gradients = noted.norms != nullptr;
    w.rows = data.batch;
    T product = product_so_far;
    for (long step = piece.from; step < piece.to && !piece.late(); step++) {
      w.order = data.order + step * data.batch;
      w.step = step - start;
      if (noted.predictions) w.predictions = noted.predictions + w.step * data.batch * outputs();
      begin_step(w, iterations_before + w.step, T(rates[step]), momenta ? momenta + step : nullptr, product);
      forward(w, data);
      loss_rows(w, data);
      w.barrier->wait();
      backward(w);
      piece.look(thread, step);
      w.barrier->wait();
      if (thread == 0) losses[step - start] = float(tally(w, data, penalty()));
      if (thread == 0 && noted.norms) noted.norms[step - start] = float(gradient_norm());
    }
    w.barrier->wait();  // every thread has read the product
    if (thread == 0) product_so_far = product;
  });
  u_product = product_so_far;
  iterations = iterations_before + (stop - start);
  advance_seeds(stop - start, true);
}

template <class T>
void Network<T>::evaluate(const Data<T>& data, long start, long stop, const Noted<T>& noted) {
  check_data(data, start, stop, true);
  make_room(data.batch);
  run(testing_crew_, data.batch, start, stop,
      [&](int thread, int threads, Barrier& barrier, Piece& piece) {
    Worker w(thread, threads, &barrier);
    w.rows = data.batch;
    penalties_now(w);
    for (long step = piece.from; step < piece.to && !piece.late(); step++) {
      w.order = data.order + step * data.batch;
      w.step = step - start;
      if (noted.predictions) w.predictions = noted.predictions + w.step * data.batch * outputs();
      forward(w, data);
      loss_rows(w, data);
      piece.look(thread, step);
      w.barrier->wait();
      if (thread == 0) tally(w, data, penalty());
    }
  });
  advance_seeds(stop - start, false);
}

template <class T>
void Network<T>::predict(const Data<T>& data, long start, long stop, T* outputs) {
  check_data(data, start, stop, false);
  make_room(data.batch);
  const Tensor& last = this->last();
  run(predicting_crew_, data.batch, start, stop,
      [&](int thread, int threads, Barrier& barrier, Piece& piece) {
    Worker w(thread, threads, &barrier);
    w.rows = data.batch;
    for (long step = piece.from; step < piece.to && !piece.late(); step++) {
      w.order = data.order + step * data.batch;
      w.step = step - start;
      forward(w, data);
      for (long b = w.rows * thread / threads; b < w.rows * (thread + 1) / threads; b++)
        link(last.values.get() + b * last.ld, outputs + (step * data.batch + b) * last.width);
      piece.look(thread, step);
      w.barrier->wait();
    }
  });
  advance_seeds(stop - start, false);
}

template <class T>
double Network<T>::gradients(const Data<T>& data, long step, const std::vector<T*>& out) {
  check_data(data, step, step + 1, true);
  if (!whole_gradients()) throw Wrong("gradients are kept only where norms are clipped");
  make_room(data.batch);
  Barrier barrier(1);
  Worker w(0, 1, &barrier);
  w.training = w.keep_gradients = true;
  w.rows = data.batch;
  w.order = data.order + step * data.batch;
  forward(w, data);
  loss_rows(w, data);
  backward(w);
  for (size_t i = 0; i < out.size() && i < stores_.size(); i++) {
    const Store& s = stores_[i];
    const Parameter& p = description_.parameters[i];
    if (!p.trainable || !out[i]) continue;
    for (size_t j = 0; j < s.panels.size(); j++)
      for (long r = 0; r < p.rows; r++)
        std::memcpy(out[i] + r * p.columns + s.panels[j].first,
                    s.gradient.get() + s.offsets[j] + r * s.panels[j].width,
                    size_t(s.panels[j].used) * sizeof(T));
  }
  return tally(w, data, penalty());
}

template class Network<float>;
template class Network<double>;

}  // namespace epochal
