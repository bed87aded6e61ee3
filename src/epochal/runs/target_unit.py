"""A regression's target in its own unit, however far from 0 it lies.

float32 tells 1,600,000,000 from 1,600,000,128 and nothing between. So the network learns, and is
asked for, deviations from the mean; the mean is taken off and added in float64. The network that is
saved ends in a layer that adds it too, so that Keras alone predicts in the target's unit, as
exactly as float32 can.
"""

import keras
import numpy as np
from numpy.typing import NDArray

from epochal.data import Task
from epochal.training import predict

LAYER = "unit_of_the_target"


def unit_layer(scale: NDArray, offset: NDArray) -> keras.layers.Layer:
    """The last layer of a regression: from 0 and 1 to the target's mean and deviation."""
    return keras.layers.Rescaling(scale=scale.tolist(), offset=offset.tolist(), name=LAYER)


def centre_of(task: Task, y: NDArray) -> NDArray | None:
    """The mean of each target, float64; None for a task whose targets stay as they are."""
    return np.mean(y, axis=0, dtype=float) if task.kind == "regression" else None


def centred(y: NDArray, centre: NDArray | None) -> NDArray:
    """Targets as the loss takes them: without their mean, in float32 (class positions stay)."""
    if y.dtype.kind == "i":
        return y
    return (y if centre is None else y - centre).astype(np.float32)


def add_target_mean(task: Task, model: keras.Model, centre: NDArray | None) -> keras.Model:
    """The network that was trained on centred targets, with their mean added at its end."""
    if centre is None:
        return model
    *body, last = model.layers
    offset = np.asarray(last.offset, float) + centre
    whole = keras.Sequential([*body, unit_layer(np.asarray(last.scale), offset)], name=model.name)
    whole.build(model.input_shape)
    whole.compile(model.optimizer, task.loss, metrics=list(task.metrics))
    return whole


def predict_in_target_units(model: keras.Model, x: NDArray) -> NDArray:
    """The outputs for the rows `x`, shape (rows, outputs); those of a regression in float64."""
    last = model.layers[-1]
    if last.name != LAYER:
        return np.asarray(predict(model, x, verbose=0)).reshape(len(x), -1)
    body = keras.Sequential(model.layers[:-1])
    body.build(model.input_shape)
    near_zero = np.asarray(predict(body, x, verbose=0), float).reshape(len(x), -1)
    predictions: np.ndarray = near_zero * np.asarray(last.scale, float) + np.asarray(
        last.offset, float
    )
    return predictions
