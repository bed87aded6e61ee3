"""Rows in bins of like probabilities: how many each has, and the means of what is known of them."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def equal_bins(probabilities: NDArray, bins: int) -> NDArray[np.integer]:
    """The bin of each probability, of `bins` equally wide ones over [0, 1].

    Examples
    --------
    >>> equal_bins(np.array([0.0, 0.1, 0.5, 1.0]), 2).tolist()
    [0, 0, 1, 1]
    """
    found: NDArray[np.integer] = np.minimum((probabilities * bins).astype(int), bins - 1)
    return found


def bin_means(
    bin_of: NDArray[np.integer], *values: NDArray, fewest: int = 1
) -> tuple[Floats, list[Floats]]:
    """How many rows each bin has, and the mean of each of `values` over them.

    Parameters
    ----------
    bin_of : int array of shape (rows,)
    *values : array of shape (rows,)
    fewest : int
        Bins of fewer rows are left out.

    Returns
    -------
    counts, means : array of shape (bins,), list of such

    Examples
    --------
    >>> counts, (means,) = bin_means(np.array([0, 0, 2]), np.array([1.0, 2.0, 5.0]))
    >>> counts.tolist(), means.tolist()
    ([2.0, 1.0], [1.5, 5.0])
    """
    every = np.bincount(bin_of)
    kept = every >= fewest
    counts: Floats = every[kept].astype(float)
    return counts, [np.bincount(bin_of, weights=part)[kept] / counts for part in values]
