"""Recurrent layers in the `native` engine, beside Keras."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose

import epochal
from tests.tolerances import LOSS_PARITY, NATIVE_PARITY
from tests.training.drawn import Hidden, Problem, by_keras, by_native_in_float64, distance
from tests.training.parity import assert_parity, assert_same_weights, compiled, fit_both, numbers

pytestmark = pytest.mark.native


@pytest.fixture(scope="module", autouse=True)
def engine():
    """These tests name their engine themselves."""


ROWS = 56  # 7 batches of 8
X, TARGETS = numbers(ROWS, 9, 4), numbers(ROWS, 3, seed=5)
LAYERS: dict[str, Callable[[], list[Any]]] = {
    "lstm": lambda: [layers.LSTM(20)],
    "gru": lambda: [layers.GRU(20)],
    "simple": lambda: [layers.SimpleRNN(20)],
    "stacked": lambda: [layers.LSTM(16, return_sequences=True), layers.GRU(10)],
    "sequences": lambda: [layers.GRU(5, return_sequences=True, go_backwards=True)],
    "both ways": lambda: [
        layers.Bidirectional(layers.GRU(6, return_sequences=True)),
        layers.Bidirectional(layers.LSTM(6), merge_mode="sum"),
    ],
    "at each step": lambda: [
        layers.GRU(5, return_sequences=True),
        layers.TimeDistributed(layers.Dense(6, "tanh", kernel_regularizer="l2")),
    ],
    "with penalties": lambda: [
        layers.LSTM(
            12,
            activation="relu",
            use_bias=False,
            kernel_regularizer="l2",
            recurrent_regularizer="l1",
            kernel_constraint=keras.constraints.MaxNorm(1.0),
            activity_regularizer="l2",
        )
    ],
}


@pytest.mark.parametrize("name", LAYERS)
def test_each_layer_beside_keras(name):
    make = lambda: compiled(  # noqa: E731
        keras.Input((9, 4)),
        *LAYERS[name](),
        layers.Flatten(),
        layers.Dense(3),
        optimizer="adam",
        metrics=["mae"],
    )
    pair = fit_both(make, X, TARGETS, epochs=29, validation_data=(X[:8], TARGETS[:8]))  # 203 steps
    assert pair.run.engine == "native"
    assert_parity(pair)
    assert_same_weights(pair.ours, pair.theirs, NATIVE_PARITY)
    expected = pair.ours.predict(X, batch_size=ROWS, verbose=0)
    assert_allclose(epochal.predict(pair.ours, X, verbose=0), expected, **LOSS_PARITY)


@pytest.mark.slow
@pytest.mark.parametrize("layer", [layers.LSTM, layers.GRU, layers.SimpleRNN])
def test_in_float64_they_are_those_of_keras(layer):
    dense = Hidden(
        activation="tanh",
        units=20,
        normalization=None,
        penalty=None,
        constraint=None,
        frozen=False,
        activity=None,
    )
    problem = Problem(
        head=0,
        optimizer=3,
        limits={"global_clipnorm": 0.2},
        hidden=(dense,),
        weighted=True,
        batch=12,
        front=lambda: [layer(8, return_sequences=True), layer(5)],
    )
    apart = distance(by_native_in_float64(problem), by_keras(problem, "float64"))
    assert apart < 1e-10


def test_dropout_before_is_sampled_as_a_chain():
    model = compiled(
        keras.Input((9, 4)), layers.Dropout(0.3), layers.LSTM(8), layers.Dense(3), optimizer="sgd"
    )
    drawn = epochal.predict_monte_carlo(model, X, samples=400, seed=1)
    assert drawn.mean.shape == (ROWS, 3)
    plain = np.asarray(epochal.predict(model, X, verbose=0))
    assert np.abs(drawn.mean - plain).max() < 0.2
