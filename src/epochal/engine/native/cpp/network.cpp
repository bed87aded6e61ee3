#include "network.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "passes.h"
#include "pieces.h"

namespace epochal {
namespace {

constexpr double WORTH_SHARING = 2e6;  // operations a step for each thread that joins in
constexpr double USUAL_SPEED = 1e11;   // operations a second of a core, until it is measured

GraphSpec checked(GraphSpec spec) {
  check(spec);
  return spec;
}

template <class T>
std::vector<const RandomLayer<T>*> random_layers_of(const Layout<T>& layout) {
  std::vector<const RandomLayer<T>*> found;
  for (const auto& layer : layout.layers)
    if (const auto* random = dynamic_cast<const RandomLayer<T>*>(layer.get()))
      found.push_back(random);
  return found;
}

}  // namespace

template <class T>
Network<T>::Network(GraphSpec spec, const Kernels<T>& kernels, int cores)
    : spec_(checked(std::move(spec))),
      kernels_(kernels),
      cores_(std::max(cores, 1)),
      layout_(lay_out<T>({.graph = spec_, .kernels = kernels_, .optimizer = optimizer_})),
      operations_(layout_.operations()),
      optimizer_(spec_, kernels_),
      metrics_(spec_.metrics, last().width),
      loss_(spec_.loss, last().width, kernels_),
      random_layers_(random_layers_of(layout_)) {
  seeds.resize(size_t(spec_.seeds));
}

template <class T>
int Network<T>::useful_threads(long rows) const {
  const double worth = operations_ * double(rows) / WORTH_SHARING;
  return std::max(1, std::min(cores_, int(std::min(worth, double(layout_.parts(rows))))));
}

template <class T>
void Network<T>::check_targets(const Data<T>& data) const {
  if (loss_.of_labels() ? data.labels == nullptr : data.targets == nullptr)
    throw std::invalid_argument("there must be targets");
}

template <class T>
void Network<T>::reserve(long batch, long at_once) {
  if (at_once > room_at_once_) {
    for (Tensor<T>& tensor : layout_.tensors) tensor.reserve(at_once);
    for (const auto& layer : layout_.layers) layer->reserve(at_once);
    loss_.reserve_rows(at_once, last().ld);
    room_at_once_ = at_once;
  }
  if (batch <= room_) return;
  loss_.reserve_batch(batch);
  metrics_.reserve(batch);
  room_ = batch;
}

// What layers make of weights that stay as they are, while nothing is trained.
template <class T>
void Network<T>::prepare() {
  if (prepared_) return;
  Barrier barrier(1);
  const Step<T> step(Worker{.thread = 0, .threads = 1, .barrier = &barrier});
  for (const auto& layer : layout_.layers) layer->prepare(step);
  prepared_ = true;
}

template <class T>
void Network<T>::gather(const Step<T>& step, const Data<T>& data) {
  for (size_t i = 0; i < data.x.size(); i++) {
    const Tensor<T>& input = layout_.tensors[i];
    step.own_rows(step.rows, [&](long b) {
      data.copy_row(i, step.order[b], input.values.get() + b * input.ld);
    });
  }
  step.wait();
}

template <class T>
void Network<T>::forward(Step<T>& step, const Data<T>& data) {
  if (step.training)
    for (const auto& layer : layout_.layers) layer->prepare(step);
  gather(step, data);
  pass_forward(layout_, step);
}

template <class T>
void Network<T>::backward(Step<T>& step) {
  pass_backward(layout_, step);
  if (spec_.optimizer.clips_norms() && !step.update.keeps_gradients)
    optimizer_.apply_clipped(step, step.update);
}

template <class T>
double Network<T>::penalty() const {
  double sum = 0;
  for (const Weights<T>& weights : optimizer_.weights())
    for (const double part : weights.penalties) sum += part;
  for (const auto& layer : layout_.layers)
    for (const double part : layer->penalties()) sum += part;
  return sum;
}

template <class T>
double Network<T>::finish(long rows) {
  const double loss = loss_.total(rows, penalty());
  metrics_.sum_metrics(rows, loss);
  return loss;
}

template <class T>
void Network<T>::advance_seeds(long steps, bool training) {
  for (const RandomLayer<T>* layer : random_layers_)
    if (layer->draws(training)) seeds[layer->seed()][1] += std::uint32_t(steps);
}

template <class T>
template <class Work>
void Network<T>::run(AdaptiveThreads& adaptive, long rows, long at_once, long start, long stop,
                     const Work& work) {
  const auto share = [&](int wanted, int cores, Chunk& chunk) {
    side_by_side(wanted, cores, [&](int thread, int threads, Barrier& barrier) {
      work(Worker{.thread = thread, .threads = threads, .barrier = &barrier}, chunk);
    });
  };
  if (threads > 0) {
    Chunk whole(start, stop);
    return share(threads, std::numeric_limits<int>::max() / 2, whole);
  }
  adaptive.work(useful_threads(at_once), operations_ * double(rows) / USUAL_SPEED, start, stop,
                [&](int most, Chunk& chunk) { share(most, cores_, chunk); });
}

template <class T>
Step<T> Network<T>::begin(const Worker& worker, const Data<T>& data) const {
  Step<T> step(worker);
  step.rows = data.batch;
  step.seeds = &seeds;
  return step;
}

template <class T>
void Network<T>::move_to(Step<T>& step, const Data<T>& data, long number, long start,
                         const StepOutputs<T>& outputs) const {
  step.order = data.order + number * data.batch;
  step.number = number - start;
  if (outputs.predictions)
    step.predictions = outputs.predictions + step.number * data.batch * this->outputs();
}

template <class T>
void Network<T>::train(const Data<T>& data, const Rates& rates, long start, long stop,
                       float* losses, const StepOutputs<T>& outputs) {
  data.check(start, stop);
  check_targets(data);
  reserve(data.batch, data.batch);
  prepared_ = false;
  const auto before = iterations;
  T product_so_far = u_product;
  const auto work = [&](const Worker& worker, Chunk& chunk) {
    Step<T> step = begin(worker, data);
    step.training = true;
    T product = product_so_far;
    for (long number = chunk.from; number < chunk.to && !chunk.late(); number++) {
      move_to(step, data, number, start, outputs);
      if (number + 1 < stop) step.look_ahead(data);
      step.update =
          optimizer_.begin_step(before + step.number, T(rates.rates[number]),
                                rates.momenta ? rates.momenta + number : nullptr, product);
      step.update.measures_gradients = outputs.norms != nullptr;
      forward(step, data);
      loss_.compute_rows(step, data, last(), metrics_);
      step.wait();
      backward(step);
      chunk.look(worker.thread, number);
      step.wait();
      if (worker.thread != 0) continue;
      losses[step.number] = float(finish(step.rows));
      if (outputs.norms) outputs.norms[step.number] = float(optimizer_.gradient_norm());
    }
    step.wait();  // every thread has read the product
    if (worker.thread == 0) product_so_far = product;
  };
  run(training_threads_, data.batch, data.batch, start, stop, work);
  u_product = product_so_far;
  iterations = before + (stop - start);
  advance_seeds(stop - start, true);
}

template <class T>
void Network<T>::evaluate(const Data<T>& data, long start, long stop,
                          const StepOutputs<T>& outputs) {
  data.check(start, stop);
  check_targets(data);
  const long at_once = rows_at_once(spec_, layout_, Purpose::testing, data.batch, data.batch);
  reserve(data.batch, at_once);
  prepare();
  const auto work = [&](const Worker& worker, Chunk& chunk) {
    Step<T> step = begin(worker, data);
    if (worker.thread == 0) optimizer_.refresh_penalties();
    step.wait();
    for (long number = chunk.from; number < chunk.to && !chunk.late(); number++) {
      move_to(step, data, number, start, outputs);
      for (step.first = 0; step.first < data.batch; step.first += step.rows) {
        step.rows = std::min(at_once, data.batch - step.first);
        forward(step, data);
        loss_.compute_rows(step, data, last(), metrics_);
        step.order += step.rows;
      }
      chunk.look(worker.thread, number);
      step.wait();
      if (worker.thread == 0) finish(data.batch);
    }
  };
  run(testing_threads_, data.batch, at_once, start, stop, work);
  advance_seeds(stop - start, false);
}

template <class T>
void Network<T>::predict(const Data<T>& data, long start, long stop, T* outputs) {
  data.check(start, stop);
  const long from = start * data.batch, to = stop * data.batch;
  if (from == to) return;
  // A piece may hold several batches.
  const long at_once = rows_at_once(spec_, layout_, Purpose::predicting, data.batch, to - from);
  reserve(at_once, at_once);
  prepare();
  const Tensor<T>& last = this->last();
  const auto work = [&](const Worker& worker, Chunk& chunk) {
    Step<T> step = begin(worker, data);
    for (long piece = chunk.from; piece < chunk.to && !chunk.late(); piece++) {
      const long first = from + piece * at_once;
      step.number = piece;
      step.rows = std::min(at_once, to - first);
      step.order = data.order + first;
      forward(step, data);
      step.own_rows(step.rows, [&](long b) {
        loss_.predict_row(last.values.get() + b * last.ld, outputs + (first + b) * last.width);
      });
      chunk.look(worker.thread, piece);
      step.wait();
    }
  };
  run(predicting_threads_, at_once, at_once, 0, (to - from + at_once - 1) / at_once, work);
  advance_seeds(stop - start, false);
}

template <class T>
void Network<T>::sample(const Data<T>& data, const SampleKeys& keys, T* outputs) {
  for (size_t i = 0; i < spec_.operations.size(); i++)
    if (inputs_of(spec_, i) != std::vector<int>{int(i) - 1})
      throw std::invalid_argument("only a chain without branches is sampled");
  if (keys.words.size() != random_layers_.size())
    throw std::invalid_argument("there must be a key for each dropout");
  if (keys.samples < 1) throw std::invalid_argument("there must be samples");
  prepare();
  const int cores = threads > 0 ? std::numeric_limits<int>::max() / 2 : cores_;
  draw_samples<T>({.layers = layout_.layers, .loss = loss_, .kernels = kernels_}, data, keys,
                  threads > 0 ? threads : cores_, cores, outputs);
}

template <class T>
double Network<T>::gradients(const Data<T>& data, long number, const std::vector<T*>& out) {
  const FlushSubnormals flushing;
  data.check(number, number + 1);
  check_targets(data);
  if (!spec_.optimizer.clips_norms())
    throw std::invalid_argument("gradients are kept only where norms are clipped");
  reserve(data.batch, data.batch);
  Barrier barrier(1);
  Step<T> step = begin({.thread = 0, .threads = 1, .barrier = &barrier}, data);
  move_to(step, data, number, number, {});
  step.training = step.update.keeps_gradients = true;
  forward(step, data);
  loss_.compute_rows(step, data, last(), metrics_);
  backward(step);
  for (size_t i = 0; i < out.size() && i < optimizer_.weights().size(); i++)
    if (spec_.parameters[i].trainable && out[i]) optimizer_.weights()[i].store_gradient(out[i]);
  return finish(step.rows);
}

template class Network<float>;
template class Network<double>;

}  // namespace epochal
