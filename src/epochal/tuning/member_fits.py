"""Several networks, each trained on all rows but some that it stops early by, and averaged."""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras

from epochal.models.class_balance import ClassBalance
from epochal.models.distributions import family_of
from epochal.models.guidelines import Variant
from epochal.models.optimizers import DEFAULT_RATE
from epochal.models.recipes import Recipe
from epochal.schedules import OneCycle
from epochal.schedules.base import Schedule
from epochal.schedules.cosine_decay import CosineDecay
from epochal.training import Population, Run
from epochal.training.population import FoldPlan, train_by_folds
from epochal.tuning.left_out import left_out_by, left_out_in_turn
from epochal.tuning.optimism import optimism_of
from epochal.tuning.single_fit import LeftOut, Rows, given_rows

Build = Callable[[Variant, int], keras.Model]
"""A compiled network of a variant, from a seed."""


class Members(NamedTuple):
    """Their runs, how much each counts, what they left out, and whether Ctrl-C came."""

    runs: list[Run]
    weights: list[float]
    left_out: LeftOut | None
    interrupted: bool


def schedule_of(variant: Variant, peak: float | None) -> Schedule:
    """How the rate goes over the whole fit."""
    if variant.learning_rate is None:
        return OneCycle(DEFAULT_RATE if peak is None else peak)
    return CosineDecay(variant.learning_rate)


def fit_members(
    build: Build,
    training: Rows,
    validation: Rows | None,
    recipe: Recipe,
    *,
    loss: str,
    peak: float | None,
    keep_left_out: bool,
    balance: ClassBalance | None = None,
    **options: Any,
) -> Members:
    """Train the members of a recipe; see `epochal.tuning.guided_fit.fit_networks`."""
    settings = [
        {"variant": number, "schedule": schedule_of(variant, peak)}
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
        balance=balance,
        **options,
    )
    if balance is not None:
        for member in population.members:
            balance.put_right(member.run.model)
    members = population.converged or population.members
    # Weights are found by the rows that members left out: of all rows there are none.
    alike = len(recipe.variants) == 1 or validation is not None
    weights = [1.0] * len(members) if alike else _weights(population, training)
    kept = [(member.run, weight) for member, weight in zip(members, weights, strict=True) if weight]
    left_out = None
    if keep_left_out and population.converged:
        if validation is not None:
            left_out = left_out_by([run.model for run, _ in kept], [w for _, w in kept], validation)
        else:
            optimism = optimism_of(members, weights, f"val_{loss}")
            left_out = left_out_in_turn(population, training, weights, optimism)
    runs, total = [run for run, _ in kept], sum(weights)
    shares = [weight / total for _, weight in kept]
    return Members(runs, shares, left_out, population.interrupted)


def _weights(population: Population, training: Rows) -> list[float]:
    """How much each member counts, by the rows that it left out; alike where that is not known.

    Nor is it of distributions: their outputs are parameters, whose averages say nothing.
    """
    unfinished = population.interrupted or population.out_of_time or not population.converged
    members = population.converged or population.members
    if unfinished or family_of(members[0].run.model) is not None:
        return [1.0] * len(members)
    found: list[float] = population.greedy_weights(training.x, training.y).tolist()
    return found
