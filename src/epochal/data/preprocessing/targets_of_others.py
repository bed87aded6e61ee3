"""Targets from which features are learnt: by other rows than the one that gets the feature."""

import numpy as np
from numpy.typing import NDArray

PARTS = 5


def part_of_rows(rows: int) -> NDArray:
    """The part of each row, 0 to `PARTS` - 1, drawn once and for all; ints (rows,)."""
    return np.random.default_rng(0).permutation(rows) % PARTS


def columns_of_target(y: NDArray, classes: int) -> NDArray:
    """Float64 (rows, columns): a column for each class of three and more, else the target itself.

    Parameters
    ----------
    y : array of shape (rows,)
    classes : int
        Of a target of class numbers, 0 to classes - 1; 0 for a target of numbers.
    """
    if classes > 2:
        one_hot: NDArray = np.eye(classes)[np.asarray(y, int)]
        return one_hot
    return np.asarray(y, float).reshape(-1, 1)
