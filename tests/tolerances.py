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
