"""What a soak runs in processes of their own, which may run out of something, and the networks."""

import os
import random
import resource
import signal
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

import epochal
from epochal.errors import InputError
from epochal.runs import train_table
from tests.runs import killed_run

SETTINGS: dict[str, Any] = {"members": 2, "epochs": 4}
REFUSED = 3  # the exit code where Python said what there was too little of


UNITS = (1, 3, 8, 17, 40)  # few: Keras compiles what draws the weights, once for each shape


def network(draw: random.Random, columns: int) -> keras.Model:
    keras.utils.set_random_seed(draw.randrange(2**31))
    model = keras.Sequential([keras.Input((columns,))])
    for _ in range(draw.randint(0, 2)):
        model.add(keras.layers.Dense(draw.choice(UNITS), draw.choice(["relu", "tanh", "elu"])))
        model.add(draw.choice([keras.layers.Dropout(0.2), keras.layers.BatchNormalization()]))
    model.add(keras.layers.Dense(1))
    model.compile(draw.choice(["adam", "sgd", "rmsprop"]), "mse")
    return model


def on_a_small_disk(out: Path, most: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
    try:
        train_table(killed_run.table(), "kind", out=out, **SETTINGS)
    except InputError:
        sys.exit(REFUSED)


def fit_rows(x: np.ndarray, seed: int) -> None:
    """One epoch of a network that follows from a seed."""
    model = network(random.Random(seed), 100)  # noqa: S311
    epochal.fit(model, x, x[:, :1], epochs=1, batch_size=4096, verbose=0, engine="native")


def in_little_memory(seed: int, beyond: int) -> None:
    # JAX's own threads, which end the process where they find no memory, are there before.
    fit_rows(np.ones((8, 100), np.float32), seed)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + beyond
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
    try:
        fit_rows(np.ones((beyond // 400, 100), np.float32), seed)
    except (MemoryError, RuntimeError, InputError):
        sys.exit(REFUSED)
