// The arithmetic of a network, as a table of functions: one table for each instruction set.
//
// Matrices of weights lie in panels: a panel holds up to 64 neighbouring columns, row after row, so
// that a product reads it in one sweep. Everything else is row-major, rows (samples) padded to a
// multiple of LANE columns. Nothing here allocates, and no function's result depends on how its
// work is cut: every element is one sum in one order.
#pragma once

#include "kernels/window.h"

namespace epochal {

constexpr long LANE = 16;         // columns are padded to a multiple of this
constexpr long BLOCK = 32;        // samples of a transposed gradient that lie side by side
constexpr long PANEL_WIDTH = 64;  // the most columns of a panel

// Elementwise functions. `activations.h` says how each is called, and what its derivative needs.
enum class Activation : int {
  relu,
  relu6,
  leaky_relu,
  elu,
  celu,
  selu,
  tanh,
  sigmoid,
  exponential,
  softplus,
  silu,
  gelu,
  gelu_tanh,
  softsign,
  hard_sigmoid,
  log_sigmoid,
  hard_silu,
  hard_tanh,
  mish,
  squareplus,
  soft_shrink,
  hard_shrink,
  tanh_shrink,
  sparse_plus,
  sparse_sigmoid,
  bounded_relu,
  threshold,
};

// An activation and its numbers.
template <class T>
struct Curve {
  Activation kind;
  T number = 0;     // slope, alpha, lambda of a shrinkage, b of squareplus; what a threshold puts
  T largest = 0;    // of a bounded ReLU
  T threshold = 0;  // of a bounded ReLU and a threshold
};

enum class Method : int { sgd, momentum, nesterov, adam, nadam, adamax, rmsprop, adagrad };

// What an optimizer's update depends on, worked out for one step.
template <class T>
struct UpdateRule {
  Method method = Method::sgd;
  T rate = 0;
  T momentum = 0;                              // sgd, rmsprop
  T beta1 = 0, beta2 = 0;                      // decay of the first and second moment; rho
  T one_minus_beta1 = 0, one_minus_beta2 = 0;  // rounded as Keras rounds them
  T epsilon = 0;
  T scale = 0;                             // adam: rate, bias corrected; adamax: 1 - beta1^t
  T moment_scale = 0, gradient_scale = 0;  // nadam
  T variance_scale = 0;                    // nadam: 1 / (1 - beta2^t)
  bool centered = false, amsgrad = false, with_momentum = false;
};

template <class T>
struct Panel {
  T* weights;  // (inner, width)
  long first;  // column of the matrix
  long width;  // columns here, a multiple of LANE
  long used;   // of these, columns that are the matrix's own
};

// How a convolution goes over an image: a grid of pixels of the output, and what each of them takes
// of the input, as runs of neighbouring elements. Offsets and steps count elements.
struct Sweep {
  long rows = 1, columns = 1;          // pixels of the output
  long row_step = 0, column_step = 0;  // from a pixel's inputs to those of its neighbours
  long out_row_step = 0, out_column_step = 0;
  const long* runs = nullptr;  // where each run begins, for the first pixel
  long n_runs = 0, run = 0;    // their number, and the elements of each
};

template <class T>
struct Kernels {
  const char* name;
  // out (rows, width) = x (rows, inner) . w (inner, width) + bias
  void (*multiply)(const T* x, long ldx, long rows, const T* w, long inner, long width,
                   const T* bias, T* out, long ldo);
  // out (rows, width) += x (rows, inner) . w (inner, width)
  void (*multiply_add)(const T* x, long ldx, long rows, const T* w, long inner, long width, T* out,
                       long ldo);
  // g (count, width) = scale * x[:, :count]' . dz  (+ g, where `add`)
  void (*weight_gradient)(const T* x, long ldx, const T* dz, long ldz, long rows, T* g, long count,
                          long width, T scale, bool add);
  // out (count, BLOCK) = weights[from:from + count] . dz' for one block of samples;
  // dzt (columns, BLOCK)
  void (*input_gradient)(const Panel<T>* panels, long n_panels, long from, long count, const T* dzt,
                         long samples, T* out);
  // dst (columns, BLOCK) = src (rows, columns)'; here and below, columns are padded to LANE
  void (*to_columns)(const T* src, long ld, long rows, long columns, T* dst);
  // dst (rows, columns) = src (columns, BLOCK)'
  void (*from_columns)(const T* src, long rows, long columns, T* dst, long ld);

  // out = the products of a sweep with w (n_runs * run, width), plus `bias` (width) where it is not
  // null, with a ReLU where one is wanted; of each pixel the first `used` columns are stored
  void (*convolve)(const Sweep& sweep, const T* x, const T* w, long width, long used, const T* bias,
                   bool relu, T* out);
  // The same for outputs of few channels, w (channels, n_runs, run), each run with zeros up to a
  // multiple of LANE; and whether that is the faster way
  void (*convolve_dots)(const Sweep& sweep, const T* x, const T* w, long channels, const T* bias,
                        bool relu, T* out);
  bool (*prefers_dots)(const Sweep& sweep, long channels);
  // g (n_runs * run, width) = the gradient of those weights for one image (+ g, where `add`). What
  // stands in g behind the columns that there are is of no meaning: dy is read up to `width`.
  void (*convolve_gradient)(const Sweep& sweep, const T* x, const T* dy, T* g, long width,
                            bool add);

  // The same two of each channel by itself, which has one weight a run: w, g (n_runs, width)
  void (*depthwise)(const Sweep& sweep, const T* x, const T* w, long width, long used,
                    const T* bias, bool relu, T* out);
  void (*depthwise_gradient)(const Sweep& sweep, const T* x, const T* dy, T* g, long width,
                             bool add);

  // y = of each channel the largest values of a window that moves over an image, and their
  // gradient. It is added to dx where windows do not meet every pixel once. With `relu`, it is that
  // of the input of a ReLU whose output is x.
  void (*max_pool)(const Window& window, const T* x, T* y);
  void (*max_pool_backward)(const Window& window, const T* x, const T* dy, T* dx, bool add,
                            bool relu);
  // The same of means, of what lies inside the image
  void (*average_pool)(const Window& window, const T* x, T* y);
  void (*average_pool_backward)(const Window& window, const T* dy, T* dx, bool add);

  void (*activate)(const Curve<T>& f, const T* x, T* y, long count);
  // dx = dy * f'(...); `value` is f's output, or its input where the kind needs that
  void (*activate_backward)(const Curve<T>& f, const T* value, const T* dy, T* dx, long count);
  void (*prelu)(const T* x, const T* alpha, T* y, long count);
  // dx, where it is not null, and of each column the sum over rows of alpha's gradient
  void (*prelu_backward)(const T* x, const T* dy, long ld, long rows, long width, const T* alpha,
                         T* dx, T* sums);

  // y = x or 0 by the mask of elements first, first + 1, ...; mask = 0 or `scale`
  void (*dropout)(const T* x, T* y, T* mask, long count, unsigned first, unsigned word0,
                  unsigned word1, unsigned dropped, T scale);
  // The same with alpha dropout: what is dropped becomes SELU's lower limit, and all is scaled and
  // moved so that mean and variance stay; mask = 0 or the scale.
  void (*alpha_dropout)(const T* x, T* y, T* mask, long count, unsigned first, unsigned word0,
                        unsigned word1, T rate);
  // The same with normal numbers of that deviation: y = x * (1 + z), or x + z where not `factor`
  void (*gaussian_noise)(const T* x, T* y, T* mask, long count, unsigned first, unsigned word0,
                         unsigned word1, T deviation, bool factor);

  // Of `count` places and values those that a dropout drops, or keeps where `kept` says so: their
  // number. The places are the elements of the mask; there must be room for LANE more in the lists.
  long (*select_dropped)(const int* places, const T* values, long count, unsigned word0,
                         unsigned word1, unsigned dropped, bool kept, int* out_places,
                         T* out_values);
  // out (width) = start + the sum of values[i] * w[places[i]]; w (inner, width)
  void (*gather_rows)(const T* w, long width, const int* places, const T* values, long count,
                      const T* start, T* out);

  // y = x * factor + offset, and (x - offset) * factor
  void (*rescale)(const T* x, const T* factor, const T* offset, T* y, long count);
  void (*standardise)(const T* x, const T* factor, const T* offset, T* y, long count);
  void (*add)(const T* a, const T* b, T* sum, long count);
  void (*multiply_elements)(const T* a, const T* b, T* product, long count);
  // sums (width) of dz (rows, width) over its rows
  void (*sum_rows)(const T* dz, long ld, long rows, T* sums, long width);

  // Returns the logarithm of the sum of exp(z).
  double (*softmax)(const T* z, T* p, long count);
  // p = the sigmoid of z; dz, unless it is null, = scale * (p - target) of targets that are y,
  // moved towards a half by `smoothing`. Returns the sum of the binary cross-entropies.
  double (*sigmoid_loss)(const T* z, const T* y, T smoothing, T scale, long count, T* p, T* dz);
  // of each column: mean and (biased) variance
  void (*moments)(const T* x, long ld, long rows, long width, T* mean, T* variance);
  // normal = (x - mean) * inverse, where it is not null, and y = normal * gamma + beta; y may be x,
  // and below dx may be dy
  void (*normalise)(const T* x, long ld, long rows, long width, const T* mean, const T* inverse,
                    const T* gamma, const T* beta, T* normal, T* y, long ldy);
  // of each column: the sums of dy and of dy * normal
  void (*normalise_sums)(const T* dy, long ldy, const T* normal, long ld, long rows, long width,
                         T* sum, T* sum_normal);
  // dx = factor * (dy - a - normal * b) of each column
  void (*normalise_backward)(const T* dy, long ldy, const T* normal, long ld, long rows, long width,
                             const T* factor, const T* a, const T* b, T* dx);
  // Of a row, not of columns: normal = (x - mean) / deviation, y = normal * gamma + beta, where
  // either may be null, and no mean is taken where it is not `centred`; returns 1 / deviation. And
  // from dy to dx.
  T (*normalise_row)(const T* x, const T* gamma, const T* beta, long count, bool centred, T epsilon,
                     T* normal, T* y);
  void (*normalise_row_backward)(const T* dy, const T* normal, const T* gamma, long count,
                                 bool centred, T inverse, T* dx);

  // z = the softmax of scale * z, of the first `count` of `width` elements; the others become 0.
  void (*attend)(T* z, long count, long width, T scale);
  // From the gradient of that softmax p to the gradient of z
  void (*attend_backward)(const T* p, T* dp, long count, long width, T scale);

  // One step of time of a recurrent layer's gates: see `recurrent-inl.h`.
  void (*lstm_forward)(Activation kind, long rows, long units, T* gates, long ldg,
                       const T* carry_before, T* carry, T* shaped, T* h, long ld);
  void (*lstm_backward)(Activation kind, long rows, long units, T* gates, long ldg,
                        const T* carry_before, const T* shaped, T* dh, T* dc, long ld);
  void (*gru_forward)(Activation kind, long rows, long units, T* gates, const T* inner, long ldg,
                      const T* state_before, T* h, long ld);
  void (*gru_backward)(Activation kind, long rows, long units, T* gates, T* inner, long ldg,
                       const T* state_before, T* dh, long ld);

  void (*update)(const UpdateRule<T>& rule, T* w, const T* g, T* s0, T* s1, T* s2, long count);
  // w -= w * decay * rate: a factor 1 - decay * rate would round away most of its digits
  void (*decay_weights)(T* w, T decay, T rate, long count);
  // adds the penalty's gradient to g, where it is not null; returns the penalty
  double (*penalise)(const T* w, T* g, T l1, T l2, long count);
  void (*clip)(T* g, T limit, long count);
  void (*multiply_by)(T* w, T factor, long count);
  double (*sum_of_squares)(const T* g, long count);
};

// Each is defined in the file of its name, which is compiled for that instruction set.
const Kernels<float>& kernels_baseline();
#if defined(__x86_64__)
const Kernels<float>& kernels_avx2();
const Kernels<float>& kernels_avx512();
#endif
const Kernels<double>& kernels_double();

}  // namespace epochal
