"""How often intervals and sets hold the truth, and what they are worth.

References
----------
C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case
of the binomial", Biometrika 26, 1934.
R. L. Winkler, "A decision-theoretic approach to interval estimation", Journal of the American
Statistical Association 67, 1972.
T. Gneiting and A. E. Raftery, "Strictly proper scoring rules, prediction, and estimation", Journal
of the American Statistical Association 102, 2007, section 6.2.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

from epochal.scoring.bootstrap import bootstrap_weights
from epochal.scoring.interval import ALPHA, DRAWS, percentile_interval
from epochal.scoring.scores import Interval


def held_by_intervals(truth: ArrayLike, low: ArrayLike, high: ArrayLike) -> NDArray[np.bool_]:
    """Whether each interval, its ends included, holds the truth; arrays of equal shape.

    Examples
    --------
    >>> held_by_intervals([1.0, 5.0], [0.0, 0.0], [1.0, 4.0]).tolist()
    [True, False]
    """
    truth, low, high = (np.asarray(part, float) for part in (truth, low, high))
    held: NDArray[np.bool_] = (low <= truth) & (truth <= high)
    return held


def interval_score(
    truth: ArrayLike, low: ArrayLike, high: ArrayLike, coverage: float
) -> NDArray[np.float64]:
    """Winkler's score of each interval: its width, and a fine for a truth outside; lower is better.

    ``high - low + 2 / alpha * (low - truth if truth < low; truth - high if truth > high)`` with
    ``alpha = 1 - coverage``: on average it is lowest for the true quantiles at ``alpha / 2`` and
    ``1 - alpha / 2``.

    Parameters
    ----------
    truth, low, high : array_like of equal shape
    coverage : float
        What the intervals are meant to hold, in (0, 1).

    Examples
    --------
    >>> interval_score([1.0, 5.0], [0.0, 0.0], [4.0, 4.0], 0.5).tolist()
    [4.0, 8.0]
    """
    truth, low, high = (np.asarray(part, float) for part in (truth, low, high))
    outside = np.maximum(low - truth, 0) + np.maximum(truth - high, 0)
    scores: NDArray[np.float64] = high - low + 2 / (1 - coverage) * outside
    return scores


def binomial_interval(hits: int, rows: int, alpha: float = ALPHA) -> tuple[float, float]:
    """Clopper and Pearson's interval of a proportion: it holds at least as often as it says.

    Parameters
    ----------
    hits, rows : int
        ``0 <= hits <= rows``, and at least one row.
    alpha : float
        What is left out, half on either side.

    Examples
    --------
    >>> low, high = binomial_interval(0, 10)
    >>> low, round(high, 4), round(1 - 0.025 ** 0.1, 4)
    (0.0, 0.3085, 0.3085)
    """
    low = betaincinv(hits, rows - hits + 1, alpha / 2) if hits else 0.0
    high = betaincinv(hits + 1, rows - hits, 1 - alpha / 2) if hits < rows else 1.0
    return float(low), float(high)


def coverage_of(
    held: NDArray[np.bool_], groups: NDArray | None = None, *, seed: int = 0
) -> Interval:
    """The fraction of rows whose truth was held, with its 95% interval.

    Parameters
    ----------
    held : numpy.ndarray of bool of shape (rows,)
        At least one row.
    groups : int array of shape (rows,), optional
        Rows of a group are alike: the interval is then a bootstrap over groups, else Clopper and
        Pearson's.
    seed : int
        Decides the draws of the bootstrap.

    Examples
    --------
    >>> coverage_of(np.array([True] * 9 + [False])).value
    0.9
    """
    if groups is None:
        low, high = binomial_interval(int(held.sum()), len(held))
    else:
        samples = bootstrap_weights(len(held), seed, DRAWS, groups)
        drawn = [weights @ held / weights.sum(axis=1) for weights in samples]
        low, high = percentile_interval(np.concatenate(drawn))
    return Interval(value=float(held.mean()), low=low, high=high)
