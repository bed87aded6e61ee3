"""Intervals around predicted numbers: conformity scores of residuals, and back.

References
----------
J. Lei et al., "Distribution-free predictive inference for regression", Journal of the American
Statistical Association 113, 2018.
R. F. Barber et al., "Predictive inference with the jackknife+", Annals of Statistics 49, 2021.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from epochal.conformal.coverage import conformal_quantile


def absolute_scores(truth: ArrayLike, predicted: ArrayLike) -> NDArray[np.float64]:
    """How far predictions are off, ``|truth - predicted|``; both arrays of shape (rows,).

    Examples
    --------
    >>> absolute_scores([1.0, 2.0], [3.0, 1.5]).tolist()
    [2.0, 0.5]
    """
    return np.abs(np.asarray(truth, float) - np.asarray(predicted, float))


def interval(
    predicted: ArrayLike, scores: ArrayLike, coverage: float, *, difficulty: ArrayLike = 1.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The interval of each row, whose half width is a quantile of scores times its difficulty.

    Parameters
    ----------
    predicted : array_like of shape (rows,)
    scores : array_like of shape (n,)
        ``|truth - predicted| / difficulty`` of rows that the model was not trained on.
    coverage : float
        In (0, 1).
    difficulty : array_like of shape (rows,), or float
        Above 0; 1 makes all intervals as wide.

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
    half = conformal_quantile(scores, coverage) * np.broadcast_to(difficulty, middle.shape)
    return middle - half, middle + half
