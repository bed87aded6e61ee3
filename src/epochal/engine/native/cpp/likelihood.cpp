#include "likelihood.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "special_functions.h"

namespace epochal {
namespace {

constexpr double HALF_LOG_2_PI = 0.91893853320467274178;

// One target and what is predicted of it.
template <class T>
struct Case {
  double y;
  const T* p;
  double scale;  // of the derivatives
  T* dp;         // becomes the derivatives, where it is not null

  double at(long i) const { return double(p[i]); }
  void derive(long i, double slope) const {
    if (dp) dp[i] = T(slope * scale);
  }
};

// The logarithm of the density but for a constant, of which the slopes are needed too.
struct Normal {
  double error, variance;

  double log_density() const { return -(std::log(variance) + error * error / variance) / 2; }
  double by_mean() const { return error / variance; }
  double by_variance() const {
    const double z = error / variance;
    return (z * z - 1 / variance) / 2;
  }
};

// Each row is weighted by variance^beta, of which no derivative is taken.
template <class T>
double gaussian(const Case<T>& of, double beta) {
  const Normal normal{.error = of.y - of.at(0), .variance = of.at(1)};
  const double weight = std::pow(normal.variance, beta);
  of.derive(0, -weight * normal.by_mean());
  of.derive(1, -weight * normal.by_variance());
  return weight * (HALF_LOG_2_PI - normal.log_density());
}

template <class T>
double student_t(const Case<T>& of) {
  const double spread = of.at(1), degrees = of.at(2), half = (degrees + 1) / 2;
  const double z = (of.y - of.at(0)) / spread;
  const double size = std::min(std::abs(z), 1e15);
  const double ratio = size * size / degrees;
  const double tail = std::log1p(ratio);
  if (of.dp) {
    const bool bounded = std::abs(z) > 1e15;
    const double by_z = bounded ? 0.0 : half * 2 * z / degrees / (1 + ratio);
    of.derive(0, -by_z / spread);
    of.derive(1, (1 - by_z * z) / spread);
    of.derive(2, (digamma(degrees / 2) - digamma(half) + 1 / degrees + tail) / 2 -
                     half * ratio / degrees / (1 + ratio));
  }
  return log_gamma(degrees / 2) - log_gamma(half) + std::log(degrees * std::numbers::pi) / 2 +
         std::log(spread) + half * tail;
}

template <class T>
double pinball(const Case<T>& of, const std::vector<double>& levels) {
  const auto count = double(levels.size());
  double loss = 0;
  for (size_t i = 0; i < levels.size(); i++) {
    const double level = levels[i], missed = of.y - of.at(long(i));
    loss += std::max(level * missed, (level - 1) * missed);
    const double slope = missed > 0 ? -level : missed < 0 ? 1 - level : 0.5 - level;  // as JAX
    of.derive(long(i), slope / count);
  }
  return loss / count;
}

// Weights, means, variances.
template <class T>
double gaussian_mixture(const Case<T>& of, long components) {
  constexpr double least = 1e-30;
  const auto normal = [&](long k) {
    return Normal{.error = of.y - of.at(components + k), .variance = of.at(2 * components + k)};
  };
  const auto log_share = [&](long k) {
    return std::log(std::max(of.at(k), least)) + normal(k).log_density();
  };
  double largest = -std::numeric_limits<double>::infinity(), sum = 0;
  for (long k = 0; k < components; k++) largest = std::max(largest, log_share(k));
  for (long k = 0; k < components; k++) sum += std::exp(log_share(k) - largest);
  for (long k = 0; of.dp && k < components; k++) {
    const double share = std::exp(log_share(k) - largest) / sum;
    of.derive(k, of.at(k) > least ? -share / of.at(k) : 0.0);
    of.derive(components + k, -share * normal(k).by_mean());
    of.derive(2 * components + k, -share * normal(k).by_variance());
  }
  return HALF_LOG_2_PI - largest - std::log(sum);
}

template <class T>
double poisson(const Case<T>& of) {
  const double rate = of.at(0);
  of.derive(0, 1 - of.y / rate);
  return rate - of.y * std::log(rate) + log_gamma(of.y + 1);
}

// Mean and dispersion: the inverse of the number of successes.
template <class T>
double negative_binomial(const Case<T>& of) {
  const double mean = of.at(0), dispersion = of.at(1), size = 1 / dispersion;
  const double failed = std::log1p(dispersion * mean);
  if (of.dp) {
    const double whole = 1 + dispersion * mean;
    of.derive(0, (1 + of.y * dispersion) / whole - of.y / mean);
    const double by_size = digamma(size) - digamma(of.y + size) + failed;
    of.derive(1, -by_size * size * size + size * mean / whole + of.y * (mean / whole - size));
  }
  return log_gamma(size) + log_gamma(of.y + 1) - log_gamma(of.y + size) + size * failed +
         of.y * (failed - std::log(dispersion * mean));
}

}  // namespace

template <class T>
double likelihood_loss(const LikelihoodSpec& spec, double y, const T* p, double scale, T* dp) {
  const Case<T> of{.y = y, .p = p, .scale = scale, .dp = dp};
  switch (spec.family) {
    case Family::gaussian: return gaussian(of, spec.beta);
    case Family::student_t: return student_t(of);
    case Family::quantiles: return pinball(of, spec.levels);
    case Family::gaussian_mixture: return gaussian_mixture(of, spec.size / 3);
    case Family::poisson: return poisson(of);
    case Family::negative_binomial: return negative_binomial(of);
    case Family::none: break;
  }
  return 0;
}

template double likelihood_loss(const LikelihoodSpec&, double, const float*, double, float*);
template double likelihood_loss(const LikelihoodSpec&, double, const double*, double, double*);

}  // namespace epochal
