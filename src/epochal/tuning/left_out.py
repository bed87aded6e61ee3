"""What networks predict for rows that they were not trained on, taken together."""

from collections.abc import Sequence

import keras
import numpy as np
from numpy.typing import NDArray

from epochal.distributions import Family
from epochal.models.distributions import family_of
from epochal.training import Population, predict
from epochal.tuning.single_fit import LeftOut, Rows


def left_out_by(models: Sequence[keras.Model], weights: Sequence[float], rows: Rows) -> LeftOut:
    """What networks of which none was trained on the rows give for them, on average."""
    family, of_numbers = family_of(models[0]), _of_numbers(models[0])
    total: NDArray = np.zeros(())
    for model, weight in zip(models, weights, strict=True):
        outputs = predict(model, rows.x, verbose=0)
        given = _moments(outputs, family) if of_numbers else outputs
        total = total + weight * given.astype(float, copy=False)
    mean = total / sum(weights)
    return _joined(mean, rows.y) if of_numbers else LeftOut(mean, rows.y)


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
    return _joined(outputs, y, optimism) if of_numbers else LeftOut(outputs, y, optimism)


def _of_numbers(model: keras.Model) -> bool:
    return family_of(model) is not None or model.loss == "mean_squared_error"


def _moments(outputs: NDArray, family: Family | None) -> NDArray[np.float64]:
    """What may be averaged over networks: mean, its square, and variance, (rows, outputs, 3)."""
    given = np.asarray(outputs, float)
    mean = given if family is None else family.mean(given)
    noise = np.zeros_like(mean) if family is None else family.variance(given)
    return np.stack([mean, mean**2, noise], axis=-1)


def _joined(moments: NDArray, y: NDArray, optimism: float = 1.0) -> LeftOut:
    mean, square, noise = np.moveaxis(moments, -1, 0)
    spread = np.maximum(square - mean**2, 0)
    return LeftOut(mean, y, optimism, noise, spread)
