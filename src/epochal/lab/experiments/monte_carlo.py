"""Monte-Carlo dropout on one image and on the test set."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import keras
import numpy as np
from keras import layers

from epochal.lab.experiment import Experiment, Result, Scale, Variants
from epochal.lab.image_training import accuracy, final_result, train
from epochal.lab.images import class_names, standardized_images
from epochal.lab.sources import GERON, PARK, STUDY_GROUP, Citation
from epochal.plots import monte_carlo
from epochal.training import predict
from epochal.uncertainty import predict_monte_carlo

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ONCE, SAMPLED = "test accuracy, no dropout", "test accuracy, mean of 100 samples"
IMAGE_ONCE = "probability of the first image, no dropout"
IMAGE_SAMPLED = "probability of the first image, mean of 100 samples"
QUOTED = {IMAGE_ONCE: 0.99, IMAGE_SAMPLED: 0.62}
NAME = "fashion-mnist"
DRAWN = 3  # number of test images in the figure


def network() -> keras.Sequential:
    """SELU, with alpha dropout at a rate of 0.2 before each dense layer."""
    model = keras.Sequential([layers.Flatten()])
    for units in (300, 100):
        model.add(layers.AlphaDropout(0.2))
        model.add(layers.Dense(units, activation="selu", kernel_initializer="lecun_normal"))
    model.add(layers.AlphaDropout(0.2))
    model.add(layers.Dense(10, activation="softmax"))
    return model


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the test accuracy, and the probability of the first image, both ways."""
    images = standardized_images(NAME, scale)
    optimizer = keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True)
    model = network()
    # The notebook trains for 20 epochs, and for one more before it samples.
    trained = final_result(train(model, images, optimizer, epochs=scale.epochs(21), seed=seed))
    once = predict(model, images.x_test, verbose=0)
    samples = scale.monte_carlo_samples(100)
    # Without retraining: the notebook replaces AlphaDropout by MCAlphaDropout.
    sampled = predict_monte_carlo(model, images.x_test, samples=samples, seed=seed)
    label = images.y_test[0]
    for name, value in (
        (ONCE, accuracy(once, images.y_test)),
        (SAMPLED, accuracy(sampled.mean, images.y_test)),
        (IMAGE_ONCE, once[0, label]),
    ):
        yield name, replace(trained, value=float(value), curves={})
    drawn = {
        "once": once,
        "mean": sampled.mean,
        "std": sampled.standard_deviation,
        "truth": images.y_test,
    }
    curves = {key: values[:DRAWN].ravel().tolist() for key, values in drawn.items()}
    yield IMAGE_SAMPLED, replace(trained, value=float(sampled.mean[0, label]), curves=curves)


def draw(results: Sequence[Variants]) -> "Figure":
    """Draw the probabilities of the first test images, with the first seed."""
    curves = results[0][IMAGE_SAMPLED].curves
    once, mean, std = (np.reshape(curves[key], (DRAWN, -1)) for key in ("once", "mean", "std"))
    return monte_carlo(
        SimpleNamespace(mean=mean, standard_deviation=std),
        range(DRAWN),
        class_names=class_names(NAME),
        truth=[int(label) for label in curves["truth"]],
        without_dropout=once,
    )


EXPERIMENT = Experiment(
    name="monte-carlo",
    title="Monte-Carlo dropout on one image and on the test set",
    claim="The mean of many samples is slightly more accurate, and better calibrated: the "
    "probability of one image falls from 99% to 62%.",
    sources=(
        Citation(GERON, "Monte Carlo (MC) Dropout"),
        Citation(STUDY_GROUP, "11.4.3 Monte Carlo Dropout"),
        Citation(PARK, "3. Monte Carlo Dropout"),
    ),
    measure="accuracy, or probability of the true class",
    run=run,
    draw=draw,
    quoted=QUOTED,
    discussion="How far the probability of one image falls depends on the image and on the "
    "weights; the quoted 62% is of a single run.",
    revision=2,
)
