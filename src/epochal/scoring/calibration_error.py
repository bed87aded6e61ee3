"""The expected calibration error: how far stated probabilities are from frequencies.

References
----------
M. P. Naeini, G. F. Cooper and M. Hauskrecht, "Obtaining well calibrated probabilities using
Bayesian binning", AAAI 2015.
C. Guo et al., "On calibration of modern neural networks", ICML 2017.
M. Kull et al., "Beyond temperature scaling", NeurIPS 2019 (classwise).
J. Bröcker, "Estimating reliability and resolution of probability forecasts through decomposition of
the empirical score", Climate Dynamics 39, 2012 (debiased).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from epochal.scoring.bins import bin_means, equal_bins

BINS = 15
"""As Guo et al. have it."""

_ROUNDING = 1e-9


def calibration_error(
    happened: ArrayLike, probabilities: ArrayLike, *, bins: int = BINS, debiased: bool = False
) -> float:
    """The mean distance of probabilities from frequencies, over bins of equal width.

    ``sum over bins b of n_b / n * abs(mean p_b - mean y_b)``. It is above 0 even for calibrated
    probabilities, as frequencies scatter: more so with few rows and many bins.

    Parameters
    ----------
    happened : array_like of shape (rows,)
        0 or 1.
    probabilities : array_like of shape (rows,)
        In [0, 1].
    bins : int
    debiased : bool
        Whether to estimate the squared error of each bin without that scatter: ``(mean p - mean
        y)**2 - mean y * (1 - mean y) / (n_b - 1)``. The result is the square root of their weighted
        mean, so an L2 error, and 0 where that is below 0; bins of one row are left out.

    Examples
    --------
    >>> calibration_error([1, 0, 1, 1], [0.5, 0.5, 0.75, 0.75])
    0.125
    """
    seen, said = np.asarray(happened, float), np.asarray(probabilities, float)
    if debiased:
        return float(debiased_calibration_errors(seen, said, np.ones((1, len(seen))), bins)[0])
    counts, (mean_said, mean_seen) = bin_means(equal_bins(said, bins), said, seen)
    return float(counts / max(1, counts.sum()) @ np.abs(mean_said - mean_seen))


def debiased_calibration_errors(
    happened: NDArray, probabilities: NDArray, weights: NDArray, bins: int = BINS
) -> NDArray[np.float64]:
    """The debiased calibration error of the same rows by several sets of weights.

    A bootstrap sample scatters twice, as the rows do and as it was drawn: the scatter of a bin's
    frequency is that of a weighted mean, ``mean y * (1 - mean y) * s / (1 - s)`` with ``s = sum w^2
    / (sum w)^2``, which is ``1 / n_b`` where all weights are 1. So samples scatter around the error
    itself, and their quantiles are an interval of it; the plain error is larger in a sample.

    Parameters
    ----------
    happened, probabilities : float array of shape (rows,)
    weights : float array of shape (draws, rows)
        How often each sample holds each row.
    bins : int

    Returns
    -------
    numpy.ndarray of shape (draws,)

    Examples
    --------
    >>> said, seen = np.full(8, 0.75), np.array([1.0, 0.0] * 4)
    >>> debiased_calibration_errors(seen, said, np.ones((1, 8))).round(4).tolist()
    [0.1637]
    """
    bin_of = equal_bins(probabilities, bins)
    order = np.argsort(bin_of, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(bin_of[order]) != 0])
    weights = weights[:, order]

    def summed(values: NDArray) -> NDArray[np.float64]:
        """Over the rows of each bin that has some, (draws, bins)."""
        return np.asarray(np.add.reduceat(values, starts, axis=1))

    total = summed(weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        said, seen = (summed(weights * p[order]) / total for p in (probabilities, happened))
        alone = summed(weights**2) / total**2
        known = alone < 1 - _ROUNDING  # at least two different rows
        squared = (said - seen) ** 2 - seen * (1 - seen) * alone / (1 - alone)
        share = np.where(known, total, 0)
        mean = np.where(known, share * squared, 0).sum(axis=1) / np.maximum(1, share.sum(axis=1))
    return np.asarray(np.sqrt(np.maximum(0, mean)))


def confidence_calibration_error(
    truth: ArrayLike, probabilities: ArrayLike, *, bins: int = BINS, debiased: bool = False
) -> float:
    """The calibration error of the probability of the predicted class.

    Parameters
    ----------
    truth : array_like of int of shape (rows,)
        The class, 0 to K - 1.
    probabilities : array_like of shape (rows, K)
    bins, debiased
        As in `calibration_error`.

    Examples
    --------
    >>> confidence_calibration_error([0, 1], [[0.75, 0.25], [0.75, 0.25]])
    0.25
    """
    values = np.asarray(probabilities, float)
    right = values.argmax(axis=1) == np.asarray(truth, int)
    return calibration_error(right, values.max(axis=1), bins=bins, debiased=debiased)


def classwise_calibration_error(
    truth: ArrayLike, probabilities: ArrayLike, *, bins: int = BINS, debiased: bool = False
) -> float:
    """The mean over the classes of the calibration error of each class' probability.

    Parameters
    ----------
    truth, probabilities, bins, debiased
        As in `confidence_calibration_error`.

    Examples
    --------
    >>> classwise_calibration_error([0, 1], [[0.75, 0.25], [0.75, 0.25]])
    0.25
    """
    values: NDArray[np.float64] = np.asarray(probabilities, float)
    codes = np.asarray(truth, int)
    errors = [
        calibration_error(codes == code, column, bins=bins, debiased=debiased)
        for code, column in enumerate(values.T)
    ]
    return float(np.mean(errors))
