"""Glorot, He, LeCun and variance scaling in a network of ten layers."""

from collections.abc import Callable, Iterator

import keras

from epochal.lab import charts
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.image_training import dense_network, final_result, train
from epochal.lab.images import standardized_images
from epochal.lab.sources import GERON, Citation

INITIALIZERS: dict[str, Callable[[], keras.initializers.Initializer]] = {
    "Glorot": keras.initializers.GlorotUniform,
    "He": keras.initializers.HeNormal,
    "LeCun": keras.initializers.LecunNormal,
    "VarianceScaling(2, 'fan_avg')": lambda: keras.initializers.VarianceScaling(
        scale=2.0, mode="fan_avg", distribution="uniform"
    ),
    "normal, std 0.01": lambda: keras.initializers.RandomNormal(stddev=0.01),
}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the validation accuracy with each initializer."""
    images = standardized_images("fashion-mnist", scale)
    for name, initializer in INITIALIZERS.items():
        model = dense_network([100] * 10, activation="relu", initializer=initializer())
        yield (
            name,
            final_result(
                train(model, images, keras.optimizers.SGD(1e-2), epochs=scale.epochs(5), seed=seed)
            ),
        )


EXPERIMENT = Experiment(
    name="initializers",
    title="Initialisation",
    claim="The standard deviation of the initial weights must suit the activation function: He "
    "initialisation for ReLU.",
    sources=(Citation(GERON, "Glorot and He Initialization"),),
    measure="validation accuracy",
    run=run,
    draw=charts.curves("val_accuracy", "validation accuracy"),
    discussion="With ten layers, a fixed standard deviation of 0.01 learns nothing; the four that "
    "scale with the width of the layers are within a percentage point of each other.",
)
