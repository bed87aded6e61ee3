"""A model compiled anew: its trainable layers have changed, and an optimiser is made for them."""

from collections.abc import Sequence
from typing import Any

import keras

from epochal.bridge.patches import base_optimizer
from epochal.compat._keras import compile_config
from epochal.optimizers import DiscriminativeRates


def fresh_optimizer(model: keras.Model, learning_rate: Any = None) -> keras.optimizers.Optimizer:
    """An optimiser like the model's that has not yet made a step; None keeps its present rate."""
    optimizer = base_optimizer(model.optimizer)
    again = type(optimizer).from_config(optimizer.get_config())
    if learning_rate is not None:
        again.learning_rate = learning_rate
    return again


def recompile(model: keras.Model, factors: Sequence[float], learning_rate: Any = None) -> None:
    """Compile `model` as it is, with a new optimiser and a part of the rate for each variable."""
    optimizer = fresh_optimizer(model, learning_rate)
    if any(factor != 1 for factor in factors):
        optimizer = DiscriminativeRates(optimizer, factors)
    model.compile(**(compile_config(model) | {"optimizer": optimizer}))
