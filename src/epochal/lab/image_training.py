"""Dense networks trained on images as in the sources, and the results that are stored of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from keras import layers

from epochal.lab.experiment import Result
from epochal.lab.images import Images
from epochal.training import Run, evaluate, fit

LOSS = "sparse_categorical_crossentropy"


def dense_network(
    hidden: Sequence[int] = (300, 100),
    *,
    activation: str = "relu",
    initializer: str | keras.initializers.Initializer = "he_normal",
    classes: int = 10,
    **dense: Any,
) -> keras.Sequential:
    """Flatten, dense layers and a softmax; not yet built, so that the seed of the fit decides all.

    Parameters
    ----------
    hidden : sequence of int
        Units of each hidden layer.
    activation, initializer
        Activation and kernel initializer of the hidden layers.
    classes : int
        Units of the softmax.
    **dense
        Further arguments of the hidden layers.

    Returns
    -------
    keras.Sequential
    """
    return keras.Sequential(
        [
            layers.Flatten(),
            *(
                layers.Dense(units, activation=activation, kernel_initializer=initializer, **dense)
                for units in hidden
            ),
            layers.Dense(classes, activation="softmax"),
        ]
    )


def selu_network(hidden: Sequence[int] = (300, 100), **settings: Any) -> keras.Sequential:
    """A self-normalising `dense_network`: SELU and LeCun initialisation."""
    return dense_network(hidden, activation="selu", initializer="lecun_normal", **settings)


def train(
    model: keras.Model,
    images: Images,
    optimizer: str | keras.optimizers.Optimizer,
    *,
    epochs: int,
    seed: int,
    **settings: Any,
) -> Run:
    """Compile with cross-entropy and accuracy, and fit with the validation part.

    Parameters
    ----------
    model : keras.Model
        A classifier that ends in a softmax.
    images : Images
    optimizer : str or keras.optimizers.Optimizer
    epochs, seed : int
    **settings
        Further arguments of `epochal.fit`.

    Returns
    -------
    Run
    """
    model.compile(optimizer=optimizer, loss=LOSS, metrics=["accuracy"])
    return fit(
        model,
        images.x_train,
        images.y_train,
        epochs=epochs,
        validation_data=images.validation,
        seed=seed,
        verbose=0,
        **settings,
    )


def final_result(run: Run, measure: str = "val_accuracy") -> Result:
    """The result of the last epoch."""
    return _result(run, measure, len(run.epoch) - 1)


def best_result(run: Run, measure: str = "val_accuracy") -> Result:
    """The result of the epoch with the lowest validation loss."""
    return _result(run, measure, best_epoch(run.history["val_loss"]))


def best_epoch(val_losses: Sequence[float]) -> int:
    """The epoch of the lowest finite validation loss, counted from 0."""
    losses = np.asarray(val_losses, dtype=float)
    return int(np.argmin(np.where(np.isfinite(losses), losses, np.inf)))


def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The accuracy of the most probable class; arrays of (rows, classes) and (rows,)."""
    return float(np.mean(np.argmax(probabilities, axis=1) == labels))


def with_test_accuracy(model: keras.Model, images: Images, result: Result) -> Result:
    """`result` with the accuracy on the test part as its value."""
    scores = evaluate(model, images.x_test, images.y_test, return_dict=True, verbose=0)
    return replace(result, value=float(scores["accuracy"]))


def _result(run: Run, measure: str, epoch: int) -> Result:
    later = run.timing.epochs[1:] or run.timing.epochs
    return Result(
        value=float(run.history[measure][epoch]),
        epochs=epoch + 1,
        seconds_per_epoch=float(np.median(later)),
        curves={name: [float(value) for value in run.history[name]] for name in run.history},
    )
