"""Training as the documents do it, and what an experiment keeps of it."""

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
    initializer: Any = "he_normal",
    classes: int = 10,
    **dense: Any,
) -> keras.Sequential:
    """Flatten, dense layers and a softmax; not yet built, so that the fit's seed decides all."""
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
    """A `dense_network` that normalises itself: LeCun's initialisation and SELU."""
    return dense_network(hidden, activation="selu", initializer="lecun_normal", **settings)


def train(
    model: keras.Model, images: Images, optimizer: Any, *, epochs: int, seed: int, **settings: Any
) -> Run:
    """Compile with the documents' loss and metric, and fit with the validation part."""
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


def last(run: Run, measure: str = "val_accuracy") -> Result:
    """What the last epoch came to."""
    return _result(run, measure, len(run.epoch) - 1)


def best(run: Run, measure: str = "val_accuracy") -> Result:
    """What the epoch of the lowest validation loss came to, whose weights are restored."""
    return _result(run, measure, best_epoch(run.history["val_loss"]))


def best_epoch(val_losses: Sequence[float]) -> int:
    """The epoch of the lowest validation loss, from 0 on; one that is not finite is none."""
    losses = np.asarray(val_losses, dtype=float)
    return int(np.argmin(np.where(np.isfinite(losses), losses, np.inf)))


def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The share of rows whose most probable class is theirs."""
    return float(np.mean(np.argmax(probabilities, axis=1) == labels))


def tested(model: keras.Model, images: Images, result: Result) -> Result:
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
