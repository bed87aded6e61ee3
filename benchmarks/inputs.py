"""The arrays that the peers train on, as files in a folder: every peer reads the same ones."""

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from benchmarks.workloads import Workload
from epochal.data import datasets


def write_inputs(workloads: Iterable[Workload], folder: Path) -> bool:
    """Write `{data}-x.npy`, float32, and `{data}-y.npy`, int32, for each data set in use.

    Returns whether they are the real sets: where the environment variable EPOCHAL_DATA is not
    set they are random numbers of the same shape, which cost the same to train on.
    """
    real = bool(os.environ.get("EPOCHAL_DATA"))
    # A workload of fewer rows takes the first ones.
    largest = {each.data: each for each in sorted(workloads, key=lambda each: each.rows)}
    for workload in largest.values():
        x, y = _real(workload) if real else _random(workload)
        np.save(folder / f"{workload.data}-x.npy", x)
        np.save(folder / f"{workload.data}-y.npy", y)
    return real


def _real(workload: Workload) -> tuple[np.ndarray, np.ndarray]:
    dataset = datasets.load(workload.data)
    if not isinstance(dataset, datasets.ImageDataset):
        raise TypeError(f"the workloads train on images, and {workload.data} holds none")
    images, labels = dataset.x_train[: workload.rows], dataset.y_train[: workload.rows]
    x = images.reshape(workload.rows, workload.columns).astype("float32")
    # Fashion-MNIST to [0, 1]; CIFAR-10 as raw pixels, as in Géron's exercise.
    x /= 255.0 if workload.data == "fashion-mnist" else 1.0
    return x, labels.astype("int32")


def _random(workload: Workload) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    x = generator.random((workload.rows, workload.columns), dtype="float32")
    x *= 255.0 if workload.data == "cifar-10" else 1.0
    return x, generator.integers(10, size=workload.rows, dtype="int32")
