"""Trials that fall behind, as an Optuna pruner says: they are told of its epochs in order.

The steps of a trial are the epochs of its first fit, then those of its second, and so on. So trials
are compared at equal fits, seeds and rows, and what a pruner halves (`SuccessiveHalvingPruner`) is
the number of fits as well as their epochs.
"""

from collections.abc import Callable, Mapping
from threading import Lock

import keras

Report = Callable[[int, int, float], bool]
"""Told of a trial's number, a step and a value; whether the trial shall be pruned."""


class Progress:
    """The epochs of one trial's fits, which may end in any order.

    Attributes
    ----------
    number : int
        The trial's.
    pruned : bool
    """

    def __init__(self, number: int, epochs: int, report: Report | None) -> None:
        self.number, self.pruned = number, False
        self._epochs, self._report = epochs, report
        self._waiting: dict[int, dict[int, float]] = {}
        self._ended: set[int] = set()
        self._now = 0
        self._lock = Lock()

    def add(self, replicate: int, epoch: int, value: float) -> None:
        """An epoch of a fit has ended."""
        with self._lock:
            self._waiting.setdefault(replicate, {})[epoch] = value
            self._tell()

    def ended(self, replicate: int) -> None:
        """A fit has ended: those after it may be told of."""
        with self._lock:
            self._ended.add(replicate)
            self._tell()

    def _tell(self) -> None:
        while True:
            for epoch, value in sorted(self._waiting.pop(self._now, {}).items()):
                if self._report is not None and not self.pruned:
                    step = self._now * self._epochs + epoch + 1
                    self.pruned = self._report(self.number, step, value)
            if self._now not in self._ended:
                return
            self._now += 1


class Watch(keras.callbacks.Callback):
    """Tells of a fit's epochs, and ends it where its trial is pruned."""

    def __init__(self, progress: Progress, replicate: int, objective: str) -> None:
        super().__init__()
        self._progress, self._replicate = progress, replicate
        self._objective = objective

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Tell of it."""
        value = (logs or {}).get(self._objective)
        if value is not None:
            self._progress.add(self._replicate, epoch, float(value))
        if self._progress.pruned:
            self.model.stop_training = True
