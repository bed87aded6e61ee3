"""Callbacks that Keras does not have, or has for TensorFlow alone."""

from typing import Any

import keras

from epochal.callbacks.tensorboard import TensorBoard
from epochal.errors import suggest

__all__ = ["TensorBoard"]


def __getattr__(name: str) -> Any:
    ours = suggest(name, __all__)
    theirs = suggest(name, [each for each in dir(keras.callbacks) if each[0].isupper()])
    where = ours or theirs.replace("mean '", "mean 'keras.callbacks.")
    raise AttributeError(f"module 'epochal.callbacks' has no attribute {name!r}.{where}")
