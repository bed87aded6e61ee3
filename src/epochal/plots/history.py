"""At which epoch each value of a history stands: validation may come less often than training."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from epochal.errors import InputError

VALIDATION = "val_"


def history_of(given: Any) -> Mapping[str, Any]:
    """The series by name, of a run or of its history itself."""
    history = given if isinstance(given, Mapping) else getattr(given, "history", None)
    if not isinstance(history, Mapping):
        raise InputError(
            f"history must be a run or its history, got {type(given).__name__}: give what "
            "epochal.fit returned."
        )
    return history


def epochs_of(given: Any, name: str) -> np.ndarray:
    """The epoch, counted from 1, of each value of one series; int, shape (values,).

    A run knows its epochs, which need not start at 1. A history by itself does not: its longest
    series is taken to hold a value an epoch, from the first on.
    """
    history = history_of(given)
    count = np.size(history[name])
    if isinstance(given, Mapping):
        return _counted(name, count, max(np.size(values) for values in history.values()))
    if count == len(given.epoch):
        return np.asarray(given.epoch, dtype=int) + 1
    validated = getattr(given, "validated_epochs", ())
    if name.startswith(VALIDATION) and count == len(validated):
        return np.asarray(validated, dtype=int) + 1
    raise InputError(
        f"run must know the epochs of {name!r}, got values for {count} of "
        f"{len(given.epoch)}: train with epochal.fit, which keeps the epochs that were validated."
    )


def _counted(name: str, count: int, epochs: int) -> np.ndarray:
    if count != epochs:
        raise InputError(
            f"history must hold a value of {name!r} for each of its {epochs} epochs, got {count}: "
            "give the run itself, which knows the epochs that were validated."
        )
    return np.arange(1, epochs + 1)
