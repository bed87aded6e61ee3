"""Networks trained to their best epochs: one with a validation part, or several by folds."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import keras
import numpy as np

from epochal.data.relations import Relations
from epochal.models.class_balance import ClassBalance
from epochal.models.optimizers import DEFAULT_RATE
from epochal.models.recipes import Recipe
from epochal.training.population.by_folds import MOST_FOLDS, EpochObserver
from epochal.training.population.rows import folds_of_rows
from epochal.tuning.fitted_network import FittedNetwork
from epochal.tuning.learning_rate import LearningRateCurve, find_learning_rate
from epochal.tuning.left_out import left_out_by
from epochal.tuning.member_fits import Build, fit_members, schedule_of
from epochal.tuning.single_fit import Rows, best_epoch, fit_one
from epochal.tuning.time_budget import recipe_within


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
    balance: ClassBalance | None = None,
    patience: int | None = None,
    seed: int,
    engine: str = "auto",
    verbose: int | str = 0,
    resume: Path | None = None,
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
    balance : ClassBalance or None
        How classes are made to count alike; the networks give the table's own frequencies.
    patience : int or None
        What `seconds` shall not shorten with the epochs.
    seed : int
    engine, verbose
        As in `epochal.fit`.
    resume : Path, optional
        The folder in which fits are kept, so that a killed training goes on.
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
        recipe = replace(recipe, patience=patience or recipe.patience)
        seconds = max(1.0, seconds - (perf_counter() - began))
        if recipe.members == 1 and validation is None:
            training, validation = _held_out(training, seed, relations)
    first, curve = recipe.variants[0], None
    if first.learning_rate is None and peak is None:
        weighed = training if balance is None else _weighed(training, balance, seed)
        curve = _range_test(build(first, seed), weighed, recipe, seed)
        # Where the loss fell at no rate, all that is left is the optimiser's default.
        peak = curve.peak or DEFAULT_RATE
    plan: dict[str, Any] = {"seed": seed, "engine": engine, "verbose": verbose}
    plan |= {"on_epoch": on_epoch, "callbacks": callbacks, "resume": resume}
    if recipe.members > 1:
        runs, weights, left_out, interrupted = fit_members(
            build,
            training,
            validation,
            recipe,
            loss=loss,
            peak=peak,
            relations=relations,
            seconds=seconds,
            keep_left_out=keep_left_out,
            balance=balance,
            **plan,
        )
    else:
        run, interrupted = fit_one(
            build(first, seed),
            training,
            validation,
            recipe,
            loss=loss,
            balance=balance,
            schedule=schedule_of(first, peak),
            **plan,
        )
        runs, weights, left_out = [run], [1.0], None
        if keep_left_out and validation is not None:
            left_out = left_out_by([run.model], [1.0], validation)
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


def _weighed(training: Rows, balance: ClassBalance, seed: int) -> Rows:
    """The rows that the steps of a range test shall see: weighed, or repeated."""
    if balance.oversample:
        return training.taken(balance.drawn(np.arange(len(training.x)), training.y, seed))
    weights = np.asarray(balance.weights, np.float32)[training.y.reshape(-1).astype(int)]
    return training._replace(weight=weights * (1 if training.weight is None else training.weight))


def _range_test(model: keras.Model, training: Rows, recipe: Recipe, seed: int) -> LearningRateCurve:
    return find_learning_rate(
        model,
        training.x,
        training.y,
        sample_weight=training.weight,
        batch_size=recipe.batch_size,
        seed=seed,
    )
