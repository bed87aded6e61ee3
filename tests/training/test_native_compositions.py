"""Layers of a user's own, composed of Keras' layers, on the `native` engine beside Keras."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose, assert_array_equal

import epochal
from epochal.compat._keras import flatten_layers
from epochal.errors import InputError
from tests.tolerances import LOSS_PARITY
from tests.training.parity import assert_parity, fit_both, labels, numbers

pytestmark = pytest.mark.native


@pytest.fixture(scope="module", autouse=True)
def engine():
    """These tests name their engine themselves."""


ROWS = 48
SEQUENCES = numbers(ROWS, 5, 8)
CLASSES = labels(ROWS, 3)


class TransformerBlock(layers.Layer):
    """As Keras' examples have it."""

    def __init__(self, rate: float = 0.0) -> None:
        super().__init__()
        self.attention = layers.MultiHeadAttention(num_heads=2, key_dim=4)
        parts = [layers.Dense(12, "relu"), layers.Dense(8)]
        self.dense = keras.Sequential([keras.Input((5, 8)), *parts])
        self.first = layers.LayerNormalization(epsilon=1e-6)
        self.second = layers.LayerNormalization(epsilon=1e-6)
        self.dropout = layers.Dropout(rate)

    def call(self, inputs: Any, training: Any = None) -> Any:
        attended = self.attention(inputs, inputs)
        hidden = self.first(inputs + self.dropout(attended, training=training))
        return self.second(hidden + self.dense(hidden))


class TokenAndPosition(layers.Layer):
    """As Keras' examples have it."""

    def __init__(self, length: int = 5, start: int = 0) -> None:
        super().__init__()
        self.tokens = layers.Embedding(30, 8)
        self.positions = layers.Embedding(length, 8, embeddings_regularizer="l2")
        self.start = start

    def call(self, x: Any) -> Any:
        length = keras.ops.shape(x)[-1]
        positions = keras.ops.arange(start=self.start, stop=length + self.start, step=1)
        return self.tokens(x) + self.positions(positions)


class Gate(layers.Layer):
    """Two inputs, two outputs, and a layer of its own inside."""

    def __init__(self) -> None:
        super().__init__(activity_regularizer=None)
        self.inner, self.scale = Residual(), layers.Dense(8, "sigmoid")

    def call(self, values: Any, other: Any) -> Any:
        gate = self.scale(other)
        return values * gate, self.inner(other)


class Residual(layers.Layer):
    def __init__(self) -> None:
        super().__init__(activity_regularizer=keras.regularizers.L2(0.01))
        self.dense, self.norm = layers.Dense(8), layers.BatchNormalization()

    def call(self, x: Any, training: bool = False) -> Any:
        # What Keras leaves out of its graph of the last output must not be taken for it.
        kept = keras.ops.subtract(x, self.norm(self.dense(x), training=training))
        layers.Dense(2, trainable=False)
        return kept


def compiled(output: Any, x: Any, optimizer: str = "sgd") -> keras.Model:
    model = keras.Model(x, layers.Dense(3, "softmax")(layers.Flatten()(output)))
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def transformer() -> keras.Model:
    x = keras.Input((5, 8))
    return compiled(TransformerBlock()(TransformerBlock()(x)), x)


def gated() -> keras.Model:
    x = keras.Input((5, 8))
    one, two = Gate()(x, layers.Dense(8, "tanh")(x))
    three, four = Gate()(one, one)
    return compiled(layers.Concatenate()([two, three, four]), x)


def half_used() -> keras.Model:
    x = keras.Input((5, 8))
    return compiled(Gate()(x, x)[1], x)


def model_of_its_own() -> keras.Model:
    class Own(keras.Sequential):
        def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
            return 2 * super().call(inputs, training=training)

    x = keras.Input((5, 8))
    return compiled(Own([keras.Input((5, 8)), layers.Dense(4, "elu")])(x), x)


def of_words(**options: Any) -> keras.Model:
    x = keras.Input((5,), dtype="int32")
    return compiled(TransformerBlock()(TokenAndPosition(**options)(x)), x, "rmsprop")


WORDS = np.random.default_rng(1).integers(0, 30, (ROWS, 5)).astype(np.int32)


def test_embedded_positions_beside_keras():
    pair = fit_both(of_words, WORDS, CLASSES, epochs=4, validation_data=(WORDS[:8], CLASSES[:8]))
    assert pair.run.engine == "native", pair.run.engine_reason
    assert_parity(pair)


@pytest.mark.parametrize("options", [{"length": 9}, {"length": 9, "start": 2}])
def test_other_positions_are_left_to_xla(options):
    with pytest.raises(InputError, match="TokenAndPosition: Embedding of other constants than its"):
        epochal.fit(of_words(**options), WORDS, CLASSES, verbose=0, engine="native")


@pytest.mark.parametrize("make", [transformer, gated, model_of_its_own])
def test_own_layers_beside_keras(make):
    validation = (SEQUENCES[:8], CLASSES[:8])
    pair = fit_both(make, SEQUENCES, CLASSES, epochs=4, validation_data=validation)
    assert pair.run.engine == "native", pair.run.engine_reason
    assert_parity(pair)
    expected = pair.theirs.predict(SEQUENCES, verbose=0)
    assert_allclose(epochal.predict(pair.ours, SEQUENCES, verbose=0), expected, **LOSS_PARITY)


def test_what_is_drawn_within_is_what_the_other_engine_draws():
    losses = []
    for engine in ("native", "xla"):
        keras.utils.set_random_seed(3)
        x = keras.Input((5, 8))
        model = compiled(TransformerBlock(0.3)(x), x)
        run = epochal.fit(model, SEQUENCES, CLASSES, seed=1, epochs=2, verbose=0, engine=engine)
        losses.append(run.losses)
    assert_allclose(losses[0], losses[1], **LOSS_PARITY)


def test_nothing_is_left_of_looking_into_a_layer():
    def standing() -> list[tuple[int, int, int]]:
        return [
            (len(each._inbound_nodes), len(each._outbound_nodes), len(each._losses))
            for each in flatten_layers(model)
        ]

    model = gated()
    before, config = standing(), model.get_config()
    for _ in range(2):
        epochal.predict(model, SEQUENCES, verbose=0)
    assert standing() == before
    assert model.get_config() == config


def test_threads_that_look_into_one_model_at_once():
    model = of_words()
    expected = epochal.predict(model, WORDS, verbose=0)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: epochal.predict(model, WORDS, verbose=0), range(24)):
            assert_array_equal(found, expected)


class Own(layers.Layer):
    """Something around a dense layer that no graph of layers shows."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what, self.dense, self.dropout = what, layers.Dense(8), layers.Dropout(0.5)

    def build(self, shape: Any) -> None:
        self.dense.build(shape)
        self.calls = self.add_weight(shape=(), trainable=False, initializer="zeros")
        self.factor = self.add_weight(shape=(8,), initializer="ones")

    def call(self, x: Any, training: bool = False) -> Any:
        what, hidden = self.what, self.dense(x)
        if what == "another way in training" and training:
            return 2 * hidden
        if what == "an update":
            self.calls.assign_add(1.0)
        if what == "a loss":
            self.add_loss(keras.ops.mean(hidden))
        if what == "a weight":
            return hidden * self.factor
        if what == "an operation":
            return keras.ops.logsumexp(hidden, axis=-1, keepdims=True) + hidden
        if what == "a numpy array":
            return hidden + np.ones(8, np.float32)
        if what == "a layer that never trains":
            return self.dropout(hidden, training=False)
        return hidden


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("another way in training", "layer Own, which trains otherwise than it predicts"),
        ("an update", "layer Own, which updates variables by itself"),
        ("a loss", "layer Own"),
        ("a weight", "layer Own: Multiply with an array"),
        ("an operation", "layer Own: layer Logsumexp"),
        ("a numpy array", "layer Own: Add with an array"),
        ("a layer that never trains", "layer Own, which says when a layer inside trains"),
    ],
)
def test_what_else_a_layer_does_is_left_to_xla(what, reason):
    x = keras.Input((5, 8))
    model = compiled(Own(what)(x), x)
    with pytest.raises(InputError, match=f"because unsupported model: {reason}: use"):
        epochal.fit(model, SEQUENCES, CLASSES, verbose=0, engine="native")
    pair = fit_both(lambda: model, SEQUENCES, CLASSES, epochs=1)
    assert pair.run.engine == "xla"


def test_what_nothing_takes_is_left_to_xla():
    with pytest.raises(InputError, match="several outputs, one of which is not used"):
        epochal.fit(half_used(), SEQUENCES, CLASSES, verbose=0, engine="native")


def test_masked_sequences_are_not_given_to_own_layers():
    words = keras.Input((5,), dtype="int32")
    hidden = layers.Embedding(9, 8, mask_zero=True)(words)
    model = compiled(Own("")(hidden), words)
    x = np.ones((ROWS, 5), np.int32)
    with pytest.raises(InputError, match="Own beside masked sequences"):
        epochal.fit(model, x, CLASSES, verbose=0, engine="native")
