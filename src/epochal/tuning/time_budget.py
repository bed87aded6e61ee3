"""How many networks, and how many epochs of each, fit into a time."""

import math
from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import Any

import keras

from epochal.errors import InputError
from epochal.models.guidelines import Variant
from epochal.models.recipes import Recipe
from epochal.training import fit
from epochal.tuning.single_fit import Rows

STEPS_TO_TIME = 32
MOST_MEMBERS = 48
SHARE = 0.8
"""Of the time that members may be planned for: early stopping saves more than estimates miss."""

FEWEST_MEMBERS, SHORTEST = 4, 0.25
"""Before there are fewer members than this, each is trained for a part of its epochs."""


def recipe_within(
    recipe: Recipe,
    seconds: float,
    build: Callable[[Variant, int], keras.Model],
    training: Rows,
    *,
    engine: str = "auto",
) -> Recipe:
    """The recipe with as many members and epochs as fit into a time.

    A few steps of each variant are timed on the data. Where there is time for more, there are more
    members; where there is less, first fewer members, then fewer epochs, then a single network.

    Parameters
    ----------
    recipe : Recipe
    seconds : float
        For all members together, above 0.
    build : callable
        A compiled network of a variant, from a seed.
    training : Rows
    engine : str
        As in `epochal.fit`.

    Returns
    -------
    Recipe

    Raises
    ------
    InputError
        There is no time for a single network; the message says how long one takes.
    """
    steps = math.ceil(len(training.x) / recipe.batch_size)
    of_epoch = steps * max(
        _seconds_of_step(build(variant, 0), training, recipe.batch_size, engine)
        for variant in recipe.variants
    )
    shortest = max(1, round(SHORTEST * recipe.epochs))
    left = SHARE * seconds
    members = int(left / (of_epoch * recipe.epochs))
    if members >= FEWEST_MEMBERS:
        most = MOST_MEMBERS if recipe.members > 1 else 1
        return _with(recipe, members=min(members, most), epochs=recipe.epochs)
    epochs = int(left / of_epoch / FEWEST_MEMBERS)
    if recipe.members > 1 and epochs >= shortest:
        return _with(recipe, members=FEWEST_MEMBERS, epochs=epochs)
    epochs = min(recipe.epochs, int(left / of_epoch))
    if epochs < shortest:
        least = math.ceil(shortest * of_epoch / SHARE)
        raise InputError(
            f"time must be enough for one network, which takes about {least} s on this table, got "
            f"{seconds:.0f} s for training: give more."
        )
    return _with(recipe, members=1, epochs=epochs)


def _with(recipe: Recipe, *, members: int, epochs: int) -> Recipe:
    variants = recipe.variants[: max(1, members // 2)]
    patience = max(5, math.ceil(recipe.patience * epochs / recipe.epochs))
    patience = min(patience, recipe.patience)  # a given one may be shorter
    return replace(recipe, members=members, epochs=epochs, variants=variants, patience=patience)


def _seconds_of_step(model: keras.Model, training: Rows, batch_size: int, engine: str) -> float:
    """Seconds that a step takes on all cores, after the first ones, which may compile."""
    rows = slice(min(len(training.x), STEPS_TO_TIME * batch_size))
    x, y = training.x[rows], training.y[rows]
    plan: dict[str, Any] = {"batch_size": batch_size, "epochs": 1, "verbose": 0, "engine": engine}
    fit(model, x, y, **plan)
    began = perf_counter()
    fit(model, x, y, **plan)
    return (perf_counter() - began) / math.ceil(len(x) / batch_size)
