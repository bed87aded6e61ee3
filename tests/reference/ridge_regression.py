"""Ridge regression by clipped gradient descent, step by step, with the norm of each gradient."""

import numpy as np


def descend_with_norms(
    weights: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    batches: list[np.ndarray],
    rate: float,
    l2: float,
    clip_norm: float,
) -> tuple[np.ndarray, list[float], list[float]]:
    """The weights after the batches, the losses (with the penalty), the norms before clipping."""
    losses, norms = [], []
    for rows in batches:
        error = x[rows] @ weights - y[rows]
        losses.append(float(np.mean(error**2) + l2 * np.sum(weights**2)))
        gradient = 2 * x[rows].T @ error / len(rows) + 2 * l2 * weights
        norm = float(np.sqrt(np.sum(gradient**2)))
        norms.append(norm)
        weights = weights - rate * gradient * min(1.0, clip_norm / norm)
    return weights, losses, norms
