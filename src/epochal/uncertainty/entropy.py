"""The entropy of probabilities, in nats."""

import numpy as np

ONE_OF_MANY = ("multiclass",)
YES_OR_NO = ("binary", "multilabel")
_TINY = np.finfo(np.float32).tiny


def entropy_of(probabilities: np.ndarray, task: str) -> np.ndarray | None:
    """Over the last axis for classes, of each output alone for yes or no, None for numbers."""
    if task in ONE_OF_MANY:
        return np.asarray(-_p_log_p(probabilities).sum(axis=-1))
    if task in YES_OR_NO:
        return np.asarray(-(_p_log_p(probabilities) + _p_log_p(1 - probabilities)))
    return None


def _p_log_p(p: np.ndarray) -> np.ndarray:
    product: np.ndarray = p * np.log(np.maximum(p, _TINY))  # 0 at 0
    return product
