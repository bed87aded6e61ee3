// A feed-forward chain and its training: state in by `load`, out by `store`, steps in between.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "description.h"
#include "kernels.h"
#include "threads.h"

namespace epochal {

// Zeroed memory on a cache line's boundary.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(long count)
      : data_(static_cast<T*>(::operator new(bytes(count), std::align_val_t(64)))) {
    for (long i = 0; i < count; i++) data_.get()[i] = T(0);
  }
  T* get() const { return data_.get(); }
  T& operator[](long i) const { return data_.get()[i]; }

 private:
  static size_t bytes(long count) { return size_t(count > 0 ? count : 1) * sizeof(T); }
  struct Free {
    void operator()(T* p) const { ::operator delete(p, std::align_val_t(64)); }
  };
  std::unique_ptr<T, Free> data_;
};

enum class Type : int { float32, float64, uint8, int32 };

// Arrays of the caller's: rows of x, of the targets (labels or values), and of the weights.
template <class T>
struct Data {
  struct Rows {
    const void* values;
    Type type;
  };
  std::vector<Rows> x;  // of each input
  long rows = 0;
  const std::int32_t* labels = nullptr;
  const T* targets = nullptr;  // (rows, outputs)
  const T* weights = nullptr;  // (rows,)
  const std::int32_t* order = nullptr;
  long batch = 0;  // rows of each batch in `order`
};

// What the random numbers of samples depend on.
struct Draws {
  std::uint32_t first = 0;  // the number of the first row
  long samples = 0;
  std::vector<std::array<std::uint32_t, 2>> keys;  // of each dropout, in the order of the layers
};

// What is written down of each step of a stretch beside its loss, where somebody asks for it.
template <class T>
struct Noted {
  T* predictions = nullptr;  // (steps, batch, outputs)
  float* norms = nullptr;    // (steps,) of the whole gradient, before it is clipped
};

template <class T>
class Network {
 public:
  Network(Description description, const Kernels<T>& kernels, int cores);

  long outputs() const { return last().width; }
  const Description& description() const { return description_; }

  // Row-major values of a parameter (slot -1) or of one of its optimiser's slots.
  void load(int parameter, int slot, const T* values);
  void store(int parameter, int slot, T* values) const;

  int threads = 0;  // exactly so many; 0 for as many as pay
  std::int64_t iterations = 0;
  T u_product = 1;
  std::vector<std::array<std::uint32_t, 2>> seeds;
  std::vector<std::array<T, 2>> totals;  // of the loss, then of the metrics: sum and count

  // With `momenta`, each step's own takes the place of the description's momentum or beta1.
  void train(const Data<T>& data, const float* rates, const float* momenta, long start, long stop, float* losses,
             const Noted<T>& noted = {});
  void evaluate(const Data<T>& data, long start, long stop, const Noted<T>& noted = {});
  void predict(const Data<T>& data, long start, long stop, T* outputs);
  // The outputs (samples, rows, outputs) of all rows with dropout on, whatever the order says.
  // Row r draws in sample s what the keys plus (first + r, s) say.
  void sample(const Data<T>& data, const Draws& draws, T* outputs);
  // The gradients of one batch, row-major, for tests: as `train` has them before the optimiser.
  double gradients(const Data<T>& data, long step, const std::vector<T*>& out);

 private:
  struct Span {
    long first, width, used;
  };
  struct Tensor {
    long width, ld;
    std::vector<Span> spans;
    Buffer<T> values, gradient;
  };
  struct Store {
    std::vector<Panel<T>> panels;                // of the values
    Buffer<T> values, gradient;
    std::vector<Buffer<T>> slots;
    std::vector<long> offsets;                   // of each panel in all of these
    std::vector<double> penalties;               // of each panel
    std::vector<double> squares, measured;       // of its gradient: before clipping, as it came
  };
  struct Source {
    int tensor;
    bool backward, shares;  // as in a layer
  };
  struct Layer {
    int in, out;           // tensors: its (first) input and its output
    bool backward;         // whether its (first) input's gradient is needed
    bool shares = false;   // whether that gradient is added to what other layers gave
    std::vector<Source> sources;  // its inputs
    Buffer<T> share;       // the gradient before it is added
    Buffer<T> transposed;  // dense: the gradient of its output; else a mask or normalised values
    Buffer<T> scratch;     // dense: the transposed gradient of its input
    Buffer<T> statistics;  // normalisations: mean, 1 / deviation
    Buffer<T> factor, offset;  // rescaling: of each column
    std::vector<double> penalties;  // activity: of each span
  };
  struct Worker {
    Worker(int thread, int threads, Barrier* barrier) : thread(thread), threads(threads), barrier(barrier) {}
    const int thread, threads;
    Barrier* const barrier;
    long rows = 0;
    const std::int32_t* order = nullptr;
    Rule<T> rule;
    long step = 0;  // of this stretch
    bool updating = true;  // false while gradients are only accumulated
    bool overwriting = false;
    T average_momentum = 0;
    bool training = false, keep_gradients = false, measure_gradients = false;
    T* predictions = nullptr;  // room for those of this step
  };

  class Sampler;

  const Tensor& last() const { return tensors_[size_t(layers_.back().out)]; }
  // Where a layer puts the gradient of its input.
  T* derived(const Layer& layer) const {
    return layer.shares ? layer.share.get() : tensors_[size_t(layer.in)].gradient.get();
  }
  void add_stores();
  void add_layers();
  void make_room(long batch);
  void advance_seeds(long steps, bool training);
  static std::vector<Span> spans_of(long width);
  double operations(long batch) const;
  int threads_for(long batch) const;
  template <class Work>
  void run(Crew& crew, long batch, long start, long stop, const Work& work);
  void check_data(const Data<T>& data, long start, long stop, bool targets) const;

  const T* values_of(int parameter) const {
    return parameter < 0 ? nullptr : stores_[size_t(parameter)].values.get();
  }
  void copy_row(const Data<T>& data, size_t input, long row, T* to) const;
  void link(const T* z, T* y) const;
  void gather(const Worker& w, const Data<T>& data);
  void forward(const Worker& w, const Data<T>& data);
  void backward(const Worker& w);
  void loss_rows(const Worker& w, const Data<T>& data);
  double row_loss(const T* z, T* p, T* dz, const Data<T>& data, long row, T scale) const;
  T measure(const Metric& metric, const T* p, const Data<T>& data, long row) const;
  double tally(const Worker& w, const Data<T>& data, double penalty);
  double penalty() const;
  void penalties_now(const Worker& w);
  Rule<T> rule_at(std::int64_t iteration, T rate, const float* momentum, T& product) const;

  void dense_forward(const Worker& w, const Operation& op, Layer& layer);
  void dense_backward(const Worker& w, const Operation& op, Layer& layer);
  void dense_update(const Worker& w, const Operation& op, const Layer& layer);
  void norm_forward(const Worker& w, const Operation& op, Layer& layer);
  void norm_backward(const Worker& w, const Operation& op, Layer& layer);
  T normalise_row(const Operation& op, const T* x, long width, T* normal, T* y) const;
  T map_row(const Operation& op, const T* x, long width, T* y) const;
  void draw(const Operation& op, const T* x, T* y, T* mask, long count, unsigned first, unsigned word0,
            unsigned word1) const;
  void row_norm_forward(const Worker& w, const Operation& op, Layer& layer);
  void row_norm_backward(const Worker& w, const Operation& op, Layer& layer);
  static Curve<T> curve_of(const Operation& op) {
    return {op.activation, T(op.number), T(op.largest), T(op.threshold)};
  }
  void row_forward(const Worker& w, const Operation& op, Layer& layer);
  void row_backward(const Worker& w, const Operation& op, Layer& layer);
  void merge_forward(const Worker& w, const Operation& op, Layer& layer);
  void merge_backward(const Worker& w, const Operation& op, Layer& layer);
  void concatenate_forward(const Worker& w, Layer& layer);
  void concatenate_backward(const Worker& w, Layer& layer);
  void give(const Source& to, long at, const T* gradient, long count);
  void drop_forward(const Worker& w, const Operation& op, Layer& layer);
  void drop_backward(const Worker& w, const Operation& op, Layer& layer);
  void rescale_forward(const Worker& w, const Operation& op, Layer& layer);
  void rescale_backward(const Worker& w, Layer& layer);
  void prelu_forward(const Worker& w, const Operation& op, Layer& layer);
  void prelu_backward(const Worker& w, const Operation& op, Layer& layer);
  double gradient_norm() const;
  void take(const Worker& w, int parameter, long panel, long offset, T* gradient, long count);
  void learn(const Worker& w, int parameter, long panel, T* gradient, long count);
  void finish(const Worker& w, int parameter, long panel, long offset, T* gradient, long count);
  void average(const Worker& w, T* values, T* averages, long count) const;
  void activity_forward(const Worker& w, const Operation& op, Layer& layer);
  void activity_backward(const Worker& w, const Operation& op, Layer& layer);
  void begin_step(Worker& w, std::int64_t iteration, T rate, const float* momentum, T& product) const;
  void constrain(int parameter, long panel);
  void apply_kept(const Worker& w);
  bool plain_sgd(const Worker& w, const Parameter& p) const;
  bool whole_gradients() const;
  template <class F>
  void own_elements(const Worker& w, const Tensor& tensor, const F& f) const;
  template <class F>
  void own_rows(const Worker& w, const F& f) const;
  template <class F>
  void own_spans(const Worker& w, const std::vector<Span>& spans, const F& f) const;

  const Description description_;
  const Kernels<T>& kernels_;
  const int cores_;
  std::vector<Tensor> tensors_;
  std::vector<Layer> layers_;
  std::vector<Store> stores_;
  Buffer<T> predictions_;
  std::vector<double> row_losses_;
  std::vector<T> row_measures_, row_weights_;
  long capacity_ = 0;
  Crew training_crew_, testing_crew_, predicting_crew_;  // a step takes its own time in each
};

extern template class Network<float>;
extern template class Network<double>;

}  // namespace epochal
