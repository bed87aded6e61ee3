"""Convolutional networks trained on augmented images, and their accuracy on the test part."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import keras
import numpy as np
from keras import layers

from epochal.lab.experiment import Result, Scale
from epochal.lab.image_training import accuracy, final_result
from epochal.lab.images import Images, augment_images
from epochal.schedules import OneCycle
from epochal.training import Run, fit, predict

ONE_VIEW, TWO_VIEWS = "one view", "mean of 2 views"
LABEL_SMOOTHING = 0.1
CLASSES = 10


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a convolutional network is built and trained.

    Attributes
    ----------
    blocks : sequence of sequence of int
        Filters of each convolution, by block; the image is halved after each block.
    copies : int
        Augmented copies of each image. An epoch goes over all of them.
    max_shift : int
        Maximum shift of an augmented image, in pixels.
    epochs, batch_size : int
    peak_learning_rate, weight_decay : float
        Of AdamW with 1cycle.
    dropout : float
        Rate before the softmax.
    """

    blocks: Sequence[Sequence[int]]
    copies: int
    max_shift: int
    epochs: int
    batch_size: int
    peak_learning_rate: float
    weight_decay: float
    dropout: float = 0.0


def convolutional_network(
    blocks: Sequence[Sequence[int]], *, dropout: float = 0.0
) -> keras.Sequential:
    """Blocks of 3x3 convolutions with batch normalisation, then a softmax.

    It is not yet built, so that the seed of the fit decides all.

    Parameters
    ----------
    blocks : sequence of sequence of int
        Filters of each convolution, by block; the image is halved after each block.
    dropout : float
        Rate before the softmax; 0 leaves the layer out.

    Returns
    -------
    keras.Sequential
    """
    model = keras.Sequential()
    for block in blocks:
        for filters in block:
            model.add(
                layers.Conv2D(
                    filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal"
                )
            )
            model.add(layers.BatchNormalization())
            model.add(layers.Activation("relu"))
        model.add(layers.MaxPooling2D(2))
    model.add(layers.Flatten())
    if dropout:
        model.add(layers.Dropout(dropout))
    model.add(layers.Dense(CLASSES, activation="softmax"))
    return model


def augmented(
    images: np.ndarray, labels: np.ndarray, *, copies: int, max_shift: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Copies of all images, each shifted and mirrored at random, and their labels.

    Parameters
    ----------
    images : array of shape (rows, height, width, channels)
    labels : array of shape (rows,)
    copies : int
    max_shift : int
        In pixels, in each of the four directions.
    seed : int
        Decides the shifts and which images are mirrored.

    Returns
    -------
    array of shape (copies * rows, height, width, channels), array of shape (copies * rows,)
    """
    generator = np.random.default_rng(seed)
    drawn = [augment_images(images, max_shift, generator) for _ in range(copies)]
    return np.concatenate(drawn), np.tile(labels, copies)


def train_augmented(recipe: Recipe, images: Images, scale: Scale, seed: int) -> Run:
    """Train a network on augmented copies of the training part.

    Parameters
    ----------
    recipe : Recipe
    images : Images
        Of shape (rows, height, width, channels), scaled.
    scale : Scale
        Limits the epochs and the copies.
    seed : int
        Decides the weights, the order of the rows and the augmentation.

    Returns
    -------
    Run
    """
    x, labels = augmented(
        images.x_train,
        images.y_train,
        copies=scale.epochs(recipe.copies),
        max_shift=recipe.max_shift,
        seed=seed,
    )
    model = convolutional_network(recipe.blocks, dropout=recipe.dropout)
    model.compile(
        keras.optimizers.AdamW(weight_decay=recipe.weight_decay),
        # Smoothing needs one-hot labels: Keras' sparse cross-entropy has none.
        keras.losses.CategoricalCrossentropy(label_smoothing=LABEL_SMOOTHING),
        metrics=["accuracy"],
    )
    return fit(
        model,
        x,
        keras.utils.to_categorical(labels, CLASSES),
        batch_size=recipe.batch_size,
        epochs=scale.epochs(recipe.epochs),
        validation_data=(images.x_valid, keras.utils.to_categorical(images.y_valid, CLASSES)),
        schedule=OneCycle(recipe.peak_learning_rate, anneal="cosine"),
        seed=seed,
        verbose=0,
    )


def accuracy_on_test_part(run: Run, images: Images) -> Iterator[tuple[str, Result]]:
    """Yield the test accuracy of one view, and of the mean over an image and its mirror image.

    Parameters
    ----------
    run : Run
        Of `train_augmented`.
    images : Images
        Those that it was trained on.

    Yields
    ------
    tuple of str and Result
        The name of the variant, and its result.
    """
    trained = final_result(run)
    probabilities = predict(run.model, images.x_test, verbose=0)
    yield ONE_VIEW, replace(trained, value=accuracy(probabilities, images.y_test))
    mirrored = predict(run.model, np.ascontiguousarray(images.x_test[:, :, ::-1]), verbose=0)
    value = accuracy(probabilities + mirrored, images.y_test)
    yield TWO_VIEWS, Result(value=value, epochs=trained.epochs)
