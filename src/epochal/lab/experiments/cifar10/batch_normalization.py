"""The CIFAR-10 exercise with batch normalisation at the input and before each activation."""

from collections.abc import Iterator

import keras
from keras import layers

from epochal.lab import charts
from epochal.lab.cifar10_exercise import DEPTH, EXERCISE, NAME, UNITS, train_with_early_stopping
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.image_training import best_result
from epochal.lab.images import raw_images


def network() -> keras.Sequential:
    """Twenty layers of dense, batch normalisation and ELU."""
    model = keras.Sequential([layers.Flatten(), layers.BatchNormalization()])
    for _ in range(DEPTH):
        model.add(layers.Dense(UNITS, kernel_initializer="he_normal"))
        model.add(layers.BatchNormalization())
        model.add(layers.Activation("elu"))
    model.add(layers.Dense(10, activation="softmax"))
    return model


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the validation accuracy of the best epoch."""
    yield (
        "ELU, batch normalisation",
        best_result(
            train_with_early_stopping(network(), raw_images(NAME, scale), 5e-4, scale, seed)
        ),
    )


EXPERIMENT = Experiment(
    name="cifar10-batch-normalization",
    title="CIFAR-10 with batch normalisation",
    claim="The best of the networks of the exercise, with slower epochs (no figure is quoted).",
    sources=(EXERCISE,),
    measure="validation accuracy",
    run=run,
    draw=charts.curves("val_accuracy", "validation accuracy"),
)
