#include "special_functions.h"

#include <cmath>
#include <limits>
#include <numbers>

namespace epochal {
namespace {

// From here on the first terms of Stirling's series are exact to the last digits.
constexpr double LARGE = 10;

// The sum of B(2n) / (2n (2n - 1) x^(2n - 1)) (Abramowitz and Stegun 6.1.41).
double log_gamma_series(double x) {
  const double inverse = 1 / x, square = inverse * inverse;
  double sum = 1.0 / 156;
  sum = sum * square - 691.0 / 360360;
  sum = sum * square + 1.0 / 1188;
  sum = sum * square - 1.0 / 1680;
  sum = sum * square + 1.0 / 1260;
  sum = sum * square - 1.0 / 360;
  sum = sum * square + 1.0 / 12;
  return sum * inverse;
}

// The sum of B(2n) / (2n x^(2n)) (6.3.18).
double digamma_series(double x) {
  const double square = 1 / (x * x);
  double sum = 1.0 / 12;
  sum = sum * square - 691.0 / 32760;
  sum = sum * square + 1.0 / 132;
  sum = sum * square - 1.0 / 240;
  sum = sum * square + 1.0 / 252;
  sum = sum * square - 1.0 / 120;
  sum = sum * square + 1.0 / 12;
  return sum * square;
}

}  // namespace

double log_gamma(double x) {
  if (std::isinf(x)) return std::numeric_limits<double>::infinity();
  if (x < 0.5) {  // by reflection; the sine of a whole number is 0 where its argument is reduced
    const double sine = std::abs(std::sin(std::numbers::pi * (x - std::round(x))));
    return std::log(std::numbers::pi / sine) - log_gamma(1 - x);
  }
  double product = 1;
  while (x < LARGE) product *= x++;
  const double half_log_2_pi = 0.91893853320467274178;
  return (x - 0.5) * std::log(x) - x + half_log_2_pi + log_gamma_series(x) - std::log(product);
}

double digamma(double x) {
  if (x < 0.5) {
    const double tangent = std::tan(std::numbers::pi * (x - std::round(x)));
    return digamma(1 - x) - std::numbers::pi / tangent;
  }
  double sum = 0;
  while (x < LARGE) sum += 1 / x++;
  return std::log(x) - 0.5 / x - digamma_series(x) - sum;
}

}  // namespace epochal
