"""Distributions that a network for regression may predict, by name: a head and its loss."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras

from epochal.distributions import Family
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
from epochal.models.distribution_names import check_distribution
from epochal.models.recipes import DISTRIBUTION_SCORE, Recipe, loss_metrics


@dataclass(frozen=True)
class PredictedDistribution:
    """What predicts a distribution, and what trains it.

    Attributes
    ----------
    head : type of DistributionHead
    loss : callable
        Makes the loss.
    score : callable
        Makes what an epoch is judged by: a proper score, which a loss for training need not be.
    """

    head: type[DistributionHead]
    loss: Callable[[], keras.losses.Loss]
    score: Callable[[], keras.losses.Loss]


ALL_DISTRIBUTIONS: dict[str, PredictedDistribution] = {
    "gaussian": PredictedDistribution(
        GaussianHead, GaussianLikelihood, partial(GaussianLikelihood, beta=0.0)
    ),
    "student-t": PredictedDistribution(StudentTHead, StudentTLikelihood, StudentTLikelihood),
    "quantiles": PredictedDistribution(QuantileHead, PinballLoss, PinballLoss),
    "mixture": PredictedDistribution(
        GaussianMixtureHead, GaussianMixtureLikelihood, GaussianMixtureLikelihood
    ),
    "poisson": PredictedDistribution(PoissonHead, PoissonLikelihood, PoissonLikelihood),
    "negative-binomial": PredictedDistribution(
        NegativeBinomialHead, NegativeBinomialLikelihood, NegativeBinomialLikelihood
    ),
}


def distribution_named(name: Any, task: str) -> PredictedDistribution:
    """The distribution of this name, for a task that has such; see `check_distribution`."""
    check_distribution(name, task)
    return ALL_DISTRIBUTIONS[name]


def family_of(model: keras.Model) -> Family | None:
    """The distributions that a network predicts; None of another."""
    last = model.layers[-1]
    return last.distribution if isinstance(last, DistributionHead) else None


@keras.saving.register_keras_serializable(package="epochal")
class DistributionScore(keras.metrics.MeanMetricWrapper):
    """The score of a predicted distribution without the penalties of a loss; lower is better.

    Parameters
    ----------
    distribution : str
        One of `ALL_DISTRIBUTIONS`.
    """

    def __init__(
        self, distribution: str, name: str = DISTRIBUTION_SCORE, dtype: Any = None
    ) -> None:
        self.distribution = distribution
        super().__init__(ALL_DISTRIBUTIONS[distribution].score().call, name=name, dtype=dtype)
        self._direction = "down"

    def get_config(self) -> dict[str, Any]:
        """What it is made from."""
        return {"name": self.name, "dtype": self.dtype, "distribution": self.distribution}


def stopping_metrics(task: str, recipe: Recipe, distribution: str | None = None) -> list[Any]:
    """What a network stops early by: a distribution's score, or its loss without penalties."""
    return [DistributionScore(distribution)] if distribution else list(loss_metrics(task, recipe))
