#include "special_functions.h"

#include <array>
#include <cmath>
#include <limits>
#include <numbers>

namespace epochal {
namespace {

// From here on the first terms of Stirling's series are exact to the last digits.
constexpr double LARGE = 10;

using Coefficients = std::array<double, 7>;  // of the highest power first

double polynomial(double x, const Coefficients& coefficients) {
  double sum = 0;
  for (const double each : coefficients) sum = sum * x + each;
  return sum;
}

// The sum of B(2n) / (2n (2n - 1) x^(2n - 1)) (Abramowitz and Stegun 6.1.41).
double log_gamma_series(double x) {
  constexpr Coefficients terms = {1.0 / 156,  -691.0 / 360360, 1.0 / 1188, -1.0 / 1680,
                                  1.0 / 1260, -1.0 / 360,      1.0 / 12};
  const double inverse = 1 / x;
  return polynomial(inverse * inverse, terms) * inverse;
}

// The sum of B(2n) / (2n x^(2n)) (6.3.18).
double digamma_series(double x) {
  constexpr Coefficients terms = {1.0 / 12,  -691.0 / 32760, 1.0 / 132, -1.0 / 240,
                                  1.0 / 252, -1.0 / 120,     1.0 / 12};
  const double square = 1 / (x * x);
  return polynomial(square, terms) * square;
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
