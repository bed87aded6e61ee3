"""Glorot, He, LeCun and variance scaling, where the depth makes them matter."""

from collections.abc import Callable, Iterator

import keras

from epochal.lab import figures
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.images import standardized
from epochal.lab.training import dense_network, last, train

INITIALIZERS: dict[str, Callable[[], keras.initializers.Initializer]] = {
    "Glorot": keras.initializers.GlorotUniform,
    "He": keras.initializers.HeNormal,
    "LeCun": keras.initializers.LecunNormal,
    "variance 2 / fan_avg": lambda: keras.initializers.VarianceScaling(
        scale=2.0, mode="fan_avg", distribution="uniform"
    ),
    "deviation 0.01": lambda: keras.initializers.RandomNormal(stddev=0.01),
}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    images = standardized("fashion-mnist", scale)
    for name, initializer in INITIALIZERS.items():
        model = dense_network([100] * 10, activation="relu", initializer=initializer())
        yield (
            name,
            last(
                train(model, images, keras.optimizers.SGD(1e-2), epochs=scale.epochs(5), seed=seed)
            ),
        )


EXPERIMENT = Experiment(
    name="initializers",
    title="Initialisation",
    claim="The deviation of the initial weights must fit the activation: He's for ReLU.",
    source="[004]",
    measure="validation accuracy",
    run=run,
    draw=figures.curves("val_accuracy", "validation accuracy"),
    why="Ten layers: a deviation of 0.01 learns nothing, and the four that fit the layers' widths "
    "lie within a point of one another.",
)
