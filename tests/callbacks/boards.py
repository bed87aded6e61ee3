"""A small network, its fit with a board, and TensorBoard's own reader."""

from pathlib import Path

import keras
import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import epochal
from epochal.callbacks import TensorBoard

generator = np.random.default_rng(5)
X = generator.normal(size=(40, 6)).astype(np.float32)
Y = generator.integers(0, 3, size=40)


def network() -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(5, activation="tanh", name="hidden"),
            keras.layers.Dense(3, activation="softmax", name="head"),
        ]
    )
    model.compile(
        keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


def fitted(
    board: TensorBoard, model: keras.Model | None = None, y=Y, epochs=3, **settings
) -> epochal.Run:
    return epochal.fit(
        model or network(),
        X,
        y,
        epochs=epochs,
        batch_size=8,
        verbose=0,
        seed=1,
        callbacks=[board],
        **settings,
    )


def read(folder: Path) -> EventAccumulator:
    found = EventAccumulator(str(folder), size_guidance={"scalars": 0, "histograms": 0})
    found.Reload()
    return found


def values(found: EventAccumulator, tag: str) -> list[float]:
    return [event.value for event in found.Scalars(tag)]
