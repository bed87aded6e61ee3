"""Whole numbers beyond int32: numbers to a network, which never wrap; refused as indices."""

from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers
from numpy.testing import assert_allclose, assert_array_equal

import epochal
from epochal.batches.array_source import ArraySource
from epochal.errors import InputError
from tests.tolerances import FLOAT32_REDUCTION
from tests.training.parity import compiled

ROWS = 24
MILLISECONDS = 1_700_000_000_000 + 1_000_000_000 * np.arange(ROWS)
WIDE = [
    pytest.param(MILLISECONDS[:, None], id="int64"),
    pytest.param(-MILLISECONDS[:, None], id="negative"),
    pytest.param(MILLISECONDS.astype(np.uint64)[:, None] * 1_000_000, id="uint64"),
    pytest.param(pd.DataFrame({"time": MILLISECONDS}), id="frame"),
    pytest.param(pd.DataFrame({"time": MILLISECONDS}, dtype="Int64"), id="nullable"),
    pytest.param(
        pd.DataFrame({"time": np.uint64(2**63) + np.arange(ROWS).astype(np.uint64)}), id="u"
    ),
    pytest.param(
        pd.DataFrame({"time": pd.array([2**63 + 2] * ROWS, dtype="UInt64")}), id="nullable uint64"
    ),
]


def as_floats(x: Any) -> np.ndarray:
    return np.asarray(x).astype(np.float32)


def line(**kwargs: Any) -> keras.Model:
    keras.utils.set_random_seed(0)
    return compiled(
        keras.Input((1,)),
        layers.Rescaling(1e-12),
        layers.Dense(3, "tanh"),
        layers.Dense(1),
        **kwargs,
    )


@pytest.mark.parametrize("x", WIDE)
def test_inputs_are_the_same_numbers_as_floats(engine, x):
    y = np.linspace(0, 1, ROWS)
    models = [line(), line()]
    runs = [
        epochal.fit(model, data, y, epochs=2, seed=0, verbose=0, validation_split=0.25)
        for model, data in zip(models, (x, as_floats(x)), strict=True)
    ]
    assert runs[0].engine == engine
    assert_array_equal(runs[0].history["val_loss"], runs[1].history["val_loss"])
    model = models[0]
    floats = as_floats(x)
    assert_array_equal(
        epochal.predict(model, x, verbose=0), epochal.predict(model, floats, verbose=0)
    )
    assert epochal.evaluate(model, x, y, verbose=0) == epochal.evaluate(model, floats, y, verbose=0)
    predict = epochal.predictor(model, engine=engine)
    if isinstance(x, np.ndarray):
        assert_array_equal(predict(x), predict(floats))


def test_the_mean_of_a_network_without_bias_is_not_negative(engine):
    """Milliseconds since 1970 came out as -807049216 times the weight."""
    model = compiled(keras.Input((1,)), layers.Dense(1, kernel_initializer="ones"))
    x = np.array([[1_700_000_000_000]])
    for found in (epochal.predict(model, x, verbose=0), epochal.predictor(model)(x)):
        assert_allclose(found, [[1.7e12]], **FLOAT32_REDUCTION)


@pytest.mark.parametrize("kind", ["targets", "weights"])
def test_targets_and_weights_do_not_wrap(engine, kind):
    x = np.linspace(-1, 1, ROWS, dtype=np.float32)[:, None]
    wide = np.full(ROWS, 2**40)
    arrays = {
        "targets": (x, wide),
        "weights": (x, np.zeros(ROWS, np.float32), wide),
    }[kind]
    floats = (arrays[0], *(np.float32(each) for each in arrays[1:]))
    losses = [
        epochal.evaluate(line(), each[0], each[1], sample_weight=(*each, None)[2], verbose=0)
        for each in (arrays, floats)
    ]
    assert losses[0] == losses[1] > 0


def test_batches_of_a_generator_do_not_wrap():
    x, y = MILLISECONDS[:, None], np.linspace(0, 1, ROWS)

    def batches(data: np.ndarray) -> Any:
        return ((data[at : at + 8], y[at : at + 8]) for at in range(0, ROWS, 8))

    runs = [epochal.fit(line(), batches(data), seed=0, verbose=0) for data in (x, as_floats(x))]
    assert_array_equal(runs[0].losses, runs[1].losses)


def test_samples_do_not_wrap(engine):
    model = compiled(keras.Input((1,)), layers.Dropout(0.5), layers.Dense(1))
    x = MILLISECONDS[:, None]
    found = [
        epochal.predict_monte_carlo(model, data, samples=8, engine=engine).mean
        for data in (x, as_floats(x))
    ]
    assert_array_equal(found[0], found[1])


def words() -> keras.Model:
    return compiled(keras.Input((2,)), layers.Embedding(10, 3), layers.Flatten(), layers.Dense(1))


def mixed() -> keras.Model:
    word, time = keras.Input((1,), name="word"), keras.Input((1,), name="time")
    found = layers.Embedding(10, 3)(layers.Reshape((1,))(word))
    joined = layers.Concatenate()([layers.Flatten()(found), layers.Rescaling(1e-12)(time)])
    model = keras.Model([word, time], layers.Dense(1)(joined))
    model.compile("sgd", "mse")
    return model


REFUSAL = "x must hold indices that fit into int32, got 4294967297 at"


@pytest.mark.parametrize(
    "call",
    [
        lambda model, x: epochal.fit(model, x, np.zeros(len(x)), verbose=0),
        lambda model, x: epochal.evaluate(model, x, np.zeros(len(x)), verbose=0),
        lambda model, x: epochal.predict(model, x, verbose=0),
        lambda model, x: epochal.predictor(model)(x),
        lambda model, x: epochal.fit(
            model, (batch for batch in [(x, np.zeros(len(x)))]), verbose=0
        ),
    ],
    ids=["fit", "evaluate", "predict", "predictor", "generator"],
)
def test_an_index_that_does_not_fit_is_refused(call):
    x = np.full((4, 2), 3)
    call(words(), x)
    x[1, 1] = 2**32 + 1  # which would wrap to 1
    with pytest.raises(InputError, match=REFUSAL):
        call(words(), x)


def test_each_input_is_judged_by_itself():
    word, time = np.full((ROWS, 1), 3), MILLISECONDS[:, None]
    epochal.fit(mixed(), [word, time], np.zeros(ROWS), verbose=0)
    with pytest.raises(InputError, match=r"x must hold indices .*, got 1700000000000 at \[0, 0\]"):
        epochal.fit(mixed(), [time, word], np.zeros(ROWS), verbose=0)


def test_a_label_that_does_not_fit_is_refused():
    model = compiled(
        keras.Input((1,)), layers.Dense(3, "softmax"), loss="sparse_categorical_crossentropy"
    )
    labels = np.zeros(4, np.int64)
    labels[2] = 2**32 + 1
    with pytest.raises(InputError, match="4294967297"):
        epochal.fit(model, np.zeros((4, 1)), labels, verbose=0)
    with pytest.raises(InputError, match="y must hold indices that fit into int32, got 4294967297"):
        epochal.fit(model, (batch for batch in [(np.zeros((4, 1)), labels)]), verbose=0)


def test_a_model_of_ones_own_with_an_embedding_is_taken_to_look_up():
    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.table = layers.Embedding(10, 3)

        def call(self, x: Any) -> Any:
            return keras.ops.mean(self.table(x), axis=-1)

    with pytest.raises(InputError, match=REFUSAL):
        epochal.predict(Own(), np.full((4, 1), 2**32 + 1), verbose=0)


def test_what_fits_stays_whole():
    """Whole numbers that fit are handed over as they are: an own layer may look them up."""
    assert ArraySource(np.arange(5)).dtype == np.int32
    assert ArraySource(np.array([2**31 - 1, -(2**31)])).dtype == np.int32
    assert ArraySource(np.array([2**31])).dtype == np.float32
