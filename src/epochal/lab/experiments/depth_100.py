"""A hundred hidden layers: SELU learns, ReLU does not."""

from collections.abc import Iterator

import keras

from epochal.lab import figures
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.images import standardized
from epochal.lab.training import dense_network, last, train

HIDDEN = (300, *[100] * 99)
UNITS = {"SELU, LeCun": ("selu", "lecun_normal"), "ReLU, He": ("relu", "he_normal")}


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    images = standardized("fashion-mnist", scale)
    for name, (activation, initializer) in UNITS.items():
        model = dense_network(HIDDEN, activation=activation, initializer=initializer)
        yield (
            name,
            last(
                train(model, images, keras.optimizers.SGD(1e-3), epochs=scale.epochs(5), seed=seed)
            ),
        )


EXPERIMENT = Experiment(
    name="depth-100",
    title="A hundred hidden layers",
    claim="With SELU and LeCun's initialisation they learn, with ReLU and He's they do not.",
    source="[004]",
    measure="validation accuracy",
    run=run,
    draw=figures.curves("val_accuracy", "validation accuracy"),
    why="The ReLU network does learn here, later and less: He's initialisation keeps its variance, "
    "and what vanishes or explodes depends on the draw.",
)
