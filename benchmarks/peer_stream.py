"""A peer that trains on a file of rows, mapped or read into memory.

`python -m benchmarks.peer_stream mapped|memory FOLDER BATCH_SIZE EPOCHS` reports with each epoch
how far anonymous memory (RssAnon) has grown since just before the fit, at its peak, in MB.
"""

import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

import epochal
from benchmarks.gate import Gate
from benchmarks.memory import PeakMemory


class GatedEpochs(keras.callbacks.Callback):
    """Holds the training before each epoch until the parent says go."""

    def __init__(self, gate: Gate, memory: PeakMemory) -> None:
        super().__init__()
        self._gate, self._memory = gate, memory
        self._loss = float("nan")

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if epoch > 0:
            self._gate.finished(self._loss, last=False, growth=self._memory.growth)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._loss = float((logs or {})["loss"])

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._gate.finished(self._loss, last=True, growth=self._memory.growth)


def main(kind: str, folder: str, batch_size: str, epochs: str) -> None:
    gate = Gate()
    x = np.load(Path(folder) / "x.npy", mmap_mode="r" if kind == "mapped" else None)
    y = np.load(Path(folder) / "y.npy")
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((x.shape[1],)),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(1),
        ]
    )
    model.compile(optimizer="adam", loss="mean_squared_error")
    memory = PeakMemory()
    gate.ready()
    memory.start()
    epochal.fit(
        model,
        x,
        y,
        batch_size=int(batch_size),
        epochs=int(epochs),
        verbose=0,
        seed=0,
        callbacks=[GatedEpochs(gate, memory)],
    )
    memory.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
