"""The three ways of holding rows out for validation, on MNIST."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split

from epochal.lab import figures
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.images import unit
from epochal.lab.training import LOSS, dense_network, last
from epochal.training import fit

SHARE = 0.1


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    images = unit("mnist", scale)
    for name, (x, y, validation) in _ways(images.x_train, images.y_train, seed).items():
        model = dense_network((128,))
        model.compile("adam", LOSS, metrics=["accuracy"])
        yield (
            name,
            last(fit(model, x, y, epochs=scale.epochs(5), seed=seed, verbose=0, **validation)),
        )


def _ways(x: np.ndarray, y: np.ndarray, seed: int) -> dict[str, tuple[Any, Any, dict[str, Any]]]:
    """Rows to train on, and what fit is told about the rest."""
    kept = len(x) - round(SHARE * len(x))
    drawn = train_test_split(x, y, test_size=SHARE, random_state=seed, stratify=y)
    return {
        "slicing": (x[:kept], y[:kept], {"validation_data": (x[kept:], y[kept:])}),
        "train_test_split": (drawn[0], drawn[2], {"validation_data": (drawn[1], drawn[3])}),
        "validation_split": (x, y, {"validation_split": SHARE}),
    }


EXPERIMENT = Experiment(
    name="hold-out",
    title="Holding rows out",
    claim="Slicing, train_test_split and validation_split come to the same on shuffled data.",
    source="[001] [002]",
    measure="validation accuracy",
    run=run,
    draw=figures.curves("val_accuracy", "validation accuracy"),
    why="Slicing and validation_split take the same rows, the last ones; MNIST's last rows are a "
    "little easier than drawn ones.",
)
