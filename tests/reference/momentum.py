"""Optimisers with a momentum of its own for every step, as plain NumPy loops in float64.

Each gives the weights after all steps of least squares, mean((x w - y)**2), from `weights`.
"""

from collections.abc import Callable, Sequence

import numpy as np

Batches = Sequence[tuple[np.ndarray, np.ndarray]]


def _gradient(weights: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 2 * x.T @ (x @ weights - y) / len(x)


def sgd(
    weights: np.ndarray, batches: Batches, rates: np.ndarray, momenta: np.ndarray
) -> np.ndarray:
    velocity = np.zeros_like(weights)
    for (x, y), rate, momentum in zip(batches, rates, momenta, strict=True):
        velocity = momentum * velocity - rate * _gradient(weights, x, y)
        weights = weights + velocity
    return weights


def nesterov(
    weights: np.ndarray, batches: Batches, rates: np.ndarray, momenta: np.ndarray
) -> np.ndarray:
    velocity = np.zeros_like(weights)
    for (x, y), rate, momentum in zip(batches, rates, momenta, strict=True):
        gradient = _gradient(weights, x, y)
        velocity = momentum * velocity - rate * gradient
        weights = weights + momentum * velocity - rate * gradient
    return weights


def adam(
    weights: np.ndarray, batches: Batches, rates: np.ndarray, momenta: np.ndarray
) -> np.ndarray:
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step, ((x, y), rate, beta_1) in enumerate(zip(batches, rates, momenta, strict=True), 1):
        gradient = _gradient(weights, x, y)
        mean = beta_1 * mean + (1 - beta_1) * gradient
        square = 0.999 * square + 0.001 * gradient**2
        scaled = rate * np.sqrt(1 - 0.999**step) / (1 - beta_1**step)
        weights = weights - scaled * mean / (np.sqrt(square) + 1e-7)
    return weights


ALL: dict[str, Callable[..., np.ndarray]] = {"sgd": sgd, "nesterov": nesterov, "adam": adam}
