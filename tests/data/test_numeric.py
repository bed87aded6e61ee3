"""Values that cannot be meant: complex, masked, text, and weights below 0."""

from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

import epochal
from epochal.data import check_arrays
from epochal.errors import InputError
from tests.engines import ENGINES

X, Y = np.ones((8, 3), np.float32), np.array([0, 1] * 4)
COMPLEX = "must hold real numbers, got dtype complex128: give the real and the imaginary parts as "
MASKED = "must have no masked values, got 2 of them, the first at [1]: drop those rows, or fill "


def masked(array: np.ndarray) -> np.ndarray:
    mask = np.zeros(array.shape, bool)
    mask.flat[[1, 3]] = True
    found: np.ndarray = np.ma.masked_array(array, mask)
    return found


@pytest.mark.parametrize(
    ("x", "y", "weight", "message"),
    [
        (X + 0j, Y, None, f"x {COMPLEX.replace('128', '64')}columns of their own."),
        (X, Y + 0j, None, f"y {COMPLEX}columns of their own."),
        (X, Y, np.ones(8) + 0j, f"sample_weight {COMPLEX}columns of their own."),
        (X, masked(Y), None, f"y {MASKED}them with y.filled(...)."),
        (X[:, 0], masked(Y), None, f"y {MASKED}them with y.filled(...)."),
        (
            *(X, Y, -np.arange(8)),
            "sample_weight must be at least 0, got -1 at [1]: drop such rows, or weigh them 0.",
        ),
        (
            *(X, Y, pd.Series([1.0, 0.0, -0.5] + [1.0] * 5)),
            "sample_weight must be at least 0, got -0.5 at [2]: drop such rows, or weigh them 0.",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(x, y, weight, message):
    with pytest.raises(InputError) as error:
        check_arrays(x, y, weight)
    assert str(error.value) == message


def test_what_can_be_meant_passes():
    check_arrays(np.ma.masked_array(X), Y, np.zeros(8))
    check_arrays(X, Y, np.arange(8, dtype=np.uint8))


def net() -> keras.Model:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


TEXT = (
    "x must hold numbers, got dtype <U1: encode it as numbers (epochal.data.TablePreprocessor "
    'does), or convert it with .astype("float32").'
)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_predictor_takes_numbers_alone(engine):
    predict = epochal.predictor(net(), engine=engine)
    with pytest.raises(InputError) as error:
        predict(np.array([["1", "2", "3"]]))
    assert str(error.value) == TEXT
    with pytest.raises(InputError, match="x must hold real numbers, got dtype complex64"):
        predict(X.astype("complex64"))
    with pytest.raises(InputError, match=r"x must have no masked values, got 2 of them"):
        predict(masked(X))
    assert predict(np.ma.masked_array(X)).shape == (8, 2)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", [">i4", ">i8", ">u1", ">f4", "longdouble"])
def test_foreign_bytes_and_long_doubles_are_the_numbers_that_they_are(engine, dtype):
    x = np.arange(24, dtype=dtype).reshape(8, 3)
    runs = []
    for given, labels in ((x, Y.astype(dtype)), (x.astype("float32"), Y)):
        model = net()
        model.set_weights([np.full((3, 2), 0.1), np.zeros(2)])
        run = epochal.fit(
            *(model, given, labels),
            sample_weight=np.ones(8, dtype),
            shuffle=False,
            verbose=0,
            engine=engine,
        )
        runs.append((run.history["loss"], epochal.predict(model, given, verbose=0)))
    assert runs[0][0] == pytest.approx(runs[1][0], rel=1e-6)
    np.testing.assert_allclose(runs[0][1], runs[1][1], rtol=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rate", [np.nan, np.inf, -0.1])
def test_a_rate_that_cannot_be_meant_is_refused(engine, rate):
    message = (
        f"The learning rate must be a finite number of at least 0, got {rate:g}: set "
        "model.optimizer.learning_rate, to 0.01 for example."
    )
    model = net()
    model.optimizer.learning_rate = rate
    with pytest.raises(InputError) as error:
        epochal.fit(model, X, Y, verbose=0, engine=engine)
    assert str(error.value) == message

    def spoil(*_: object) -> None:
        model.optimizer.learning_rate = rate

    model.optimizer.learning_rate = 0.1
    later = keras.callbacks.LambdaCallback(on_epoch_begin=spoil)
    with pytest.raises(InputError) as error:
        epochal.fit(model, X, Y, verbose=0, engine=engine, callbacks=[later])
    assert str(error.value) == message


KEYS = "class_weight must have class indices from 0 on as keys, got"
WEIGHTS = "class_weight must give each class a finite weight of at least 0, got"


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"a": 1.0}, f"{KEYS} 'a'"),
        ({0.5: 1.0}, f"{KEYS} 0.5"),
        ({-1: 1.0}, f"{KEYS} -1"),
        ({np.nan: 1.0}, f"{KEYS} nan"),
        ({0: np.nan}, f"{WEIGHTS} nan for class 0"),
        ({1: -1.0}, f"{WEIGHTS} -1.0 for class 1"),
        ({0: np.inf}, f"{WEIGHTS} inf for class 0"),
        ({0: "x"}, f"{WEIGHTS} 'x' for class 0"),
    ],
)
def test_class_weights_that_cannot_be_meant_are_refused(weights, message):
    with pytest.raises(InputError) as error:
        epochal.fit(net(), X, Y, class_weight=weights, verbose=0)
    assert str(error.value) == f"{message}: write {{0: 1.0, 1: 5.0}}."


def test_class_weights_that_can_be_meant_pass():
    every: list[Any] = [{0: 1, 1.0: 2.5}, {np.int64(0): 0.0}, {True: 5.0, False: 1.0}]
    for weights in every:
        assert epochal.fit(net(), X, Y, class_weight=weights, verbose=0).epoch == [0]
