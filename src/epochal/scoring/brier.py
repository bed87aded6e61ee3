"""The Brier score of probabilities, and what it is made of.

References
----------
G. W. Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review
78, 1950.
A. H. Murphy, "A new vector partition of the probability score", Journal of Applied Meteorology 12,
1973.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from epochal.scoring.bins import bin_means, equal_bins


def brier_score(truth: ArrayLike, probabilities: ArrayLike) -> float:
    """The mean squared distance of the probabilities from what happened; lower is better.

    ``mean((p - y) ** 2)`` for the probability of one event, in [0, 1]; for K classes the mean over
    the rows of ``sum over k of (p_k - y_k) ** 2``, in [0, 2], as Brier defined it. For two classes
    the latter is twice the former.

    Parameters
    ----------
    truth : array_like of int of shape (rows,)
        0 or 1 for an event; the class, 0 to K - 1, of several.
    probabilities : array_like of shape (rows,) or (rows, K)

    Examples
    --------
    >>> brier_score([1, 0], [0.5, 0.5]), brier_score([0, 1], [[1.0, 0.0], [0.5, 0.5]])
    (0.25, 0.25)
    """
    values = np.asarray(probabilities, float)
    happened = np.asarray(truth, int)
    if values.ndim == 1:
        return float(((values - happened) ** 2).mean())
    one_hot = np.eye(values.shape[1])[happened]
    return float(((values - one_hot) ** 2).sum(axis=1).mean())


class BrierParts(NamedTuple):
    """The parts of a Brier score: ``reliability - resolution + uncertainty``, plus what is within.

    Attributes
    ----------
    reliability : float
        How far the frequencies are from the probabilities; 0 for calibrated ones.
    resolution : float
        How far the frequencies are from that of all rows; the more, the better.
    uncertainty : float
        ``q * (1 - q)`` of the frequency of all rows: the score of a constant.
    within : float
        What is left as the probabilities of a bin differ; 0 where those are equal.
    """

    reliability: float
    resolution: float
    uncertainty: float
    within: float


def brier_parts(
    truth: ArrayLike, probabilities: ArrayLike, *, bins: int | None = None
) -> BrierParts:
    """Murphy's decomposition of the Brier score of one event.

    Parameters
    ----------
    truth : array_like of shape (rows,)
        0 or 1.
    probabilities : array_like of shape (rows,)
    bins : int, optional
        Bins of equal width over [0, 1]; None has one for each different probability, where the
        three parts of Murphy add up exactly.

    Returns
    -------
    BrierParts
        ``reliability - resolution + uncertainty + within`` is the Brier score.

    Examples
    --------
    >>> parts = brier_parts([1, 0, 1, 1], [0.5, 0.5, 1.0, 1.0])
    >>> parts.reliability, parts.resolution, parts.uncertainty, parts.within
    (0.0, 0.0625, 0.1875, 0.0)
    """
    happened, values = np.asarray(truth, float), np.asarray(probabilities, float)
    at = np.unique(values, return_inverse=True)[1] if bins is None else equal_bins(values, bins)
    counts, (said, seen) = bin_means(at, values, happened)
    weight, base = counts / len(values), happened.mean()
    reliability = float(weight @ (said - seen) ** 2)
    resolution = float(weight @ (seen - base) ** 2)
    uncertainty = float(base * (1 - base))
    within = brier_score(truth, values) - (reliability - resolution + uncertainty)
    return BrierParts(reliability, resolution, uncertainty, within if bins is not None else 0.0)
