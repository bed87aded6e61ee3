"""Metrics begin every epoch as `model.reset_metrics()` leaves them, without its being called."""

from unittest.mock import patch

import keras
import numpy as np
import pytest

import epochal
from epochal.bridge.state import resets_to_constants
from epochal.training import loop

X = np.random.default_rng(0).normal(size=(24, 3)).astype(np.float32)
Y = (X[:, :1] > 0).astype(np.float32)


class FromOne(keras.metrics.Metric):
    """One more than the number of batches; how often it was reset."""

    def __init__(self) -> None:
        super().__init__(name="from_one")
        self.count = self.add_weight(name="count", initializer="zeros")
        self.resets = 0

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.count.assign_add(1.0)

    def result(self):
        return self.count + 0.0

    def reset_state(self):
        self.resets += 1
        self.count.assign(1.0)


def compiled(*metrics) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=list(metrics))
    return model


def fitted(model: keras.Model, fit) -> dict[str, list[float]]:
    return fit(
        model, X, Y, epochs=4, batch_size=8, shuffle=False, validation_data=(X, Y), verbose=0
    ).history


@pytest.mark.parametrize("own", [False, True], ids=["of Keras", "a user's own"])
def test_every_epoch_begins_with_metrics_that_were_reset(own):
    model, other = (
        compiled(
            "accuracy",
            keras.metrics.AUC(name="auc"),
            keras.metrics.MeanIoU(2, name="iou"),
            "mse",
            *([FromOne()] if own else []),
        )
        for _ in range(2)
    )
    ours, theirs = fitted(model, epochal.fit), fitted(other, keras.Model.fit)
    assert resets_to_constants(model) == (not own)
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=1e-5, atol=1e-6, err_msg=name)


def test_a_reset_of_a_users_own_is_called_before_every_epoch():
    metric = FromOne()
    model = compiled(metric)
    fitted(model, epochal.fit)
    assert metric.resets >= 4
    assert fitted(model, epochal.fit)["from_one"] == [1 + 3] * 4


def test_that_of_keras_is_called_once():
    with patch.object(loop, "reset_metrics", wraps=loop.reset_metrics) as reset:
        fitted(compiled("accuracy"), epochal.fit)
    assert reset.call_count == 1
