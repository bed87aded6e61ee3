"""Recurrent layers over one sequence, step by step."""

import numpy as np


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def lstm(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """The states (steps, units) behind each step of `x` (steps, features)."""
    h = c = np.zeros(len(recurrent))
    states = []
    for row in x:
        i, f, g, o = np.split(row @ kernel + h @ recurrent + bias.ravel(), 4)
        c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
        h = _sigmoid(o) * np.tanh(c)
        states.append(h)
    return np.array(states)


def gru(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """The states of a GRU whose reset gate stands behind the product; two rows of `bias`."""
    h = np.zeros(len(recurrent))
    states = []
    for row in x:
        z, r, g = np.split(row @ kernel + bias[0], 3)
        from_z, from_r, from_g = np.split(h @ recurrent + bias[1], 3)
        z, r = _sigmoid(z + from_z), _sigmoid(r + from_r)
        h = z * h + (1 - z) * np.tanh(g + r * from_g)
        states.append(h)
    return np.array(states)


def simple_rnn(
    x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray
) -> np.ndarray:
    """The states of ``h = tanh(x W + h U + b)``."""
    h = np.zeros(len(recurrent))
    states = []
    for row in x:
        h = np.tanh(row @ kernel + h @ recurrent + bias.ravel())
        states.append(h)
    return np.array(states)
