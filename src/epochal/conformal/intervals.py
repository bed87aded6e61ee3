"""Intervals around predicted numbers: conformity scores of residuals, and back.

References
----------
J. Lei et al., "Distribution-free predictive inference for regression", Journal of the American
Statistical Association 113, 2018.
R. F. Barber et al., "Predictive inference with the jackknife+", Annals of Statistics 49, 2021.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from epochal.conformal.coverage import check_coverage, conformal_quantile, rows_needed

_ROWS_OF_A_RANGE = 5  # times those that a coverage needs, so that its quantile is no extreme


def absolute_scores(truth: ArrayLike, predicted: ArrayLike) -> NDArray[np.float64]:
    """How far predictions are off, ``|truth - predicted|``; both arrays of shape (rows,).

    Examples
    --------
    >>> absolute_scores([1.0, 2.0], [3.0, 1.5]).tolist()
    [2.0, 0.5]
    """
    scores: NDArray[np.float64] = np.abs(np.asarray(truth, float) - np.asarray(predicted, float))
    return scores


def interval_by_size(
    predicted: ArrayLike,
    scores: ArrayLike,
    sizes: ArrayLike,
    coverage: float,
    *,
    bins: int = 5,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """As `interval`, with a quantile of its own for each of several ranges of predicted numbers.

    Large numbers are often predicted less exactly than small ones: the coverage then holds in each
    range, and not on average only (Mondrian).

    Parameters
    ----------
    predicted : array_like of shape (rows,)
    scores, sizes : array_like of shape (n,)
        ``|truth - predicted|`` and ``predicted`` of rows that the model was not trained on.
    coverage : float
        In (0, 1).
    bins : int
        Ranges of about as many rows each; fewer where a range would have less than five times the
        rows that `coverage` needs.

    Raises
    ------
    InputError
        `coverage` is not in (0, 1), or there are too few scores.

    References
    ----------
    H. Boström and U. Johansson, "Mondrian conformal regressors", COPA 2020.

    Examples
    --------
    >>> sizes = np.arange(100.0)
    >>> low, high = interval_by_size([10.0, 90.0], sizes, sizes, 0.9, bins=2)
    >>> (high - low).tolist()
    [90.0, 190.0]
    """
    middle, values, sizes = (np.asarray(part, float) for part in (predicted, scores, sizes))
    coverage = check_coverage(coverage)
    most = len(values) // (_ROWS_OF_A_RANGE * max(1, rows_needed(coverage)))
    edges = np.unique(np.quantile(sizes, np.linspace(0, 1, max(1, min(bins, most)) + 1)[1:-1]))
    own, new = (np.searchsorted(edges, part, side="right") for part in (sizes, middle))
    if len(np.unique(own)) <= len(edges):
        return interval(middle, values, coverage)
    limits = [conformal_quantile(values[own == at], coverage) for at in range(len(edges) + 1)]
    half = np.array(limits)[new]
    return middle - half, middle + half


def interval(
    predicted: ArrayLike, scores: ArrayLike, coverage: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The interval of each row, whose half width is a quantile of scores.

    Parameters
    ----------
    predicted : array_like of shape (rows,)
    scores : array_like of shape (n,)
        ``|truth - predicted|`` of rows that the model was not trained on.
    coverage : float
        In (0, 1).

    Returns
    -------
    tuple of numpy.ndarray of shape (rows,)
        Lower and upper ends.

    Raises
    ------
    InputError
        `coverage` is not in (0, 1), or there are too few scores.

    Examples
    --------
    >>> low, high = interval([10.0, 20.0], range(1, 20), 0.9)
    >>> low.tolist(), high.tolist()
    ([-8.0, 2.0], [28.0, 38.0])
    """
    middle = np.asarray(predicted, float)
    half = conformal_quantile(scores, coverage)
    return middle - half, middle + half
