"""The rows that a model is most wrong about: to look at, as they are often wrong themselves."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from epochal.scoring.metrics import SMALLEST_PROBABILITY
from epochal.translation import translatable

SHOWN = 10

_LOG_LOSS = translatable("log loss")


@dataclass(frozen=True, kw_only=True)
class LargestErrors:
    """The rows with the largest errors, the largest first.

    Attributes
    ----------
    what : str
        What the error of a row is.
    errors : tuple of float
    rows : tuple of int
        Their positions among the rows that were judged.
    """

    what: str
    errors: tuple[float, ...]
    rows: tuple[int, ...]


def largest_errors(
    task: str, truth: NDArray, outputs: NDArray, *, count: int = SHOWN
) -> LargestErrors:
    """Find the rows with the largest errors.

    Parameters
    ----------
    task : str
        One of `epochal.data.TASKS`.
    truth, outputs : array
        As `epochal.scoring.score_all` takes them.
    count : int
        How many rows.

    Returns
    -------
    LargestErrors

    Examples
    --------
    >>> largest_errors("regression", np.array([[1.0], [5.0]]), np.array([[1.5], [2.0]])).rows
    (1, 0)
    """
    what, errors = row_errors(task, truth, outputs)
    order = np.argsort(-errors, kind="stable")[:count]
    return LargestErrors(
        what=what, errors=tuple(errors[order].tolist()), rows=tuple(order.tolist())
    )


def row_errors(task: str, truth: NDArray, outputs: NDArray) -> tuple[str, NDArray[np.float64]]:
    """What the error of a row is, and that of each row, (rows,).

    Of classes and labels it is the log loss, minus the logarithm of the probability of what is
    true, of labels their mean. Of a number it is the distance, of several the mean distance in
    standard deviations of each.
    """
    if task == "multiclass":
        return _LOG_LOSS, -np.log(_clipped(outputs[np.arange(len(truth)), truth.astype(int)]))
    truth = truth.reshape(len(truth), -1).astype(float)
    if task in ("binary", "multilabel"):
        probability = np.where(truth == 1, outputs, 1 - outputs)
        return _LOG_LOSS, -np.log(_clipped(probability)).mean(axis=1)
    distance = np.abs(truth - outputs)
    if truth.shape[1] == 1:
        return translatable("absolute error"), distance[:, 0]
    deviation = truth.std(axis=0)
    scaled = distance / np.where(deviation > 0, deviation, 1)
    return translatable("mean absolute error in standard deviations"), scaled.mean(axis=1)


def _clipped(probability: NDArray) -> NDArray[np.float64]:
    clipped: NDArray = np.clip(probability.astype(float), SMALLEST_PROBABILITY, 1)
    return clipped
