"""Models are built without a trace of loss and metrics where that finds nothing."""

from unittest.mock import Mock

import keras
import numpy as np
import pytest

import epochal
from epochal.compat._keras import built_metrics, keras_backend

X = np.random.default_rng(0).standard_normal((64, 5)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")


class Empty(keras.utils.PyDataset):
    def __len__(self):
        return 0

    def __getitem__(self, index):
        raise IndexError(index)


class OwnLoss(keras.Model):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return keras.ops.mean(keras.ops.square(y_pred - y))


def model(metrics, kind=keras.Model):
    inputs = keras.Input((5,))
    made = kind(inputs, keras.layers.Dense(1, "sigmoid")(inputs))
    made.compile("adam", "binary_crossentropy", metrics=metrics, weighted_metrics=["mse"])
    return made


@pytest.mark.parametrize(
    ("metrics", "kind", "traced"),
    [
        (["accuracy", keras.metrics.MeanAbsoluteError()], keras.Model, 0),
        ([lambda y, p: keras.ops.mean(keras.ops.abs(y - p))], keras.Model, 0),
        (["accuracy", keras.metrics.F1Score(threshold=0.5)], keras.Model, 3),
        (["accuracy"], OwnLoss, 3),
    ],
)
def test_what_has_state_of_its_own_is_traced(monkeypatch, metrics, kind, traced):
    compute = Mock(wraps=keras_backend.compute_output_spec)
    monkeypatch.setattr(keras_backend, "compute_output_spec", compute)
    built = model(metrics, kind)
    compute.reset_mock()  # making the graph has some of its own
    run = epochal.fit(built, X, Y, epochs=2, seed=0, verbose=0)
    assert len(run.history) == 1 + len(metrics) + 1
    assert all(one.variables for one, _ in built_metrics(built))
    assert compute.call_count == traced


def test_a_data_set_of_no_batch_is_refused():
    with pytest.raises(ValueError, match="is not optional, but None was passed"):
        epochal.fit(model(["accuracy"]), Empty(), epochs=1, verbose=0)
