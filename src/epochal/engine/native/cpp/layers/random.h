// Layers that draw random numbers in training: dropouts and noise. What an element draws depends on
// the seed, the step, and its place in the batch alone.
#pragma once

#include <vector>

#include "layers/layer.h"

namespace epochal {

// Two words that all that a layer draws at a step depends on.
struct DrawKey {
  unsigned word0, word1;
};

template <class T>
class RandomLayer : public Layer<T> {
 public:
  using Layer<T>::Layer;

  void reserve(long batch) override;
  void forward(const Step<T>& step) override;
  void backward(const Step<T>& step) override;

  // y from x, and the mask that the gradient is multiplied by, of elements first, first + 1, ...
  virtual void draw(const T* x, T* y, T* mask, long count, unsigned first, DrawKey key) const = 0;

  size_t seed() const { return size_t(this->operation().seed); }
  bool draws(bool training) const { return training || this->operation().always; }

 protected:
  void check_seed() const;
  const T* mask() const { return mask_.get(); }

 private:
  Buffer<T> mask_;
};

// Numbers: the rate.
template <class T>
class DropoutLayer final : public RandomLayer<T> {
 public:
  using RandomLayer<T>::RandomLayer;

  long check(const std::vector<long>& widths) const override;
  void draw(const T* x, T* y, T* mask, long count, unsigned first, DrawKey key) const override;

  double rate() const { return this->operation().number; }
  T scale() const { return T(1.0 / (1.0 - rate())); }
  // The smallest word that keeps an element, where words are uniform.
  unsigned lowest_kept() const;
};

extern template class RandomLayer<float>;
extern template class RandomLayer<double>;
extern template class DropoutLayer<float>;
extern template class DropoutLayer<double>;

}  // namespace epochal
