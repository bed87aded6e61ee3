"""`epochal.evaluate` and `epochal.predict` give what Keras' own give."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose, assert_array_equal

import epochal
from epochal.engine import xla
from tests.tolerances import LOSS_PARITY
from tests.training.parity import ROWS, compiled, dense_net, labels, numbers

X, Y = numbers(ROWS, 6), numbers(ROWS, 1, seed=1)
SIZES = [None, 1, 7, 8, ROWS, 1000]


def measured() -> keras.Model:
    return dense_net(metrics=["mae", keras.metrics.RootMeanSquaredError(name="rmse")])


@pytest.mark.parametrize("batch_size", SIZES)
@pytest.mark.parametrize("rows", [1, 7, ROWS])
def test_odd_sizes(batch_size, rows):
    model, x, y = measured(), X[:rows], Y[:rows]
    arguments: dict[str, Any] = {"batch_size": batch_size, "verbose": 0}
    ours = epochal.predict(model, x, **arguments)
    theirs = model.predict(x, **arguments)
    assert isinstance(ours, np.ndarray)
    assert ours.dtype == theirs.dtype
    assert_allclose(ours, theirs, **LOSS_PARITY)
    assert_allclose(
        epochal.evaluate(model, x, y, **arguments),
        model.evaluate(x, y, **arguments),
        **LOSS_PARITY,
    )


@pytest.mark.parametrize("batch_size", [300, 600, 777])
def test_large_batches_pass_in_pieces(batch_size):
    model, x = measured(), numbers(777, 6)
    ours = epochal.predict(model, x, batch_size=batch_size, verbose=0)
    assert_allclose(ours, model.predict(x, verbose=0), **LOSS_PARITY)


def test_rows_beyond_one_block(monkeypatch):
    # The package's `predict` is the function, which hides its module.
    monkeypatch.setattr(import_module("epochal.training.predict"), "LARGEST_BATCH", 10)
    monkeypatch.setattr("epochal.batches.feed.BLOCK_BYTES", 20 * 6 * 4)
    model = dense_net()
    ours = epochal.predict(model, X, verbose=0)
    assert_allclose(ours, model.predict(X, verbose=0), **LOSS_PARITY)


@pytest.mark.parametrize("structure", [list, tuple, dict])
def test_several_outputs_keep_their_structure(structure):
    inputs = keras.Input((6,))
    outputs = {"b": layers.Dense(2)(inputs), "a": layers.Dense(3)(layers.Dense(3)(inputs))}
    given = outputs if structure is dict else structure(outputs.values())
    model = keras.Model(inputs, given)
    ours, theirs = epochal.predict(model, X, verbose=0), model.predict(X, verbose=0)
    assert type(ours) is type(theirs)
    if structure is dict:
        assert set(ours) == set(theirs) == {"a", "b"}
    pairs = (
        [(ours[name], theirs[name]) for name in theirs]
        if structure is dict
        else zip(ours, theirs, strict=True)
    )
    for one, other in pairs:
        assert_allclose(one, other, **LOSS_PARITY)


def test_outputs_of_any_rank_and_kind():
    inputs = keras.Input((5, 6))
    model = keras.Model(
        inputs,
        [
            layers.GRU(3, return_sequences=True)(inputs),
            keras.ops.argmax(inputs, axis=-1),
            keras.ops.max(inputs, axis=(1, 2)),
            inputs[:, 0] > 0,
        ],
    )
    x = numbers(11, 5, 6)
    ours = epochal.predict(model, x, batch_size=4, verbose=0)
    theirs = model.predict(x, batch_size=4, verbose=0)
    assert [output.shape for output in ours] == [(11, 5, 3), (11, 5), (11,), (11, 6)]
    for one, other in zip(ours, theirs, strict=True):
        assert one.dtype == other.dtype
        assert_allclose(one, other, **LOSS_PARITY)


def test_predictions_are_the_callers_to_change():
    predicted = epochal.predict(dense_net(), X, verbose=0)
    predicted[:] = 0
    assert not np.any(predicted)


@pytest.mark.parametrize("steps", [1, 3])
def test_a_number_of_steps(steps):
    model = measured()
    arguments: dict[str, Any] = {"steps": steps, "batch_size": 8, "verbose": 0}
    ours = epochal.predict(model, X, **arguments)
    assert len(ours) == steps * 8
    assert_allclose(ours, model.predict(X, **arguments), **LOSS_PARITY)
    assert_allclose(
        epochal.evaluate(model, X, Y, **arguments),
        model.evaluate(X, Y, **arguments),
        **LOSS_PARITY,
    )


def batches(*sizes: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for size in sizes:
        yield X[:size], Y[:size]


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize("sizes", [(8, 8, 8), (8, 3, 8, 1)])
def test_generators(sizes):
    model = measured()
    ours = epochal.predict(model, ((x,) for x, _ in batches(*sizes)), verbose=0)
    assert_allclose(
        ours, model.predict(((x,) for x, _ in batches(*sizes)), verbose=0), **LOSS_PARITY
    )
    assert_allclose(
        epochal.evaluate(model, batches(*sizes), verbose=0),
        model.evaluate(batches(*sizes), verbose=0),
        **LOSS_PARITY,
    )


def test_an_endless_generator_with_steps():
    def endless() -> Iterator[tuple]:
        while True:
            yield (X[:8],)

    assert epochal.predict(dense_net(), endless(), steps=3, verbose=0).shape == (24, 1)


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(2)

    def call(self, x: Any, training: bool = False) -> Any:
        return self.dense(x["a"] if isinstance(x, dict) else x)


@pytest.mark.parametrize("x", [X, {"a": X}])
def test_a_model_that_was_never_called_nor_compiled(x):
    model = Subclassed()
    ours = epochal.predict(model, x, verbose=0)
    assert model.built
    assert_allclose(ours, model.predict(x, verbose=0), **LOSS_PARITY)


def test_a_model_that_was_never_built_is_evaluated():
    model = compiled(layers.Dense(1))
    first = epochal.evaluate(model, X, Y, verbose=0)
    assert_allclose(first, model.evaluate(X, Y, verbose=0), **LOSS_PARITY)


def test_dropout_and_batch_statistics_stay_still():
    model = compiled(
        keras.Input((6,)), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(1)
    )
    before = [np.asarray(weight) for weight in model.get_weights()]
    one, other = (epochal.predict(model, X, verbose=0) for _ in range(2))
    epochal.evaluate(model, X, Y, verbose=0)
    assert_array_equal(one, other)
    for weight, was in zip(model.get_weights(), before, strict=True):
        assert_array_equal(weight, was)


def test_evaluation_with_weights_and_names():
    model = compiled(
        keras.Input((6,)),
        layers.Dense(3, "softmax"),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        weighted_metrics=[keras.metrics.SparseTopKCategoricalAccuracy(2, name="top_2")],
    )
    weights = np.linspace(0, 2, ROWS, dtype=np.float32)
    arguments: dict[str, Any] = {
        "batch_size": 7,
        "sample_weight": weights,
        "return_dict": True,
        "verbose": 0,
    }
    ours = epochal.evaluate(model, X, labels(ROWS, 3), **arguments)
    theirs = model.evaluate(X, labels(ROWS, 3), **arguments)
    assert list(ours) == list(theirs)
    assert_allclose(list(ours.values()), list(theirs.values()), **LOSS_PARITY)
    values = epochal.evaluate(model, X, labels(ROWS, 3), **(arguments | {"return_dict": False}))
    assert_allclose(values, [ours[name] for name in ("loss", "accuracy", "top_2")], **LOSS_PARITY)


def test_a_second_prediction_traces_nothing():
    model = dense_net()
    epochal.predict(model, X, verbose=0)
    epochal.evaluate(model, X, Y, verbose=0)
    before = xla.EXECUTABLES.traced
    epochal.predict(dense_net(), X + 1, verbose=0)
    epochal.evaluate(model, X, Y, verbose=0)
    assert xla.EXECUTABLES.traced == before


def test_evaluation_between_fits_changes_nothing():
    losses = []
    for between in (False, True):
        keras.utils.set_random_seed(1)
        model = dense_net(optimizer="adam")
        runs = []
        for _ in range(2):
            runs.append(epochal.fit(model, X, Y, shuffle=False, verbose=0).losses)
            if between:
                epochal.evaluate(model, X, Y, verbose=0)
                epochal.predict(model, X, verbose=0)
        losses.append(np.concatenate(runs))
    assert_array_equal(losses[0], losses[1])
