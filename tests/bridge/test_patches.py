"""What is replaced in Keras while a step is traced, and is Keras' own again afterwards."""

import jax
import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from epochal.bridge.patches import patched_keras
from epochal.compat._keras import backend_core, backend_nn, backend_random
from tests.tolerances import FLOAT32_ROUNDING

REPLACED = [
    (backend_core, "convert_to_tensor"),
    *((backend_nn, name) for name in ("softmax", "sigmoid", "binary_crossentropy")),
    *((backend_random, name) for name in ("dropout", "uniform", "normal", "jax_draw_seed")),
]


def functions() -> list[object]:
    return [getattr(module, name) for module, name in REPLACED]


def interrupted() -> None:
    with patched_keras(keras.optimizers.SGD(), 0.1, keys=lambda seed: seed):
        raise ZeroDivisionError


def test_keras_is_as_it_was_afterwards() -> None:
    before = functions()
    with patched_keras(keras.optimizers.SGD(), 0.1, keys=lambda seed: seed):
        assert all(one is not other for one, other in zip(functions(), before, strict=True))
    with pytest.raises(ZeroDivisionError):
        interrupted()
    assert functions() == before


def test_a_saturated_softmax_has_a_gradient() -> None:
    logits = np.array([[100.0, 0.0, -100.0]], np.float32)

    def loss(x: jax.Array) -> jax.Array:
        probabilities = keras.ops.softmax(x)
        return keras.losses.sparse_categorical_crossentropy(np.array([2]), probabilities)[0]

    assert_array_equal(jax.grad(loss)(logits), np.zeros((1, 3)))
    with patched_keras():
        assert_allclose(loss(logits), 200.0, **FLOAT32_ROUNDING)
        assert_allclose(jax.grad(loss)(logits), [[1.0, 0.0, -1.0]], **FLOAT32_ROUNDING)


def test_a_learning_rate_may_be_traced() -> None:
    optimizer = keras.optimizers.SGD(0.5)

    def rate(value: jax.Array) -> jax.Array:
        with patched_keras(optimizer, value):
            return keras.ops.convert_to_tensor(optimizer.learning_rate)

    assert float(jax.jit(rate)(0.125)) == 0.125
    assert float(optimizer.learning_rate) == 0.5


@pytest.mark.parametrize("draw", [keras.random.uniform, keras.random.normal])
def test_only_float32_is_drawn_from_the_cheap_generator(draw) -> None:
    seed = keras.random.SeedGenerator(1).next()
    half = np.asarray(draw((4,), dtype="float16", seed=seed))
    full = np.asarray(draw((4,), seed=seed))
    with patched_keras():
        assert_array_equal(draw((4,), dtype="float16", seed=seed), half)
        cheap = np.asarray(draw((4,), seed=seed))
        shifted = np.asarray(draw((4,), 1.0, 3.0, seed=seed))
    assert cheap.dtype == np.float32
    assert not np.array_equal(cheap, full)
    scale = 2.0 if draw is keras.random.uniform else 3.0
    assert_allclose(shifted, 1 + scale * cheap, **FLOAT32_ROUNDING)
