"""A training's backup as one file: Keras' weights, and where in the training they stood.

Keras keeps the latter in a second file, so that a kill between the two leaves weights of one moment
with the name of another; it counts whole epochs, and knows no metrics. Here all is one file that
Keras can read as well.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import jax.numpy as jnp
import keras
import numpy as np

from epochal.compat._keras import set_value

_GROUP = "epochal"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a training stood: `steps` batches into `epoch`, with `logs` of the last of them."""

    epoch: int
    steps: int = 0
    logs: dict[str, float] = field(default_factory=dict)
    metrics: tuple[np.ndarray, ...] = ()
    non_trainable: tuple[np.ndarray, ...] = ()  # the state of random layers among them


def write_backup(model: keras.Model, path: Path, standing: Standing) -> None:
    """Write the model's weights, optimiser, metrics and seeds; `standing` says where it is."""
    type(model).save_weights(model, path)  # the caller sees to it that the file is whole
    with h5py.File(path, "a") as file:
        group = file.create_group(_GROUP)
        group.attrs["standing"] = json.dumps(
            {"epoch": standing.epoch, "steps": standing.steps, "logs": standing.logs}
        )
        for name, variables in _beside_the_weights(model).items():
            for number, variable in enumerate(variables):
                raw = np.frombuffer(np.asarray(variable.value).tobytes(), np.uint8)
                group.create_dataset(f"{name}/{number}", data=raw)


def read_backup(model: keras.Model, path: Path) -> Standing | None:
    """Load what `write_backup` wrote into the model; None where Keras itself has written it.

    The metrics are not loaded, as every epoch begins by resetting them: `resume_epoch` does.
    """
    if model.optimizer is not None and not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    model.load_weights(path)
    with h5py.File(path, "r") as file:
        group = file.get(_GROUP)
        if group is None:
            return None
        saved = json.loads(group.attrs["standing"])
        values = {
            name: [
                _as_variable(group[f"{name}/{number}"][()], variable)
                for number, variable in enumerate(variables)
            ]
            for name, variables in _beside_the_weights(model).items()
        }
    _assign(model.non_trainable_variables, values["non_trainable"])
    return Standing(
        **saved, metrics=tuple(values["metrics"]), non_trainable=tuple(values["non_trainable"])
    )


def resume_epoch(model: keras.Model, standing: Standing) -> None:
    """Give what an epoch begins with anew, metrics and seeds, what it was in the middle of it."""
    _assign(model.metrics_variables, standing.metrics)
    _assign(model.non_trainable_variables, standing.non_trainable)


def _assign(variables: Sequence[keras.Variable], values: Sequence[np.ndarray]) -> None:
    for variable, value in zip(variables, values, strict=True):
        set_value(variable, jnp.array(value))


def _beside_the_weights(model: keras.Model) -> dict[str, Any]:
    """What Keras leaves out of a file of weights: metrics, and the seeds of random layers."""
    return {"metrics": model.metrics_variables, "non_trainable": model.non_trainable_variables}


def _as_variable(raw: np.ndarray, variable: keras.Variable) -> np.ndarray:
    dtype = np.asarray(variable.value).dtype
    if raw.size != math.prod(variable.shape) * dtype.itemsize:
        raise ValueError(f"{variable.path} has another shape than when the backup was made")
    return np.frombuffer(raw.tobytes(), dtype).reshape(variable.shape)
