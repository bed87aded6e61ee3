"""What the experiments about uncertainty train: an ensemble, and one of other settings.

References
----------
B. Lakshminarayanan, A. Pritzel and C. Blundell, "Simple and scalable predictive uncertainty
estimation using deep ensembles", NeurIPS 2017.
F. Wenzel, J. Snoek, D. Tran and R. Jenatton, "Hyperparameter ensembles for robustness and
uncertainty quantification", NeurIPS 2020.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from epochal.lab.experiment import Scale
from epochal.lab.image_training import LOSS
from epochal.lab.images import Images, unit_images
from epochal.schedules import OneCycle
from epochal.training import Ensemble, Population, train_population

Build = Callable[..., keras.Model]

CONVOLUTIONAL, DENSE = "CNN", "dense"
MEMBERS = 5
CANDIDATES = 6  # of the hyper-deep ensemble, of which at most 5 are chosen
ROWS = 30_000  # of the training images: the first ones
EPOCHS = 4
BATCH_SIZE = 64
DROPOUT = 0.1
PEAK_LEARNING_RATES = {CONVOLUTIONAL: 0.01, DENSE: 0.003}
CLASSES = 10
FILTERS, UNITS = (8, 16), (128, 64)


def images_of(data: str, scale: Scale) -> Images:
    """The images as networks take them: (rows, height, width, channels), from 0 to 1."""
    rows = min(ROWS, scale.rows or ROWS)
    images = unit_images(data, replace(scale, rows=rows))
    grey = images.x_train.ndim == 3
    return images.map_pixels(lambda pixels: pixels[..., np.newaxis]) if grey else images


def network(
    kind: str, shape: Sequence[int], dropout: float = DROPOUT, *, classes: int = CLASSES
) -> keras.Sequential:
    """A small network with dropout before every layer but the first, compiled with Adam.

    Parameters
    ----------
    kind : {"CNN", "dense"}
        Two convolutions of 8 and 16 filters and a dense layer of 64 units, or dense layers of 128
        and 64.
    shape : sequence of int
        Of an image, (height, width, channels), or of a row, (features,).
    dropout : float
        Rate, in [0, 1).
    classes : int

    Returns
    -------
    keras.Sequential
    """
    model = keras.Sequential([keras.Input(tuple(shape))])
    units: Sequence[int] = UNITS
    if kind == CONVOLUTIONAL:
        units = UNITS[1:]
        for filters in FILTERS:
            model.add(
                layers.Conv2D(
                    filters, 3, padding="same", activation="relu", kernel_initializer="he_normal"
                )
            )
            model.add(layers.MaxPooling2D(2))
            model.add(layers.Dropout(dropout))
    model.add(layers.Flatten())
    for count in units:
        model.add(layers.Dense(count, activation="relu", kernel_initializer="he_normal"))
        model.add(layers.Dropout(dropout))
    model.add(layers.Dense(classes, activation="softmax"))
    model.compile("adam", LOSS)
    return model


@lru_cache(maxsize=8)  # two experiments share those of Fashion-MNIST, for each seed
def ensemble(data: str, kind: str, scale: Scale, seed: int) -> Ensemble:
    """Five networks of the first training images, which differ in their seeds alone."""
    build, x, y = _of_images(data, kind, scale)
    return alike(build, x, y, PEAK_LEARNING_RATES[kind], epochs=scale.epochs(EPOCHS), seed=seed)


def hyper_deep_ensemble(data: str, kind: str, scale: Scale, seed: int) -> Ensemble:
    """A `hyper_deep` ensemble, chosen by the validation images."""
    build, x, y = _of_images(data, kind, scale)
    peak, validation = PEAK_LEARNING_RATES[kind], images_of(data, scale).validation
    return hyper_deep(build, x, y, peak, validation, epochs=scale.epochs(EPOCHS), seed=seed)


def alike(build: Build, x: NDArray, y: NDArray, peak: float, *, epochs: int, seed: int) -> Ensemble:
    """Five networks that differ in their seeds alone.

    Parameters
    ----------
    build : callable
        Gives a compiled network, from a rate of dropout or without.
    x, y : array of shape (rows, ...), array of shape (rows,)
        What they are trained on.
    peak : float
        The highest learning rate of 1cycle.
    epochs, seed : int

    Returns
    -------
    Ensemble
    """
    members = [{"schedule": _schedule(peak)} for _ in range(MEMBERS)]
    return _population(build, x, y, members, epochs, seed).ensemble()


def hyper_deep(
    build: Build,
    x: NDArray,
    y: NDArray,
    peak: float,
    validation: tuple[NDArray, NDArray],
    *,
    epochs: int,
    seed: int,
) -> Ensemble:
    """At most five of six networks of random settings.

    Rates of dropout are uniform from 0 to 0.3, peak learning rates log-uniform from 0.3 to 1.8
    times `peak`. From the best one on, the network is added, perhaps again, that lowers the log
    loss of the average most (Caruana et al., 2004, as Wenzel et al. do).

    Parameters
    ----------
    build, x, y, peak, epochs, seed
        As in `alike`.
    validation : tuple of array
        Inputs and targets of the rows that choose.

    Returns
    -------
    Ensemble
    """
    random, center = np.random.default_rng(seed), np.log10(peak)
    settings = [
        {
            "dropout": float(random.uniform(0, 0.3)),
            "schedule": _schedule(float(10 ** random.uniform(center - 0.5, center + 0.25))),
        }
        for _ in range(CANDIDATES)
    ]
    population = _population(build, x, y, settings, epochs, seed + 1000)
    weights = population.greedy_weights(*validation, rounds=MEMBERS)
    return population.ensemble(weights.tolist())


def _of_images(data: str, kind: str, scale: Scale) -> tuple[Build, NDArray, NDArray]:
    images = images_of(data, scale)
    shape = images.x_train.shape[1:]
    return partial(network, kind, shape), images.x_train, images.y_train


def _schedule(peak: float) -> OneCycle:
    return OneCycle(peak, anneal="cosine")


def _population(
    build: Build,
    x: NDArray,
    y: NDArray,
    members: Sequence[dict[str, Any]],
    epochs: int,
    seed: int,
) -> Population:
    return train_population(
        build,
        x,
        y,
        members=members,
        batch_size=BATCH_SIZE,
        epochs=epochs,
        seed=seed,
        verbose=0,
    )
