"""A hundred hidden layers with SELU and with ReLU."""

from collections.abc import Iterator

import keras

from epochal.lab import charts
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.image_training import dense_network, final_result, train
from epochal.lab.images import standardized_images
from epochal.lab.sources import GERON, Citation

HIDDEN = (300, *[100] * 99)
ACTIVATIONS = {"SELU, LeCun": ("selu", "lecun_normal"), "ReLU, He": ("relu", "he_normal")}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the validation accuracy with each activation."""
    images = standardized_images("fashion-mnist", scale)
    for name, (activation, initializer) in ACTIVATIONS.items():
        model = dense_network(HIDDEN, activation=activation, initializer=initializer)
        yield (
            name,
            final_result(
                train(model, images, keras.optimizers.SGD(1e-3), epochs=scale.epochs(5), seed=seed)
            ),
        )


EXPERIMENT = Experiment(
    name="depth-100",
    title="A hundred hidden layers",
    claim="A network of 100 layers learns with SELU and LeCun initialisation, but not with ReLU "
    "and He initialisation.",
    sources=(Citation(GERON, "Nonsaturating Activation Functions"),),
    measure="validation accuracy",
    run=run,
    draw=charts.curves("val_accuracy", "validation accuracy"),
    discussion="The ReLU network does learn here, later and less: He initialisation preserves the "
    "variance of its activations, and whether gradients vanish or explode depends on the seed.",
)
