"""Attention in the `native` engine, beside Keras."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose

import epochal
from tests.tolerances import LOSS_PARITY, NATIVE_PARITY
from tests.training.parity import assert_parity, assert_same_weights, fit_both, numbers

pytestmark = pytest.mark.native


@pytest.fixture(scope="module", autouse=True)
def engine():
    """These tests name their engine themselves."""


ROWS = 56  # 7 batches of 8
X, TARGETS = numbers(ROWS, 9, 4), numbers(ROWS, 3, seed=5)
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "to itself": ({"num_heads": 3, "key_dim": 5}, {}),
    "causal": ({"num_heads": 2, "key_dim": 8}, {"use_causal_mask": True}),
    "with penalties": (
        {
            "num_heads": 2,
            "key_dim": 3,
            "use_bias": False,
            "kernel_regularizer": "l2",
            "kernel_constraint": keras.constraints.NonNeg(),
        },
        {},
    ),
}


def transformer(attention: Any, *, keys: int = 1, **called: Any) -> keras.Model:
    """One block: attention to a sequence that is `keys` times as short, and what follows it."""
    inputs = keras.Input((9, 4))
    read = inputs if keys == 1 else layers.AveragePooling1D(keys)(inputs)
    x = layers.LayerNormalization()(layers.Add()([inputs, attention(inputs, read, **called)]))
    fed = layers.Dense(4)(layers.Dense(20, activation="gelu")(x))
    x = layers.LayerNormalization()(layers.Add()([x, fed]))
    model = keras.Model(inputs, layers.Dense(3)(layers.GlobalAveragePooling1D()(x)))
    model.compile(keras.optimizers.SGD(0.02, momentum=0.5), "mse", metrics=["mae"])
    return model


@pytest.mark.parametrize("keys", [1, 3])
@pytest.mark.parametrize("name", CASES)
def test_each_kind_beside_keras(name, keys):
    options, called = CASES[name]
    if keys > 1 and called:
        pytest.skip("a causal sequence attends to itself")

    def make() -> keras.Model:
        attention = layers.MultiHeadAttention(**options, seed=3)
        return transformer(attention, keys=keys, **called)

    pair = fit_both(make, X, TARGETS, epochs=29, validation_data=(X[:8], TARGETS[:8]))  # 203 steps
    assert pair.run.engine == "native", pair.run.engine_reason
    assert_parity(pair)
    assert_same_weights(pair.ours, pair.theirs, NATIVE_PARITY)
    expected = pair.ours.predict(X, batch_size=ROWS, verbose=0)
    assert_allclose(epochal.predict(pair.ours, X, verbose=0), expected, **LOSS_PARITY)
    assert_allclose(epochal.predictor(pair.ours)(X), expected, **LOSS_PARITY)


# With key_dim != value_dim Keras on JAX computes what has dropout, and nothing else.
@pytest.mark.parametrize("called", [{}, {"use_causal_mask": True}])
def test_dropped_weights_are_those_of_the_other_engine(called):
    losses = []
    for engine in ("native", "xla"):
        keras.utils.set_random_seed(1)
        attention = layers.MultiHeadAttention(2, 4, value_dim=6, dropout=0.3, seed=3)
        model = transformer(attention, **called)
        run = epochal.fit(model, X, TARGETS, epochs=4, seed=2, engine=engine, verbose=0)
        losses.append(run.losses)
    assert_allclose(losses[0], losses[1], **LOSS_PARITY)


def test_a_long_sequence_is_predicted_in_pieces():
    inputs = keras.Input((300, 2))
    attended = layers.MultiHeadAttention(4, 8)(inputs, inputs)
    model = keras.Model(inputs, layers.Dense(1)(layers.GlobalAveragePooling1D()(attended)))
    model.compile("adam", "mse")
    x = np.random.default_rng(0).normal(size=(40, 300, 2)).astype(np.float32)
    found = epochal.predict(model, x, verbose=0, batch_size=40)
    assert_allclose(found, model.predict(x, batch_size=40, verbose=0), **LOSS_PARITY)
