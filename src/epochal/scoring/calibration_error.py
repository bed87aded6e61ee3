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
    at = equal_bins(said, bins)
    counts, (mean_said, mean_seen) = bin_means(at, said, seen, fewest=2 if debiased else 1)
    weight = counts / max(1, counts.sum())
    if not debiased:
        return float(weight @ np.abs(mean_said - mean_seen))
    scatter = mean_seen * (1 - mean_seen) / (counts - 1)
    squared = float(weight @ ((mean_said - mean_seen) ** 2 - scatter))
    return float(np.sqrt(max(0.0, squared)))


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
