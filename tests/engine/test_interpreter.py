"""What is traced and computed by NumPy, beside what JAX computes."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras.optimizers import schedules
from numpy.testing import assert_allclose, assert_array_equal

from epochal.engine.interpreter import run_with_numpy
from tests.tolerances import FLOAT32_REDUCTION

SCHEDULES = [
    schedules.ExponentialDecay(0.1, 10, 0.5, staircase=True),
    schedules.PiecewiseConstantDecay([5, 10], [0.1, 0.2, 0.3]),
    schedules.CosineDecay(0.1, 100, warmup_target=0.2, warmup_steps=10),
    schedules.CosineDecayRestarts(0.1, 40),
    schedules.PolynomialDecay(0.1, 100, cycle=True),
    schedules.InverseTimeDecay(0.1, 10, 0.5),
]
FUNCTIONS = [
    lambda x: jnp.where(x > 0, jnp.log1p(jnp.abs(x)), jnp.expm1(x)),
    lambda x: jnp.cumsum(x[::-1], axis=0) + x[:, ::2].sum(1, keepdims=True),
    lambda x: jnp.concatenate([x.max(0), x.min(0), x.prod(1)]).reshape(2, -1).T,
    lambda x: (jnp.argmax(x, 1), jnp.argmin(x, 0), jnp.any(x > 1), jnp.all(x > -9, axis=0)),
    lambda x: jax.lax.cond(x[0, 0] > 0, lambda: x**3, lambda: jnp.floor(x)),
    lambda x: jax.ops.segment_sum(x[:, 0], jnp.arange(6) % 4, num_segments=5),
    lambda x: jnp.clip(jax.nn.softmax(x), 0.1, 0.9) / jnp.sqrt(jnp.square(x) + 1),
    lambda x: jnp.sort(x, axis=1),  # NumPy is not told how: JAX computes it
    lambda x: {"a": x @ x.T, "b": [jnp.tile(x, (1, 2)), jnp.stack([x, -x], 1)]},
]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda each: type(each).__name__)
def test_schedules(schedule):
    steps = np.arange(150, dtype=np.int32)
    found = run_with_numpy(jax.vmap(schedule))(steps)
    assert found.dtype == np.float32
    assert_allclose(found, jax.vmap(schedule)(steps), **FLOAT32_REDUCTION)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions(function):
    x = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    found, expected = run_with_numpy(function)(x), function(jnp.asarray(x))
    assert jax.tree.structure(found) == jax.tree.structure(expected)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        assert one.dtype == other.dtype
        assert_allclose(one, other, **FLOAT32_REDUCTION)


@given(a=st.integers(-9, 9), b=st.integers(1, 9))
def test_whole_numbers(a, b):
    function = lambda x, y: (x // y, x % y, x / y, x & y, ~x, x.astype(bool))  # noqa: E731
    given = np.int32(a), np.int32(b)
    for one, other in zip(
        run_with_numpy(function)(*given), function(*map(jnp.asarray, given)), strict=True
    ):
        assert_array_equal(one, other)


def test_a_shape_is_traced_once():
    traces = []

    def noted(x):
        traces.append(x.shape)
        return x + 1

    function = run_with_numpy(noted)
    for size in (3, 4, 3, 4):
        function(np.zeros(size, np.float32))
    assert traces == [(3,), (4,)]


def test_nothing_is_compiled(caplog):
    metric = keras.metrics.AUC()
    variables = [np.asarray(variable) for variable in metric.variables]
    with jax.log_compiles(), caplog.at_level("WARNING", "jax"):
        update = run_with_numpy(metric.stateless_update_state)
        update(variables, np.ones(37, np.float32), np.full(37, 0.4, np.float32))
    assert [each.message for each in caplog.records if "Compiling" in each.message] == []
