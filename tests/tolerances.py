"""The one place for tolerances, each with its reason. `from tests.tolerances import ...`.

They are keyword arguments of `numpy.testing.assert_allclose`:
`assert_allclose(ours, theirs, **LOSS_PARITY)`.
"""

from typing import Final, TypedDict


class Tolerance(TypedDict):
    rtol: float
    atol: float


FLOAT32_EPS: Final = 2.0**-23

# One float32 operation, or the same few in another order: a handful of roundings.
FLOAT32_ROUNDING: Final = Tolerance(rtol=8 * FLOAT32_EPS, atol=8 * FLOAT32_EPS)

# A sum or a product of matrices over up to about a thousand terms, added in another order:
# the error grows with the root of the number of terms (32 for 1,000).
FLOAT32_REDUCTION: Final = Tolerance(rtol=32 * FLOAT32_EPS, atol=32 * FLOAT32_EPS)

# Quantiles of the normal distribution by float32 polynomials: some roundings, which the logarithm
# and the root near the tails enlarge.
QUANTILES: Final = Tolerance(rtol=48 * FLOAT32_EPS, atol=8 * FLOAT32_EPS)

# Losses of a few dozen steps on two programs that fuse differently: every step starts from
# weights that already differ by a rounding, and the differences add up.
LOSS_PARITY: Final = Tolerance(rtol=1e-4, atol=1e-5)

# Learning rates: a schedule's formula in float32 beside NumPy's in float64. A power or a cosine
# enlarges the rounding of its argument, which grows with the steps.
LEARNING_RATES: Final = Tolerance(rtol=1e-5, atol=0)

# What the layers of a small network give, beside NumPy or another program: a few dozen terms.
LAYER_OUTPUTS: Final = Tolerance(rtol=1e-5, atol=1e-6)

# Its gradients beside those by hand: products of such outputs, over the rows of a batch.
LAYER_GRADIENTS: Final = Tolerance(rtol=1e-4, atol=1e-6)

# The same gradients, scaled: the roundings of one program, which the factor moves.
SCALED_GRADIENTS: Final = Tolerance(rtol=1e-5, atol=0)

# Weights after those steps. Adaptive optimisers divide by the root of a small second moment,
# which enlarges a rounding in weights whose gradient is near zero.
WEIGHT_PARITY: Final = Tolerance(rtol=1e-3, atol=1e-4)

# float64 arithmetic against a closed form or a plain loop.
FLOAT64: Final = Tolerance(rtol=1e-12, atol=1e-12)

# A dozen steps with 8 (bfloat16) or 11 (float16) bits: one rounding is 2**-8 of a value, and the
# two programs round at other places.
HALF_PRECISION: Final = Tolerance(rtol=4 * 2.0**-8, atol=4 * 2.0**-8)

# The native engine beside Keras after 200 steps, as its issue asks. What is near zero is compared
# with the size of a loss, one.
NATIVE_PARITY: Final = Tolerance(rtol=1e-4, atol=1e-4)

# Predictions of a folded model beside the unfolded one, as the issue asks: other roundings, of
# values of the size of one, through a few layers.
FOLDED: Final = Tolerance(rtol=1e-5, atol=1e-5)

# 200 steps of training in float64, by two programs: roundings of 1e-16, enlarged. A problem that
# enlarges more than that is measured: a rounding in float32 is 5e8 times one in float64, and there
# are some hundreds of them on the way.
FLOAT64_TRAINED: Final = 1e-10
FLOAT64_SHAKEN: Final = 1e-6

# How many times as far as another float32 fit from the truth one may come to lie, both moved by
# roundings alone: on ill-conditioned problems the distances of two draws differ by such factors.
ROUNDINGS_APART: Final = 20

# Values that were scaled to float32 and back. Ranks mapped to a normal distribution lose some more
# digits in its tails, where the inverse is steep.
SCALED_AND_BACK: Final = Tolerance(rtol=1e-4, atol=1e-4)

# Pixels from 0 to 255, standardised in float32 and back: a rounding is 255 * 2**-24 or 1.5e-5.
PIXELS_AND_BACK: Final = Tolerance(rtol=0, atol=1e-3)

# Normal scores in float32, up to 2.3, by scikit-learn's interpolation between quantiles.
NORMAL_SCORES: Final = Tolerance(rtol=1e-7, atol=1e-5)

# Accuracies of two such fits: so many rows lie so near to the border of two classes that a rounding
# decides on which side.
ROWS_ON_A_BORDER: Final = 2

# A norm that a constraint divides to its limit: Keras adds 1e-7 to the divisor, and float32 rounds.
# The largest lies at the limit, short of it by the same.
CONSTRAINED_NORM: Final = 1e-5
LARGEST_NORM: Final = 1e-4

# Mean and mean square of 80,000 numbers through noise that keeps both: their standard errors are
# 0.0035 and 0.005. The square's is larger with the rate: AlphaDropout's values have heavy tails.
MOMENTS_OF_NOISE: Final = {"mean": 0.02, "square": 0.05}

# A fit by Adam with a constant rate beside least squares: its last steps still move the loss, by up
# to 3% where the rate is 0.05.
STILL_MOVING: Final = 0.05

# What TensorBoard's event files hold: numbers in float32.
EVENT_FILE: Final = Tolerance(rtol=1e-6, atol=0)

# A histogram's sum in such a file: in float64 of float32 numbers, beside NumPy's in float32.
HISTOGRAM: Final = Tolerance(rtol=1e-5, atol=0)

# A histogram of gradients, beside the same gradients by another program.
HISTOGRAM_OF_GRADIENTS: Final = Tolerance(rtol=1e-4, atol=0)

# The projector's text files: nine digits of a table of embeddings, or of a layer's outputs, which
# another program has computed.
EMBEDDINGS_IN_TEXT: Final = Tolerance(rtol=1e-5, atol=0)
OUTPUTS_IN_TEXT: Final = Tolerance(rtol=1e-4, atol=1e-6)

# Slopes of activations that the native engine takes from its float32 outputs, beside JAX's from the
# inputs: where a curve saturates, what is left of the output has few digits.
ACTIVATION_SLOPES: Final = Tolerance(rtol=2e-3, atol=1e-5)

# A sparsity as a fraction of whole weights: at most one of a hundred or more is rounded away.
WHOLE_WEIGHTS: Final = 0.01

# A drawn activation beside NumPy's: float32 inputs and outputs of the size of a few units.
DRAWN_OUTPUTS: Final = Tolerance(rtol=1e-7, atol=1e-6)
# Its derivative, by differences between points that are 0.004 apart.
DRAWN_DERIVATIVES: Final = Tolerance(rtol=1e-7, atol=2e-3)
# Where it saturates: between two such points, in units of the input; and as a fraction of them.
DRAWN_SATURATION: Final = 0.05
SATURATED_FRACTION: Final = 2e-3
# A mean of a few float32 losses beside float64.
DRAWN_MEANS: Final = Tolerance(rtol=1e-6, atol=0)

# Equal steps of a warm-up, as differences between float32 learning rates: up to 100 steps, the
# last rate is 100 times a step, and so is its rounding.
WARM_UP_STEPS: Final = Tolerance(rtol=1e-3, atol=0)
# The learning rate as the difference of two float32 weights of the size of one.
RATE_FROM_WEIGHTS: Final = Tolerance(rtol=1e-4, atol=0)
# 1 - cos(x) in float32 loses what 1 and cos(x) have in common, near the ends of a cosine cycle.
COSINE_CYCLE: Final = Tolerance(rtol=1e-4, atol=0.05 * FLOAT32_EPS)

# Means of pixels over 2,000 standardised images, which are 0 but for roundings; their standard
# deviations, and the pixels themselves.
PIXEL_MEANS: Final = Tolerance(rtol=1e-7, atol=1e-5)
PIXEL_STDS: Final = Tolerance(rtol=1e-4, atol=0)
STANDARDIZED_PIXELS: Final = Tolerance(rtol=1e-4, atol=1e-4)
# The moments of SELU by quadrature with 200 points, at a kink; and of 500 x 100 drawn values.
SELU_MOMENTS: Final = 1e-3
SELU_MOMENTS_OF_DRAWS: Final = 0.1

# Losses of epochs of two fits with the same cycle, by a callback in Python and by a schedule: the
# learning rates differ by roundings.
SAME_CYCLE_LOSSES: Final = Tolerance(rtol=1e-3, atol=0)
