"""A peer that predicts: `python -m benchmarks.peer_monte_carlo PEER FOLDER TIMES`.

KERAS_BACKEND in the environment says on which backend. The weights are those in the folder.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from benchmarks.gate import Gate

EPOCHAL, EPOCHAL_XLA, JAX, TENSORFLOW = "epochal", "epochal-xla", "jax", "tensorflow"
SAMPLES = 100


def network() -> keras.Model:
    """The network of Géron's chapter 11, with dropout at a rate of 0.2 before each dense layer."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28)),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(300, activation="elu", kernel_initializer="he_normal"),
            layers.Dropout(0.2),
            layers.Dense(100, activation="elu", kernel_initializer="he_normal"),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax"),
        ]
    )


def predictor(peer: str, model: keras.Model, x: np.ndarray) -> Callable[[], np.ndarray]:
    """What is measured: the mean prediction, (rows, classes)."""
    if peer in (EPOCHAL, EPOCHAL_XLA):
        import epochal  # noqa: PLC0415 - only this peer's process may see epochal

        engine = "xla" if peer == EPOCHAL_XLA else "auto"
        return lambda: epochal.predict_monte_carlo(model, x, samples=SAMPLES, engine=engine).mean

    def loop() -> np.ndarray:
        # The loop of the book, which keeps all samples of all rows.
        return np.stack([model(x, training=True) for _ in range(SAMPLES)]).mean(axis=0)

    return loop


def main(peer: str, folder: str, times: str) -> None:
    gate = Gate()
    x, y = (np.load(Path(folder) / f"{name}.npy") for name in "xy")
    model = network()
    with np.load(Path(folder) / "weights.npz") as weights:
        model.set_weights([weights[name] for name in weights.files])
    predict = predictor(peer, model, x)
    gate.ready()
    for turn in range(int(times)):
        accuracy = float((predict().argmax(axis=1) == y).mean())
        gate.finished(accuracy, last=turn == int(times) - 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
