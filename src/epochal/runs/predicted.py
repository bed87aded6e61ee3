"""What the networks of a run predict of rows, in the units of the target."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from epochal.data import Task
from epochal.data.tasks.columns import columns_by_target
from epochal.distributions import Mixture
from epochal.layers import DistributionMean
from epochal.runs.network import (
    predict_in_target_units,
    predictor_in_target_units,
    without_target_units,
)
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
    return _of_distributions(model, lambda body: partial(predict, body, verbose=0)) or (
        lambda x: Predicted(predict_in_target_units(model, x))
    )


def predictor_of_rows(model: keras.Model) -> Callable[[NDArray], Predicted]:
    """The model as it is now, as a function of rows; see `epochal.predictor`."""
    found = _of_distributions(model, predictor)
    if found is not None:
        return found
    outputs = predictor_in_target_units(model)
    return lambda x: Predicted(outputs(x))


def _of_distributions(
    model: keras.Model, outputs_of: Callable[[keras.Model], Callable[[NDArray], Any]]
) -> Callable[[NDArray], Predicted] | None:
    """A function of rows, from what makes one of a model; None where no distributions are."""
    if not any(isinstance(layer, DistributionMean) for layer in model.layers):
        return None
    body, units = without_target_units(model)
    networks = Networks.of(body)
    family = networks.family
    if family is None:
        return None
    given = outputs_of(networks.model)

    def predicted(x: NDArray) -> Predicted:
        drawn = networks.apart(np.asarray(given(x), float)[None])
        if units is not None:
            drawn = family.in_units(drawn, units.std, units.mean)
        mixture = Mixture(family=family, parameters=drawn, weights=networks.weights)
        return Predicted(mixture.mean, mixture)

    return predicted
