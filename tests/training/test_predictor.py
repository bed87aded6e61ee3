"""`epochal.predictor`: the model as it was when it was made, on each engine."""

from threading import Thread

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose, assert_array_equal

import epochal
from epochal.errors import InputError
from tests.tolerances import LOSS_PARITY
from tests.training.parity import numbers

X = numbers(70, 6)


def network(*, end: str = "softmax") -> keras.Model:
    parts = [keras.Input((6,)), layers.Dense(20, "elu"), layers.BatchNormalization()]
    return keras.Sequential([*parts, layers.Dropout(0.5), layers.Dense(3, end)])


@pytest.mark.parametrize("end", ["softmax", "sigmoid", "linear"])
@pytest.mark.parametrize("rows", [1, 2, 63, 70])
def test_it_gives_what_predict_gives(end, rows):
    model = network(end=end)
    ours = epochal.predictor(model)(X[:rows])
    assert ours.dtype == np.float32
    assert_allclose(ours, model.predict(X[:rows], verbose=0), **LOSS_PARITY)


def test_rows_beyond_one_step_are_each_their_own(monkeypatch):
    monkeypatch.setattr("epochal.engine.xla.program.PREDICTED_AT_ONCE", 16)
    predict, rows = epochal.predictor(network()), numbers(300, 6)  # native takes 256 at once
    alone = np.concatenate([predict(row[np.newaxis]) for row in rows])
    assert_allclose(predict(rows), alone, **LOSS_PARITY)


def test_it_keeps_the_weights_that_it_read():
    model = network(end="linear")
    model.compile("sgd", "mse")
    predict = epochal.predictor(model)
    before = predict(X)
    epochal.fit(model, X, numbers(70, 3), epochs=2, verbose=0)
    assert_array_equal(predict(X), before)
    assert np.abs(epochal.predictor(model)(X) - before).max() > 1e-3


@pytest.mark.parametrize("dtype", ["float64", "int64", "int32", "uint8", "bool"])
def test_any_numbers(dtype):
    model = network()
    x = (np.abs(X) * 3).astype(dtype)
    expected = model.predict(x.astype("float32"), verbose=0)
    assert_allclose(epochal.predictor(model)(x), expected, **LOSS_PARITY)


def test_rows_with_more_than_one_dimension():
    model = keras.Sequential([keras.Input((2, 3)), layers.Flatten(), layers.Dense(2)])
    x = X.reshape(-1, 2, 3)
    assert_allclose(epochal.predictor(model)(x), model.predict(x, verbose=0), **LOSS_PARITY)


def test_a_model_that_is_no_chain():
    inputs = {"a": keras.Input((6,), name="a"), "b": keras.Input((6,), name="b")}
    model = keras.Model(inputs, [layers.Dense(2)(inputs["a"]), layers.Dense(1)(inputs["b"])])
    predict = epochal.predictor(model)
    assert predict.engine == "xla"
    ours, theirs = predict({"a": X, "b": X}), model.predict({"a": X, "b": X}, verbose=0)
    for one, other in zip(ours, theirs, strict=True):
        assert_allclose(one, other, **LOSS_PARITY)


def test_from_several_threads():
    predict = epochal.predictor(network())
    expected = [predict(X[first:]) for first in range(20)]
    found: list = [None] * 20

    def answer(first: int) -> None:
        found[first] = predict(X[first:])

    threads = [Thread(target=answer, args=(first,)) for first in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, other in zip(found, expected, strict=True):
        assert_array_equal(one, other)


@pytest.mark.parametrize("shape", [(6,), (4, 5), (4, 6, 1), (0, 6)])
def test_rows_of_another_shape(shape):
    remedy = (
        "give as many values per row as the model was built for."
        if shape == (4, 5)
        else "pass a single row as x[np.newaxis]."
    )
    with pytest.raises(InputError) as error:
        epochal.predictor(network())(np.zeros(shape))
    assert str(error.value) == (
        f"x must hold at least one row of the shape (6), got the shape {shape}: {remedy}"
    )


def test_a_model_that_is_not_built():
    with pytest.raises(InputError) as error:
        epochal.predictor(keras.Sequential([layers.Dense(2)]))
    assert str(error.value) == (
        "model must be built, got one without weights: give it an Input, or call it on some rows "
        "first."
    )
