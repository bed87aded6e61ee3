"""The histories of several fits as one."""

from collections.abc import Mapping, Sequence

import numpy as np


def mean_history(histories: Sequence[Mapping[str, list[float]]]) -> dict[str, list[float]]:
    """The mean of each epoch over the fits that were still going on.

    Examples
    --------
    >>> mean_history([{"loss": [4.0, 2.0]}, {"loss": [2.0]}])
    {'loss': [3.0, 2.0]}
    """
    every = [_whole_epochs(history) for history in histories]
    return {name: _means([history[name] for history in every]) for name in every[0]}


def _whole_epochs(history: Mapping[str, list[float]]) -> dict[str, list[float]]:
    """Without an epoch that an interruption kept from its validation."""
    epochs = min(map(len, history.values()))
    return {name: values[:epochs] for name, values in history.items()}


def _means(curves: Sequence[Sequence[float]]) -> list[float]:
    if len(curves) == 1:
        return list(curves[0])
    length = max(map(len, curves))
    return [float(np.mean([c[at] for c in curves if at < len(c)])) for at in range(length)]
