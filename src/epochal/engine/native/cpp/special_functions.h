// The logarithm of the gamma function, and its derivative. Not `std::lgamma`, which writes the sign
// to a variable that threads share; the standard library lacks the derivative.
#pragma once

namespace epochal {

// Of |gamma(x)|: infinite at 0 and below at whole numbers, as SciPy and JAX have it.
double log_gamma(double x);
// The derivative of the logarithm of gamma(x).
double digamma(double x);

}  // namespace epochal
