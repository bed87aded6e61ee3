// The activations by name, and whether each derivative is had from the output or from the input.
#pragma once

#include <string_view>

#include "kernels/kernels.h"

namespace epochal {

struct ActivationInfo {
  std::string_view name;
  Activation kind;
  bool needs_input;  // its derivative does: the others may put their output in place of the input
};

inline constexpr ActivationInfo ACTIVATIONS[] = {
    {.name = "relu", .kind = Activation::relu, .needs_input = false},
    {.name = "relu6", .kind = Activation::relu6, .needs_input = false},
    {.name = "leaky_relu", .kind = Activation::leaky_relu, .needs_input = false},
    {.name = "elu", .kind = Activation::elu, .needs_input = false},
    {.name = "celu", .kind = Activation::celu, .needs_input = false},
    {.name = "selu", .kind = Activation::selu, .needs_input = false},
    {.name = "tanh", .kind = Activation::tanh, .needs_input = false},
    {.name = "sigmoid", .kind = Activation::sigmoid, .needs_input = false},
    {.name = "exponential", .kind = Activation::exponential, .needs_input = false},
    {.name = "softplus", .kind = Activation::softplus, .needs_input = false},
    {.name = "silu", .kind = Activation::silu, .needs_input = true},
    {.name = "gelu", .kind = Activation::gelu, .needs_input = true},
    {.name = "gelu_tanh", .kind = Activation::gelu_tanh, .needs_input = true},
    {.name = "softsign", .kind = Activation::softsign, .needs_input = true},
    {.name = "hard_sigmoid", .kind = Activation::hard_sigmoid, .needs_input = true},
    {.name = "log_sigmoid", .kind = Activation::log_sigmoid, .needs_input = true},
    {.name = "hard_silu", .kind = Activation::hard_silu, .needs_input = true},
    {.name = "hard_tanh", .kind = Activation::hard_tanh, .needs_input = true},
    {.name = "mish", .kind = Activation::mish, .needs_input = true},
    {.name = "squareplus", .kind = Activation::squareplus, .needs_input = true},
    {.name = "soft_shrink", .kind = Activation::soft_shrink, .needs_input = true},
    {.name = "hard_shrink", .kind = Activation::hard_shrink, .needs_input = true},
    {.name = "tanh_shrink", .kind = Activation::tanh_shrink, .needs_input = true},
    {.name = "sparse_plus", .kind = Activation::sparse_plus, .needs_input = true},
    {.name = "sparse_sigmoid", .kind = Activation::sparse_sigmoid, .needs_input = true},
    {.name = "bounded_relu", .kind = Activation::bounded_relu, .needs_input = true},
    {.name = "threshold", .kind = Activation::threshold, .needs_input = true},
};

}  // namespace epochal
