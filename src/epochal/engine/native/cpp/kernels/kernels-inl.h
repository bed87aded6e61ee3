// All kernels of one instruction set, and the table of them: see `target-inl.h`.
#pragma once

#include "kernels/activations-inl.h"
#include "kernels/convolution-inl.h"
#include "kernels/convolution_dots-inl.h"
#include "kernels/depthwise-inl.h"
#include "kernels/elementwise-inl.h"
#include "kernels/gather-inl.h"
#include "kernels/normalization-inl.h"
#include "kernels/pooling-inl.h"
#include "kernels/products-inl.h"
#include "kernels/random-inl.h"
#include "kernels/recurrent-inl.h"
#include "kernels/reductions-inl.h"
#include "kernels/rows-inl.h"
#include "kernels/target-inl.h"
#include "kernels/update-inl.h"

namespace epochal {
namespace {

constexpr Kernels<Real> make_table(const char* name) {
  return {
      .name = name,
      .multiply = multiply,
      .multiply_add = multiply_add,
      .weight_gradient = weight_gradient,
      .input_gradient = input_gradient,
      .to_columns = to_columns,
      .from_columns = from_columns,
      .convolve = convolve,
      .convolve_dots = convolve_dots,
      .prefers_dots = prefers_dots,
      .convolve_gradient = convolve_gradient,
      .depthwise = depthwise,
      .depthwise_gradient = depthwise_gradient,
      .max_pool = max_pool,
      .max_pool_backward = max_pool_backward,
      .average_pool = average_pool,
      .average_pool_backward = average_pool_backward,
      .activate = activate,
      .activate_backward = activate_backward,
      .prelu = prelu,
      .prelu_backward = prelu_backward,
      .dropout = dropout,
      .alpha_dropout = alpha_dropout,
      .gaussian_noise = gaussian_noise,
      .select_dropped = select_dropped,
      .gather_rows = gather_rows,
      .rescale = rescale,
      .standardise = standardise,
      .add = add,
      .multiply_elements = multiply_elements,
      .sum_rows = sum_rows,
      .softmax = softmax,
      .sigmoid_loss = sigmoid_loss,
      .moments = moments,
      .normalise = normalise,
      .normalise_sums = normalise_sums,
      .normalise_backward = normalise_backward,
      .normalise_row = normalise_row,
      .normalise_row_backward = normalise_row_backward,
      .attend = attend,
      .attend_backward = attend_backward,
      .lstm_forward = lstm_forward,
      .lstm_backward = lstm_backward,
      .gru_forward = gru_forward,
      .gru_backward = gru_backward,
      .update = update,
      .decay_weights = decay_weights,
      .penalise = penalise,
      .clip = clip,
      .multiply_by = multiply_by,
      .sum_of_squares = sum_of_squares,
  };
}

}  // namespace
}  // namespace epochal
