"""Range test, 1cycle and early stopping: from a built network to its best epoch."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from epochal.errors import InputError
from epochal.runs.network import Recipe
from epochal.schedules import OneCycle
from epochal.training import Run, fit
from epochal.tuning import LearningRateCurve, find_learning_rate

RATE_WHEN_UNKNOWN = 1e-3
"""The peak where the range test saw no loss fall: Nadam's usual rate."""

EpochObserver = Callable[[int, int, dict[str, float]], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Trained:
    """What a training left.

    Attributes
    ----------
    run : Run
        The record of the fit.
    curve : LearningRateCurve
        The range test.
    peak_learning_rate : float
    best_epoch : int
        The epoch, counted from 0, whose weights the model holds.
    steps_per_epoch : int
    interrupted : bool
        True where Ctrl-C ended it.
    """

    run: Run
    curve: LearningRateCurve
    peak_learning_rate: float
    best_epoch: int
    steps_per_epoch: int
    interrupted: bool


def train(
    model: keras.Model,
    training: tuple[NDArray, NDArray],
    validation: tuple[NDArray, NDArray],
    recipe: Recipe,
    *,
    seed: int,
    on_epoch: EpochObserver,
) -> Trained:
    """Train a compiled model, which afterwards holds the weights of its best epoch.

    Parameters
    ----------
    model : keras.Model
    training, validation : (x, y)
    recipe : Recipe
        Epochs, batch size and patience.
    seed : int
    on_epoch : callable
        Is told the epoch (from 1), the most epochs, and the epoch's losses and metrics.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C before the first epoch ended: there is nothing to keep.
    InputError
        The loss was never finite.
    """
    x, y = training
    curve = find_learning_rate(model, x, y, batch_size=recipe.batch_size, seed=seed)
    peak = curve.peak or RATE_WHEN_UNKNOWN
    steps_per_epoch = math.ceil(len(x) / recipe.batch_size)
    stopping = keras.callbacks.EarlyStopping(
        monitor="val_loss", patience=recipe.patience, restore_best_weights=True
    )
    remembered, told = _Remembered(), _Told(on_epoch, recipe.epochs)
    interrupted = False
    try:
        run = fit(
            model,
            x,
            y,
            batch_size=recipe.batch_size,
            epochs=recipe.epochs,
            validation_data=validation,
            # One program tests all rows of a small table.
            validation_batch_size=min(1024, len(validation[0])),
            schedule=OneCycle(peak),
            callbacks=[remembered, stopping, keras.callbacks.TerminateOnNaN(), told],
            seed=seed,
            verbose=0,
        )
    except KeyboardInterrupt:
        # What fit would have returned hangs on the model as soon as one epoch has ended.
        if not isinstance(getattr(model, "history", None), Run):
            raise
        run = model.history
        remembered.complete(run)
        stopping.on_train_end()
        interrupted = True
    if not np.isfinite(run.history["val_loss"][stopping.best_epoch]):
        raise InputError(
            "The loss must stay finite, but it was not even after the first epoch, at rates up "
            f"to {peak:.3g}. Look for extreme values in the numeric columns and the target."
        )
    return Trained(
        run=run,
        curve=curve,
        peak_learning_rate=peak,
        best_epoch=stopping.best_epoch,
        steps_per_epoch=steps_per_epoch,
        interrupted=interrupted,
    )


class _Remembered(keras.callbacks.Callback):
    """Holds the logs of every epoch before any other callback sees them."""

    def __init__(self) -> None:
        super().__init__()
        self.logs: list[dict[str, float]] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.logs.append(dict(logs or {}))

    def complete(self, run: Run) -> None:
        """Tell `run` of an epoch that Ctrl-C kept from it: early stopping may have chosen it."""
        for epoch in range(len(run.epoch), len(self.logs)):
            run.on_epoch_end(epoch, self.logs[epoch])


class _Told(keras.callbacks.Callback):
    """Tells an observer of each epoch."""

    def __init__(self, on_epoch: EpochObserver, epochs: int) -> None:
        super().__init__()
        self.on_epoch = on_epoch
        self.epochs = epochs

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.on_epoch(epoch + 1, self.epochs, dict(logs or {}))
