"""The epoch of each value of a history: validation may come less often than training."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from epochal.errors import InputError

VALIDATION = "val_"


def history_of(run: Any) -> Mapping[str, Any]:
    """The series by name, of a run or of its history."""
    history = run if isinstance(run, Mapping) else getattr(run, "history", None)
    if not isinstance(history, Mapping):
        raise InputError(
            f"history must be a run or its history, got {type(run).__name__}: give what "
            "epochal.fit returned."
        )
    return history


def epochs_of(run: Any, name: str) -> np.ndarray:
    """The epoch, counted from 1, of each value of one series; int, shape (values,).

    A run knows its epochs, which need not start at 1. For a mapping, the longest series is taken to
    have one value per epoch from the first on.
    """
    history = history_of(run)
    count = np.size(history[name])
    if isinstance(run, Mapping):
        return _counted(name, count, max(np.size(values) for values in history.values()))
    if count == len(run.epoch):
        return np.asarray(run.epoch, dtype=int) + 1
    validated = getattr(run, "validated_epochs", ())
    if name.startswith(VALIDATION) and count == len(validated):
        return np.asarray(validated, dtype=int) + 1
    raise InputError(
        f"run must know the epochs of {name!r}, got values for {count} of "
        f"{len(run.epoch)}: train with epochal.fit, which records the validated epochs."
    )


def _counted(name: str, count: int, epochs: int) -> np.ndarray:
    if count != epochs:
        raise InputError(
            f"history must have a value of {name!r} for each of its {epochs} epochs, got {count}: "
            "give the run itself, which knows the epochs that were validated."
        )
    return np.arange(1, epochs + 1)
