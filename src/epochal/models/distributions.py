"""Distributions that a network for regression may predict, by name: a head and its loss."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from epochal.errors import InputError, suggest
from epochal.layers import (
    DistributionHead,
    GaussianHead,
    GaussianMixtureHead,
    NegativeBinomialHead,
    PoissonHead,
    QuantileHead,
    StudentTHead,
)
from epochal.losses import (
    GaussianLikelihood,
    GaussianMixtureLikelihood,
    NegativeBinomialLikelihood,
    PinballLoss,
    PoissonLikelihood,
    StudentTLikelihood,
)


@dataclass(frozen=True)
class PredictedDistribution:
    """What predicts a distribution, and what trains it.

    Attributes
    ----------
    head : type of DistributionHead
    loss : callable
        Makes the loss.
    """

    head: type[DistributionHead]
    loss: Callable[[], keras.losses.Loss]


ALL_DISTRIBUTIONS: dict[str, PredictedDistribution] = {
    "gaussian": PredictedDistribution(GaussianHead, GaussianLikelihood),
    "student-t": PredictedDistribution(StudentTHead, StudentTLikelihood),
    "quantiles": PredictedDistribution(QuantileHead, PinballLoss),
    "mixture": PredictedDistribution(GaussianMixtureHead, GaussianMixtureLikelihood),
    "poisson": PredictedDistribution(PoissonHead, PoissonLikelihood),
    "negative-binomial": PredictedDistribution(NegativeBinomialHead, NegativeBinomialLikelihood),
}


def distribution_named(name: Any, task: str) -> PredictedDistribution:
    """The distribution of this name, for a task that has such.

    Raises
    ------
    InputError
        An unknown name, of which the nearest is suggested, or a task other than "regression".
    """
    if name not in ALL_DISTRIBUTIONS:
        raise InputError(
            f"distribution must be one of {', '.join(ALL_DISTRIBUTIONS)}, got {name!r}."
            f"{suggest(str(name), ALL_DISTRIBUTIONS)}"
        )
    if task != "regression":
        raise InputError(
            f"distribution must be left out for the task {task!r}, got {name!r}: it is for "
            "'regression'."
        )
    return ALL_DISTRIBUTIONS[name]
