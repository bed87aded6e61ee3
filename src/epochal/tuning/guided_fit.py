"""Networks trained to their best epochs: one with a validation part, or several by folds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median_low
from time import perf_counter
from typing import Any

import keras
import numpy as np

from epochal.data.relations import Relations
from epochal.diagnosis.rules import Diagnosis
from epochal.models.guidelines import Variant
from epochal.models.optimizers import DEFAULT_RATE
from epochal.models.recipes import Recipe
from epochal.schedules import OneCycle
from epochal.schedules.base import Schedule
from epochal.schedules.cosine_decay import CosineDecay
from epochal.training import Run, predict
from epochal.training.ensemble import average_model
from epochal.training.population import FoldPlan, train_by_folds
from epochal.training.population.by_folds import MOST_FOLDS, EpochObserver
from epochal.training.population.rows import folds_of_rows
from epochal.tuning.ensemble_diagnosis import diagnose_members
from epochal.tuning.histories import mean_history
from epochal.tuning.learning_rate import LearningRateCurve, find_learning_rate
from epochal.tuning.single_fit import LeftOut, Rows, best_epoch, fit_one, given_rows
from epochal.tuning.time_budget import recipe_within

Build = Callable[[Variant, int], keras.Model]
"""A compiled network of a variant, from a seed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FittedNetwork:
    """What a training gave.

    Attributes
    ----------
    recipe : Recipe
        As it was trained by.
    loss : str
        What is the loss without penalties in the histories.
    runs : sequence of Run
        The record of each network's fit, and its model.
    weights : sequence of float
        How much each counts in their average; they add up to 1.
    best_epochs : sequence of int
        The epoch, counted from 0, whose weights each network has.
    curve : LearningRateCurve or None
        The range test; None where the rate was given.
    peak_learning_rate : float
    interrupted : bool
        Whether Ctrl-C ended it.
    left_out : LeftOut or None
        What it predicts for rows that it was not trained on; None where that was not asked for, or
        there are no such rows.
    """

    recipe: Recipe
    loss: str
    runs: Sequence[Run]
    weights: Sequence[float]
    best_epochs: Sequence[int]
    curve: LearningRateCurve | None
    peak_learning_rate: float
    interrupted: bool
    left_out: LeftOut | None = None

    @property
    def models(self) -> list[keras.Model]:
        """The networks."""
        return [run.model for run in self.runs]

    def model(self) -> keras.Model:
        """The network; of several, a new one that gives the average of theirs."""
        return average_model(self.models, self.weights)

    @property
    def best_epoch(self) -> int:
        """That of the network; of several, the middle one of theirs."""
        return median_low(self.best_epochs)

    @property
    def run(self) -> Run:
        """The record of the network; of several, of the one whose best epoch is the middle one."""
        return self.runs[list(self.best_epochs).index(self.best_epoch)]

    @property
    def diagnosis(self) -> Diagnosis:
        """What the training shows."""
        if len(self.runs) == 1:
            return self.run.diagnosis
        return diagnose_members(self.best_epochs, self.recipe.epochs)

    @property
    def history(self) -> dict[str, list[float]]:
        """Losses and metrics of each epoch; of several networks, the mean of those still trained.

        It ends where the last one did. Losses are without penalties, where `loss` names such.
        """
        means = mean_history([run.history for run in self.runs])
        if self.loss == "loss":
            return means
        without = {"loss": means.pop(self.loss), "val_loss": means.pop(f"val_{self.loss}")}
        return means | without


def fit_networks(
    build: Build,
    training: Rows,
    validation: Rows | None,
    recipe: Recipe,
    *,
    loss: str = "loss",
    peak: float | None = None,
    seconds: float | None = None,
    relations: Relations | None = None,
    keep_left_out: bool = False,
    seed: int,
    engine: str = "auto",
    verbose: int | str = 0,
    on_epoch: EpochObserver | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> FittedNetwork:
    """Build networks and train each to its best epoch; one without validation, to its last.

    Parameters
    ----------
    build : callable
        A compiled network of a variant, from a seed.
    training : Rows
    validation : Rows or None
        What networks stop early by. None: several have rows of their own, a single one none.
    recipe : Recipe
    loss : str
        What is the loss without penalties in the histories; see `loss_metrics`.
    peak : float or None
        That of 1cycle, for variants without a rate; None finds it by a range test.
    seconds : float, optional
        For the training; the recipe's members and epochs give way.
    relations : Relations, optional
        Those of the training rows, by which folds are made; None is none.
    keep_left_out : bool
        Whether to predict the rows that were left out of the training.
    seed : int
    engine, verbose
        As in `epochal.fit`.
    on_epoch : callable, optional
        Called with the epochs that have ended, the maximum number of epochs, and the last one's
        logs.
    callbacks : sequence of keras.callbacks.Callback
        Of each fit; several networks have copies.

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
    began = perf_counter()
    relations = relations or Relations(rows=len(training.x))
    if seconds is not None:
        recipe = recipe_within(recipe, seconds, build, training, engine=engine)
        seconds = max(1.0, seconds - (perf_counter() - began))
        if recipe.members == 1 and validation is None:
            training, validation = _held_out(training, seed, relations)
    first, curve = recipe.variants[0], None
    if first.learning_rate is None and peak is None:
        curve = _range_test(build(first, seed), training, recipe, seed)
        # Where the loss fell at no rate, all that is left is the optimiser's default.
        peak = curve.peak or DEFAULT_RATE
    plan: dict[str, Any] = {"seed": seed, "engine": engine, "verbose": verbose}
    plan |= {"on_epoch": on_epoch, "callbacks": callbacks}
    if recipe.members > 1:
        runs, weights, left_out, interrupted = _fit_members(
            build,
            training,
            validation,
            recipe,
            loss=loss,
            peak=peak,
            relations=relations,
            seconds=seconds,
            keep_left_out=keep_left_out,
            **plan,
        )
    else:
        schedule = _schedule(first, peak)
        run, interrupted = fit_one(
            build(first, seed), training, validation, recipe, schedule=schedule, **plan
        )
        runs, weights, left_out = [run], [1.0], None
        if keep_left_out and validation is not None:
            left_out = LeftOut(predict(run.model, validation.x, verbose=0), validation.y)
    highest = float(first.learning_rate or peak or 0)
    return FittedNetwork(
        recipe=recipe,
        loss=loss,
        runs=runs,
        weights=weights,
        best_epochs=[best_epoch(run, f"val_{loss}", highest) for run in runs],
        curve=curve,
        peak_learning_rate=highest,
        interrupted=interrupted,
        left_out=left_out,
    )


def _held_out(training: Rows, seed: int, relations: Relations) -> tuple[Rows, Rows]:
    """All but about an eighth of the rows, and that eighth: the latest where there are times."""
    count = min(MOST_FOLDS, relations.folds_at_most)
    taken, left_out = folds_of_rows(relations, count, seed)[-1]
    return training.taken(taken), training.taken(left_out)


def _range_test(model: keras.Model, training: Rows, recipe: Recipe, seed: int) -> LearningRateCurve:
    return find_learning_rate(
        model,
        training.x,
        training.y,
        sample_weight=training.weight,
        batch_size=recipe.batch_size,
        seed=seed,
    )


def _schedule(variant: Variant, peak: float | None) -> Schedule:
    """How the rate goes over the whole fit."""
    if variant.learning_rate is None:
        return OneCycle(DEFAULT_RATE if peak is None else peak)
    return CosineDecay(variant.learning_rate)


def _fit_members(
    build: Build,
    training: Rows,
    validation: Rows | None,
    recipe: Recipe,
    *,
    loss: str,
    peak: float | None,
    keep_left_out: bool,
    **options: Any,
) -> tuple[list[Run], list[float], LeftOut | None, bool]:
    """The runs of the members, their weights, what they left out, and whether Ctrl-C came."""
    settings = [
        {"variant": number, "schedule": _schedule(variant, peak)}
        for number, variant in enumerate(recipe.variants)
    ]

    def built(variant: int, seed: int) -> keras.Model:
        return build(recipe.variants[variant], seed)

    population = train_by_folds(
        built,
        training.x,
        training.y,
        FoldPlan(
            members=[settings[number % len(settings)] for number in range(recipe.members)],
            epochs=recipe.epochs,
            batch_size=recipe.batch_size,
            patience=recipe.patience,
            monitor=f"val_{loss}",
        ),
        sample_weight=training.weight,
        validation=None if validation is None else given_rows(validation),
        **options,
    )
    members = population.converged or population.members
    weights = [1.0] * len(members)
    whole = not population.interrupted and not population.out_of_time
    # Weights are found by the rows that members left out: of all rows there are none.
    whole = whole and validation is None
    if len(recipe.variants) > 1 and population.converged and whole:
        weights = population.greedy_weights(training.x, training.y).tolist()
    kept = [(member.run, weight) for member, weight in zip(members, weights, strict=True) if weight]
    left_out = None
    if keep_left_out and population.converged:
        outputs = population.left_out_predictions(training.x, weights)
        known = np.isfinite(outputs).all(axis=1)
        left_out = LeftOut(outputs[known], training.y[known])
    runs, shares = [run for run, _ in kept], [weight for _, weight in kept]
    return runs, shares, left_out, population.interrupted
