"""Range test, 1cycle and early stopping: from a built network to its best epoch."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from epochal.errors import InputError
from epochal.runs.network import Recipe
from epochal.schedules import OneCycle
from epochal.training import Run, fit
from epochal.tuning import LearningRateCurve, find_learning_rate

FALLBACK_RATE = 1e-3
"""The peak learning rate where the loss fell at no rate of the range test: Nadam's default."""

EpochObserver = Callable[[int, int, dict[str, float]], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class FittedNetwork:
    """What a training gave besides the weights.

    Attributes
    ----------
    run : Run
        The record of the fit.
    curve : LearningRateCurve
        The range test.
    peak_learning_rate : float
    best_epoch : int
        The epoch, counted from 0, whose weights the model has.
    steps_per_epoch : int
    interrupted : bool
        Whether Ctrl-C ended it.
    """

    run: Run
    curve: LearningRateCurve
    peak_learning_rate: float
    best_epoch: int
    steps_per_epoch: int
    interrupted: bool


def fit_network(
    model: keras.Model,
    training: tuple[NDArray, NDArray],
    validation: tuple[NDArray, NDArray],
    recipe: Recipe,
    *,
    seed: int,
    on_epoch: EpochObserver,
) -> FittedNetwork:
    """Train a compiled model, which then has the weights of its best epoch.

    Parameters
    ----------
    model : keras.Model
    training, validation : (x, y)
        Arrays of shape (rows, features) and (rows, ...).
    recipe : Recipe
        Epochs, batch size and patience.
    seed : int
    on_epoch : callable
        Called with the epoch (from 1), the maximum number of epochs, and the epoch's logs.

    Returns
    -------
    FittedNetwork

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C before the first epoch ended: there is nothing to keep.
    InputError
        The loss was never finite.
    """
    x, y = training
    curve = find_learning_rate(model, x, y, batch_size=recipe.batch_size, seed=seed)
    peak = curve.peak or FALLBACK_RATE
    stopping = keras.callbacks.EarlyStopping(
        monitor="val_loss", patience=recipe.patience, restore_best_weights=True
    )
    logs, observer = _EpochLogs(), _EpochObserver(on_epoch, recipe.epochs)
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
            callbacks=[logs, stopping, keras.callbacks.TerminateOnNaN(), observer],
            seed=seed,
            verbose=0,
        )
    except KeyboardInterrupt:
        # Once an epoch has ended, the model has the run that `fit` would have returned.
        if not isinstance(getattr(model, "history", None), Run):
            raise
        run, interrupted = model.history, True
        logs.add_missing(run)
        stopping.on_train_end()
    if not np.isfinite(run.history["val_loss"][stopping.best_epoch]):
        raise InputError(
            f"The loss must be finite, got {run.history['val_loss'][stopping.best_epoch]} after "
            f"the first epoch, with learning rates up to {peak:.3g}: look for extreme values in "
            "the numeric columns and the target."
        )
    return FittedNetwork(
        run=run,
        curve=curve,
        peak_learning_rate=peak,
        best_epoch=stopping.best_epoch,
        steps_per_epoch=math.ceil(len(x) / recipe.batch_size),
        interrupted=interrupted,
    )


class _EpochLogs(keras.callbacks.Callback):
    """Keeps the logs of every epoch before any other callback sees them."""

    def __init__(self) -> None:
        super().__init__()
        self.epochs: list[dict[str, float]] = []

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Keep the logs."""
        self.epochs.append(dict(logs or {}))

    def add_missing(self, run: Run) -> None:
        """Add what Ctrl-C kept from `run`: early stopping may have chosen that epoch."""
        for epoch in range(len(run.epoch), len(self.epochs)):
            run.on_epoch_end(epoch, self.epochs[epoch])


class _EpochObserver(keras.callbacks.Callback):
    """Calls an observer after each epoch."""

    def __init__(self, on_epoch: EpochObserver, epochs: int) -> None:
        super().__init__()
        self.on_epoch = on_epoch
        self.epochs = epochs

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Call the observer."""
        self.on_epoch(epoch + 1, self.epochs, dict(logs or {}))
