"""The CIFAR-10 exercise with batch normalisation before each activation, and at the input."""

from collections.abc import Iterator

import keras
from keras import layers

from epochal.lab import figures
from epochal.lab.cifar10 import DEPTH, NAME, UNITS, train_until_worse
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.images import raw
from epochal.lab.training import best


def network() -> keras.Sequential:
    model = keras.Sequential([layers.Flatten(), layers.BatchNormalization()])
    for _ in range(DEPTH):
        model.add(layers.Dense(UNITS, kernel_initializer="he_normal"))
        model.add(layers.BatchNormalization())
        model.add(layers.Activation("elu"))
    model.add(layers.Dense(10, activation="softmax"))
    return model


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    yield (
        "ELU, batch normalisation",
        best(train_until_worse(network(), raw(NAME, scale), 5e-4, scale, seed)),
    )


EXPERIMENT = Experiment(
    name="cifar10-batch-normalization",
    title="CIFAR-10 with batch normalisation",
    claim="The best of all the networks of the exercise, with slower epochs. No figure is given.",
    source="[004]",
    measure="validation accuracy",
    run=run,
    draw=figures.curves("val_accuracy", "validation accuracy"),
)
