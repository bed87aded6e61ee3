"""Exploding gradients, clipped by value and by norm."""

from collections.abc import Iterator

import keras

from epochal.lab import charts
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.image_training import dense_network, final_result, train
from epochal.lab.images import standardized_images
from epochal.lab.sources import GERON, Citation

CLIPS: dict[str, dict[str, float]] = {
    "no clipping": {},
    "clipvalue 1.0": {"clipvalue": 1.0},
    "clipnorm 1.0": {"clipnorm": 1.0},
}
LEARNING_RATE = 0.3


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the validation accuracy with each kind of clipping."""
    images = standardized_images("fashion-mnist", scale)
    for name, clip in CLIPS.items():
        model = dense_network([100] * 10, activation="elu")
        optimizer = keras.optimizers.SGD(LEARNING_RATE, **clip)
        yield name, final_result(train(model, images, optimizer, epochs=scale.epochs(5), seed=seed))


EXPERIMENT = Experiment(
    name="clipping",
    title="Gradient clipping by value and by norm",
    claim="Every optimiser accepts clipvalue and clipnorm, which keep gradients from exploding.",
    sources=(Citation(GERON, "Gradient Clipping"),),
    measure="validation accuracy",
    run=run,
    draw=charts.curves("val_accuracy", "validation accuracy"),
    discussion="The network has ten layers of 100 ELU units, and a learning rate of 0.3 is too "
    "high for it without clipping. What explodes is the norm of many small elements: hardly any "
    "single element exceeds 1, so that clipping by value does not help.",
)
