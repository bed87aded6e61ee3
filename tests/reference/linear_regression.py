"""Linear regression by gradient descent on the mean squared error, as a plain NumPy loop."""

from collections.abc import Sequence

import numpy as np


def descend(
    weights: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    batches: Sequence[np.ndarray],
    rates: Sequence[float],
) -> tuple[np.ndarray, list[float]]:
    """The weights after a step on each batch of rows, and the loss before each step."""
    losses = []
    for rows, rate in zip(batches, rates, strict=True):
        error = x[rows] @ weights - y[rows]
        losses.append(float(np.mean(error**2)))
        weights = weights - rate * 2 * x[rows].T @ error / len(rows)
    return weights, losses
