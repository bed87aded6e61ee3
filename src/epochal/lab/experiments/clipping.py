"""Gradients clipped by value and by norm, where they explode."""

from collections.abc import Iterator

import keras

from epochal.lab import figures
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.images import standardized
from epochal.lab.training import dense_network, last, train

CLIPS: dict[str, dict[str, float]] = {
    "none": {},
    "clipvalue 1.0": {"clipvalue": 1.0},
    "clipnorm 1.0": {"clipnorm": 1.0},
}
RATE = 0.3


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    images = standardized("fashion-mnist", scale)
    for name, clip in CLIPS.items():
        model = dense_network([100] * 10, activation="elu")
        optimizer = keras.optimizers.SGD(RATE, **clip)
        yield name, last(train(model, images, optimizer, epochs=scale.epochs(5), seed=seed))


EXPERIMENT = Experiment(
    name="clipping",
    title="Gradients clipped by value and by norm",
    claim="Every optimiser takes clipvalue and clipnorm, against gradients that explode.",
    source="[004]",
    measure="validation accuracy",
    run=run,
    draw=figures.curves("val_accuracy", "validation accuracy"),
    why="Ten layers of 100 ELU units at a rate of 0.3, which is too high without clipping. What "
    "explodes is the norm of many small elements: hardly one of them is above 1 by itself.",
)
