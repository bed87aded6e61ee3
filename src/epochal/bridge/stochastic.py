"""Layers that draw noise in training alone, and how to have that noise, and no more, at inference.

Calling a model with ``training=True`` would do more: batch normalisation would take its statistics
from the batch, and predictions would depend on what else is in it.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

import keras
from keras.layers import StackedRNNCells

from epochal.compat._keras import DropoutRNNCell, flatten_layers, takes_training
from epochal.layers import ALL_LAYERS

_layers = keras.layers
# Keras' layers with a rate at which they drop or spoil their inputs, and those derived from them.
DROPOUTS = tuple(kind for kind in ALL_LAYERS if kind is not _layers.GaussianNoise)


def noise_layers(layer: keras.Layer) -> list[keras.Layer]:
    """The layers in `layer`, at any depth and itself included, that draw noise in training alone.

    Dropout and noise layers, and recurrent and attention layers with dropout inside. A layer
    without an argument `training` decides for itself when it draws, and is not among them.
    """
    return [each for each in flatten_layers(layer) if _noisy(each)]


@contextmanager
def with_noise(model: keras.Layer) -> Iterator[None]:
    """Inside this the noise layers of `model` are active, whatever `training` they are given."""
    with ExitStack() as stack:
        for layer in noise_layers(model):
            stack.enter_context(patch.dict(vars(layer), call=_drawing(layer.call)))
        yield


def _noisy(layer: Any) -> bool:
    if not takes_training(layer):
        return False
    if isinstance(layer, DROPOUTS):
        return bool(layer.rate > 0)
    if isinstance(layer, _layers.GaussianNoise):
        return bool(layer.stddev > 0)
    if isinstance(layer, _layers.Attention):
        return bool(layer.dropout > 0)
    if isinstance(layer, _layers.RNN):
        cells = layer.cell.cells if isinstance(layer.cell, StackedRNNCells) else [layer.cell]
        # A cell of the user's own may do other things while training.
        known = all(isinstance(cell, DropoutRNNCell) for cell in cells)
        return known and any(cell.dropout or cell.recurrent_dropout for cell in cells)
    return False


def _drawing(call: Callable) -> Callable:
    @wraps(call)
    def always(*args: Any, **kwargs: Any) -> Any:
        """`call` with ``training=True``."""
        return call(*args, **{**kwargs, "training": True})

    return always
