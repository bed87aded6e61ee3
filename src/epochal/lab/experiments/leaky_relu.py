"""LeakyReLU and PReLU on Fashion-MNIST."""

from collections.abc import Callable, Iterator

import keras
from keras import layers

from epochal.lab import figures
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.images import unit
from epochal.lab.training import last, train

UNITS: dict[str, Callable[[], keras.Layer]] = {
    "LeakyReLU": layers.LeakyReLU,
    "PReLU": layers.PReLU,
}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    images = unit("fashion-mnist", scale)
    for name, activation in UNITS.items():
        model = keras.Sequential(
            [
                layers.Flatten(),
                layers.Dense(300, kernel_initializer="he_normal"),
                activation(),
                layers.Dense(100, kernel_initializer="he_normal"),
                activation(),
                layers.Dense(10, activation="softmax"),
            ]
        )
        yield (
            name,
            last(
                train(model, images, keras.optimizers.SGD(1e-3), epochs=scale.epochs(10), seed=seed)
            ),
        )


EXPERIMENT = Experiment(
    name="leaky-relu",
    title="Units that leak",
    claim="Networks of LeakyReLU and of PReLU learn Fashion-MNIST.",
    source="[004]",
    measure="validation accuracy",
    run=run,
    draw=figures.curves("val_accuracy", "validation accuracy"),
)
