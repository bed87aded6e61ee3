"""The continuous ranked probability score of distributions of a number.

References
----------
T. Gneiting and A. E. Raftery, "Strictly proper scoring rules, prediction, and estimation", Journal
of the American Statistical Association 102, 2007, sections 4.2 and 5.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr


def crps_of_normal(truth: ArrayLike, mean: ArrayLike, deviation: ArrayLike) -> NDArray[np.float64]:
    """The score of normal distributions, in the unit of the target; lower is better.

    ``deviation * (z * (2 * Phi(z) - 1) + 2 * phi(z) - 1 / sqrt(pi))`` with ``z = (truth - mean) /
    deviation``: the integral of the squared distance between the distribution function and the step
    at the truth.

    Parameters
    ----------
    truth, mean, deviation : array_like of shape (rows,)
        Deviations above 0.

    Examples
    --------
    >>> round(float(crps_of_normal(0.0, 0.0, 1.0)), 4)
    0.2337
    """
    truth, mean, deviation = (np.asarray(part, float) for part in (truth, mean, deviation))
    z = (truth - mean) / deviation
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    scores: NDArray[np.float64] = deviation * (
        z * (2 * ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi)
    )
    return scores


def crps_of_sample(truth: ArrayLike, sample: ArrayLike) -> NDArray[np.float64]:
    """The score of the distribution that a sample is; of one number, the absolute error.

    ``mean |x - truth| - mean |x - x'| / 2`` over all numbers ``x`` and all pairs of them, of equal
    ones too: the sample itself is judged, not what it was drawn from.

    Parameters
    ----------
    truth : array_like of shape (rows,)
    sample : array_like of shape (samples, rows)

    Examples
    --------
    >>> crps_of_sample([0.0], [[-1.0], [1.0]]).tolist()
    [0.5]
    """
    values = np.sort(np.asarray(sample, float), axis=0)
    count = len(values)
    away = np.abs(values - np.asarray(truth, float)).mean(axis=0)
    # The sum over pairs from the sorted numbers: each is subtracted by all that are above it.
    ranks = 2 * np.arange(1, count + 1) - count - 1
    apart = 2 * (ranks @ values) / count**2
    scores: NDArray[np.float64] = away - apart / 2
    return scores


def crps_of_errors(errors: ArrayLike, sample: ArrayLike) -> NDArray[np.float64]:
    """As `crps_of_sample`, where the distribution of each row is its prediction plus a sample.

    All rows share the sample, so that a row costs a search in it.

    Parameters
    ----------
    errors : array_like of shape (rows,)
        Truth minus prediction.
    sample : array_like of shape (samples,)
        Errors of other rows, at least one.

    Examples
    --------
    >>> crps_of_errors([0.0, 3.0], [-1.0, 1.0]).tolist()
    [0.5, 2.5]
    """
    values, at = np.sort(np.asarray(sample, float)), np.asarray(errors, float)
    count = len(values)
    below = np.searchsorted(values, at, side="right")
    sums = np.concatenate([[0.0], np.cumsum(values)])
    away = (at * (2 * below - count) + sums[-1] - 2 * sums[below]) / count
    ranks = 2 * np.arange(1, count + 1) - count - 1
    scores: NDArray[np.float64] = away - ranks @ values / count**2
    return scores
