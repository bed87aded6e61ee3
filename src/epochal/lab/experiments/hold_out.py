"""Three ways to hold out a validation set, on MNIST."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split

from epochal.lab import charts
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.image_training import LOSS, dense_network, final_result
from epochal.lab.images import unit_images
from epochal.lab.sources import SAULABI, SLIDES, Citation
from epochal.training import fit

FRACTION = 0.1


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the validation accuracy of each way."""
    images = unit_images("mnist", scale)
    for name, (x, y, validation) in _splits(images.x_train, images.y_train, seed).items():
        model = dense_network((128,))
        model.compile("adam", LOSS, metrics=["accuracy"])
        yield (
            name,
            final_result(
                fit(model, x, y, epochs=scale.epochs(5), seed=seed, verbose=0, **validation)
            ),
        )


def _splits(x: np.ndarray, y: np.ndarray, seed: int) -> dict[str, tuple[Any, Any, dict[str, Any]]]:
    """For each way: x, y and the validation argument of the fit."""
    kept = len(x) - round(FRACTION * len(x))
    drawn = train_test_split(x, y, test_size=FRACTION, random_state=seed, stratify=y)
    return {
        "slicing": (x[:kept], y[:kept], {"validation_data": (x[kept:], y[kept:])}),
        "train_test_split": (drawn[0], drawn[2], {"validation_data": (drawn[1], drawn[3])}),
        "validation_split": (x, y, {"validation_split": FRACTION}),
    }


EXPERIMENT = Experiment(
    name="hold-out",
    title="Hold-out validation",
    claim="Slicing, train_test_split and validation_split are three ways to the same end.",
    sources=(
        Citation(SAULABI, "Holdout Validation"),
        Citation(SLIDES, "TensorBoard"),
    ),
    measure="validation accuracy",
    run=run,
    draw=charts.curves("val_accuracy", "validation accuracy"),
    discussion="Slicing and validation_split hold out the same rows, the last ones; the last rows "
    "of MNIST are a little easier than rows drawn at random.",
)
