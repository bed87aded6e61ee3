"""Losses and metrics as specs, with every option that the engine does not compute refused."""

import keras
import numpy as np
import pytest
from keras import layers, losses

from epochal.bridge.state import state_indices
from epochal.engine.graph import HostMetric, LossSpec, Metric
from epochal.lowering.losses import lower_loss, lower_metrics
from epochal.lowering.unsupported import Unsupported


def model(loss: object = "mse", **options: object) -> keras.Model:
    built = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    built.compile("sgd", loss, **options)
    return built


@pytest.mark.parametrize(
    ("loss", "end", "spec"),
    [
        ("mse", "none", LossSpec(loss="mse")),
        (losses.MeanAbsoluteError(reduction="sum"), "softmax", LossSpec(loss="mae", mean=False)),
        (losses.Huber(delta=2.0), "none", LossSpec(loss="huber", delta=2.0)),
        (
            "binary_crossentropy",
            "sigmoid",
            LossSpec(loss="binary", link="sigmoid"),
        ),
        (
            losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
            "none",
            LossSpec(loss="categorical", link="softmax", linked_outputs=False, smoothing=0.1),
        ),
    ],
)
def test_a_loss_is_its_spec(loss: object, end: str, spec: LossSpec) -> None:
    assert lower_loss(model(loss), end) == spec


@pytest.mark.parametrize(
    ("loss", "reason"),
    [
        ("poisson", "loss 'poisson'"),
        (["mse"], "loss .*"),
        (losses.MeanSquaredError(reduction="none"), "loss .* with the reduction 'none'"),
        (losses.MeanSquaredError(dtype="float16"), "loss .* that is not computed in float32"),
        (
            losses.SparseCategoricalCrossentropy(ignore_class=1),
            "loss .* with an axis or ignore_class",
        ),
        (
            "binary_crossentropy",
            "loss 'binary_crossentropy', which takes the probabilities of a sigmoid, on another .*",
        ),
    ],
)
def test_another_loss_is_refused(loss: object, reason: str) -> None:
    with pytest.raises(Unsupported, match=f"^{reason}$"):
        lower_loss(model(loss), "none")


def test_means_are_counted_and_others_computed_by_keras() -> None:
    built = model(metrics=["mae", keras.metrics.MeanSquaredError(name="error"), "r2_score"])
    built.train_on_batch(np.zeros((2, 4)), np.zeros((2, 3)))
    found = lower_metrics(built, LossSpec(), state_indices(built))
    assert [type(metric) for metric in found] == [Metric, Metric, Metric, HostMetric]
    assert [metric.measure for metric in found[:3]] == ["loss", "mae", "mse"]  # type: ignore[union-attr]
    assert [metric.at for metric in found[:3]] == [0, 2, 4]


@pytest.mark.parametrize(
    ("options", "kind"),
    [({}, Metric), ({"label_smoothing": 0.1}, HostMetric), ({"from_logits": True}, HostMetric)],
)
def test_a_cross_entropy_is_counted_as_keras_makes_it(options: dict, kind: type) -> None:
    built = model(metrics=[keras.metrics.BinaryCrossentropy(**options)])
    built.train_on_batch(np.zeros((2, 4)), np.zeros((2, 3)))
    assert type(lower_metrics(built, LossSpec(), state_indices(built))[1]) is kind


def test_cross_entropies_are_kerass_where_its_epsilon_is_another() -> None:
    built = model(metrics=["binary_crossentropy"])
    built.train_on_batch(np.zeros((2, 4)), np.zeros((2, 3)))
    before = keras.config.epsilon()
    try:
        keras.config.set_epsilon(1e-4)
        found = lower_metrics(built, LossSpec(), state_indices(built))
    finally:
        keras.config.set_epsilon(before)
    assert type(found[1]) is HostMetric


def test_two_metrics_of_one_name_are_refused() -> None:
    built = model(metrics=["mae", keras.metrics.MeanSquaredError(name="mae")])
    built.train_on_batch(np.zeros((2, 4)), np.zeros((2, 3)))
    with pytest.raises(Unsupported, match="two metrics of one name"):
        lower_metrics(built, LossSpec(), state_indices(built))
