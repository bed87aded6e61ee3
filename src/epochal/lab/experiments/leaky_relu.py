"""LeakyReLU and PReLU on Fashion-MNIST."""

from collections.abc import Callable, Iterator

import keras
from keras import layers

from epochal.lab import charts
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.image_training import final_result, train
from epochal.lab.images import unit_images
from epochal.lab.sources import GERON, Citation

ACTIVATIONS: dict[str, Callable[[], keras.Layer]] = {
    "LeakyReLU": layers.LeakyReLU,
    "PReLU": layers.PReLU,
}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the validation accuracy with each activation."""
    images = unit_images("fashion-mnist", scale)
    for name, activation in ACTIVATIONS.items():
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
            final_result(
                train(model, images, keras.optimizers.SGD(1e-3), epochs=scale.epochs(10), seed=seed)
            ),
        )


EXPERIMENT = Experiment(
    name="leaky-relu",
    title="LeakyReLU and PReLU",
    claim="Networks with either activation learn Fashion-MNIST.",
    sources=(Citation(GERON, "Nonsaturating Activation Functions"),),
    measure="validation accuracy",
    run=run,
    draw=charts.curves("val_accuracy", "validation accuracy"),
)
