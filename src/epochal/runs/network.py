"""The network of a plan, and how long and in what batches it trains."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from epochal.data import Task
from epochal.engine.device import memory_for_data
from epochal.errors import InputError
from epochal.models import ALL_GUIDELINES, hidden_for, network
from epochal.models.guidelines import guideline_named
from epochal.runs.settings import TrainSettings
from epochal.runs.target_unit import unit_layer

STEPS = 5000
"""Training steps that are enough for most tables: 1cycle is over before a small net overfits."""

FEWEST_EPOCHS, MOST_EPOCHS = 12, 100

BYTES_A_WEIGHT = 4 * 4
"""float32, of which the optimiser keeps two means and a step makes a gradient."""

ALPHA_DROPOUT = 0.05
"""Where a layer must keep its mean and deviation, what is dropped is not zeroed but set to a far
value: a rate of 0.1 raises the test RMSE on boston by a fifth."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What the settings leave open, decided for one table.

    Attributes
    ----------
    hidden : tuple of int
        Units of each hidden layer.
    epochs, batch_size, patience : int
        The most epochs, the rows a step, and the epochs without a better validation loss after
        which the training stops.
    dropout : float
        Rate after each hidden layer: the guideline's.
    """

    hidden: tuple[int, ...]
    epochs: int
    batch_size: int
    patience: int
    dropout: float

    def as_dict(self) -> Mapping[str, Any]:
        return asdict(self)


def recipe_for(settings: TrainSettings, rows: int, features: int) -> Recipe:
    """Decide what is open, from the size of the training part.

    Examples
    --------
    >>> recipe = recipe_for(TrainSettings(target=("y",)), rows=579, features=32)
    >>> recipe.hidden, recipe.batch_size, recipe.epochs
    ((64, 64), 32, 100)
    """
    rules = guideline_named(settings.network)
    batch_size = settings.batch_size or _batch_size(rows)
    steps = math.ceil(rows / batch_size)
    epochs = settings.epochs or max(FEWEST_EPOCHS, min(MOST_EPOCHS, round(STEPS / steps)))
    return Recipe(
        hidden=(
            hidden_for(settings.network, rows, features)
            if settings.hidden is None
            else settings.hidden
        ),
        epochs=epochs,
        batch_size=batch_size,
        # The rates of a cycle rise, then fall, and much of the gain is in the fall: wait for it.
        patience=max(5, math.ceil(epochs / 2)),
        dropout=ALPHA_DROPOUT if rules.alpha_dropout else rules.dropout,
    )


def _batch_size(rows: int) -> int:
    """32, the documents' usual size, and larger where an epoch would have thousands of steps."""
    return 32 if rows < 4000 else 128 if rows < 100_000 else 512


def build(
    task: Task, features: int, settings: TrainSettings, recipe: Recipe, y: NDArray
) -> keras.Model:
    """The compiled network.

    A regression's network ends in a fixed rescaling to the mean and deviation of the training
    targets, so that it learns near 0 and 1 and yet predicts in the target's own unit.

    Parameters
    ----------
    task : Task
    features : int
        Width of a row.
    settings, recipe
        What was asked for, and what was decided.
    y : array of shape (rows, ...)
        The encoded training targets.

    Raises
    ------
    InputError
        A network that is too large for the memory.
    """
    _check_room((features, *recipe.hidden, task.outputs))
    model = network(
        task.kind,
        features,
        guideline=settings.network,
        hidden=recipe.hidden,
        classes=task.outputs if task.kind in ("multiclass", "multilabel") else None,
        outputs=task.outputs,
        dropout=recipe.dropout,
        seed=settings.seed,
    )
    if task.kind != "regression":
        return model
    mean, deviation = y.mean(axis=0, dtype=float), y.std(axis=0, dtype=float)
    scaled = keras.Sequential(
        [
            *model.layers,
            unit_layer(np.where(deviation > 0, deviation, 1.0), mean),
        ],
        name="network",
    )
    scaled.build((None, features))
    scaled.compile(model.optimizer, task.loss, metrics=list(task.metrics))
    return scaled


def _check_room(widths: tuple[int, ...]) -> None:
    """Refuse a network that cannot be trained in all the memory that there is."""
    size = sum(a * b for a, b in pairwise(widths)) * BYTES_A_WEIGHT
    room = 4 * memory_for_data()  # a quarter is for data
    if size > room:
        raise InputError(
            f"hidden must make a network that fits in memory, got {widths[1:-1]}, which takes "
            f"{size / 1e9:,.0f} GB to train where there are {room / 1e9:,.0f}: give smaller layers."
        )


def in_words(settings: TrainSettings, recipe: Recipe, model: keras.Model) -> str:
    """The network in one sentence."""
    rules = ALL_GUIDELINES[settings.network]
    layers = [f"{width:,}" for width in recipe.hidden]
    body = (
        f"{len(layers)} hidden layer{'s' if len(layers) > 1 else ''} of {', '.join(layers)} units"
        f" ({rules.activation.upper()}, {rules.initializer.replace('_', ' ')})"
        if layers
        else "no hidden layer"
    )
    kind = "alpha dropout" if rules.alpha_dropout else "dropout"
    dropout = f", {kind} {recipe.dropout:g}" if recipe.dropout else ""
    penalty = f", L1 {rules.l1:g}" if rules.l1 else ""
    then = f" Once trained, {rules.afterwards}." if rules.afterwards else ""
    return (
        f"The {settings.network} network: {body}{dropout}{penalty}, "
        f"{model.count_params():,} weights; {rules.optimizer.capitalize()} with 1cycle, batches of "
        f"{recipe.batch_size}, at most {recipe.epochs} epochs, the best validation loss kept.{then}"
    )
