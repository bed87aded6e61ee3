"""Reliability of probabilities: what was promised beside what came."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

NORMAL_95 = 1.959964
"""The two-sided 95% point of the normal distribution."""


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """Promised and observed shares in bins of equally many rows.

    Parameters
    ----------
    promised : array of float, shape (bins,)
        The mean probability in each bin.
    observed : array of float, shape (bins,)
        The share of rows in each bin for which it came true.
    low, high : array of float, shape (bins,)
        Wilson's 95% interval of the observed share.
    error : float
        The expected calibration error: the mean distance of the two, each bin weighted by its rows.
    """

    promised: NDArray[np.float64]
    observed: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    error: float


def reliability(probabilities: ArrayLike, came_true: ArrayLike, *, bins: int = 10) -> Reliability:
    """Compare probabilities with what came, in bins of equally many rows.

    Parameters
    ----------
    probabilities : array of float, shape (n,)
        In 0 to 1.
    came_true : array of bool, shape (n,)
        Whether each event happened.
    bins : int
        How many bins at most; fewer where a bin would hold under 15 rows or where
        probabilities are equal.

    Returns
    -------
    Reliability

    References
    ----------
    Wilson, E. B. (1927), "Probable inference, the law of succession, and statistical inference".

    Examples
    --------
    >>> import numpy as np
    >>> result = reliability(np.full(100, 0.7), np.arange(100) < 70)
    >>> round(result.error, 6), result.observed.tolist()
    (0.0, [0.7])
    """
    probabilities = np.asarray(probabilities, dtype=float)
    came_true = np.asarray(came_true, dtype=float)
    wanted = max(1, min(bins, len(probabilities) // 15))
    edges = np.unique(np.quantile(probabilities, np.linspace(0, 1, wanted + 1)))
    bin_of = np.searchsorted(edges[1:-1], probabilities, side="right")
    counts = np.bincount(bin_of)
    kept = counts > 0
    counts = counts[kept]
    promised = np.bincount(bin_of, weights=probabilities)[kept] / counts
    observed = np.bincount(bin_of, weights=came_true)[kept] / counts
    low, high = wilson_interval(observed, counts)
    error = float(np.sum(counts * np.abs(promised - observed)) / counts.sum())
    return Reliability(promised=promised, observed=observed, low=low, high=high, error=error)


def wilson_interval(share: ArrayLike, counts: ArrayLike) -> tuple[NDArray, NDArray]:
    """Wilson's 95% interval of a share observed among `counts` rows.

    Examples
    --------
    >>> low, high = wilson_interval(0.5, 100)
    >>> round(float(low), 3), round(float(high), 3)
    (0.404, 0.596)
    """
    share, counts = np.asarray(share, dtype=float), np.asarray(counts, dtype=float)
    z = NORMAL_95
    centre = (share + z**2 / (2 * counts)) / (1 + z**2 / counts)
    half = z * np.sqrt(share * (1 - share) / counts + z**2 / (4 * counts**2)) / (1 + z**2 / counts)
    return centre - half, centre + half
