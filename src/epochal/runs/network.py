"""The network of a plan: its hyperparameters, how it is built, and its outputs in target units.

float32 has no number between 1,600,000,000 and 1,600,000,128. So a regression network is trained on
differences from the mean, and predicts them; the mean is subtracted and added in float64. The saved
network ends in a layer that adds it too, so that Keras alone predicts in the units of the target,
as exactly as float32 can.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import keras
import numpy as np
from numpy.typing import NDArray

from epochal.data import Task
from epochal.engine.device import memory_for_data
from epochal.errors import InputError
from epochal.models import hidden_for, network
from epochal.models.guidelines import guideline_named
from epochal.runs.settings import TrainSettings
from epochal.training import predict

STEPS = 5000
"""Training steps enough for most tables: 1cycle ends before a small network overfits."""

FEWEST_EPOCHS, MOST_EPOCHS = 12, 100

BYTES_PER_WEIGHT = 4 * 4
"""float32: the weight, its gradient and the optimiser's two moments."""

ALPHA_DROPOUT = 0.05
"""Alpha dropout keeps mean and variance by setting dropped units not to zero but to a far value: a
rate of 0.1 raises the test RMSE on the Boston table by a fifth."""

TARGET_UNITS = "target_units"
"""The name of a regression network's last layer."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The hyperparameters of one training: what the settings ask for, the rest from the table.

    Attributes
    ----------
    hidden : tuple of int
        Units of each hidden layer.
    epochs : int
        Maximum number of epochs.
    batch_size : int
    patience : int
        Epochs without a better validation loss after which the training stops.
    dropout : float
        Rate after each hidden layer, in [0, 1): the guideline's.
    """

    hidden: tuple[int, ...]
    epochs: int
    batch_size: int
    patience: int
    dropout: float


def recipe_for(settings: TrainSettings, rows: int, features: int) -> Recipe:
    """Choose what the settings leave open by the size of the training part.

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
        # Learning rates rise, then fall, and most of the improvement comes while they fall.
        patience=max(5, math.ceil(epochs / 2)),
        dropout=ALPHA_DROPOUT if rules.alpha_dropout else rules.dropout,
    )


def _batch_size(rows: int) -> int:
    """32, the usual size, and larger where an epoch would have thousands of steps."""
    return 32 if rows < 4000 else 128 if rows < 100_000 else 512


def build(
    task: Task, features: int, settings: TrainSettings, recipe: Recipe, y: NDArray
) -> keras.Model:
    """The compiled network.

    A regression network ends in a fixed rescaling by the mean and standard deviation of the
    training targets: it starts near them, and predicts in their units.

    Parameters
    ----------
    task : Task
    features : int
        Columns of the preprocessed table.
    settings : TrainSettings
    recipe : Recipe
    y : array of shape (rows, ...)
        The encoded training targets.

    Raises
    ------
    InputError
        The network does not fit in memory.
    """
    _check_memory((features, *recipe.hidden, task.outputs))
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
    if task.kind == "regression":
        mean, std = y.mean(axis=0, dtype=float), y.std(axis=0, dtype=float)
        model.add(_rescaling(np.where(std > 0, std, 1.0), mean))
    return model


def _check_memory(widths: tuple[int, ...]) -> None:
    """Refuse a network that cannot be trained in the memory of this machine."""
    needed = sum(a * b for a, b in pairwise(widths)) * BYTES_PER_WEIGHT
    available = 4 * memory_for_data()  # a quarter is for data
    if needed > available:
        raise InputError(
            f"hidden must make a network that fits in memory, got {widths[1:-1]}, which needs "
            f"{needed / 1e9:,.0f} GB of {available / 1e9:,.0f} GB: give smaller layers."
        )


def _rescaling(scale: NDArray, offset: NDArray) -> keras.layers.Layer:
    """A layer that gives outputs * scale + offset, with one of each for each target."""
    return keras.layers.Rescaling(scale=scale.tolist(), offset=offset.tolist(), name=TARGET_UNITS)


def target_means(task: Task, y: NDArray) -> NDArray | None:
    """The mean of each target, float64; None where targets are not centred, but for regression."""
    return np.mean(y, axis=0, dtype=float) if task.kind == "regression" else None


def centred(y: NDArray, means: NDArray | None) -> NDArray:
    """Targets as the loss takes them: without their means, float32 (class positions stay)."""
    if y.dtype.kind == "i":
        return y
    return (y if means is None else y - means).astype(np.float32)


def add_target_means(model: keras.Model, means: NDArray | None) -> None:
    """Let the last layer of a network trained on centred targets add their means."""
    if means is not None:
        last = model.pop()
        model.add(_rescaling(np.asarray(last.scale), np.asarray(last.offset, float) + means))


def predict_in_target_units(model: keras.Model, x: NDArray) -> NDArray:
    """The outputs for the rows `x`, shape (rows, outputs); those of a regression in float64."""
    last = model.layers[-1]
    if last.name != TARGET_UNITS:
        return np.asarray(predict(model, x, verbose=0)).reshape(len(x), -1)
    body = keras.Model(model.inputs, model.layers[-2].output)
    near_zero = np.asarray(predict(body, x, verbose=0), float).reshape(len(x), -1)
    outputs: NDArray = near_zero * np.asarray(last.scale, float) + np.asarray(last.offset, float)
    return outputs


def describe_network(settings: TrainSettings, recipe: Recipe, model: keras.Model) -> str:
    """The network and how it is trained, in one or two sentences."""
    rules = guideline_named(settings.network)
    widths = [f"{width:,}" for width in recipe.hidden]
    body = (
        f"{len(widths)} hidden layer{'s' if len(widths) > 1 else ''} of {', '.join(widths)} units"
        f" ({rules.activation.upper()}, {rules.initializer})"
        if widths
        else "no hidden layer"
    )
    kind = "alpha dropout" if rules.alpha_dropout else "dropout"
    dropout = f", {kind} {recipe.dropout:g}" if recipe.dropout else ""
    penalty = f", L1 {rules.l1:g}" if rules.l1 else ""
    afterwards = f" Once trained, {rules.afterwards}." if rules.afterwards else ""
    return (
        f"The {settings.network} network: {body}{dropout}{penalty}, {model.count_params():,} "
        f"parameters. {rules.optimizer.capitalize()} with 1cycle, batch size {recipe.batch_size}, "
        f"at most {recipe.epochs} epochs with early stopping.{afterwards}"
    )
