"""Whole fits where JAX sees a GPU, beside `model.fit` on the same batches."""

from collections.abc import Callable

import jax
import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose

import epochal
from tests.tolerances import LOSS_PARITY, WEIGHT_PARITY

pytestmark = pytest.mark.gpu


def chain(shape: tuple[int, ...], *parts: layers.Layer) -> keras.Model:
    model = keras.Sequential([keras.Input(shape), *parts, layers.Dense(4, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def dense() -> keras.Model:
    hidden = layers.Dense(32, activation="relu")
    return chain((20,), hidden, layers.BatchNormalization(), layers.Dense(16, activation="elu"))


def convolutional() -> keras.Model:
    first, second = (layers.Conv2D(8, 3, activation="relu", strides=strides) for strides in (1, 2))
    return chain((12, 12, 1), first, layers.MaxPooling2D(), second, layers.Flatten())


def recurrent() -> keras.Model:
    return chain((10, 6), layers.LSTM(16))


MAKERS = pytest.mark.parametrize("make", [dense, convolutional, recurrent])


def batch(model: keras.Model, rows: int = 320) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    x = generator.standard_normal((rows, *model.input_shape[1:])).astype("float32")
    return x, (x.reshape(rows, -1)[:, :4]).argmax(1)


@MAKERS
def test_losses_and_weights_are_those_of_keras(make: Callable[[], keras.Model]) -> None:
    found = []
    # A GPU's shorter formats would round by another amount in each program.
    with jax.default_matmul_precision("highest"):
        for fit in (epochal.fit, keras.Model.fit):
            keras.utils.set_random_seed(0)
            model = make()
            run = fit(model, *batch(model), batch_size=32, epochs=3, shuffle=False, verbose=0)
            found.append((run.history["loss"], model.get_weights()))
    (ours, our_weights), (theirs, their_weights) = found
    assert_allclose(ours, theirs, **LOSS_PARITY)
    for our, their in zip(our_weights, their_weights, strict=True):
        assert_allclose(our, their, **WEIGHT_PARITY)


@MAKERS
def test_evaluate_and_predict_are_those_of_keras(make: Callable[[], keras.Model]) -> None:
    model = make()
    x, y = batch(model)
    with jax.default_matmul_precision("highest"):
        ours, theirs = epochal.evaluate(model, x, y, verbose=0), model.evaluate(x, y, verbose=0)
        assert_allclose(ours, theirs, **LOSS_PARITY)
        ours, theirs = epochal.predict(model, x, verbose=0), model.predict(x, verbose=0)
        assert_allclose(ours, theirs, **LOSS_PARITY)


def test_one_seed_decides_everything() -> None:
    losses = []
    for _ in range(2):
        keras.utils.set_random_seed(0)
        model = dense()
        losses.append(epochal.fit(model, *batch(model), epochs=2, seed=1, verbose=0).losses)
    np.testing.assert_array_equal(losses[0], losses[1])


def test_the_run_says_why_it_is_not_native() -> None:
    model = dense()
    run = epochal.fit(model, *batch(model), verbose=0)
    assert run.engine == "xla"
    assert "it runs on the CPU and JAX on the gpu" in run.engine_reason
