"""A peer that trains a Keras model: `python -m benchmarks.peer_keras PEER WORKLOAD FOLDER EPOCHS`.

KERAS_BACKEND in the environment says on which backend.
"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np

from benchmarks.gate import Gate
from benchmarks.workloads import BY_NAME, CLASSES, EPOCHAL, EPOCHAL_XLA, JAX_STEPS, Workload


def build(workload: Workload, *, steps_per_execution: int) -> keras.Model:
    """The workload's network, compiled the Keras way."""
    network = workload.network
    layers: list[keras.layers.Layer] = [keras.Input((workload.columns,))]
    widths = [*((units, network.activation) for units in network.hidden), (CLASSES, "softmax")]
    for units, activation in widths:
        if network.dropout:
            layers.append(keras.layers.Dropout(network.dropout))
        initializer = "glorot_uniform" if activation == "softmax" else network.initializer
        layers.append(
            keras.layers.Dense(units, activation=activation, kernel_initializer=initializer)
        )
        if network.normalized and activation != "softmax":
            layers.append(keras.layers.BatchNormalization())
    model = keras.Sequential(layers)
    optimizer = keras.optimizers.get(
        {
            "class_name": workload.optimizer,
            "config": {"learning_rate": workload.learning_rate},
        }
    )
    model.compile(
        optimizer=optimizer,
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=steps_per_execution,
    )
    return model


class GatedEpochs(keras.callbacks.Callback):
    """Holds the training before each epoch until the parent says go."""

    def __init__(self, gate: Gate) -> None:
        super().__init__()
        self._gate = gate
        self._loss = float("nan")

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if epoch > 0:
            self._gate.finished(self._loss, last=False)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._loss = float((logs or {})["loss"])

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._gate.finished(self._loss, last=True)


def main(peer: str, name: str, folder: str, epochs: str) -> None:
    gate = Gate()
    workload = BY_NAME[name]
    x = np.load(Path(folder) / f"{workload.data}-x.npy")[: workload.rows]
    y = np.load(Path(folder) / f"{workload.data}-y.npy")[: workload.rows]
    keras.utils.set_random_seed(0)
    fit: Callable[..., Any] = keras.Model.fit
    if peer in (EPOCHAL, EPOCHAL_XLA):
        import epochal  # noqa: PLC0415 - only this peer's process may see epochal

        fit = partial(epochal.fit, engine="xla" if peer == EPOCHAL_XLA else "auto")
    gate.ready()
    model = build(workload, steps_per_execution=32 if peer == JAX_STEPS else 1)
    fit(
        model,
        x,
        y,
        batch_size=workload.batch_size,
        epochs=int(epochs),
        verbose=0,
        callbacks=[GatedEpochs(gate)],
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
