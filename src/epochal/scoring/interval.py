"""Confidence intervals by the percentile bootstrap: rows drawn with replacement.

References
----------
B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
C. Nadeau and Y. Bengio, "Inference for the Generalization Error", Machine Learning 52, 2003.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

DRAWS = 1000
"""Bootstrap samples."""

ALPHA = 0.05
"""What a 95% interval leaves out, half on either side."""

_NUMBERS_AT_ONCE = 250_000
"""Positions in a block of draws: 2 MB, which stay in the cache."""


def percentile_interval(drawn: NDArray, alpha: float = ALPHA) -> tuple[float, float]:
    """The middle of a statistic's values on the bootstrap samples, by default 95% of them.

    Parameters
    ----------
    drawn : float array of shape (draws,)
        NaN where a sample does not determine the statistic; such samples are left out.
    alpha : float
        What is left out, half on either side.

    Returns
    -------
    tuple of float
        The 2.5% and the 97.5% quantile, or those of another `alpha`; NaN where no sample gave a
        number.

    Examples
    --------
    >>> percentile_interval(np.arange(0.0, 101.0))
    (2.5, 97.5)
    """
    known = drawn[np.isfinite(drawn)]
    low, high = np.quantile(known, (alpha / 2, 1 - alpha / 2)) if known.size else (np.nan, np.nan)
    return float(low), float(high)


def mean_interval(values: NDArray, *, seed: int = 0, draws: int = DRAWS) -> tuple[float, float]:
    """The 95% confidence interval of a mean.

    Parameters
    ----------
    values : float array of shape (rows,)
    seed : int
        Decides the draws.
    draws : int
        Bootstrap samples.

    Returns
    -------
    tuple of float
        The ends of the interval.

    Examples
    --------
    >>> low, high = mean_interval(np.arange(100.0))
    >>> low < 49.5 < high
    True
    """
    samples = drawn_rows(len(values), seed, draws)
    return percentile_interval(np.concatenate([values[rows].mean(axis=1) for rows in samples]))


def resampled_interval(values: NDArray, ratio: float) -> tuple[float, float]:
    """The 95% confidence interval of the mean of a score over repeated training and testing.

    The parts of several folds overlap, so their scores vary less than those of new tables would:
    Nadeau and Bengio's correction adds to the variance of the mean what the overlap hides.

    Parameters
    ----------
    values : float array of shape (fits,)
        NaN where a fit does not determine the score; it is left out.
    ratio : float
        Test rows of a fit over its training rows.

    Returns
    -------
    tuple of float
        NaN for fewer than two fits.

    Examples
    --------
    >>> low, high = resampled_interval(np.array([0.8, 0.82, 0.78, 0.8]), ratio=1 / 3)
    >>> round(low, 3), round(high, 3)
    (0.76, 0.84)
    """
    known = values[np.isfinite(values)]
    if len(known) < 2:
        return float("nan"), float("nan")
    error = np.sqrt((1 / len(known) + ratio) * known.var(ddof=1))
    reach = stdtrit(len(known) - 1, 1 - ALPHA / 2) * error
    return float(known.mean() - reach), float(known.mean() + reach)


def drawn_rows(
    rows: int, seed: int, draws: int, *, width: int | None = None
) -> Iterator[NDArray[np.int64]]:
    """Positions of the rows of each bootstrap sample, in blocks of shape (samples, rows).

    `width`: how many numbers will stand for a sample, where those are more than its rows.
    """
    generator = np.random.default_rng(seed)
    block = max(1, _NUMBERS_AT_ONCE // (width or rows))
    for start in range(0, draws, block):
        yield generator.integers(0, rows, (min(block, draws - start), rows))
