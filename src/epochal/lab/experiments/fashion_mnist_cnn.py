"""A convolutional network on Fashion-MNIST, in minutes on two cores."""

from collections.abc import Iterator

import numpy as np

from epochal.lab import charts
from epochal.lab.convolutional_training import Recipe, accuracy_on_test_part, train_augmented
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.images import unit_images
from epochal.lab.sources import EPOCHAL, Citation

RECIPE = Recipe(
    blocks=((32,), (64, 64), (128,)),
    copies=2,
    max_shift=1,
    epochs=7,
    batch_size=128,
    peak_learning_rate=3e-3,
    weight_decay=0.02,
    dropout=0.2,
)


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the test accuracy of one view and of two views of each image."""
    images = unit_images("fashion-mnist", scale).map_pixels(lambda x: x[..., np.newaxis])
    yield from accuracy_on_test_part(train_augmented(RECIPE, images, scale, seed), images)


EXPERIMENT = Experiment(
    name="fashion-mnist-cnn",
    title="Fashion-MNIST: a convolutional network in 10 minutes",
    claim="Four convolutions reach 92.5% within 10 minutes on two cores; the dense networks of the "
    "other experiments stay at 90%.",
    sources=(Citation(EPOCHAL),),
    measure="test accuracy",
    seeds=(0,),  # many minutes each
    run=run,
    draw=charts.curves("val_accuracy", "validation accuracy"),
    discussion="Images shifted and mirrored, batch normalisation, label smoothing, AdamW and "
    "1cycle; then the mean over an image and its mirror image. An epoch goes over two augmented "
    "copies of each image. Its time was measured while other work ran.",
)
