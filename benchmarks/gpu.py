"""`epochal.fit` beside `model.fit` where JAX sees a GPU. `python -m benchmarks.gpu [--write]`

Takes a few minutes, and needs neither TensorFlow nor torch. Both train in this process, one after
the other: two processes would share the GPU's memory badly.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import keras
import numpy as np

import epochal
from benchmarks.document import publish
from benchmarks.kinds import data
from benchmarks.kinds.registry import BY_NAME
from benchmarks.markdown import table

EPOCHS = 5  # of which the first, which compiles, is left out
PARITY_ROWS, MOST_DIFFERENCE = 200 * 32, 1e-3
PARITY = ("dense-sgd", "cnn", "lstm")
NO_GPU = (
    "benchmarks.gpu needs a GPU that JAX sees, and JAX runs on the {backend}: install JAX for it "
    "(for NVIDIA, pip install 'jax[cuda12]'), or run benchmarks.breadth, which is of the processor."
)


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A kind of network on more rows than the processors are given."""

    title: str
    kind: str
    data: Callable[[], Mapping[str, Any]]
    batch_size: int = 32


VECTORS = partial(data.vectors, 55_000, 784)
IMAGES = partial(data.images, 8_000, (28, 28, 1))
WORKLOADS = (
    Workload(title="784-300-100-10, SGD, 55,000 rows", kind="dense-sgd", data=VECTORS),
    Workload(title="784-300-100-10, Adam, 55,000 rows", kind="dense-adam", data=VECTORS),
    Workload(title="the same", kind="dense-adam", data=VECTORS, batch_size=512),
    Workload(
        title="Conv 32, pool, Conv 64, pool, Dense 100, Adam, 8,000 images", kind="cnn", data=IMAGES
    ),
    Workload(title="the same", kind="cnn", data=IMAGES, batch_size=256),
    Workload(
        title="LSTM(64), 3,200 sequences of 50",
        kind="lstm",
        data=partial(data.sequences, 3_200, 50, 16),
    ),
)


class EpochTimes(keras.callbacks.Callback):
    """Seconds of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.seconds.append(time.perf_counter() - self._started)


FITS: dict[str, Callable[..., Any]] = {"epochal": epochal.fit, "keras": keras.Model.fit}


def speeds(workload: Workload, epochs: int = EPOCHS) -> dict[str, float]:
    """Median seconds of an epoch after the first, by who trains."""
    arrays, found = workload.data(), {}
    for name, fit in FITS.items():
        keras.utils.set_random_seed(0)
        times = EpochTimes()
        fit(
            BY_NAME[workload.kind].build(),
            **arrays,
            batch_size=workload.batch_size,
            epochs=epochs,
            verbose=0,
            callbacks=[times],
        )
        found[name] = median(times.seconds[1:])
    return found


def difference(kind: str, rows: int = PARITY_ROWS) -> float:
    """The largest relative difference of an epoch's loss, on the same batches, of two epochs.

    Products in full float32: a GPU's shorter formats round by another amount in each program.
    """
    arrays = {name: values[:rows] for name, values in BY_NAME[kind].data().items()}
    losses = []
    with jax.default_matmul_precision("highest"):
        for fit in FITS.values():
            keras.utils.set_random_seed(0)
            model = BY_NAME[kind].build()
            options = {"batch_size": 32, "epochs": 2, "shuffle": False, "verbose": 0}
            losses.append(fit(model, **arrays, **options).history["loss"])
    ours, theirs = np.asarray(losses)
    return float(np.max(np.abs(ours - theirs) / np.abs(theirs)))


def section(
    found: Sequence[tuple[Workload, Mapping[str, float]]], differences: Mapping[str, float]
) -> str:
    rows = [
        [
            workload.title,
            str(workload.batch_size),
            f"{seconds['epochal']:.3f} s",
            f"{seconds['keras']:.3f} s",
            f"{seconds['keras'] / seconds['epochal']:.1f}x",
        ]
        for workload, seconds in found
    ]
    parity = [
        [kind, f"{value:.1e}", "reached" if value <= MOST_DIFFERENCE else "**not reached**"]
        for kind, value in differences.items()
    ]
    return "\n\n".join(
        [
            f"Seconds per epoch, median of {EPOCHS - 1} after the first, on random numbers.",
            table(["", "batch", "epochal.fit", "Keras on JAX, model.fit", ""], rows),
            "Losses of two epochs on the same batches: the largest relative difference from "
            f"`model.fit`, at most {MOST_DIFFERENCE:g}, with products in full float32.",
            table(["", "difference", ""], parity),
        ]
    )


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks/")
    parser.parse_args(arguments)
    if jax.default_backend() != "gpu":
        sys.exit(NO_GPU.format(backend=jax.default_backend()))
    found = []
    for workload in WORKLOADS:
        found.append((workload, speeds(workload)))
        sys.stdout.write(f"{workload.title}, {workload.batch_size}: {found[-1][1]}\n")
        sys.stdout.flush()
    body = section(found, {kind: difference(kind) for kind in PARITY})
    gpu = jax.devices()[0].device_kind
    publish("GPU", body, module="benchmarks.gpu", arguments=arguments, gpu=gpu)


if __name__ == "__main__":
    main(sys.argv[1:])
