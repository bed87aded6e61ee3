"""How far a fully connected network comes on CIFAR-10 with everything there is."""

from collections.abc import Callable, Iterator

import keras
import numpy as np
from keras import layers

from epochal.lab import drawing
from epochal.lab.cifar10 import NAME
from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.images import raw
from epochal.lab.training import LOSS, accuracy, last
from epochal.schedules import OneCycle
from epochal.training import fit, predict

HIDDEN = (1024, 1024, 512)
EPOCHS = 30  # of the images and their mirror images
BATCH_SIZE = 256
PEAK = 3e-3
SOFTENING = 0.01  # added to the variances, so that whitening does not blow up noise
ONE, BOTH = "as it is", "with its mirror image"
Pixels = Callable[[np.ndarray], np.ndarray]


def whitening(images: np.ndarray) -> Pixels:
    """ZCA: pixels without their linear dependence, as near to the image as can be.

    x -> (x - mean) V (L + softening)^(-1/2) V', with the covariance V L V'.
    Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009, appendix A.
    """
    flat = _flat(images)
    mean = flat.mean(axis=0)
    variances, vectors = np.linalg.eigh(np.cov(flat, rowvar=False, dtype=np.float32))
    matrix = (vectors / np.sqrt(np.maximum(variances, 0) + SOFTENING)) @ vectors.T
    return lambda other: (_flat(other) - mean) @ matrix.astype(np.float32)


def network() -> keras.Sequential:
    """Wide layers, normalised and thinned out."""
    model = keras.Sequential([layers.Dropout(0.1)])
    for units in HIDDEN:
        model.add(layers.Dense(units, use_bias=False, kernel_initializer="he_normal"))
        model.add(layers.BatchNormalization())
        model.add(layers.Activation("relu"))
        model.add(layers.Dropout(0.5))
    model.add(layers.Dense(10, activation="softmax"))
    return model


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    images = raw(NAME, scale)
    whiten = whitening(images.x_train)
    x = np.concatenate([whiten(images.x_train), whiten(_mirrored(images.x_train))])
    y = np.concatenate([images.y_train, images.y_train])
    valid, mirrored = whiten(images.x_valid), whiten(_mirrored(images.x_valid))
    model = network()
    model.compile(keras.optimizers.AdamW(weight_decay=0.01), LOSS, metrics=["accuracy"])
    trained = fit(
        model,
        x,
        y,
        batch_size=BATCH_SIZE,
        epochs=scale.epochs(EPOCHS),
        validation_data=(valid, images.y_valid),
        schedule=OneCycle(PEAK, anneal="cosine"),
        seed=seed,
        verbose=0,
    )
    result = last(trained)
    yield ONE, result
    together = predict(model, valid, verbose=0) + predict(model, mirrored, verbose=0)
    yield BOTH, Result(value=accuracy(together, images.y_valid), epochs=result.epochs)


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(np.float32) / 255


def _mirrored(images: np.ndarray) -> np.ndarray:
    return images[:, :, ::-1]


EXPERIMENT = Experiment(
    name="cifar10-best",
    title="CIFAR-10: the best fully connected network in 10 minutes",
    claim="Not in the documents: what everything together comes to.",
    source="epochal",
    measure="validation accuracy",
    run=run,
    draw=drawing.curves("val_accuracy", "validation accuracy"),
    why="Whitened pixels, mirror images, wide layers with batch normalisation and dropout, AdamW "
    "and 1cycle.",
)
