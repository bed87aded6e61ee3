"""Batch normalisation after the activation, and before it with layers without bias."""

from collections.abc import Callable, Iterator

import keras
from keras import layers

from epochal.lab import charts
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.image_training import dense_network, final_result, train
from epochal.lab.images import unit_images
from epochal.lab.sources import GERON, Citation


def normalized_after() -> keras.Sequential:
    """Dense, activation, batch normalisation; the inputs are normalised too."""
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


def normalized_before() -> keras.Sequential:
    """Dense without bias, batch normalisation, activation; the inputs are normalised too."""
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
    "no batch normalisation": lambda: dense_network(initializer="glorot_uniform"),
    "after the activation": normalized_after,
    "before the activation": normalized_before,
}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the validation accuracy of each network."""
    images = unit_images("fashion-mnist", scale)
    for name, network in NETWORKS.items():
        yield (
            name,
            final_result(
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
    title="Batch normalisation before or after the activation",
    claim="Both positions work; before the activation, the dense layer needs no bias.",
    sources=(Citation(GERON, "Batch Normalization"),),
    measure="validation accuracy",
    run=run,
    draw=charts.curves("val_accuracy", "validation accuracy"),
)
