"""The networks of a plan: how they are built, and their outputs in the units of the target.

float32 has no number between 1,600,000,000 and 1,600,000,128. So a regression network is trained on
targets of mean 0 and standard deviation 1, and both are taken and given back in float64. The saved
network ends in a layer that gives them back too, so that Keras alone predicts in the units of the
target, as exactly as float32 can.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import keras
import numpy as np
from numpy.typing import NDArray

from epochal.data import Task, head_of
from epochal.engine.device import memory_for_data
from epochal.errors import InputError
from epochal.models import network
from epochal.models.class_balance import CORRECTED, ClassBalance, CorrectedCrossentropy
from epochal.models.distribution_names import predicts_counts
from epochal.models.distributions import stopping_metrics
from epochal.models.guidelines import Variant
from epochal.models.recipes import Recipe, loss_name, recipe_for
from epochal.runs.settings import TrainSettings

BYTES_PER_WEIGHT = 4 * 4
"""float32: the weight, its gradient and the optimiser's two moments."""

TARGET_UNITS = "target_units"
"""The name of a regression network's last layer."""


def recipe_of(settings: TrainSettings, rows: int, features: int, members: int) -> Recipe:
    """What the settings ask for, and the rest from the size of the training part."""
    return recipe_for(
        settings.network,
        rows,
        features,
        members=members,
        hidden=settings.hidden,
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        patience=settings.patience,
        dropout=settings.dropout,
        l2=settings.l2,
        learning_rate=settings.learning_rate,
    )


def build(
    task: Task,
    features: int,
    settings: TrainSettings,
    recipe: Recipe,
    variant: Variant,
    seed: int,
    balance: ClassBalance | None = None,
) -> keras.Model:
    """One compiled network.

    Parameters
    ----------
    task : Task
    features : int
        Columns of the preprocessed table.
    settings : TrainSettings
    recipe : Recipe
    variant : Variant
        One of the recipe's.
    seed : int
        Of its weights and its dropout.
    balance : ClassBalance, optional
        How classes are made to count alike; an epoch is then judged by probabilities put right.

    Raises
    ------
    InputError
        The network does not fit in memory.
    """
    distribution = settings.distribution
    judging = stopping_metrics(task.kind, recipe, distribution)
    if balance is not None:
        judging = [CorrectedCrossentropy(balance.weights)]
    _check_memory((features, *variant.hidden, task.outputs), recipe.members)
    return network(
        task.kind,
        features,
        guideline=settings.network,
        hidden=variant.hidden,
        classes=task.outputs if task.kind in ("multiclass", "multilabel") else None,
        outputs=task.outputs,
        distribution=distribution,
        dropout=variant.dropout,
        input_l1=variant.l1,
        l2=variant.l2,
        weight_decay=settings.weight_decay,
        # Those of numbers say nothing of the parameters of a distribution.
        metrics=[*(() if distribution else head_of(task.kind).metrics), *judging],
        seed=seed,
    )


def balance_of(task: Task, settings: TrainSettings, y: NDArray) -> ClassBalance | None:
    """How the settings make the classes of training rows count alike; None where they do not."""
    if settings.class_weight != "balanced" and not settings.oversample:
        return None
    return ClassBalance.of(y, len(task.classes), oversample=settings.oversample)


def judged_by(
    task: Task, settings: TrainSettings, recipe: Recipe, balance: ClassBalance | None
) -> str:
    """The name, in the history, of the loss that says which epoch is best."""
    return CORRECTED if balance else loss_name(task.kind, recipe, settings.distribution)


def _check_memory(widths: tuple[int, ...], members: int) -> None:
    """Refuse networks that cannot be trained in the memory of this machine."""
    needed = members * sum(a * b for a, b in pairwise(widths)) * BYTES_PER_WEIGHT
    available = 4 * memory_for_data()  # a quarter is for data
    if needed > available:
        raise InputError(
            f"hidden must make a network that fits in memory, got {widths[1:-1]}, which needs "
            f"{needed / 1e9:,.0f} GB of {available / 1e9:,.0f} GB: give smaller layers."
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class TargetScale:
    """Mean and standard deviation of each training target, float64 of shape (outputs,)."""

    mean: NDArray
    std: NDArray

    @classmethod
    def of(cls, task: Task, y: NDArray, distribution: str | None = None) -> Self | None:
        """That of encoded targets (rows, ...); None where they stay as they are, as counts do."""
        if task.kind != "regression" or predicts_counts(distribution):
            return None
        values = y.reshape(len(y), -1).astype(float)
        std = values.std(axis=0)
        return cls(mean=values.mean(axis=0), std=np.where(std > 0, std, 1.0))

    def scaled(self, y: NDArray) -> NDArray:
        """Targets as the loss takes them, float32 of shape (rows, outputs)."""
        values: NDArray = (y.reshape(-1, len(self.mean)) - self.mean) / self.std
        return values.astype(np.float32)


def targets_for_loss(y: NDArray, scale: TargetScale | None) -> NDArray:
    """Encoded targets as loss and metrics take them: scaled, float32 (rows, outputs).

    Class positions stay as they are.
    """
    if scale is not None:
        return scale.scaled(y)
    return (
        y if y.dtype.kind == "i" else y.astype(np.float32).reshape(len(y), math.prod(y.shape[1:]))
    )


def finished(
    model: keras.Model, task: Task, scale: TargetScale | None, settings: TrainSettings
) -> keras.Model:
    """The trained model as it is kept: in the units of the targets, of Keras' own classes alone."""
    balanced = settings.oversample or settings.class_weight == "balanced"
    if balanced and model.compiled:  # an average is not
        model.compile(model.optimizer, model.loss, metrics=list(head_of(task.kind).metrics))
    return in_target_units(model, scale)


def in_target_units(model: keras.Model, scale: TargetScale | None) -> keras.Model:
    """The trained model, with a last layer that gives its outputs in the units of the targets."""
    if scale is None:
        return model
    last = keras.layers.Rescaling(
        scale=scale.std.tolist(), offset=scale.mean.tolist(), name=TARGET_UNITS
    )
    if isinstance(model, keras.Sequential):
        model.add(last)
        return model
    return keras.Model(model.inputs, last(model.outputs[0]), name=model.name)


def without_target_units(model: keras.Model) -> tuple[keras.Model, TargetScale | None]:
    """The model without the layer that gives the targets' units, and these; None of another."""
    last = model.layers[-1]
    if last.name != TARGET_UNITS:
        return model, None
    scale, offset = np.asarray(last.scale, float), np.asarray(last.offset, float)
    return keras.Model(model.inputs, last.input), TargetScale(mean=offset, std=scale)
