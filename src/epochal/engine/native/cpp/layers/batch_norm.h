// What batch normalisations have in common, whatever they take their statistics over.
#pragma once

#include <cmath>
#include <vector>

#include "layers/layer.h"

namespace epochal {

// Parameters: gamma, beta (either may be left out), moving mean, moving variance. Numbers: epsilon,
// `momentum`, and `moving` where the moving statistics are used in training too.
template <class T>
class StatisticsLayer : public Layer<T> {
 public:
  using Layer<T>::Layer;

 protected:
  void check_channels(long channels) const {
    const auto [gamma, beta, mean, variance] = this->operation().parameters;
    check_vector(this->graph(), mean, channels);
    check_vector(this->graph(), variance, channels);
    check_optional_vector(this->graph(), gamma, channels);
    check_optional_vector(this->graph(), beta, channels);
    if (!(this->operation().number >= 0)) throw InvalidGraph("graph: epsilon must not be negative");
  }

  int gamma_index() const { return this->operation().parameters[0]; }
  int beta_index() const { return this->operation().parameters[1]; }
  const T* gamma() const { return this->optimizer().values(gamma_index()); }
  const T* beta() const { return this->optimizer().values(beta_index()); }
  T* moving_mean() const { return moving(2); }
  T* moving_variance() const { return moving(3); }
  bool of_batch(const Step<T>& step) const { return step.training && !this->operation().moving; }

  // Whether the pass backward reads the normalised values.
  bool keeps_normal(const Step<T>& step) const {
    return step.training &&
           (this->needs_input_gradient() || this->optimizer().trains(gamma_index()) ||
            this->optimizer().trains(beta_index()));
  }

  // By those of a batch, of the channels from `first` on.
  void move_statistics(long first, long count, const T* mean, const T* variance) const {
    T *moved_mean = moving_mean() + first, *moved_variance = moving_variance() + first;
    const T keep = T(this->operation().momentum);
    for (long c = 0; c < count; c++) {
      moved_mean[c] = moved_mean[c] * keep + mean[c] * (T(1) - keep);
      moved_variance[c] = moved_variance[c] * keep + variance[c] * (T(1) - keep);
    }
  }

  // The channels from `first` on of some rows: the normalised values, where they are kept, and what
  // gamma and beta make of them. Statistics and `inverse`, 1 / deviation, are those of these
  // channels.
  struct Rows {
    const T* x;
    long ld, rows, first, width;
    T *normal, *y;
    long ldy;
  };
  void normalise(const Rows& of, const T* mean, const T* variance, T* inverse) const {
    T ones[PANEL_WIDTH], zeros[PANEL_WIDTH];
    std::fill_n(ones, PANEL_WIDTH, T(1));
    std::fill_n(zeros, PANEL_WIDTH, T(0));
    const T epsilon = T(this->operation().number);
    for (long c = 0; c < of.width; c++) inverse[c] = T(1) / std::sqrt(variance[c] + epsilon);
    this->kernels().normalise(of.x, of.ld, of.rows, of.width, mean, inverse,
                              gamma() ? gamma() + of.first : ones,
                              beta() ? beta() + of.first : zeros, of.normal, of.y, of.ldy);
  }

 private:
  T* moving(size_t which) const {
    return this->optimizer().weights(this->operation().parameters[which]).values.get();
  }
};

}  // namespace epochal
