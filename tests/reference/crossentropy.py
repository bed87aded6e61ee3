"""Cross-entropies of logits in float64, and their gradients, by their definitions."""

import numpy as np


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """log p = z - max - log sum exp(z - max), over the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def categorical(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """-sum y log p, a row; targets as distributions."""
    return -(targets * log_softmax(logits)).sum(axis=-1)


def binary(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """max(z, 0) - z y + log(1 + exp(-|z|)), an element."""
    return np.maximum(logits, 0) - logits * targets + np.log1p(np.exp(-np.abs(logits)))


def softmax(logits: np.ndarray) -> np.ndarray:
    return np.exp(log_softmax(logits))


def sigmoid(logits: np.ndarray) -> np.ndarray:
    return np.exp(-binary(logits, np.ones_like(logits)))


def smoothed(targets: np.ndarray, by: float) -> np.ndarray:
    """Keras' label smoothing of distributions over the last axis."""
    return targets * (1 - by) + by / targets.shape[-1]
