"""Calibration of probabilities: predicted probabilities against observed frequencies."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from epochal.scoring.bins import bin_means

NORMAL_95 = 1.959964
"""The two-sided 95% point of the normal distribution."""


@dataclass(frozen=True, kw_only=True)
class CalibrationCurve:
    """Predicted probabilities and observed frequencies in bins of equally many rows.

    Parameters
    ----------
    predicted : float array of shape (bins,)
        The mean predicted probability in each bin.
    observed : float array of shape (bins,)
        The fraction of rows in each bin for which the event happened.
    low, high : float array of shape (bins,)
        Wilson's 95% confidence interval of `observed`.
    error : float
        The expected calibration error: the mean of ``abs(predicted - observed)``, weighted by the
        rows of each bin.
    """

    predicted: NDArray[np.float64]
    observed: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    error: float


def calibration_curve(
    probabilities: ArrayLike, happened: ArrayLike, *, bins: int = 10
) -> CalibrationCurve:
    """Compare predicted probabilities with what happened, in bins of equally many rows.

    Parameters
    ----------
    probabilities : float array of shape (rows,)
        In [0, 1].
    happened : bool array of shape (rows,)
        Whether each event happened.
    bins : int
        Maximum number of bins; fewer where a bin would hold under 15 rows or where
        probabilities are equal.

    Returns
    -------
    CalibrationCurve

    References
    ----------
    Wilson, E. B. (1927), "Probable inference, the law of succession, and statistical inference".

    Examples
    --------
    >>> import numpy as np
    >>> result = calibration_curve(np.full(100, 0.7), np.arange(100) < 70)
    >>> round(result.error, 6), result.observed.tolist()
    (0.0, [0.7])
    """
    probabilities = np.asarray(probabilities, dtype=float)
    happened = np.asarray(happened, dtype=float)
    wanted = max(1, min(bins, len(probabilities) // 15))
    edges = np.unique(np.quantile(probabilities, np.linspace(0, 1, wanted + 1)))
    bin_of = np.searchsorted(edges[1:-1], probabilities, side="right")
    counts, (predicted, observed) = bin_means(bin_of, probabilities, happened)
    low, high = wilson_interval(observed, counts)
    error = float(np.sum(counts * np.abs(predicted - observed)) / counts.sum())
    return CalibrationCurve(predicted=predicted, observed=observed, low=low, high=high, error=error)


def wilson_interval(fraction: ArrayLike, counts: ArrayLike) -> tuple[NDArray, NDArray]:
    """Wilson's 95% confidence interval of a fraction observed among `counts` rows.

    Examples
    --------
    >>> low, high = wilson_interval(0.5, 100)
    >>> round(float(low), 3), round(float(high), 3)
    (0.404, 0.596)
    """
    fraction, counts = np.asarray(fraction, dtype=float), np.asarray(counts, dtype=float)
    z = NORMAL_95
    centre = (fraction + z**2 / (2 * counts)) / (1 + z**2 / counts)
    half = (
        z
        * np.sqrt(fraction * (1 - fraction) / counts + z**2 / (4 * counts**2))
        / (1 + z**2 / counts)
    )
    return centre - half, centre + half
