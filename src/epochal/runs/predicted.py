"""What the networks of a run predict of rows, in the units of the target."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from epochal.data import Task
from epochal.data.tasks.columns import columns_by_target
from epochal.distributions import Family, Mixture
from epochal.layers import DistributionMean
from epochal.runs.network import TargetScale, without_target_units
from epochal.training import predict, predictor
from epochal.uncertainty.draws import Networks


class Predicted(NamedTuple):
    """What is predicted of rows.

    Attributes
    ----------
    outputs : array of shape (rows, outputs)
        Numbers, or probabilities.
    mixture : Mixture or None
        The distributions whose means the outputs are, mixed of what each network predicts; None
        where the networks predict none.
    """

    outputs: NDArray
    mixture: Mixture | None = None

    def deviations(self, task: Task, factor: NDArray) -> dict[str, NDArray]:
        """The standard deviation of each target, as columns; none without a distribution.

        `factor`: what variances are multiplied by, (targets,).
        """
        if self.mixture is None:
            return {}
        return columns_by_target(task, standard_deviation=np.sqrt(factor * self.mixture.variance))


def predict_rows(model: keras.Model, x: NDArray) -> Predicted:
    """What a run's model, as it is kept, predicts of the rows `x`."""
    return predicting_rows(model)(x)


def predicting_rows(model: keras.Model) -> Callable[[NDArray], Predicted]:
    """`predict_rows` of a model, as a function of rows: what is made of the model is made once."""
    return _predicting(model, lambda body: partial(predict, body, verbose=0))


def predictor_of_rows(model: keras.Model) -> Callable[[NDArray], Predicted]:
    """The model as it is now, as a function of rows; see `epochal.predictor`."""
    return _predicting(model, predictor)


def predict_in_target_units(model: keras.Model, x: NDArray) -> NDArray:
    """The outputs for the rows `x`, shape (rows, outputs); those of a regression in float64."""
    return predict_rows(model, x).outputs


def predictor_in_target_units(model: keras.Model) -> Callable[[NDArray], NDArray]:
    """The model as it is now, as a function of rows that gives what `predict_in_target_units` does.

    See `epochal.predictor`.
    """
    predicted = predictor_of_rows(model)
    return lambda x: predicted(x).outputs


def networks_of_distributions(body: keras.Model) -> Networks | None:
    """The networks of a model without its targets' units, which give the distributions' parameters.

    None of a model that predicts no distributions.
    """
    if not any(isinstance(layer, DistributionMean) for layer in body.layers):
        return None
    found = Networks.of(body)
    return None if found.family is None else found


def _predicting(
    model: keras.Model, outputs_of: Callable[[keras.Model], Callable[[NDArray], Any]]
) -> Callable[[NDArray], Predicted]:
    """A function of rows, from what makes one of a model; units are given back in float64."""
    body, units = without_target_units(model)
    networks = networks_of_distributions(body)
    if networks is not None and networks.family is not None:
        return _of_distributions(networks, networks.family, units, outputs_of)
    scaled = outputs_of(body)
    if units is None:
        return lambda x: Predicted(np.asarray(scaled(x)).reshape(len(x), -1))
    return lambda x: Predicted(
        np.asarray(scaled(x), float).reshape(len(x), -1) * units.std + units.mean
    )


def _of_distributions(
    networks: Networks,
    family: Family,
    units: TargetScale | None,
    outputs_of: Callable[[keras.Model], Callable[[NDArray], Any]],
) -> Callable[[NDArray], Predicted]:
    """That of networks that predict distributions: their parameters tell the means, too."""
    given = outputs_of(networks.model)

    def predicted(x: NDArray) -> Predicted:
        drawn = networks.apart(np.asarray(given(x), float)[None])
        if units is not None:
            drawn = family.in_units(drawn, units.std, units.mean)
        mixture = Mixture(family=family, parameters=drawn, weights=networks.weights)
        return Predicted(mixture.mean, mixture)

    return predicted
