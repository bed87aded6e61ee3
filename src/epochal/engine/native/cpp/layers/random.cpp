#include "layers/random.h"

#include <algorithm>
#include <cmath>

#include "layers/registry.h"

namespace epochal {
namespace {

// The smallest word that keeps an element, where words are uniform.
unsigned lowest_kept(double rate) {
  return unsigned(std::min(std::nearbyint(rate * 4294967296.0), 4294967295.0));
}

}  // namespace

template <class T>
void RandomLayer<T>::check_seed() const {
  if (this->operation().seed < 0 || this->operation().seed >= this->graph().seeds)
    throw InvalidGraph("graph: a seed is missing");
}

template <class T>
void RandomLayer<T>::reserve(long batch) {
  Layer<T>::reserve(batch);
  mask_ = Buffer<T>(batch * this->out().ld);
}

template <class T>
void RandomLayer<T>::forward(const Step<T>& step) {
  const Tensor<T>&in = this->in(), &out = this->out();
  if (!draws(step.training)) {
    step.own_elements(out, [&](long at, long count) {
      std::memcpy(out.values.get() + at, in.values.get() + at, size_t(count) * sizeof(T));
    });
    return;
  }
  const Seed& seed = (*step.seeds)[this->seed()];
  const DrawKey key{.word0 = seed[0], .word1 = seed[1] + unsigned(step.number)};
  step.own_pieces(out, [&](long b, const Span& span) {
    const long at = b * out.ld + span.first;
    draw(in.values.get() + at, out.values.get() + at, mask_.get() + at, span.used,
         unsigned(b * out.width + span.first), key);
  });
}

template <class T>
void RandomLayer<T>::backward(const Step<T>& step) {
  if (!this->needs_input_gradient()) return;
  const Tensor<T>& out = this->out();
  step.own_elements(out, [&](long at, long count) {
    this->kernels().multiply_elements(mask_.get() + at, out.gradient.get() + at,
                                      this->input_gradient() + at, count);
  });
}

namespace {

template <class T>
void check_rate(T rate) {
  if (!(rate > 0 && rate < 1)) throw InvalidGraph("graph: a dropout rate must lie between 0 and 1");
}

}  // namespace

template <class T>
long DropoutLayer<T>::check(const std::vector<long>& widths) const {
  this->check_seed();
  check_rate(rate());
  return this->only(widths);
}

template <class T>
unsigned DropoutLayer<T>::lowest_kept() const {
  return epochal::lowest_kept(rate());
}

template <class T>
void DropoutLayer<T>::draw(const T* x, T* y, T* mask, long count, unsigned first,
                           DrawKey key) const {
  this->kernels().dropout(x, y, mask, count, first, key.word0, key.word1, lowest_kept(), scale());
}

namespace {

// Whole channels of an image are dropped, or the whole image. Numbers: the rate, and `part`, which
// is the number of channels, or 1.
template <class T>
class SpatialDropoutLayer final : public RandomLayer<T> {
 public:
  using RandomLayer<T>::RandomLayer;

  long check(const std::vector<long>& widths) const override {
    this->check_seed();
    check_rate(this->operation().number);
    this->parts_of(this->only(widths));
    return widths[0];
  }
  Partition partition(const std::vector<Partition>&) const override { return Partition::rows; }

  // Draws for the first pixel, and all others take that.
  void draw(const T* x, T* y, T* mask, long count, unsigned first, DrawKey key) const override {
    const long pixels = this->parts_of(count), channels = count / pixels;
    const double rate = this->operation().number;
    this->kernels().dropout(x, y, mask, channels, unsigned(first / pixels), key.word0, key.word1,
                            lowest_kept(rate), T(1.0 / (1.0 - rate)));
    if (channels == 1)
      std::fill_n(mask + 1, count - 1, *mask);
    else
      for (long at = channels; at < count; at += channels)
        std::memcpy(mask + at, mask, size_t(channels) * sizeof(T));
    this->kernels().multiply_elements(mask, x, y, count);
  }
};

// Numbers: the rate.
template <class T>
class AlphaDropoutLayer final : public RandomLayer<T> {
 public:
  using RandomLayer<T>::RandomLayer;

  long check(const std::vector<long>& widths) const override {
    this->check_seed();
    check_rate(this->operation().number);
    return this->only(widths);
  }

  void draw(const T* x, T* y, T* mask, long count, unsigned first, DrawKey key) const override {
    this->kernels().alpha_dropout(x, y, mask, count, first, key.word0, key.word1,
                                  T(this->operation().number));
  }
};

// Numbers: the rate.
template <class T>
class GaussianDropoutLayer final : public RandomLayer<T> {
 public:
  using RandomLayer<T>::RandomLayer;

  long check(const std::vector<long>& widths) const override {
    this->check_seed();
    check_rate(this->operation().number);
    return this->only(widths);
  }

  void draw(const T* x, T* y, T* mask, long count, unsigned first, DrawKey key) const override {
    const double rate = this->operation().number;
    this->kernels().gaussian_noise(x, y, mask, count, first, key.word0, key.word1,
                                   T(std::sqrt(rate / (1.0 - rate))), true);
  }
};

// Numbers: the standard deviation. The gradient passes as it is.
template <class T>
class GaussianNoiseLayer final : public RandomLayer<T> {
 public:
  using RandomLayer<T>::RandomLayer;

  long check(const std::vector<long>& widths) const override {
    this->check_seed();
    if (!(this->operation().number > 0))
      throw InvalidGraph("graph: the deviation of noise must be positive");
    return this->only(widths);
  }

  void draw(const T* x, T* y, T* mask, long count, unsigned first, DrawKey key) const override {
    this->kernels().gaussian_noise(x, y, mask, count, first, key.word0, key.word1,
                                   T(this->operation().number), false);
  }

  void backward(const Step<T>& step) override {
    if (!this->needs_input_gradient()) return;
    const Tensor<T>& out = this->out();
    step.own_elements(out, [&](long at, long count) {
      std::memcpy(this->input_gradient() + at, out.gradient.get() + at, size_t(count) * sizeof(T));
    });
  }
};

const RegisterLayer<DropoutLayer> dropout("dropout");
const RegisterLayer<SpatialDropoutLayer> spatial_dropout("spatial_dropout");
const RegisterLayer<AlphaDropoutLayer> alpha_dropout("alpha_dropout");
const RegisterLayer<GaussianDropoutLayer> gaussian_dropout("gaussian_dropout");
const RegisterLayer<GaussianNoiseLayer> gaussian_noise("gaussian_noise");

}  // namespace

template class RandomLayer<float>;
template class RandomLayer<double>;
template class DropoutLayer<float>;
template class DropoutLayer<double>;

}  // namespace epochal
