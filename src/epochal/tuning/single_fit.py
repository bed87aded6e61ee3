"""One network trained to its best epoch; Ctrl-C ends it with the best so far."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import keras
import numpy as np
from numpy.typing import NDArray

from epochal.bridge.digests import digest
from epochal.bridge.state import read_weights
from epochal.errors import InputError
from epochal.models.class_balance import ClassBalance
from epochal.models.recipes import Recipe
from epochal.training import Run, fit
from epochal.training.callbacks import early_stopping
from epochal.training.kept_fits import KeptFit
from epochal.training.population.by_folds import VALIDATION_BATCH, EpochObserver


class Rows(NamedTuple):
    """Inputs, targets and weights, each of shape (rows, ...)."""

    x: NDArray
    y: NDArray
    weight: NDArray | None = None

    def taken(self, rows: NDArray) -> "Rows":
        """Some of the rows, by numbers or by a mask."""
        weight = None if self.weight is None else self.weight[rows]
        return Rows(self.x[rows], self.y[rows], weight)


class LeftOut(NamedTuple):
    """What networks predict for rows that they were not trained on: (rows, outputs), (rows, ...).

    Of several networks, those that left a row out; a row that none left out is not among them.
    """

    outputs: NDArray
    y: NDArray
    optimism: float = 1.0
    """How many times larger the loss would be, had other rows chosen the networks' epochs."""
    noise: NDArray | None = None
    """The variance that predicted distributions have, (rows, outputs); the outputs are means."""
    spread: NDArray | None = None
    """The variance of all networks' predicted numbers on such rows, (rows, outputs)."""
    excess: NDArray | None = None
    """How much larger squared errors are than those of all networks would be, (rows, outputs)."""


def fit_one(
    model: keras.Model,
    training: Rows,
    validation: Rows | None,
    recipe: Recipe,
    *,
    loss: str = "loss",
    balance: ClassBalance | None = None,
    on_epoch: EpochObserver | None,
    resume: Path | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    **options: Any,
) -> tuple[Run, bool]:
    """Train `model`, which then has the weights of its best epoch; without validation, its last.

    Its best epoch is the one of the least `loss` on the validation rows. With a `balance` its
    classes count alike in the training, and it gives the probabilities of the table.

    Returns
    -------
    run : Run
    interrupted : bool
        Whether Ctrl-C ended it.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C before the first epoch ended: there is nothing to keep.
    """
    stopping = early_stopping(f"val_{loss}", recipe.patience)
    logs = _EpochLogs()
    every = [logs, keras.callbacks.TerminateOnNaN(), *callbacks]
    if validation is not None:
        every.append(stopping)
    if on_epoch is not None:
        every.append(_EpochObserver(on_epoch, recipe.epochs))
    if balance is not None:
        every_row = np.arange(len(training.x))
        training = training.taken(balance.drawn(every_row, training.y, options["seed"]))
    kept = None if resume is None else KeptFit(resume, digest(training, validation))
    interrupted = False
    try:
        run = fit(
            model,
            training.x,
            training.y,
            sample_weight=training.weight,
            class_weight=None if balance is None else balance.class_weight,
            batch_size=recipe.batch_size,
            epochs=recipe.epochs,
            validation_data=None if validation is None else given_rows(validation),
            # One program tests all rows of a small table.
            validation_batch_size=VALIDATION_BATCH
            if validation is None
            else min(VALIDATION_BATCH, len(validation.x)),
            callbacks=every if kept is None else [*every, kept],
            **options,
        )
        if kept is not None:
            kept.end(recipe.epochs)
    except KeyboardInterrupt:
        # The model has the run that `fit` would have returned, from before its first epoch on.
        begun = getattr(model, "history", None)
        if not isinstance(begun, Run):
            raise
        logs.add_missing(begun)
        if not begun.epoch:
            raise
        run, interrupted = begun, True
        if validation is not None:
            stopping.on_train_end()
    if balance is not None:
        balance.put_right(model)
    return run, interrupted


def given_rows(validation: Rows) -> tuple[NDArray, ...]:
    """As `validation_data` takes it: (x, y), or (x, y, sample_weight)."""
    return validation[:2] if validation.weight is None else (*validation[:2], validation.weight)


def best_epoch(run: Run, monitor: str, highest: float) -> int:
    """The epoch whose weights were kept: the one of the least validation loss, else the last.

    Raises
    ------
    InputError
        Its loss, or a weight after it, is not finite: all predictions would be NaN.
    """
    losses = run.history.get(monitor) or run.history["loss"]
    best = len(losses) - 1
    if monitor in run.history:
        best = int(np.argmin(np.where(np.isfinite(losses), losses, np.inf)))
    weights = jax.tree.leaves(read_weights(run.model))
    if np.isfinite(losses[best]) and all(np.isfinite(weight).all() for weight in weights):
        return best
    epoch = next((at for at, loss in enumerate(losses) if not np.isfinite(loss)), best)
    raise InputError(
        f"The loss must stay finite, but diverged in epoch {epoch + 1}, with learning rates up "
        f"to {highest:.3g}: lower the learning rate, or look for extreme values in the inputs and "
        "the targets."
    )


class _EpochLogs(keras.callbacks.Callback):
    """Keeps the logs of every epoch before any other callback sees them."""

    kept_names = ("epochs",)

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

    kept_names = ()

    def __init__(self, on_epoch: EpochObserver, epochs: int) -> None:
        super().__init__()
        self.on_epoch = on_epoch
        self.epochs = epochs

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Call the observer."""
        self.on_epoch(epoch + 1, self.epochs, dict(logs or {}))
