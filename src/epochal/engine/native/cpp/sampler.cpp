// Threads share the rows. What lies before the first random layer is computed once a row; then a
// row's samples go through the layers side by side, as the lanes of a batch. Where a dense layer
// follows a dropout that comes first, its input differs between samples in what is dropped alone:
// the product with the whole row is computed once, and each sample takes from it what was dropped.
#include "sampler.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "layers/dense.h"
#include "layers/random.h"
#include "threads.h"

namespace epochal {
namespace {

constexpr long UNIT = 16;            // rows that a thread takes at a time
constexpr long LANES = 48;           // most samples that go through the layers side by side
constexpr long ELEMENTS = 1L << 17;  // of the widest layer, for all of them: they fit into a cache

// Lists of columns and values, one beside the other.
template <class T>
struct Lists {
  Lists() = default;
  Lists(long count, long columns)
      : room(columns), places(count * columns), values(count * columns) {}

  int* places_of(long list) const { return places.get() + list * room; }
  T* values_of(long list) const { return values.get() + list * room; }

  long room = 0;
  Buffer<int> places;
  Buffer<T> values;
};

// One thread's rows and lanes.
template <class T>
class Sampler {
 public:
  Sampler(const SampledNetwork<T>& network, const Data<T>& data, const SampleKeys& keys,
          T* outputs);

  // All samples of the rows `from` to `to`, at most UNIT of them.
  void run(long from, long to);

 private:
  void apply(size_t i, long count, T*& x, T*& y);
  void draw(const RandomLayer<T>& layer, size_t number, long from, long lane, long count, T*& x,
            T*& y);
  void follow(long from, long lane, long count, const T* start);
  void emit(long from, long lane, long count, const T* z) const;
  DrawKey key(size_t number, long from, long lane) const;

  // Whether what is dropped is listed, and taken away, or what is kept: the shorter list.
  bool lists_kept() const { return dropout_->rate() > 0.5; }
  void begin_lists(long count, const T* x, T* y);
  void gather_lists(long from, long lane, long count, const T* start, T* x);

  const SampledNetwork<T>& network_;
  const Data<T>& data_;
  const SampleKeys& keys_;
  T* const outputs_;
  std::vector<const RandomLayer<T>*> random_;  // of each layer; null where it draws nothing
  size_t first_ = 0;                           // the first layer that draws
  long most_lanes_ = LANES;
  // A dropout that comes first, and a dense layer behind it; null where there are none.
  const DropoutLayer<T>* dropout_ = nullptr;
  const DenseLayer<T>* dense_ = nullptr;
  Buffer<T> rows_[2], lanes_[2], scratch_;
  Lists<T> listed_, chosen_;  // of each row: what is not zero; of each lane: what is dropped
  long listed_counts_[UNIT] = {};
};

template <class T>
Sampler<T>::Sampler(const SampledNetwork<T>& network, const Data<T>& data, const SampleKeys& keys,
                    T* outputs)
    : network_(network), data_(data), keys_(keys), outputs_(outputs) {
  const auto& layers = network.layers;
  long widest = layers[0]->in().ld;
  for (const auto& layer : layers) {
    widest = std::max(widest, layer->out().ld);
    random_.push_back(dynamic_cast<const RandomLayer<T>*>(layer.get()));
  }
  while (first_ < layers.size() && !random_[first_]) first_++;
  for (auto& buffer : rows_) buffer = Buffer<T>(UNIT * widest + LANE);
  most_lanes_ = std::clamp(ELEMENTS / widest, 1L, LANES);
  for (auto& buffer : lanes_) buffer = Buffer<T>(most_lanes_ * widest + LANE);
  scratch_ = Buffer<T>((std::max(UNIT, most_lanes_) + 1) * widest);
  if (first_ + 1 >= layers.size()) return;
  dense_ = dynamic_cast<const DenseLayer<T>*>(layers[first_ + 1].get());
  dropout_ = dense_ ? dynamic_cast<const DropoutLayer<T>*>(layers[first_].get()) : nullptr;
  if (!dropout_) return;
  const long room = padded(layers[first_]->in().width) + LANE;
  listed_ = Lists<T>(UNIT, room);
  chosen_ = Lists<T>(LANES, room);
}

template <class T>
void Sampler<T>::run(long from, long to) {
  T *x = rows_[0].get(), *y = rows_[1].get();
  const long ld = network_.layers[0]->in().ld;
  for (long row = from; row < to; row++) data_.copy_row(0, row, x + (row - from) * ld);
  for (size_t i = 0; i < first_; i++) apply(i, to - from, x, y);
  if (dropout_) begin_lists(to - from, x, y);
  const long lanes = (to - from) * keys_.samples;
  for (long lane = 0; lane < lanes; lane += most_lanes_)
    follow(from, lane, std::min(most_lanes_, lanes - lane), dropout_ ? y : x);
}

// One layer that draws nothing, on `count` rows of x; y is room for its result, which is x
// afterwards.
template <class T>
void Sampler<T>::apply(size_t i, long count, T*& x, T*& y) {
  const Layer<T>& layer = *network_.layers[i];
  if (layer.can_overwrite_input()) return layer.infer(x, x, count, scratch_.get());
  layer.infer(x, y, count, scratch_.get());
  std::swap(x, y);
}

// Of each row: what of it is not zero, and in y what its samples start from.
template <class T>
void Sampler<T>::begin_lists(long count, const T* x, T* y) {
  const Tensor<T>&in = dropout_->in(), &out = dense_->out();
  const T* bias = dense_->bias();
  const bool kept = lists_kept();
  const T scale = dropout_->scale();
  if (!kept) dense_->multiply(x, y, count, nullptr);
  for (long b = 0; b < count; b++) {
    for (long c = 0; c < padded(out.width); c++)
      y[b * out.ld + c] = (kept ? T(0) : y[b * out.ld + c] * scale) + (bias ? bias[c] : T(0));
    long listed = 0;
    for (long c = 0; c < in.width; c++) {
      const T value = x[b * in.ld + c];
      listed_.places_of(b)[listed] = int(c);
      listed_.values_of(b)[listed] = kept ? value * scale : -value * scale;
      listed += value != T(0);
    }
    listed_counts_[b] = listed;
  }
}

// Lanes `lane` and on, `count` of them, from the first draw to the outputs.
template <class T>
void Sampler<T>::follow(long from, long lane, long count, const T* start) {
  T *x = lanes_[0].get(), *y = lanes_[1].get();
  size_t i = first_, drawn = 0;
  if (dropout_) {
    gather_lists(from, lane, count, start, x);
    i += 2;
    drawn++;
  } else {
    const long ld =
        i < network_.layers.size() ? network_.layers[i]->in().ld : network_.layers.back()->out().ld;
    for (long l = 0; l < count; l++)
      std::memcpy(x + l * ld, start + (lane + l) / keys_.samples * ld, size_t(ld) * sizeof(T));
  }
  for (; i < network_.layers.size(); i++)
    if (random_[i])
      draw(*random_[i], drawn++, from, lane, count, x, y);
    else
      apply(i, count, x, y);
  emit(from, lane, count, x);
}

template <class T>
DrawKey Sampler<T>::key(size_t number, long from, long lane) const {
  const Seed& words = keys_.words[number];
  return {.word0 = words[0] + keys_.first + unsigned(from + lane / keys_.samples),
          .word1 = words[1] + unsigned(lane % keys_.samples)};
}

template <class T>
void Sampler<T>::gather_lists(long from, long lane, long count, const T* start, T* x) {
  const Tensor<T>& out = dense_->out();
  const unsigned lowest_kept = dropout_->lowest_kept();
  long counts[LANES];
  for (long l = 0; l < count; l++) {
    const long row = (lane + l) / keys_.samples;
    const DrawKey k = key(0, from, lane + l);
    counts[l] = network_.kernels.select_dropped(
        listed_.places_of(row), listed_.values_of(row), listed_counts_[row], k.word0, k.word1,
        lowest_kept, lists_kept(), chosen_.places_of(l), chosen_.values_of(l));
  }
  for (const Panel<T>& panel : dense_->panels())
    for (long l = 0; l < count; l++)
      network_.kernels.gather_rows(
          panel.weights, panel.width, chosen_.places_of(l), chosen_.values_of(l), counts[l],
          start + (lane + l) / keys_.samples * out.ld + panel.first, x + l * out.ld + panel.first);
}

template <class T>
void Sampler<T>::draw(const RandomLayer<T>& layer, size_t number, long from, long lane, long count,
                      T*& x, T*& y) {
  const Tensor<T>& in = layer.in();
  for (long l = 0; l < count; l++)
    layer.draw(x + l * in.ld, y + l * in.ld, scratch_.get(), in.width, 0,
               key(number, from, lane + l));
  std::swap(x, y);
}

template <class T>
void Sampler<T>::emit(long from, long lane, long count, const T* z) const {
  const Tensor<T>& last = network_.layers.back()->out();
  for (long l = 0; l < count; l++) {
    const long row = from + (lane + l) / keys_.samples, sample = (lane + l) % keys_.samples;
    network_.loss.predict_row(z + l * last.ld, outputs_ + (sample * data_.rows + row) * last.width);
  }
}

}  // namespace

template <class T>
void draw_samples(const SampledNetwork<T>& network, const Data<T>& data, const SampleKeys& keys,
                  int threads, int cores, T* outputs) {
  const long units = (data.rows + UNIT - 1) / UNIT;
  const int wanted = int(std::min(long(threads), units));
  // Where memory is short, it is said before the work begins.
  std::vector<std::unique_ptr<Sampler<T>>> samplers;
  for (int left = threads_left(wanted, cores); left > 0; left--)
    samplers.push_back(std::make_unique<Sampler<T>>(network, data, keys, outputs));
  std::atomic<long> next{0};
  side_by_side(int(samplers.size()), cores, [&](int thread, int, Barrier&) {
    for (long unit = next++; unit < units; unit = next++)
      samplers[size_t(thread)]->run(unit * UNIT, std::min((unit + 1) * UNIT, data.rows));
  });
}

template void draw_samples(const SampledNetwork<float>&, const Data<float>&, const SampleKeys&, int,
                           int, float*);
template void draw_samples(const SampledNetwork<double>&, const Data<double>&, const SampleKeys&,
                           int, int, double*);

}  // namespace epochal
