"""Heads for distributions, their losses and their scores as parts of a graph."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from epochal.bridge.state import state_indices
from epochal.engine.graph import Graph, HostMetric, Likelihood, Metric
from epochal.layers import ALL_HEADS, GaussianHead, QuantileHead, StudentTHead
from epochal.losses import GaussianLikelihood, PinballLoss
from epochal.lowering.heads import HEADS, LIKELIHOODS
from epochal.lowering.losses import lower_loss, lower_metrics
from epochal.lowering.model import lower_model
from epochal.models.distributions import ALL_DISTRIBUTIONS, DistributionScore


def model(head: Any, loss: Any, **options: Any) -> keras.Model:
    built = keras.Sequential([keras.Input((4,)), layers.Dense(3), head])
    built.compile("sgd", loss, **options)
    built.optimizer.build(built.trainable_variables)
    return built


def test_every_head_and_its_loss_are_known() -> None:
    assert set(HEADS) == set(ALL_HEADS)
    for known in ALL_DISTRIBUTIONS.values():
        assert HEADS[known.head] == f"{LIKELIHOODS[type(known.loss())]}_head"


def test_a_head_is_a_dense_layer_and_what_is_made_of_its_outputs() -> None:
    levels = (0.1, 0.5, 0.9)
    graph = lower_model(model(QuantileHead(2, levels), PinballLoss(levels)), "train")
    assert isinstance(graph, Graph)
    assert [op.kind for op in graph.operations] == ["dense", "dense", "quantiles_head"]
    assert graph.operations[-1].part == 3
    assert (graph.outputs, graph.output_shape, graph.targets) == (6, (2, 3), 2)
    assert graph.loss.likelihood == Likelihood(family="quantiles", size=3, levels=levels)


class OwnHead(GaussianHead):
    """A user's own."""


class OwnLoss(GaussianLikelihood):
    """A user's own."""


@pytest.mark.parametrize(
    ("head", "loss", "reason"),
    [
        (OwnHead(2), GaussianLikelihood(), "layer OwnHead: layer Matmul"),
        (GaussianHead(2), OwnLoss(), "loss 'gaussian_likelihood'"),
        (
            StudentTHead(2),
            GaussianLikelihood(),
            "loss 'gaussian_likelihood', which takes the parameters of its distribution, on "
            "another output",
        ),
        (
            layers.Dense(2),
            PinballLoss((0.1, 0.9)),
            "loss 'pinball_loss', which takes the parameters of its distribution, on another "
            "output",
        ),
        (
            GaussianHead(2),
            GaussianLikelihood(dtype="float16"),
            "loss 'gaussian_likelihood' that is not computed in float32",
        ),
    ],
)
def test_another_is_refused(head: Any, loss: Any, reason: str) -> None:
    assert lower_model(model(head, loss), "train") == reason


def test_a_head_is_one_of_columns() -> None:
    x = keras.Input((4, 4))
    pixels = keras.Model(x, GaussianHead()(x))
    assert (
        lower_model(pixels, "predict") == "GaussianHead applied to rows of more than one dimension"
    )


class Doubled(DistributionScore):
    """A user's own."""

    def result(self) -> Any:
        return 2 * super().result()


def test_a_score_is_counted_and_another_metric_computed_by_keras() -> None:
    score = keras.metrics.MeanMetricWrapper(GaussianLikelihood(beta=0.25).call, name="half")
    own = keras.metrics.MeanMetricWrapper(OwnLoss().call, name="own")
    scores = [DistributionScore("gaussian"), score, own, Doubled("gaussian", name="two")]
    built = model(GaussianHead(2), GaussianLikelihood(), metrics=scores)
    built.train_on_batch(np.zeros((2, 4)), np.zeros((2, 2)))
    loss = lower_loss(built, "none")
    assert loss.likelihood == Likelihood(family="gaussian", size=2, beta=0.5)
    found = lower_metrics(built, loss, state_indices(built))
    assert [type(each) for each in found] == [Metric, Metric, Metric, HostMetric, HostMetric]
    measured = [each.likelihood for each in found if isinstance(each, Metric)]
    assert measured == [None, *(Likelihood(family="gaussian", size=2, beta=b) for b in (0, 0.25))]
