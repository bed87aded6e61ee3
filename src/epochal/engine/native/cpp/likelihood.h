// Losses of one target, for the parameters of a distribution that a network predicts for it: those
// of `epochal.losses.likelihoods`.
#pragma once

#include "graph_spec.h"

namespace epochal {

// The loss of the target y. With `scale` times its derivatives by the parameters p in `dp`, where
// that is not null. In float64 throughout: differences of logarithms of the gamma function would
// cost float32 most of its digits.
template <class T>
double likelihood_loss(const LikelihoodSpec& spec, double y, const T* p, double scale, T* dp);

extern template double likelihood_loss(const LikelihoodSpec&, double, const float*, double, float*);
extern template double likelihood_loss(const LikelihoodSpec&, double, const double*, double,
                                       double*);

}  // namespace epochal
