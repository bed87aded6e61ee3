"""Networks trained to their best epochs: one with a validation part, or several by folds."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Any, NamedTuple

import jax
import keras
import numpy as np
from numpy.typing import NDArray

from epochal.bridge.state import read_weights
from epochal.errors import InputError
from epochal.models.recipes import Recipe
from epochal.schedules import OneCycle
from epochal.training import Ensemble, Run, fit
from epochal.training.population import FoldPlan, train_by_folds
from epochal.training.population.by_folds import MOST_FOLDS, EpochObserver
from epochal.tuning.learning_rate import LearningRateCurve, find_learning_rate

Build = Callable[[int], keras.Model]
"""A compiled network from a seed."""

VALIDATION_BATCH = 1024


class Rows(NamedTuple):
    """Inputs, targets and weights, each of shape (rows, ...)."""

    x: NDArray
    y: NDArray
    weight: NDArray | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class FittedNetwork:
    """What a training gave.

    Attributes
    ----------
    runs : sequence of Run
        The record of each network's fit, and its model.
    best_epochs : sequence of int
        The epoch, counted from 0, whose weights each network has.
    curve : LearningRateCurve or None
        The range test; None where the rate was given.
    peak_learning_rate : float
    steps_per_epoch : int
    interrupted : bool
        Whether Ctrl-C ended it.
    """

    runs: Sequence[Run]
    best_epochs: Sequence[int]
    curve: LearningRateCurve | None
    peak_learning_rate: float
    steps_per_epoch: int
    interrupted: bool

    @property
    def models(self) -> list[keras.Model]:
        """The networks."""
        return [run.model for run in self.runs]

    def model(self) -> keras.Model:
        """The network; of several, a new one that gives the average of theirs."""
        if len(self.runs) == 1:
            return self.models[0]
        average = Ensemble(models=self.models).model
        # It is trained no further: no optimiser is saved with it.
        return keras.Model(average.inputs, average.outputs[0], name=average.name)

    @property
    def best_epoch(self) -> int:
        """That of the network; of several, the middle one of theirs."""
        return median_low(self.best_epochs)

    @property
    def run(self) -> Run:
        """The record of the network; of several, of the one whose best epoch is the middle one."""
        return self.runs[list(self.best_epochs).index(self.best_epoch)]

    @property
    def history(self) -> dict[str, list[float]]:
        """Losses and metrics of each epoch; of several networks, the mean of those still trained.

        It ends where the last one did.
        """
        every = [run.history for run in self.runs]
        return {name: _means([history[name] for history in every]) for name in every[0]}


def _means(curves: Sequence[Sequence[float]]) -> list[float]:
    if len(curves) == 1:
        return list(curves[0])
    length = max(map(len, curves))
    return [float(np.mean([c[at] for c in curves if at < len(c)])) for at in range(length)]


def fit_networks(
    build: Build,
    training: Rows,
    validation: Rows | None,
    recipe: Recipe,
    *,
    learning_rate: float | None,
    peak: float | None = None,
    labels: NDArray | None = None,
    seed: int,
    engine: str = "auto",
    verbose: int | str = 0,
    on_epoch: EpochObserver | None = None,
) -> FittedNetwork:
    """Build networks and train each to its best epoch; a single one without validation, to its last.

    Parameters
    ----------
    build : callable
        A compiled network from a seed.
    training : Rows
    validation : Rows or None
        What a single network stops early by; several have rows of their own.
    recipe : Recipe
    learning_rate : float or None
        From which the rate falls to 0 along a cosine; None for 1cycle.
    peak : float or None
        That of 1cycle; None finds it by a range test.
    labels : numpy.ndarray of int, (rows,), or None
        The class of each training row, of which each fold holds its part.
    seed : int
    engine, verbose
        As in `epochal.fit`.
    on_epoch : callable, optional
        Called with the epochs that have ended, the maximum number of epochs, and the last one's
        logs.

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
    model, curve = build(seed), None
    if learning_rate is None and peak is None:
        curve = find_learning_rate(
            model,
            training.x,
            training.y,
            sample_weight=training.weight,
            batch_size=recipe.batch_size,
            seed=seed,
        )
        # Where the loss fell at no rate, all that is left is the optimiser's default.
        peak = curve.peak or float(model.optimizer.learning_rate)
    rows = len(training.x)
    if recipe.members > 1:
        rows -= rows // min(recipe.members, MOST_FOLDS)
    steps = math.ceil(rows / recipe.batch_size)
    schedule: keras.optimizers.schedules.LearningRateSchedule = (
        OneCycle(peak)
        if learning_rate is None
        else keras.optimizers.schedules.CosineDecay(learning_rate, steps * recipe.epochs)
    )
    plan: dict[str, Any] = {"schedule": schedule, "seed": seed, "engine": engine}
    plan |= {"verbose": verbose, "on_epoch": on_epoch}
    if recipe.members > 1:
        runs, interrupted = _fit_members(build, training, recipe, labels=labels, **plan)
    else:
        run, interrupted = _fit_one(model, training, validation, recipe, **plan)
        runs = [run]
    highest = float(learning_rate or peak or 0)
    return FittedNetwork(
        runs=runs,
        best_epochs=[_best_epoch(run, highest) for run in runs],
        curve=curve,
        peak_learning_rate=highest,
        steps_per_epoch=steps,
        interrupted=interrupted,
    )


def _fit_members(
    build: Build,
    training: Rows,
    recipe: Recipe,
    *,
    schedule: keras.optimizers.schedules.LearningRateSchedule,
    **options: Any,
) -> tuple[list[Run], bool]:
    population = train_by_folds(
        lambda seed: build(seed),
        training.x,
        training.y,
        FoldPlan(
            members=recipe.members,
            epochs=recipe.epochs,
            batch_size=recipe.batch_size,
            patience=recipe.patience,
            schedule=schedule,
        ),
        sample_weight=training.weight,
        **options,
    )
    members = population.converged or population.members
    return [member.run for member in members], population.interrupted


def _fit_one(
    model: keras.Model,
    training: Rows,
    validation: Rows | None,
    recipe: Recipe,
    *,
    on_epoch: EpochObserver | None,
    **options: Any,
) -> tuple[Run, bool]:
    stopping = keras.callbacks.EarlyStopping(
        monitor="val_loss", patience=recipe.patience, restore_best_weights=True
    )
    logs = _EpochLogs()
    callbacks = [logs, keras.callbacks.TerminateOnNaN()]
    if validation is not None:
        callbacks.append(stopping)
    if on_epoch is not None:
        callbacks.append(_EpochObserver(on_epoch, recipe.epochs))
    try:
        return (
            fit(
                model,
                training.x,
                training.y,
                sample_weight=training.weight,
                batch_size=recipe.batch_size,
                epochs=recipe.epochs,
                validation_data=None if validation is None else _given(validation),
                # One program tests all rows of a small table.
                validation_batch_size=VALIDATION_BATCH
                if validation is None
                else min(VALIDATION_BATCH, len(validation.x)),
                callbacks=callbacks,
                **options,
            ),
            False,
        )
    except KeyboardInterrupt:
        # Once an epoch has ended, the model has the run that `fit` would have returned.
        if not isinstance(getattr(model, "history", None), Run):
            raise
        run: Run = model.history
        logs.add_missing(run)
        if validation is not None:
            stopping.on_train_end()
        return run, True


def _given(validation: Rows) -> tuple[NDArray, ...]:
    """As `validation_data` takes it: (x, y), or (x, y, sample_weight)."""
    return validation[:2] if validation.weight is None else (*validation[:2], validation.weight)


def _best_epoch(run: Run, highest: float) -> int:
    """The epoch whose weights were kept: the one of the least validation loss, else the last.

    Raises
    ------
    InputError
        Its loss, or a weight after it, is not finite: all predictions would be NaN.
    """
    losses = run.history.get("val_loss") or run.history["loss"]
    best = len(losses) - 1
    if "val_loss" in run.history:
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
