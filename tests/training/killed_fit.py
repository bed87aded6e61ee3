"""A fit that keeps itself, to be run in a process that is killed."""

from pathlib import Path

import keras
import numpy as np
from keras import layers
from keras.callbacks import BackupAndRestore, CSVLogger, ModelCheckpoint

import epochal
from tests.training.parity import numbers

EPOCHS = 5
END = "end.npz"  # what the training came to: only a fit that ended writes it


def net() -> keras.Model:
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(96, "tanh"),
            layers.Dropout(0.2),
            layers.BatchNormalization(),
            layers.Dense(1),
        ]
    )
    model.compile("adam", "mse", metrics=["mae"])
    return model


def train(folder: Path, engine: str, save_freq: "str | int") -> epochal.Run:
    """The fit, with all callbacks of Keras that keep something, in `folder`."""
    kept = [
        ModelCheckpoint(str(folder / "best.keras"), save_freq=save_freq),
        CSVLogger(str(folder / "log.csv"), append=True),
        BackupAndRestore(str(folder / "backup"), save_freq=save_freq, delete_checkpoint=False),
    ]
    model = net()
    run = epochal.fit(
        model,
        numbers(44, 6),
        numbers(44, 1, seed=1),
        batch_size=8,
        epochs=EPOCHS,
        validation_split=0.25,
        seed=1,
        verbose=0,
        engine=engine,
        callbacks=kept,
    )
    if run.epoch:  # none is left where a process was killed after the last one
        names = sorted(run.history)
        np.savez(folder / "scores.npz", np.array([run.history[name][-1] for name in names]))
    weights = [*model.get_weights(), *(v.numpy() for v in model.optimizer.variables)]
    np.savez(folder / END, *weights)
    return run
