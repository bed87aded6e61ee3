"""What networks predict for rows that they were not trained on, taken together."""

from collections.abc import Sequence
from typing import NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from epochal.distributions import Family
from epochal.models.distributions import family_of
from epochal.training import Population, predict
from epochal.tuning.single_fit import LeftOut, Rows


class Voters(NamedTuple):
    """How many networks that count alike are worth those that left each row out, and all."""

    own: NDArray[np.float64]
    all: float


def left_out_by(models: Sequence[keras.Model], weights: Sequence[float], rows: Rows) -> LeftOut:
    """What networks of which none was trained on the rows give for them, on average."""
    family, of_numbers = family_of(models[0]), _of_numbers(models[0])
    total: NDArray = np.zeros(())
    for model, weight in zip(models, weights, strict=True):
        outputs = predict(model, rows.x, verbose=0)
        given = _moments(outputs, family) if of_numbers else outputs
        total = total + weight * given.astype(float, copy=False)
    mean = total / sum(weights)
    if not of_numbers:
        return LeftOut(mean, rows.y)
    count = effective_count(weights)
    return joined(mean, rows.y, Voters(np.full(len(rows.y), count), count))


def left_out_in_turn(
    population: Population, rows: Rows, weights: Sequence[float], optimism: float
) -> LeftOut:
    """What the members give, on average, for the rows that each left out of these."""
    model = population.converged[0].run.model
    family, of_numbers = family_of(model), _of_numbers(model)
    outputs = population.left_out_predictions(
        rows.x, weights, of=(lambda given: _moments(given, family)) if of_numbers else None
    )
    known, y = np.isfinite(outputs.reshape(len(outputs), -1)).all(axis=1), rows.y
    if not known.all():  # of many classes a copy is large
        outputs, y = outputs[known], y[known]
    if not of_numbers:
        return LeftOut(outputs, y, optimism)
    voters = _voters(population, weights, len(known))
    return joined(outputs, y, Voters(voters.own[known], voters.all), optimism)


def _of_numbers(model: keras.Model) -> bool:
    return family_of(model) is not None or model.loss == "mean_squared_error"


def _moments(outputs: NDArray, family: Family | None) -> NDArray[np.float64]:
    """What may be averaged over networks: mean, its square, and variance, (rows, outputs, 3)."""
    given = np.asarray(outputs, float)
    mean = given if family is None else family.mean(given)
    noise = np.zeros_like(mean) if family is None else family.variance(given)
    return np.stack([mean, mean**2, noise], axis=-1)


def joined(moments: NDArray, y: NDArray, voters: Voters, optimism: float = 1.0) -> LeftOut:
    """From averages over the networks that left each row out to what all would give.

    Networks are taken for draws that are alike: then the variance of k of them is too small by a
    k-th, and the squared error of their average is larger by a k-th of it than that of very many.

    Parameters
    ----------
    moments : numpy.ndarray of shape (rows, outputs, 3)
        The mean of what they predict, of its square, and of the variance that they predict.
    y : numpy.ndarray
    voters : Voters
    optimism : float
    """
    mean, square, noise = np.moveaxis(moments, -1, 0)
    own = (1 / voters.own).reshape(-1, *[1] * (mean.ndim - 1))
    every = 1 / voters.all
    several = np.where(own < 1, 1 - own, 1.0)  # of a single one nothing is known
    one = np.maximum(square - mean**2, 0) / several
    return LeftOut(mean, y, optimism, noise, one * (1 - every), one * (own - every))


def _voters(population: Population, weights: Sequence[float], rows: int) -> Voters:
    given = np.asarray(weights, float)
    sums, squares = np.zeros(rows), np.zeros(rows)
    for member, weight in zip(population.converged, given, strict=True):
        if member.left_out is not None:
            sums[member.left_out] += weight
            squares[member.left_out] += weight**2
    own = np.divide(sums**2, squares, out=np.ones(rows), where=squares > 0)
    return Voters(own, effective_count(weights))


def effective_count(weights: Sequence[float]) -> float:
    """Of how many that count alike the average scatters as much (Kish), at least 1.

    Examples
    --------
    >>> effective_count([1, 1, 1, 1]), round(effective_count([3, 1]), 2)
    (4.0, 1.6)
    """
    given = np.asarray(weights, float)
    return max(1.0, float(given.sum() ** 2 / (given**2).sum()))
