// The arithmetic of a chain, as a table of functions: one table for each kind of processor.
//
// Matrices of weights lie in panels: a panel holds up to 64 neighbouring columns, row after row, so
// that a product reads it in one sweep. Everything else is row-major, rows (samples) padded to a
// multiple of LANE columns. Nothing here allocates, and no function's result depends on how its
// work is cut: every element is one sum in one order.
#pragma once

namespace epochal {

constexpr long LANE = 16;   // columns are padded to a multiple of this
constexpr long BLOCK = 32;  // samples of a transposed gradient that lie side by side

enum class Activation : int {
  relu, relu6, leaky_relu, elu, celu, selu, tanh, sigmoid, exponential, softplus,  // from their outputs
  silu, gelu, gelu_tanh, softsign, hard_sigmoid, log_sigmoid, hard_silu, hard_tanh, mish,
  squareplus, soft_shrink, hard_shrink, tanh_shrink, sparse_plus, sparse_sigmoid,
  bounded_relu, threshold,                                                         // from their inputs
};
constexpr int ACTIVATIONS = int(Activation::threshold) + 1;

// Whether the derivative needs the input: the others can overwrite it.
inline bool needs_input(Activation kind) { return kind >= Activation::silu; }

// An activation and its numbers.
template <class T>
struct Curve {
  Activation kind;
  T number = 0;     // a slope, alpha, half the width of a shrinkage, b of squareplus; what a threshold puts
  T largest = 0;    // of a bounded ReLU
  T threshold = 0;  // of a bounded ReLU and a threshold
};

enum class Method : int { sgd, momentum, nesterov, adam, nadam, adamax, rmsprop, adagrad };

// One optimiser's step, its numbers already worked out for this step.
template <class T>
struct Rule {
  Method method = Method::sgd;
  T rate = 0;
  T momentum = 0;                 // sgd, rmsprop
  T keep1 = 0, keep2 = 0;         // decay of the first and second moment (beta_1, beta_2, rho)
  T new1 = 0, new2 = 0;           // what is left of 1, rounded as Keras rounds it
  T epsilon = 0;
  T scale = 0;                    // adam: rate with the bias correction; adamax: 1 - beta_1^t
  T scale_m = 0, scale_g = 0;     // nadam: of the moment and of the gradient
  T scale_v = 0;                  // nadam: 1 - beta_2^t
  bool centered = false, amsgrad = false, with_momentum = false;
};

template <class T>
struct Panel {
  T* weights;   // (inner, width)
  long first;   // column of the matrix
  long width;   // columns here, a multiple of LANE
  long used;    // of these, columns that are the matrix's own
};

template <class T>
struct Kernels {
  const char* name;
  // out (rows, width) = x (rows, inner) . w (inner, width) + bias
  void (*multiply)(const T* x, long ldx, long rows, const T* w, long inner, long width,
                   const T* bias, T* out, long ldo);
  // g (count, width) = scale * x[:, :count]' . dz  (+ g, where `add`)
  void (*outer)(const T* x, long ldx, const T* dz, long ldz, long rows, T* g, long count,
                long width, T scale, bool add);
  // out (count, BLOCK) = weights[from:from + count] . dz' for one block of samples, dzt (columns, BLOCK)
  void (*backward)(const Panel<T>* panels, long n_panels, long from, long count, const T* dzt,
                   long samples, T* out);
  // dst (columns, BLOCK) = src (rows, columns)', zero where there is no row
  void (*to_columns)(const T* src, long ld, long rows, long columns, T* dst);
  // dst (rows, columns) = src (columns, BLOCK)'
  void (*from_columns)(const T* src, long rows, long columns, T* dst, long ld);
  void (*activate)(const Curve<T>& f, const T* x, T* y, long count);
  // dx = dy * f'(...); `value` is f's output, or its input where the kind needs that
  void (*derive)(const Curve<T>& f, const T* value, const T* dy, T* dx, long count);
  // y = x or 0 by the mask of elements first, first + 1, ...; mask = 0 or `scale`
  void (*drop)(const T* x, T* y, T* mask, long count, unsigned first, unsigned word0,
               unsigned word1, unsigned dropped, T scale);
  // The same with alpha dropout: what is dropped becomes SELU's lower limit, and all is scaled and
  // moved so that mean and variance stay; mask = 0 or the scale.
  void (*alpha_drop)(const T* x, T* y, T* mask, long count, unsigned first, unsigned word0,
                     unsigned word1, T rate);
  // The same with normal numbers of that deviation: y = x * (1 + z), or x + z where not `factor`
  void (*gauss)(const T* x, T* y, T* mask, long count, unsigned first, unsigned word0,
                unsigned word1, T deviation, bool factor);
  // y = x * factor + offset, and (x - offset) * factor
  void (*rescale)(const T* x, const T* factor, const T* offset, T* y, long count);
  void (*standardise)(const T* x, const T* factor, const T* offset, T* y, long count);
  void (*prelu)(const T* x, const T* alpha, T* y, long count);
  // dx, where it is not null, and of each column the sum over rows of alpha's gradient
  void (*prelu_derive)(const T* x, const T* dy, long ld, long rows, long width, const T* alpha,
                       T* dx, T* sums);
  // Of `count` places and values those that a dropout drops, or keeps where `kept` says so: their
  // number. The places are the elements of the mask; there must be room for LANE more in the lists.
  long (*choose)(const int* places, const T* values, long count, unsigned word0, unsigned word1,
                 unsigned dropped, bool kept, int* out_places, T* out_values);
  // out (width) = start + the sum of values[i] * w[places[i]]; w (inner, width)
  void (*add_listed)(const T* w, long width, const int* places, const T* values, long count,
                     const T* start, T* out);
  void (*add)(const T* a, const T* b, T* sum, long count);
  void (*scale_by)(const T* mask, const T* dy, T* dx, long count);
  void (*add_rows)(const T* dz, long ld, long rows, T* sums, long width);
  void (*softmax)(const T* z, T* p, long count);
  // of each column: mean and (biased) variance
  void (*moments)(const T* x, long ld, long rows, long width, T* mean, T* variance);
  // normal = (x - mean) * inverse, y = normal * gamma + beta
  void (*normalise)(const T* x, long ld, long rows, long width, const T* mean, const T* inverse,
                    const T* gamma, const T* beta, T* normal, T* y, long ldy);
  // of each column: the sums of dy and of dy * normal
  void (*norm_sums)(const T* dy, long ldy, const T* normal, long ld, long rows, long width,
                    T* sum, T* sum_normal);
  // dx = factor * (dy - a - normal * b) of each column
  void (*norm_derive)(const T* dy, long ldy, const T* normal, long ld, long rows, long width,
                      const T* factor, const T* a, const T* b, T* dx);
  void (*update)(const Rule<T>& rule, T* w, const T* g, T* s0, T* s1, T* s2, long count);
  // adds the penalty's gradient to g, returns the penalty
  double (*penalise)(const T* w, T* g, T l1, T l2, long count);
  void (*clip)(T* g, T limit, long count);
  double (*sum_of_squares)(const T* g, long count);
  void (*multiply_by)(T* w, T factor, long count);
  // w -= w * decay * rate: a factor 1 - decay * rate would round away most of its digits
  void (*shrink)(T* w, T decay, T rate, long count);
};

const Kernels<float>& kernels_baseline();
#if defined(__x86_64__)
const Kernels<float>& kernels_avx2();
const Kernels<float>& kernels_avx512();
#endif
const Kernels<double>& kernels_double();

}  // namespace epochal
