"""Confidence intervals by the percentile bootstrap: rows drawn with replacement.

References
----------
B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

DRAWS = 1000
"""Bootstrap samples."""

_LEVELS = (0.025, 0.975)

_NUMBERS_AT_ONCE = 250_000
"""Positions in a block of draws: 2 MB, which stay in the cache."""


def percentile_interval(drawn: NDArray) -> tuple[float, float]:
    """The middle 95% of a statistic's values on the bootstrap samples.

    Parameters
    ----------
    drawn : float array of shape (draws,)
        NaN where a sample does not determine the statistic; such samples are left out.

    Returns
    -------
    tuple of float
        The 2.5% and the 97.5% quantile; NaN where no sample gave a number.

    Examples
    --------
    >>> percentile_interval(np.arange(0.0, 101.0))
    (2.5, 97.5)
    """
    known = drawn[np.isfinite(drawn)]
    low, high = np.quantile(known, _LEVELS) if known.size else (np.nan, np.nan)
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


def drawn_rows(rows: int, seed: int, draws: int) -> Iterator[NDArray[np.int64]]:
    """Positions of the rows of each bootstrap sample, in blocks of shape (samples, rows)."""
    generator = np.random.default_rng(seed)
    block = max(1, _NUMBERS_AT_ONCE // rows)
    for start in range(0, draws, block):
        yield generator.integers(0, rows, (min(block, draws - start), rows))
