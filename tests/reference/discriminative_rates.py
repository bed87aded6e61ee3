"""Two optimisers in plain NumPy, each variable at a rate of its own."""

from collections.abc import Sequence

import numpy as np

Arrays = Sequence[np.ndarray]


def sgd(weights: Arrays, gradients: Arrays, rates: Sequence[float]) -> list[np.ndarray]:
    """One step: w - rate * g."""
    return [w - rate * g for w, g, rate in zip(weights, gradients, rates, strict=True)]


def adam(weights: Arrays, gradients: Arrays, rates: Sequence[float]) -> list[np.ndarray]:
    """The first step of Adam at Keras' defaults, moments starting at zero (Kingma & Ba, 2015).

    Keras adds epsilon to the root of the second moment before its bias is corrected.
    """
    beta_1, beta_2, epsilon = 0.9, 0.999, 1e-7
    stepped = []
    for w, g, rate in zip(weights, gradients, rates, strict=True):
        m, v = (1 - beta_1) * g, (1 - beta_2) * g**2
        size = rate * np.sqrt(1 - beta_2) / (1 - beta_1)
        stepped.append(w - size * m / (np.sqrt(v) + epsilon))
    return stepped


def linear_gradients(x: np.ndarray, y: np.ndarray, weights: Arrays) -> list[np.ndarray]:
    """Of the mean squared error of y ~ (x w1 + b1) w2 + b2 by w1, b1, w2, b2."""
    w1, b1, w2, b2 = weights
    hidden = x @ w1 + b1
    dz = 2 * (hidden @ w2 + b2 - y) / y.size
    dh = dz @ w2.T
    return [x.T @ dh, dh.sum(0), hidden.T @ dz, dz.sum(0)]
