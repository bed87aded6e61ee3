"""Batch normalisation after the activation, and before it without biases."""

from collections.abc import Callable, Iterator

import keras
from keras import layers

from epochal.lab import figures
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.images import unit
from epochal.lab.training import dense_network, last, train


def after() -> keras.Sequential:
    """Dense, activation, normalisation; the inputs are normalised too."""
    return keras.Sequential(
        [
            layers.Flatten(),
            layers.BatchNormalization(),
            layers.Dense(300, activation="relu"),
            layers.BatchNormalization(),
            layers.Dense(100, activation="relu"),
            layers.BatchNormalization(),
            layers.Dense(10, activation="softmax"),
        ]
    )


def before() -> keras.Sequential:
    """Dense without bias, normalisation, activation; the inputs are normalised too."""
    return keras.Sequential(
        [
            layers.Flatten(),
            layers.BatchNormalization(),
            layers.Dense(300, use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dense(100, use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


NETWORKS: dict[str, Callable[[], keras.Sequential]] = {
    "none": lambda: dense_network(initializer="glorot_uniform"),
    "after the activation": after,
    "before the activation": before,
}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    images = unit("fashion-mnist", scale)
    for name, network in NETWORKS.items():
        yield (
            name,
            last(
                train(
                    network(),
                    images,
                    keras.optimizers.SGD(1e-3),
                    epochs=scale.epochs(10),
                    seed=seed,
                )
            ),
        )


EXPERIMENT = Experiment(
    name="batch-normalization",
    title="Batch normalisation after and before the activation",
    claim="Both places work; before it, the dense layer needs no bias.",
    source="[004]",
    measure="validation accuracy",
    run=run,
    draw=figures.curves("val_accuracy", "validation accuracy"),
)
